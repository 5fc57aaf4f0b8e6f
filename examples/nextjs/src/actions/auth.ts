"use server";

import { cookies, headers } from "next/headers";
import { loginToFastAPI, logoutFromFastAPI, type NewUser, registerToFastAPI } from "@/lib/fastapi-auth";
import { ACCESS_TOKEN, keepTokens, REFRESH_TOKEN } from "@/lib/token-cookies";

// region actions
export async function loginAction(username: string, password: string) {
  const result = await loginToFastAPI(username, password, await from());
  if (!result) return { success: false as const, error: "Invalid credentials" };
  keepTokens(await cookies(), result);
  return { success: true as const, user: result.user };
}

export async function registerAction(data: NewUser) {
  const user = await registerToFastAPI(data, await from());
  if (!user) return { success: false as const, error: "Registration failed" };
  return { success: true as const, user };
}

export async function logoutAction() {
  const cookieStore = await cookies();
  await logoutFromFastAPI(cookieStore.get(ACCESS_TOKEN)?.value, cookieStore.get(REFRESH_TOKEN)?.value);
  cookieStore.delete(ACCESS_TOKEN);
  cookieStore.delete(REFRESH_TOKEN);
  return { success: true as const };
}

/** Whose browser it is: guesses are counted by address, and all of them come from this server. */
async function from(): Promise<Record<string, string>> {
  const address = (await headers()).get("x-forwarded-for");
  return address ? { "X-Forwarded-For": address } : {};
}
// endregion actions
