// What an application sees behind a proxy that asks Signet about each request, whichever proxy it is.
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { createPublicKey, verify } from "node:crypto";

const IDENTITY = ["authorization", "x-auth-user-id", "x-auth-email", "x-auth-email-verified", "x-auth-roles"];
const PAGE_LOAD = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", accept: "text/html,*/*;q=0.8" };
const EVIL = "https://evil.example";

/** What a visitor may say of itself. */
const CLAIMS = {
  authorization: "Bearer forged",
  "x-auth-user-id": "forged",
  "x-auth-email": "forged@example.com",
  "x-auth-email-verified": "true",
  "x-auth-roles": "admin",
  x_auth_user_id: "forged",
  x_auth_roles: "admin",
  "x-auth_user-id": "forged",
  "x_auth-user-id": "forged",
};

/** An application that notes what it is asked. */
export async function application() {
  const asked = [];
  const server = createServer(async (incoming, answer) => {
    let body = "";
    for await (const piece of incoming) body += piece;
    const { method, url, headers } = incoming;
    asked.push({ method, url, headers, body });
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify({ hello: "from the application" }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `127.0.0.1:${server.address().port}`, asked, stop };
}

/** Sends a request with exactly this path and these headers. */
export function send(origin, path, { method = "GET", headers = {}, body } = {}) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, method, headers: { host: `${hostname}:${port}`, ...headers } }, async (answer) => {
      let text = "";
      for await (const piece of answer) text += piece;
      resolve({ status: answer.statusCode, headers: answer.headers, text });
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/** The configuration of the Signet behind the proxy at an origin. */
export const configuration = (proxy) => `
trusted_origins = ["${proxy}"]

[email_and_password]
enabled = true

[session]
update_age = 1

[plugins.admin]
enabled = true

[plugins.forward_auth]
enabled = true
sign_in_page = "${proxy}/public/sign-in"
`;

/** Everything that has to be so behind every proxy. */
export async function checks(t, { proxy, signet, app }) {
  const ada = t.client(proxy);
  const { id } = await ada.signUp();
  const cookie = () => ({ cookie: ada.cookie });
  const secrets = ada.cookie.split("; ").map((pair) => decodeURIComponent(pair.split("=")[1]).split(".")[0]);
  // What the application was asked by one request; undefined where it was not.
  const seen = async (path, options) => {
    app.asked.length = 0;
    const answer = await send(proxy, path, options);
    assert.ok(app.asked.length < 2);
    for (const name of [...IDENTITY, "x-auth-sign-in"]) assert.equal(answer.headers[name], undefined, `${name} is not for the browser`);
    return { answer, asked: app.asked[0] };
  };
  const isNobody = ({ headers }) => {
    assert.ok(!headers.cookie?.includes("better-auth"), headers.cookie);
    for (const name of [...IDENTITY, "x_auth_user_id", "x_auth_roles"]) assert.ok(!headers[name], `${name}: ${headers[name]}`);
    assert.ok(!JSON.stringify(headers).includes("forged"), JSON.stringify(headers));
  };
  const isAda = ({ headers }, roles = "user") => {
    assert.deepEqual(IDENTITY.slice(1).map((name) => headers[name]), [id, ada.email, "false", roles]);
    assert.equal(headers.x_auth_user_id, undefined);
    assert.ok(!JSON.stringify(headers).includes("forged"), JSON.stringify(headers));
    assert.ok(!headers.cookie?.includes("better-auth"), headers.cookie);
    for (const secret of secrets) assert.ok(!JSON.stringify(headers).includes(secret), "a session token in a header");
  };

  await t.check("who is signed in passes, with a token of Signet's and nobody's cookies", async () => {
    const { answer, asked } = await seen("/tasks?page=2", { headers: cookie() });
    assert.equal(answer.status, 200);
    assert.equal(asked.url, "/tasks?page=2");
    isAda(asked);
    const [header, payload, signature] = asked.headers.authorization.replace("Bearer ", "").split(".");
    const { keys } = await (await fetch(signet.at("/jwks"))).json();
    const { kid } = JSON.parse(Buffer.from(header, "base64url"));
    const key = createPublicKey({ format: "jwk", key: keys.find((key) => key.kid === kid) });
    assert.ok(verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url")));
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    assert.deepEqual([claims.sub, claims.iss], [id, proxy]);
  });

  await t.check("nothing that a visitor says of itself gets through, whoever it is and wherever it asks", async () => {
    isAda((await seen("/tasks", { headers: { ...cookie(), ...CLAIMS } })).asked);
    isAda((await seen("/news/today", { headers: { ...cookie(), ...CLAIMS } })).asked);
    isNobody((await seen("/news/today", { headers: CLAIMS })).asked);
    isNobody((await seen("/news/today", { headers: { ...CLAIMS, cookie: "better-auth.session_token=forged.forged" } })).asked);
    isNobody((await seen("/public/page", { headers: CLAIMS })).asked);
    isNobody((await seen("/public/page", { headers: { ...cookie(), ...CLAIMS } })).asked);
  });

  await t.check("the application gets its own cookies, and never one of Signet's", async () => {
    const signets = ["__Secure-better-auth.session_token=s3cret", "better-auth.session_data.0=s3cret", "better-auth.session_data.1=s3cret", "better-auth.dont_remember=s3cret"];
    for (const path of ["/tasks", "/news/today", "/public/page"]) {
      for (const [sent, passed] of [
        [`theme=dark; ${ada.cookie}; lang=de`, ["theme=dark", "lang=de"]],
        [`${ada.cookie};theme=dark`, ["theme=dark"]],
        [`theme=dark;${ada.cookie}`, ["theme=dark"]],
        [`a=1; ${signets[0]}; b=2; ${signets[1]}; ${signets[2]}; ${ada.cookie}; ${signets[3]}; not-better=1`, ["a=1", "b=2", "not-better=1"]],
        [`${ada.cookie}`, []],
      ]) {
        const { asked } = await seen(path, { headers: { cookie: sent } });
        assert.deepEqual((asked.headers.cookie ?? "").split(";").map((pair) => pair.trim()).filter(Boolean), passed, `${path} ${sent}`);
      }
      const many = [...Array(9).keys()].map((nth) => `better-auth.session_data.${nth}=s3cret`);
      const { asked } = await seen(path, { headers: { cookie: [ada.cookie, ...many, "theme=dark"].join("; ") } });
      assert.ok(!asked.headers.cookie?.includes("better-auth"), asked.headers.cookie);
    }
  });

  await t.check("who is not signed in gets 401, and the application is not asked", async () => {
    for (const headers of [{}, CLAIMS, { cookie: "better-auth.session_token=forged.forged" }]) {
      const { answer, asked } = await seen("/tasks", { headers });
      assert.deepEqual([answer.status, asked], [401, undefined]);
    }
  });

  await t.check("a page load is sent to sign in, and from there back to where it was going", async () => {
    const { answer, asked } = await seen("/tasks?page=2&next=/a", { headers: PAGE_LOAD });
    assert.deepEqual([answer.status, asked], [302, undefined]);
    const page = new URL(answer.headers.location);
    assert.equal(page.origin + page.pathname, `${proxy}/public/sign-in`);
    assert.deepEqual([...page.searchParams], [["callbackURL", `${proxy}/tasks?page=2&next=/a`]]);
  });

  await t.check("t39_no_header_of_a_visitor_sends_anybody_elsewhere", async () => {
    const evil = "evil.example";
    for (const forged of [
      { "x-forwarded-uri": "//evil.example/" },
      { "x-forwarded-uri": "https://evil.example/" },
      { "x-forwarded-host": evil },
      { "x-forwarded-proto": "javascript", "x-forwarded-host": evil, "x-forwarded-uri": "/x", "x-forwarded-method": "GET" },
      { "x-original-url": `${EVIL}/` },
      { "x-original-uri": "//evil.example/" },
      { host: evil },
      { forwarded: `host=${evil};proto=https` },
    ]) {
      const { answer, asked } = await seen("/tasks", { headers: { ...PAGE_LOAD, ...forged } });
      const { location = "" } = answer.headers;
      assert.ok(!location.includes("evil"), `${JSON.stringify(forged)}: ${location}`);
      assert.equal(asked, undefined);
    }
  });

  await t.check("t42_a_page_elsewhere_changes_nothing_in_a_visitors_name", async () => {
    const post = (headers) => seen("/tasks", { method: "POST", body: "title=x", headers: { ...cookie(), "content-type": "application/x-www-form-urlencoded", ...headers } });
    for (const headers of [{ origin: EVIL }, { origin: "null" }, {}, { origin: EVIL, "x-forwarded-method": "GET", "x-original-method": "GET" }]) {
      const { answer, asked } = await post(headers);
      assert.deepEqual([answer.status, asked], [403, undefined], JSON.stringify(headers));
    }
    const { answer, asked } = await post({ origin: proxy });
    assert.deepEqual([answer.status, asked.method, asked.body], [200, "POST", "title=x"]);
    isAda(asked);
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      assert.equal((await seen("/tasks", { method, headers: { ...cookie(), origin: EVIL } })).asked, undefined, method);
      assert.equal((await seen("/tasks", { method, headers: { ...cookie(), origin: proxy } })).asked.method, method);
    }
  });

  await t.check("a role is asked for, and a visitor's query is nothing but the application's", async () => {
    const status = async (path, headers = cookie()) => {
      const { answer, asked } = await seen(path, { headers });
      assert.equal(asked !== undefined, answer.status === 200);
      return answer.status;
    };
    assert.equal(await status("/admin/users", {}), 401);
    assert.equal(await status("/admin/users"), 403);
    for (const query of ["role=user", "optional=true", "role=admin&role=user", "template=x", "redirect=false"]) {
      assert.equal(await status(`/admin/users?${query}`), 403, query);
      assert.equal(await status(`/tasks?${query}`, {}), 401, query);
      assert.equal(await status(`/tasks?${query}`), 200, query);
    }
    assert.equal((await signet.command("users", "set-role", ada.email, "user,admin")).code, 0);
    isAda((await seen("/admin/users?a=b", { headers: cookie() })).asked, "user,admin");
    assert.equal((await signet.command("users", "set-role", ada.email, "user")).code, 0);
    assert.equal(await status("/admin/users"), 403);
  });

  await t.check("no browser gets what the proxy is answered", async () => {
    for (const path of [
      "/api/auth/forward-auth",
      "/api/auth/forward-auth?template=x",
      "/api/auth/forward-auth;redirect=true",
      "/api/auth/forward-auth/x",
      "/api/auth/forward-auth/../ok",
      "/api/auth/forward-auth/%2e%2e/ok",
      "/api/auth/forward-auth;redirect=true/../ok",
      "/api/auth/forward-auth;redirect=true/..%2fok",
      "/api/auth/forward-auth/..;/ok",
      "/api/auth/forward-auth\\..\\ok",
      "/api/auth/%66orward-auth",
      "/api/auth//forward-auth",
      "/api//auth/forward-auth",
      "/api/auth/./forward-auth",
      "/api/auth/x/../forward-auth",
      "/public/../api/auth/forward-auth",
      "/_forward_auth",
    ]) {
      const headers = { ...cookie(), "x-forwarded-uri": "/x", "x-original-url": `${proxy}/x` };
      const { answer } = await seen(path, { headers });
      assert.ok(!answer.text.includes("eyJ"), `${path}: ${answer.status} ${answer.text}`);
    }
  });

  await t.check("a session that was extended is extended in the browser", async () => {
    await t.sleep(1100);
    const { answer } = await seen("/tasks", { headers: cookie() });
    const cookies = answer.headers["set-cookie"] ?? [];
    assert.ok(cookies.some((line) => line.startsWith("better-auth.session_token=")), `${cookies}`);
  });

  await t.check("t28_who_has_signed_out_is_nobody_at_once", async () => {
    const old = cookie();
    assert.equal((await seen("/tasks", { headers: old })).answer.status, 200);
    await ada.signOut();
    assert.equal((await seen("/tasks", { headers: old })).answer.status, 401);
    isNobody((await seen("/news/today", { headers: old })).asked);
  });

  await t.check("without Signet nobody passes", async () => {
    const bob = t.client(proxy);
    await bob.signUp();
    assert.equal((await seen("/tasks", { headers: { cookie: bob.cookie } })).answer.status, 200);
    await signet.stop();
    for (const path of ["/tasks", "/admin/users", "/news/today"]) {
      const { answer, asked } = await seen(path, { headers: { cookie: bob.cookie } });
      assert.ok(answer.status >= 500 && asked === undefined, `${path}: ${answer.status}`);
    }
    isNobody((await seen("/public/page", { headers: CLAIMS })).asked);
  });
}
