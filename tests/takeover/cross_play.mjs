// Signet and the real Better Auth on one Postgres, behind one address that sends each request to the other one.
import assert from "node:assert/strict";
import { crowd } from "./harness/crowd.mjs";
import { startMailbox } from "./harness/mailbox.mjs";
import { startRoundRobin } from "./harness/round-robin.mjs";
import { ACTS } from "./harness/person.mjs";
import { Verifier } from "./harness/verifier.mjs";

const SECRET = "a-secret-that-both-servers-have-been-given";
const RELEASE = "1.7.7";

const beside = (release, mail, more = "") => `
[side_by_side]
better_auth = "${release}"

[mail]
transport = "webhook"
webhook_url = "${mail}"
${more}`;

export default async function (t) {
  const mailbox = await startMailbox();
  const proxy = await startRoundRobin();
  try {
    await alone(t, mailbox, proxy);
    await together(t, mailbox, proxy);
  } finally {
    await proxy.stop();
    mailbox.stop();
  }
}

/** What the people of a crowd expect is what Better Auth alone does. */
async function alone(t, mailbox, proxy) {
  const database = await t.postgres();
  const betterAuth = await t.betterAuth({ database: database.url, baseUrl: proxy.url, secret: SECRET, migrate: true, mail: mailbox.url });
  proxy.behind(betterAuth.url);
  const verifier = new Verifier(betterAuth, { issuer: proxy.url });
  await t.check("what is expected of each answer is what Better Auth alone answers", async () => {
    const { requests, acts, faults } = await crowd({ url: proxy.url, mailbox, verify: (token) => verifier.verify(token), requests: 400, name: "alone" });
    assert.deepEqual(faults, []);
    assert.ok(requests >= 400, `${requests} requests`);
    assert.deepEqual([...acts].sort(), Object.keys(ACTS).sort());
  });
  await betterAuth.stop();
}

async function together(t, mailbox, proxy) {
  const database = await t.postgres();
  const where = { database: database.url, baseUrl: proxy.url, secret: SECRET };
  const betterAuth = await t.betterAuth({ ...where, migrate: true, mail: mailbox.url });
  const signet = await t.signet({ ...where, toml: beside(RELEASE, mailbox.url) });
  proxy.behind(betterAuth.url, signet.url);
  const verifiers = [signet, betterAuth].map((server) => new Verifier(server, { issuer: proxy.url }));
  const verify = (token) => Promise.all(verifiers.map((verifier) => verifier.verify(token)));
  await t.check("a thousand mixed requests are answered by both in turn as by one", async () => {
    const { requests, acts, faults } = await crowd({ url: proxy.url, mailbox, verify, requests: 1000, seed: 2 });
    assert.deepEqual(faults, []);
    assert.ok(requests >= 1000, `${requests} requests`);
    assert.deepEqual([...acts].sort(), Object.keys(ACTS).sort());
    for (const server of [signet, betterAuth]) assert.ok(proxy.counts.get(server.url) >= requests / 2 - 1, `${server.name} had ${proxy.counts.get(server.url)} of ${requests}`);
  });
  await t.check("every password is hashed so that both can read it", async () => {
    const hashes = await database.query(`SELECT password FROM account`);
    assert.ok(hashes.length >= 20 && hashes.every(({ password }) => /^[0-9a-f]{32}:[0-9a-f]{128}$/.test(password)));
  });
}
