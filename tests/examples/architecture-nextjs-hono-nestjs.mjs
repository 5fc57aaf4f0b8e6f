// docs/architectures/nextjs-hono-nestjs.md: a browser with a cookie, Signet's gateway, examples/nestjs with JWTs, and Redis.
import assert from "node:assert/strict";
import { bff } from "./harness/bff.mjs";
import { inChromium, submit } from "./harness/browser.mjs";
import { nextStart } from "./harness/next.mjs";
import { nestjs, redis } from "./harness/peers.mjs";
import { recorder } from "./harness/recorder.mjs";

const PAGE = "docs/architectures/nextjs-hono-nestjs.md";
const AUDIENCE = "http://localhost:3002";

/** A way of the same kind, to a backend that says what it was sent. */
const probe = (upstream) => `
[[gateway.routes]]
prefix = "/api/probe"
upstream = "${upstream}"
strip_prefix = true
template = "tasks"
`;

export default async function (t) {
  const [port, nestPort, nextPort] = [await t.port(), await t.port(), await t.port()];
  const url = `http://localhost:${port}`;
  const { url: store, flush } = await redis(t);
  const seen = await recorder();
  try {
    const toml = t.configuration(PAGE, {
      "redis://localhost:6379": store,
      'upstream = "http://localhost:3002': `upstream = "http://127.0.0.1:${nestPort}`,
      'upstream = "http://localhost:3010': `upstream = "http://localhost:${nextPort}`,
    });
    const signet = await t.signet(toml + probe(seen.url), { port, host: "localhost" });
    await nestjs(t, { PORT: nestPort, ISSUER: url, AUDIENCE, JWKS_URL: signet.at("/jwks") });
    await nextStart(t, nextPort);

    await inChromium(t, async (page, context) => {
      const [email, password] = ["grace@example.com", "correct horse battery"];
      const tokens = [];
      page.on("request", async (request) => tokens.push((await request.allHeaders()).authorization));
      await t.check("a page of Next.js, through the gateway, signs somebody up, and reads and writes what NestJS keeps", async () => {
        await page.goto(`${url}/board`);
        await submit(page, "Sign up", { name: "Grace", email, password });
        await page.getByText(email).waitFor();
        await submit(page, "Add", { title: "Water the plants" });
        await page.locator("li", { hasText: "Water the plants" }).waitFor();
      });
      await t.check("the browser has a hidden cookie and nothing else", async () => {
        const cookies = await context.cookies();
        assert.deepEqual(cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]), [["better-auth.session_token", true, "Lax"]]);
        assert.deepEqual(tokens.filter(Boolean), []);
      });
      await t.check("a Redis that is emptied logs nobody out", async () => {
        await flush();
        await page.reload();
        await page.locator("li", { hasText: "Water the plants" }).waitFor();
      });
      await t.check("whose session is ended elsewhere is refused at once", async () => {
        const phone = t.client(url);
        await phone.signIn({ email, password });
        assert.equal((await phone.fetch("/api/tasks")).status, 200);
        await phone.json("/api/auth/revoke-other-sessions", { json: {} });
        assert.equal(await page.evaluate(async () => (await fetch("/api/tasks")).status), 401);
        await page.reload();
        await page.getByRole("button", { name: "Sign in" }).waitFor();
      });
    });

    const ada = signet.client();
    await ada.signUp();
    await t.check("a route for admins opens with the role, in a new session's token", async () => {
      assert.equal((await ada.fetch("/api/tasks/all")).status, 403);
      const { code, stderr } = await signet.command("users", "set-role", ada.email, "admin");
      assert.equal(code, 0, stderr);
      await ada.signIn();
      assert.equal((await ada.fetch("/api/tasks/all")).status, 200);
    });
    await bff(t, { url, prefix: "/api/probe", seen, ada, origin: url, audience: AUDIENCE, isBelieved: true });
  } finally {
    await seen.stop();
  }
}
