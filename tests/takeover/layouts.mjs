// Databases of other shapes, taken over and given back: other ids, other names, other types, other plugins.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { decodeProtectedHeader } from "jose";
import { verified } from "./harness/evidence.mjs";
import { handOut } from "./harness/people.mjs";
import { AS_BETTER_AUTH, takeOver } from "./harness/takeover.mjs";

const SECRET = "a-secret-of-the-takeover-tests-0123456789";
const BASE_URL = "http://localhost:3000";
const ADA = { name: "Ada", email: "ada@example.com", password: "of the analytical engine" };
const tables = (name) => fileURLToPath(new URL(`layouts/${name}.sql`, import.meta.url));

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const inSnakeCase = (...fields) => Object.fromEntries(fields.map((field) => [field, snake(field)]));

/** The columns of more than one word, by table: those that a snake-case layout names otherwise. */
const WORDS = {
  user: inSnakeCase("emailVerified", "createdAt", "updatedAt"),
  session: inSnakeCase("expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId"),
  account: inSnakeCase("accountId", "providerId", "userId", "accessToken", "refreshToken", "idToken", "accessTokenExpiresAt", "refreshTokenExpiresAt", "createdAt", "updatedAt"),
  verification: inSnakeCase("expiresAt", "createdAt", "updatedAt"),
};
const JWKS = inSnakeCase("publicKey", "privateKey", "createdAt", "expiresAt");
const SNAKE_PLUGINS = {
  jwt: { schema: { jwks: { fields: JWKS } } },
  admin: { schema: { user: { fields: inSnakeCase("banReason", "banExpires") }, session: { fields: inSnakeCase("impersonatedBy") } } },
  username: { schema: { user: { fields: inSnakeCase("displayUsername") } } },
  bearer: {},
};

/**
 * `betterAuth` is what both of its runs are told, `tables` and `alter` are what makes the tables in the place of its own
 * migration, `toml` is what Signet has to be told.
 */
const LAYOUTS = {
  "ids that are uuids": { betterAuth: { options: { advanced: { database: { generateId: "uuid" } } } } },
  "ids that are numbers": { betterAuth: { options: { advanced: { database: { generateId: "serial" } } } } },
  "ids that are numbers, which the database always gives": {
    betterAuth: { options: { advanced: { database: { generateId: "serial" } } } },
    furnish: (_, database) => alwaysGives(database),
  },
  "ids that are numbers, in a file of SQLite": { engine: "sqlite", betterAuth: { options: { advanced: { database: { generateId: "serial" } } } } },
  "tables and columns of other names": {
    betterAuth: {
      options: {
        user: { modelName: "member", fields: { email: "mail", name: "full_name" } },
        session: { modelName: "login", fields: { userId: "member_id", token: "handle" } },
        account: { modelName: "credential", fields: { userId: "member_id", password: "hash" } },
        verification: { modelName: "ticket", fields: { value: "content" } },
      },
      plugins: { jwt: { schema: { jwks: { modelName: "signing_key", fields: { publicKey: "public_key" } } } }, admin: {}, username: {}, bearer: {} },
    },
    toml: `
[user]
model_name = "member"
[user.fields]
email = "mail"
name = "full_name"
[session]
model_name = "login"
[session.fields]
userId = "member_id"
token = "handle"
[account]
model_name = "credential"
[account.fields]
userId = "member_id"
password = "hash"
[verification]
model_name = "ticket"
[verification.fields]
value = "content"
[plugins.jwt.schema.jwks]
model_name = "signing_key"
[plugins.jwt.schema.jwks.fields]
publicKey = "public_key"
`,
  },
  "Drizzle's snake case without time zones": {
    tables: "drizzle",
    betterAuth: {
      options: Object.fromEntries(Object.entries(WORDS).map(([table, fields]) => [table, { fields }])),
      plugins: SNAKE_PLUGINS,
    },
  },
  "Drizzle's snake case and plural": {
    tables: "drizzle",
    alter: () => ["user", "session", "account", "verification", "jwks"].map((name) => `ALTER TABLE "${name}" RENAME TO "${name}s"`),
    betterAuth: {
      options: Object.fromEntries(Object.entries(WORDS).map(([table, fields]) => [table, { modelName: `${table}s`, fields }])),
      plugins: { ...SNAKE_PLUGINS, jwt: { schema: { jwks: { modelName: "jwkss", fields: JWKS } } } },
    },
    toml: `
[database]
use_plural = true
`,
  },
  "Prisma's columns without time zones, where the database is in New York": { tables: "prisma", alter: (name) => [`ALTER DATABASE ${name} SET timezone TO 'America/New_York'`] },
  "times of a server in Berlin": {
    tables: "prisma",
    betterAuth: { env: { TZ: "Europe/Berlin" } },
    toml: `
[database]
time_zone = "Europe/Berlin"
`,
  },
  "tables and columns of plugins that Signet lacks": {
    betterAuth: { plugins: { jwt: {}, admin: {}, username: {}, bearer: {}, organization: { teams: { enabled: true } }, twoFactor: {}, phoneNumber: {}, lastLoginMethod: { storeInDatabase: true } } },
    foreign: ["activeOrganizationId", "activeTeamId", "twoFactorEnabled", "phoneNumber", "phoneNumberVerified", "lastLoginMethod"],
    furnish: (zoe) => zoe.post("/organization/create", { name: "The Society", slug: "society" }),
    check: (t, zoe) => t.check("afterwards Better Auth goes on with what those plugins keep", async () => {
      const [{ slug }] = await zoe.get("/organization/list");
      assert.equal(slug, "society");
      assert.equal((await zoe.whoami()).session.activeOrganizationId, (await zoe.get("/organization/list"))[0].id);
    }),
  },
};

