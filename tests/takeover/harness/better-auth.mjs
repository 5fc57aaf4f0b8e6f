// Starts the real Better Auth on a database.
import { fileURLToPath } from "node:url";
import { bareEnvironment, launch } from "../../examples/harness/process.mjs";
import { onFreePort } from "../../ports.mjs";

const program = fileURLToPath(new URL("server.mjs", import.meta.url));

/**
 * A running Better Auth, `{ url, origin, name, output(), stop() }`, once it answers.
 *
 * - `database`: a URL of Postgres, or the path of a file of SQLite.
 * - `options`: options of Better Auth, as far as they are data, beyond those of `server.mjs`.
 * - `plugins`: names of its plugins with their options, in order; jwt, admin, username and bearer, if not given.
 * - `baseUrl`, `secret`, `secrets`: what Signet is told too.
 * - `migrate`: its own migration runs first.
 * - `mail`: where each mail is posted as JSON.
 * - `redis`: the URL of its secondary storage.
 * - `package`: another release of it, by the name that `package.json` has for it.
 */
export const startBetterAuth = (settings) => onFreePort(settings.port, (port) => start({ ...settings, port }));

async function start({ database, options = {}, plugins, baseUrl, secret, secrets, migrate = false, mail, redis, package: name = "better-auth", port, env = {} }) {
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    package: name,
    port,
    database,
    migrate,
    mail,
    redis,
    plugins: plugins ?? { jwt: {}, admin: {}, username: {}, bearer: {} },
    options: { baseURL: baseUrl ?? url, ...(secret !== undefined && { secret }), ...(secrets && { secrets }), ...options },
  };
  const peer = await launch(name, process.execPath, [program], {
    env: { ...bareEnvironment(), NODE_ENV: "test", TZ: "UTC", TAKEOVER: JSON.stringify(settings), ...env },
    ready: /listening/,
  });
  return { ...peer, port, url, origin: new URL(settings.options.baseURL).origin };
}
