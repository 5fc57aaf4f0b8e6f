"""Better Auth's table of keys: each private one is opened with the secret, and signs what its public one verifies."""

import json

import jwt

from formats import Unreadable, unsealed

PUBLIC = {"OKP": ["crv", "x", "kty"], "EC": ["kty", "x", "y", "crv"], "RSA": ["kty", "n", "e"]}
PRIVATE = {
    "OKP": ["crv", "d", "x", "kty"],
    "EC": ["kty", "x", "y", "crv", "d"],
    "RSA": ["kty", "n", "e", "d", "p", "q", "dp", "dq", "qi"],
}


def private_jwk(secrets, column):
    """The private JWK of a column: the sealed JWK as a text of JSON."""
    try:
        return json.loads(unsealed(secrets, json.loads(column)))
    except ValueError as fault:
        raise Unreadable(column) from fault


def check_key(checks, secrets, row, published):
    """A row against the key that is published under its name; `published` is None for one that no longer is."""
    public, algorithm = json.loads(row["publicKey"]), row["alg"]
    kind = public["kty"]
    checks.holds(f"{algorithm}: the members of the public key are in their order", list(public) == PUBLIC[kind], public)
    fits = lambda key: list(key) == PRIVATE[kind] and all(key[name] == public[name] for name in public)
    checks.reads(f"{algorithm}: the private key is opened", lambda text: private_jwk(secrets, text), row["privateKey"], fits)
    if published:
        first = ["alg"] + (["crv"] if row["crv"] else [])
        order = first + [name for name in public if name not in first] + ["kid"]
        checks.holds(f"{algorithm}: it is published in the order of its row", list(published) == order, published)
        said = {"alg": algorithm, **public, "kid": row["id"]}
        checks.holds(f"{algorithm}: and as its row says", published == said, published)
    signer = jwt.PyJWK(private_jwk(secrets, row["privateKey"]), algorithm)
    token = jwt.encode({"sub": "anybody"}, signer.key, algorithm=algorithm)
    verified = jwt.decode(token, jwt.PyJWK(published or public, algorithm), algorithms=[algorithm])
    checks.holds(f"{algorithm}: what the private key signs the public one verifies", verified == {"sub": "anybody"})
