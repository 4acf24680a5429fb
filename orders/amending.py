"""What an amendment would move: plan, refund or new instalment, cover and dates (product.md §6.5, ADR 21).

Pure: the order's row, its lines and its instalments as they stand, the contract in force and the terms proposed go in.
The page that asks and the action that does it read the same answer, so both sides see exactly what moves before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _lazy

from orders.models import Instalment, Line, Order
from orders.terms import DUE_BEFORE, InstalmentTerms, Terms, day_of, spelled_day
from trade_assurance import money
from trade_assurance.rulebook import end_of_day, from_usd, to_usd

S = Order.Status
FIXED = {
    "title": _lazy("An amendment can't change what is ordered."),
    "currency": _lazy("An amendment can't change the currency."),
    "is_sample": _lazy("An amendment can't change whether it is a sample."),
    "destination_country": _lazy("An amendment can't change the country of destination."),
    "timezone": _lazy("An amendment can't change the time zone of its days."),
}
DUE_WORDS = {
    "production": _lazy("before production, by {day}"),
    "shipment": _lazy("before shipment, by {day}"),
    "delivery": _lazy("before delivery, by {day}"),
    "protection_end": _lazy("before protection ends, by {day}"),
}


@dataclass(frozen=True)
class Standing:
    """The order as it stands: its row, its lines, its instalments, and the terms in force."""

    order: Order
    lines: tuple[Line, ...]
    parts: tuple[Instalment, ...]
    in_force: Terms

    @classmethod
    def of(cls, order: Order, *, lines=None, parts=None) -> "Standing":
        """What the database has of an order; rows that the caller has locked are taken as they are."""
        lines = order.lines.all() if lines is None else lines
        parts = order.instalments.all() if parts is None else parts
        return cls(
            order,
            tuple(sorted(lines, key=lambda row: row.number)),
            tuple(sorted((row for row in parts if row.amount_minor), key=lambda row: row.number)),
            order.versions.in_force().terms,
        )

    @property
    def terms(self) -> Terms:
        """The contract in force; once the lead time has started, with the day that it really ends on."""
        order = self.order
        if order.status != S.PAID or order.ship_by_at is None:
            return self.in_force
        return replace(self.in_force, ship_by_on=ship_day(order).isoformat(), lead_days=None)

    @property
    def paid_minor(self) -> int:
        return sum(part.paid_minor for part in self.parts)


@dataclass(frozen=True)
class Moved:
    """One instalment before and after; None where it is new, or falls away."""

    part: Instalment | None
    terms: InstalmentTerms | None

    @property
    def label(self) -> str:
        return self.terms.label if self.terms else self.part.label

    @property
    def before_minor(self) -> int:
        return self.part.amount_minor if self.part else 0

    @property
    def after_minor(self) -> int:
        return self.terms.amount_minor if self.terms else 0

    @property
    def paid_minor(self) -> int:
        """What counts as paid of it afterwards; what is above goes back."""
        return min(self.part.paid_minor, self.after_minor) if self.part else 0

    @property
    def open_minor(self) -> int:
        return self.after_minor - self.paid_minor

    @property
    def due_words(self) -> str:
        return DUE_WORDS[self.terms.due_before].format(day=spelled_day(self.terms.due_on))

    @property
    def is_same(self) -> bool:
        if self.part is None or self.terms is None:
            return False
        return key_of(self.part) == key_of(self.terms) and self.before_minor == self.after_minor


@dataclass(frozen=True)
class Moves:
    """Everything that signing would move, in minor units of the order's currency."""

    total_before_minor: int
    total_after_minor: int
    refund_minor: int  # above the new total, back to the buyer
    parts: tuple[Moved, ...]
    cover_before_minor: int  # after release
    cover_after_minor: int
    reserve_usd_minor: int  # by how much the reservation changes, US cents
    reserved_minor: int
    ship_by_at: datetime | None  # while the lead time runs; None leaves it to the payments
    ship_by_before_at: datetime | None
    reopens: bool  # something due before shipment is open again
    settles: bool  # all that is due before shipment is paid now

    @property
    def changed_parts(self) -> list[Moved]:
        return [part for part in self.parts if not part.is_same]

    @property
    def added_minor(self) -> int:
        """What the buyer has to pay more than before."""
        before = sum(part.part.open_minor for part in self.parts if part.part)
        return max(0, sum(part.open_minor for part in self.parts) - before)

    @property
    def moves_money(self) -> bool:
        return bool(self.changed_parts) or self.total_before_minor != self.total_after_minor


def ship_day(order: Order) -> date:
    """The day that the ship-by date is, in the contract's timezone."""
    return (order.ship_by_at - timedelta(minutes=1)).astimezone(ZoneInfo(order.timezone)).date()


# the plan ---------------------------------------------------------------------------------------------------------


def key_of(part) -> tuple:
    """What an instalment and a part of a plan are known by: name, what it is due before, and when."""
    due = part.due_on if isinstance(part.due_on, str) else part.due_on.isoformat()
    return part.label.strip(), part.due_before, due


def settled_plan(standing: Standing, total_minor: int, *, label: str, now: datetime, ship_by_on: str | None = None):
    """The plan that a new total gives by itself.

    Less: what is open falls from the last instalment on, then what is paid, which goes back. More: one more instalment,
    due before shipment, or before delivery where a part was shipped already.
    """
    parts = [
        InstalmentTerms(p.label, p.amount_minor, p.due_before, p.due_on.isoformat())
        for p in sorted(standing.parts, key=lambda row: (list(DUE_BEFORE).index(row.due_before), row.number))
    ]
    paid = {key_of(p): p.paid_minor for p in standing.parts}
    gap = total_minor - sum(part.amount_minor for part in parts)
    if gap > 0:
        return tuple(_with_more(standing, parts, gap, label, now, ship_by_on))
    for floor in (paid, {}):  # what is open first, from the last
        for n in reversed(range(len(parts))):
            cut = min(-gap, max(0, parts[n].amount_minor - floor.get(key_of(parts[n]), 0)))
            parts[n] = replace(parts[n], amount_minor=parts[n].amount_minor - cut)
            gap += cut
    return tuple(part for part in parts if part.amount_minor)


