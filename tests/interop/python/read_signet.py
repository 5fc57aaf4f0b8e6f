"""What a Signet has written into its database, its cookies and its mails (../node/formats.mjs), read with the secret."""

import json
import sqlite3
import string
import sys
import time
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from checks import Checks
from formats import CACHES, Secrets, Unreadable, base64url, hashed, hs256, password_of, signed, unsealed, whole_cookie
from keys import check_key

case = json.load(sys.stdin)
checks = Checks(f"the reader, {case['cache']}, {case['identifiers']}, state in the {case['state']}")
secrets = Secrets({number: secret for number, secret in case["versions"]}, case["secret"])
user, token, mails = case["user"], case["token"], case["mails"]
database = sqlite3.connect(f"file:{case['database']}?mode=ro", uri=True)
database.row_factory = sqlite3.Row


def rows(table, where="1", *values):
    return [dict(row) for row in database.execute(f'SELECT * FROM "{table}" WHERE {where}', values)]


def has(text, length, letters):
    return len(text) == length and set(text) <= set(letters)


LETTERS = string.ascii_letters + string.digits

# The password, in whatever normal form.
[credential] = rows("account", '"providerId" = ? AND "userId" = ?', "credential", user["id"])
candidates = ["another password", case["password"]]
checks.reads("the password's hash", lambda text: password_of(text, candidates), credential["password"], case["password"])
checks.holds("the account is the user's own", credential["accountId"] == user["id"])

# Sessions, and the cookies that open them.
session, other = (rows("session", '"token" = ?', signed(secrets, cookies["better-auth.session_token"]))[0] for cookies in (case["cookies"], case["forgotten"]))
checks.reads("the session's cookie", lambda text: signed(secrets, text), case["cookies"]["better-auth.session_token"], token)
checks.holds("the session's token", session["userId"] == user["id"] and has(token, 32, LETTERS), session)
checks.reads("the bearer's token", lambda text: signed(secrets, text), case["bearer"], token)
checks.reads("that a session is not to be remembered", lambda text: signed(secrets, text), case["forgotten"]["better-auth.dont_remember"], "true")

# The cached session, whole and in chunks.
MEMBERS = {"compact": [], "jwt": ["iat", "exp"], "jwe": ["iat", "exp", "jti"]}[case["cache"]]
SESSION = ["expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId", "id"]
USER = ["name", "email", "emailVerified", "image", "createdAt", "updatedAt"]


def fits(content, image):
    return (
        list(content) == ["session", "user", "updatedAt", "version", *MEMBERS]
        and list(content["session"]) == SESSION
        and [name for name in content["user"] if name in USER] == USER
        and content["user"]["name"] == case["name"]
        and len(content["user"]["image"] or "") == image
        and content["version"] == "1"
        and abs(content["updatedAt"] / 1000 - time.time()) < 60
        and content.get("exp", 300) - content.get("iat", 0) == 300
    )


for what, cookies, image in (("the cached session", case["cookies"], 0), ("the cached session in chunks", case["chunked"], 9015)):
    text = whole_cookie(cookies, "better-auth.session_data")
    checks.holds(f"{what} is sent as such", ("better-auth.session_data.1" in cookies) == (image > 0), list(cookies))
    checks.reads(what, lambda text: CACHES[case["cache"]](secrets, text), text, lambda content: fits(content, image))

# What is mailed: tokens that say themselves what they are for, and names of rows.
claims = lambda *names: lambda said: [*said] == [*names, "iat", "exp"] and said["email"] == user["email"] and said["exp"] - said["iat"] == 3600
checks.reads("the token that verifies an address", lambda text: hs256(secrets, text), mails["verification"], claims("email"))
names = claims("email", "updateTo", "requestType")
fitting = lambda said: names(said) and said["updateTo"] == "new@example.com" and said["requestType"] == "change-email-confirmation"
checks.reads("the token that changes an address", lambda text: hs256(secrets, text), mails["change"], fitting)


def kept(identifier):
    """The row of a value that is used once, under whichever identifier it is to be."""
    found = rows("verification", '"identifier" = ?', hashed(identifier) if case["identifiers"] == "hashed" else identifier)
    if len(found) != 1:
        raise Unreadable(identifier)
    return found[0]["value"]


checks.reads("whose password a link sets", lambda text: kept(f"reset-password:{text}"), mails["reset"], user["id"])
checks.holds("the token of that link", has(mails["reset"], 24, LETTERS), mails["reset"])
checks.reads("whose account a link deletes", lambda text: kept(f"delete-account-{text}"), mails["deletion"], user["id"])
checks.holds("the token of that link", has(mails["deletion"], 32, string.ascii_lowercase + string.digits), mails["deletion"])

# Flows whose users are at a provider.
STATE = LETTERS + "-_"


def check_flow(what, flow, expected):
    query = {name: value for name, [value] in parse_qs(urlsplit(flow["url"]).query).items()}
    state = query["state"]

    def fits(said):
        said = json.loads(said)
        challenge = base64url(sha256(said["codeVerifier"].encode()).digest())
        return (
            has(state, 32, STATE)
            and has(said["codeVerifier"], 128, STATE)
            and (query["code_challenge_method"], query["code_challenge"]) == ("S256", challenge)
            and said["oauthState"] == state
            and 0 < said["expiresAt"] / 1000 - time.time() <= 600
            and all(said[name] == value for name, value in expected.items())
        )

    if case["state"] == "cookie":
        sealed = flow["cookies"]["better-auth.oauth_state"]
        read = lambda text: unsealed(secrets.for_purpose("oauth-state-cookie"), text)
        checks.reads(what, read, sealed, fits)
        return json.loads(read(sealed))
    checks.reads(f"{what}: the browser's cookie", lambda text: signed(secrets, text), flow["cookies"]["better-auth.state"], state)
    checks.reads(what, lambda text: kept(f"auth-state:{text}"), state, fits)
    return json.loads(kept(f"auth-state:{state}"))


check_flow("a sign-in that has begun", case["begun"], {"callbackURL": "/home", "errorURL": "/failed"})
link = check_flow("a link that has begun", case["link"], {"callbackURL": "/linked"})["link"]
checks.holds("for whom an account is linked", (link["userId"], link["email"]) == (user["id"], user["email"]), link)
opened = lambda text: unsealed(secrets.for_purpose("oauth-link-session-token"), text)
checks.reads("in which session an account is linked", opened, link["encryptedSessionToken"], token)

# The tokens of a provider.
[linked] = rows("account", '"providerId" = ?', "google")
for name in ("accessToken", "idToken"):
    checks.reads(f"the provider's {name}", lambda text: unsealed(secrets, text), linked[name], case["tokens"][name])
checks.reads("the provider's refreshToken", lambda text: unsealed(secrets, text), linked["refreshToken"], bool)

# What is encrypted names its secret's version where secrets have versions.
sealed = [linked["accessToken"], link["encryptedSessionToken"], *(json.loads(row["privateKey"]) for row in rows("jwks"))]
envelope = f"$ba${case['versions'][0][0]}$" if case["versions"] else ""
for text in sealed:
    rest = text.removeprefix(envelope)
    checks.holds("the version of the secret", text.startswith(envelope) and set(rest) <= set("0123456789abcdef"), text[:12])

# The keys.
published = {key["kid"]: key for key in case["keys"]}
for row in rows("jwks"):
    check_key(checks, secrets, row, published.get(row["id"]))
checks.end()
