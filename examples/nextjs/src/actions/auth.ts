"use server";

import { cookies } from "next/headers";
import { loginToFastAPI, logoutFromFastAPI, registerToFastAPI } from "@/lib/fastapi-auth";
import { ACCESS_TOKEN, keepTokens, REFRESH_TOKEN } from "@/lib/token-cookies";

// region actions
export async function loginAction(username: string, password: string) {
  const result = await loginToFastAPI(username, password);
  if (!result) return { success: false as const, error: "Invalid credentials" };
  keepTokens(await cookies(), result);
  return { success: true as const, user: result.user };
}

export async function registerAction(data: { name: string; username: string; email: string; password: string }) {
  const user = await registerToFastAPI(data);
  if (!user) return { success: false as const, error: "Registration failed" };
  return { success: true as const, user };
}

export async function logoutAction() {
  const cookieStore = await cookies();
  const accessToken = cookieStore.get(ACCESS_TOKEN)?.value;
  if (accessToken) await logoutFromFastAPI(accessToken, cookieStore.get(REFRESH_TOKEN)?.value);
  cookieStore.delete(ACCESS_TOKEN);
  cookieStore.delete(REFRESH_TOKEN);
  return { success: true as const };
}
// endregion actions
