import { withAuth } from "@/lib/api-with-auth";
import type { APIUser } from "@/lib/fastapi-auth";
import { Controls } from "./controls";

export default async function Dashboard() {
  const user = (await (await withAuth("/user/me")).json()) as APIUser;
  return (
    <main>
      <h1>Dashboard</h1>
      <p id="user">
        {user.name} ({user.username}, {user.email})
      </p>
      <Controls username={user.username} />
    </main>
  );
}
