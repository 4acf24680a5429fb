"""The step that follows a receipt by time: saying when the goods really came (Rulebook 11)."""

from django.utils.translation import gettext as _

from orders import receipts
from orders.models import LaterReceipt, Order
from orders.steps import Step, to

S = Order.Status


def later_receipt(order, user, side, now):
    """Say that the goods came later than time confirmed, before protection expires."""
    if side != Order.Side.BUYER:
        return None
    reason = _why_not(order, now)
    deadline = None if reason else order.protection_ends_at
    silence = _("Without it the dates stay: protection counts from the day that time confirmed.")
    label = _("The goods came later")
    return Step("later_receipt", label, not reason, reason, deadline, silence, to("orders:later_receipt", order))


def _why_not(order: Order, now) -> str:
    if order.is_final:
        return _("Protection has ended, so no date of this order moves any more.")
    if order.status != S.RECEIVED:
        return _("A later receipt can be proven once time has confirmed receipt for you.")
    if not order.receipt.is_automatic:
        return _("You confirmed receipt yourself, so protection counts from then.")
    last = receipts.latest_later(order)
    if last is not None and last.state == LaterReceipt.State.ASKED:
        return _("Our staff look at the later receipt that you gave. No window closes meanwhile.")
    if last is not None and last.state == LaterReceipt.State.GRANTED:
        return _("Protection counts from the later receipt that you proved.")
    most = order.rulebook.later_receipts_max
    if order.later_receipts.count() >= most:
        return _(
            "You gave a later receipt {most} times, and none was proven. Write to our staff if you have new proof."
        ).format(most=most)
    if not _is_open(order, now):
        return _("Protection has ended, so no date of this order moves any more.")
    return ""


def _is_open(order: Order, now) -> bool:
    """Whether any line is still protected at `now`, also before a sweep has closed what is over."""
    if order.protection_ends_at is None or now < order.protection_ends_at:
        return True
    return order.lines.stopped().exists() or order.lines.running().filter(window_ends_at__gt=now).exists()
