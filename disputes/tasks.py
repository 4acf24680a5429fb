"""Sweeps over cases: find what is due, call one action each. Safe to run twice, at once, and after being lost."""

from celery import shared_task
from django.utils import timezone

from disputes import actions
from disputes.models import Dispute, Offer
from trade_assurance.sweeping import SWEEP, sweep


def _cases(due) -> list[dict]:
    return [{"dispute_id": pk} for pk in due.due_ids(limit=SWEEP)]


@shared_task
def follow_chargebacks():
    """Stop cases whose payment is contested at the bank, and let them go on after its verdict."""
    now = timezone.now()
    sweep(_cases(Dispute.objects.follows_bank()), actions.follow_bank, now=now)


@shared_task
def expire_offers():
    """End offers that nobody answered for 72 hours (Rulebook 15)."""
    now = timezone.now()
    due = Offer.objects.to_expire(now).order_by("expires_at").values_list("id", flat=True)[:SWEEP]
    sweep([{"offer_id": pk} for pk in due], actions.expire_offer, now=now)


@shared_task
def award_what_was_not_shipped():
    """Refund what was claimed as not shipped when no proof came within 72 hours (Rulebook 9a)."""
    now = timezone.now()
    sweep(_cases(Dispute.objects.to_award(now)), actions.award_by_time, now=now)


@shared_task
def escalate_stalled_disputes():
    """Hand to staff what the sides could not settle in 7 × 24 hours (Rulebook 14)."""
    now = timezone.now()
    sweep([case | {"by": None} for case in _cases(Dispute.objects.stalled(now))], actions.escalate, now=now)


@shared_task
def close_phases():
    """End the 5 days for evidence and the 48 hours to answer it (Rulebook 16)."""
    now = timezone.now()
    sweep(_cases(Dispute.objects.evidence_over(now)), actions.close_evidence, now=now)
    sweep(_cases(Dispute.objects.rebuttal_over(now)), actions.close_rebuttal, now=now)


@shared_task
def end_inspections():
    """Go on with the file as it stands where no inspector was chosen, or no report came, in time (Rulebook 18)."""
    now = timezone.now()
    sweep(_cases(Dispute.objects.inspection_over(now)), actions.end_inspection, now=now)


@shared_task
def execute_decisions():
    """Execute decisions whose 7 days for an appeal are over (Rulebook 20)."""
    now = timezone.now()
    sweep(_cases(Dispute.objects.to_execute(now)), actions.execute, now=now)


@shared_task
def move_returns_and_replacements():
    """Warn, lapse, refund or end where a deadline of a return or replacement has passed (Rulebook 21)."""
    now = timezone.now()
    sweep(_cases(Dispute.objects.performance_due(now)), actions.move_performance, now=now)
