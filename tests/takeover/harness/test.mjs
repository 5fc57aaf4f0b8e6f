// What each test here is given: see ../README.md.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bareEnvironment, runToEnd } from "../../examples/harness/process.mjs";
import { Test as Base } from "../../examples/harness/test.mjs";
import { startBetterAuth } from "./better-auth.mjs";
import { Browser } from "./browser.mjs";
import { openMailbox } from "./mailbox.mjs";
import { createPostgres } from "./postgres.mjs";
import { createSqlite } from "./sqlite.mjs";

/** A configuration beside which Better Auth can run: hashes that it verifies, and the plugins that it is given here. */
export const BESIDE = `
[rate_limit]
enabled = false

[email_and_password.password]
algorithm = "scrypt"

[plugins.jwt]
enabled = true

[plugins.admin]
enabled = true

[plugins.username]
enabled = true

[plugins.bearer]
enabled = true
`;

/** The environment that tells Signet where it is: on which database, under which address, with which secrets. */
const surroundings = ({ database, baseUrl, secret, secrets }) => ({
  DATABASE_URL: database,
  ...(baseUrl && { BETTER_AUTH_URL: baseUrl }),
  ...(secret !== undefined && { BETTER_AUTH_SECRET: secret }),
  ...(secrets && { BETTER_AUTH_SECRETS: secrets.map(({ version, value }) => `${version}:${value}`).join(",") }),
});

export class Test extends Base {
  #ends = [];
  #parts = new Set();

  /** A fresh database of Postgres, dropped with the test, with all that `original` has, if one is named: see postgres.mjs. */
  async postgres(original) {
    const database = await createPostgres(original?.name);
    this.#ends.push(() => database.drop());
    return database;
  }

  /** A database in a file that goes with the test, with all that `original` has, if one is named: see sqlite.mjs. */
  sqlite(original) {
    return createSqlite(this.folder(), original);
  }

  /** Where mails can be posted: `{ url, mails }`. */
  async mailbox() {
    const mailbox = await openMailbox();
    this.#ends.push(() => mailbox.stop());
    return mailbox;
  }

  /** A folder that goes with the test. */
  folder() {
    const path = mkdtempSync(join(tmpdir(), "signet-takeover-"));
    this.#ends.push(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  /**
   * Signet on a database, beside which Better Auth can run: `{ url, origin, name, … }`, see ../../examples/README.md.
   * `baseUrl`, `secret` and `secrets` are those of the Better Auth whose database it is, `toml` comes before `BESIDE`.
   */
  async signet({ toml = "", env = {}, ...where } = {}) {
    const signet = await super.signet(`${toml}\n${BESIDE}`, { env: { ...surroundings(where), ...env }, port: where.port });
    return Object.assign(signet, { name: "Signet", origin: where.baseUrl ? new URL(where.baseUrl).origin : signet.url });
  }

  /** Runs a command of Signet with the configuration that `signet` would have: `{ code, stdout, stderr }`. */
  command(args, { toml = "", env = {}, baseUrl = "http://localhost:3000", ...where }) {
    if (!process.env.SIGNET_BIN) throw new Error("SIGNET_BIN must name the server's binary");
    const cwd = this.folder();
    writeFileSync(join(cwd, "signet.toml"), `${toml}\n${BESIDE}`, { mode: 0o600 });
    return runToEnd(process.env.SIGNET_BIN, args, { cwd, env: { ...bareEnvironment(), ...surroundings({ baseUrl, ...where }), ...env } });
  }

  /** The real Better Auth on a database, as a process of its own: see better-auth.mjs. */
  async betterAuth(settings) {
    const server = await startBetterAuth(settings);
    this.#ends.push(async () => {
      await server.stop();
      if (this.failed) console.log(`-- ${server.name} said:\n${server.output()}`);
    });
    return server;
  }

  /** A browser at a server, `{ url, origin }`, with an empty jar. */
  browser(server) {
    return new Browser(server);
  }

  /**
   * Runs parts of a test, `{ name: run(t) }`, two at a time, each with a `t` of its own: what one starts ends with it, and
   * its fault is not the others'.
   */
  async parts(parts) {
    const waiting = Object.entries(parts);
    const next = async () => {
      for (let part; (part = waiting.shift()); ) await this.#part(...part);
    };
    await Promise.all([next(), next()]);
  }

  async #part(name, run) {
    const part = new Test(`${this.name}: ${name}`);
    this.#parts.add(part);
    try {
      await run(part);
    } catch (fault) {
      part.failed++;
      console.log(`FAIL ${part.name}: ${fault.stack}`);
    }
    await part.end();
    this.#parts.delete(part);
    this.passed += part.passed;
    this.failed += part.failed;
  }

  async end() {
    await Promise.all([...this.#parts].map((part) => part.end()));
    await super.end();
    for (const end of this.#ends.reverse()) await end();
  }
}
