// examples/actix-resource-server: every hostile token is refused, of both its algorithms, and a storm of unknown keys costs one fetch.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { hostile, keyOf, opened, refusesAll, signed } from "./harness/forge.mjs";

const folder = "examples/actix-resource-server";

export default async function (t) {
  const program = await t.cargo("actix-resource-server");
  const port = await t.port();
  const url = `http://127.0.0.1:${port}`;
  const signet = await t.signet(t.configuration(`${folder}/README.md`, { "http://localhost:8000": url }));
  const service = (on) => t.run(program, [], { env: { AUTH_ISSUER: signet.url, AUTH_AUDIENCE: url, BIND: `127.0.0.1:${on}` }, ready: `http://127.0.0.1:${on}/` });
  await service(port);
  const tasks = (token, init = {}) => fetch(`${url}/tasks`, { ...init, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });

  const ada = signet.client();
  await ada.signUp();
  const token = await ada.token();
  await t.check("somebody adds a task, and nobody else sees it", async () => {
    assert.equal((await tasks(token, { method: "POST", body: JSON.stringify({ title: "Water the plants" }) })).status, 201);
    assert.deepEqual(await (await tasks(token)).json(), [{ title: "Water the plants" }]);
    const bob = signet.client();
    await bob.signUp();
    assert.deepEqual(await (await tasks(await bob.token())).json(), []);
  });
  await t.check("without a token the answer is 401 and says how to authenticate", async () => {
    const answer = await fetch(`${url}/tasks`);
    assert.deepEqual([answer.status, answer.headers.get("www-authenticate")], [401, "Bearer"]);
  });
  await t.check("a key that signs at once, without any lead, is taken at its first token", async () => {
    const { code, stderr } = await signet.command("keys", "rotate", "--immediately");
    assert.equal(code, 0, stderr);
    await t.eventually("another key signs", async () => {
      const young = await ada.token();
      assert.equal((await tasks(young)).status, 200);
      return opened(young).header.kid !== opened(token).header.kid;
    });
    assert.equal((await tasks(token)).status, 200, "and the old key's tokens are good still");
  });
  const key = await keyOf(signet, token);
  await refusesAll(t, `${url}/tasks`, token, hostile(token, key));

  await t.check("t61_a_storm_of_unknown_keys_costs_one_fetch", async () => {
    const { header, payload } = opened(token);
    const before = await signet.served("/jwks");
    const began = Date.now();
    for (let round = 0; round < 20; round++) {
      const stormy = Array.from({ length: 100 }, () => signed({ ...header, kid: randomUUID() }, payload, key));
      const statuses = await Promise.all([...stormy, token].map(async (one) => (await tasks(one)).status));
      assert.deepEqual(statuses, [...stormy.map(() => 401), 200], "unknown keys are refused, and a known one is not affected");
    }
    const most = Math.ceil((Date.now() - began) / 10_000);
    const fetches = (await signet.served("/jwks")) - before;
    assert.ok(fetches <= most, `${fetches} fetches for 2000 unknown keys in ${Date.now() - began} ms`);
  });

  const p256 = await ada.token("p256");
  await t.check("an ES256 token is taken, too", async () => {
    assert.equal(opened(p256).header.alg, "ES256");
    assert.equal((await tasks(p256)).status, 200);
  });
  await refusesAll(t, `${url}/tasks`, p256, hostile(p256, await keyOf(signet, p256)));
  await t.check("with Signet away, known keys go on verifying, and a service that has none says so", async () => {
    await signet.stop();
    assert.equal((await tasks(token)).status, 200);
    const other = await t.port();
    await service(other);
    const answer = await fetch(`http://127.0.0.1:${other}/tasks`, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "10"]);
  });
}
