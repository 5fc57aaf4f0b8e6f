// Accounts at OpenID providers: the official client, Signet, and a provider that neither of them was made with.
import assert from "node:assert/strict";
import { altered } from "../altered.mjs";
import { answered, browserAt, checker, refused, signUp } from "./browser.mjs";
import { CLIENT, SECRET, startOpenIdProvider, walk } from "./openid-provider.mjs";
import { withSignet } from "./with-signet.mjs";

const check = checker("better-auth client, oidc-provider");

/** One provider by discovery, which tells its profile at the userinfo endpoint; and one in Google's place, by ID token. */
const acme = await startOpenIdProvider({ authentication: "client_secret_basic", algorithm: "ES256" });
const google = await startOpenIdProvider({ authentication: "client_secret_post", algorithm: "RS256", profileInIdToken: true, accessTokenLife: 4 });
const more = `
[[plugins.generic_oauth.config]]
provider_id = "acme"
client_id = "${CLIENT}"
client_secret = "${SECRET}"
discovery_url = "${acme.issuer}/.well-known/openid-configuration"
authentication = "basic"
scopes = ["openid", "profile", "email", "offline_access"]
prompt = "consent"
require_id_token_verification = true

[plugins.generic_oauth]
enabled = true

[social_providers.google]
client_id = "${CLIENT}"
client_secret = "${SECRET}"
authorization_endpoint = "${google.issuer}/auth"
token_endpoint = "${google.issuer}/token"
jwks_uri = "${google.issuer}/jwks"
issuer = "${google.issuer}"
scope = ["offline_access"]
prompt = "consent"
`;

