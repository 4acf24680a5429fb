"""While our staff check a payment: until when, and what both sides read meanwhile (product.md §4, "Fraud checks")."""

from datetime import datetime

from django.db.models import Max, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.models import Order
from trade_assurance.templatetags.ta import moment

LATE = _lazy("It takes longer than we promise; our staff were told")
SAFE = (
    _lazy("The money is with us, not covered yet"),
    _lazy("It counts and is covered once our staff approve it. If they do not, all of it goes back to you."),
    "wait",
)


def with_due(orders):
    """Orders with until when our staff look at a payment that is held (`check_due_at`), for lists."""
    held = Order.objects.filter(pk=OuterRef("pk"), processing_payments__gt=0, payments__status="held")
    until = held.order_by("-payments__fraud_check__due_at").values("payments__fraud_check__due_at")
    return orders.annotate(check_due_at=Subquery(until[:1]))


def due_at(order: Order) -> datetime | None:
    """Until when our staff look at a payment that is held; None when none is. Asked once, unless a list has."""
    if not order.processing_payments:
        return None
    if not hasattr(order, "check_due_at"):
        held = order.payments.filter(status="held")
        order.check_due_at = held.aggregate(at=Max("fraud_check__due_at"))["at"]
    return order.check_due_at


def until(order: Order, now: datetime) -> str:
    """By when, in words; a time that is over is not named."""
    return f"By {moment(due_at(order))}" if now < due_at(order) else LATE


def told(kind: str, order: Order) -> tuple[str, str, str]:
    """An event of a check for the order's timeline: what, more, tone."""
    return {
        "payment.held": (
            _("The payment is being checked"),
            _(
                "Our staff look at it within {review_hours} hours. The money is safe with us; nobody can "
                "cancel meanwhile."
            ).format(review_hours=order.rulebook.review_hours),
            "wait",
        ),
        "payment.approved": (_("The payment was checked and approved"), "", ""),
        "payment.declined": (_("The payment was not accepted"), _("All of it goes back to where it came from."), ""),
        "payment.review_overdue": (
            _("The check of the payment takes longer"),
            _("Our staff were told. The money is safe with us."),
            "",
        ),
    }[kind]
