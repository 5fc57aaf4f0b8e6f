// The hostile tokens find what is wrong with a verifier that has every common fault.
import assert from "node:assert/strict";
import { hostile, keyOf } from "./harness/forge.mjs";

const toml = "[email_and_password]\nenabled = true\n";
/** Of each kind, a token that the naive verifier takes. */
const taken = [
  "alg none", "alg nOnE", "HS256 with the public key as PEM", "a foreign key of its own in jwk", "an unknown kid",
  "no exp", "no aud", "no iss", "no sub", "no iat", "another issuer", "another audience", "not before an hour from now",
  "exp 1e300", "iat null", "aud {}", "a list of revocations", "an unknown critical extension", "b64 false",
];

export default async function (t) {
  const signet = await t.signet(toml);
  const { url } = await t.uvicorn("tests/examples/naive", "main:app", { env: { AUTH_JWKS_URL: signet.at("/jwks") } });
  const ada = signet.client();
  await ada.signUp();
  const token = await ada.token();
  const status = async (one) => (await fetch(`${url}/tasks`, { headers: { authorization: `Bearer ${one}` } })).status;
  await t.check("takes the good token", async () => (await status(token)) === 200);
  const accepted = [];
  const key = await keyOf(signet, token);
  for (const [, name, one] of hostile(token, key)) if ((await status(one)) === 200) accepted.push(name);
  await t.check("each of its faults is found by a hostile token", () => {
    assert.deepEqual(taken.filter((name) => !accepted.includes(name)), []);
  });
  await t.check("what it does check, it is not blamed for", () => {
    const refused = ["another payload", "a signature with one bit changed", "expired an hour ago", "a foreign key with our kid", "HS256 with the server's secret"];
    assert.deepEqual(refused.filter((name) => accepted.includes(name)), []);
  });
}
