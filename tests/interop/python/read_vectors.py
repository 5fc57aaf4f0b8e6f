"""The reader against what Better Auth itself wrote (tests/vectors): only a reader of that proves anything of Signet."""

import json
from datetime import datetime
from pathlib import Path
from unittest import mock

import jwt.api_jwt

from checks import Checks
from formats import CACHES, Secrets, encrypted, hashed, hs256, password_of, signed, unsealed
from keys import check_key

checks = Checks("the reader, of Better Auth")
vectors = Path(__file__).resolve().parents[2] / "vectors"
read = lambda name: json.loads((vectors / f"{name}.json").read_text())


def at(seconds):
    """A moment for PyJWT."""
    clock = mock.Mock(wraps=datetime)
    clock.now.side_effect = lambda tz=None: datetime.fromtimestamp(seconds, tz)
    return mock.patch.object(jwt.api_jwt, "datetime", clock)


for case in read("password-scrypt")["cases"]:
    candidates = ["another password", case["password"]]
    checks.reads(f"the hash of {case['nfkc']}", lambda text: password_of(text, candidates), case["hash"], case["password"])

sealed = read("symmetric-encryption")
plain = Secrets({}, sealed["secret"])
for case in sealed["bare_hex"] + sealed["fixed_nonce"]:
    checks.reads("a sealed text", lambda text: unsealed(plain, text), case["ciphertext"], case["plaintext"])
versions = {int(number): secret for number, secret in sealed["versioned"]["keys"].items()}
versioned = Secrets(dict(sorted(versions.items(), reverse=True)), sealed["versioned"]["legacy_secret"])
for case in sealed["versioned"]["cases"]:
    checks.reads("a sealed text of a version", lambda text: unsealed(versioned, text), case["ciphertext"], case["plaintext"])
for case in read("purpose-keys")["cases"]:
    derived = plain.for_purpose(case["purpose"])
    checks.holds(f"the key for {case['purpose']}", derived.legacy == case["derived_key_string"])
    checks.reads(f"a text for {case['purpose']}", lambda text: unsealed(derived, text), case["ciphertext"], case["plaintext"])

for case in read("signed-cookie")["cases"]:
    checks.reads("a signed cookie", lambda text: signed(plain, text), case["cookie_header_value"], case["value"])

caches = read("cookie-cache")
with at(1_795_174_549):
    for form, cache in CACHES.items():
        for case in (caches["strategies"][form]["cookie_value"], caches["long_lived"][form]["session_data_cookie"]):
            fits = lambda content: content["user"]["name"] == "Zoë Ärger"
            checks.reads(f"a cached session, {form}", lambda text: cache(plain, text), case, fits)

flows = read("verification-flows")
with at(1_795_174_200):
    for flow in ("send-verification-email", "change-email"):
        case = flows["storeIdentifier=plain"][flow]
        claims = json.loads(case["token_decoded"][1])
        checks.reads(f"the token of {flow}", lambda text: hs256(plain, text), case["sent"][0]["token"], claims)
case = flows["storeIdentifier=hashed"]["request-password-reset"]
identifier = "reset-password:" + case["sent"][0]["token"]
checks.holds("a hashed identifier", hashed(identifier) == case["rows"][0]["identifier"])
factor = flows["storeIdentifier=plain"]["two-factor enable"]
checks.reads("a second factor", lambda text: unsealed(plain, text), factor["row"]["secret"], factor["secret_decrypted"])

for case in read("jwt-plugin")["algs"].values():
    check_key(checks, plain, case["row"], json.loads(case["jwks_body"])["keys"][0])
checks.end()
