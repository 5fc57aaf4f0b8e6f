"""How the readers report: a check a line. See ../README.md."""

import sys
import traceback

from formats import Unreadable


class Checks:
    def __init__(self, who):
        self.who = who
        self.failed = False

    def report(self, passed, what, why=""):
        self.failed |= not passed
        print(f"ok   {self.who}: {what}" if passed else f"FAIL {self.who}: {what}: {why}", flush=True)

    def holds(self, what, good, shown=""):
        self.report(bool(good), what, shown)

    def reads(self, what, read, text, expected):
        """`read` gives what was expected, or what fits it, and of the text with one letter changed, whichever, it does not."""
        fits = expected if callable(expected) else lambda read: read == expected
        try:
            found = read(text)
            if not fits(found):
                return self.report(False, what, f"it says {found!r}")
            for place in (0, len(text) // 3, len(text) // 2, len(text) - 4):
                altered = text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]
                try:
                    if fits(read(altered)):
                        return self.report(False, what, f"so it does with the letter {place} changed")
                except Unreadable:
                    pass
            self.report(True, what)
        except Exception:
            self.report(False, what, traceback.format_exc())

    def end(self):
        sys.exit(self.failed)
