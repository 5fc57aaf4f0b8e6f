"""Tokens that are good no longer although they have not expired: Signet's feed of revocations, followed."""

import asyncio
import base64
import hashlib
import logging
import time

import httpx
import jwt

from keys import KeySet

log = logging.getLogger("uvicorn.error")


# region revocations
class RevocationsUnavailable(Exception):
    """The feed has not been heard yet, so that nobody knows which tokens are revoked."""


class Revocations:
    """What is revoked, in memory: asking it costs no request. `follow` is to run in the background."""

    WAIT = 25  # seconds that the server holds a request for which there is no news

    def __init__(self, url: str, issuer: str, keys: KeySet):
        self._url = url
        self._issuer = issuer
        self._keys = keys
        self._sessions: dict[str, int] = {}  # digests, and until when they matter
        self._tokens: dict[str, int] = {}
        self._next: str | None = None
        self._is_complete = False

    def cover(self, token: str, claims: dict) -> bool:
        if not self._is_complete:
            raise RevocationsUnavailable
        name = claims.get("jti") or token.rpartition(".")[0]
        return digest(name) in self._tokens or ("sid" in claims and digest(claims["sid"]) in self._sessions)

    async def follow(self) -> None:
        """Reads what is live, then for ever what is new. While the feed is away, what is known stays true."""
        pause = 1
        async with httpx.AsyncClient(timeout=self.WAIT + 15) as client:
            while True:
                try:
                    await self._read_page(client)
                    pause = 1
                except Exception as fault:  # whatever it is, the next page may be right
                    log.warning("The feed of revocations is away: %r", fault)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 30)

    async def _read_page(self, client: httpx.AsyncClient) -> None:
        query = {"since": self._next} if self._next else {}
        if self._is_complete:
            query["wait"] = self.WAIT
        answer = (await client.get(self._url, params=query)).raise_for_status()
        page = await self._verify(answer.text)
        revoked = page["revoked"]
        for known, listed in ((self._sessions, revoked["sid"]), (self._tokens, revoked["jti"])):
            known.update({entry: int(until) for until, entries in listed.items() for entry in entries})
            for entry in [entry for entry, until in known.items() if until < time.time()]:
                del known[entry]
        self._next = page["next"]
        self._is_complete = self._is_complete or not page["more"]

    async def _verify(self, page: str) -> dict:
        header = jwt.get_unverified_header(page)
        key = await self._keys.find(header.get("kid", ""))
        if key is None or header.get("typ") != "revocations+jwt":
            raise jwt.InvalidTokenError("no list of revocations")
        options = {"require": ["exp", "iat", "iss", "next", "revoked"]}
        return jwt.decode(page, key, algorithms=[key.algorithm_name], issuer=self._issuer, leeway=5, options=options)


def digest(name: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()[:12]).decode()
# endregion
