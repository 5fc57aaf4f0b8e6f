// examples/node: jose takes Signet's tokens, and nothing else.
import assert from "node:assert/strict";
import { trusts } from "./harness/verifier.mjs";

const AUDIENCE = "http://localhost:3003";

export default async function (t) {
  const signet = await t.signet(t.configuration("examples/node/README.md"));
  const folder = await t.npm("examples/node");
  const serve = async (JWKS_URL) => {
    const port = await t.port();
    const url = `http://127.0.0.1:${port}/me`;
    const peer = await t.run("node", ["server.mjs"], { cwd: folder, env: { PORT: `${port}`, ISSUER: signet.url, AUDIENCE, JWKS_URL }, ready: url, name: "examples/node" });
    return { ...peer, url };
  };
  const { url } = await serve(signet.at("/jwks"));

  const ada = signet.client();
  const { id } = await ada.signUp();
  await t.check("a token says who asks", async () => {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${await ada.token("node")}` } });
    assert.equal((await answer.json()).id, id);
  });
  await t.check("without a token the answer is 401 and says how to authenticate", async () => {
    const answer = await fetch(url);
    assert.deepEqual([answer.status, answer.headers.get("www-authenticate")], [401, "Bearer"]);
  });
  await t.check("the default token, which is for no service, is refused", async () => {
    assert.equal((await fetch(url, { headers: { authorization: `Bearer ${await ada.token()}` } })).status, 401);
  });
  await t.check("without any keys the answer is 503: 401 would tell clients to throw their sessions away", async () => {
    const blind = await serve("http://127.0.0.1:1/jwks");
    const { status } = await fetch(blind.url, { headers: { authorization: `Bearer ${await ada.token("node")}` } });
    assert.equal(status, 503);
    await blind.stop();
  });
  await trusts(t, { signet, url, mint: () => ada.token("node"), template: "node" });
}
