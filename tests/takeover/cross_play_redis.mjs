// Signet and the real Better Auth side by side, with sessions and single-use values in one Redis too.
import assert from "node:assert/strict";
import { crowd } from "./harness/crowd.mjs";
import { withPair } from "./harness/pair.mjs";
import { ACTS } from "./harness/person.mjs";

const EARLY = { name: "Early", email: "early@example.com", password: "a password of Early's" };

export default async function (t) {
  const redis = process.env.SIGNET_TEST_REDIS;
  if (!redis) throw new Error("SIGNET_TEST_REDIS must be the URL of a Redis of the tests' own");
  await withPair(t, async ({ url, mailbox, proxy, verifier, betterAuth, signet, database }) => {
    const before = await betterAuth({ redis });
    const early = [t.browser(before), t.browser(before)];
    await early[0].signUp(EARLY);
    await early[1].signIn(EARLY);
    await before.stop();

    const theirs = await betterAuth({ redis, options: { session: { storeSessionInDatabase: true, updateAge: 0 } } });
    const ours = await signet({ toml: "[session]\nupdate_age = 0\nadopt_from_secondary_storage = true", env: { REDIS_URL: redis } });
    proxy.behind(theirs.url, ours.url);
    await t.check("a session from when Redis alone had them is good at both, and ends at both", async () => {
      assert.deepEqual(await database.query("SELECT id FROM session"), []);
      for (const browser of early) for (const server of [ours, theirs]) assert.equal((await browser.copy().at(server).whoami())?.user.email, EARLY.email);
      await early[0].copy().at(theirs).post("/sign-out");
      await early[1].copy().at(ours).post("/sign-out");
      for (const browser of early) for (const server of [ours, theirs]) assert.equal(await browser.copy().at(server).whoami(), null);
    });
    await t.check("with Redis, requests are answered by both in turn as by one", async () => {
      const { requests, acts, faults } = await crowd({ url, mailbox, verify: verifier([ours, theirs]), requests: 320, people: 8, seed: 5, name: "redis" });
      assert.deepEqual(faults, []);
      assert.ok(requests >= 320, `${requests} requests`);
      assert.deepEqual([...acts].sort(), Object.keys(ACTS).sort());
    });
  });
}
