"""What the tracking of a shipment says, in words for either side; its events, told and to come (Rulebook 7, 8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import shipped
from orders.coming import Coming
from orders.models import CarrierEvent, Order, Shipment
from orders.tracking import reading
from orders.wording import Moment

T, F = Shipment.Tracking, Shipment.Finding
BUYER = Order.Side.BUYER
ON_THE_WAY = (Order.Status.PAID, Order.Status.SHIPPED)
SOURCES = {
    "staff": _lazy("our staff, from the carrier"),
    "sandbox": _lazy("the demo's carrier"),
    "aftership": "AfterShip",
}


@dataclass(frozen=True)
class Said:
    """One carrier's event as a page shows it: what, where, the local time with its zone, and who told it."""

    event: CarrierEvent
    what: str
    detail: str
    where: str
    local: str
    source: str


@dataclass(frozen=True)
class State:
    """The state of a shipment's tracking: a tone, its name, and what it means for the reader."""

    tone: str
    words: str
    means: str


def state(shipment: Shipment, order: Order, side: str) -> State | None:
    """What tracking is worth now, and what that means for this side; None without tracking."""
    rules, you_buy, is_on_its_way = order.rulebook, side == BUYER, order.status in ON_THE_WAY
    if not shipment.counts:
        means = _("Our staff found that this shipment did not happen.")
        means += _(" Its goods are still to be shipped.") if is_on_its_way else ""
        return State("breach", _("Found false"), means)
    match shipment.tracking:
        case T.NONE:
            return None
        case T.REJECTED:
            means = _("{rejected_because} Our staff look at it.").format(rejected_because=shipment.rejected_because)
            if is_on_its_way:
                means += _(" Receipt is not confirmed by time meanwhile.")
            means += (
                _(" Your cover stays as it is. If it is found false, the goods count as not shipped.")
                if you_buy
                else _(" If the number is right, write here what proves it; if it was mistyped, write the right one.")
            )
            return State("breach", _("Rejected, with our staff"), means)
        case T.PENDING:
            return State("wait", _("Waiting for the carrier"), _("The carrier has not told of a movement yet."))
        case T.UNVERIFIED:
            means = _(
                "No carrier moved it for {unverified_after_days} days, so it counts as sent without "
                "tracking: receipt is confirmed by itself {confirm_after_dispatch_days} days after "
                "dispatch. A movement that the carrier tells later verifies it."
            ).format(
                unverified_after_days=rules.unverified_after_days,
                confirm_after_dispatch_days=rules.confirm_after_dispatch_days,
            )
            return State("wait", _("Unverified"), means)
    means = _("The carrier has told of a movement.")
    if shipment.delivered_at is not None:
        means = _("The carrier says that it was delivered.")
    elif shipment.arrived_at is not None:
        means = _("The carrier says that it arrived at port or terminal.")
    if shipment.finding == F.VALID:
        means += _(" Our staff looked at it and found it right.")
    return State("safe", _("Verified by the carrier"), means)


def said(shipment: Shipment) -> list[Said]:
    """What carriers said of a shipment, the newest first."""
    return [
        Said(
            event=each,
            what=each.get_code_display(),
            detail=each.words if each.words.lower() != each.get_code_display().lower() else "",
            where=", ".join(filter(None, (each.place, each.country))),
            local=local(each),
            source=SOURCES.get(each.source, each.source),
        )
        for each in reversed(reading.in_order(shipment.events.all()))
    ]


def local(event: CarrierEvent) -> str:
    """The time at the place with its offset, "14 Sep 2026, 08:15 UTC+08:00"; empty when no offset was told."""
    if event.utc_offset is None:
        return ""
    at = event.at.astimezone(timezone(timedelta(minutes=event.utc_offset)))
    hours, minutes = divmod(abs(event.utc_offset), 60)
    return f"{at.day} {at:%b %Y, %H:%M} UTC{'-' if event.utc_offset < 0 else '+'}{hours:02}:{minutes:02}"


def proven(shipment: Shipment, incoterm: str) -> Said | None:
    """The carrier's first event that proves shipment under the contract's term, if one does (Rulebook 7)."""
    if not incoterm or not shipment.is_tracked or not shipment.counts:
        return None
    event = shipped.proven_by(incoterm, shipment.events.all())
    return next((each for each in said(shipment) if each.event == event), None) if event else None


def paper(shipment: Shipment, incoterm: str) -> str:
    """The name of the document whose number the shipment has."""
    if not incoterm:
        return _("Document")
    proof = shipped.EXPORT if shipment.fact == shipped.CLEARED else shipped.FACT
    return shipped.document(incoterm, shipment.transport, proof)


def tell(order: Order, event, side: str) -> Moment | None:
    """One event of tracking in the timeline; single movements stand with their shipment."""
    number = event.data.get("shipment")
    title, detail, tone = _("Tracking of shipment {number}").format(number=number), "", ""
    match event.kind:
        case "tracking.verified":
            title, detail = _("{title} verified").format(title=title), _("The carrier has told of a movement.")
        case "tracking.unverified":
            days = order.rulebook.unverified_after_days
            title, detail = (
                _("{title} is unverified").format(title=title),
                _("No carrier moved it for {days} days: it counts as none.").format(days=days),
            )
        case "tracking.rejected":
            title, tone = _("{title} rejected").format(title=title), "breach"
            detail = _("{because} Our staff look at it.").format(because=event.data["because"])
        case "tracking.found_valid":
            title, detail, tone = (
                _("Shipment {number} found valid").format(number=number),
                _("Our staff looked at its tracking."),
                "safe",
            )
        case "tracking.found_false":
            title, tone = _("Shipment {number} found false").format(number=number), "breach"
            detail = _("Our staff looked at its tracking. What it was to hold counts as not shipped.")
        case _:
            return None
    return Moment(title, detail, tone, event.at)


def coming(order: Order, now: datetime) -> Iterable[Coming]:
    """Tracking that becomes unverified when no carrier moves it by then (Rulebook 8)."""
    if order.status not in ON_THE_WAY:
        return
    for shipment in order.shipments.all():
        if shipment.tracking == T.PENDING and shipment.unverified_at is not None:
            yield Coming(
                shipment.unverified_at,
                _("Tracking of shipment {number} becomes unverified").format(number=shipment.number),
                _("Unless the carrier tells of a movement before. It counts as sent without tracking then (rule 8)."),
                ("tracking.unverified",),
            )
