"""Who asks: verifies Signet's tokens with a secret that both share."""

import base64
import hmac
import os
from dataclasses import dataclass
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER = os.environ.get("AUTH_ISSUER", "http://localhost:3000")
AUDIENCE = os.environ.get("AUTH_AUDIENCE") or None  # absent where the template has `audience = false`


# region secrets
def kid_of(secret: str) -> str:
    """How Signet's tokens name the secret that signed them: a tag that only its holders can make."""
    tag = hmac.digest(secret.encode(), b"kid", "sha256")
    return base64url(tag[:8])


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_secrets(environment) -> dict[str, str]:
    """The secrets by their `kid`: the present one and, during a change, the one before or after it."""
    secrets = [environment["AUTH_SECRET"], *filter(None, [environment.get("AUTH_OTHER_SECRET")])]
    if any(len(secret.encode()) < 32 for secret in secrets):
        raise SystemExit("AUTH_SECRET has fewer than 32 bytes: take one that `signet secret` prints")
    return {kid_of(secret): secret for secret in secrets}


SECRETS = read_secrets(os.environ)
# endregion


# region verify
LONGEST_LIFE = 24 * 3600  # seconds: no less than the `expiration_time` of the tokens


def verify(token: str) -> dict:
    """The claims of one of our tokens. Raises `jwt.InvalidTokenError` for anything else."""
    header = jwt.get_unverified_header(token)
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise jwt.InvalidTokenError("a token for something else")
    secret = SECRETS.get(header.get("kid", ""))
    if secret is None:
        raise jwt.InvalidTokenError("an unknown secret")
    required = ["exp", "iat", "sub", "iss"] + (["aud"] if AUDIENCE else [])
    claims = jwt.decode(
        token,
        secret,
        algorithms=["HS256"],  # never what the header says
        issuer=ISSUER,
        audience=AUDIENCE,
        leeway=5,
        options={"require": required},
    )
    if AUDIENCE is None and "aud" in claims:
        raise jwt.InvalidTokenError("a token for somebody")
    # PyJWT takes an `exp` that is a text of digits, and one in a thousand years.
    if not all(type(claims[name]) is int for name in ("exp", "iat")):
        raise jwt.InvalidTokenError("a time that is no whole number")
    if not claims["sub"] or claims["exp"] - claims["iat"] > LONGEST_LIFE:
        raise jwt.InvalidTokenError("a subject or a life that no token of ours has")
    return claims
# endregion


# region user
@dataclass(frozen=True)
class User:
    id: str
    claims: dict


bearer = HTTPBearer(auto_error=False)


def current_user(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> User:
    if credentials is None:
        raise HTTPException(401, "Sign in first", {"WWW-Authenticate": "Bearer"})
    try:
        claims = verify(credentials.credentials)
    except jwt.PyJWTError:
        raise HTTPException(401, "Invalid token", {"WWW-Authenticate": 'Bearer error="invalid_token"'}) from None
    return User(id=claims["sub"], claims=claims)


CurrentUser = Annotated[User, Depends(current_user)]
# endregion
