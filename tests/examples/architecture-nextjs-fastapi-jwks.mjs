// docs/architectures/nextjs-fastapi-jwks.md: examples/nextjs in a browser, the session in a cookie, JWTs for examples/fastapi-jwks.
import assert from "node:assert/strict";
import { exposed, inChromium, submit } from "./harness/browser.mjs";
import { opened } from "./harness/forge.mjs";
import { nextBuild, nextStart } from "./harness/next.mjs";

const PAGE = "docs/architectures/nextjs-fastapi-jwks.md";
/** So that a test can wait for the end of a token. FastAPI allows five seconds more. */
const SHORT_LIVED = `
[plugins.jwt.jwt]
expiration_time = "4s"
`;
const LIFE = 9_500;

export default async function (t) {
  const [built, port] = [await nextBuild(t), await t.port()];
  const url = `http://localhost:${port}`;
  const toml = t.configuration(PAGE, { "http://localhost:3000": url, "127.0.0.1:4000": `127.0.0.1:${built.signet}` });
  const signet = await t.signet(toml + SHORT_LIVED, { port: built.signet, env: { BETTER_AUTH_URL: url } });
  await nextStart(t, port);
  await t.uvicorn("examples/fastapi-jwks", "main:app", { port: built.backend, env: { AUTH_ISSUER: url, AUTH_AUDIENCE: url, AUTH_JWKS_URL: `${url}/api/auth/jwks` } });

  await t.check("proxy.ts goes by the session: no cookie and a forged one lead to the sign-in page", async () => {
    for (const cookie of ["", "better-auth.session_token=forged.c2ln", "better-auth.session_data=e30"]) {
      const answer = await fetch(`${url}/tasks`, { headers: { cookie }, redirect: "manual" });
      assert.deepEqual([answer.status, new URL(answer.headers.get("location"), url).pathname], [307, "/sign-in"], cookie);
    }
  });

  const ada = t.client(url);
  await ada.signUp();
  await t.check("a token has the user's fields flat, and is of and for the site's own address", async () => {
    const { header, payload } = opened(await ada.token());
    assert.deepEqual([header.alg, payload.iss, payload.aud, payload.sub, payload.email], ["EdDSA", url, url, ada.user.id, ada.email]);
    assert.equal(payload.user, undefined);
  });

  await inChromium(t, async (page, context) => {
    const tokens = [];
    const asked = [];
    page.on("request", (request) => request.url().includes("/api/auth/token") && asked.push(request.url()));
    page.on("request", async (request) => request.url().includes("/backend/") && tokens.push((await request.allHeaders()).authorization));
    const email = "grace@example.com";
    const password = "correct horse battery";

    await t.check("somebody signs up in the browser, and adds a task with a JWT", async () => {
      await page.goto(`${url}/sign-in`);
      await submit(page, "Sign up", { name: "Grace", email, password });
      await page.waitForURL(`${url}/tasks`);
      await page.getByText(email).waitFor();
      await submit(page, "Add", { title: "Water the plants" });
      await page.locator("li", { hasText: "Water the plants" }).waitFor();
      assert.match(tokens.at(-1), /^Bearer ey/);
    });
    await t.check("the token is nowhere that a script could find it later, and in no cookie", async () => {
      assert.equal(await exposed(page), '["",{},{}]');
      const cookies = await context.cookies();
      assert.deepEqual(cookies.map(({ name, httpOnly }) => [name, httpOnly]), [["better-auth.session_token", true]]);
    });
    await t.check("calls share a token while it is good", async () => {
      const before = asked.length;
      await submit(page, "Add", { title: "Feed the cat" });
      await page.locator("li", { hasText: "Feed the cat" }).waitFor();
      assert.equal(asked.length, before);
    });
    await t.check("a token that has run out is replaced, and nobody notices", async () => {
      await t.sleep(LIFE);
      const [before, old] = [asked.length, tokens.at(-1)];
      await submit(page, "Add", { title: "Go to bed" });
      await page.locator("li", { hasText: "Go to bed" }).waitFor();
      assert.equal(asked.length, before + 1);
      assert.notEqual(tokens.at(-1), old);
    });
    await t.check("a Server Component calls the backend as whoever asks for the page", async () => {
      await page.reload();
      await page.getByText("3 when this page was made").waitFor();
      await page.locator("li").nth(2).waitFor();
    });
    await t.check("others see nothing of it", async () => {
      const answer = await ada.fetch("/backend/tasks", { headers: { authorization: `Bearer ${await ada.token()}` } });
      assert.deepEqual(await answer.json(), []);
    });
    await t.check("whose session is ended elsewhere has to sign in again", async () => {
      const phone = t.client(url);
      await phone.signIn({ email, password });
      await phone.json("/api/auth/revoke-other-sessions", { json: {} });
      await page.goto(`${url}/tasks`);
      await page.waitForURL(`${url}/sign-in`);
    });
    await t.check("somebody signs in, signs out, and is out", async () => {
      await submit(page, "Sign in", { email, password });
      await page.waitForURL(`${url}/tasks`);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL(`${url}/sign-in`);
      await page.goto(`${url}/tasks`);
      await page.waitForURL(`${url}/sign-in`);
    });
  });

  await t.check("signet doctor verifier: FastAPI takes a good token, and nothing hostile", async () => {
    const { code, stdout, stderr } = await signet.command("doctor", "verifier", `http://127.0.0.1:${built.backend}/tasks`);
    assert.equal(code, 0, stdout + stderr);
  });
}
