"""What an amendment changes and what became of it, for timeline and mails; when it lapses; what a message hints at."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

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
    (re.compile(r"(Line [0-9]+): .*", re.DOTALL), _lazy("\\1, what is measured")),
    (re.compile(r"Attachment .*", re.DOTALL), _lazy("Files")),
    (re.compile(r"Instalment [0-9]+"), _lazy("Payment plan")),
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
        said.append(
            _("{refund_minor} goes back to {which}.").format(
                refund_minor=cash(moves.refund_minor), which="you" if you else _("the buyer")
            )
        )
    if moves.added_minor:
        due = "; ".join(f"{cash(part.after_minor)} {part.due_words}" for part in moves.parts if part.part is None)
        said.append(
            _("{which} {added_minor} more{which2}.").format(
                which=_("You pay") if you else _("The buyer pays"),
                added_minor=cash(moves.added_minor),
                which2=f": {due}" if due else "",
            )
        )
    if not said:
        said.append(_("The payment plan changes.") if moves.moves_money else _("No money moves."))
    if moves.cover_after_minor != moves.cover_before_minor:
        said.append(
            _(
                "Covered after receipt: {cover_after_minor}, before {cover_before_minor}. Until receipt "
                "all that is paid is covered."
            ).format(cover_after_minor=cash(moves.cover_after_minor), cover_before_minor=cash(moves.cover_before_minor))
        )
    if moves.reopens:
        said.append(_("Nothing may be shipped until what is added has cleared."))
    if moves.settles:
        said.append(_("All that is due before shipment is paid then, so the lead time starts."))
    return said


def tell(order: Order, event, side: str) -> Moment:
    """One event of an amendment."""
    read, which = event.data, _("The change, version {version},").format(version=event.data["version"])
    if event.actor_id is None:
        by = ""
    elif (event.actor_id == order.buyer_id) == (side == Order.Side.BUYER):
        by = _("You")
    else:
        by = order.supplier.name if side == Order.Side.BUYER else order.buyer.display_name
    match event.kind:
        case "amendment.proposed":
            words = _("{by} proposed a change of the contract").format(by=by)
            return Moment(
                words,
                _("Version {version}. It counts when both have signed it.").format(version=read["version"]),
                "action",
                event.at,
            )
        case "amendment.accepted":
            title = _("Contract changed: version {version} signed by both").format(version=read["version"])
            return Moment(title, _moved(order, read), "safe", event.at)
        case "amendment.declined":
            return Moment(_("{by} declined the change").format(by=by), _("The contract stays as it is."), "", event.at)
        case "amendment.withdrawn":
            return Moment(
                _("{by} took the proposed change back").format(by=by), _("The contract stays as it is."), "", event.at
            )
        case "amendment.lapsed":
            detail = _("Nobody answered in time. The contract stays as it is.")
            return Moment(_("{which} lapsed").format(which=which), detail, "", event.at)
    detail = _("Something happened that it was not made for. The contract stays as it is; it can be proposed anew.")
    return Moment(_("{which} was overtaken by events").format(which=which), detail, "", event.at)


def _moved(order: Order, read: dict) -> str:
    def cash(minor: int) -> str:
        return money.display(minor, order.currency)

    before, after = read["total"]
    said = (
        []
        if before == after
        else [_("The total is {after}, it was {before}.").format(after=cash(after), before=cash(before))]
    )
    if read.get("refund"):
        said.append(_("{refund} goes back to the buyer.").format(refund=cash(read["refund"])))
    if read.get("added"):
        said.append(_("{added} more is to be paid.").format(added=cash(read["added"])))
    was, now = read.get("ship_by") or (None, None)
    if now and was != now:
        said.append(_("Ship by {fromisoformat}.").format(fromisoformat=day_end(datetime.fromisoformat(now))))
    return " ".join(said) or _("No money moved.")


def coming(order: Order, now: datetime) -> Iterable[Coming]:
    """That an open amendment lapses."""
    if order.amendment_by:
        detail = _("If nobody answers the proposed change; the contract stays as it is.")
        yield Coming(order.amendment_lapses_at, _("The proposed change lapses"), detail, ("amendment.lapsed",))


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
