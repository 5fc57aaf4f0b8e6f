// An OpenID provider on loopback, certified by others: the package `oidc-provider`. See ../README.md.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";

console.warn = console.info = () => {}; // its advice on what not to do in production
const { Provider } = await import("oidc-provider");

export const CLIENT = "signet";
export const SECRET = "the-secret-of-signet-at-the-provider";

/** Everybody who has an account there: the name that they sign in with begins their address, too. */
const claims = (login) => ({
  sub: login,
  name: login[0].toUpperCase() + login.slice(1),
  email: `${login}@example.com`,
  email_verified: true,
  picture: `https://pictures.example.com/${login}.png`,
});

/**
 * Starts one on a free port. It has one client, which it lets in by `authentication`, and with PKCE only; ID tokens are
 * signed with `algorithm`, and say who the user is only if `profileInIdToken`. `serve` tells it where the client is, whom it answers 503 before.
 */
export async function startOpenIdProvider({ authentication, algorithm, profileInIdToken = false, accessTokenLife = 3600 }) {
  let handler = (_, response) => response.writeHead(503).end();
  const server = createServer((request, response) => handler(request, response));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const key = { ...await exportJWK(privateKey), alg: algorithm, use: "sig", kid: "provider-key" };
  const faults = [];
  const serve = (redirectUris, logoutUris = []) => {
    const provider = new Provider(issuer, {
      clients: [{
        client_id: CLIENT,
        client_secret: SECRET,
        redirect_uris: redirectUris,
        post_logout_redirect_uris: logoutUris,
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: authentication,
        id_token_signed_response_alg: algorithm,
      }],
      jwks: { keys: [key] },
      cookies: { keys: ["the keys of the provider's cookies"] },
      scopes: ["openid", "profile", "email", "offline_access"],
      claims: { openid: ["sub"], profile: ["name", "picture"], email: ["email", "email_verified"] },
      conformIdTokenClaims: !profileInIdToken,
      pkce: { required: () => true },
      rotateRefreshToken: true,
      ttl: { AccessToken: accessTokenLife, IdToken: 3600, RefreshToken: 86_400, Session: 3600, Grant: 86_400, Interaction: 600 },
      findAccount: (_, login) => ({ accountId: login, claims: () => claims(login) }),
    });
    for (const event of ["authorization.error", "grant.error", "userinfo.error", "server_error"]) {
      provider.on(event, (_, fault) => faults.push(`${event}: ${fault.message} ${fault.error_detail ?? ""}`));
    }
    handler = provider.callback();
  };
  return { issuer, serve, faults, stop: () => server.close().closeAllConnections() };
}

/**
 * Walks a browser from a provider's page on until the provider sends it away: it signs in as somebody and agrees to what
 * it is asked, or follows the link that `leavesBy` names. Gives the URL to which it is sent.
 */
export async function walk(browser, start, login, { leavesBy = null } = {}) {
  const { origin } = new URL(start);
  let url = start;
  for (let steps = 0; steps < 10 && url.startsWith(origin); steps++) {
    const page = await browser.open(url);
    if (page.to) {
      url = page.to;
      continue;
    }
    const found = (pattern) => pattern.exec(page.body)?.[1];
    const prompt = found(/name="prompt" value="(\w+)"/);
    if (page.status !== 200 || !prompt) throw new Error(`the provider answered ${url} with ${page.status} ${page.body}`);
    const leaves = leavesBy && found(new RegExp(`href="([^"]+/${leavesBy})"`));
    const next = new URL(leaves || found(/action="([^"]+)"/), url).href;
    url = (await browser.open(next, leaves ? undefined : { prompt, login, password: "anything" })).to;
  }
  return url;
}
