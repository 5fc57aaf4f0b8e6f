// The official client against the server in SIGNET_URL. Prints a check a line; the last line is `token <JWT>`.
import assert from "node:assert/strict";
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";

const origin = process.env.SIGNET_URL;
const ada = { name: "Ada", email: "ada@example.com", password: "correct horse battery" };

/** The client as a Node program uses it: what a browser does by itself, it is told to do. */
function client() {
  const jar = new Map();
  return createAuthClient({
    baseURL: origin,
    plugins: [jwtClient()],
    fetchOptions: {
      // Node's fetch sends Sec-Fetch-Mode as browsers do, but no Origin: without one a sign-in is refused.
      headers: { origin },
      onRequest: (request) => {
        request.headers.set("cookie", [...jar].map((pair) => pair.join("=")).join("; "));
      },
      onResponse: ({ response }) => {
        for (const line of response.headers.getSetCookie()) {
          const [pair, ...attributes] = line.split("; ");
          const at = pair.indexOf("=");
          if (attributes.includes("Max-Age=0")) jar.delete(pair.slice(0, at));
          else jar.set(pair.slice(0, at), pair.slice(at + 1));
        }
      },
    },
  });
}

/** Awaits a call of the client, and fails with the server's words if it was refused. */
async function answered(call) {
  const { data, error } = await call;
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

async function check(what, run) {
  try {
    const result = await run();
    console.log(`ok   better-auth client: ${what}`);
    return result;
  } catch (fault) {
    console.log(`FAIL better-auth client: ${what}: ${fault.stack}`);
    process.exitCode = 1;
  }
}

const browser = client();
await check("signs up", async () => {
  const { user } = await answered(browser.signUp.email(ada));
  assert.equal(user.email, ada.email);
});
await check("reads the session", async () => {
  const { user, session } = await answered(browser.getSession());
  assert.equal(user.name, ada.name);
  assert.equal(session.userId, user.id);
});
const token = await check("gets a token", async () => (await answered(browser.token())).token);
await check("finds the token's key among the published ones", async () => {
  const { kid } = JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
  const { keys } = await answered(browser.jwks());
  assert.ok(keys.some((key) => key.kid === kid));
});
await check("signs out", async () => {
  await answered(browser.signOut());
  assert.equal(await answered(browser.getSession()), null);
});
await check("is refused a token once signed out", async () => {
  const { error } = await browser.token();
  assert.equal(error.status, 401);
});
await check("signs in from another browser", async () => {
  const other = client();
  await answered(other.signIn.email({ email: ada.email, password: ada.password }));
  assert.equal((await answered(other.getSession())).user.email, ada.email);
});
await check("is refused with a wrong password", async () => {
  const { error } = await client().signIn.email({ email: ada.email, password: "wrong password" });
  assert.equal(error.code, "INVALID_EMAIL_OR_PASSWORD");
});
await check("is refused without an Origin", async () => {
  const { error } = await createAuthClient({ baseURL: origin }).signIn.email({ email: ada.email, password: ada.password });
  assert.equal(error.code, "MISSING_OR_NULL_ORIGIN");
});
console.log(`token ${token}`);
