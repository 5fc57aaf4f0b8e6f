import { createRemoteJWKSet, errors, jwtVerify } from "jose";

function setting(name) {
  if (!process.env[name]) throw new Error(`${name} must be set`);
  return process.env[name];
}

// region verify
const keys = createRemoteJWKSet(new URL(setting("JWKS_URL")), {
  cacheMaxAge: 300_000, // as Signet's `max-age`
  cooldownDuration: 10_000, // made-up key ids cost one fetch in this time
  timeoutDuration: 5_000,
});

const expected = {
  issuer: setting("ISSUER"),
  audience: setting("AUDIENCE"),
  typ: "at+jwt",
  algorithms: ["EdDSA", "ES256"],
  requiredClaims: ["exp", "iat", "sub"],
  maxTokenAge: "15m", // refuses an `iat` in the future, too
  clockTolerance: 5,
};

const OUTAGES = new Set(["ERR_JWKS_TIMEOUT", "ERR_JOSE_GENERIC"]);

/** The claims of the token in a request's `Authorization`, or nothing where it has none that is good. */
export async function claimsOf(authorization = "") {
  const [, token] = /^Bearer ([\w.-]+)$/i.exec(authorization) ?? [];
  if (!token) return undefined;
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, expected);
    const { sub, exp } = payload;
    const { kid, b64 } = protectedHeader;
    const isSound = typeof sub === "string" && sub !== "" && Number.isSafeInteger(exp) && kid && b64 === undefined;
    return isSound ? payload : undefined;
  } catch (fault) {
    if (fault instanceof errors.JOSEError && !OUTAGES.has(fault.code)) return undefined;
    throw fault; // the keys cannot be had: that is nobody's bad token
  }
}
// endregion verify
