"use server";

import { revalidatePath } from "next/cache";
import { withAuth } from "@/lib/api-with-auth";
import type { APIUser } from "@/lib/fastapi-auth";

export async function renameAction(username: string, name: string) {
  const response = await withAuth(`/user/${encodeURIComponent(username)}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name } satisfies Partial<APIUser>),
  });
  if (response.ok) revalidatePath("/dashboard");
  return { success: response.ok };
}
