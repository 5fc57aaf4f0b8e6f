// Databases that releases of Better Auth from 1.2 on have written, taken over and given back.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { takeOver } from "./harness/takeover.mjs";

export const folder = fileURLToPath(new URL("fixtures", import.meta.url));
const names = readdirSync(folder).filter((file) => file.endsWith(".sql")).map((file) => file.slice(0, -".sql".length)).sort();

/** A restored fixture: its database, and what its JSON says. */
export async function fixture(t, name) {
  const database = await t.postgres();
  await database.restore(join(folder, `${name}.sql`));
  return { database, said: JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) };
}

export default (t) => t.parts(Object.fromEntries(names.map((name) => [name, (part) => (name.endsWith("-rotated") ? rotated : plain)(part, name)])));

async function plain(t, name) {
  const { database, said } = await fixture(t, name);
  // 1.7.0 to 1.7.2 have a column that releases after them refuse to start on.
  const betterAuth = { ...(said.better_auth_version === "1.7.1" && { package: "better-auth-1-7-1" }) };
  await takeOver(t, { database, said, betterAuth });
}

/** Three keys under two secrets, the newer of them current. */
async function rotated(t, name) {
  const { database, said } = await fixture(t, name);
  const users = [{ email: "zoe@example.com", cookie: said.session_cookie }];
  const jwts = [said.token_of_expired_key, said.token_of_live_key];
  await takeOver(t, {
    database,
    said: { ...said, users, jwts },
    signet: { env: { SIGNET__PLUGINS__JWT__JWKS__GRACE_PERIOD: `${said.grace_period}` } },
    betterAuth: { plugins: { jwt: { jwks: { gracePeriod: said.grace_period } }, admin: {}, username: {}, bearer: {} } },
    check: async ({ signet, betterAuth }) => {
      const keys = JSON.parse(said.jwks_body).keys.map(({ kid }) => kid);
      await t.check("a key past its grace is published no longer", async () => {
        for (const server of [signet, betterAuth]) assert.deepEqual((await t.browser(server).get("/jwks")).keys.map(({ kid }) => kid).sort(), keys.sort());
      });
      await t.check("a cookie that the secret before has signed is refused by Better Auth, and good at Signet", async () => {
        const [{ token }] = await database.query('SELECT token FROM session ORDER BY "createdAt" LIMIT 1');
        const signature = createHmac("sha256", said.legacy_secret).update(token).digest("base64");
        const cookie = `better-auth.session_token=${encodeURIComponent(`${token}.${signature}`)}`;
        const [here, there] = await Promise.all([signet, betterAuth].map((server) => t.browser(server).give(cookie).whoami()));
        assert.deepEqual([here?.user.email, there], ["zoe@example.com", null]);
      });
    },
  });
}
