"""Who may claim what and when (Rulebook 9, 10, 13): for each line and reason, allowed, or why not and from when."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import Sum, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from disputes.models import Claim, DecidedClaim, Decision
from orders import facts, shipped
from orders.breaches import shipping
from orders.models import Line, Order, Shipment, ShipmentLine
from orders.terms import day_of

R, S = Claim.Reason, Order.Status
AFTER_RECEIPT = (R.SHORTAGE, R.QUALITY, R.WRONG, R.PACKAGING, R.DOCUMENTS)
NOT_FOR_SAMPLES = (R.QUALITY, R.WRONG, R.PACKAGING, R.DOCUMENTS)
ENDED = ("settled", "decided", "awarded")  # outcomes of a case that has dealt with what it was about
OVER = {
    S.EXPIRED: _lazy("The protection of this order has expired, so nothing can be claimed any more."),
    S.CANCELLED: _lazy("This order is cancelled, so nothing can be claimed any more."),
    S.REFUNDED: _lazy("This order is refunded, so nothing can be claimed any more."),
}
BUYERS = (R.NON_SHIPMENT, R.NON_RECEIPT, R.LATE, *AFTER_RECEIPT)


@dataclass(frozen=True)
class Ground:
    """Whether a line may be claimed for a reason now; else why not, and from when if time alone is missing."""

    line: Line
    reason: str
    allowed: bool
    why: str = ""
    from_at: datetime | None = None
    most: int = 0  # units that can be claimed

    @property
    def label(self) -> str:
        return str(R(self.reason).label)


def grounds(order: Order, now: datetime) -> list[Ground]:
    """Every line with every reason of a buyer's claim, as it stands at `now`."""
    shipments = [each for each in order.shipments.all() if each.counts]  # the order's page has them already
    prefetch_related_objects(shipments, "lines")
    lines = sorted(order.lines.all(), key=lambda line: line.number)
    disputed = (
        set(
            order.lines.filter(disputed__dispute__isnull=False, disputed__ended_at__isnull=True).values_list(
                "id", flat=True
            )
        )
        if order.open_disputes
        else set()
    )
    decided, ended = _decided(order), cache(lambda: _ended(order))
    return [
        _ground(order, line, reason, shipments, ended, line.id in disputed, (line.id, reason) in decided, now)
        for line in lines
        for reason in BUYERS
    ]


def _ground(order, line, reason, shipments, ended, is_disputed, is_decided, now) -> Ground:
    def no(why: str, from_at: datetime | None = None) -> Ground:
        return Ground(line, reason, False, why, from_at)

    if order.status in (S.DRAFT, S.PLACED):
        return no(_("Nothing is protected before the instalments due before shipment have cleared."))
    if order.is_final:
        return no(OVER[order.status])
    if order.contested_minor:
        return no(_("A card payment of this order is contested at the bank; claim when the bank has decided."))
    if is_disputed:
        return no(_("This line is in an open dispute already. Each line has one at a time."))
    if is_decided:
        return no(_("This was decided already. Who disagrees with a decision appeals within its time (rule 20)."))
    if line.left_minor <= 0:
        return no(_("All that this line cost has been refunded."))
    if order.is_sample and reason in NOT_FOR_SAMPLES:
        return no(_("Samples have payment and shipping protection, no quality protection (rule 13)."))
    rule = {R.NON_SHIPMENT: _non_shipment, R.NON_RECEIPT: _non_receipt, R.LATE: _late}.get(reason, _after_receipt)
    return rule(order, line, reason, shipments, ended, now, no)


def _non_shipment(order, line, reason, shipments, ended, now, no) -> Ground:
    if order.status != S.PAID:
        return no(_("All goods of this order have been shipped."))
    if line.to_ship == 0:
        return no(_("All of this line has been shipped."))
    if now < order.ship_by_at:
        return no(_("The supplier has until the ship-by date."), order.ship_by_at)
    return Ground(line, reason, True, most=line.to_ship)


def _non_receipt(order, line, reason, shipments, ended, now, no) -> Ground:
    if order.status == S.RECEIVED:
        return no(_("Receipt is confirmed; claim what is missing as a quantity that is short."))
    on_the_way = [s for s in shipments if (s.delivered_at is None or not s.is_tracked) and _units(s, line)]
    if not on_the_way:
        if any(_units(s, line) for s in shipments):
            return no(_("The carrier says that it was delivered. Confirm receipt and mark what is missing as short."))
        return no(_("Nothing of this line has been shipped yet."))
    due = {each.id: _lost_from(each, order) for each in on_the_way}
    lost = [s for s in on_the_way if due[s.id] <= now]
    if not lost:
        return no(_("The goods may still be on their way; there was movement not long ago."), min(due.values()))
    done = ended().get((line.id, R.NON_RECEIPT), 0)
    if done:  # of goods whose shipment was found false since, first
        done = max(0, done - false_units(order).get(line.id, 0))
    most = min(sum(_units(s, line) for s in lost) - done, line.quantity - line.refunded_quantity)
    if most <= 0:
        return no(_("What of this line did not arrive was settled or decided already."))
    return Ground(line, reason, True, most=most)