def _with_more(standing: Standing, parts, gap: int, label: str, now: datetime, ship_by_on: str | None) -> list:
    order = standing.order
    before = "delivery" if order.is_part_shipped else "shipment"
    today = now.astimezone(ZoneInfo(order.timezone)).date()
    due = today + timedelta(days=order.rulebook.amendment_pay_days)
    if before == "shipment" and (last := day_of(ship_by_on)) is not None:
        due = max(today, min(due, last))
    ranks = list(DUE_BEFORE)
    at = sum(ranks.index(part.due_before) <= ranks.index(before) for part in parts)
    return [*parts[:at], InstalmentTerms(label, gap, before, due.isoformat()), *parts[at:]]


def pair(parts: Sequence[Instalment], plan: Sequence[InstalmentTerms]) -> tuple[Moved, ...]:
    """Which instalment goes on as which part of the plan: the same one, then the same name, then the next unpaid one.

    So a creditor reference that the buyer has noted stays good wherever it can.
    """
    left, found = list(plan), {}

    def take(row, match) -> None:
        if row.id not in found and (n := next((n for n, t in enumerate(left) if match(row, t)), None)) is not None:
            found[row.id] = left.pop(n)

    rows = sorted(parts, key=lambda row: (row.paid_minor == 0, row.number))
    for match in (
        lambda row, part: key_of(row) == key_of(part),
        lambda row, part: key_of(row)[:2] == key_of(part)[:2],
        lambda row, part: row.paid_minor == 0,
    ):
        for row in rows:
            take(row, match)
    kept = [Moved(row, found.get(row.id)) for row in sorted(parts, key=lambda row: row.number)]
    return (*kept, *(Moved(None, part) for part in left))


def refund_of(moved: Sequence[Moved]) -> int:
    """What is paid of the instalments above what they are now."""
    return sum(one.part.paid_minor - one.paid_minor for one in moved if one.part)


def fits(standing_parts: Sequence[Instalment], plan: Sequence[InstalmentTerms]) -> bool:
    """Whether the plan still fits what has been paid: nothing goes back that another instalment would ask for again."""
    total = sum(part.amount_minor for part in plan)
    paid = sum(part.paid_minor for part in standing_parts)
    return refund_of(pair(standing_parts, plan)) == max(0, paid - total)


# what moves -------------------------------------------------------------------------------------------------------


def moves(standing: Standing, terms: Terms, *, free_usd_minor: int) -> Moves:
    """Everything that signing `terms` would move, with `free_usd_minor` of the supplier's limit free."""
    order, before, after = standing.order, standing.order.total_minor, terms.total_minor
    moved = pair(standing.parts, terms.plan)
    asked = to_usd(after, order.currency, order.usd_per_unit) - to_usd(before, order.currency, order.usd_per_unit)
    usd, reserved = 0, order.reserved_minor
    if after > before:
        usd = min(asked, free_usd_minor)
        reserved += after - before if usd == asked else from_usd(usd, order.currency, order.usd_per_unit)
    elif after < before:
        lowered = min(reserved, after)
        usd = to_usd(lowered, order.currency, order.usd_per_unit) - to_usd(reserved, order.currency, order.usd_per_unit)
        reserved = lowered
    open_before = any(one.open_minor and one.terms.before_shipment for one in moved if one.terms)
    at = None
    if order.status == S.PAID and order.ship_by_at is not None:
        at = end_of_day(day_of(terms.ship_by_on), order.timezone) if day_of(terms.ship_by_on) else order.ship_by_at
    refunded = order.refunded_minor - order.amended_back_minor
    return Moves(
        total_before_minor=before,
        total_after_minor=after,
        refund_minor=refund_of(moved),
        parts=moved,
        cover_before_minor=min(before, order.left_of_limit_minor),
        cover_after_minor=min(after, max(0, reserved - refunded)),
        reserve_usd_minor=usd,
        reserved_minor=reserved,
        ship_by_at=at,
        ship_by_before_at=order.ship_by_at,
        reopens=order.status == S.PAID and open_before,
        settles=order.status == S.PLACED and not open_before,
    )


def comparable(terms: Terms) -> dict:
    """The document without who the parties were called, which an amendment takes over."""
    return replace(terms, parties={}).dump()


def is_begun(standing: Standing) -> bool:
    """Whether some of the goods were shipped, so that what counted as shipped for them stays."""
    return any(row.shipped_quantity for row in standing.lines)


def is_frozen(row: Line) -> bool:
    return bool(row.refunded_minor or row.cancelled_quantity)


def freight_shares(standing: Standing, terms: Terms) -> list[int]:
    """Each line's share of the freight by its value; lines that a claim was paid for keep theirs."""
    kept = [row.freight_minor if is_frozen(row) else None for row in standing.lines]
    rest = terms.freight_minor - sum(share for share in kept if share is not None)
    weights = [line.value_minor for line, share in zip(terms.lines, kept, strict=True) if share is None]
    shares = iter(money.allocate(rest, weights) if weights else ())
    return [next(shares) if share is None else share for share in kept]
