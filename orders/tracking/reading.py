"""What a carrier's events mean together, whatever the order they were heard in (Rulebook 8, 10). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _lazy

from orders.models import CarrierEvent, Shipment
from orders.shipped import MOVEMENTS

C, T = CarrierEvent.Code, Shipment.Transport
STAFF = "staff"  # the source of what staff heard from a carrier
PORTS = (T.SEA, T.RAIL)  # an arrival counts for goods that go to a port or terminal (Rulebook 10)


@dataclass(frozen=True)
class Reading:
    """Where a shipment is by all that was said: its first event, its last movement, its arrival and delivery."""

    first_at: datetime | None = None
    moved_at: datetime | None = None
    arrived_at: datetime | None = None
    delivered_at: datetime | None = None
    delivered_in: str = ""


def in_order(events: Iterable[CarrierEvent]) -> list[CarrierEvent]:
    """Events in the order in which things happened; of what staff recorded, the last word on each matter alone."""
    events = sorted(events, key=lambda each: (each.at, each.pk or 0))
    last_word = {each.code: each for each in sorted(events, key=lambda e: e.pk or 0) if each.source == STAFF}
    return [each for each in events if each.source != STAFF or last_word[each.code] is each]


def read(events: Iterable[CarrierEvent], *, transport: str, country: str) -> Reading:
    """The state that follows from all events together; `country` is the contract's destination.

    The last delivery counts, and none when the goods were sent back after it. Of arrivals the last one in the country
    of destination counts, so that a port on the way starts no clock.
    """
    first = moved = arrived = delivered = None
    delivered_in = ""
    for each in in_order(events):
        first = first or each.at
        if each.code in MOVEMENTS:
            moved = each.at
        if each.code == C.ARRIVED and (each.source == STAFF or (transport in PORTS and each.country in ("", country))):
            arrived = each.at
        elif each.code == C.DELIVERED:
            delivered, delivered_in = each.at, each.country
        elif each.code == C.RETURNED:
            arrived = delivered = None
            delivered_in = ""
    return Reading(first, moved, arrived, delivered, delivered_in)


BEFORE_PAYMENT = _lazy("The carrier's first event is before the payment of this order.")
ELSEWHERE = _lazy("The carrier takes it to another country than the contract names.")
USED = _lazy("The number is used on another order.")


def implausible(reading: Reading, *, paid_at: datetime | None, destination: str, country: str) -> str:
    """Why tracking can't be that of this order, as a sentence; empty if it can (Rulebook 8)."""
    if paid_at is not None and reading.first_at is not None and reading.first_at < paid_at:
        return BEFORE_PAYMENT
    if any(named and named != country for named in (destination, reading.delivered_in)):
        return ELSEWHERE
    return ""
