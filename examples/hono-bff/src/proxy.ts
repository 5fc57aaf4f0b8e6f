import type { HttpBindings } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import { proxy as forward } from 'hono/proxy';
import { ORIGINS } from './settings.js';

export type Env = { Bindings: HttpBindings };

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const TIMEOUT = 30_000;

// region csrf
/** A browser names the page that a change comes from; a page elsewhere, or none, changes nothing. */
export const fromOurPages: MiddlewareHandler<Env> = async (c, next) => {
  const origin = c.req.header('origin');
  if (!SAFE.has(c.req.method) && !(origin && ORIGINS.includes(origin))) return refuse(c, 403, 'INVALID_ORIGIN');
  await next();
};
// endregion csrf

// region path
/** Refuses every path that the server behind could take for another one than this proxy does. */
export const plainPath: MiddlewareHandler<Env> = async (c, next) => {
  const [path] = c.env.incoming.url!.split('?', 1);
  const isPlain = path.startsWith('/') && !/\/\/|[\\#]|%(2e|2f|5c|00|25)|\/\.\.?(\/|$)/i.test(path);
  if (!isPlain) return refuse(c, 400, 'INVALID_PATH');
  await next();
};
// endregion path

/** The request's target as it came: path and query. */
export const target = (c: Context<Env>): string => c.env.incoming.url!;

export const address = (c: Context<Env>): string => getConnInfo(c).remote.address ?? '';

/** Sends a request on with these headers and no others, and follows no redirect. Bodies are streamed both ways. */
export async function proxied(c: Context<Env>, url: string, headers: Headers): Promise<Response> {
  const slow = new AbortController();
  const timer = setTimeout(() => slow.abort(), TIMEOUT);
  const { method, body } = c.req.raw;
  try {
    const signal = AbortSignal.any([c.req.raw.signal, slow.signal]);
    return await forward(url, { method, body, headers, redirect: 'manual', signal, ...(body && { duplex: 'half' }) });
  } catch {
    return refuse(c, slow.signal.aborted ? 504 : 502, slow.signal.aborted ? 'GATEWAY_TIMEOUT' : 'BAD_GATEWAY');
  } finally {
    clearTimeout(timer);
  }
}

export function refuse(c: Context, status: 400 | 401 | 403 | 404 | 502 | 503 | 504, code: string): Response {
  return c.json({ code, message: code.toLowerCase().replaceAll('_', ' ') }, status);
}
