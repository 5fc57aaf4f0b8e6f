"""The keys that a Signet keeps, of whatever algorithm, read with the secret: {database, secret, keys} on standard input."""

import json
import sqlite3
import sys

from checks import Checks
from formats import Secrets
from keys import check_key

case = json.load(sys.stdin)
checks = Checks("the reader")
database = sqlite3.connect(f"file:{case['database']}?mode=ro", uri=True)
database.row_factory = sqlite3.Row
published = {key["kid"]: key for key in case["keys"]}
rows = [dict(row) for row in database.execute("SELECT * FROM jwks")]
checks.holds("every key of the table is published", {row["id"] for row in rows} == set(published) != set(), published)
for row in rows:
    check_key(checks, Secrets({}, case["secret"]), row, published.get(row["id"]))
checks.end()
