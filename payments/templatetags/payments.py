"""Template filters of payments."""

from django import template

from payments import return_reasons

register = template.Library()


@register.filter
def bank_said(because: str) -> str:
    """What a bank gave as its reason, as an event or a row has it in English, in the reader's language."""
    return return_reasons.told(because or "")
