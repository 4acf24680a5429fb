"""Why an order ended: kept with it in English, said in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.models import Order

WORDS = {
    "lapsed": _lazy("Lapsed"),
    "declined": _lazy("Declined"),
    "cancelled by the buyer": _lazy("Cancelled by the buyer"),
    "cancelled by the supplier": _lazy("Cancelled by the supplier"),
    "cancelled by both": _lazy("Cancelled by both"),
    "not paid in time": _lazy("Not paid in time"),
    "not shipped": _lazy("Not shipped"),
    "refunded by a claim": _lazy("Refunded by a claim"),
    "supplier cancelled, payment overdue": _lazy("Supplier cancelled, payment overdue"),
    "taken back by the card's bank": _lazy("Taken back by the card's bank"),
    "taken back by the bank that sent it": _lazy("Taken back by the bank that sent it"),
    "protection ended": _lazy("Protection ended"),
}


def words(because: str) -> str:
    """A reason as it is kept, to be read on its own."""
    return str(WORDS.get(because) or because.capitalize())


def when_and_why(order: Order, closed_at: str) -> str:
    """The reason with its date as one sentence."""
    return _("{because}, {closed_at}.").format(because=words(order.closed_because), closed_at=closed_at)
