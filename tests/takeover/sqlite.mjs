// A Better Auth on SQLite, with what is on its way while it is taken over: a linked account, a mailed link, a short session.
import assert from "node:assert/strict";
import { symmetricEncrypt } from "better-auth/crypto";
import { BOB, ZOE, handOut } from "./harness/people.mjs";
import { takeOver } from "./harness/takeover.mjs";

const SECRET = "a-secret-of-the-takeover-tests-0123456789";
const BASE_URL = "http://localhost:3000";
const GOOGLE = { clientId: "a-client", clientSecret: "and-its-secret" };
const LINKED = "linked0000000000000000000000000";
const SIGNETS = `
[account]
encrypt_oauth_tokens = true

[social_providers.google]
client_id = "${GOOGLE.clientId}"
client_secret = "${GOOGLE.clientSecret}"
`;

export default async function (t) {
  const original = t.sqlite();
  const mailbox = await t.mailbox();
  const options = { account: { encryptOAuthTokens: true }, socialProviders: { google: GOOGLE } };
  const where = { baseUrl: BASE_URL, secret: SECRET, mail: mailbox.url, options };
  const before = await t.betterAuth({ ...where, database: original.path, migrate: true });
  const said = await handOut(before, where);
  const [zoe, bob] = said.users;

  const brief = t.browser(before);
  await brief.post("/sign-in/email", { email: BOB.email, password: BOB.password, rememberMe: false });
  await link(original, zoe);
  await t.browser(before).post("/request-password-reset", { email: BOB.email, redirectTo: "/reset" });
  await t.browser(before).post("/send-verification-email", { email: ZOE.email });
  const mailed = (kind) => t.eventually(`a mail: ${kind}`, () => mailbox.mails.find((mail) => mail.kind === kind));
  const [reset, verification] = await Promise.all(["reset-password", "verification"].map(mailed));
  await before.stop();

  const copy = t.sqlite(original);
  await takeOver(t, {
    database: copy,
    said,
    signet: { toml: SIGNETS },
    betterAuth: { mail: mailbox.url, options },
    check: async ({ signet, betterAuth }) => {
      await t.check("a session that was not to be remembered goes on as one", async () => {
        const browser = brief.copy().at(signet);
        assert.equal((await browser.whoami()).user.email, BOB.email);
        assert.ok(browser.jar.has("better-auth.dont_remember"));
      });
      await t.check("a linked account is there", async () => {
        const accounts = await t.browser(signet).give(zoe.cookie).get("/list-accounts");
        assert.deepEqual(accounts.map(({ providerId, accountId }) => `${providerId} ${accountId}`).sort(), [`credential ${zoe.id}`, "google 1234567890"]);
      });
      await t.check("the token of a provider that Better Auth encrypted is handed out by both", async () => {
        for (const server of [signet, betterAuth]) {
          const { accessToken } = await t.browser(server).give(zoe.cookie).post("/get-access-token", { accountId: LINKED });
          assert.equal(accessToken, "ya29.of-zoe");
        }
      });
      await t.check("a session that either extends is extended at the other", async () => {
        for (const [server, other] of [[signet, betterAuth], [betterAuth, signet]]) {
          const soon = new Date(Date.now() + 86_400_000).toISOString();
          await copy.query('UPDATE session SET "expiresAt" = ? WHERE token = ?', [soon, JSON.parse(zoe.get_session_body).session.token]);
          const here = t.browser(server).give(zoe.cookie);
          const { session } = await here.whoami();
          assert.ok(session.expiresAt > soon, `${server.name}: ${session.expiresAt}`);
          assert.deepEqual((await here.at(other).whoami()).session, session);
        }
      });
      await t.check("a link that Better Auth mailed sets a password, once, and at both", async () => {
        const newPassword = "by a link from before";
        await t.browser(signet).post("/reset-password", { token: reset.token, newPassword });
        assert.equal((await t.browser(betterAuth).send("POST", "/reset-password", { body: { token: reset.token, newPassword: "a second time" } })).status, 400);
        for (const server of [signet, betterAuth]) {
          assert.equal((await t.browser(server).signIn({ email: BOB.email, password: newPassword })).user.email, BOB.email);
          assert.equal((await t.browser(server).send("POST", "/sign-in/email", { body: { email: BOB.email, password: bob.password } })).status, 401);
        }
      });
      await t.check("a link that Better Auth mailed verifies an address", async () => {
        await t.browser(signet).get(`/verify-email?token=${verification.token}`);
        for (const server of [signet, betterAuth]) assert.equal((await t.browser(server).give(zoe.cookie).whoami()).user.emailVerified, true);
      });
    },
  });
}

/** Links an account at Google to a user, as Better Auth keeps it. */
async function link(database, { id }) {
  const now = new Date().toISOString();
  const later = new Date(Date.now() + 86_400_000).toISOString();
  await database.query(
    'INSERT INTO account (id, "accountId", "providerId", "userId", "accessToken", "accessTokenExpiresAt", "createdAt", "updatedAt") VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [LINKED, "1234567890", "google", id, await symmetricEncrypt({ key: SECRET, data: "ya29.of-zoe" }), later, now, now],
  );
}
