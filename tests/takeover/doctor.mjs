// `signet doctor database` on good databases and on spoiled ones: what it predicts is what happens.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixture } from "./fixtures.mjs";
import { Browser } from "./harness/browser.mjs";
import { evidenceOf, losses } from "./harness/evidence.mjs";
import { BOB, handOut } from "./harness/people.mjs";
import { AS_BETTER_AUTH } from "./harness/takeover.mjs";

const BASE_URL = "http://localhost:3000";
const SECRET = "a-secret-of-the-takeover-tests-0123456789";
const ANOTHER_SECRET = "another-secret-than-it-was-9876543210-zyxwvu";

/** The options of a Better Auth, as JSON has them. */
const OPTIONS = { baseURL: BASE_URL, plugins: ["jwt", "admin", "username", "bearer"].map((id) => ({ id })) };

/** Signet does not start, and says why. */
const refusing = (why) => new RegExp(`^signet did not come up:[^]*${why}`);

/** A database that a Better Auth with these options made just now, and what it handed out. */
async function made(t, database, options) {
  const server = await t.betterAuth({ database: database.path ?? database.url, baseUrl: BASE_URL, secret: SECRET, migrate: true, options });
  const said = await handOut(server, { secret: SECRET });
  await server.stop();
  return { database, said };
}

/** A fixture; that of the rotated keys says in other words who is signed in. */
async function written(t, name) {
  const { database, said } = await fixture(t, name);
  const { session_cookie: cookie, token_of_expired_key: expired, token_of_live_key: live } = said;
  return { database, said: { users: [{ email: "zoe@example.com", cookie }], jwts: [expired, live].filter(Boolean), ...said } };
}

/** A fixture to which something has happened: `what` does it, and gives what is to be told otherwise. */
const spoiled = (name, what) => async (t) => {
  const found = await written(t, name);
  return { ...found, ...(await what(found)) };
};

const sql = (...statements) => async ({ database }) => {
  for (const statement of statements) await database.query(statement);
};

/** What is done to Bob, who could not sign in any more at Better Auth, and must not here. */
const keptOut = (env, ...statements) => async ({ database, said }) => {
  await sql(...statements, `DELETE FROM session WHERE "userId" IN ${BOBS_ID}`)({ database });
  return { env, said: { ...said, users: said.users.filter(({ email }) => email !== BOB.email) }, more: [GUARD] };
};
const BOBS_ID = `(SELECT id FROM "user" WHERE email = '${BOB.email}')`;
const GUARD = {
  kind: "guard",
  whose: BOB.email,
  lost: async (server) => {
    const { body } = await new Browser(server).send("POST", "/sign-in/email", { body: { email: BOB.email, password: BOB.password } });
    return body.token && "lets them in";
  },
};
const NEWCOMER = {
  kind: "sign-up",
  whose: "a newcomer",
  lost: (server) => new Browser(server).signUp({ name: "New", email: "new@example.com", password: "never was here before" }).then(() => undefined, ({ message }) => message),
};
const BAN = `UPDATE "user" SET banned = true WHERE email = '${BOB.email}'`;

/** Cases give `{ database, said }`, what Signet is told otherwise than Better Auth, and whether the doctor is shown cookies. */
const GOOD = {
  "what 1.2.12 wrote": async (t) => ({ ...(await written(t, "db-1.2.12")), cookies: true }),
  "what 1.7.1 wrote": (t) => written(t, "db-1.7.1"),
  "what 1.7.24 wrote": (t) => written(t, "db-1.7.24"),
  "rotated keys and secrets": async (t) => ({ ...(await written(t, "db-1.7.24-rotated")), cookies: true }),
  "a file of SQLite": (t) => made(t, t.sqlite()),
  "ids that are numbers": async (t) => made(t, await t.postgres(), { advanced: { database: { generateId: "serial" } } }),
  "options that say the same in other words": spoiled("db-1.7.24", () => ({
    env: { SIGNET__SESSION__EXPIRES_IN: "14d" },
    options: { ...OPTIONS, session: { expiresIn: 1_209_600 } },
  })),
  "banned users, and the plugin that keeps them out": spoiled("db-1.7.24", keptOut({}, BAN)),
};