export default (t) =>
  t.parts({
    ...Object.fromEntries(Object.entries(LAYOUTS).map(([name, layout]) => [name, (part) => taken(part, layout)])),
    "a key of Signet's whose id is a number, in tables that always give one": keyMadeFirst,
  });

async function taken(t, { betterAuth: theirs = {}, toml, tables: file, alter = () => [], engine = "postgres", foreign, furnish, check }) {
  const database = await t[engine]();
  if (file) await database.restore(tables(file));
  for (const statement of alter(database.name)) await database.query(statement);
  const where = { baseUrl: BASE_URL, secret: SECRET };
  const before = await t.betterAuth({ ...where, ...theirs, database: database.path ?? database.url, migrate: !file });
  const said = await handOut(before, where);
  const zoe = t.browser(before).give(said.users[0].cookie);
  if (furnish) {
    await furnish(zoe, database);
    said.users[0].get_session_body = JSON.stringify(await zoe.whoami());
  }
  await before.stop();
  await takeOver(t, { database, said, signet: { toml }, betterAuth: theirs, foreign, check: ({ betterAuth }) => check?.(t, zoe.at(betterAuth)) });
}

/** As Drizzle's documentation recommends to make ids. */
async function alwaysGives(database) {
  for (const table of ["user", "session", "account", "verification", "jwks"]) await database.query(`ALTER TABLE "${table}" ALTER COLUMN id SET GENERATED ALWAYS`);
}

/** Signet names a key before its row is there, so by a number that the database gives none. */
async function keyMadeFirst(t) {
  const where = { baseUrl: BASE_URL, secret: SECRET };
  const database = await t.postgres();
  const theirs = { ...where, database: database.url, options: { advanced: { database: { generateId: "serial" } } } };
  await (await t.betterAuth({ ...theirs, migrate: true })).stop();
  await alwaysGives(database);
  const signet = await t.signet({ ...where, database: database.url, env: AS_BETTER_AUTH });
  const browser = t.browser(signet);
  await browser.signUp(ADA);
  const token = await browser.token();
  const { kid } = decodeProtectedHeader(token);
  await t.check("the key's id is a negative number", async () => assert.match(kid, /^-[1-9][0-9]*$/));
  const betterAuth = await t.betterAuth(theirs);
  await t.check("a token of Signet verifies against the keys of Better Auth", () => verified(betterAuth, token, BASE_URL));
  await t.check("Better Auth signs with the same key, and makes none", async () => {
    const { protectedHeader } = await verified(signet, await browser.copy().at(betterAuth).token(), BASE_URL);
    assert.equal(protectedHeader.kid, kid);
    assert.equal((await database.query("SELECT id FROM jwks")).length, 1);
  });
  await signet.stop();
  await betterAuth.stop();
}
