// What docs/verify says of Python's libraries, held against them: a line of that page is a check here.
import assert from "node:assert/strict";
import { keyOf, opened, signed } from "./harness/forge.mjs";

const secret = "a-secret-that-python-shares-with-the-server";
const toml = `
[email_and_password]
enabled = true

[plugins.jwt.templates.shared]
algorithm = "HS256"
secret = "${secret}"

[plugins.jwt.templates.p256]
algorithm = "ES256"
`;

/** A program that reads a case from standard input and says `ok` or what was thrown. */
const program = (imports, call) => `
import json, sys
${imports}
case = json.load(sys.stdin)
try:
    ${call}
    print("ok")
except Exception as fault:
    print(type(fault).__name__, fault)
`;
const jose = (options = "") => program("from jose import jwt", `jwt.decode(case["token"], case["key"], algorithms=case["algorithms"]${options})`);
const pyjwt = (options = "") => program("import jwt", `jwt.decode(case["token"], case["key"], algorithms=["HS256"]${options})`);

export default async function (t) {
  const signet = await t.signet(toml);
  const ada = signet.client();
  await ada.signUp();
  const token = await ada.token();
  const shared = await ada.token("shared");
  const { header, payload } = opened(shared);
  const run = async (code, about) => {
    const { stdout, stderr } = await t.exec(t.python, ["-c", code], { input: JSON.stringify(about) });
    return stdout.trim() || stderr;
  };
  const jwk = async (one) => {
    const { keys } = await (await fetch(signet.at("/jwks"))).json();
    return keys.find(({ kid }) => kid === opened(one).header.kid);
  };

  await t.check("python-jose knows no EdDSA", async () => {
    const said = await run(jose(', options={"verify_aud": False}'), { token, key: await jwk(token), algorithms: ["EdDSA"] });
    assert.match(said, /Error/);
  });
  await t.check("python-jose verifies ES256", async () => {
    const p256 = await ada.token("p256");
    const said = await run(jose(', options={"verify_aud": False}'), { token: p256, key: await jwk(p256), algorithms: ["ES256"] });
    assert.equal(said, "ok");
  });
  const hs256 = (claims) => ({ token: signed(header, claims, secret), key: secret, algorithms: ["HS256"] });
  const asked = `, audience="${signet.url}", issuer="${signet.url}"`;
  await t.check("t56_python_jose_takes_a_token_without_exp_or_aud_although_an_audience_was_asked_for", async () => {
    for (const name of ["exp", "aud", "sub", "iat"]) assert.equal(await run(jose(asked), hs256({ ...payload, [name]: undefined })), "ok", name);
  });
  await t.check("python-jose refuses it where the claim is required", async () => {
    const required = `${asked}, options={"require_exp": True, "require_aud": True, "require_iat": True, "require_sub": True}`;
    assert.equal(await run(jose(required), hs256(payload)), "ok");
    for (const name of ["exp", "aud", "sub", "iat"]) assert.match(await run(jose(required), hs256({ ...payload, [name]: undefined })), /Error/, name);
  });
  await t.check("t56_pyjwt_takes_a_token_without_exp_sub_or_iat_unless_they_are_required", async () => {
    for (const name of ["exp", "sub", "iat"]) {
      assert.equal(await run(pyjwt(asked), hs256({ ...payload, [name]: undefined })), "ok", name);
      assert.match(await run(pyjwt(`${asked}, options={"require": ["${name}"]}`), hs256({ ...payload, [name]: undefined })), /^MissingRequiredClaimError/);
    }
  });
  await t.check("t57_pyjwt_takes_an_exp_that_is_a_text_of_digits", async () => {
    assert.equal(await run(pyjwt(asked), hs256({ ...payload, exp: `${payload.exp}` })), "ok");
  });
  await t.check("PyJWT refuses a token with an audience that nobody asked for", async () => {
    assert.match(await run(pyjwt(`, issuer="${signet.url}"`), hs256(payload)), /^InvalidAudienceError/);
  });
  await t.check("t61_pyjwkclient_fetches_once_in_a_storm", async () => {
    const before = await signet.served("/jwks");
    const key = await keyOf(signet, token);
    const stormy = Array.from({ length: 50 }, (_, index) => signed({ ...opened(token).header, kid: `nobody-${index}` }, opened(token).payload, key));
    const code = program("import jwt", `client = jwt.PyJWKClient(case["url"])
    for one in case["tokens"]:
        try:
            client.get_signing_key_from_jwt(one)
            raise SystemExit("a key for nobody")
        except jwt.PyJWKClientError:
            pass`);
    assert.equal(await run(code, { url: signet.at("/jwks"), tokens: stormy }), "ok");
    assert.equal((await signet.served("/jwks")) - before, 1);
  });
}
