"""How an amount was computed, as it is kept with a claim or a decision in English, in its reader's language."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_noop as N_

from orders import remedies
from trade_assurance.retold import retold

COST = N_("Documented cost")
CAPPED = N_("At most what was asked and is covered")


def working_told(steps: Iterable[Sequence]) -> list[tuple[str, int | None]]:
    """Each step's words and its amount, if it has one."""
    return [(retold(remedies.told(words), (COST, CAPPED)), amount[0] if amount else None) for words, *amount in steps]
