// What every verifier is put through that is an example: hostile tokens, a storm of unknown keys, a change of keys, an outage.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { hostile, keyOf, opened, refusesAll } from "./forge.mjs";

const junk = (header) => {
  const part = Buffer.from(JSON.stringify({ ...header, kid: randomUUID() })).toString("base64url");
  return `${part}.${Buffer.from("{}").toString("base64url")}.${"A".repeat(86)}`;
};

/**
 * `url` is a protected page, `mint` gives a good token, `template` is its name. Tokens longer than Node takes in a header
 * are refused by it with 431.
 */
export async function trusts(t, { signet, url, mint, template }) {
  const send = async (token) => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
  const token = await mint();
  await refusesAll(t, url, token, hostile(token, await keyOf(signet, token)), { refusals: [401, 431] });

  await t.check("t61_a_storm_of_unknown_keys_costs_a_fetch_in_ten_seconds_and_the_known_key_goes_on", async () => {
    const fetches = () => signet.output().split('"route":"/jwks"').length - 1;
    const { header } = opened(token);
    const before = fetches();
    const began = Date.now();
    for (let round = 0; round < 20; round++) {
      const statuses = await Promise.all([...Array.from({ length: 100 }, () => send(junk(header))), send(token)]);
      assert.equal(statuses.pop(), 200);
      assert.deepEqual([...new Set(statuses)], [401]);
    }
    const most = Math.ceil((Date.now() - began) / 10_000);
    assert.ok(fetches() - before <= most, `${fetches() - before} fetches in ${Date.now() - began} ms`);
  });

  await t.check("t61_after_the_storm_a_new_key_is_taken_within_ten_seconds_and_the_old_one_is_still_good", async () => {
    const { code, stderr } = await signet.command("keys", "rotate", "--immediately", "--alg", opened(token).header.alg);
    assert.equal(code, 0, stderr);
    const next = await t.eventually("another key signs", async () => {
      const minted = await mint();
      return opened(minted).header.kid !== opened(token).header.kid && minted;
    });
    await t.eventually("the new key is taken", async () => (await send(next)) === 200, { within: 12_000, every: 200 });
    assert.equal(await send(token), 200);
  });

  await t.check("signet doctor verifier: takes the good token, and nothing hostile", async () => {
    const { code, stdout, stderr } = await signet.command("doctor", "verifier", url, "--template", template);
    assert.equal(code, 0, stdout + stderr);
  });

  await t.check("with Signet away, the keys that are known go on verifying", async () => {
    await signet.stop();
    assert.equal(await send(token), 200);
  });
}
