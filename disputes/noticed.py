"""A breach that was noticed, as the claim that it gives: its words, its figures and the facts that show it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import translation

from disputes.actions import Item
from disputes.assessing import TEXT_MAX
from orders import facts
from orders.breaches import Breach
from orders.models import Order
from trade_assurance.templatetags.ta import moment


def chosen(order: Order, asked: Iterable[str], now: datetime) -> list[Breach]:
    """The breaches of an order that were asked for by "code:line", or "code" for every line, and can be claimed."""
    asked = set(asked)
    if not asked:
        return []
    with translation.override("en"):  # what a claim says by itself is the same whoever files it
        found = facts.noticed(order, now, letters=True)
    return [each for each in found if each.is_claimable and ({each.key, each.code} & asked)]


def agreed(breach: Breach) -> str:
    """What was agreed."""
    with translation.override("en"):
        return _short(str(breach.expected))


def came(breach: Breach, order: Order) -> str:
    """What is so instead, and each fact that shows it, with its source and time."""
    with translation.override("en"):
        said = [f"{breach.observed}."]
        for fact in breach.evidence:
            at = f", {moment(fact.at, order.timezone)}" if fact.at else ""
            said.append(f"– {fact.words} ({fact.source}{at})")
        return _short("\n".join(said))


def items(order: Order, found: Sequence[Breach]) -> list[Item]:
    """The claim of these breaches, as the actions take it."""
    lines = {line.number: line.id for line in order.lines.all()}
    return [
        Item(
            line_id=lines[each.line],
            reason=each.ask.reason,
            wish=each.ask.wish,
            agreed=agreed(each),
            came=came(each, order),
            facts=dict(each.ask.figures),
        )
        for each in found
    ]


def _short(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"
