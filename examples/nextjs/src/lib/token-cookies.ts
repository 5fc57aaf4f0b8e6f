import type { APITokens } from "./fastapi-auth";

export const ACCESS_TOKEN = "access_token";
export const REFRESH_TOKEN = "refresh_token";

const options = { httpOnly: true, secure: process.env.NODE_ENV === "production", sameSite: "lax", path: "/" } as const;

interface Jar {
  set(name: string, value: string, options: object): unknown;
}

/** Writes both tokens as cookies of this site, each for as long as it lives. No script of a page can read them. */
export function keepTokens(jar: Jar, { accessToken, refreshToken }: APITokens) {
  jar.set(ACCESS_TOKEN, accessToken, { ...options, maxAge: 60 * 30 });
  jar.set(REFRESH_TOKEN, refreshToken, { ...options, maxAge: 60 * 60 * 24 * 7 });
}
