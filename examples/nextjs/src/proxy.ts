import { NextResponse, type NextRequest } from "next/server";
import { env } from "@/env";
import { refreshTokenFromFastAPI } from "@/lib/fastapi-auth";
import { ACCESS_TOKEN, keepTokens, REFRESH_TOKEN } from "@/lib/token-cookies";

export async function proxy(request: NextRequest) {
  const { pathname } = request.nextUrl;
  if (pathname.startsWith("/backend")) return withoutCookies(request);
  return pathname.startsWith("/dashboard") ? withTokens(request) : withSession(request);
}

export const config = { matcher: ["/dashboard/:path*", "/tasks/:path*", "/backend/:path*"] };

// region cookies
/** A rewrite passes all headers on. The backend gets the token, and no cookie: one of them is the whole session. */
function withoutCookies(request: NextRequest) {
  const headers = new Headers(request.headers);
  headers.delete("cookie");
  return NextResponse.next({ request: { headers } });
}
// endregion cookies

// region tokens
/** The pages of the token API: here an access token that has run out is replaced, for here cookies can be set. */
async function withTokens(request: NextRequest) {
  if (request.cookies.has(ACCESS_TOKEN)) return NextResponse.next();
  const refreshToken = request.cookies.get(REFRESH_TOKEN)?.value;
  const tokens = refreshToken ? await refreshTokenFromFastAPI(refreshToken) : null;
  if (!tokens) return NextResponse.redirect(new URL("/login", request.url));

  request.cookies.set(ACCESS_TOKEN, tokens.accessToken); // for the page that is rendered now
  request.cookies.set(REFRESH_TOKEN, tokens.refreshToken);
  const response = NextResponse.next({ request: { headers: request.headers } });
  keepTokens(response.cookies, tokens); // for the browser
  return response;
}
// endregion tokens

// region session
/** The pages of the session: what counts is the session, asked for where it is kept, and no token. */
async function withSession(request: NextRequest) {
  const response = await fetch(`${env.SIGNET_URL}/api/auth/get-session?disableRefresh=true`, {
    headers: { cookie: request.headers.get("cookie") ?? "" },
    cache: "no-store",
  });
  if (response.ok && (await response.json())) return NextResponse.next();
  return NextResponse.redirect(new URL("/sign-in", request.url));
}
// endregion session
