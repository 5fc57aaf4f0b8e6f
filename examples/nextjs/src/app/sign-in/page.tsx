"use client";

import { useRouter } from "next/navigation";
import { Credentials } from "../credentials";

export default function SignIn() {
  const router = useRouter();
  return (
    <main>
      <Credentials done={() => router.push("/tasks")} />
    </main>
  );
}
