"""Money that came for an order, in words: what is still missing, the gap that we bear, what goes back (Rulebook 5)."""

from django.utils.translation import gettext as _

from orders.models import Instalment, Order
from trade_assurance.money import display


def part_paid(order: Order) -> Instalment | None:
    """The first instalment of which a part has come and the rest is missing."""
    parts = sorted(order.instalments.all(), key=lambda part: part.number)
    return next((part for part in parts if part.paid_minor and part.open_minor), None)


def missing(part: Instalment, currency: str, *, you_buy: bool) -> tuple[str, str]:
    """What is happening while a part of an instalment is missing, for either side."""
    came = _("{paid_minor} of it has come and is covered.").format(paid_minor=display(part.paid_minor, currency))
    rest = _(" Send the rest with the same reference.") if you_buy else _(" Ship when the rest is here too.")
    return _("{open_minor} of {label} is missing").format(
        open_minor=display(part.open_minor, currency), label=part.label
    ), came + rest


def cleared(read: dict, currency: str, method: str, *, you_buy: bool) -> tuple[str, str, str]:
    """Money that cleared, for the order's timeline: what, more, tone. `read` is the event's data."""

    def cash(name):
        return display(read.get(name) or 0, currency)

    more = _("By {method}. Covered now: {cash}.").format(method=method, cash=cash("covered"))
    if read.get("borne"):
        more += _(" {cash} was missing as bank charges; we bear that, and the instalment counts as paid.").format(
            cash=cash("borne")
        )
    if you_buy and read.get("fee"):
        more += _(" Transaction fee {cash}.").format(cash=cash("fee"))
    return _("{cash} received").format(cash=cash("amount")), more, "safe"
