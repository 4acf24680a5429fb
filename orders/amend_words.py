"""What an amendment changes and what became of it, for timeline and mails; when it lapses; what a message hints at."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from orders.amending import Moves, ship_day
from orders.coming import Coming
from orders.hints import hint
from orders.models import ContractVersion, Order
from orders.terms import Change, day_of
from orders.wording import Moment
from trade_assurance import money
from trade_assurance.templatetags.ta import day_end

FIGURES = re.compile(r"Total|Freight|Ship by|Deliver by|Documents|Line [0-9]+(?: tolerance)?")  # no words of a side
NAMED = (
    (re.compile(r"(Line [0-9]+): .*", re.DOTALL), r"\1, what is measured"),
    (re.compile(r"Attachment .*", re.DOTALL), "Files"),
    (re.compile(r"Instalment [0-9]+"), "Payment plan"),
)


def figures(changes: Sequence[Change]) -> list[Change]:
    """The differences that a mail may show: figures, dates and choices, none of the words that a side has written."""
    return [change for change in changes if FIGURES.fullmatch(change.label)]


def others(changes: Sequence[Change]) -> list[str]:
    """The names of the terms that differ too, whose words are only on the page."""
    found = []
    for change in changes:
        if not FIGURES.fullmatch(change.label):
            name = next(
                (name.sub(to, change.label) for name, to in NAMED if name.fullmatch(change.label)), change.label
            )
            found.append(name)
    return list(dict.fromkeys(found))


def money_words(order: Order, moves: Moves, side: str) -> list[str]:
    """What signing moves in money, cover and dates, in sentences to one side."""

    def cash(minor: int) -> str:
        return money.display(minor, order.currency)

    you = side == Order.Side.BUYER
    said = []
    if moves.refund_minor:
        said.append(f"{cash(moves.refund_minor)} goes back to {'you' if you else 'the buyer'}.")
    if moves.added_minor:
        due = "; ".join(f"{cash(part.after_minor)} {part.due_words}" for part in moves.parts if part.part is None)
        said.append(
            f"{'You pay' if you else 'The buyer pays'} {cash(moves.added_minor)} more{f': {due}' if due else ''}."
        )
    if not said:
        said.append("The payment plan changes." if moves.moves_money else "No money moves.")
    if moves.cover_after_minor != moves.cover_before_minor:
        said.append(
            f"Covered after receipt: {cash(moves.cover_after_minor)}, before {cash(moves.cover_before_minor)}. "
            "Until receipt all that is paid is covered."
        )
    if moves.reopens:
        said.append("Nothing may be shipped until what is added has cleared.")
    if moves.settles:
        said.append("All that is due before shipment is paid then, so the lead time starts.")
    return said


def tell(order: Order, event, side: str) -> Moment:
    """One event of an amendment."""
    read, which = event.data, f"The change, version {event.data['version']},"
    if event.actor_id is None:
        by = ""
    elif (event.actor_id == order.buyer_id) == (side == Order.Side.BUYER):
        by = "You"
    else:
        by = order.supplier.name if side == Order.Side.BUYER else order.buyer.display_name
    match event.kind:
        case "amendment.proposed":
            words = f"{by} proposed a change of the contract"
            return Moment(words, f"Version {read['version']}. It counts when both have signed it.", "action", event.at)
        case "amendment.accepted":
            title = f"Contract changed: version {read['version']} signed by both"
            return Moment(title, _moved(order, read), "safe", event.at)
        case "amendment.declined":
            return Moment(f"{by} declined the change", "The contract stays as it is.", "", event.at)
        case "amendment.withdrawn":
            return Moment(f"{by} took the proposed change back", "The contract stays as it is.", "", event.at)
        case "amendment.lapsed":
            detail = "Nobody answered in time. The contract stays as it is."
            return Moment(f"{which} lapsed", detail, "", event.at)
    detail = "Something happened that it was not made for. The contract stays as it is; it can be proposed anew."
    return Moment(f"{which} was overtaken by events", detail, "", event.at)


def _moved(order: Order, read: dict) -> str:
    def cash(minor: int) -> str:
        return money.display(minor, order.currency)

    before, after = read["total"]
    said = [] if before == after else [f"The total is {cash(after)}, it was {cash(before)}."]
    if read.get("refund"):
        said.append(f"{cash(read['refund'])} goes back to the buyer.")
    if read.get("added"):
        said.append(f"{cash(read['added'])} more is to be paid.")
    was, now = read.get("ship_by") or (None, None)
    if now and was != now:
        said.append(f"Ship by {day_end(datetime.fromisoformat(now))}.")
    return " ".join(said) or "No money moved."


def coming(order: Order, now: datetime) -> Iterable[Coming]:
    """That an open amendment lapses."""
    if order.amendment_by:
        detail = "If nobody answers the proposed change; the contract stays as it is."
        yield Coming(order.amendment_lapses_at, "The proposed change lapses", detail, ("amendment.lapsed",))


def hints(order: Order, version: ContractVersion | None, letters, steps) -> None:
    """Mark messages that seem to agree to a change with the address of a form that begins with it.

    Only what was written since the contract in force was signed, and while a change can be proposed at all.
    """
    may = any(step.code == "amend" and step.allowed for step in steps)
    if not may or version is None:
        return
    since, terms = max(version.buyer_accepted_at, version.supplier_accepted_at), version.terms
    zone = ZoneInfo(order.timezone)
    ship_by_on = ship_day(order) if order.ship_by_at else day_of(terms.ship_by_on)
    quantities = [line.quantity for line in terms.lines]
    for letter in letters:
        if letter.sent_at <= since:
            continue
        today = letter.sent_at.astimezone(zone).date()
        found = hint(letter.body, today=today, ship_by_on=ship_by_on, quantities=quantities)
        if found is not None:
            fills = {"ship_by": found.ship_by_on, "line": found.line, "quantity": found.quantity}
            query = urlencode({name: value for name, value in fills.items() if value})
            letter.amend_url = f"{reverse('orders:amend', args=[order.reference])}?{query}"
