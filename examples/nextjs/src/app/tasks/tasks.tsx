"use client";

import { useRouter } from "next/navigation";
import { useCallback, useEffect, useState } from "react";
import { apiRequest, forgetToken, NotSignedIn } from "@/lib/api";
import { authClient } from "@/lib/auth-client";
import { Field, Form } from "../form";

export function Tasks() {
  const router = useRouter();
  const { data: session } = authClient.useSession();
  const [tasks, setTasks] = useState<{ title: string }[]>([]);

  /** Does what needs a token; whose session has ended signs in again. */
  const asUser = useCallback(
    async <T,>(act: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await act();
      } catch (fault) {
        if (!(fault instanceof NotSignedIn)) throw fault;
        router.push("/sign-in");
      }
    },
    [router],
  );
  const load = useCallback(() => asUser(async () => setTasks(await (await apiRequest("/tasks")).json())), [asUser]);
  useEffect(() => void load(), [load]);

  const add = async ({ title }: Record<string, string>) => {
    const body = JSON.stringify({ title });
    const answer = await asUser(() => apiRequest("/tasks", { method: "POST", headers: { "Content-Type": "application/json" }, body }));
    if (answer && !answer.ok) return `The backend said ${answer.status}`;
    await load();
  };

  return (
    <>
      <p id="user">{session?.user.email}</p>
      <ul>
        {tasks.map(({ title }, index) => (
          <li key={index}>{title}</li>
        ))}
      </ul>
      <Form label="Add" submit={add}>
        <Field name="title" />
      </Form>
      <button
        onClick={async () => {
          await authClient.signOut();
          forgetToken();
          router.push("/sign-in");
        }}
      >
        Sign out
      </button>
    </>
  );
}
