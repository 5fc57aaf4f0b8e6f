"""What the Python verifiers share: they are given a case on standard input, and print a check a line. See ../README.md."""

import json
import sys
import traceback


def run_verifier(name, verify, refusals):
    """`verify(token, jwks=, issuer=, audience=)` gives the claims or raises; `refusals` are the exceptions that mean no."""
    case = json.load(sys.stdin)
    token, altered = case.pop("token"), case.pop("altered")
    failed = False

    def report(passed, what, why=""):
        nonlocal failed
        failed |= not passed
        print(f"ok   {name}: {what}" if passed else f"FAIL {name}: {what}: {why}", flush=True)

    def refuses(what, token, **expected):
        try:
            verify(token, **expected)
            report(False, what, "it was accepted")
        except refusals:
            report(True, what)
        except Exception:  # a fault of another kind is no proof of anything
            report(False, what, traceback.format_exc())

    try:
        claims = verify(token, **case)
        report(claims.get("email") == "ada@example.com", "verifies a token", f"claims {claims}")
    except Exception:
        report(False, "verifies a token", traceback.format_exc())
    for change, changed in altered.items():
        refuses(f"refuses a token {change}", changed, **case)
    refuses("refuses a token for another audience", token, **{**case, "audience": "https://elsewhere.example.com"})
    refuses("refuses a token of another issuer", token, **{**case, "issuer": "https://elsewhere.example.com"})
    sys.exit(failed)
