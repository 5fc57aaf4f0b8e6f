// A Better Auth on SQLite, with what is on its way while it is taken over: a linked account, a mailed link, a short session.
import assert from "node:assert/strict";
import { BOB, ZOE, handOut } from "./harness/people.mjs";
import { takeOver } from "./harness/takeover.mjs";

const SECRET = "a-secret-of-the-takeover-tests-0123456789";
const BASE_URL = "http://localhost:3000";

export default async function (t) {
  const original = t.sqlite();
  const mailbox = await t.mailbox();
  const where = { baseUrl: BASE_URL, secret: SECRET, mail: mailbox.url };
  const before = await t.betterAuth({ ...where, database: original.path, migrate: true });
  const said = await handOut(before, where);
  const [zoe, bob] = said.users;

  const brief = t.browser(before);
  await brief.post("/sign-in/email", { email: BOB.email, password: BOB.password, rememberMe: false });
  await original.query(
    'INSERT INTO account (id, "accountId", "providerId", "userId", "accessToken", "createdAt", "updatedAt") VALUES (?, ?, ?, ?, ?, ?, ?)',
    ["linked0000000000000000000000000", "1234567890", "google", zoe.id, "ya29.token", "2026-11-20T12:00:00.000Z", "2026-11-20T12:00:00.000Z"],
  );
  await t.browser(before).post("/request-password-reset", { email: BOB.email, redirectTo: "/reset" });
  await t.browser(before).post("/send-verification-email", { email: ZOE.email });
  const mailed = (kind) => t.eventually(`a mail: ${kind}`, () => mailbox.mails.find((mail) => mail.kind === kind));
  const [reset, verification] = await Promise.all(["reset-password", "verification"].map(mailed));
  await before.stop();

  const copy = t.sqlite(original);
  await takeOver(t, {
    database: copy,
    said,
    betterAuth: { mail: mailbox.url },
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
