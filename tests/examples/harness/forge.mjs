// Hostile tokens, some of them signed by the server's own key: what a verifier has to refuse whoever signed it.
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { SECRET } from "./signet.mjs";

const text = (value) => Buffer.from(value).toString("base64url");
/** JSON, or the text of it as it is, for what JSON.stringify would not write. */
const part = (value) => text(typeof value === "string" ? value : JSON.stringify(value));

const hashes = { ES256: "sha256", ES512: "sha512", RS256: "sha256", PS256: "sha256" };

/** A token of this header and payload, signed with a private key, or with a secret where the algorithm is HS256. */
export function signed(header, payload, key, algorithm = header.alg) {
  const input = `${part(header)}.${part(payload)}`;
  if (algorithm === "HS256") return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
  const how = { key, dsaEncoding: "ieee-p1363", ...(algorithm === "PS256" && { padding: 6, saltLength: 32 }) };
  return `${input}.${sign(hashes[algorithm] ?? null, Buffer.from(input), how).toString("base64url")}`;
}

/** What a token says: `{ header, payload }`. */
export function opened(token) {
  const [header, payload] = token.split(".").map((piece) => Buffer.from(piece, "base64url").toString());
  return { header: JSON.parse(header), payload: JSON.parse(payload) };
}

/** The private key that signed a token, exported from the server whose key it is. */
export async function keyOf(signet, token) {
  const { code, stdout, stderr } = await signet.command("keys", "export", opened(token).header.kid);
  if (code !== 0) throw new Error(stderr);
  return createPrivateKey({ key: JSON.parse(stdout), format: "jwk" });
}

const without = (claims, ...names) => Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));
/** A payload as JSON with one claim's value written literally: `1e300` is no value that JSON.stringify writes so. */
const literally = (claims, name, value) => JSON.stringify({ ...claims, [name]: "\u0000" }).replace('"\\u0000"', () => value);

/** Payloads that every verifier has to refuse although they are rightly signed: threat, name, payload. */
export function wrongClaims(good) {
  const now = Math.floor(Date.now() / 1000);
  return [
    ...["exp", "aud", "iss", "sub", "iat"].filter((name) => name in good).map((name) => ["t56_missing_claims_are_refused", `no ${name}`, without(good, name)]),
    ["t56_missing_claims_are_refused", "an empty sub", { ...good, sub: "" }],
    ["t56_wrong_claims_are_refused", "another issuer", { ...good, iss: "https://evil.example" }],
    ["t56_wrong_claims_are_refused", "an issuer that begins like ours", { ...good, iss: `${good.iss}.evil.example` }],
    ...("aud" in good ? [["t56_wrong_claims_are_refused", "another audience", { ...good, aud: "https://other.example" }]] : []),
    ["t56_wrong_claims_are_refused", "expired an hour ago", { ...good, iat: now - 7200, exp: now - 3600 }],
    ["t56_wrong_claims_are_refused", "not before an hour from now", { ...good, nbf: now + 3600 }],
    ["t56_wrong_claims_are_refused", "issued an hour from now", { ...good, iat: now + 3600, exp: now + 4500 }],
    ...["\"1\"", `"${now + 600}"`, "-1", "1e300", "1e999", "18446744073709551615", "null", "true", "[]", "{}"].map((value) => ["t57_claims_of_wrong_types_and_extreme_ones_are_refused", `exp ${value}`, literally(good, "exp", value)]),
    ...["\"yesterday\"", "1e300", "null", "[]"].map((value) => ["t57_claims_of_wrong_types_and_extreme_ones_are_refused", `iat ${value}`, literally(good, "iat", value)]),
    ["t57_claims_of_wrong_types_and_extreme_ones_are_refused", "nbf as text", { ...good, nbf: `${now + 3600}` }],
    ...("aud" in good ? ["5", "[]", "{}", "[[\"x\"]]", "null", "\"\""] : []).map((value) => ["t57_claims_of_wrong_types_and_extreme_ones_are_refused", `aud ${value}`, literally(good, "aud", value)]),
    ...["5", "[]", "null"].map((value) => ["t57_claims_of_wrong_types_and_extreme_ones_are_refused", `sub ${value}`, literally(good, "sub", value)]),
    ["t57_claims_of_wrong_types_and_extreme_ones_are_refused", "a payload that is a list", "[]"],
    ["t57_claims_of_wrong_types_and_extreme_ones_are_refused", "a payload nested deeply", "[".repeat(20_000)],
  ];
}

