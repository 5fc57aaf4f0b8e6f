// A Next.js front end of a FastAPI back end, with Signet in the back end's place: the calls of such an application, by
// Node's own fetch, which keeps no cookies; and the same in a browser, which does.
import assert from "node:assert/strict";
import { checker } from "./browser.mjs";
import { withSignet } from "./with-signet.mjs";

const more = "[plugins.username]\nenabled = true\n\n[plugins.token_api]\nenabled = true\n";
const ada = { name: "Ada", username: "Ada_L", email: "ada@example.com", password: "correct horse battery" };

/** The calls of the application. `fetch` is Node's, or one with a cookie jar. */
function application(apiUrl, fetch = globalThis.fetch) {
  const url = (path) => `${apiUrl}/api/v1${path}`;
  const bearer = (token) => ({ Authorization: `Bearer ${token}` });
  const jsonOf = async (response) => (response.ok ? response.json() : null);
  const me = async (token) => jsonOf(await fetch(url("/user/me"), { headers: bearer(token) }));
  return {
    me,
    async login(username, password) {
      const body = new FormData();
      body.append("username", username);
      body.append("password", password);
      const tokens = await jsonOf(await fetch(url("/login"), { method: "POST", body, credentials: "include" }));
      if (!tokens) return null;
      return { accessToken: tokens.access_token, tokenType: tokens.token_type, user: await me(tokens.access_token) };
    },
    async register(data) {
      const headers = { "Content-Type": "application/json" };
      return jsonOf(await fetch(url("/user"), { method: "POST", headers, body: JSON.stringify(data) }));
    },
    async refresh() {
      const tokens = await jsonOf(await fetch(url("/refresh"), { method: "POST", credentials: "include" }));
      return tokens?.access_token ?? null;
    },
    async logout(token) {
      return (await fetch(url("/logout"), { method: "POST", headers: bearer(token), credentials: "include" })).ok;
    },
  };
}

/** A fetch that keeps the cookies of one origin, as a browser does, and tells its own origin. */
function browserFetch(origin) {
  const jar = new Map();
  const fetcher = async (url, init = {}) => {
    const headers = new Headers(init.headers);
    if (jar.size) headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    headers.set("origin", origin);
    const response = await fetch(url, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(";");
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      if (/max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  return { fetcher, jar };
}

const check = checker("a Next.js application on the token API");

await withSignet({ more }, async ({ origin }) => {
  const server = application(origin);

  await check("registers, and is told who is taken", async () => {
    const user = await server.register(ada);
    assert.deepEqual({ ...user, id: typeof user.id }, {
      id: "string", name: "Ada", username: "ada_l", email: ada.email, profile_image_url: "", tier_id: null,
    });
    assert.equal(await server.register(ada), null);
  });
  await check("logs in with a FormData, by name and by address, and reads the user", async () => {
    for (const name of ["Ada_L", "ada_l", ada.email]) {
      const { user, tokenType } = await server.login(name, ada.password);
      assert.deepEqual([user.username, tokenType], ["ada_l", "bearer"]);
    }
    assert.equal(await server.login("ada_l", "wrong"), null);
    assert.equal(await server.login("nobody", ada.password), null);
  });
  await check("logs out on the server, where there is no cookie", async () => {
    const { accessToken } = await server.login("ada_l", ada.password);
    assert.equal(await server.refresh(), null);
    assert.equal(await server.logout(accessToken), true);
    assert.equal(await server.me(accessToken), null);
    assert.equal(await server.logout(accessToken), false);
  });
  await check("refreshes in a browser, as often as it likes, and logs out", async () => {
    const { fetcher, jar } = browserFetch(origin);
    const browser = application(origin, fetcher);
    const { accessToken } = await browser.login("ada_l", ada.password);
    const seen = new Set([jar.get("refresh_token")]);
    let newest = accessToken;
    for (let round = 0; round < 3; round++) {
      newest = await browser.refresh();
      assert.equal((await browser.me(newest)).username, "ada_l");
      seen.add(jar.get("refresh_token"));
    }
    assert.equal(seen.size, 4);
    assert.equal(await browser.logout(newest), true);
    assert.equal(jar.has("refresh_token"), false);
    for (const token of [accessToken, newest]) assert.equal(await browser.me(token), null);
    assert.equal(await browser.refresh(), null);
  });
  await check("refreshes from several tabs at once", async () => {
    const { fetcher, jar } = browserFetch(origin);
    const browser = application(origin, fetcher);
    await browser.login("ada_l", ada.password);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => browser.refresh()));
    assert.ok(tokens.every(Boolean));
    assert.ok(await browser.refresh());
    assert.ok(jar.has("refresh_token"));
  });
});
