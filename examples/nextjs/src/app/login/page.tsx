"use client";

import { useRouter } from "next/navigation";
import { loginAction } from "@/actions/auth";
import { Field, Form } from "../form";

export default function Login() {
  const router = useRouter();
  return (
    <main>
      <h1>Log in</h1>
      <Form
        label="Log in"
        submit={async ({ username, password }) => {
          const result = await loginAction(username, password);
          if (!result.success) return result.error;
          router.push("/dashboard");
        }}
      >
        <Field name="username" />
        <Field name="password" type="password" />
      </Form>
      <a href="/register">Register</a>
    </main>
  );
}
