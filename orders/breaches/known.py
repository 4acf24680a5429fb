"""What is known of an order, for holding its contract against: plain values, each fact with its source and time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _lazy

from orders.remedies import Goods
from trade_assurance.rulebook import Rulebook


@dataclass(frozen=True)
class Fact:
    """One thing that is known, in words, who says so, and when it was so."""

    words: str
    source: str
    at: datetime | None = None


@dataclass(frozen=True)
class KnownLine:
    """A contract line and what has happened to it. `claimed` is the open case that it is in."""

    number: int
    product: str
    goods: Goods
    shipped: int = 0
    cancelled: int = 0
    left_minor: int = 0
    window_ends_at: datetime | None = None
    is_closed: bool = False  # its window
    claimed: str = ""

    def is_over(self, now: datetime) -> bool:
        """Whether its protection has ended."""
        return self.is_closed or (self.window_ends_at is not None and self.window_ends_at <= now)

    @property
    def to_ship(self) -> int:
        return self.goods.quantity - self.shipped - self.cancelled


@dataclass(frozen=True)
class Told:
    """What a carrier said of a shipment."""

    code: str
    words: str
    at: datetime
    place: str = ""
    country: str = ""
    source: str = ""


@dataclass(frozen=True)
class Sent:
    """A shipment that counts; `holds` are units by line number. Of tracking that counts as none nothing is known."""

    number: int
    transport: str
    way: str
    dispatched_on: date
    dispatched_at: datetime
    entered_at: datetime
    fact: str
    document: str
    holds: Mapping[int, int]
    counts_on: date | None = None  # the day that counts for its fact, where it is not the one entered
    moved_at: datetime | None = None
    arrived_at: datetime | None = None
    delivered_at: datetime | None = None
    promised_on: date | None = None
    told: tuple[Told, ...] = ()

    @property
    def last_moved_at(self) -> datetime:
        """The last time that it is known to have moved."""
        return max(at for at in (self.dispatched_at, self.moved_at, self.arrived_at) if at)


@dataclass(frozen=True)
class Came:
    """How a line arrived by its count, and what an inspection of some of it found."""

    short: int = 0
    rejected: int = 0
    inspected: int | None = None
    critical: int = 0
    major: int = 0
    minor: int = 0
    note: str = ""


@dataclass(frozen=True)
class Received:
    """The receipt: when, and how each line arrived, by line number."""

    at: datetime
    is_automatic: bool
    lines: Mapping[int, Came]


@dataclass(frozen=True)
class Paper:
    """A file of the supplier's that belongs to the order."""

    name: str
    source: str
    at: datetime


@dataclass(frozen=True)
class Letters:
    """How often a side wrote, and when last; never what."""

    side: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class Dealt:
    """What a case that has ended dealt with: a line's reason and its units."""

    line: int
    reason: str
    units: int = 0


@dataclass(frozen=True)
class Facts:
    """Everything that a contract is held against, as it stands."""

    currency: str
    timezone: str
    rules: Rulebook
    status: str
    lines: tuple[KnownLine, ...]
    contract: str = _lazy("Contract")
    agreed_at: datetime | None = None
    ship_by_at: datetime | None = None
    paid_at: datetime | None = None
    is_sample: bool = False
    shipments: tuple[Sent, ...] = ()
    receipt: Received | None = None
    papers: tuple[Paper, ...] = ()
    letters: tuple[Letters, ...] = ()
    dealt: tuple[Dealt, ...] = ()

    def came(self, line: KnownLine) -> Came:
        """How a line arrived; what nobody counted arrived as agreed."""
        return self.receipt.lines.get(line.number, Came()) if self.receipt else Came()

    def dealt_with(self, line: KnownLine, *reasons: str) -> list[Dealt]:
        """What ended cases dealt with of a line for one of these reasons."""
        return [each for each in self.dealt if each.line == line.number and each.reason in reasons]


def last_day(ship_by_at: datetime, timezone: str) -> date:
    """The ship-by date: its instant is the end of that day, so a microsecond before names the date itself."""
    return (ship_by_at - timedelta(microseconds=1)).astimezone(ZoneInfo(timezone)).date()
