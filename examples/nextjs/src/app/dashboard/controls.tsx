"use client";

import { useRouter } from "next/navigation";
import { logoutAction } from "@/actions/auth";
import { renameAction } from "@/actions/user";
import { Field, Form } from "../form";

export function Controls({ username }: { username: string }) {
  const router = useRouter();
  return (
    <>
      <Form label="Rename" submit={async ({ name }) => ((await renameAction(username, name)).success ? undefined : "That did not work")}>
        <Field name="name" />
      </Form>
      <button
        onClick={async () => {
          await logoutAction();
          router.push("/login");
        }}
      >
        Log out
      </button>
    </>
  );
}
