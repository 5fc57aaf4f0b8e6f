// docs/architectures/better-auth-fastapi-hs256.md: from sign-up to FastAPI's tasks, with the code that is there and with the example.
import assert from "node:assert/strict";
import { hostileToSecret, keyOf, opened, refusesAll, signed } from "./harness/forge.mjs";

const page = "docs/architectures/better-auth-fastapi-hs256.md";
const secret = "what-signet-secret-prints-is-longer-than-32-bytes";

export default async function (t) {
  const toml = t.configuration(page);
  const signet = await t.signet(toml, { env: { JWT_SECRET: secret } });
  const found = await t.uvicorn("tests/examples/as-written", "main:app", { env: { JWT_SECRET: secret, API_PREFIX: "/api/v1" } });
  const env = { AUTH_SECRET: secret, AUTH_ISSUER: signet.url, API_PREFIX: "/api/v1", APP_ORIGINS: "http://localhost:3000" };
  const example = await t.uvicorn("examples/fastapi-hs256", "main:app", { env });
  const ask = (service, path, token, init = {}) => fetch(`${service.url}/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });

  const ada = signet.client();
  const { id } = await ada.signUp();
  const bob = signet.client();
  await bob.signUp({ name: "Bob" });
  const token = await ada.token("fastapi");

  await t.check("the session is in an httpOnly cookie, for seven days", async () => {
    const answer = await ada.fetch("/api/auth/sign-in/email", { json: { email: ada.email, password: ada.password } });
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith("better-auth.session_token="));
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /Max-Age=604800/i);
  });
  await t.check("the token is HS256 for 15 minutes, and for no audience", () => {
    const { header, payload } = opened(token);
    assert.equal(header.alg, "HS256");
    assert.deepEqual(Object.keys(payload).sort(), ["email", "exp", "iat", "iss", "sub"]);
    assert.deepEqual([payload.sub, payload.exp - payload.iat, payload.email], [id, 900, ada.email]);
  });
  for (const [who, service] of [["the code that is there", found], ["the example", example]]) {
    await t.check(`${who} says who asks`, async () => assert.equal((await (await ask(service, "/auth/me", token)).json()).id, id));
    await t.check(`${who} gives everybody their own tasks`, async () => {
      assert.equal((await ask(service, "/tasks", token, { method: "POST", body: JSON.stringify({ title: "Call home" }) })).status, 201);
      assert.deepEqual(await (await ask(service, "/tasks", token)).json(), [{ title: "Call home" }]);
      assert.deepEqual(await (await ask(service, "/tasks", await bob.token("fastapi"))).json(), []);
    });
    await t.check(`${who} refuses another secret, another algorithm, and what has expired`, async () => {
      const { header, payload } = opened(token);
      const wrong = [
        signed(header, payload, "another-secret-that-is-as-long-as-the-other"),
        signed({ ...header, alg: "none" }, payload, "", "HS256"),
        signed(header, { ...payload, iat: payload.iat - 7200, exp: payload.iat - 3600 }, secret),
        await ada.token(),
      ];
      for (const one of wrong) assert.equal((await ask(service, "/tasks", one)).status, 401);
    });
  }
  await t.check("a page of the front's origin may ask from a browser, and others may not", async () => {
    const preflight = async (origin) => {
      const headers = { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" };
      return (await fetch(`${example.url}/api/v1/tasks`, { method: "OPTIONS", headers })).headers.get("access-control-allow-origin");
    };
    assert.deepEqual([await preflight("http://localhost:3000"), await preflight("https://evil.example")], ["http://localhost:3000", null]);
  });
  await t.check("t56_what_python_jose_lets_through_is_what_the_page_says", async () => {
    const { header, payload } = opened(token);
    const without = (name) => signed(header, { ...payload, [name]: undefined }, secret);
    for (const name of ["exp", "iss", "iat"]) assert.equal((await ask(found, "/tasks", without(name))).status, 200, `without ${name}`);
    assert.equal((await ask(found, "/tasks", signed(header, { ...payload, iss: "https://evil.example" }, secret))).status, 200, "another issuer");
  });
  const stranger = await ada.token();
  await refusesAll(t, `${example.url}/api/v1/tasks`, token, hostileToSecret(token, secret, { token: stranger, key: await keyOf(signet, stranger) }));
  await t.check("the client asks for a token with its session alone", async () => {
    assert.equal((await signet.client().fetch("/api/auth/token?template=fastapi")).status, 401);
    await ada.signOut();
    assert.equal((await ada.fetch("/api/auth/token?template=fastapi")).status, 401);
  });
  await t.check("t55_signet_refuses_a_short_secret_at_start", async () => {
    await assert.rejects(t.signet(toml, { env: { JWT_SECRET: "short" } }), /fewer than 32 bytes/);
  });
}
