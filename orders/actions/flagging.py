"""What risk staff say of an order: that it counts for no rating (Rulebook, "Credit rating", manipulation guard)."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from events.actions import record
from orders.models import Order
from suppliers import actions as supplier_actions
from suppliers.models import RatingSnapshot
from trade_assurance.refused import MovedOn, NotAllowed, Refused

REASON_MAX = 300


def _order(order_id: int, reason: str, by: User) -> tuple[Order, str]:
    """The order under lock, for risk staff who are on neither side of it, and the reason."""
    order = Order.objects.locked(order_id)
    if not by.has_perm("suppliers.verify_supplier"):
        raise NotAllowed("Only risk staff may do this.")
    if order.side_of(by) is not None:
        raise NotAllowed("You are a party to this order, so somebody else must do this.")
    if not reason.strip():
        raise Refused("Say why: the reason is kept with the change.", field="reason")
    if len(reason.strip()) > REASON_MAX:
        raise Refused(f"Keep this to {REASON_MAX} characters.", field="reason")
    return order, reason.strip()


@transaction.atomic
def flag(*, order_id: int, reason: str, by: User, now: datetime) -> Order:
    """Let an order count for no rating, with a reason; its supplier is rated at once. Raises NotAllowed, MovedOn."""
    order, reason = _order(order_id, reason, by)
    if order.flagged_at is not None:
        raise MovedOn("This order is flagged already. Nothing was changed.")
    order.flagged_at, order.flagged_because = now, reason
    order.save(update_fields=["flagged_at", "flagged_because"])
    record("order", order.id, "order.flagged", by=by, now=now, data={"reason": reason})
    supplier_actions.rerate(supplier_id=order.supplier_id, because=RatingSnapshot.Because.STAFF, now=now)
    return order


@transaction.atomic
def unflag(*, order_id: int, reason: str, by: User, now: datetime) -> Order:
    """Let an order count again, with a reason; its supplier is rated anew at once. Raises NotAllowed, MovedOn."""
    order, reason = _order(order_id, reason, by)
    if order.flagged_at is None:
        raise MovedOn("This order is not flagged. Nothing was changed.")
    order.flagged_at, order.flagged_because = None, ""
    order.save(update_fields=["flagged_at", "flagged_because"])
    record("order", order.id, "order.unflagged", by=by, now=now, data={"reason": reason})
    supplier_actions.rerate(supplier_id=order.supplier_id, because=RatingSnapshot.Because.STAFF, now=now)
    return order