/** Hostile tokens against a verifier that goes by a JWKS: threat, name, token. `key` is the one that signed `good`. */
export function hostile(good, key) {
  const { header, payload } = opened(good);
  const [head, body, signature] = good.split(".");
  const publicKey = createPublicKey(key);
  const jwk = publicKey.export({ format: "jwk" });
  const pem = publicKey.export({ format: "pem", type: "spki" });
  const der = publicKey.export({ format: "der", type: "spki" });
  const foreign = generateKeyPairSync("ed25519").privateKey;
  const foreignJwk = createPublicKey(foreign).export({ format: "jwk" });
  const kid = header.kid;
  const hs256 = (secret, claims = payload, more = {}) => signed({ ...header, alg: "HS256", ...more }, claims, secret);
  const flipped = Buffer.from(signature, "base64url");
  flipped[5] ^= 1;
  return [
    ...["none", "None", "nOnE", "NONE"].map((alg) => ["t54_an_algorithm_that_is_not_the_keys_is_refused", `alg ${alg}`, `${part({ ...header, alg })}.${body}.`]),
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "alg none with the signature", `${part({ ...header, alg: "none" })}.${body}.${signature}`],
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "HS256 with the public key as PEM", hs256(pem)],
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "HS256 with the public key as PEM, trimmed", hs256(pem.trim())],
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "HS256 with the public key as DER", hs256(der)],
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "HS256 with the public key's bytes", hs256(Buffer.from(jwk.x ?? jwk.n, "base64url"))],
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "HS256 with the public key's text", hs256(jwk.x ?? jwk.n)],
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "HS256 with the public JWK's text", hs256(JSON.stringify(jwk))],
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "HS256 with no secret", hs256("")],
    ...["ES256", "EdDSA", "RS256", "HS512", "Ed448"].filter((alg) => alg !== header.alg).map((alg) => ["t54_an_algorithm_that_is_not_the_keys_is_refused", `our signature called ${alg}`, signed({ ...header, alg }, payload, key, header.alg)]),
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "an algorithm that is a list", signed({ ...header, alg: [header.alg] }, payload, key, header.alg)],
    ["t55_the_servers_own_secret_signs_no_token", "HS256 with the server's secret", hs256(SECRET)],
    ["t55_the_servers_own_secret_signs_no_token", "HS256 with the server's secret, no kid", signed({ alg: "HS256" }, payload, SECRET)],
    ...wrongClaims(payload).map(([threat, name, claims]) => [threat, name, signed(header, claims, key)]),
    ["t61_unknown_keys_are_refused", "an unknown kid", signed({ ...header, kid: "nobody" }, payload, key, header.alg)],
    ["t61_unknown_keys_are_refused", "a foreign key with our kid", signed({ ...header, alg: "EdDSA" }, payload, foreign, "EdDSA")],
    ["t61_unknown_keys_are_refused", "a foreign key of its own in jwk", signed({ alg: "EdDSA", jwk: foreignJwk }, payload, foreign)],
    ["t61_unknown_keys_are_refused", "a foreign key of its own in jwk, our kid", signed({ alg: "EdDSA", kid, jwk: foreignJwk }, payload, foreign)],
    ["t61_unknown_keys_are_refused", "a kid that is a list", signed({ ...header, kid: [kid] }, payload, key, header.alg)],
    ["t61_unknown_keys_are_refused", "a kid that is a path", signed({ ...header, alg: "HS256", kid: "../../dev/null" }, payload, "")],
    ["t64_tokens_for_something_else_are_refused", "a token of another audience and type", signed({ ...header, typ: "at+jwt" }, { ...payload, aud: "https://other.example" }, key)],
    ["t64_tokens_for_something_else_are_refused", "a list of revocations", signed({ ...header, typ: "revocations+jwt" }, without(payload, "sub", "aud"), key)],
    ["t64_tokens_for_something_else_are_refused", "a list of revocations with every claim", signed({ ...header, typ: "revocations+jwt" }, payload, key)],
    ["t64_tokens_for_something_else_are_refused", "a mailed token", signed({ alg: "HS256" }, { email: "ada@example.com", iat: payload.iat, exp: payload.exp }, SECRET)],
    ["t64_tokens_for_something_else_are_refused", "a mailed token with every claim", signed({ alg: "HS256" }, { ...payload, email: "ada@example.com" }, SECRET)],
    ["t62_malformed_tokens_are_refused", "another payload", `${head}.${part({ ...payload, sub: "somebody-else" })}.${signature}`],
    ["t62_malformed_tokens_are_refused", "a signature with one bit changed", `${head}.${body}.${flipped.toString("base64url")}`],
    ["t62_malformed_tokens_are_refused", "half of the signature", `${head}.${body}.${signature.slice(0, signature.length / 2)}`],
    ["t62_malformed_tokens_are_refused", "no signature", `${head}.${body}.`],
    ["t62_malformed_tokens_are_refused", "two parts", `${head}.${body}`],
    ["t62_malformed_tokens_are_refused", "four parts", `${good}.${signature}`],
    ["t62_malformed_tokens_are_refused", "a header nested deeply", `${text("[".repeat(20_000))}.${body}.${signature}`],
    ["t62_malformed_tokens_are_refused", "an unknown critical extension", signed({ ...header, crit: ["x"], x: 1 }, payload, key)],
    ["t62_malformed_tokens_are_refused", "b64 false", signed({ ...header, crit: ["b64"], b64: false }, payload, key)],
    ["t62_malformed_tokens_are_refused", "not base64", "a.b.c"],
    ["t62_malformed_tokens_are_refused", "nothing", "."],
  ];
}

