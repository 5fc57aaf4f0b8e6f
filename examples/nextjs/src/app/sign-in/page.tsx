"use client";

import { useRouter } from "next/navigation";
import { authClient } from "@/lib/auth-client";
import { Field, Form } from "../form";

export default function SignIn() {
  const router = useRouter();
  return (
    <main>
      <h1>Sign in</h1>
      <Form
        label="Sign in"
        submit={async ({ email, password }) => {
          const { error } = await authClient.signIn.email({ email, password });
          if (error) return error.message;
          router.push("/tasks");
        }}
      >
        <Field name="email" type="email" />
        <Field name="password" type="password" />
      </Form>
      <h1>Sign up</h1>
      <Form
        label="Sign up"
        submit={async ({ name, email, password }) => {
          const { error } = await authClient.signUp.email({ name, email, password });
          if (error) return error.message;
          router.push("/tasks");
        }}
      >
        <Field name="name" />
        <Field name="email" type="email" />
        <Field name="password" type="password" />
      </Form>
    </main>
  );
}
