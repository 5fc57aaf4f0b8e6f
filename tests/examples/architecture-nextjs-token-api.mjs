// docs/architectures/nextjs-token-api.md: examples/nextjs in a browser, whose server has the tokens of Signet's `/api/v1`.
import assert from "node:assert/strict";
import { exposed, inChromium, submit } from "./harness/browser.mjs";
import { hostile, keyOf, opened, refusesAll } from "./harness/forge.mjs";
import { nextBuild, nextStart } from "./harness/next.mjs";

const PAGE = "docs/architectures/nextjs-token-api.md";
const PASSWORD = "correct horse battery";

export default async function (t) {
  const [built, port] = [await nextBuild(t), await t.port()];
  const toml = t.configuration(PAGE, { "127.0.0.1:8000": `127.0.0.1:${built.signet}` });
  const signet = await t.signet(toml, { port: built.signet });
  const { url } = await nextStart(t, port, { NEXT_PUBLIC_API_URL: signet.url });
  const api = (path, init) => fetch(`${signet.url}/api/v1${path}`, init);
  const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });

  await t.check("nobody without a token sees the dashboard, nor does a forged one", async () => {
    for (const cookie of ["", "refresh_token=forged", "access_token=forged"]) {
      const answer = await fetch(`${url}/dashboard`, { headers: { cookie }, redirect: "manual" });
      const to = answer.headers.get("location");
      assert.ok(answer.status === 307 && to.endsWith("/login"), `${cookie}: ${answer.status} ${to}`);
    }
  });

  await inChromium(t, async (page, context) => {
    const token = async (name) => (await context.cookies()).find((cookie) => cookie.name === name);
    const dashboard = (cookie) => fetch(`${url}/dashboard`, { headers: { cookie }, redirect: "manual" });

    await t.check("registerAction makes a user", async () => {
      await page.goto(`${url}/register`);
      await submit(page, "Register", { name: "Grace", username: "grace", email: "grace@example.com", password: PASSWORD });
      await page.waitForURL(`${url}/login`);
    });
    await t.check("a wrong password is told", async () => {
      await submit(page, "Log in", { username: "grace", password: "wrong horse battery" });
      await page.getByText("Invalid credentials").waitFor();
    });
    await t.check("loginAction logs in by the user name, and the dashboard knows who it is", async () => {
      await submit(page, "Log in", { username: "grace", password: PASSWORD });
      await page.waitForURL(`${url}/dashboard`);
      await page.getByText("Grace (grace, grace@example.com)").waitFor();
    });
    await t.check("both tokens are cookies that no script can read, for 30 minutes and seven days", async () => {
      for (const [name, seconds] of [["access_token", 1800], ["refresh_token", 604_800]]) {
        const { httpOnly, secure, sameSite, expires } = await token(name);
        assert.deepEqual([httpOnly, secure, sameSite], [true, true, "Lax"], name);
        assert.ok(Math.abs(expires - Date.now() / 1000 - seconds) < 60, `${name} ends at ${expires}`);
      }
      assert.equal(await exposed(page), '["",{},{}]');
      const { payload } = opened((await token("access_token")).value);
      assert.equal(payload.exp - payload.iat, 1800);
    });
    await t.check("an action changes the user with the token", async () => {
      await submit(page, "Rename", { name: "Grace Hopper" });
      await page.getByText("Grace Hopper (grace, grace@example.com)").waitFor();
    });
    await t.check("an access token that has run out is replaced on the way to the page, and the refresh token with it", async () => {
      const [access, refresh] = [await token("access_token"), await token("refresh_token")];
      await context.clearCookies({ name: "access_token" });
      await page.goto(`${url}/dashboard`);
      await page.getByText("Grace Hopper").waitFor();
      assert.notEqual((await token("access_token")).value, access.value);
      assert.notEqual((await token("refresh_token")).value, refresh.value);
    });
    await t.check("many requests that come at once with one refresh token are all answered, and the user stays logged in", async () => {
      const { value } = await token("refresh_token");
      const answers = await Promise.all(Array.from({ length: 8 }, () => dashboard(`refresh_token=${value}`)));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
      const [cookie] = answers[0].headers.getSetCookie().filter((line) => line.startsWith("refresh_token="));
      await context.addCookies([{ url, name: "refresh_token", value: cookie.split(/[=;]/)[1], httpOnly: true, secure: true }]);
      await context.clearCookies({ name: "access_token" });
      await page.goto(`${url}/dashboard`);
      await page.getByText("Grace Hopper").waitFor();
    });
    await t.check("logoutAction ends both tokens, not only their cookies", async () => {
      const [access, refresh] = [(await token("access_token")).value, (await token("refresh_token")).value];
      assert.equal((await api("/user/me", bearer(access))).status, 200);
      await page.getByRole("button", { name: "Log out" }).click();
      await page.waitForURL(`${url}/login`);
      assert.deepEqual(await context.cookies(), []);
      assert.equal((await api("/user/me", bearer(access))).status, 401);
      assert.equal((await api("/refresh", { method: "POST", headers: { cookie: `refresh_token=${refresh}` } })).status, 401);
      assert.equal((await dashboard(`access_token=${access}; refresh_token=${refresh}`)).status, 307);
    });
  });

  await t.check("the rest of the document's endpoints: others are read, changed and deleted by their owner alone", async () => {
    const register = async (username) => {
      const made = await api("/user", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: username, username, email: `${username}@example.com`, password: PASSWORD }) });
      assert.ok(made.ok, await made.clone().text());
      const form = new FormData();
      form.append("username", username);
      form.append("password", PASSWORD);
      return (await (await api("/login", { method: "POST", body: form })).json()).access_token;
    };
    const [ada, bob] = [await register("ada_l"), await register("bob_b")];
    assert.equal((await (await api("/user/bob_b", bearer(ada))).json()).username, "bob_b");
    const patch = { method: "PATCH", body: JSON.stringify({ name: "Nobody" }) };
    assert.equal((await api("/user/bob_b", { ...patch, headers: { ...bearer(ada).headers, "content-type": "application/json" } })).status, 403);
    assert.equal((await api("/user/bob_b", { method: "DELETE", ...bearer(ada) })).status, 403);
    assert.equal((await api("/user/bob_b", bearer("forged"))).status, 401);
    assert.equal((await api("/user/bob_b", bearer(bob))).status, 200);
    assert.ok((await api("/user/bob_b", { method: "DELETE", ...bearer(bob) })).ok);
    assert.equal((await api("/user/me", bearer(bob))).status, 401);
  });

  const form = new FormData();
  form.append("username", "ada@example.com");
  form.append("password", PASSWORD);
  await t.check("somebody else logs in with the address", async () => {
    assert.ok((await api("/user", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: "Ada", username: "ada", email: "ada@example.com", password: PASSWORD }) })).ok);
  });
  const { access_token: good } = await (await api("/login", { method: "POST", body: form })).json();
  await refusesAll(t, `${signet.url}/api/v1/user/me`, good, hostile(good, await keyOf(signet, good)), { refusals: [401, 431] });
}
