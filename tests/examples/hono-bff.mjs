// examples/hono-bff: the browser's cookie on one side, a JWT for examples/nestjs on the other, and Redis behind Signet.
import assert from "node:assert/strict";
import { bff } from "./harness/bff.mjs";
import { honoBff, nestjs, redis } from "./harness/peers.mjs";
import { recorder } from "./harness/recorder.mjs";

const AUDIENCE = "http://localhost:3002";
const PAGES = "http://localhost:3010";
const README = "examples/hono-bff/README.md";

export default async function (t) {
  const [PORT, other] = [await t.port(), await t.port()];
  const url = `http://127.0.0.1:${PORT}`;
  const { url: store } = await redis(t);
  const toml = t.configuration(README, { "redis://localhost:6379": store });
  const signet = await t.signet(toml, { env: { BETTER_AUTH_URL: url, BETTER_AUTH_TRUSTED_ORIGINS: `http://127.0.0.1:${other}` } });
  const backend = await nestjs(t, { ISSUER: url, AUDIENCE, JWKS_URL: signet.at("/jwks") });
  const settings = { SIGNET_URL: signet.url, TEMPLATE: "tasks", ORIGINS: `${url},${PAGES}`, REUSE_SECONDS: "2" };
  await honoBff(t, { ...settings, PORT, BACKEND_URL: backend.url });

  const ada = t.client(url);
  await ada.signUp();
  await t.check("a browser with nothing but the cookie reads and writes what NestJS keeps", async () => {
    const task = await ada.json("/api/tasks", { json: { title: "Water the plants" } });
    assert.equal(task.owner, ada.user.id);
    assert.deepEqual((await ada.json("/api/tasks")).map(({ title }) => title), ["Water the plants"]);
    assert.equal((await ada.fetch("/api/tasks/all")).status, 403);
  });
  await t.check("pages of another origin call with the cookie, and no others do", async () => {
    const allowed = async (origin) => (await fetch(`${url}/api/tasks`, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } })).headers;
    const ours = await allowed(PAGES);
    assert.deepEqual([ours.get("access-control-allow-origin"), ours.get("access-control-allow-credentials")], [PAGES, "true"]);
    assert.equal((await allowed("https://evil.example")).get("access-control-allow-origin"), null);
  });
  await t.check("many requests of a session share a token; one that was ended elsewhere gets through no longer than that", async () => {
    const asked = () => signet.output().split('"route":"/token"').length - 1;
    await t.sleep(2100);
    const before = asked();
    const statuses = await Promise.all(Array.from({ length: 30 }, async () => (await ada.fetch("/api/tasks")).status));
    assert.deepEqual([[...new Set(statuses)], asked() - before], [[200], 1]);
    const phone = t.client(url);
    phone.email = ada.email;
    phone.password = ada.password;
    await phone.signIn();
    await phone.json("/api/auth/revoke-other-sessions", { json: {} });
    await t.eventually("the other session is refused", async () => (await ada.fetch("/api/tasks")).status === 401, { within: 3000 });
    await ada.signIn();
  });
  await t.check("with the backend away the answer is 502", async () => {
    await backend.stop();
    assert.equal((await ada.fetch("/api/tasks")).status, 502);
  });

  const seen = await recorder();
  try {
    const second = await honoBff(t, { ...settings, PORT: other, BACKEND_URL: seen.url, ORIGINS: `${url},http://127.0.0.1:${other}` });
    const bob = t.client(second.url);
    await bob.signUp({ name: "Bob" });
    await bff(t, { url: second.url, prefix: "/api", seen, ada: bob, origin: second.url, audience: AUDIENCE });
    await t.check("with Signet away the answer is 503", async () => {
      await signet.stop();
      await t.sleep(2100);
      assert.equal((await bob.fetch("/api/echo")).status, 503);
    });
  } finally {
    await seen.stop();
  }
}
