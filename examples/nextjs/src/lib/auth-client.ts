import { jwtClient } from "better-auth/client/plugins";
import { createAuthClient } from "better-auth/react";

// region client
/** Signet is at this page's own origin, by a rewrite: no `baseURL`, no CORS, and the cookie is a first-party one. */
export const authClient = createAuthClient({ plugins: [jwtClient()] });
// endregion client
