"""What carriers say of shipments, and what risk staff find of tracking that can't be right (Rulebook 8, 10)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from orders import holds
from orders.actions.claiming import ship_what_was_sent
from orders.actions.overtaking import overtake
from orders.models import CarrierEvent, Order, Shipment
from orders.steps import allow
from orders.tracking import EVENTS_MAX, Answer, Told, normalised, reading
from suppliers import actions as supplier_actions
from suppliers.models import PenaltyPoint, RatingSnapshot
from trade_assurance.refused import MovedOn, NotAllowed, Refused

ORDER = "order"
REASON_MAX = 300
JOURNEY_MAX = timedelta(days=400)
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # what a carrier dates before is no date at all
ON_THE_WAY = (Order.Status.PAID, Order.Status.SHIPPED)
T, F = Shipment.Tracking, Shipment.Finding


def begin_tracking(shipment: Shipment, order: Order, *, now: datetime) -> None:
    """Set up the tracking of a shipment being entered, under the order's lock (Rulebook 8); the caller saves both.

    A number that counts on another order already is rejected at once. Who uses it first keeps it, so that nobody can
    stop a stranger's order by typing its number. Raises Refused for what is no number.
    """
    if not shipment.tracking_number:
        return
    shipment.tracking_key = normalised(shipment.tracking_number)
    if not shipment.tracking_key:
        raise Refused(_("Give the carrier's number: letters and digits."), field="tracking_number")
    shipment.tracking = T.PENDING
    shipment.ask_at = now
    shipment.unverified_at = now + timedelta(days=order.rulebook.unverified_after_days)
    with connection.cursor() as cursor:  # two orders with the same number at once: the second sees the first
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"tracking {shipment.tracking_key}"])
    if used_elsewhere(shipment).exists():
        _reject(shipment, order, reading.USED, now=now)


def used_elsewhere(shipment: Shipment):
    """Shipments of other orders, whosesoever, with the same number; those found false do not count."""
    same = Shipment.objects.counted().filter(tracking_key=shipment.tracking_key)
    return same.exclude(tracking_key="").exclude(order_id=shipment.order_id)


def _reject(shipment: Shipment, order: Order, because: str, *, now: datetime) -> None:
    """Hand tracking to risk staff: auto-confirm stands still while they look (Rulebook 8)."""
    shipment.tracking, shipment.rejected_at, shipment.rejected_because = T.REJECTED, now, because
    holds.stop_for_review(order, now=now)


@transaction.atomic
def hear(*, shipment_id: int, answer: Answer, source: str, again: timedelta | None = None, now: datetime) -> Shipment:
    """Take in what a carrier says: what is new is kept, and the state follows from everything it ever said.

    Told late, twice or out of order, the end is the same. `again` is when the carrier is asked next. An order that is
    received or over hears nothing any more, nor does a shipment that was found false; but where time has confirmed
    receipt, a delivery is still heard of, for it may prove a later one (Rulebook 11).
    """
    order = Order.objects.locked(Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id))
    shipment = order.shipments.get(pk=shipment_id)
    if shipment.counts and order.status == Order.Status.RECEIVED and order.receipt.is_automatic:
        return _hear_after_receipt(order, shipment, answer, source, again, now)
    if order.status not in ON_THE_WAY or not shipment.counts:
        shipment.ask_at = None
        shipment.save(update_fields=["ask_at"])
        return shipment
    if again is not None:
        shipment.ask_at = now + again
    shipment.carrier_code = answer.code[:60] or shipment.carrier_code
    if answer.promised_on is not None and _can_be_promised(answer.promised_on, shipment, now):
        shipment.promised_on = answer.promised_on
    new = _keep(shipment, answer.told, source, now)
    _follow(order, shipment, answer.destination, new, by=None, now=now)
    return shipment


def _can_be_promised(day: date, shipment: Shipment, now: datetime) -> bool:
    """Whether a day can be that of a delivery: not before it was sent, nor further off than any journey takes."""
    return shipment.dispatched_on <= day <= now.date() + JOURNEY_MAX


def _hear_after_receipt(
    order: Order, shipment: Shipment, answer: Answer, source: str, again, now: datetime
) -> Shipment:
    """Keep what is said after time confirmed receipt: it moves no clock by itself, and is asked until delivered."""
    new = _keep(shipment, answer.told, source, now)
    country = order.versions.in_force().terms.destination_country
    found = reading.read(shipment.events.all(), transport=shipment.transport, country=country)
    if shipment.finding == F.VALID or not _implausible(found, order, answer.destination, country):
        _stand(shipment, found)
    shipment.ask_at = now + again if again is not None and shipment.delivered_at is None else None
    shipment.save()
    if new:
        told = {"shipment": shipment.number, "events": new, "at": None}
        record(ORDER, order.id, "tracking.heard", by=None, now=now, data=told)
    return shipment


def _keep(shipment: Shipment, told: Iterable[Told], source: str, now: datetime) -> int:
    """Store events that were not told before; gives how many. What would lie in the future is told again then."""
    known = set(shipment.events.values_list("key", flat=True))
    rows = {}
    for each in told:
        key = _clean(each.key, 64)
        if key in known or key in rows or not OLDEST < each.at <= now or len(known) + len(rows) >= EVENTS_MAX:
            continue
        offset = each.at.utcoffset() if each.has_offset else None
        rows[key] = CarrierEvent(
            shipment=shipment,
            key=key,
            code=each.code if each.code in CarrierEvent.Code.values else CarrierEvent.Code.EXCEPTION,
            at=each.at,
            utc_offset=None if offset is None else offset // timedelta(minutes=1),
            place=_clean(each.place, 120),
            country=each.country.upper() if len(each.country) == 2 and each.country.isascii() else "",
            words=_clean(each.words, 300),
            source=source,
            heard_at=now,
        )
    CarrierEvent.objects.bulk_create(rows.values())
    return len(rows)


def _clean(text: str, most: int) -> str:
    return " ".join(text.replace("\x00", "").split())[:most]


def _follow(order: Order, shipment: Shipment, destination: str, new: int, *, by: User | None, now: datetime) -> None:
    """Let the shipment's state follow from its events, then the order's clock; save both and record what is new."""
    before = (shipment.tracking, shipment.delivered_at, shipment.arrived_at)
    country = order.versions.in_force().terms.destination_country
    found = reading.read(shipment.events.all(), transport=shipment.transport, country=country)
    if shipment.tracking != T.REJECTED:
        why = "" if shipment.finding == F.VALID else _implausible(found, order, destination, country)
        if why:
            _reject(shipment, order, why, now=now)
    _stand(shipment, found)
    shipment.save()
    after = (shipment.tracking, shipment.delivered_at, shipment.arrived_at)
    if not new and after == before:
        return
    if order.status == Order.Status.SHIPPED:
        holds.reckon_auto_confirm(order)
    order.save()
    kind = "tracking.heard"
    if shipment.tracking == T.REJECTED != before[0]:
        kind = "tracking.rejected"
    elif shipment.delivered_at is not None and shipment.delivered_at != before[1]:
        kind = "shipment.delivered"
    elif shipment.arrived_at is not None and shipment.arrived_at != before[2]:
        kind = "shipment.arrived"
    elif shipment.tracking == T.VERIFIED != before[0]:
        kind = "tracking.verified"
    at = shipment.delivered_at or shipment.arrived_at
    told = {"shipment": shipment.number, "events": new, "at": at.isoformat() if at else None}
    if kind == "tracking.rejected":
        told["because"] = shipment.rejected_because
    record(ORDER, order.id, kind, by=by, now=now, data=told)


def _stand(shipment: Shipment, found: reading.Reading) -> None:
    """Put down where the shipment is; while its tracking is rejected nobody knows that."""
    if shipment.tracking == T.REJECTED:
        found = reading.Reading()
    elif found.moved_at is not None:
        shipment.tracking = T.VERIFIED
    shipment.moved_at, shipment.arrived_at, shipment.delivered_at = found.moved_at, found.arrived_at, found.delivered_at


def _implausible(found: reading.Reading, order: Order, destination: str, country: str) -> str:
    return reading.implausible(found, paid_at=order.paid_at, destination=destination, country=country)


@transaction.atomic
def record_arrival(
    *, shipment_id: int, delivered_at: datetime | None = None, arrived_at: datetime | None = None, by, now: datetime
) -> Shipment:
    """Note from the carrier that a shipment was delivered, or reached its port; this brings auto-confirm nearer.

    By the system or risk staff, never by a party (Rulebook 8, 10); kept as an event, so said anew it counts instead.
    Raises NotAllowed, Refused, MovedOn.
    """
    order = Order.objects.locked(Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id))
    if by is not None and not by.has_perm("orders.record_arrival"):
        raise NotAllowed("Only risk staff record what a carrier says.")
    if by is not None and order.side_of(by) is not None:
        raise NotAllowed("You are a party to this order, so somebody else must record this.")
    if order.status not in ON_THE_WAY:
        raise MovedOn(f"This order is {order.get_status_display().lower()}; arrivals no longer matter.")
    shipment = order.shipments.get(pk=shipment_id)
    if not shipment.counts:
        raise MovedOn("Risk staff found this shipment false. Nothing of it arrives.")
    told = []
    codes = {"delivered_at": CarrierEvent.Code.DELIVERED, "arrived_at": CarrierEvent.Code.ARRIVED}
    for name, at in (("delivered_at", delivered_at), ("arrived_at", arrived_at)):
        if at is None:
            continue
        if not shipment.dispatched_at <= at <= now:
            raise Refused("Give a time between dispatch and now.", field=name)
        told.append(Told(f"staff {codes[name]} {at.isoformat()} {now.isoformat()}", codes[name], at, has_offset=False))
    new = _keep(shipment, told, reading.STAFF, now)
    _follow(order, shipment, "", new, by=by, now=now)
    return shipment


@transaction.atomic
def end_waiting(*, shipment_id: int, now: datetime) -> Shipment:
    """No carrier has moved it for 3 days: its tracking is unverified, and counts as none (Rulebook 8).

    A movement that is heard later verifies it. Raises MovedOn when that is not so now.
    """
    order = Order.objects.locked(Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id))
    shipment = order.shipments.get(pk=shipment_id)
    if shipment.tracking != T.PENDING or shipment.unverified_at is None or now < shipment.unverified_at:
        raise MovedOn("This tracking is not unverified by time now.")
    if order.status not in ON_THE_WAY:  # received without it, or over: nothing waits for the carrier any more
        shipment.unverified_at = None
        shipment.save(update_fields=["unverified_at"])
        return shipment
    shipment.tracking = T.UNVERIFIED
    shipment.save(update_fields=["tracking"])
    if order.status == Order.Status.SHIPPED:
        holds.reckon_auto_confirm(order)
        order.save()
    record(ORDER, order.id, "tracking.unverified", now=now, data={"shipment": shipment.number})
    return shipment


# what risk staff find ---------------------------------------------------------------------------------------------


def _to_judge(shipment_id: int, reason: str, by: User) -> tuple[Order, Shipment, str]:
    """The order under lock and its rejected shipment, for risk staff who are on neither side, and the reason."""
    order = Order.objects.locked(Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id))
    if not by.has_perm("orders.judge_tracking"):
        raise NotAllowed("Only risk staff judge tracking.")
    if order.side_of(by) is not None:
        raise NotAllowed("You are a party to this order, so somebody else must judge this.")
    shipment = order.shipments.get(pk=shipment_id)
    if shipment.finding:
        raise MovedOn(f"This was {shipment.get_finding_display().lower()} already. Nothing was changed.")
    if shipment.tracking != T.REJECTED:
        raise MovedOn("This tracking was not rejected. Nothing was changed.")
    if not reason.strip():
        raise Refused("Say why: the reason is kept with the change.", field="reason")
    if len(reason.strip()) > REASON_MAX:
        raise Refused(f"Keep this to {REASON_MAX} characters.", field="reason")
    return order, shipment, reason.strip()


def _find(shipment: Shipment, finding: str, reason: str, by: User, now: datetime) -> None:
    shipment.finding, shipment.found_at = finding, now
    shipment.found_by, shipment.found_because = by, reason


@transaction.atomic
def find_valid(*, shipment_id: int, reason: str, by: User, now: datetime) -> Shipment:
    """Risk staff find that rejected tracking is right: the clocks go on with what was left (Rulebook 8)."""
    order, shipment, reason = _to_judge(shipment_id, reason, by)
    _find(shipment, F.VALID, reason, by, now)
    shipment.tracking = T.PENDING  # if nobody has moved it yet, its days to do so begin anew
    shipment.unverified_at = now + timedelta(days=order.rulebook.unverified_after_days)
    country = order.versions.in_force().terms.destination_country
    _stand(shipment, reading.read(shipment.events.all(), transport=shipment.transport, country=country))
    shipment.save()
    holds.restart_after_review(order, now=now)
    order.save()
    record(ORDER, order.id, "tracking.found_valid", by=by, now=now, data={"shipment": shipment.number})
    return shipment


@transaction.atomic
def find_false(*, shipment_id: int, reason: str, by: User, now: datetime) -> Shipment:
    """Risk staff find that a shipment was false: back to paid, not shipped, with points for its supplier (Rulebook 8).

    The ship-by date stays; by time nothing is awarded before the 72 hours to prove shipment (rule 9) have passed anew.
    What the buyer has confirmed by then stays received, an order that is over stays over: the points remain (ADR 20).
    """
    order, shipment, reason = _to_judge(shipment_id, reason, by)
    _find(shipment, F.FALSE, reason, by, now)
    shipment.ask_at = None
    shipment.save()
    holds.restart_after_review(order, now=now)
    if order.status in ON_THE_WAY:
        _not_shipped(order, shipment, now=now)
    order.save()
    record(ORDER, order.id, "tracking.found_false", by=by, now=now, data={"shipment": shipment.number})
    supplier_actions.note_points(
        supplier_id=order.supplier_id,
        order_id=order.id,
        kind=PenaltyPoint.Kind.FORGED,
        cause=f"order {order.pk} forged",  # as suppliers.actions.note_forged has it: once an order
        reason=reason,
        by=by,
        now=now,
    )
    supplier_actions.rerate(supplier_id=order.supplier_id, because=RatingSnapshot.Because.CLAIM, now=now)
    return shipment


def _not_shipped(order: Order, shipment: Shipment, *, now: datetime) -> None:
    """Take the goods of a false shipment back to those that are still to ship; the caller saves the order.

    Of those, what was paid back as lost is never to be shipped, or it would be paid back once more.
    """
    overtake(order, now=now)
    units = dict(shipment.lines.values_list("line_id", "quantity"))
    for line in order.lines.select_for_update().filter(pk__in=units).order_by("id"):
        line.shipped_quantity -= units[line.id]
        line.cancelled_quantity += min(units[line.id], max(0, line.refunded_quantity - line.cancelled_quantity))
        line.save(update_fields=["shipped_quantity", "cancelled_quantity"])
    rules = order.rulebook
    by_time = order.ship_by_at + timedelta(days=rules.late_award_days)
    award_at = max(by_time, now + timedelta(hours=rules.late_proof_hours))
    if order.status == Order.Status.SHIPPED:
        allow(order.unship, None)
        order.unship(award_at=award_at)
    else:
        order.award_at = award_at
    ship_what_was_sent(order, now=now)  # what is left of it may all be on its way
