"""Sweeps over orders: find what is due, call one action each. Safe to run twice, at once, and after being lost."""

from celery import shared_task
from django.utils import timezone

from orders import actions
from orders.models import Order, ReviewMail, ReviewRequest
from trade_assurance.sweeping import SWEEP, sweep

ASKED_AT_MOST = 50  # mails that one run sends, well within a task's time


def _sweep(due, action, *, now) -> int:
    return sweep([{"order_id": pk} for pk in due.due_ids(limit=SWEEP)], action, now=now)


@shared_task
def lapse_unanswered_contracts():
    """End contracts that nobody answered for 30 days (Rulebook 1)."""
    now = timezone.now()
    _sweep(Order.objects.unanswered(now), actions.lapse, now=now)


@shared_task
def cancel_unpaid_orders():
    """Cancel placed orders that were not paid in time (Rulebook 1, 2)."""
    now = timezone.now()
    _sweep(Order.objects.unpaid_too_long(now), actions.cancel_unpaid, now=now)


@shared_task
def award_unshipped_orders():
    """Refund paid orders of which nothing was shipped 30 days after the ship-by date (Rulebook 9)."""
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
def tell_of_reviews():
    """Tell suppliers by mail of reviews and revisions, buyers of replies."""
    now = timezone.now()
    due = ReviewMail.objects.due(now).order_by("due_at", "id").values_list("id", flat=True)[:ASKED_AT_MOST]
    sweep([{"mail_id": pk} for pk in due], actions.send_review_mail, now=now)
