import { headers } from "next/headers";
import { env } from "@/env";

// region server-token
/** Calls the backend from a Server Component: the page's own cookie is what brings the token. */
export async function backendAsUser(path: string): Promise<Response> {
  const cookie = (await headers()).get("cookie") ?? "";
  const answer = await fetch(`${env.SIGNET_URL}/api/auth/token`, { headers: { cookie }, cache: "no-store" });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  const { token } = (await answer.json()) as { token: string };
  return fetch(`${env.BACKEND_URL}${path}`, { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
}
// endregion server-token
