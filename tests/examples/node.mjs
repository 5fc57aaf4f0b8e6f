// examples/node: jose takes Signet's tokens, and nothing else, on node:http and in Hono.
import assert from "node:assert/strict";
import { trusts } from "./harness/verifier.mjs";

const AUDIENCE = "http://localhost:3003";

export default async function (t) {
  const signet = await t.signet(t.configuration("examples/node/README.md"));
  const folder = await t.npm("examples/node");
  const serve = async (program, JWKS_URL) => {
    const port = await t.port();
    const url = `http://127.0.0.1:${port}/me`;
    const peer = await t.run("node", [program], { cwd: folder, env: { PORT: `${port}`, ISSUER: signet.url, AUDIENCE, JWKS_URL }, ready: url, name: `examples/node/${program}` });
    return { ...peer, url };
  };
  const { url } = await serve("server.mjs", signet.at("/jwks"));

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
    for (const program of ["server.mjs", "hono.mjs"]) {
      const blind = await serve(program, "http://127.0.0.1:1/jwks");
      const { status } = await fetch(blind.url, { headers: { authorization: `Bearer ${await ada.token("node")}` } });
      assert.equal(status, 503, program);
      await blind.stop();
    }
  });
  await t.check("Hono with the same function takes what is good, and nothing that the doctor sends", async () => {
    const hono = await serve("hono.mjs", signet.at("/jwks"));
    const answer = await fetch(hono.url, { headers: { authorization: `Bearer ${await ada.token("node")}` } });
    assert.equal((await answer.json()).id, id);
    const { code, stdout, stderr } = await signet.command("doctor", "verifier", hono.url, "--template", "node");
    assert.equal(code, 0, stdout + stderr);
  });
  await trusts(t, { signet, url, mint: () => ada.token("node"), template: "node" });
}
