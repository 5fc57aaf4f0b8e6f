"""Who asks: verifies Signet's tokens with nothing but its public keys."""

import os
from dataclasses import dataclass
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from keys import KeySet, KeysUnavailable
from revocations import Revocations, RevocationsUnavailable

ISSUER = os.environ.get("AUTH_ISSUER", "http://localhost:3000")
AUDIENCE = os.environ.get("AUTH_AUDIENCE", ISSUER)
JWKS_URL = os.environ.get("AUTH_JWKS_URL", f"{ISSUER}/api/auth/jwks")
REVOCATIONS_URL = os.environ.get("AUTH_REVOCATIONS_URL")  # absent: a token is good until it expires


# region verify
LONGEST_LIFE = 24 * 3600  # seconds: no less than the `expiration_time` of the tokens
keys = KeySet(JWKS_URL)
revocations = Revocations(REVOCATIONS_URL, ISSUER, keys) if REVOCATIONS_URL else None
# A token that does not name its session would not end with it.
REQUIRED = ["exp", "iat", "sub", "iss", "aud"] + (["sid"] if revocations else [])


async def verify(token: str) -> dict:
    """The claims of one of our tokens. Raises `jwt.InvalidTokenError` for anything else."""
    header = jwt.get_unverified_header(token)
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise jwt.InvalidTokenError("a token for something else")
    kid = header.get("kid")
    key = await keys.find(kid) if kid else None
    if key is None:
        raise jwt.InvalidTokenError("an unknown key")
    claims = jwt.decode(
        token,
        key,
        algorithms=[key.algorithm_name],  # the key says which; the header has to agree
        issuer=ISSUER,
        audience=AUDIENCE,
        leeway=5,
        options={"require": REQUIRED},
    )
    # PyJWT takes an `exp` that is a text of digits, and one in a thousand years.
    if not all(type(claims[name]) is int for name in ("exp", "iat")):
        raise jwt.InvalidTokenError("a time that is no whole number")
    if not claims["sub"] or claims["exp"] - claims["iat"] > LONGEST_LIFE:
        raise jwt.InvalidTokenError("a subject or a life that no token of ours has")
    if revocations and revocations.cover(token, claims):
        raise jwt.InvalidTokenError("revoked")
    return claims
# endregion


# region user
@dataclass(frozen=True)
class User:
    id: str
    claims: dict


bearer = HTTPBearer(auto_error=False)


async def current_user(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> User:
    if credentials is None:
        raise HTTPException(401, "Sign in first", {"WWW-Authenticate": "Bearer"})
    try:
        claims = await verify(credentials.credentials)
    except (KeysUnavailable, RevocationsUnavailable):
        raise HTTPException(503, "No token can be verified now", {"Retry-After": "10"}) from None
    except jwt.PyJWTError:
        raise HTTPException(401, "Invalid token", {"WWW-Authenticate": 'Bearer error="invalid_token"'}) from None
    return User(id=claims["sub"], claims=claims)


CurrentUser = Annotated[User, Depends(current_user)]
# endregion
