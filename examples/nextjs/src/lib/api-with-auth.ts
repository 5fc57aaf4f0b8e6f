import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { env } from "@/env";
import { ACCESS_TOKEN } from "./token-cookies";

// region with-auth
/**
 * Calls the API as whoever is signed in. It refreshes nothing: while a page is rendered no cookie can be set, and a
 * refresh token that is spent without being replaced signs the user out. `proxy.ts` has done so before.
 */
export async function withAuth(path: string, init: RequestInit = {}): Promise<Response> {
  const token = (await cookies()).get(ACCESS_TOKEN)?.value;
  if (!token) redirect("/login");
  const response = await fetch(`${env.NEXT_PUBLIC_API_URL}/api/v1${path}`, {
    ...init,
    headers: { ...init.headers, Authorization: `Bearer ${token}` },
    cache: "no-store",
  });
  if (response.status === 401) redirect("/login");
  return response;
}
// endregion with-auth
