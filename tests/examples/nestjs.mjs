// examples/nestjs: passport-jwt and jwks-rsa take Signet's tokens, and nothing else.
import assert from "node:assert/strict";
import { opened } from "./harness/forge.mjs";
import { nestjs } from "./harness/peers.mjs";
import { trusts } from "./harness/verifier.mjs";

const AUDIENCE = "http://localhost:3002";

export default async function (t) {
  const signet = await t.signet(t.configuration("examples/nestjs/README.md"));
  const backend = await nestjs(t, { ISSUER: signet.url, AUDIENCE, JWKS_URL: signet.at("/jwks") });
  const call = async (path, token, init = {}) => {
    const answer = await fetch(backend.url + path, { ...init, headers: { ...(token && { authorization: `Bearer ${token}` }), ...init.headers } });
    return { status: answer.status, headers: answer.headers, body: await answer.json().catch(() => null) };
  };
  const add = (token, title) => call("/tasks", token, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ title }) });

  const ada = signet.client();
  const { id } = await ada.signUp();
  const token = await ada.token("tasks");
  await t.check("a token is ES256, and says who, with which roles, for this service, for five minutes", () => {
    const { header, payload } = opened(token);
    assert.deepEqual([header.alg, header.typ], ["ES256", "at+jwt"]);
    assert.deepEqual([payload.sub, payload.iss, payload.aud, payload.roles, payload.exp - payload.iat], [id, signet.url, AUDIENCE, ["user"], 300]);
  });
  await t.check("somebody adds a task, and sees it; nobody else does", async () => {
    assert.equal((await add(token, "Water the plants")).status, 201);
    assert.deepEqual((await call("/tasks", token)).body.map(({ title, owner }) => [title, owner]), [["Water the plants", id]]);
    const bob = signet.client();
    await bob.signUp();
    assert.deepEqual((await call("/tasks", await bob.token("tasks"))).body, []);
  });
  await t.check("without a token the answer is 401 and says how to authenticate; what is public needs none", async () => {
    const { status, headers } = await call("/tasks");
    assert.deepEqual([status, headers.get("www-authenticate")], [401, "Bearer"]);
    assert.equal((await call("/health")).status, 200);
  });
  await t.check("a route for admins is closed to others, and opens with the role in a new token", async () => {
    assert.equal((await call("/tasks/all", token)).status, 403);
    const { code, stderr } = await signet.command("users", "set-role", ada.email, "user,admin");
    assert.equal(code, 0, stderr);
    assert.equal((await call("/tasks/all", token)).status, 403);
    assert.equal((await call("/tasks/all", await ada.token("tasks"))).body.length, 1);
  });
  await t.check("the default token, which is for no service, is refused", async () => {
    assert.equal((await call("/tasks", await ada.token())).status, 401);
  });
  await t.check("without any keys the answer is 503: 401 would tell clients to throw their sessions away", async () => {
    const blind = await nestjs(t, { ISSUER: signet.url, AUDIENCE, JWKS_URL: "http://127.0.0.1:1/jwks" });
    const { status } = await fetch(`${blind.url}/tasks`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(status, 503);
    await blind.stop();
  });
  await trusts(t, { signet, url: `${backend.url}/tasks`, mint: () => ada.token("tasks"), template: "tasks" });
}
