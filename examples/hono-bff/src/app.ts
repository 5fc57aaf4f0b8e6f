import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { address, type Env, fromOurPages, plainPath, proxied, refuse, target } from './proxy.js';
import { BACKEND, ORIGINS, SIGNET } from './settings.js';
import { exchange, forget } from './tokens.js';

export const app = new Hono<Env>();

app.use(plainPath);
app.use(cors({ origin: ORIGINS, credentials: true }));

// region auth
/** Tokens are this proxy's to ask for. */
app.all('/api/auth/token', (c) => refuse(c, 404, 'NOT_FOUND'));

/** What only a proxy says, and what is about one connection. */
const NOT_PASSED = /^((x-)?forwarded.*|x-real-ip|authorization|host|connection|expect|upgrade|te|trailer|proxy-.*)$/;

/** Everything else of Signet's is the browser's: cookies go through both ways. */
app.all('/api/auth/*', async (c) => {
  const headers = new Headers(c.req.raw.headers);
  for (const name of [...headers.keys()]) if (NOT_PASSED.test(name)) headers.delete(name);
  headers.set('x-forwarded-for', address(c));
  const answer = await proxied(c, SIGNET + target(c), headers);
  answer.headers.delete('set-auth-jwt');
  if (c.req.method !== 'GET') forget(c.req.header('cookie'));
  return answer;
});
// endregion auth

// region backend
/** What the backend is told of a request, beside who makes it. Cookies stay here. */
const PASSED = ['accept', 'accept-language', 'content-length', 'content-type', 'if-match', 'if-modified-since', 'if-none-match', 'range', 'user-agent'];

/** The backend: the session's cookie becomes a short-lived JWT. */
app.all('/api/*', fromOurPages, async (c) => {
  // Hono has matched the decoded path; what goes on is the path as it was sent.
  if (!/^\/api(\/|\?|$)/.test(target(c))) return refuse(c, 400, 'INVALID_PATH');
  const cookie = c.req.header('cookie');
  const session = await exchange(cookie, address(c)).catch(() => null);
  if (!session) return refuse(c, 503, 'SERVICE_UNAVAILABLE');
  if (!session.token) return withCookies(refuse(c, 401, 'UNAUTHORIZED'), session.cookies);

  const headers = new Headers(PASSED.flatMap((name) => (c.req.header(name) === undefined ? [] : [[name, c.req.header(name)!]])));
  headers.set('authorization', `Bearer ${session.token}`);
  const answer = await proxied(c, BACKEND + target(c).slice('/api'.length), headers);
  if (answer.status === 401) forget(cookie); // a key that was withdrawn: the next request has a new token
  answer.headers.delete('set-cookie'); // the backend has no say in who is signed in
  return withCookies(answer, session.cookies);
});
// endregion backend

/** A session that is used is extended, and one that has ended is forgotten: the browser is to know. */
function withCookies(answer: Response, cookies: string[]): Response {
  for (const cookie of cookies) answer.headers.append('set-cookie', cookie);
  return answer;
}
