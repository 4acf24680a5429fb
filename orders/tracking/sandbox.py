"""A pretend carrier that plays a journey for numbers that begin with SBX, and knows nothing of any other.

What it plays follows from the number and the shipment alone: SBX-STILL never moves, SBX-LABEL is a label and no more,
SBX-EARLY began long before the order, SBX-ASTRAY goes to another country, SBX-LOST stops on the way, SBX-BACK comes
back, SBX-DOWN is a service that does not answer. Any other plays the whole journey of its way of transport.
"""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.models import CarrierEvent, Shipment
from orders.tracking import Answer, Parcel, Told, Unreachable, key_of, normalised

C, T = CarrierEvent.Code, Shipment.Transport
PREFIX = "SBX"
ORIGIN = (_lazy("Shenzhen"), "CN", timezone(timedelta(hours=8)))
DESTINATIONS = {
    "NZ": (_lazy("Auckland"), _lazy("Pacific/Auckland")),
    "FR": (_lazy("Le Havre"), _lazy("Europe/Paris")),
    "US": (_lazy("Tacoma"), "America/Los_Angeles"),
    "JP": (_lazy("Tokyo"), _lazy("Asia/Tokyo")),
    "DE": (_lazy("Hamburg"), _lazy("Europe/Berlin")),
    "NL": (_lazy("Rotterdam"), _lazy("Europe/Amsterdam")),
    "GB": (_lazy("Felixstowe"), _lazy("Europe/London")),
}
HERE, THERE = "origin", "destination"
# (hours after dispatch, what, where)
BY_SEA = (
    (0, C.PICKED_UP, HERE),
    (14, C.EXPORT_CLEARED, HERE),
    (24, C.ON_BOARD, HERE),
    (48, C.IN_TRANSIT, HERE),
    (576, C.ARRIVED, THERE),
    (600, C.CUSTOMS, THERE),
    (648, C.DELIVERED, THERE),
)
BY_LAND = ((0, C.PICKED_UP, HERE), (24, C.IN_TRANSIT, HERE), (336, C.ARRIVED, THERE), (384, C.DELIVERED, THERE))
BY_AIR = (
    (0, C.PICKED_UP, HERE),
    (10, C.EXPORT_CLEARED, HERE),
    (24, C.IN_TRANSIT, HERE),
    (72, C.CUSTOMS, THERE),
    (96, C.OUT_FOR_DELIVERY, THERE),
    (103, C.DELIVERED, THERE),
)
JOURNEYS = {T.SEA: BY_SEA, T.RAIL: BY_LAND, T.ROAD: BY_LAND, T.AIR: BY_AIR, T.EXPRESS: BY_AIR}
LONG_AGO = timedelta(days=400)
ASTRAY = "PA"


class Sandbox:
    """Plays carriers, each the same way every time."""

    name = "sandbox"
    again = timedelta(minutes=1)

    def ask(self, parcel: Parcel, *, now: datetime) -> Answer:
        number = normalised(parcel.number)
        if not number.startswith(PREFIX):
            return Answer()
        word = number.removeprefix(PREFIX)
        if word.startswith("DOWN"):
            raise Unreachable
        if word.startswith("STILL"):
            return Answer(code=self.name)
        begin = parcel.dispatched_at - (LONG_AGO if word.startswith("EARLY") else timedelta(0))
        country = ASTRAY if word.startswith("ASTRAY") else parcel.destination
        journey = JOURNEYS.get(parcel.transport, BY_LAND)
        if word.startswith("LABEL"):
            journey = ((0, C.LABEL, HERE),)
        elif word.startswith("LOST"):
            journey = journey[:2]
        elif word.startswith("BACK"):
            journey = (*journey, (journey[-1][0] + 72, C.RETURNED, HERE))
        told = tuple(self._told(number, begin, step, country) for step in journey)
        promised = begin + timedelta(hours=journey[-1][0] + 24)
        return Answer(
            told=tuple(each for each in told if each.at <= now),
            destination=country,
            promised_on=None if word.startswith("LABEL") else promised.date(),
            code=self.name,
        )

    def _told(self, number: str, begin: datetime, step: tuple, country: str) -> Told:
        hours, code, where = step
        place, country, zone = ORIGIN if where == HERE else _there(country)
        at = (begin + timedelta(hours=hours)).astimezone(UTC).replace(microsecond=0)
        at = max(at, begin)  # whole seconds, but never before the goods were handed over
        return Told(key_of(number, code, hours), code, at.astimezone(zone), place, country, C(code).label)


def _there(country: str) -> tuple:
    place, zone = DESTINATIONS.get(country, (_("Port of destination"), "UTC"))
    return place, country, ZoneInfo(zone)
