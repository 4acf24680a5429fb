"""The nightly rating of all suppliers, and verifications that end by time; safe to run twice."""

from celery import shared_task
from django.utils import timezone

from suppliers import actions
from suppliers.models import Supplier, Verification
from trade_assurance.sweeping import SWEEP, sweep


@shared_task
def rate_suppliers():
    """Work out every rating anew; on and after the 10th raise the limits that are due to be raised."""
    ids = Supplier.objects.order_by("pk").values_list("pk", flat=True)
    actions.rerate_many(supplier_ids=list(ids), now=timezone.now())


@shared_task
def note_words():
    """Write the words that the directory searches anew, as categories are renamed past the suppliers."""
    actions.note_all_words()


@shared_task
def end_verifications():
    """Remind companies whose verification ends soon; end those whose day is over."""
    now = timezone.now()
    for due, action in (
        (Verification.objects.expired(now).order_by("expires_at", "id"), actions.expire_verification),
        (Verification.objects.to_remind(now).order_by("remind_at", "id"), actions.remind_of_verification),
    ):
        ids = list(due.values_list("id", flat=True)[:SWEEP])
        sweep(({"verification_id": pk} for pk in ids), action, now=now)
