import { env } from "@/env";

export interface APIUser {
  id: string;
  name: string;
  username: string;
  email: string;
  profile_image_url: string;
  tier_id: number | null;
}

export interface NewUser {
  name: string;
  username: string;
  email: string;
  password: string;
}

/** What a login or a refresh hands out. The refresh token comes as a cookie, which `fetch` in Node does not keep. */
export interface APITokens {
  accessToken: string;
  refreshToken: string;
}

const api = (path: string) => `${env.NEXT_PUBLIC_API_URL}/api/v1${path}`;

// region cookie
/** A server has no cookie jar: the refresh token is taken out of the answer, and sent by hand. */
async function tokensOf(response: Response): Promise<APITokens | null> {
  const cookie = response.headers.getSetCookie().find((line) => line.startsWith("refresh_token="));
  const refreshToken = cookie?.slice("refresh_token=".length).split(";", 1)[0];
  const { access_token: accessToken } = (await response.json()) as { access_token: string };
  return refreshToken ? { accessToken, refreshToken } : null;
}

const withRefreshToken = (refreshToken: string) => ({ Cookie: `refresh_token=${refreshToken}` });
// endregion cookie

// region calls
export async function loginToFastAPI(username: string, password: string, from: Record<string, string> = {}): Promise<({ user: APIUser } & APITokens) | null> {
  const formData = new FormData();
  formData.append("username", username);
  formData.append("password", password);

  const response = await fetch(api("/login"), { method: "POST", headers: from, body: formData });
  const tokens = response.ok ? await tokensOf(response) : null;
  const user = tokens && (await getUserFromFastAPI(tokens.accessToken));
  return user && { user, ...tokens };
}

export async function registerToFastAPI(data: NewUser, from: Record<string, string> = {}): Promise<APIUser | null> {
  const response = await fetch(api("/user"), {
    method: "POST",
    headers: { ...from, "Content-Type": "application/json" },
    body: JSON.stringify(data),
  });
  return response.ok ? response.json() : null;
}

export async function getUserFromFastAPI(accessToken: string): Promise<APIUser | null> {
  const response = await fetch(api("/user/me"), { headers: { Authorization: `Bearer ${accessToken}` } });
  return response.ok ? response.json() : null;
}

/** Spends a refresh token; the answer has the next one. */
export async function refreshTokenFromFastAPI(refreshToken: string): Promise<APITokens | null> {
  const response = await fetch(api("/refresh"), { method: "POST", headers: withRefreshToken(refreshToken) });
  return response.ok ? tokensOf(response) : null;
}

/** Either token will do: one of them may have run out. */
export async function logoutFromFastAPI(accessToken?: string, refreshToken?: string): Promise<boolean> {
  const response = await fetch(api("/logout"), {
    method: "POST",
    headers: { ...(accessToken && { Authorization: `Bearer ${accessToken}` }), ...(refreshToken && withRefreshToken(refreshToken)) },
  });
  return response.ok;
}
// endregion calls
