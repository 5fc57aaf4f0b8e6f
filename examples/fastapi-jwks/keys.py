"""The public keys at a URL."""

import asyncio
import re
import time

import httpx
import jwt


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
