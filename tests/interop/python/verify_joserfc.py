import json
import urllib.request
import warnings

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet

from verifier import run_verifier

# RFC 9864 calls EdDSA with Ed25519 just Ed25519. Better Auth, and so Signet, uses the name that verifiers know today.
warnings.simplefilter("ignore", SecurityWarning)


def verify(token, jwks, issuer, audience):
    with urllib.request.urlopen(jwks, timeout=10) as answer:
        keys = KeySet.import_key_set(json.load(answer))
    decoded = jwt.decode(token, keys, algorithms=["EdDSA", "ES256", "ES512", "RS256", "PS256"])
    rules = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": issuer}, aud={"essential": True, "value": audience}, exp={"essential": True}
    )
    rules.validate(decoded.claims)
    return decoded.claims


run_verifier("joserfc", verify, JoseError)
