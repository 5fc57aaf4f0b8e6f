// examples/fastapi-jwks with AUTH_REVOCATIONS_URL: whoever has signed out is refused within seconds, and nobody else.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { keyOf, opened, signed } from "./harness/forge.mjs";

const secret = "the-secret-of-the-resource-server-tasks";
const folder = "examples/fastapi-jwks";
/** The longest that a token may be good after its session has ended, in milliseconds. */
const LONGEST = 5000;

export default async function (t) {
  const port = await t.port();
  const audience = `http://127.0.0.1:${port}`;
  const toml = t.configuration(`${folder}/README.md`, { "http://localhost:8000": audience }, "revocations");
  const signet = await t.signet(`${toml}
[plugins.jwt.templates.nameless]
audience = "${audience}"

[resource_servers.tasks]
secret = "${secret}"
`);
  const environment = { AUTH_ISSUER: signet.url, AUTH_AUDIENCE: audience, AUTH_REVOCATIONS_URL: signet.at("/revocations") };
  const bob = await person();
  await bob.browser.signOut(); // before the service has begun: the first list says so
  const backend = await t.uvicorn(folder, "main:app", { port, env: environment });

  async function person() {
    const browser = signet.client();
    await browser.signUp();
    return { browser, token: await browser.token() };
  }
  const status = async (token) => (await fetch(`${backend.url}/tasks`, { headers: { authorization: `Bearer ${token}` } })).status;
  /** How long a token is taken from now on, in milliseconds. */
  async function lives(token) {
    const began = performance.now();
    await t.eventually("the token is refused", async () => (await status(token)) === 401, { within: 10_000, every: 10 });
    return performance.now() - began;
  }

  const ada = await person();
  await t.eventually("the first list has come", async () => (await status(ada.token)) === 200);
  await t.check("who signed out before the service began is refused", async () => assert.equal(await status(bob.token), 401));

  const times = [];
  await t.check(`who signs out is refused in less than ${LONGEST} ms`, async () => {
    for (let turn = 0; turn < 5; turn++) {
      const somebody = await person();
      assert.equal(await status(somebody.token), 200);
      await somebody.browser.signOut();
      times.push(await lives(somebody.token));
    }
    console.log(`   signed out, and refused after ${times.map((time) => time.toFixed(0)).join(", ")} ms`);
    assert.ok(Math.max(...times) < LONGEST);
  });
  await t.check("all tokens of the session are, and those of the same user's other session are not", async () => {
    const phone = signet.client();
    const laptop = await person();
    await phone.signIn({ email: laptop.browser.email, password: laptop.browser.password });
    const [second, onPhone] = [await laptop.browser.token(), await phone.token()];
    await laptop.browser.signOut();
    await lives(second);
    assert.deepEqual([await status(laptop.token), await status(onPhone)], [401, 200]);
  });
  await t.check("nobody else is refused", async () => assert.equal(await status(ada.token), 200));
  await t.check("one token is revoked, and the others of its session are not", async () => {
    const { browser, token } = await person();
    await t.sleep(1100); // the next token has another second, and so other claims
    const other = await browser.token();
    const headers = { authorization: `Basic ${btoa(`tasks:${secret}`)}` };
    const { status: answer } = await fetch(signet.at("/oauth2/revoke"), { method: "POST", headers, body: new URLSearchParams({ token }) });
    assert.equal(answer, 200);
    await lives(token);
    assert.equal(await status(other), 200);
  });
  await t.check("a token that names no session is refused, for it would not end with one", async () => {
    assert.equal(await status(await ada.browser.token("nameless")), 401);
  });
  await t.check("t64_no_list_but_signets_own_is_believed", async () => {
    const list = await (await fetch(signet.at("/revocations"))).text();
    const { header, payload } = opened(list);
    const key = await keyOf(signet, list);
    const past = Math.floor(Date.now() / 1000) - 600;
    const pages = [
      signed({ ...header, typ: undefined }, payload, key), // as a token is
      signed(header, payload, generateKeyPairSync("ed25519").privateKey),
      signed(header, { ...payload, iat: past - 60, exp: past }, key),
      signed(header, { ...payload, iss: "https://evil.example" }, key),
      ada.token,
    ];
    for (const page of pages) {
      const feed = createServer((_, answer) => answer.end(page));
      await new Promise((done) => feed.listen(0, "127.0.0.1", done));
      const url = `http://127.0.0.1:${feed.address().port}/`;
      const misled = await t.uvicorn(folder, "main:app", { env: { ...environment, AUTH_REVOCATIONS_URL: url } });
      await t.eventually("the list was asked for", () => /feed of revocations is away/.test(misled.output()));
      const answer = await fetch(`${misled.url}/tasks`, { headers: { authorization: `Bearer ${ada.token}` } });
      assert.equal(answer.status, 503);
      await misled.stop();
      feed.close();
    }
  });
  await t.check("while Signet is away the service goes on with what it knows, and then hears what is new", async () => {
    const late = await person();
    const back = signet.restart();
    await t.sleep(50);
    assert.deepEqual([await status(ada.token), await status(bob.token)], [200, 401]);
    await back;
    await late.browser.signOut();
    console.log(`   signed out after a restart, and refused after ${(await lives(late.token)).toFixed(0)} ms`);
  });
}
