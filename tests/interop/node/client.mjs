// The official client against the server in SIGNET_URL. Prints a check a line; the last line is `token <JWT>`.
import assert from "node:assert/strict";
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { answered, browserAt, checker } from "./browser.mjs";

const origin = process.env.SIGNET_URL;
const ada = { name: "Ada", email: "ada@example.com", password: "correct horse battery" };

const check = checker("better-auth client");
const client = () => browserAt(origin, [jwtClient()]).client;

const browser = client();
await check("signs up", async () => {
  const { user } = await answered(browser.signUp.email(ada));
  assert.equal(user.email, ada.email);
});
await check("reads the session", async () => {
  const { user, session } = await answered(browser.getSession());
  assert.equal(user.name, ada.name);
  assert.equal(session.userId, user.id);
});
const token = await check("gets a token", async () => (await answered(browser.token())).token);
await check("finds the token's key among the published ones", async () => {
  const { kid } = JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
  const { keys } = await answered(browser.jwks());
  assert.ok(keys.some((key) => key.kid === kid));
});
await check("signs out", async () => {
  await answered(browser.signOut());
  assert.equal(await answered(browser.getSession()), null);
});
await check("is refused a token once signed out", async () => {
  const { error } = await browser.token();
  assert.equal(error.status, 401);
});
await check("signs in from another browser", async () => {
  const other = client();
  await answered(other.signIn.email({ email: ada.email, password: ada.password }));
  assert.equal((await answered(other.getSession())).user.email, ada.email);
});
await check("is refused with a wrong password", async () => {
  const { error } = await client().signIn.email({ email: ada.email, password: "wrong password" });
  assert.equal(error.code, "INVALID_EMAIL_OR_PASSWORD");
});
await check("is refused without an Origin", async () => {
  const { error } = await createAuthClient({ baseURL: origin }).signIn.email({ email: ada.email, password: ada.password });
  assert.equal(error.code, "MISSING_OR_NULL_ORIGIN");
});
console.log(`token ${token}`);
