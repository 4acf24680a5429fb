"""Risk staff look at held payments: approved money clears, declined money goes back whole (product.md §4)."""

from datetime import datetime

import structlog
from django.db import transaction

from accounts.models import User
from events.actions import record
from ledger import chart
from orders.models import Order
from payments.actions import paying, receiving
from payments.actions.holding import ORDER
from payments.gateways import clearing_name
from payments.models import Check, Method, Payment
from trade_assurance.refused import MovedOn, NotAllowed, Refused

logger = structlog.get_logger()
Verdict = Check.Verdict
PARTY = "You are a party to this order, so somebody else must review its payment."


@transaction.atomic
def approve_payment(*, check_id: int, reason: str, by: User, now: datetime) -> Check:
    """Risk staff find nothing wrong: the money leaves suspense as the payment that it is, with its fee.

    What the order can no longer take goes back. Raises NotAllowed, MovedOn, Refused.
    """
    order, payment, check = _under_review(check_id, reason, by)
    _end(order, check, Verdict.APPROVED, reason, by, now)
    if payment.method == Method.TT:
        receiving.clear_held(order, payment, source=suspense_of(payment), now=now)
    else:
        paying.clear(order, payment, source=suspense_of(payment), was_processing=True, now=now)
    payment.save()
    return check


@transaction.atomic
def decline_payment(*, check_id: int, reason: str, by: User, now: datetime) -> Check:
    """Risk staff refuse the payment: all of it, the fee too, is owed back to the payer (architecture.md §8).

    Raises NotAllowed, MovedOn, Refused.
    """
    order, payment, check = _under_review(check_id, reason, by)
    _end(order, check, Verdict.DECLINED, reason, by, now)
    paying.give_back(order, payment, source=suspense_of(payment), was_processing=True, now=now)
    payment.save()
    return check


@transaction.atomic
def mark_overdue(*, check_id: int, now: datetime) -> Check:
    """A review is over its 24 h: staff are told once, in the log and on the queue; it is never approved by time."""
    order_id, payment_id = Check.objects.values_list("payment__order", "payment").get(pk=check_id)
    Order.objects.locked(order_id)
    Payment.objects.locked(payment_id)
    check = Check.objects.locked(check_id)
    if check.verdict != Verdict.HELD or check.alarmed_at is not None or now < check.due_at:
        raise MovedOn("This review is not overdue.")
    check.alarmed_at = now
    check.save(update_fields=["alarmed_at"])
    record(ORDER, order_id, "payment.review_overdue", now=now, data={"payment": payment_id})
    logger.error("a held payment was not reviewed in 24 h", check_id=check_id, payment_id=payment_id)
    return check


def suspense_of(payment: Payment) -> chart.Book:
    """Where the money of a held payment lies: a bank's suspense, or its gateway's."""
    name = "main" if payment.method == Method.TT else clearing_name(payment.method)
    return chart.suspense(payment.currency, name)


def _under_review(check_id: int, reason: str, by: User) -> tuple[Order, Payment, Check]:
    if not by.has_perm("payments.review_payment"):
        raise NotAllowed("Only risk staff review payments.")
    order_id, payment_id = Check.objects.values_list("payment__order", "payment").get(pk=check_id)
    order = Order.objects.locked(order_id)
    payment = Payment.objects.locked(payment_id)
    check = Check.objects.locked(check_id)
    if order.side_of(by) is not None:
        raise NotAllowed(PARTY)
    if check.verdict != Verdict.HELD:
        raise MovedOn(f"This payment is {check.get_verdict_display().lower()} already. Nothing was changed.")
    if not reason.strip():
        raise Refused("Say why: the reason is kept with the check.", field="reason")
    return order, payment, check


def _end(order: Order, check: Check, verdict: str, reason: str, by: User, now: datetime) -> None:
    check.verdict, check.reason = verdict, reason.strip()[:300]
    check.reviewed_by, check.reviewed_at = by, now
    check.save(update_fields=["verdict", "reason", "reviewed_by", "reviewed_at"])
    record(ORDER, order.id, f"payment.{verdict}", by=by, now=now, data={"payment": check.payment_id})
