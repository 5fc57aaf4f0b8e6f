// Who is still logged in: what a Better Auth handed out, tried at another server.
import assert from "node:assert/strict";
import { createLocalJWKSet, jwtVerify } from "jose";
import { Browser } from "./browser.mjs";

/**
 * What a fixture says must be accepted, each an item `{ kind, whose, lost(server) }`: `lost` gives what is wrong, or
 * nothing.
 *
 * `users` are `{ email, password?, username?, cookie?, jwt? }`, `jwts` further tokens.
 */
export function evidenceOf({ users = [], base_url: baseUrl, jwts = [] }) {
  const items = [];
  for (const { email, password, username, cookie, jwt } of users) {
    const add = (kind, proof) => items.push({ kind, whose: email, lost: (server) => proof(server).then(() => undefined, (fault) => fault.message) });
    if (cookie) {
      add("session cookie", async (server) => mustBe(email, await new Browser(server).give(cookie).whoami()));
      const [raw] = decodeURIComponent(cookie.slice(cookie.indexOf("=") + 1)).split(".");
      const signed = decodeURIComponent(cookie.slice(cookie.indexOf("=") + 1));
      for (const [kind, bearer] of [["bearer token", raw], ["signed bearer token", signed]]) {
        add(kind, async (server) => mustBe(email, await new Browser(server).get("/get-session", { headers: { authorization: `Bearer ${bearer}` } })));
      }
    }
    if (password) add("password", async (server) => assert.equal((await new Browser(server).signIn({ email, password })).user.email, email));
    if (username && password) {
      add("username", async (server) => assert.equal((await new Browser(server).post("/sign-in/username", { username, password })).user.email, email));
    }
    if (jwt) add("JWT", (server) => verified(server, jwt, baseUrl));
  }
  for (const jwt of jwts) items.push({ kind: "JWT", whose: "somebody", lost: (server) => verified(server, jwt, baseUrl).then(() => undefined, (fault) => fault.message) });
  return items;
}

/** What of it a server does not accept, as texts. */
export async function losses(items, server) {
  const lost = [];
  for (const { kind, whose, lost: proof } of items) {
    const why = await proof(server);
    if (why) lost.push(`${kind} of ${whose}: ${why}`);
  }
  return lost;
}

function mustBe(email, found) {
  assert.equal(found?.user?.email, email);
}

/** What a token says, once it has verified against the keys that a server publishes now. */
export async function verified(server, token, baseUrl = server.origin) {
  const { keys } = await new Browser(server).get("/jwks");
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet({ keys }), { issuer: baseUrl, audience: baseUrl });
  return { payload, protectedHeader };
}
