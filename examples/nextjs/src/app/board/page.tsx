"use client";

import { useCallback, useEffect, useState } from "react";
import { authClient } from "@/lib/auth-client";
import { Credentials } from "../credentials";
import { Field, Form } from "../form";

// region board
/** Knows no token: the cookie goes along by itself, and whoever stands before the backend makes a JWT of it. */
async function call(init?: RequestInit) {
  const response = await fetch("/api/tasks", init);
  if (!response.ok) throw new Error(`the backend said ${response.status}`);
  return response.json();
}
// endregion board

export default function Board() {
  const { data: session, refetch } = authClient.useSession();
  const [tasks, setTasks] = useState<{ id: string; title: string }[]>([]);
  const user = session?.user.id;

  const load = useCallback(async () => setTasks(user ? await call() : []), [user]);
  useEffect(() => void load(), [load]);

  if (!session) return <Credentials done={() => void refetch()} />;
  return (
    <main>
      <h1>Board</h1>
      <p id="user">{session.user.email}</p>
      <ul>
        {tasks.map(({ id, title }) => (
          <li key={id}>{title}</li>
        ))}
      </ul>
      <Form
        label="Add"
        submit={async ({ title }) => {
          await call({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ title }) });
          await load();
          return undefined;
        }}
      >
        <Field name="title" />
      </Form>
      <button onClick={() => void authClient.signOut()}>Sign out</button>
    </main>
  );
}
