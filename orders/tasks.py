"""Sweeps over orders: find what is due, call one action each. Safe to run twice, at once, and after being lost."""

from collections.abc import Callable

import structlog
from celery import shared_task
from django.utils import timezone

from orders import actions
from orders.models import Order
from trade_assurance.refused import Refused

logger = structlog.get_logger()
SWEEP = 500


def _sweep(due, action: Callable, *, now) -> int:
    """Call `action` for each due order; one bad row does not hold up the rest. Returns how many were done."""
    done = 0
    for order_id in due.due_ids(limit=SWEEP):
        try:
            action(order_id=order_id, now=now)
            done += 1
        except Refused as moved_on:
            logger.info("order no longer due", order_id=order_id, action=action.__name__, why=str(moved_on))
        except Exception:
            logger.exception("sweep failed on an order", order_id=order_id, action=action.__name__)
    return done


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
