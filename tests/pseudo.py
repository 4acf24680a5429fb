"""A language for tests in which every message shows that it passed through the catalogue."""

import re
from collections.abc import Callable
from contextlib import contextmanager

from django.utils.translation import trans_real

OPEN, CLOSE = "⟦", "⟧"


class _Spoken(trans_real.DjangoTranslation):
    """A language whose texts a function makes from the English ones."""

    def __init__(self, language: str, say: Callable[[str], str]):
        super().__init__(language)
        self._say = say

    def gettext(self, message):
        return self._say(message.rpartition("\x04")[2])

    def ngettext(self, one, many, number):
        return self._say((one if number == 1 else many).rpartition("\x04")[2])


@contextmanager
def spoken_by(language: str, say: Callable[[str], str]):
    """While this holds, `language` says what the function says."""
    real = trans_real.translation(language)
    trans_real._translations[language] = _Spoken(language, say)
    try:
        yield
    finally:
        trans_real._translations[language] = real


def bracketed(text: str) -> str:
    return f"{OPEN}{text}{CLOSE}" if text.strip() else text


def outside(text: str) -> str:
    """What of a text no message said."""
    inner = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
    while inner.search(text):
        text = inner.sub("\n", text)
    return text
