"""Names that others read: one line, without marks that nobody sees or that turn the text around."""

import unicodedata

JOINERS = "\u200c\u200d"  # some scripts are not written without them


def readable(name: str) -> str:
    """The name as it is kept; empty when no letter or figure is in it."""
    spaced = "".join(" " if c.isspace() else c for c in name)
    seen = "".join(c for c in spaced if c in JOINERS or unicodedata.category(c)[0] != "C")
    line = " ".join(seen.split())
    return line if any(c.isalnum() for c in line) else ""
