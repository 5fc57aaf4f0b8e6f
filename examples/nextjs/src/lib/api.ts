import { authClient } from "./auth-client";

// region api
/** The JWT is kept in this variable and nowhere else: a reload forgets it, and the session's cookie brings another. */
let token: string | undefined;
let asking: Promise<string> | undefined;

async function getToken(): Promise<string> {
  asking ??= authClient
    .token()
    .then(({ data, error }) => {
      if (!data) throw new NotSignedIn(error?.message);
      return (token = data.token);
    })
    .finally(() => (asking = undefined));
  return asking;
}

/** Calls the backend. A token that is no longer good is replaced once; without a session there is none. */
export async function apiRequest(path: string, options: RequestInit = {}): Promise<Response> {
  const send = (bearer: string) =>
    fetch(`/backend${path}`, { ...options, headers: { ...options.headers, Authorization: `Bearer ${bearer}` } });
  const response = await send(token ?? (await getToken()));
  return response.status === 401 ? send(await getToken()) : response;
}

export function forgetToken() {
  token = undefined;
}

export class NotSignedIn extends Error {}
// endregion api
