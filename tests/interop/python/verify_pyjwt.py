import jwt

from verifier import run_verifier


def verify(token, jwks, issuer, audience):
    key = jwt.PyJWKClient(jwks).get_signing_key_from_jwt(token)
    # Without an audience PyJWT refuses a token that has one.
    return jwt.decode(token, key, algorithms=["EdDSA", "ES256", "ES512", "RS256", "PS256"], issuer=issuer, audience=audience)


run_verifier("PyJWT", verify, jwt.PyJWTError)
