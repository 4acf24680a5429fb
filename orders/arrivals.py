"""Money that came for an order, in words: what is still missing, the gap that we bear, what goes back (Rulebook 5)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.models import Instalment, Order
from trade_assurance.money import display

METHODS = {"card": _lazy("card"), "online": _lazy("online bank payment"), "tt": _lazy("T/T (bank wire)")}
BY_METHOD = {"card": _lazy("Card"), "online": _lazy("Online bank payment"), "tt": _lazy("T/T (bank wire)")}  # alone


def part_paid(order: Order) -> Instalment | None:
    """The first instalment of which a part has come and the rest is missing."""
    parts = sorted(order.instalments.all(), key=lambda part: part.number)
    return next((part for part in parts if part.paid_minor and part.open_minor), None)


def missing(part: Instalment, currency: str, *, you_buy: bool) -> tuple[str, str]:
    """What is happening while a part of an instalment is missing, for either side."""
    values = {
        "open": display(part.open_minor, currency),
        "paid": display(part.paid_minor, currency),
        "label": part.label,
    }
    title = _("{open} of {label} is missing").format(**values)
    if you_buy:
        more = _("{paid} of it has come and is covered. Send the rest with the same reference.")
    else:
        more = _("{paid} of it has come and is covered. Ship when the rest is here too.")
    return title, more.format(**values)


def cleared(read: dict, currency: str, *, you_buy: bool) -> tuple[str, str, str]:
    """Money that cleared, for the order's timeline: what, more, tone. `read` is the event's data."""

    def cash(name):
        return display(read.get(name) or 0, currency)

    method = METHODS.get(read.get("method"), read.get("method", ""))
    more = [_("By {method}. Covered now: {cash}.").format(method=method, cash=cash("covered"))]
    if read.get("borne"):
        sentence = _("{cash} was missing as bank charges; we bear that, and the instalment counts as paid.")
        more.append(sentence.format(cash=cash("borne")))
    if you_buy and read.get("fee"):
        more.append(_("Transaction fee {cash}.").format(cash=cash("fee")))
    return _("{cash} received").format(cash=cash("amount")), " ".join(more), "safe"
