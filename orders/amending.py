"""What an amendment would move: plan, refund or new instalment, cover and dates (product.md §6.5, ADR 21).

Pure: the order's row, its lines and its instalments as they stand, the contract in force and the terms proposed go in.
The page that asks and the action that does it read the same answer, so both sides see exactly what moves before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.models import Instalment, Line, Order
from orders.terms import BEFORE_SHIPMENT, DUE_BEFORE, InstalmentTerms, Problem, Terms, day_of, problems, spelled_day
from trade_assurance import money
from trade_assurance.rulebook import end_of_day, from_usd, to_usd

S = Order.Status
FIXED = {
    "title": _lazy("what is ordered"),
    "currency": _lazy("the currency"),
    "is_sample": _lazy("whether it is a sample"),
    "destination_country": _lazy("the country of destination"),
    "timezone": _lazy("the time zone of its days"),
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
        return _("{DUE_BEFORE}, by {spelled_day}").format(
            DUE_BEFORE=DUE_BEFORE[self.terms.due_before].lower(), spelled_day=spelled_day(self.terms.due_on)
        )

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


# what keeps it from being proposed or signed ----------------------------------------------------------------------


def faults(standing: Standing, terms: Terms, *, usd_per_unit, now: datetime) -> list[Problem]:
    """All that keeps these terms from being an amendment; dates that are past already and stay are no fault."""
    order, old = standing.order, standing.terms
    found = [
        Problem(name, _("An amendment can't change {words}.").format(words=words))
        for name, words in FIXED.items()
        if getattr(old, name) != getattr(terms, name)
    ]
    if [line.product for line in old.lines] != [line.product for line in terms.lines]:
        return [*found, Problem("lines", _("The goods themselves stay. Order others in a new contract."))]
    if old.incoterm != terms.incoterm and is_begun(standing):
        found.append(Problem("incoterm", _("A part was shipped under this Incoterm, so it stays.")))
    general = problems(terms, rules=order.rulebook, usd_per_unit=usd_per_unit, now=now)
    found += [problem for problem in general if not _stood_before(problem, standing, terms)]
    found += _line_faults(standing, terms)
    found += _date_faults(standing, terms, now)
    if not found:
        found += _money_faults(standing, terms)
    if not found and comparable(terms) == comparable(old):
        found.append(Problem("", _("Nothing is different from the contract in force yet.")))
    return found


def comparable(terms: Terms) -> dict:
    """The document without who the parties were called, which an amendment takes over."""
    return replace(terms, parties={}).dump()


def _stood_before(problem: Problem, standing: Standing, new: Terms) -> bool:
    """A date that both sides agreed on before, and that has passed or been kept since, is left alone."""
    old, (name, _unused, rest) = standing.terms, problem.path.partition(".")
    if name == "plan" and rest.endswith("due_on"):
        part, ship = new.plan[int(rest.split(".")[0])], day_of(new.ship_by_on)
        if any(key_of(part) == key_of(row) and row.open_minor == 0 for row in standing.parts):
            return True
        too_late = new.ship_by_on != old.ship_by_on and ship is not None and (day_of(part.due_on) or ship) > ship
        return not too_late and any(key_of(part) == key_of(each) for each in old.plan)
    if name == "deliver_by_on":
        kept = (name, "ship_by_on", "incoterm")
        return all(getattr(old, each) == getattr(new, each) for each in kept)
    return name == "ship_by_on" and old.ship_by_on == new.ship_by_on


def is_begun(standing: Standing) -> bool:
    """Whether some of the goods were shipped, so that what counted as shipped for them stays."""
    return any(row.shipped_quantity for row in standing.lines)


def _line_faults(standing: Standing, terms: Terms) -> list[Problem]:
    found, kept = [], 0
    for n, (row, line) in enumerate(zip(standing.lines, terms.lines, strict=True)):
        gone = row.shipped_quantity + row.cancelled_quantity
        if line.unit != row.unit and (gone or row.refunded_minor):
            found.append(
                Problem(
                    _("lines.{n}.unit").format(n=n),
                    _("Some of it was shipped or refunded in this unit, so the unit stays."),
                )
            )
        same = (line.quantity, line.unit_price_minor) == (row.quantity, row.unit_price_minor)
        if row.refunded_minor or row.cancelled_quantity:
            kept += row.freight_minor
            if not same:
                back = money.display(row.refunded_minor, standing.order.currency)
                said = _("A claim paid {back} back for this line, so its quantity and its price stay.").format(
                    back=back
                )
                found.append(Problem(_("lines.{n}.quantity").format(n=n), said))
        elif line.quantity < gone:
            said = _("{shipped_quantity} {unit} have been shipped, so it can't be less than that.").format(
                shipped_quantity=f"{row.shipped_quantity:,}", unit=row.unit
            )
            found.append(Problem(_("lines.{n}.quantity").format(n=n), said))
    if terms.freight_minor < kept:
        least = money.display(kept, standing.order.currency)
        found.append(
            Problem("freight", _("Lines with a claim keep their share of the freight, {least}.").format(least=least))
        )
    elif len(standing.lines) == sum(_is_frozen(row) for row in standing.lines) and terms.freight_minor != kept:
        found.append(Problem("freight", _("All lines have had a claim, so the freight stays.")))
    return found


def _is_frozen(row: Line) -> bool:
    return bool(row.refunded_minor or row.cancelled_quantity)


def _date_faults(standing: Standing, terms: Terms, now: datetime) -> list[Problem]:
    order = standing.order
    if order.status != S.PAID:
        return []
    if terms.lead_days is not None or day_of(terms.ship_by_on) is None:
        return [Problem("ship_by", _("The lead time runs already, so give the ship-by date as a date."))]
    most = order.paid_at.astimezone(ZoneInfo(order.timezone)).date() + timedelta(days=order.rulebook.lead_days_max)
    day = day_of(terms.ship_by_on)
    if day != ship_day(order) and day > most:
        days = order.rulebook.lead_days_max
        said = _("Lead time with extensions is at most {days} days from the payment: choose {most} or earlier.").format(
            days=days, most=f"{most:%d %b %Y}"
        )
        return [Problem("ship_by_on", said)]
    return []


def _money_faults(standing: Standing, terms: Terms) -> list[Problem]:
    order, moved = standing.order, pair(standing.parts, terms.plan)
    found = []
    for one in moved:
        row = one.part
        if row is not None and row.open_minor == 0 and one.terms is not None and _moved_paid(one):
            said = _("{label} is paid, so it stays as it is. What is added is an instalment of its own.").format(
                label=row.label
            )
            found.append(Problem("plan", said))
    if not fits(standing.parts, terms.plan):
        found.append(
            Problem("plan", _("This plan asks again for what has been paid. Leave paid instalments as they are."))
        )
    changes = [one for one in moved if not one.is_same]
    if order.charged_back_minor and (changes or terms.total_minor != order.total_minor):
        said = _(
            "A payment was taken back by the bank it came from, so prices and payment plan stay. Dates can change."
        )
        found.append(Problem("plan", said))
    if refund_of(moved) and refund_of(moved) >= order.kept_minor:
        found.append(Problem("lines", _("All that was paid would go back. Cancel the order by consent instead.")))
    late = [one for one in changes if one.terms and one.open_minor and one.terms.due_before in BEFORE_SHIPMENT]
    if order.is_part_shipped and late:
        said = _("A part has been shipped, so what is added can only be due before delivery or later.")
        found.append(Problem("plan", said))
    return found


def _moved_paid(one: Moved) -> bool:
    return key_of(one.part) != key_of(one.terms) or one.after_minor > one.before_minor


def freight_shares(standing: Standing, terms: Terms) -> list[int]:
    """Each line's share of the freight by its value; lines that a claim was paid for keep theirs."""
    kept = [row.freight_minor if _is_frozen(row) else None for row in standing.lines]
    rest = terms.freight_minor - sum(share for share in kept if share is not None)
    weights = [line.value_minor for line, share in zip(terms.lines, kept, strict=True) if share is None]
    shares = iter(money.allocate(rest, weights) if weights else ())
    return [next(shares) if share is None else share for share in kept]