await withSignet({ more }, async ({ origin }) => {
  acme.serve([`${origin}/api/auth/callback/acme`], [`${origin}/goodbye`]);
  google.serve([`${origin}/api/auth/callback/google`]);
  const pages = { callbackURL: "/home", newUserCallbackURL: "/welcome", errorCallbackURL: "/failed" };
  const me = async (browser) => (await answered(browser.client.getSession()))?.user;
  const accounts = (browser) => answered(browser.client.listAccounts());
  const account = async (browser, provider) => (await accounts(browser)).find(({ providerId }) => providerId === provider);
  /** Begins at the site, walks through the provider, and comes back; the page where that ends. */
  const through = async (browser, begun, login, how) => {
    const { url } = await answered(begun);
    return (await browser.open(await walk(browser, url, login, how))).to;
  };
  const signIn = (browser, provider, login, how) => through(browser, browser.client.signIn.social({ provider, ...pages }), login, how);
  const link = (browser, provider, login) => through(browser, browser.client.linkSocial({ provider, ...pages }), login);
  /** Whom the provider knows by an access token. */
  const known = async (token) => {
    const answer = await fetch(`${acme.issuer}/me`, { headers: { authorization: `Bearer ${token}` } });
    return answer.status === 200 ? (await answer.json()).sub : answer.status;
  };

  const ada = browserAt(origin);
  await check("is sent to the provider with PKCE, a state and a nonce", async () => {
    const { url, redirect } = await answered(ada.client.signIn.social({ provider: "acme", ...pages }));
    const asked = new URL(url);
    assert.ok(redirect && url.startsWith(`${acme.issuer}/auth?`), url);
    assert.equal(asked.searchParams.get("code_challenge_method"), "S256");
    for (const name of ["code_challenge", "state", "nonce"]) assert.ok(asked.searchParams.get(name).length >= 32, name);
  });
  await check("signs up with an account at a provider that is discovered", async () => {
    assert.equal(await signIn(ada, "acme", "ada"), `${origin}/welcome`);
    const { name, email, emailVerified, image } = await me(ada);
    assert.deepEqual({ name, email, emailVerified, image }, { name: "Ada", email: "ada@example.com", emailVerified: true, image: "https://pictures.example.com/ada.png" });
  });
  await check("signs in with it from another browser", async () => {
    const other = browserAt(origin);
    assert.equal(await signIn(other, "acme", "ada"), `${origin}/home`);
    assert.equal((await me(other)).id, (await me(ada)).id);
  });
  await check("comes back without a session when the user declines", async () => {
    const other = browserAt(origin);
    const page = new URL(await signIn(other, "acme", "ada", { leavesBy: "abort" }));
    assert.equal(page.pathname, "/failed");
    assert.equal(page.searchParams.get("error"), "access_denied");
    assert.equal(await me(other), undefined);
  });
  await check("is refused an answer that another browser asked for, one that was used, and one of another issuer", async () => {
    const other = browserAt(origin);
    const error = async (browser, url) => new URL((await browser.open(url)).to).searchParams.get("error");
    const begin = async () => walk(other, (await answered(other.client.signIn.social({ provider: "acme", ...pages }))).url, "ada");
    const first = await begin();
    assert.equal(await error(browserAt(origin), first), "state_mismatch");
    const second = await begin();
    assert.equal((await other.open(second)).to, `${origin}/home`);
    assert.equal(await error(other, second), "state_mismatch");
    const third = new URL(await begin());
    assert.equal(third.searchParams.get("iss"), acme.issuer);
    third.searchParams.set("iss", google.issuer);
    assert.equal(await error(other, third.href), "issuer_mismatch");
  });

  await check("lists the account", async () => {
    const [only, ...rest] = await accounts(ada);
    assert.deepEqual(rest, []);
    assert.deepEqual([only.providerId, only.accountId], ["acme", "ada"]);
    assert.deepEqual(only.scopes.toSorted(), ["email", "offline_access", "openid", "profile"]);
  });
  await check("gets an access token that the provider knows", async () => {
    const { accessToken, accessTokenExpiresAt, idToken } = await answered(ada.client.getAccessToken({ accountId: (await account(ada, "acme")).id }));
    assert.equal(await known(accessToken), "ada");
    assert.ok(new Date(accessTokenExpiresAt) > new Date());
    const { iss, aud, nonce } = JSON.parse(Buffer.from(idToken.split(".")[1], "base64url"));
    assert.deepEqual([iss, aud, typeof nonce], [acme.issuer, CLIENT, "string"]);
  });
  await check("refreshes the tokens, time and again, though each refresh token is good once", async () => {
    const accountId = (await account(ada, "acme")).id;
    const seen = new Set([(await answered(ada.client.getAccessToken({ accountId }))).accessToken]);
    for (let turn = 1; turn <= 3; turn++) {
      const { accessToken } = await answered(ada.client.refreshToken({ accountId }));
      assert.ok(!seen.has(accessToken), `turn ${turn} gave a token anew`);
      seen.add(accessToken);
      assert.equal(await known(accessToken), "ada");
      assert.equal((await answered(ada.client.getAccessToken({ accountId }))).accessToken, accessToken);
    }
  });
  await check("asks what the provider says of the user", async () => {
    const { user, data, account: of } = await answered(ada.client.accountInfo({ query: { accountId: (await account(ada, "acme")).id } }));
    assert.equal(user.email, "ada@example.com");
    assert.equal(data.sub, "ada");
    assert.equal(of.providerId, "acme");
  });
  await check("cannot give up the only account", async () => {
    await refused(ada.client.unlinkAccount({ accountId: (await account(ada, "acme")).id }), "FAILED_TO_UNLINK_LAST_ACCOUNT");
  });
  await check("links an account at a built-in provider with other endpoints", async () => {
    assert.equal(await link(ada, "google", "ada"), `${origin}/home`);
    assert.deepEqual((await accounts(ada)).map(({ providerId }) => providerId).toSorted(), ["acme", "google"]);
  });
  await check("links an account to a user with a password if it has the user's address", async () => {
    const bea = await signUp(origin, { name: "Bea", email: "bea@example.com" });
    assert.equal(await link(bea, "acme", "bea"), `${origin}/home`);
    const other = browserAt(origin);
    assert.equal(await signIn(other, "acme", "bea"), `${origin}/home`);
    assert.equal((await me(other)).id, (await me(bea)).id);
    const cleo = await signUp(origin, { name: "Cleo", email: "cleo@example.com" });
    assert.equal(await link(cleo, "acme", "bea"), `${origin}/failed?error=email_does_not_match`);
    assert.deepEqual((await accounts(cleo)).map(({ providerId }) => providerId), ["credential"]);
  });
  await check("gets another access token when the last one is about to expire", async () => {
    const accountId = (await account(ada, "google")).id;
    const first = (await answered(ada.client.getAccessToken({ accountId }))).accessToken;
    const second = (await answered(ada.client.getAccessToken({ accountId }))).accessToken;
    assert.notEqual(first, second, "tokens that live four seconds are always about to expire");
  });
  await check("signs in at the built-in provider, and with its ID token alone", async () => {
    const other = browserAt(origin);
    assert.equal(await signIn(other, "google", "ada"), `${origin}/home`);
    assert.equal((await me(other)).id, (await me(ada)).id);
    const { idToken } = await answered(other.client.getAccessToken({ accountId: (await account(other, "google")).id }));
    const third = browserAt(origin);
    await answered(third.client.signIn.social({ provider: "google", idToken: { token: idToken } }));
    assert.equal((await me(third)).id, (await me(ada)).id);
    for (const token of Object.values(altered(idToken))) {
      await refused(browserAt(origin).client.signIn.social({ provider: "google", idToken: { token } }), "INVALID_TOKEN");
    }
  });
  await check("gives up an account", async () => {
    await answered(ada.client.unlinkAccount({ accountId: (await account(ada, "google")).id }));
    assert.deepEqual((await accounts(ada)).map(({ providerId }) => providerId), ["acme"]);
  });
  await check("signs out at the provider, too", async () => {
    const { url } = await answered(ada.client.signOut({ callbackURL: "/goodbye" }));
    assert.equal(await me(ada), undefined);
    const page = await ada.open(url);
    assert.equal(page.status, 200, page.body);
    const [, xsrf] = /name="xsrf" value="(\w+)"/.exec(page.body);
    const left = await ada.open(`${acme.issuer}/session/end/confirm`, { xsrf, logout: "yes" });
    assert.equal(left.to, `${origin}/goodbye`);
  });
});
for (const provider of [acme, google]) {
  if (process.exitCode) console.error(provider.faults);
  provider.stop();
}
