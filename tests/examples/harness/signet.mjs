// Starts `signet serve` with a configuration as a page or an example gives it. See ../README.md.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "./client.mjs";
import { onFreePort } from "../../ports.mjs";
import { bareEnvironment, launch, runToEnd, sleep } from "./process.mjs";

const binary = () => {
  if (!process.env.SIGNET_BIN) throw new Error("SIGNET_BIN must name the server's binary");
  return process.env.SIGNET_BIN;
};

/** The secret of every server here, unless the configuration has another. */
export const SECRET = "a-secret-for-the-examples-of-48-characters-or-so";

/**
 * A running server. The configuration is taken as it is; only where it runs is said by the environment: its address, its
 * database, its secret. `port` is for those whom it has to know before it runs; `host` is the name in its own address.
 */
export const startSignet = (toml, { port, ...options } = {}) => onFreePort(port, (port) => start(toml, { port, ...options }));

async function start(toml, { env = {}, port, host = "127.0.0.1" }) {
  const url = `http://${host}:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "signet-examples-"));
  const config = join(folder, "signet.toml");
  writeFileSync(config, toml, { mode: 0o600 });
  const environment = {
    ...bareEnvironment(),
    BETTER_AUTH_URL: url,
    BETTER_AUTH_SECRET: SECRET,
    DATABASE_URL: `sqlite://${join(folder, "signet.db")}`,
    SIGNET__SERVER__BIND: `127.0.0.1:${port}`,
    SIGNET__SERVER__OPS_BIND: "off",
    ...env,
  };
  const run = () => launch("signet", binary(), ["serve", "--config", config], { cwd: folder, env: environment, ready: `http://127.0.0.1:${port}/api/auth/ok` });
  let running;
  try {
    running = await run();
  } catch (fault) {
    rmSync(folder, { recursive: true, force: true });
    throw fault;
  }
  return {
    url,
    port,
    folder,
    /** The address of an endpoint: `signet.at("/jwks")`. */
    at: (path) => `${url}/api/auth${path}`,
    /** A browser: a `fetch` that keeps cookies. */
    client: () => new Client(url),
    /** Runs another command of the binary with the same configuration, as `signet keys …`; gives `{ code, stdout, stderr }`. */
    command: (...args) => runToEnd(binary(), ["--config", config, ...args], { cwd: folder, env: environment }),
    /** Stops it and starts it again, with another configuration or environment where one is given. */
    restart: async (more = {}) => {
      await running.stop();
      if (more.toml) writeFileSync(config, more.toml);
      Object.assign(environment, more.env);
      running = await run();
    },
    /** How many requests for a route were answered so far, as the log tells it: once that tells of one that came later. */
    served: async (route) => {
      const told = (of) => running.output().split(`"route":"${of}"`).length - 1;
      const before = told("/ok");
      await fetch(`http://127.0.0.1:${port}/api/auth/ok`);
      while (told("/ok") === before) await sleep(20);
      return told(route);
    },
    output: () => running.output(),
    stop: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
