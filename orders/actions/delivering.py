"""Receipt and the end of protection (Rulebook 10-12)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from orders import books, counting, holds
from orders.counting import Counted
from orders.models import Hold, LaterReceipt, Order, Receipt, ReceiptLine, ReviewRequest
from orders.steps import allow, demand
from suppliers import actions as supplier_actions
from suppliers.models import Supplier
from trade_assurance.refused import MovedOn, Refused

ORDER = "order"


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
        raise Refused(_("Count each line of this contract once."), field="counts")
    receipt = Receipt.objects.create(order=order, at=now, by=by, is_automatic=by is None)
    ReviewRequest.objects.create(order=order, due_at=now + timedelta(days=order.rulebook.feedback_ask_days))
    holds.open_windows(order)
    free = holds.spare_minor(order)
    disputed = dict(order.holds.open().filter(reason=Hold.Reason.DISPUTED).values_list("line_id", "wanted_minor"))
    for line in lines.values():
        count = counting.of_line(line, by_line.get(line.id, Counted(line.id)))
        for field, sentence in counting.problems(line, count):
            raise Refused(sentence, field=field)
        ReceiptLine.objects.create(
            receipt=receipt,
            line=line,
            received_quantity=line.quantity - count.short - count.rejected,
            short_quantity=count.short,
            rejected_quantity=count.rejected,
            note=count.note.strip(),
            inspected_quantity=count.inspected,
            critical_quantity=count.critical,
            major_quantity=count.major,
            minor_quantity=count.minor,
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
            "inspected": sum(c.inspected or 0 for c in counts),
            "photos": order.receipt_photos.filter(removed_at__isnull=True).count(),
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
    if order.later_receipts.filter(state=LaterReceipt.State.ASKED).exists():
        raise MovedOn("Staff still look at a later receipt of this order, so no window closes before they have found.")
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
