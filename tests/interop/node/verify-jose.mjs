import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { runVerifier } from "./verifier.mjs";

const sets = new Map();

async function verify(token, { jwks, issuer, audience }) {
  if (!sets.has(jwks)) sets.set(jwks, createRemoteJWKSet(new URL(jwks)));
  const { payload } = await jwtVerify(token, sets.get(jwks), { issuer, audience });
  return payload;
}

await runVerifier("jose", verify, (fault) => fault instanceof errors.JOSEError);
