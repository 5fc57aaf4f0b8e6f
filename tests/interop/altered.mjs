// A token, changed in the ways that a verifier has to notice.

const decoded = (part) => JSON.parse(Buffer.from(part, "base64url"));
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** What was changed, to the token with that change. */
export function altered(token) {
  const [header, payload, signature] = token.split(".");
  const otherStart = signature[0] === "A" ? "B" : "A";
  return {
    "with another payload": [header, encoded({ ...decoded(payload), sub: "somebody-else" }), signature].join("."),
    "with another signature": [header, payload, otherStart + signature.slice(1)].join("."),
    "with a kid that is not in the JWKS": [encoded({ ...decoded(header), kid: "no-such-key" }), payload, signature].join("."),
    "without a signature": [encoded({ ...decoded(header), alg: "none" }), payload, ""].join("."),
  };
}
