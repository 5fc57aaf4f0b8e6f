function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set`);
  return value;
}

/** Where Signet listens, behind this proxy. */
export const SIGNET = setting('SIGNET_URL').replace(/\/$/, '');

/** The backend, with the path below which requests are proxied. */
export const BACKEND = setting('BACKEND_URL').replace(/\/$/, '');

/** The template of the backend's tokens. */
export const TEMPLATE = setting('TEMPLATE');

/** The origins of pages that may call. */
export const ORIGINS = setting('ORIGINS').split(',');

/** How long a token is used for its session without asking Signet again, in seconds. */
export const REUSE = Number(process.env.REUSE_SECONDS ?? 30);