/** Each with the finding that has to be among those of the doctor, and what has to be among what is lost. */
const SPOILED = {
  "another secret": {
    says: "sessions/secret-wrong",
    loses: /session cookie of zoe/,
    prepare: spoiled("db-1.7.24", () => ({ secret: ANOTHER_SECRET })),
  },
  "no secret": {
    says: "sessions/secret-missing",
    loses: /session cookie of zoe/,
    prepare: spoiled("db-1.4.18", () => ({ secret: "" })),
  },
  "a version of the secret that was lost": {
    says: "sessions/secret-version-missing",
    loses: /session cookie of zoe/,
    prepare: spoiled("db-1.7.24-rotated", ({ said }) => ({ secrets: said.secrets.filter(({ version }) => version !== 2) })),
  },
  "another secret, and nothing but a cookie to tell it by": {
    says: "sessions/cookie-signature",
    loses: /session cookie of zoe/,
    prepare: spoiled("db-1.6.34", async ({ database }) => {
      await sql("DELETE FROM jwks")({ database });
      return { secret: ANOTHER_SECRET, cookies: true };
    }),
  },
  "another secret, and nothing to tell it by": {
    says: "sessions/secret-unproven",
    loses: /session cookie of zoe/,
    prepare: spoiled("db-1.6.34", async ({ database }) => {
      await sql("DELETE FROM jwks")({ database });
      return { secret: ANOTHER_SECRET };
    }),
  },
  "a column that was renamed": {
    says: "schema/column-missing",
    loses: refusing('ADD COLUMN "token"'),
    prepare: spoiled("db-1.7.24", sql("ALTER TABLE session RENAME COLUMN token TO handle")),
  },
  "a table that was renamed": {
    says: "schema/table-missing",
    loses: /password of zoe/,
    prepare: spoiled("db-1.3.34", sql("ALTER TABLE account RENAME TO credential")),
  },
  "a column that every new user needs": {
    says: "schema/column-required",
    loses: /sign-up of a newcomer/,
    prepare: spoiled("db-1.7.24", sql('ALTER TABLE "user" ADD COLUMN tenant text NOT NULL DEFAULT 1', 'ALTER TABLE "user" ALTER COLUMN tenant DROP DEFAULT')),
  },
  "a file of SQLite whose times are numbers": {
    says: "ids/times-strange",
    loses: /session cookie of zoe/,
    prepare: async (t) => {
      const found = await made(t, t.sqlite());
      await sql(`UPDATE session SET "expiresAt" = 1 + unixepoch("expiresAt") * 1000`)(found);
      return found;
    },
  },
  "hashes of an unknown kind": {
    says: "passwords/unverified",
    loses: /password of bob/,
    prepare: spoiled("db-1.7.24", sql(`UPDATE account SET password = '$S$D${"0123456789".repeat(5)}' WHERE "userId" IN ${BOBS_ID}`)),
  },
  "a key that does not decrypt": {
    says: "keys/sealed",
    loses: /new token/,
    prepare: spoiled("db-1.7.24", sql(`UPDATE jwks SET "privateKey" = '"${"5f".repeat(170)}"'`)),
  },
  "banned users, and nothing that keeps them out": {
    says: "guards/banned",
    loses: refusing("of this database (is|are) banned"),
    prepare: spoiled("db-1.7.24", keptOut({ SIGNET__PLUGINS__ADMIN__ENABLED: "false" }, BAN)),
  },
  "users with a second factor": {
    says: "guards/second-factor",
    loses: refusing("of this database (has|have) a second factor"),
    prepare: spoiled(
      "db-1.7.24",
      keptOut({}, 'ALTER TABLE "user" ADD COLUMN "twoFactorEnabled" boolean', `UPDATE "user" SET "twoFactorEnabled" = true WHERE email = '${BOB.email}'`),
    ),
  },
  "a second factor whose column on the user has another name": {
    says: "guards/second-factor",
    loses: refusing("of this database (has|have) a second factor"),
    prepare: spoiled(
      "db-1.7.24",
      keptOut({}, 'CREATE TABLE "twoFactor" (id text, secret text, "userId" text)', `INSERT INTO "twoFactor" SELECT 't1', 'x', id FROM "user" WHERE email = '${BOB.email}'`),
    ),
  },
  "options under which cookies have another name": {
    says: "options/difference",
    loses: /session cookie of zoe/,
    prepare: spoiled("db-1.7.24", ({ said }) => ({
      said: { ...said, users: said.users.map((user) => ({ ...user, cookie: user.cookie.replace("better-auth.", "acme.") })) },
      options: { ...OPTIONS, advanced: { cookiePrefix: "acme" } },
    })),
  },
};

