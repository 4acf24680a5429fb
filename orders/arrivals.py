"""Money that came for an order, in words: what is still missing, the gap that we bear, what goes back (Rulebook 5)."""

from orders.models import Instalment, Order
from trade_assurance.money import display


def part_paid(order: Order) -> Instalment | None:
    """The first instalment of which a part has come and the rest is missing."""
    parts = sorted(order.instalments.all(), key=lambda part: part.number)
    return next((part for part in parts if part.paid_minor and part.open_minor), None)


def missing(part: Instalment, currency: str, *, you_buy: bool) -> tuple[str, str]:
    """What is happening while a part of an instalment is missing, for either side."""
    came = f"{display(part.paid_minor, currency)} of it has come and is covered."
    rest = " Send the rest with the same reference." if you_buy else " Ship when the rest is here too."
    return f"{display(part.open_minor, currency)} of {part.label} is missing", came + rest


def cleared(read: dict, currency: str, method: str, *, you_buy: bool) -> tuple[str, str, str]:
    """Money that cleared, for the order's timeline: what, more, tone. `read` is the event's data."""

    def cash(name):
        return display(read.get(name) or 0, currency)

    more = f"By {method}. Covered now: {cash('covered')}."
    if read.get("borne"):
        more += f" {cash('borne')} was missing as bank charges; we bear that, and the instalment counts as paid."
    if you_buy and read.get("fee"):
        more += f" Transaction fee {cash('fee')}."
    return f"{cash('amount')} received", more, "safe"
