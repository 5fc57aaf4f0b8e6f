// Signet and the real Better Auth side by side with a cookie cache, of each strategy.
import assert from "node:assert/strict";
import { crowd } from "./harness/crowd.mjs";
import { withPair } from "./harness/pair.mjs";
import { Person } from "./harness/person.mjs";
import { chance } from "./harness/chance.mjs";

// What ends a session behind the back of its cookie is left out: that cookie is believed for a while, at either server.
const ACTS = { signUp: 1, signIn: 4, signInWrongly: 1, getSession: 30, token: 12, updateUser: 12, changePassword: 2, signOut: 4, listSessions: 8, revokeOthers: 2 };

export default async function (t) {
  for (const strategy of ["compact", "jwt", "jwe"]) await withPair(t, (pair) => cached(t, pair, strategy));
}

async function cached(t, { url, mailbox, proxy, verifier, betterAuth, signet, database }, strategy) {
  const theirs = await betterAuth({ options: { session: { cookieCache: { enabled: true, maxAge: 300, strategy } } } });
  const ours = await signet({ toml: `[session.cookie_cache]\nenabled = true\nmax_age = 300\nstrategy = "${strategy}"` });
  const verify = verifier([ours, theirs]);

  for (const [writer, reader] of [[ours, theirs], [theirs, ours]]) {
    await t.check(`${strategy}: a cache that ${writer.name} has made is read by ${reader.name}`, async () => {
      const label = `${strategy}-${writer.name.toLowerCase()}`;
      const person = new Person({ label, url, devices: 1, chance: chance(1), mailbox, verify });
      proxy.behind(writer.url);
      await person.signUp(person.devices[0]);
      assert.ok(person.devices[0].jar.has("better-auth.session_data"), [...person.devices[0].jar.keys()].join());
      proxy.behind(reader.url);
      await database.query(`UPDATE "user" SET name = 'behind its back' WHERE id = $1`, [person.id]);
      await person.getSession(person.devices[0]);
      await person.token(person.devices[0]);
    });
  }
  proxy.behind(ours.url, theirs.url);
  await t.check(`${strategy}: requests are answered by both in turn as by one`, async () => {
    const { requests, acts, faults } = await crowd({ url, mailbox, verify, requests: 160, people: 8, devices: 1, seed: 3, name: strategy, acts: ACTS });
    assert.deepEqual(faults, []);
    assert.ok(requests >= 160 && acts.size >= 8, `${requests} requests, ${[...acts]}`);
  });
  await theirs.stop();
}