/** Hostile tokens against a verifier that shares a secret: threat, name, token. `stranger` is a default token of the same server, and its key. */
export function hostileToSecret(good, secret, stranger) {
  const { header, payload } = opened(good);
  const [head, body, signature] = good.split(".");
  const publicKey = createPublicKey(stranger.key);
  const hs256 = (key, more = {}) => signed({ ...header, ...more }, payload, key);
  const other = opened(stranger.token).header;
  return [
    ...["none", "None", "nOnE", "NONE"].map((alg) => ["t54_an_algorithm_that_is_not_the_keys_is_refused", `alg ${alg}`, `${part({ ...header, alg })}.${body}.`]),
    ...["HS384", "HS512"].map((alg) => ["t54_an_algorithm_that_is_not_the_keys_is_refused", `alg ${alg}`, rightly(alg, { ...header, alg }, payload, secret)]),
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "our signature called EdDSA", signed({ ...header, alg: "EdDSA" }, payload, secret, "HS256")],
    ["t54_an_algorithm_that_is_not_the_keys_is_refused", "HS256 with the public key as PEM", hs256(publicKey.export({ format: "pem", type: "spki" }), { kid: other.kid })],
    ["t55_the_servers_own_secret_signs_no_token", "HS256 with the server's secret", hs256(SECRET)],
    ["t55_the_servers_own_secret_signs_no_token", "HS256 with the server's secret, no kid", hs256(SECRET, { kid: undefined })],
    ["t55_a_token_of_the_key_ring_is_refused_where_a_secret_is_shared", "a default token", stranger.token],
    ["t55_a_token_of_the_key_ring_is_refused_where_a_secret_is_shared", "every claim, the ring's key", signed(other, payload, stranger.key)],
    ["t55_a_token_of_the_key_ring_is_refused_where_a_secret_is_shared", "every claim, the ring's key, our kid", signed({ ...other, kid: header.kid }, payload, stranger.key)],
    ["t55_weak_and_foreign_secrets_are_refused", "no secret", hs256("")],
    ...["secret", "changeme", "your-256-bit-secret", `${secret} `, secret.slice(0, -1)].map((weak) => ["t55_weak_and_foreign_secrets_are_refused", weak === secret.slice(0, -1) ? "all but a letter" : weak.replace(secret, "…"), hs256(weak)]),
    ...wrongClaims(payload).map(([threat, name, claims]) => [threat, name, signed(header, claims, secret)]),
    ...("aud" in payload ? [] : [["t64_tokens_for_something_else_are_refused", "a token for somebody else", signed(header, { ...payload, aud: "https://other.example" }, secret)]]),
    ["t64_tokens_for_something_else_are_refused", "a token of another type", signed({ ...header, typ: "at+jwt" }, payload, secret)],
    ["t64_tokens_for_something_else_are_refused", "a mailed token", signed({ alg: "HS256" }, { email: "ada@example.com", iat: payload.iat, exp: payload.exp }, SECRET)],
    ["t61_unknown_keys_are_refused", "an unknown kid", hs256(secret, { kid: "nobody" })],
    ["t61_unknown_keys_are_refused", "a kid that is a list", hs256(secret, { kid: [header.kid] })],
    ["t61_unknown_keys_are_refused", "a secret of its own in jwk", signed({ alg: "HS256", jwk: { kty: "oct", k: text("mine") } }, payload, "mine")],
    ["t62_malformed_tokens_are_refused", "another payload", `${head}.${part({ ...payload, sub: "somebody-else" })}.${signature}`],
    ["t62_malformed_tokens_are_refused", "half of the signature", `${head}.${body}.${signature.slice(0, signature.length / 2)}`],
    ["t62_malformed_tokens_are_refused", "no signature", `${head}.${body}.`],
    ["t62_malformed_tokens_are_refused", "four parts", `${good}.${signature}`],
    ["t62_malformed_tokens_are_refused", "an unknown critical extension", signed({ ...header, crit: ["x"], x: 1 }, payload, secret)],
    ["t62_malformed_tokens_are_refused", "not base64", "a.b.c"],
  ];
}

/** A token of a stronger HMAC, rightly made. */
function rightly(algorithm, header, payload, secret) {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${createHmac(algorithm.replace("HS", "sha"), secret).update(input).digest("base64url")}`;
}

/** Checks, by threat, that a protected page answers each of these tokens with 401, and a good one, before and after, with 200. */
export async function refusesAll(t, url, good, tokens, { fetch = globalThis.fetch, refusals = [401] } = {}) {
  const send = async (token) => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
  await t.check("takes the good token", async () => (await send(good)) === 200);
  for (const threat of [...new Set(tokens.map(([name]) => name))]) {
    const wrong = [];
    const these = tokens.filter(([name]) => name === threat);
    for (const [, name, token] of these) {
      const status = await send(token);
      if (!refusals.includes(status)) wrong.push(`${name}: ${status}`);
    }
    await t.check(`${threat} (${these.length} tokens)`, () => {
      if (wrong.length) throw new Error(wrong.join("\n"));
    });
  }
  await t.check("takes the good token still", async () => (await send(good)) === 200);
}