def _lost_from(shipment, order) -> datetime:
    """From when a shipment counts as lost: nothing moved (10), or it did not come by a promised date (13)."""
    rules, tracked = order.rulebook, shipment.is_tracked
    moved = [shipment.moved_at, shipment.arrived_at] if tracked else []
    still = shipping.still_from(shipment.transport, max(at for at in (shipment.dispatched_at, *moved) if at), rules)
    version = facts.contract(order)
    promised = day_of(version.terms.deliver_by_on if version else None) or (shipment.promised_on if tracked else None)
    return min(still, shipping.overdue_from(promised, order.timezone, rules)) if promised else still


def _late(order, line, reason, shipments, ended, now, no) -> Ground:
    if order.status == S.RECEIVED and (closed := _window(line, now)):
        return no(closed)
    if not any(days > 0 for _units_late, days in days_late(order, line, shipments)):
        return no(
            _("Nothing of this line was shipped late.") if shipments else _("Nothing of this line was shipped yet.")
        )
    if (line.id, R.LATE) in ended():
        return no(_("The delay of this line was settled or decided already."))
    return Ground(line, reason, True, most=line.shipped_quantity)


def _after_receipt(order, line, reason, shipments, ended, now, no) -> Ground:
    if order.status != S.RECEIVED:
        return no(_("Claim this after you have confirmed receipt; mark the line short or rejected there."))
    if closed := _window(line, now):
        return no(closed)
    came = line.quantity - gone(line)
    if came <= 0:
        return no(_("This line was never shipped, or all of it was paid back."))
    return Ground(line, reason, True, most=came)


def _decided(order: Order) -> set[tuple[int, str]]:
    """What staff have decided, as (line, reason): claimed anew it would be an appeal without end.

    Goods that a replacement brought may be claimed. What was not shipped, or is lost, is counted by its units.
    """
    if order.status != S.RECEIVED or not getattr(order, "had_cases", True):
        return set()
    final = DecidedClaim.objects.filter(claim__dispute__order=order, decision__status=Decision.Status.FINAL)
    final = final.exclude(outcome=DecidedClaim.Outcome.REPLACEMENT).filter(reason__in=AFTER_RECEIPT)
    return set(final.values_list("claim__line_id", "reason"))


def _ended(order: Order) -> dict[tuple[int, str], int]:
    """What cases that have ended dealt with: units by (line, reason)."""
    if not getattr(order, "had_cases", True):
        return {}
    claims = Claim.objects.filter(dispute__order=order, dispute__outcome__in=ENDED, line__isnull=False)
    units = claims.order_by("line_id", "reason").values("line_id", "reason").annotate(units=Sum("quantity"))
    return {(row["line_id"], row["reason"]): row["units"] for row in units}


def false_units(order: Order, since: datetime | None = None) -> dict[int, int]:
    """Units by line id that shipments were to hold which risk staff found false, since an instant or ever (8)."""
    if all(shipment.counts for shipment in order.shipments.all()):
        return {}
    false = ShipmentLine.objects.filter(shipment__order=order, shipment__finding=Shipment.Finding.FALSE)
    if since is not None:
        false = false.filter(shipment__found_at__gte=since)
    return dict(false.values_list("line_id").annotate(units=Sum("quantity")).order_by("line_id"))


def gone(line: Line) -> int:
    """Units that are not there to be defective: never shipped, or paid back whole by an earlier claim."""
    return max(line.cancelled_quantity, line.refunded_quantity)


def _window(line: Line, now: datetime) -> str:
    if line.window_closed_at or (line.window_ends_at is not None and line.window_ends_at <= now):
        return _("The protection of this line has ended.")
    return ""


def _units(shipment, line: Line) -> int:
    return sum(part.quantity for part in shipment.lines.all() if part.line_id == line.id)


def days_late(order: Order, line: Line, shipments=None, *, lost: int = 0) -> list[tuple[int, int]]:
    """(units, days after the ship-by date) of each shipment that holds some of a line; 0 or less is on time.

    Without the units that were paid back whole, nor `lost` ones that are claimed so: a delay is due for goods kept.
    """
    if order.ship_by_at is None:
        return []
    if shipments is None:
        shipments = order.shipments.counted().prefetch_related("lines")
    incoterm = facts.contract(order).terms.incoterm
    found = [
        shipping.Late(
            units,
            shipping.days_after(
                shipped.fact_day(each, incoterm, order.timezone, order.rulebook), order.ship_by_at, order.timezone
            ),
            each.is_tracked and each.delivered_at is not None,
        )
        for each in sorted(shipments, key=lambda each: each.number)
        if (units := _units(each, line))
    ]
    return shipping.kept(found, line.refunded_quantity - line.cancelled_quantity + lost)
