"""A sentence that was stored in English, as its reader reads it: found among the templates that made it, said anew.

What is kept must be the same whoever wrote it in whatever language (ADR 27), so it is kept in English, also where
figures and names stand in it. A text that none of the templates made is shown as it was kept.
"""

import re
from collections.abc import Sequence
from functools import cache

from django.utils.translation import get_language, gettext

LONGEST = 1000  # of a text that is looked into: what people bring may be made to be a burden


@cache
def _pattern(template: str) -> re.Pattern:
    parts = re.split(r"\{(\w+)\}", template)
    found = (f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    return re.compile("".join(found), re.DOTALL)


def retold(text: str, templates: Sequence[str]) -> str:
    """The English `text` in the reader's language, by the first of the templates ("{n} files were …") that made it."""
    if len(text) > LONGEST or (get_language() or "en").startswith("en"):
        return text
    for template in templates:
        if found := _pattern(template).fullmatch(text):
            return gettext(template).format(**found.groupdict())
    return text
