"""Who asks: verifies Signet's tokens with nothing but its public keys."""

import asyncio
import os
import re
import time
from dataclasses import dataclass
from typing import Annotated

import httpx
import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER = os.environ.get("AUTH_ISSUER", "http://localhost:3000")
AUDIENCE = os.environ.get("AUTH_AUDIENCE", ISSUER)
JWKS_URL = os.environ.get("AUTH_JWKS_URL", f"{ISSUER}/api/auth/jwks")


# region keys
class KeysUnavailable(Exception):
    """There is no key to verify anything with, and the server that has them does not answer."""


class KeySet:
    """The keys at a URL, kept for as long as the answer's `max-age` says.

    A token that names another key has them fetched again, for keys rotate: but at most once every `COOLDOWN` seconds,
    whatever is sent. Requests that wait for the same fetch share it, and known keys never wait for an unknown one.
    """

    ALGORITHMS = frozenset({"EdDSA", "ES256", "ES512", "RS256", "PS256"})  # none that is symmetric
    COOLDOWN = 10.0
    STALE = 3600.0  # how long keys are used after their max-age while the server is away

    def __init__(self, url: str):
        self._url = url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fresh_until = 0.0
        self._not_before = 0.0  # after a fetch that failed
        self._not_for_unknown_before = 0.0  # after a fetch for a key that the set lacked
        self._fetching = asyncio.Lock()

    async def find(self, kid: str) -> jwt.PyJWK | None:
        if self._wants_fetch(kid):
            async with self._fetching:
                if self._wants_fetch(kid):  # or somebody else has just done it
                    await self._fetch(for_unknown=time.monotonic() < self._fresh_until)
        if not self._keys or time.monotonic() > self._fresh_until + self.STALE:
            raise KeysUnavailable
        return self._keys.get(kid)

    def _wants_fetch(self, kid: str) -> bool:
        now = time.monotonic()
        if now < self._not_before:
            return False
        if now >= self._fresh_until:
            return True
        return kid not in self._keys and now >= self._not_for_unknown_before

    async def _fetch(self, for_unknown: bool) -> None:
        try:
            async with httpx.AsyncClient(timeout=3.0) as client:
                answer = (await client.get(self._url)).raise_for_status()
            keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        except (httpx.HTTPError, ValueError, jwt.PyJWTError):
            self._not_before = time.monotonic() + self.COOLDOWN
            return
        now = time.monotonic()
        self._keys = {key.key_id: key for key in keys if key.key_id and key.algorithm_name in self.ALGORITHMS}
        max_age = re.search(r"max-age=(\d{1,8})", answer.headers.get("cache-control", ""))
        self._fresh_until = now + max(int(max_age[1]) if max_age else 300, 1)
        if for_unknown:
            self._not_for_unknown_before = now + self.COOLDOWN
# endregion


# region verify
LONGEST_LIFE = 24 * 3600
keys = KeySet(JWKS_URL)


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
        options={"require": ["exp", "iat", "sub", "iss", "aud"]},
    )
    # PyJWT takes an `exp` that is a text of digits, and one in a thousand years.
    if not all(type(claims[name]) in (int, float) for name in ("exp", "iat")):
        raise jwt.InvalidTokenError("a time that is no number")
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


async def current_user(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> User:
    if credentials is None:
        raise HTTPException(401, "Sign in first", {"WWW-Authenticate": "Bearer"})
    try:
        claims = await verify(credentials.credentials)
    except KeysUnavailable:
        raise HTTPException(503, "No token can be verified now", {"Retry-After": "10"}) from None
    except (jwt.InvalidTokenError, ValueError, OverflowError, RecursionError):  # what hostile JSON can bring about, too
        raise HTTPException(401, "Invalid token", {"WWW-Authenticate": 'Bearer error="invalid_token"'}) from None
    return User(id=claims["sub"], claims=claims)


CurrentUser = Annotated[User, Depends(current_user)]
# endregion
