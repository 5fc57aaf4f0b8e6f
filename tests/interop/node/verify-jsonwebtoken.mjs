// jsonwebtoken knows no EdDSA.
import { promisify } from "node:util";
import jsonwebtoken from "jsonwebtoken";
import jwksRsa, { SigningKeyNotFoundError } from "jwks-rsa";
import { runVerifier } from "./verifier.mjs";

const verifyJwt = promisify(jsonwebtoken.verify);

function verify(token, { jwks, issuer, audience }) {
  const client = jwksRsa({ jwksUri: jwks });
  const getKey = ({ kid }, done) => client.getSigningKey(kid).then((key) => done(null, key.getPublicKey()), done);
  return verifyJwt(token, getKey, { algorithms: ["ES256", "ES512", "RS256", "PS256"], issuer, audience });
}

// jsonwebtoken wraps what the look-up of a key threw, and keeps its message.
const isRefusal = (fault) => fault instanceof jsonwebtoken.JsonWebTokenError || fault instanceof SigningKeyNotFoundError;
await runVerifier("jsonwebtoken with jwks-rsa", verify, isRefusal);
