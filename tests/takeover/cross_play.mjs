// Signet and the real Better Auth side by side: what the official client is answered by both in turn is what one would answer.
import assert from "node:assert/strict";
import { crowd } from "./harness/crowd.mjs";
import { withPair } from "./harness/pair.mjs";
import { ACTS } from "./harness/person.mjs";

export default async function (t) {
  await withPair(t, async ({ url, mailbox, proxy, verifier, betterAuth, signet, database }) => {
    const theirs = await betterAuth();
    proxy.behind(theirs.url);
    await t.check("what is expected of each answer is what Better Auth alone answers", async () => {
      const { acts, faults } = await crowd({ url, mailbox, verify: verifier([theirs]), requests: 250, people: 10, name: "alone" });
      assert.deepEqual(faults, []);
      assert.deepEqual([...acts].sort(), Object.keys(ACTS).sort());
    });

    const ours = await signet();
    proxy.behind(theirs.url, ours.url);
    await t.check("a thousand mixed requests are answered by both in turn as by one, and each token verifies with the keys of either", async () => {
      const { requests, acts, faults } = await crowd({ url, mailbox, verify: verifier([ours, theirs]), requests: 1000, seed: 2 });
      assert.deepEqual(faults, []);
      assert.ok(requests >= 1000, `${requests} requests`);
      assert.deepEqual([...acts].sort(), Object.keys(ACTS).sort());
      for (const { name, url } of [ours, theirs]) assert.ok(proxy.counts.get(url) >= Math.floor(requests / 2), `${name} had ${proxy.counts.get(url)} of ${requests}`);
    });
    await t.check("every password is hashed so that both can read it", async () => {
      const hashes = await database.query("SELECT password FROM account");
      assert.ok(hashes.length >= 30 && hashes.every(({ password }) => /^[0-9a-f]{32}:[0-9a-f]{128}$/.test(password)));
    });
  });
}
