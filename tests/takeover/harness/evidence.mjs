// Who is still logged in: what a Better Auth handed out, tried at another server.
import assert from "node:assert/strict";
import { createLocalJWKSet, jwtVerify } from "jose";
import { Browser } from "./browser.mjs";

/**
 * What a fixture says must be accepted, each an item `{ kind, whose, lost(server) }`: `lost` gives what is wrong, or nothing.
 * `users` are `{ email, password?, username?, cookie?, jwt? }`, `jwts` further tokens, `jwks_body` the keys that verifiers
 * have.
 */
export function evidenceOf({ users = [], jwts = [], base_url: baseUrl, jwks_body: jwks }) {
  return [...users.flatMap((user) => evidenceOfUser(user, baseUrl, JSON.parse(jwks))), ...jwts.map((jwt) => item("JWT", "somebody", (server) => verified(server, jwt, baseUrl)))];
}

const item = (kind, whose, proof) => ({ kind, whose, lost: (server) => proof(server).then(() => undefined, (fault) => fault.message) });

function evidenceOfUser({ email, password, username, cookie, jwt }, baseUrl, jwks) {
  const is = (found) => assert.equal(found?.user?.email, email, `is ${found?.user?.email ?? "nobody"}`);
  const items = [];
  if (cookie) {
    const signed = decodeURIComponent(cookie.slice(cookie.indexOf("=") + 1));
    const bearing = (token) => async (server) => is(await new Browser(server).get("/get-session", { headers: { authorization: `Bearer ${token}` } }));
    items.push(
      item("session cookie", email, async (server) => is(await new Browser(server).give(cookie).whoami())),
      item("bearer token", email, bearing(signed.split(".")[0])),
      item("signed bearer token", email, bearing(signed)),
      item("new token, for whoever has the keys of before,", email, async (server) => against(jwks, await new Browser(server).give(cookie).token(), baseUrl)),
    );
  }
  if (password) items.push(item("password", email, async (server) => is(await new Browser(server).signIn({ email, password }))));
  if (password && username) items.push(item("username", email, async (server) => is(await new Browser(server).post("/sign-in/username", { username, password }))));
  if (jwt) items.push(item("JWT", email, (server) => verified(server, jwt, baseUrl)));
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

/** What a token says, once it has verified against the keys that a server publishes now. */
export const verified = async (server, token, baseUrl = server.origin) => against(await new Browser(server).get("/jwks"), token, baseUrl);

async function against({ keys }, token, baseUrl) {
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet({ keys }), { issuer: baseUrl, audience: baseUrl });
  return { payload, protectedHeader };
}
