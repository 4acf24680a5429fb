"""Sentences that are stored in English, said in the reader's language; a bank's own words stay as given."""

from django.utils.translation import gettext

from trade_assurance.retold import retold

TEMPLATES: list[str] = []


def remember(*sentences: str) -> None:
    """Sentences with placeholders that are stored with their values."""
    TEMPLATES.extend(sentences)


def said(stored: str) -> str:
    """What is stored, in the reader's language as far as it is ours."""
    if not stored:
        return ""
    known = gettext(stored)
    return known if known != stored else retold(stored, TEMPLATES)
