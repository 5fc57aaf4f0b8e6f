// examples/fastapi-jwks: every hostile token is refused, keys rotate without a failure, a storm of unknown keys costs one fetch.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { hostile, keyOf, opened, refusesAll, signed } from "./harness/forge.mjs";

const folder = "examples/fastapi-jwks";

export default async function (t) {
  const port = await t.port();
  const audience = `http://127.0.0.1:${port}`;
  const toml = t.configuration(`${folder}/README.md`, { "http://localhost:8000": audience });
  const signet = await t.signet(toml);
  const backend = await t.uvicorn(folder, "main:app", { port, env: { AUTH_ISSUER: signet.url, AUTH_AUDIENCE: audience } });
  const tasks = (token, init = {}) => fetch(`${backend.url}/tasks`, { ...init, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });

  const ada = signet.client();
  const { id } = await ada.signUp();
  const token = await ada.token();
  await t.check("a token has the claims that the configuration names", () => {
    const { payload } = opened(token);
    assert.deepEqual([payload.sub, payload.iss, payload.aud, payload.email], [id, signet.url, audience, ada.email]);
  });
  await t.check("somebody adds a task, and sees it", async () => {
    assert.equal((await tasks(token, { method: "POST", body: JSON.stringify({ title: "Water the plants" }) })).status, 201);
    assert.deepEqual(await (await tasks(token)).json(), [{ title: "Water the plants" }]);
  });
  await t.check("nobody else sees it", async () => {
    const bob = signet.client();
    await bob.signUp();
    assert.deepEqual(await (await tasks(await bob.token())).json(), []);
  });
  await t.check("without a token the answer is 401 and says how to authenticate", async () => {
    const answer = await fetch(`${backend.url}/tasks`);
    assert.deepEqual([answer.status, answer.headers.get("www-authenticate")], [401, "Bearer"]);
  });
  const key = await keyOf(signet, token);
  await refusesAll(t, `${backend.url}/tasks`, token, hostile(token, key));

  const before = await signet.served("/jwks");
  await t.check("t61_a_storm_of_unknown_keys_costs_one_fetch", async () => {
    const { header, payload } = opened(token);
    const stormy = Array.from({ length: 2000 }, () => signed({ ...header, kid: randomUUID() }, payload, key));
    const began = Date.now();
    const rounds = Array.from({ length: 20 }, (_, round) => stormy.slice(round * 100, round * 100 + 100));
    for (const round of rounds) {
      const statuses = await Promise.all([...round.map((one) => tasks(one)), tasks(token)].map(async (answer) => (await answer).status));
      assert.deepEqual(statuses, [...round.map(() => 401), 200], "unknown keys are refused, and a known one is not affected");
    }
    const most = Math.ceil((Date.now() - began) / 10_000);
    const fetches = (await signet.served("/jwks")) - before;
    assert.ok(fetches <= most, `${fetches} fetches for 2000 unknown keys in ${Date.now() - began} ms`);
  });

  await t.check("a key set that is fetched again is not needed for tokens that are known", async () => {
    const count = await signet.served("/jwks");
    for (let turn = 0; turn < 50; turn++) assert.equal((await tasks(token)).status, 200);
    assert.equal(await signet.served("/jwks"), count);
  });
  await t.check("with Signet away, known keys go on verifying, and a service that has none says so", async () => {
    await signet.stop();
    assert.equal((await tasks(token)).status, 200);
    const { url } = await t.uvicorn(folder, "main:app", { env: { AUTH_ISSUER: signet.url, AUTH_AUDIENCE: audience } });
    const answer = await fetch(`${url}/tasks`, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "10"]);
  });
  await rotates(t);
}

/** A service that keeps the keys for seconds, while they change every few: no token is ever refused. */
async function rotates(t) {
  const port = await t.port();
  const audience = `http://127.0.0.1:${port}`;
  const quick = `
[plugins.jwt.jwks]
rotation_interval = 12
publish_lead = 6
cache_max_age = 2
poll_interval = 1
`;
  const signet = await t.signet(t.configuration(`${folder}/README.md`, { "http://localhost:8000": audience }) + quick);
  const backend = await t.uvicorn(folder, "main:app", { port, env: { AUTH_ISSUER: signet.url, AUTH_AUDIENCE: audience } });
  const ada = signet.client();
  await ada.signUp();
  const kids = new Set();
  const refused = [];
  const verifyOne = async () => {
    const token = await ada.token();
    kids.add(opened(token).header.kid);
    const { status } = await fetch(`${backend.url}/tasks`, { headers: { authorization: `Bearer ${token}` } });
    if (status !== 200) refused.push(`${opened(token).header.kid}: ${status}`);
  };
  await verifyOne();
  await t.check("a key that signs at once, without any lead, is taken at its first token", async () => {
    const { code, stderr } = await signet.command("keys", "rotate", "--immediately");
    assert.equal(code, 0, stderr);
    const first = [...kids][0];
    await t.eventually("another key signs", async () => {
      await verifyOne();
      return [...kids].at(-1) !== first;
    });
    assert.deepEqual(refused, []);
  });
  await t.check("keys rotate by themselves, and no token is refused", async () => {
    const seen = kids.size;
    const end = Date.now() + 26_000;
    let count = 0;
    for (; Date.now() < end; count++) {
      await verifyOne();
      await t.sleep(20);
    }
    assert.deepEqual(refused, []);
    assert.ok(kids.size >= seen + 2, `${kids.size - seen} new keys in ${count} tokens`);
  });
}
