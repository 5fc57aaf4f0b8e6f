// What whoever stands between a cookie and a JWT is put through: Signet's gateway and the Hono proxy alike.
import assert from "node:assert/strict";
import { opened } from "./forge.mjs";
import { raw } from "./raw.mjs";

/**
 * `url` is where the browser calls, `prefix` the path of what leads to the recording backend, `ada` a browser that is
 * signed in there, `origin` a page that may call, `audience` the backend's. `isBelieved`: whether this machine's own word for
 * other addresses counts, as a proxy's does.
 */
export async function bff(t, { url, prefix, seen, ada, origin, audience, isBelieved = false }) {
  const last = () => seen.requests.at(-1);
  const get = (path, headers = {}) => ada.fetch(prefix + path, { headers });

  await t.check("t68_the_backend_gets_a_token_for_it_and_neither_the_cookie_nor_what_the_client_says_of_itself", async () => {
    const answer = await get("/echo", {
      authorization: "Bearer forged",
      "x-user-id": "root",
      "x-auth-user-id": "root",
      "x-auth-roles": "admin",
      "x-forwarded-user": "root",
      "remote-user": "root",
      "x-forwarded-for": "10.0.0.1",
      forwarded: "for=10.0.0.1",
    });
    assert.equal(answer.status, 200);
    const { headers } = last();
    const { payload } = opened(headers.authorization.replace(/^Bearer /, ""));
    assert.deepEqual([payload.sub, payload.aud], [ada.user.id, audience]);
    const text = JSON.stringify(headers);
    for (const word of ["forged", "root", "admin", "better-auth", ...(isBelieved ? [] : ["10.0.0.1"])]) assert.ok(!text.includes(word), `${word} in ${text}`);
  });

  await t.check("t68_the_browser_sees_no_token", async () => {
    for (const path of [`${prefix}/echo`, "/api/auth/get-session"]) {
      const answer = await ada.fetch(path);
      const all = JSON.stringify([...answer.headers]) + (await answer.text());
      assert.ok(!/ey[\w-]{10,}\.ey[\w-]{10,}\./.test(all), path);
    }
    for (const path of ["/api/auth/token", "/api/auth/token?template=tasks"]) assert.ok((await ada.fetch(path)).status >= 400, path);
  });

  await t.check("t68_a_change_is_for_our_pages_alone", async () => {
    const before = seen.requests.length;
    for (const foreign of ["https://evil.example", "null", `${origin}.evil.example`]) {
      assert.equal((await ada.fetch(`${prefix}/echo`, { method: "POST", body: "x", headers: { origin: foreign } })).status, 403, foreign);
    }
    const none = await raw(url, `${prefix}/echo`, { method: "DELETE", headers: { cookie: ada.cookie } });
    assert.equal(none.status, 403, "no origin at all");
    assert.equal(seen.requests.length, before);
    assert.equal((await ada.fetch(`${prefix}/echo`, { method: "POST", body: "x", headers: { origin } })).status, 200);
    assert.equal(last().body, "x");
  });

  await t.check("t68_no_path_leaves_the_backends", async () => {
    const strange = ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "/%2e%2e%2fsecret", "/..\\secret", "/%5c..%5csecret", "//evil.example/", "/echo/../../secret", "/a%00b", "/%252e%252e/secret", "/./secret"];
    for (const path of strange) {
      const before = seen.requests.length;
      const { status } = await raw(url, prefix + path, { headers: { cookie: ada.cookie } });
      const came = seen.requests.slice(before).map((request) => request.url);
      assert.ok(status >= 400 || came.every((got) => !got.includes("..") && !got.startsWith("/secret") && !got.startsWith("//")), `${path}: ${status}, the backend was asked ${came}`);
    }
    const spelt = [1, prefix.length - 1].map((at) => `${prefix.slice(0, at)}%${prefix.charCodeAt(at).toString(16)}${prefix.slice(at + 1)}/echo`);
    for (const target of spelt) {
      const before = seen.requests.length;
      const { status } = await raw(url, target, { headers: { cookie: ada.cookie } });
      assert.ok(status >= 400 || seen.requests.slice(before).every((got) => got.url === "/echo"), `${target}: ${status}`);
    }
    for (const target of [`http://evil.example${prefix}/echo`, "https://evil.example/", "//evil.example/echo"]) {
      const before = seen.requests.length;
      const { status } = await raw(url, target, { headers: { cookie: ada.cookie, host: "evil.example" } });
      assert.ok(status >= 400 || seen.requests.slice(before).every((got) => got.url === "/echo"), `${target}: ${status}`);
    }
  });

  await t.check("t68_headers_that_a_connection_names_do_not_pass", async () => {
    const { status } = await raw(url, `${prefix}/echo`, { headers: { cookie: ada.cookie, connection: "close, x-secret", "x-secret": "1", te: "trailers", "proxy-authorization": "Basic eA==" } });
    if (status !== 200) return assert.ok(status === 400, `${status}`);
    assert.deepEqual(["x-secret", "te", "proxy-authorization"].filter((name) => name in last().headers), []);
  });

  await t.check("t68_a_redirect_of_the_backend_is_the_browsers_to_follow_and_its_cookies_are_not_signets", async () => {
    const moved = await get("/redirect");
    assert.deepEqual([moved.status, moved.headers.get("location")], [302, "https://elsewhere.example/page"]);
    const answer = await fetch(`${url}${prefix}/cookies`, { headers: { cookie: ada.cookie } });
    assert.deepEqual(answer.headers.getSetCookie().filter((line) => line.includes("planted")), []);
  });

  await t.check("an answer comes in pieces as the backend sends them", async () => {
    const answer = await ada.fetch(`${prefix}/stream`, { signal: AbortSignal.timeout(30_000) });
    const reader = answer.body.getReader();
    const { value } = await reader.read();
    assert.equal(Buffer.from(value).toString(), "data: one\n\n");
    seen.goOn();
    assert.equal(Buffer.from((await reader.read()).value).toString(), "data: two\n\n");
  });

  await t.check("whoever is not signed in is refused before the backend is asked", async () => {
    const before = seen.requests.length;
    for (const cookie of ["", "better-auth.session_token=forged.c2ln"]) assert.equal((await raw(url, `${prefix}/echo`, { headers: { cookie } })).status, 401);
    assert.equal(seen.requests.length, before);
  });

  await t.check("t28_a_session_that_was_signed_out_of_is_refused_at_once", async () => {
    const { cookie } = ada;
    assert.equal((await get("/echo")).status, 200);
    await ada.json("/api/auth/sign-out", { json: {} });
    assert.equal((await raw(url, `${prefix}/echo`, { headers: { cookie } })).status, 401);
    await ada.signIn();
    assert.equal((await get("/echo")).status, 200);
  });
}