const good = ([name, prepare]) => [name, async (t) => isGood(t, await examined(t, await prepare(t)))];
const bad = ([name, { says, loses, prepare }]) => [name, async (t) => isBad(t, { says, loses }, await examined(t, await prepare(t)))];

export default (t) => t.parts(Object.fromEntries([...Object.entries(GOOD).map(good), ...Object.entries(SPOILED).map(bad)]));

async function isGood(t, { code, verdict, bad, lost, said }) {
  await t.check("the doctor has nothing against it", () => assert.deepEqual({ code, verdict, bad }, { code: 0, verdict: "ok", bad: [] }, said));
  await t.check("and nobody is lost", () => assert.deepEqual(lost, []));
}

async function isBad(t, { says, loses }, { code, verdict, bad, lost, said }) {
  await t.check("the doctor says so", () => {
    assert.deepEqual({ code, verdict }, { code: 1, verdict: "bad" }, said);
    assert.ok(bad.some((finding) => `${finding.topic}/${finding.code}` === says), said);
  });
  await t.check("and somebody would be lost", () => assert.ok(lost.some((line) => loses.test(line)), `nothing like ${loses} in: ${lost.join("; ")}`));
}

/** What the doctor says of a database, and what becomes of its users. */
async function examined(t, { database, said, more = [], env, secret = said.secret ?? said.legacy_secret, secrets = said.secrets, options, cookies = false }) {
  const where = { database: database.url, baseUrl: said.base_url, secret, secrets, env: { ...AS_BETTER_AUTH, ...env } };
  const before = await database.snapshot();
  const { code, stdout, stderr } = await t.command(["doctor", "database", "--json", ...told(t, { options, cookies: cookies ? said.users : [] })], where);
  await t.check("the doctor changes nothing", async () => assert.deepEqual(await database.snapshot(), before));
  await t.check("the doctor tells no secrets", () => {
    const secrets = [secret, ...(where.secrets ?? []).map(({ value }) => value), ...said.users.map(({ cookie }) => cookie.slice(cookie.indexOf("=") + 1))];
    assert.deepEqual(secrets.filter((text) => text && (stdout + stderr).includes(text)), []);
  });
  const { verdict, findings = [] } = parsed(stdout);
  return { code, verdict, bad: findings.filter(({ level }) => level === "bad"), said: stdout + stderr, lost: await outcome(t, where, [...evidenceOf(said), NEWCOMER, ...more]) };
}

/** Arguments that tell the doctor of options and cookies. */
function told(t, { options, cookies }) {
  const args = cookies.flatMap(({ cookie }) => ["--cookie", cookie]);
  if (!options) return args;
  const file = join(t.folder(), "options.json");
  writeFileSync(file, JSON.stringify(options));
  return [...args, "--options", file];
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** What is lost once Signet serves it; if it does not start, all of it is. */
async function outcome(t, where, items) {
  let signet;
  try {
    signet = await t.signet(where);
  } catch (fault) {
    return [fault.message];
  }
  const lost = await losses(items, signet);
  await signet.stop();
  return lost;
}
