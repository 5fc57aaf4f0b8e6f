"""Better Auth's formats, read with the secret and with libraries that know nothing of them. See ../README.md."""

import base64
import hashlib
import hmac
import json
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from nacl import bindings
from nacl.exceptions import CryptoError


class Unreadable(Exception):
    """The text says nothing to whoever has these secrets."""


@dataclass
class Secrets:
    """The versions, the current one first, and the secret from before there were any."""

    versions: dict[int, str]
    legacy: str | None

    @property
    def current(self):
        """What signs: the current version, or the only secret."""
        return next(iter(self.versions.values()), self.legacy)

    def all(self):
        return [*self.versions.values(), *([self.legacy] if self.legacy else [])]

    def for_purpose(self, purpose):
        """Those that are derived for a purpose of OAuth: the hexadecimal digits are the secret then."""
        info = f"better-auth:{purpose}:v1".encode()
        derived = lambda secret: expand(secret, b"better-auth:oauth-encryption:v1", info, 32).hex()
        return Secrets({number: derived(secret) for number, secret in self.versions.items()}, self.legacy and derived(self.legacy))


def expand(secret, salt, info, length):
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret.encode())


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text):
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as fault:
        raise Unreadable(text) from fault


def stringified(value):
    """As JavaScript's JSON.stringify writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def password_of(stored, candidates):
    """Which of some passwords a hash is of."""
    salt, _, key = stored.partition(":")
    for password in candidates:
        normal = unicodedata.normalize("NFKC", password).encode()
        made = hashlib.scrypt(normal, salt=salt.encode(), n=16384, r=16, p=1, dklen=64, maxmem=1 << 26)
        if hmac.compare_digest(made.hex(), key):
            return password
    raise Unreadable("a hash of none of these")


def unsealed(secrets, text):
    """A text that was encrypted for the database or for a cookie: XChaCha20-Poly1305 under the digest of the secret."""
    secret = secrets.legacy
    if text.startswith("$ba$"):
        _, _, version, text = text.split("$")
        secret = secrets.versions.get(int(version))
    if secret is None or text != text.lower():
        raise Unreadable(text)
    try:
        sealed = bytes.fromhex(text)
        key = hashlib.sha256(secret.encode()).digest()
        return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], None, sealed[:24], key).decode()
    except (ValueError, CryptoError) as fault:
        raise Unreadable(text) from fault


def signed(secrets, cookie):
    """The value of a signed cookie."""
    value, _, signature = unquote(cookie).rpartition(".")
    made = base64.b64encode(hmac.digest(secrets.current.encode(), value.encode(), "sha256")).decode()
    if not hmac.compare_digest(made.encode(), signature.encode()):
        raise Unreadable(cookie)
    return value


def compact(secrets, cookie):
    """A cached session under an HMAC of its own text."""
    try:
        whole = json.loads(from_base64url(cookie))
        session, ends, signature = whole["session"], whole["expiresAt"], whole["signature"]
    except (ValueError, KeyError, TypeError) as fault:
        raise Unreadable(cookie) from fault
    made = hmac.digest(secrets.current.encode(), stringified({**session, "expiresAt": ends}).encode(), "sha256")
    if not hmac.compare_digest(base64url(made), signature):
        raise Unreadable(cookie)
    return session


def hs256(secrets, token):
    """The claims of a JWT under the secret itself, whose header says no more than that."""
    try:
        if jwt.get_unverified_header(token) != {"alg": "HS256"}:
            raise Unreadable(token)
        return jwt.decode(token, secrets.current, algorithms=["HS256"], options={"require": ["iat", "exp"]})
    except (jwt.PyJWTError, ValueError) as fault:
        raise Unreadable(token) from fault


def encrypted(secrets, cookie, salt="better-auth-session"):
    """The claims of a JWE under a key that is derived from the secret, and named by its thumbprint."""
    for secret in secrets.all():
        key = OctKey.import_key(expand(secret, salt.encode(), b"BetterAuth.js Generated Encryption Key", 64))
        try:
            opened = jwe.decrypt_compact(cookie, key, algorithms=["dir", "A256CBC-HS512"])
        except (JoseError, ValueError):
            continue
        if opened.protected != {"alg": "dir", "enc": "A256CBC-HS512", "kid": key.thumbprint()}:
            raise Unreadable(cookie)
        return json.loads(opened.plaintext)
    raise Unreadable(cookie)


CACHES = {"compact": compact, "jwt": hs256, "jwe": encrypted}


def whole_cookie(cookies, name):
    """A cookie that may have been cut into parts, which are numbered from 0."""
    if name in cookies:
        return cookies[name]
    return "".join(cookies[part] for part in (f"{name}.{number}" for number in range(100)) if part in cookies)


def hashed(identifier):
    """How an identifier is kept where identifiers are hashed."""
    return base64url(hashlib.sha256(identifier.encode()).digest())
