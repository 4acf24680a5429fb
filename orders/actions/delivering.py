"""Shipping, receipt and the end of protection (Rulebook 7, 10-12)."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import User
from events.actions import record
from orders import books, holds
from orders.models import Hold, Order, Receipt, ReceiptLine, ReviewRequest, Shipment, ShipmentLine
from orders.steps import allow, demand
from orders.terms import INCOTERMS
from suppliers import actions as supplier_actions
from suppliers.models import Supplier
from trade_assurance.refused import MovedOn, NotAllowed, Refused

ORDER = "order"


@dataclass(frozen=True)
class Counted:
    """How one contract line arrived, in whole units; what is neither short nor rejected was received."""

    line_id: int
    short: int = 0
    rejected: int = 0
    note: str = ""


@transaction.atomic
def ship(
    *,
    order_id: int,
    key: UUID,
    transport: str,
    dispatched_on: date,
    carrier: str,
    document: str,
    quantities: dict[int, int],
    tracking_number: str = "",
    by: User,
    now: datetime,
) -> Shipment:
    """Enter a shipment with the fact that the Incoterm names (Rulebook 7); the order is shipped when all lines are.

    `quantities` maps line ids to whole units; `dispatched_on` is a date in the contract's timezone. The same key twice
    gives the same shipment. Raises Refused with `field` set, NotAllowed, MovedOn.
    """
    order = Order.objects.locked(order_id)
    if (made := order.shipments.filter(key=key).first()) is not None:
        return made
    demand("ship", order, by=by, now=now)
    zone = ZoneInfo(order.timezone)
    if transport not in Shipment.Transport.values:
        raise Refused("Choose how the goods travel.", field="transport")
    if not carrier.strip():
        raise Refused("Name the carrier that has the goods.", field="carrier")
    if not document.strip():
        raise Refused(
            "Give the number of the document that proves it: bill of lading, waybill or receipt.", field="document"
        )
    for name, text, most in (
        ("carrier", carrier, 80),
        ("document", document, 60),
        ("tracking_number", tracking_number, 60),
    ):
        if len(text) > most:
            raise Refused(f"Keep this to {most} characters.", field=name)
    if dispatched_on > now.astimezone(zone).date():
        raise Refused(
            "This date is in the future. A planned date or a label is not shipment yet.", field="dispatched_on"
        )
    if dispatched_on < order.paid_at.astimezone(zone).date():
        raise Refused(
            "This date is before the payment cleared. Goods sent before that are not this order's.",
            field="dispatched_on",
        )
    lines = {line.id: line for line in order.lines.select_for_update().order_by("id")}
    wanted = {line_id: quantity for line_id, quantity in quantities.items() if quantity}
    if not wanted:
        raise Refused("Say how much of at least one line is in this shipment.", field="quantities")
    for line_id, quantity in wanted.items():
        line = lines.get(line_id)
        if line is None or quantity < 0:
            raise Refused("Give whole units of the lines of this contract.", field="quantities")
        if quantity > line.to_ship:
            raise Refused(
                f"{line.product}: only {line.to_ship:,} {line.unit} are left to ship.", field=f"line_{line_id}"
            )
    terms = order.versions.in_force().terms
    # A date counts from its end in the contract's timezone, or from now if that day is not over.
    dispatched_at = min(now, datetime.combine(dispatched_on, time.max, tzinfo=zone).astimezone(UTC))
    shipment = Shipment.objects.create(
        order=order,
        number=order.shipments.count() + 1,
        key=key,
        transport=transport,
        fact=INCOTERMS[terms.incoterm][1],
        dispatched_on=dispatched_on,
        dispatched_at=dispatched_at,
        carrier=carrier.strip(),
        document=document.strip(),
        tracking_number=tracking_number.strip(),
        entered_by=by,
        entered_at=now,
    )
    for line_id, quantity in wanted.items():
        ShipmentLine.objects.create(shipment=shipment, line=lines[line_id], quantity=quantity)
        lines[line_id].shipped_quantity += quantity
        lines[line_id].save(update_fields=["shipped_quantity"])
    order.cancel_proposed_by = ""
    if all(line.to_ship == 0 for line in lines.values()):
        allow(order.ship, by)
        order.ship(now=now)
        holds.reckon_auto_confirm(order)
    order.save()
    record(
        ORDER,
        order.id,
        "shipment.entered",
        by=by,
        now=now,
        data={
            "shipment": shipment.number,
            "dispatched_on": dispatched_on.isoformat(),
            "lines": {str(lines[i].number): q for i, q in wanted.items()},
            "all": order.status == Order.Status.SHIPPED,
        },
    )
    return shipment


@transaction.atomic
def record_arrival(
    *, shipment_id: int, delivered_at: datetime | None = None, arrived_at: datetime | None = None, by, now: datetime
) -> Shipment:
    """Note from the carrier that a shipment was delivered, or reached its port; this brings auto-confirm nearer.

    By the system or risk staff, never by a party (Rulebook 8, 10). Raises NotAllowed, Refused, MovedOn.
    """
    order = Order.objects.locked(Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id))
    if by is not None and not by.has_perm("orders.record_arrival"):
        raise NotAllowed("Only risk staff record what a carrier says.")
    if by is not None and order.side_of(by) is not None:
        raise NotAllowed("You are a party to this order, so somebody else must record this.")
    if order.status not in (Order.Status.PAID, Order.Status.SHIPPED):
        raise MovedOn(f"This order is {order.get_status_display().lower()}; arrivals no longer matter.")
    shipment = order.shipments.get(pk=shipment_id)
    for name, at in (("delivered_at", delivered_at), ("arrived_at", arrived_at)):
        if at is None:
            continue
        if not shipment.dispatched_at <= at <= now:
            raise Refused("Give a time between dispatch and now.", field=name)
        setattr(shipment, name, at)
    shipment.save(update_fields=["delivered_at", "arrived_at"])
    if order.status == Order.Status.SHIPPED:
        holds.reckon_auto_confirm(order)
        order.save()
    what = "shipment.delivered" if delivered_at else "shipment.arrived"
    at = delivered_at or arrived_at
    record(ORDER, order.id, what, by=by, now=now, data={"shipment": shipment.number, "at": at.isoformat()})
    return shipment


@transaction.atomic
def extend_confirm(*, order_id: int, by: User, now: datetime) -> Order:
    """Move the automatic confirmation by 15 days, once a side (Rulebook 10)."""
    order = Order.objects.locked(order_id)
    demand("extend_confirm", order, by=by, now=now)
    side = order.side_of(by)
    if side == Order.Side.BUYER:
        order.buyer_extended_at = now
    else:
        order.supplier_extended_at = now
    holds.reckon_auto_confirm(order)
    order.save()
    record(ORDER, order.id, "receipt.extended", by=by, now=now, data={"side": str(side)})
    return order


@transaction.atomic
def confirm_receipt(*, order_id: int, counts: list[Counted], by: User, now: datetime) -> Order:
    """Record line by line how the goods arrived, and release what neither the reserve nor a hold keeps (11, 12).

    Lines not in `counts` arrived in full. Raises Refused for counts that the contract does not allow, MovedOn.
    """
    order = Order.objects.locked(order_id)
    demand("confirm_receipt", order, by=by, now=now)
    return _receive(order, counts, by=by, now=now)


@transaction.atomic
def auto_confirm(*, order_id: int, now: datetime) -> Order:
    """Confirm receipt by time, everything as agreed (Rulebook 10)."""
    order = Order.objects.locked(order_id)
    if order.status != Order.Status.SHIPPED or order.auto_confirm_at is None or now < order.auto_confirm_at:
        raise MovedOn("Receipt is not confirmed by time now.")
    return _receive(order, [], by=None, now=now)


def _receive(order: Order, counts: list[Counted], *, by: User | None, now: datetime) -> Order:
    allow(order.receive, by)
    order.receive(now=now)
    lines = {line.id: line for line in order.lines.order_by("number")}
    by_line = {count.line_id: count for count in counts}
    if len(by_line) < len(counts) or by_line.keys() - lines.keys():
        raise Refused("Count each line of this contract once.", field="counts")
    receipt = Receipt.objects.create(order=order, at=now, by=by, is_automatic=by is None)
    ReviewRequest.objects.create(order=order, due_at=now + timedelta(days=order.rulebook.feedback_ask_days))
    holds.open_windows(order)
    free = holds.spare_minor(order)
    disputed = dict(order.holds.open().filter(reason=Hold.Reason.DISPUTED).values_list("line_id", "wanted_minor"))
    for line in lines.values():
        count = by_line.get(line.id, Counted(line.id))
        if 0 <= count.short < line.cancelled_quantity:  # never shipped, and refunded
            count = replace(count, short=line.cancelled_quantity)
        if count.short < 0 or count.rejected < 0 or count.short + count.rejected > line.quantity:
            raise Refused(
                f"{line.product}: short and rejected together are between 0 and {line.quantity:,} {line.unit}.",
                field=f"line_{line.id}",
            )
        if len(count.note) > 1000:
            raise Refused("Keep the note to 1,000 characters.", field=f"note_{line.id}")
        ReceiptLine.objects.create(
            receipt=receipt,
            line=line,
            received_quantity=line.quantity - count.short - count.rejected,
            short_quantity=count.short,
            rejected_quantity=count.rejected,
            note=count.note.strip(),
        )
        # what a dispute holds of the line, or an award has paid back of it, is not held a second time
        kept = disputed.get(line.id, 0) + line.refunded_minor
        for reason, quantity in ((Hold.Reason.SHORT, count.short), (Hold.Reason.REJECTED, count.rejected)):
            value = holds.held_value(line, quantity)
            wanted = max(0, value - kept)
            kept = max(0, kept - value)
            if wanted:
                held = min(free, wanted)
                Hold.objects.create(
                    order=order, line=line, reason=reason, amount_minor=held, wanted_minor=wanted, opened_at=now
                )
                free -= held
    order.reserve_minor = order.rulebook.reserve(free, order.supplier.stars)
    released = free - order.reserve_minor
    books.release(order, released, cause="receipt", now=now)
    order.save()
    record(
        ORDER,
        order.id,
        "receipt.confirmed",
        by=by,
        now=now,
        data={
            "automatic": by is None,
            "short": sum(c.short for c in counts),
            "rejected": sum(c.rejected for c in counts),
            "released": released,
            "reserve": order.reserve_minor,
            "held": order.escrow_minor - order.reserve_minor,
        },
    )
    return order


@transaction.atomic
def expire_protection(*, order_id: int, now: datetime) -> Order:
    """Close the windows that have ended: marked holds without a claim end, what nothing keeps is released (11, 12).

    When no line's window is open and nothing is held, protection has expired. Raises MovedOn when nothing is due.
    """
    order = Order.objects.locked(order_id)
    due = order.protection_ends_at
    if order.status != Order.Status.RECEIVED or due is None or now < due:
        raise MovedOn("Protection of this order does not end now.")
    Supplier.objects.locked(order.supplier_id)  # its limit may be freed; its row is locked before accounts
    closing = list(order.lines.running().filter(window_ends_at__lte=now).values_list("id", flat=True))
    order.lines.filter(pk__in=closing).update(window_closed_at=now)
    order.holds.open().marked().filter(line_id__in=closing).update(closed_at=now)
    holds.reckon_protection(order)
    is_over = not order.lines.protected().exists() and not order.holds.open().exists()
    keep = order.later_reserve_minor if order.protection_ends_at else 0
    released = holds.spare_minor(order) - keep
    order.reserve_minor = order.later_reserve_minor = keep
    books.release(order, released, cause="end" if is_over else f"end:{due:%Y%m%dT%H%M%S%f}", now=now)
    if is_over:
        supplier_actions.free(supplier_id=order.supplier_id, order_id=order.id, now=now)
        allow(order.expire, None)
        order.expire(now=now)
    order.save()
    kind = "protection.expired" if is_over else "protection.closed_in_part"
    record(ORDER, order.id, kind, now=now, data={"released": released, "lines": len(closing)})
    return order
