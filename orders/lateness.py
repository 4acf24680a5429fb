"""A late order as both sides see it: three choices with what each is worth, and what time does (Rulebook 9)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from orders import facts, remedies
from orders.breaches.found import Breach
from orders.breaches.known import last_day
from orders.breaches.shipping import days_after
from orders.models import Order
from orders.steps import Step
from orders.steps.keeping import is_kept

UNSHIPPED = ("not_shipped", "part_not_shipped")


@dataclass(frozen=True)
class Choice:
    """What a claim of these breaches asks, and what of it is covered; `keys` name the breaches."""

    keys: tuple[str, ...]
    claimed_minor: int
    minor: int

    @classmethod
    def of(cls, found: Sequence[Breach], order: Order) -> "Choice | None":
        """The choice that can be made of these breaches now; None when there is none."""
        open_ones = [each for each in found if each.is_claimable]
        claimed = sum(each.amount_minor for each in open_ones)
        if not claimed:
            return None
        return cls(tuple(each.key for each in open_ones), claimed, min(claimed, order.covered_minor))


@dataclass(frozen=True)
class Worth:
    """What (b) comes to, if all of the rest were shipped on one day: today, each day more, at most and from when."""

    days: int
    today_minor: int
    daily_minor: int
    most_minor: int
    most_on: date

    @property
    def is_full(self) -> bool:
        """Whether a further day adds nothing any more."""
        return self.today_minor >= self.most_minor


@dataclass(frozen=True)
class Late:
    """Where a late order stands. Amounts are minor units; `extend` is the step that proposes an amendment.

    `kept_at` is when the buyer chose (b), while that stands; `may_keep` the step that chooses it.
    """

    worth: Worth
    prove_by: datetime
    can_prove: bool
    stop_at: datetime | None
    cancel: Choice | None
    awarded_at: datetime  # what (a) is awarded by time, if it is chosen now
    arrives_in: str
    keep: Choice | None
    kept_at: datetime | None
    may_keep: Step | None
    case: str
    extend: Step | None
    is_part_shipped: bool


def late(order: Order, noticed: Sequence[Breach], steps: Sequence[Step], now: datetime) -> Late | None:
    """The choices of a late order; None when it is not late."""
    if not order.is_late(now):
        return None
    prove_by = order.ship_by_at + timedelta(hours=order.rulebook.late_proof_hours)
    unshipped = [each for each in noticed if each.code in UNSHIPPED]
    if any(step.code == "claim" and not step.allowed for step in steps):  # nothing can be claimed now, by any button
        noticed = [replace(each, ask=None) for each in noticed]
    return Late(
        worth=worth(order, now),
        prove_by=prove_by,
        can_prove=now < prove_by,
        stop_at=None if order.open_disputes or order.contested_minor else order.award_at,
        cancel=Choice.of([each for each in noticed if each.code in UNSHIPPED], order),
        awarded_at=max(now, prove_by),
        arrives_in=_arrives_in(order),
        keep=Choice.of([each for each in noticed if each.code == "shipped_late"], order),
        kept_at=order.kept_at if is_kept(order) else None,
        may_keep=next((step for step in steps if step.code == "keep_late" and step.allowed), None),
        case=next((each.claimed for each in unshipped if each.claimed), ""),
        extend=next((step for step in steps if step.code == "amend" and step.allowed), None),
        is_part_shipped=order.is_part_shipped,
    )


def worth(order: Order, now: datetime) -> Worth:
    """What the compensation for the delay comes to, day by day (Rulebook 9 b)."""
    rules = order.rulebook
    rest = [(remedies.Goods.of(line, order.currency), line.to_ship) for line in order.lines.all() if line.to_ship]

    def kept(after: int) -> int:
        return sum(remedies.late(goods, [(units, after)], rules).minor for goods, units in rest)

    days = days_after(now.astimezone(ZoneInfo(order.timezone)).date(), order.ship_by_at, order.timezone)
    most = -(-rules.late_compensation_max_bp // rules.late_compensation_bp_per_day)
    return Worth(
        days=days,
        today_minor=kept(days),
        daily_minor=kept(1),
        most_minor=kept(most),
        most_on=last_day(order.ship_by_at, order.timezone) + timedelta(days=most),
    )


def _arrives_in(order: Order) -> str:
    """How long a refund takes by the ways that the money came: "3 to 7 business days"."""
    ways = facts.paid_by(order)
    times = [days for method, days in order.rulebook.refund_arrival_days if method in ways]
    if not times:
        return _("some business days")
    found = _("{days} business days").format(days=times[0])
    for days in times[1:]:
        found = _("{ways} or {days} business days").format(ways=found, days=days)
    return found
