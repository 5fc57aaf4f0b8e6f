// The cookie cache as a Better Auth application reads it by itself, with the secret and without asking the server: its own
// `getCookieCache`. See ../README.md.
import { getCookieCache } from "better-auth/cookies";

const { SIGNET_URL: origin, SIGNET_SECRET: secret, STRATEGY: strategy } = process.env;

function report(passed, what, why) {
  console.log(`${passed ? "ok  " : "FAIL"} getCookieCache, ${strategy}: ${what}${passed ? "" : `: ${why}`}`);
  if (!passed) process.exitCode = 1;
}

/** Signs somebody up whose name and picture are as hard to write as it gets; the Cookie header of their browser. */
async function signUp(name, image) {
  const answer = await fetch(`${origin}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ name, image, email: `${image.length}@example.com`, password: "correct horse" }),
  });
  if (answer.status !== 200) throw new Error(`sign-up was answered ${answer.status}`);
  return answer.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
}

const read = (cookie, secret) => getCookieCache(new Request(origin, { headers: { cookie } }), { secret, strategy, isSecure: false });

const name = "Zoë \u0001\u007f\u2028 \"\\/ 😀";
for (const [what, length] of [["a session in one cookie", 1], ["a session in chunks", 9000]]) {
  const cookie = await signUp(name, `https://x.test/${"a".repeat(length)}`);
  report(/session_data\.1=/.test(cookie) === length > 1, `${what} is sent as such`, cookie);
  const cached = await read(cookie, secret);
  report(cached?.user.name === name && cached.user.image.length === length + 15, `reads ${what}`, JSON.stringify(cached));
  const other = await read(cookie, "another-secret-of-at-least-32-characters").catch(() => null);
  report(!other, `refuses ${what} with another secret`, JSON.stringify(other));
}
