// What Signet writes into its database, its cookies and its mails, read by a program that has the secret and no code of
// Signet's: ../python/read_signet.py. See ../README.md.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { SECRET } from "../server.mjs";
import { answered, browserAt } from "./browser.mjs";
import { startMailSink } from "./mail-sink.mjs";
import { CLIENT, SECRET as CLIENT_SECRET, startOpenIdProvider, walk } from "./openid-provider.mjs";
import { withSignet } from "./with-signet.mjs";

const reader = new URL("../python/read_signet.py", import.meta.url).pathname;
const email = "zoe@example.com";
/** Its letters have several normal forms. */
const password = "e\u0301cole-A\u030a-ﬁx-密码🔐";
const name = "Zoë \u0001\u007f\u2028 \"\\/ 😀";

/** Each way of writing that a configuration chooses is in one of these. */
const worlds = [
  { cache: "compact", identifiers: "plain", state: "database", versions: [] },
  { cache: "jwt", identifiers: "hashed", state: "database", versions: [] },
  { cache: "jwe", identifiers: "hashed", state: "cookie", versions: [[7, `the-current-${SECRET}`], [3, `an-older-${SECRET}`]] },
];

/** The cookies that an answer sets, as they go over the wire. */
const cookiesOf = (answer) => Object.fromEntries(answer.headers.getSetCookie().map((line) => line.split(";")[0]).map((pair) => [pair.slice(0, pair.indexOf("=")), decodeURIComponent(pair.slice(pair.indexOf("=") + 1))]));

/** Posts as an application does, and gives the answer whole. */
async function post(origin, path, body, { cookies = {} } = {}) {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join("; ");
  const answer = await fetch(`${origin}/api/auth${path}`, { method: "POST", headers: { "content-type": "application/json", origin, cookie }, body: JSON.stringify(body) });
  const said = await answer.json();
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(said)}`);
  return { said, cookies: cookiesOf(answer), bearer: answer.headers.get("set-auth-token") };
}

/** Makes Signet write everything once, and tells where it is. */
async function write({ origin, database }, world, { sink, provider }) {
  const opened = await post(origin, "/sign-up/email", { name, email, password });
  const user = opened.said.user;
  const verification = (await sink.next("verification", email)).token;
  const chunked = await post(origin, "/sign-up/email", { name, email: "long@example.com", password, image: `https://x.test/${"a".repeat(9000)}` });
  const forgotten = await post(origin, "/sign-in/email", { email, password, rememberMe: false });
  const { cookies } = opened;

  await post(origin, "/request-password-reset", { email, redirectTo: "/new-password" });
  await post(origin, "/delete-user", { callbackURL: "/goodbye" }, { cookies });
  const mails = { verification, reset: (await sink.next("reset-password", email)).token, deletion: (await sink.next("delete-account", email)).token };
  const verified = await fetch(`${origin}/api/auth/verify-email?token=${verification}`);
  assert.equal(verified.status, 200);
  await post(origin, "/change-email", { newEmail: "new@example.com" }, { cookies });
  mails.change = (await sink.next("change-email", email)).token;

  const begun = await post(origin, "/sign-in/social", { provider: "google", callbackURL: "/home", errorCallbackURL: "/failed" });
  const linking = await post(origin, "/link-social", { provider: "google", callbackURL: "/linked" }, { cookies });
  const flow = ({ said, cookies }) => ({ url: said.url, cookies });

  const member = browserAt(origin);
  const { url } = await answered(member.client.signIn.social({ provider: "google", callbackURL: "/home" }));
  const back = await walk(member, url, "ada");
  const arrived = await member.open(back);
  assert.equal(arrived.to, `${origin}/home`);
  const account = (await answered(member.client.listAccounts()))[0];
  const { accessToken, idToken } = await answered(member.client.getAccessToken({ accountId: account.id }));
  const { keys } = await (await fetch(`${origin}/api/auth/jwks`)).json();

  return {
    ...world, name, password, user, mails, keys, token: opened.said.token, bearer: opened.bearer,
    secret: SECRET, database, cookies, forgotten: forgotten.cookies, chunked: chunked.cookies,
    begun: flow(begun), link: flow(linking), tokens: { accessToken, idToken },
  };
}

/** Runs the reader over what was written. */
async function read(written) {
  const python = process.env.INTEROP_PYTHON ?? "python3";
  const child = spawn(python, [reader], { stdio: ["pipe", "inherit", "inherit"] });
  child.stdin.end(JSON.stringify(written));
  const [code] = await once(child, "exit");
  if (code !== 0) process.exitCode = 1;
}

for (const world of worlds) {
  const sink = await startMailSink();
  const provider = await startOpenIdProvider({ authentication: "client_secret_post", algorithm: "RS256", profileInIdToken: true });
  const endpoints = `authorization_endpoint = "${provider.issuer}/auth"\ntoken_endpoint = "${provider.issuer}/token"\njwks_uri = "${provider.issuer}/jwks"\nissuer = "${provider.issuer}"`;
  const top = world.versions.length ? `secrets = "${world.versions.map(([version, value]) => `${version}:${value}`).join(",")}"` : "";
  const more = `
[email_and_password.password]
algorithm = "scrypt"

[email_verification]
send_on_sign_up = true

[user.change_email]
enabled = true

[user.delete_user]
enabled = true

[session.cookie_cache]
enabled = true
strategy = "${world.cache}"

[verification]
store_identifier = "${world.identifiers}"

[account]
encrypt_oauth_tokens = true
store_state_strategy = "${world.state}"

[plugins.bearer]
enabled = true

[social_providers.google]
client_id = "${CLIENT}"
client_secret = "${CLIENT_SECRET}"
${endpoints}
scope = ["offline_access"]
prompt = "consent"

${sink.toml}
delete_account = true
`;
  await withSignet({ top, more }, async (signet) => {
    provider.serve([`${signet.origin}/api/auth/callback/google`]);
    await read(await write(signet, world, { sink, provider }));
  });
  provider.stop();
  sink.stop();
}
