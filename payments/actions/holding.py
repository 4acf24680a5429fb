"""What becomes of a payment's fraud check when its money is booked: noted, or held in suspense (product.md §4)."""

from datetime import datetime

from events.actions import record
from ledger import chart
from orders import actions as order_actions
from orders import books
from orders.models import Order
from payments.fraud.scoring import Assessment
from payments.models import Check, Payment

ORDER = "order"


def is_to_hold(order: Order, assessment: Assessment) -> bool:
    """Whether a person looks first. What a closed order gets goes back anyway, so nothing is decided about it."""
    return assessment.is_high and order.takes_money


def note(payment: Payment, assessment: Assessment, *, is_held: bool, now: datetime) -> Check:
    """Keep what the rules said of a payment, in the transaction that books its money."""
    return Check.objects.create(
        payment=payment,
        score=assessment.score,
        threshold=assessment.threshold,
        rules=[{"name": each.name, "weight": each.weight, "why": each.why} for each in assessment.fired],
        crashed=list(assessment.crashed),
        card=assessment.card,
        account=assessment.account,
        verdict=Check.Verdict.HELD if is_held else Check.Verdict.CLEAR,
        at=now,
        due_at=now + payment.order.rulebook.review_time if is_held else None,
    )


def hold(
    order: Order, payment: Payment, *, source: chart.Book, suspense: chart.Book, was_processing: bool, now: datetime
) -> None:
    """Put a payment's money into suspense until risk staff have looked; nobody cancels meanwhile (Rulebook 3, I8).

    The caller holds the order's lock and saves the payment.
    """
    if not was_processing:
        order_actions.payment_began(order_id=order.id, payment_id=payment.id, now=now)
    books.hold_payment(
        order,
        payment_id=payment.id,
        source=source,
        suspense=suspense,
        amount_minor=payment.total_minor,
        entry=payment.gateway_reference,
        now=now,
    )
    payment.hold(now=now)
    record(ORDER, order.id, "payment.held", now=now, data={"payment": payment.id, "amount": payment.total_minor})
