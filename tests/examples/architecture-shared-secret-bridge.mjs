// docs/architectures/shared-secret-bridge.md: its three phases, its rules, and what is refused.
import assert from "node:assert/strict";
import { hostileToSecret, keyOf, opened, refusesAll } from "./harness/forge.mjs";
import { SECRET } from "./harness/signet.mjs";

const page = "docs/architectures/shared-secret-bridge.md";
const secret = "the-secret-of-the-bridge-and-of-nothing-else";

export default async function (t) {
  const toml = t.configuration(page);
  const signet = await t.signet(toml, { env: { BRIDGE_SECRET: secret } });
  const service = await t.uvicorn("examples/fastapi-hs256", "main:app", { env: { AUTH_SECRET: secret, AUTH_ISSUER: signet.url } });
  const tasks = (token, init = {}) => fetch(`${service.url}/tasks`, { ...init, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });

  const ada = signet.client();
  const { id } = await ada.signUp();
  const token = await ada.token("bridge");
  await t.check("phase A: a session gets a token with sub, exp and iat", () => {
    const { header, payload } = opened(token);
    assert.equal(header.alg, "HS256");
    assert.deepEqual(Object.keys(payload).sort(), ["exp", "iat", "iss", "sub"]);
    assert.equal(payload.sub, id);
  });
  await t.check("phases B and C: the service knows who asks, and filters by it", async () => {
    assert.equal((await tasks(token, { method: "POST", body: JSON.stringify({ title: "Read" }) })).status, 201);
    assert.deepEqual(await (await tasks(token)).json(), [{ title: "Read" }]);
    const bob = signet.client();
    await bob.signUp();
    assert.deepEqual(await (await tasks(await bob.token("bridge"))).json(), []);
  });
  const stranger = await ada.token();
  await refusesAll(t, `${service.url}/tasks`, token, hostileToSecret(token, secret, { token: stranger, key: await keyOf(signet, stranger) }));

  await t.check("nobody is asked: with Signet away, the token goes on verifying", async () => {
    await signet.stop();
    assert.equal((await tasks(token)).status, 200);
  });
  await t.check("t55_signet_refuses_its_own_secret_in_a_template", async () => {
    await assert.rejects(t.signet(toml, { env: { BRIDGE_SECRET: SECRET } }), /is Signet's own secret/);
  });
  await t.check("with allow_session_secret it takes it, and warns", async () => {
    const same = await t.signet(t.configuration(page, {}, "same-secret"));
    const browser = same.client();
    await browser.signUp();
    assert.equal(opened(await browser.token("bridge")).header.alg, "HS256");
    assert.match(same.output(), /is Signet's own secret/);
  });
}
