"use client";

import { authClient } from "@/lib/auth-client";
import { Field, Form } from "./form";

/** Signing in and up, with Better Auth's own client: what it gets is a cookie. */
export function Credentials({ done }: { done: () => void }) {
  return (
    <>
      <h1>Sign in</h1>
      <Form
        label="Sign in"
        submit={async ({ email, password }) => {
          const { error } = await authClient.signIn.email({ email, password });
          if (error) return error.message;
          done();
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
          done();
        }}
      >
        <Field name="name" />
        <Field name="email" type="email" />
        <Field name="password" type="password" />
      </Form>
    </>
  );
}
