"""The step of a buyer whose goods are late and who wants them all the same (Rulebook 9, choice b)."""

from django.utils.translation import gettext as _

from orders.models import Order
from orders.models.conditions import nothing_contested
from orders.steps import Step, to

S = Order.Status


def is_kept(order: Order) -> bool:
    """Whether the buyer keeps what is late: a new ship-by date, or a false shipment, starts the clock of (a) again."""
    return order.status == S.PAID and order.kept_at is not None and order.award_at is None


def keep_late(order, user, side, now):
    """Keep the goods that are late, with compensation for each day."""
    if side != Order.Side.BUYER:
        return None
    if not order.is_late(now):
        reason = _("You can choose this once the ship-by date has passed and not all is shipped.")
    elif is_kept(order):
        reason = _("You have chosen to keep the goods. You can still cancel what is not shipped, or grant more time.")
    elif order.open_disputes:
        reason = _("A claim on this order is open. When it has ended, you can choose to keep the goods.")
    elif not nothing_contested(order):
        reason = nothing_contested.sentence
    elif order.award_at is not None and now >= order.award_at:
        reason = _("What was not shipped is cancelled and goes back to you now.")
    else:
        reason = ""
    silence = _(
        "Without a choice, what is not shipped {days} days after the ship-by date is cancelled and refunded by itself."
    ).format(days=order.rulebook.late_award_days)
    return Step(
        "keep_late",
        _("Keep the goods, with compensation"),
        not reason,
        reason,
        order.award_at if not reason else None,
        silence,
        to("orders:keep_late", order),
    )
