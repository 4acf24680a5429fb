"""How long money takes to arrive, in words: what the rulebook has as "3 to 7" or "up to 12" business days."""

import re

from django.utils.translation import gettext as _


def business_days(span: str) -> str:
    """The span with its unit: "3 to 7 business days"."""
    least, most = (re.findall(r"\d+", span) * 2)[:2]
    if least == most:
        return _("up to {most} business days").format(most=most)
    return _("{least} to {most} business days").format(least=least, most=most)
