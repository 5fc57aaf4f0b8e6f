// The keys of Signet and the real Better Auth on one database: whoever made them, tokens verify with what either publishes.
import assert from "node:assert/strict";
import { crowd } from "./harness/crowd.mjs";
import { beside, withPair } from "./harness/pair.mjs";
import { decodeProtectedHeader } from "jose";

const JOHN = { name: "John", email: "john@example.com", password: "a password of John's" };

export default async function (t) {
  await t.parts({
    rotations: (t) => withPair(t, (pair) => rotations(t, pair)),
    "an older release": (t) => withPair(t, (pair) => oneAlgorithm(t, pair)),
  });
}

/**
 * Better Auth's first key ends after three seconds, when Signet has published a key that is not ripe yet: Better Auth makes
 * one of its own. When that one ends too, Signet's is ripe and signs for both.
 */
async function rotations(t, { database, betterAuth, signet, verifier }) {
  const theirs = await betterAuth({ plugins: { jwt: { jwks: { rotationInterval: 3 } }, bearer: {} } });
  const browser = t.browser(theirs);
  await browser.signUp(JOHN);
  const first = decodeProtectedHeader(await browser.token()).kid;
  const ours = await signet({ toml: "[plugins.jwt.jwks]\nrotation_interval = 30\npublish_lead = 5\ncache_max_age = 1\npoll_interval = 1" });
  const verify = verifier([ours, theirs], 2000); // the poll and a second
  const tokens = [];
  const waited = new Set();
  const faults = [];
  const signedBy = (server) => new Set(tokens.filter((token) => token.server === server).map(({ kid }) => kid));
  const round = async () => {
    for (const row of await database.query("SELECT id FROM signet_key")) waited.add(row.id);
    for (const server of [theirs, ours]) {
      const token = await browser.at(server).token();
      tokens.push({ server, token, kid: decodeProtectedHeader(token).kid });
      await verify(token).catch((fault) => faults.push(`signed by ${server.name}: ${fault.message}`));
    }
    const common = [...signedBy(ours)].find((kid) => waited.has(kid) && signedBy(theirs).has(kid));
    return common && [...signedBy(theirs)].some((kid) => kid !== first && !waited.has(kid));
  };
  await t.check("through a rotation by Better Auth and one by Signet no token fails at either", async () => {
    await t.eventually("a key of Better Auth's and then one of Signet's that both sign with", round, { within: 20_000, every: 50 });
    for (const { token } of tokens) await verify(token).catch((fault) => faults.push(`in the end: ${fault.message}`));
    assert.deepEqual(faults, []);
    assert.ok(tokens.length >= 12, `${tokens.length} tokens`);
    assert.ok(signedBy(theirs).size >= 3 && signedBy(ours).has(first), "each key had its turn");
  });
  await t.check("a key that is rotated at once by hand signs for both", async () => {
    assert.equal((await ours.command("keys", "rotate", "--immediately")).code, 0);
    const after = [];
    for (const server of [theirs, ours]) after.push(await t.eventually("the new key", async () => {
      const token = await browser.at(server).token();
      await verify(token);
      const { kid } = decodeProtectedHeader(token);
      return !tokens.some((token) => token.kid === kid) && kid;
    }));
    assert.equal(after[0], after[1]);
  });
}

/** Better Auth 1.6 knows a key by the algorithm that it is configured with. */
async function oneAlgorithm(t, { url, mailbox, where, proxy, verifier, betterAuth, signet, database }) {
  const release = "1.6.34";
  const refused = async (toml) => {
    const { code, stderr } = await t.command(["config", "check"], { ...where, toml: beside(release, mailbox.url, toml) });
    assert.notEqual(code, 0);
    return stderr;
  };
  await t.check("a second algorithm beside Better Auth 1.6 is refused", async () => {
    assert.match(await refused('[plugins.jwt.templates.legacy]\nalgorithm = "RS256"'), /plugins\.jwt\.templates\.legacy\.algorithm.*second algorithm/);
  });
  const theirs = await betterAuth({ package: "better-auth-1-6-34" });
  const ours = await signet({ release });
  await t.check("with one algorithm a thing that both do is what one would do, also with Better Auth 1.6", async () => {
    proxy.behind(theirs.url, ours.url);
    const { faults } = await crowd({ url, mailbox, verify: verifier([ours, theirs]), requests: 120, people: 6, seed: 4, name: "older" });
    assert.deepEqual(faults, []);
    const [{ count }] = await database.query("SELECT count(*) FROM jwks");
    assert.equal(count, "1", "both sign with one key");
  });
  await t.check("its keys are all of one algorithm, or Signet does not start", async () => {
    assert.match(await refused('[plugins.jwt.jwks.key_pair_config]\nalg = "ES256"'), /key_pair_config\.alg/);
  });
}
