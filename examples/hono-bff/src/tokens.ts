import { createHash } from 'node:crypto';
import { REUSE, SIGNET, TEMPLATE } from './settings.js';

const SESSION_COOKIE = /^(__Secure-)?better-auth\./;
const SESSION_TOKEN = /^(__Secure-)?better-auth\.session_token=/;
const MOST_KEPT = 10_000;
const TIMEOUT = 5_000;

export interface Exchange {
  /** Absent where nobody is signed in. */
  token?: string;
  /** What Signet has to say to the browser: a session that is used is extended. */
  cookies: string[];
}

const kept = new Map<string, { until: number; exchange: Promise<Exchange> }>();

// region exchange
/**
 * The JWT for the session of a `Cookie` header. Requests of a session share one for a while, so that Signet is not asked
 * each time; for as long, a session that was ended elsewhere still gets through.
 */
export async function exchange(header: string | undefined, address: string): Promise<Exchange> {
  const cookies = (header ?? '').split(/; */).filter((cookie) => SESSION_COOKIE.test(cookie));
  const session = sessionOf(cookies);
  if (!session) return { cookies: [] };
  const found = kept.get(session);
  if (found && found.until > performance.now()) return { ...(await found.exchange), cookies: [] };

  const asked = ask(cookies.join('; '), address);
  keep(session, asked);
  try {
    const answer = await asked;
    if (!answer.token) kept.delete(session);
    return answer;
  } catch (fault) {
    kept.delete(session);
    throw fault;
  }
}

/** Makes the next request of a session ask anew. */
export function forget(header: string | undefined) {
  const session = sessionOf((header ?? '').split(/; */));
  if (session) kept.delete(session);
}

async function ask(cookie: string, address: string): Promise<Exchange> {
  const response = await fetch(`${SIGNET}/api/auth/token?template=${encodeURIComponent(TEMPLATE)}`, {
    headers: { cookie, 'x-forwarded-for': address },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT),
  });
  const cookies = response.headers.getSetCookie();
  if (response.status === 401 || response.status === 403) return { cookies };
  if (!response.ok) throw new Error(`Signet answered ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  return { token, cookies };
}
// endregion exchange

/** The sessions' tokens are not kept, only their hashes. */
function sessionOf(cookies: string[]): string | undefined {
  const session = cookies.find((cookie) => SESSION_TOKEN.test(cookie));
  return session && createHash('sha256').update(session).digest('base64');
}

function keep(session: string, exchange: Promise<Exchange>) {
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size >= MOST_KEPT) kept.delete(oldest);
  kept.delete(session);
  kept.set(session, { until: performance.now() + REUSE * 1000, exchange });
}
