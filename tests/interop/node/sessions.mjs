// The sessions of a user, listed and ended by the official client.
import assert from "node:assert/strict";
import { answered, browserAt, checker, signUp } from "./browser.mjs";
import { withSignet } from "./with-signet.mjs";

const check = checker("better-auth client, sessions");

await withSignet({}, async ({ origin }) => {
  const email = "ada@example.com";
  const browsers = [await signUp(origin, { name: "Ada", email })];
  const signIn = async () => {
    const browser = browserAt(origin);
    await answered(browser.client.signIn.email({ email, password: "correct horse battery" }));
    browsers.push(browser);
  };
  for (let more = 0; more < 3; more++) await signIn();
  await signUp(origin, { name: "Bea", email: "bea@example.com" });
  const session = async ({ client }) => (await answered(client.getSession()))?.session;
  /** Which of the browsers are signed in. */
  const alive = async () => (await Promise.all(browsers.map(session))).map(Boolean);
  const [first, second] = browsers;

  await check("lists the sessions of the user and of nobody else", async () => {
    const listed = (await answered(first.client.listSessions())).map(({ token }) => token);
    const own = (await Promise.all(browsers.map(session))).map(({ token }) => token);
    assert.deepEqual(listed.sort(), own.sort());
  });
  await check("revokes one session", async () => {
    const { token } = await session(second);
    await answered(first.client.revokeSession({ token }));
    assert.deepEqual(await alive(), [true, false, true, true]);
  });
  await check("cannot revoke a session of somebody else", async () => {
    const cleo = await signUp(origin, { name: "Cleo", email: "cleo@example.com" });
    await cleo.client.revokeSession({ token: (await session(first)).token });
    assert.deepEqual(await alive(), [true, false, true, true]);
  });
  await check("revokes the other sessions", async () => {
    await answered(first.client.revokeOtherSessions());
    assert.deepEqual(await alive(), [true, false, false, false]);
    assert.equal((await answered(first.client.listSessions())).length, 1);
  });
  await check("revokes all sessions", async () => {
    await signIn();
    await answered(first.client.revokeSessions());
    assert.deepEqual(await alive(), [false, false, false, false, false]);
    assert.equal((await first.client.listSessions()).error.status, 401);
  });
});
