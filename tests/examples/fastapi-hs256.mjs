// examples/fastapi-hs256: every hostile token is refused, and the secret changes without a failure.
import assert from "node:assert/strict";
import { hostileToSecret, keyOf, opened, refusesAll } from "./harness/forge.mjs";

const folder = "examples/fastapi-hs256";
const OLD = "the-first-secret-that-fastapi-and-signet-share";
const NEW = "the-other-secret-that-fastapi-and-signet-share";

export default async function (t) {
  const port = await t.port();
  const audience = `http://127.0.0.1:${port}`;
  const toml = t.configuration(`${folder}/README.md`, { "http://localhost:8000": audience });
  const signet = await t.signet(toml, { env: { FASTAPI_SECRET: OLD } });
  const backend = (secrets, more) => t.uvicorn(folder, "main:app", { env: { AUTH_ISSUER: signet.url, AUTH_AUDIENCE: audience, ...secrets }, ...more });
  const service = await backend({ AUTH_SECRET: OLD }, { port });
  const status = async (token, { url } = service) => (await fetch(`${url}/tasks`, { headers: { authorization: `Bearer ${token}` } })).status;

  const ada = signet.client();
  const { id } = await ada.signUp();
  const token = await ada.token("fastapi");
  await t.check("a token is HS256 and has the claims that the template names", () => {
    const { header, payload } = opened(token);
    assert.deepEqual([header.alg, payload.sub, payload.iss, payload.aud, payload.email], ["HS256", id, signet.url, audience, ada.email]);
  });
  await t.check("the service says who asks", async () => {
    const answer = await fetch(`${service.url}/auth/me`, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual(await answer.json(), { id, email: ada.email });
  });
  await t.check("t55_the_shared_secret_is_not_in_the_jwks", async () => {
    const jwks = await (await fetch(signet.at("/jwks"))).text();
    assert.ok(!/oct|HS256/.test(jwks), jwks);
  });
  const stranger = await ada.token();
  const tokens = hostileToSecret(token, OLD, { token: stranger, key: await keyOf(signet, stranger) });
  await refusesAll(t, `${service.url}/tasks`, token, tokens);
  await t.check("t55_a_short_secret_is_refused_at_the_start_of_the_service", async () => {
    const { code, stderr } = await t.exec(t.python, ["-c", "import auth"], { cwd: folder, env: { AUTH_SECRET: "secret" } });
    assert.notEqual(code, 0);
    assert.match(stderr, /fewer than 32 bytes/);
  });

  await t.check("the secret changes, and no token is refused meanwhile", async () => {
    const both = await backend({ AUTH_SECRET: OLD, AUTH_OTHER_SECRET: NEW });
    assert.equal(await status(token, both), 200, "the service knows both, Signet signs with the old one");
    const changed = toml.replace("secret_env", 'previous_secret_env = "FASTAPI_PREVIOUS_SECRET"\nsecret_env');
    await signet.restart({ toml: changed, env: { FASTAPI_SECRET: NEW, FASTAPI_PREVIOUS_SECRET: OLD } });
    const young = await ada.token("fastapi");
    assert.notEqual(opened(young).header.kid, opened(token).header.kid);
    assert.deepEqual([await status(token, both), await status(young, both)], [200, 200]);
    const after = await backend({ AUTH_SECRET: NEW });
    assert.deepEqual([await status(token, after), await status(young, after)], [401, 200], "the old secret is out");
  });
}
