"""Sweeps over orders: find what is due, call one action each. Safe to run twice, at once, and after being lost."""

from celery import shared_task
from django.utils import timezone

from orders import actions, emptying
from orders.models import ContractVersion, Order, ReviewMail, ReviewRequest, Shipment
from orders.tracking import service
from orders.tracking.asking import ask_carrier
from trade_assurance.sweeping import SWEEP, sweep

ASKED_AT_MOST = 50  # mails that one run sends, or carriers that it asks, well within a task's time


def _sweep(due, action, *, now) -> int:
    return sweep([{"order_id": pk} for pk in due.due_ids(limit=SWEEP)], action, now=now)


@shared_task
def lapse_unanswered_contracts():
    """End contracts that nobody answered for 30 days (Rulebook 1)."""
    now = timezone.now()
    _sweep(Order.objects.unanswered(now), actions.lapse, now=now)


@shared_task
def lapse_amendments():
    """End proposed changes of contracts that nobody answered for 7 days (ADR 21)."""
    now = timezone.now()
    due = ContractVersion.objects.open_amendments().filter(lapses_at__lte=now).order_by("lapses_at")
    sweep([{"order_id": pk} for pk in due.values_list("order_id", flat=True)[:SWEEP]], actions.lapse_amendment, now=now)


@shared_task
def cancel_unpaid_orders():
    """Cancel placed orders that were not paid in time (Rulebook 1, 2)."""
    now = timezone.now()
    _sweep(Order.objects.unpaid_too_long(now), actions.cancel_unpaid, now=now)


@shared_task
def note_late_orders():
    """Tell both sides of orders that became late (Rulebook 9)."""
    now = timezone.now()
    _sweep(Order.objects.late_unnoticed(now), actions.note_late, now=now)


@shared_task
def award_unshipped_orders():
    """Refund what was not shipped 30 days after the ship-by date (Rulebook 9)."""
    now = timezone.now()
    _sweep(Order.objects.unshipped_too_long(now), actions.award_unshipped, now=now)


@shared_task
def auto_confirm_receipts():
    """Confirm receipt where the time to do it oneself is over (Rulebook 10)."""
    now = timezone.now()
    _sweep(Order.objects.to_auto_confirm(now), actions.auto_confirm, now=now)


@shared_task
def close_protection_windows():
    """End protection for every order whose 30 days are over (Rulebook 11, 12)."""
    now = timezone.now()
    _sweep(Order.objects.protection_over(now), actions.expire_protection, now=now)


@shared_task
def ask_for_reviews():
    """Ask buyers by mail how their order went, some days after receipt (Rulebook, "Feedback")."""
    now = timezone.now()
    due = ReviewRequest.objects.due(now).order_by("due_at").values_list("order_id", flat=True)[:ASKED_AT_MOST]
    sweep([{"order_id": pk} for pk in due], actions.ask_for_review, now=now)


@shared_task
def ask_carriers():
    """Ask the carriers of shipments that are due where they are (Rulebook 8, 10)."""
    asked, now = service(), timezone.now()
    if asked is None:
        return
    due = Shipment.objects.to_ask(now).order_by("ask_at").values_list("id", flat=True)[:ASKED_AT_MOST]
    sweep([{"shipment_id": pk, "service": asked} for pk in due], ask_carrier, now=now)


@shared_task
def end_waiting_for_carriers():
    """Mark tracking that no carrier moved for 3 days as unverified (Rulebook 8)."""
    now = timezone.now()
    due = Shipment.objects.without_movement(now).order_by("unverified_at").values_list("id", flat=True)[:SWEEP]
    sweep([{"shipment_id": pk} for pk in due], actions.end_waiting, now=now)


@shared_task
def tell_of_reviews():
    """Tell suppliers by mail of reviews and revisions, buyers of replies."""
    now = timezone.now()
    due = ReviewMail.objects.due(now).order_by("due_at", "id").values_list("id", flat=True)[:ASKED_AT_MOST]
    sweep([{"mail_id": pk} for pk in due], actions.send_review_mail, now=now)


@shared_task
def empty_old_orders():
    """Erase texts and files of orders that were kept as long as the law says (quality.md §3)."""
    now = timezone.now()
    due = emptying.kept_long_enough(now).order_by("closed_at").values_list("id", flat=True)
    sweep([{"order_id": pk} for pk in due[:SWEEP]], actions.empty, now=now)
