"use client";

import { useRouter } from "next/navigation";
import { registerAction } from "@/actions/auth";
import { Field, Form } from "../form";

export default function Register() {
  const router = useRouter();
  return (
    <main>
      <h1>Register</h1>
      <Form
        label="Register"
        submit={async ({ name, username, email, password }) => {
          const result = await registerAction({ name, username, email, password });
          if (!result.success) return result.error;
          router.push("/login");
        }}
      >
        <Field name="name" />
        <Field name="username" />
        <Field name="email" type="email" />
        <Field name="password" type="password" />
      </Form>
    </main>
  );
}
