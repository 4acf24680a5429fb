"""What is kept with a claim or a decision in English, in its reader's language: our words, and how it was computed."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_noop as N_

from orders import remedies
from trade_assurance.retold import retold

DUE = N_("Payment by the due date")
NEVER_SHIPPED = N_("Nothing of it was shipped by the ship-by date.")
NEVER_CAME = N_("It has not arrived; the carrier shows no movement.")
LATE = N_("It was shipped after the ship-by date.")
COST = N_("Documented cost")
CAPPED = N_("At most what was asked and is covered")


def words_told(words: str) -> str:
    """What a claim says of itself: a sentence that we suggested in its reader's language, people's own as they are."""
    return retold(words, (DUE, NEVER_SHIPPED, NEVER_CAME, LATE))


def working_told(steps: Iterable[Sequence]) -> list[tuple[str, int | None]]:
    """Each step's words and its amount, if it has one."""
    return [(retold(remedies.told(words), (COST, CAPPED)), amount[0] if amount else None) for words, *amount in steps]
