import { backendAsUser } from "@/lib/server-token";
import { Tasks } from "./tasks";

export default async function Page() {
  const tasks = (await (await backendAsUser("/tasks")).json()) as unknown[];
  return (
    <main>
      <h1>Tasks</h1>
      <p id="count">{tasks.length} when this page was made</p>
      <Tasks />
    </main>
  );
}
