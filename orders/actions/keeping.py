"""The buyer keeps goods that are late and is compensated for the days (Rulebook 9, choice b)."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from events.actions import record
from orders.models import Order
from orders.steps import demand

ORDER = "order"


@transaction.atomic
def keep_late_goods(*, order_id: int, by: User, now: datetime) -> Order:
    """The buyer chooses to keep goods that are late: from then on time cancels nothing of them (Rulebook 9).

    The compensation is claimed when they are shipped. The buyer may still cancel, or grant an extension, which is a
    new ship-by date with a choice of its own. Raises MovedOn with the reason, NotAllowed.
    """
    order = Order.objects.locked(order_id)
    demand("keep_late", order, by=by, now=now)
    order.kept_at, order.award_at = now, None
    order.save(update_fields=["kept_at", "award_at"])
    left = {str(line.number): line.to_ship for line in order.lines.order_by("number") if line.to_ship}
    record(ORDER, order.id, "order.kept", by=by, now=now, data={"due": order.ship_by_at.isoformat(), "left": left})
    return order
