"""Asking carriers where goods are: what a tracking service is, and what it tells. It never decides anything.

A service is asked outside of any transaction. A call that gets no clear answer raises Unreachable, and the carrier is
asked again later; nothing is guessed. The same number may be registered and asked any number of times.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from trade_assurance.refused import Refused

EVENTS_MAX = 500  # of one shipment; no journey has more
SERVICES = {
    "sandbox": "orders.tracking.sandbox.Sandbox",
    "aftership": "orders.tracking.aftership.AfterShip",
}


class Unreachable(Refused):
    """The tracking service gave no answer; where the goods are is not known yet."""

    def __init__(self):
        super().__init__(_("The carrier cannot be asked at the moment. It is asked again."))


@dataclass(frozen=True)
class Parcel:
    """What a service is asked about; `code` is its own name of the carrier, once it has told it."""

    number: str
    carrier: str
    code: str
    transport: str
    destination: str  # ISO 3166, by the contract
    dispatched_at: datetime


@dataclass(frozen=True)
class Told:
    """One thing that a carrier says. `key` is the same each time it is told; `at` bears the offset of the place.

    `has_offset` is false when the carrier told no offset: then `at` is the latest instant that can be meant.
    """

    key: str
    code: str  # CarrierEvent.Code
    at: datetime
    place: str = ""
    country: str = ""
    words: str = ""
    has_offset: bool = True


@dataclass(frozen=True)
class Answer:
    """All that a carrier has said of a number so far, in any order; empty while it knows nothing."""

    told: tuple[Told, ...] = ()
    destination: str = ""  # ISO 3166, where the carrier takes it
    promised_on: date | None = None
    code: str = ""


class Service(Protocol):
    """A tracking service; `again` is how long an answer serves until the next question."""

    name: str
    again: timedelta

    def ask(self, parcel: Parcel, *, now: datetime) -> Answer:
        """Register the number where needed, and tell what the carrier says. Raises Unreachable."""


@cache
def _made(path: str) -> Service:
    return import_string(path)()


def service() -> Service | None:
    """The service that settings name (TRACKING), or None when no carrier is asked."""
    if settings.TRACKING == "none":
        return None
    return _made(SERVICES.get(settings.TRACKING, settings.TRACKING))


def normalised(number: str) -> str:
    """A tracking number's letters and digits alone, in capitals: how two of them are compared."""
    text = unicodedata.normalize("NFKC", number).upper()
    return "".join(letter for letter in text if letter.isalnum())[:60]


def key_of(*parts: object) -> str:
    """The key of an event that its carrier gave none: made of what it says, so that it stays the same."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
