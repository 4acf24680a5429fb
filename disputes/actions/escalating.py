"""From the talk to the staff: more time, escalation, the end of each phase, standing still (Rulebook 14, 16)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from disputes.actions import executing, talking
from disputes.actions.executing import first_word
from disputes.models import Dispute
from disputes.steps import allow, demand_move, gone
from events.actions import record
from orders.models import Order
from trade_assurance import business_days
from trade_assurance.refused import MovedOn

ORDER = "order"
S = Dispute.Status
# every deadline of a case, moved on by the time that it stood still
DEADLINES = (
    "answer_due_at",
    "escalate_from_at",
    "escalate_at",
    "award_at",
    "evidence_ends_at",
    "rebuttal_ends_at",
    "inspection_ends_at",
    "decide_by_at",
    "staff_due_at",
    "appeal_ends_at",
    "performance_due_at",
)


@transaction.atomic
def extend_talk(*, dispute_id: int, by: User, now: datetime) -> Dispute:
    """Agree to 7 more days of talk; when both sides have, the automatic escalation moves by them (Rulebook 14)."""
    dispute = Dispute.objects.locked(dispute_id)
    demand_move("extend", dispute, by=by, now=now)
    side = dispute.acting_side(by)
    if side == Order.Side.BUYER:
        dispute.buyer_extended_at = now
    else:
        dispute.supplier_extended_at = now
    both = dispute.buyer_extended_at is not None and dispute.supplier_extended_at is not None
    if both:
        dispute.escalate_at += timedelta(days=dispute.order.rulebook.dispute_extension_days)
    dispute.save()
    data = {"dispute": dispute.reference, "side": str(side), "both": both}
    record(ORDER, dispute.order_id, "dispute.extended", by=by, now=now, data=data)
    return dispute


@transaction.atomic
def escalate(*, dispute_id: int, by: User | None, now: datetime) -> Dispute:
    """Have staff decide: by the claimant when rule 14 allows it, by time after 7 × 24 h. Evidence is open for 5 days.

    Raises NotAllowed, MovedOn with the reason.
    """
    dispute = Dispute.objects.locked(dispute_id)
    if by is not None:
        demand_move("escalate", dispute, by=by, now=now)
    elif dispute.status != S.OPEN or now < dispute.escalate_at or dispute.is_frozen:
        raise MovedOn(_("This case is not escalated by time now.") if dispute.is_open else gone(dispute))
    allow(dispute.escalate, by)
    side = dispute.acting_side(by) if by is not None else "time"
    dispute.escalate(now=now, by_side=side, business=business_days)
    dispute.award_at = None
    talking.forget_limits(dispute)
    if dispute.answered_at is None:
        dispute.answered_at = first_word(dispute)
    dispute.save()
    record(
        ORDER,
        dispute.order_id,
        "dispute.escalated",
        by=by,
        now=now,
        data={"dispute": dispute.reference, "side": str(side), "answered": dispute.answered_at is not None},
    )
    return dispute


@transaction.atomic
def close_evidence(*, dispute_id: int, now: datetime) -> Dispute:
    """The 5 days are over: from here only answers to the other side's new evidence, for 48 h (Rulebook 16)."""
    dispute = Dispute.objects.locked(dispute_id)
    if dispute.status != S.EVIDENCE or now < dispute.evidence_ends_at or dispute.is_frozen:
        raise MovedOn(_("The time for evidence is not over."))
    allow(dispute.close_evidence, None)
    dispute.close_evidence()
    dispute.save()
    record(ORDER, dispute.order_id, "evidence.closed", now=now, data={"dispute": dispute.reference})
    return dispute


@transaction.atomic
def close_rebuttal(*, dispute_id: int, now: datetime) -> Dispute:
    """The file is complete and is decided as it stands (Rulebook 16, 17)."""
    dispute = Dispute.objects.locked(dispute_id)
    if dispute.status != S.REBUTTAL or now < dispute.rebuttal_ends_at or dispute.is_frozen:
        raise MovedOn(_("The time to answer the other side's evidence is not over."))
    allow(dispute.close_rebuttal, None)
    dispute.close_rebuttal()
    dispute.save()
    record(ORDER, dispute.order_id, "rebuttal.closed", now=now, data={"dispute": dispute.reference})
    return dispute


@transaction.atomic
def follow_bank(*, dispute_id: int, now: datetime) -> Dispute:
    """Stand still while a card payment is contested; go on with every deadline moved when it no longer is.

    An order that the card network's verdict has ended ends its cases too. Raises MovedOn when nothing has changed.
    """
    dispute = Dispute.objects.locked(dispute_id)
    data = {"dispute": dispute.reference}
    if not dispute.is_open:
        raise MovedOn(gone(dispute))
    if dispute.order.is_final:
        executing.lapse(dispute, now=now)
        dispute.order.save()
    elif dispute.is_frozen and dispute.frozen_at is None:
        dispute.frozen_at = now
        dispute.save()
        record(ORDER, dispute.order_id, "dispute.frozen", now=now, data=data)
    elif dispute.frozen_at is not None and not dispute.is_frozen:
        stood = now - dispute.frozen_at
        for name in DEADLINES:
            at = getattr(dispute, name)
            if at is not None and at > dispute.frozen_at:
                setattr(dispute, name, at + stood)
        dispute.performances.filter(ended_at__isnull=True, check_by_at__gt=dispute.frozen_at).update(
            check_by_at=F("check_by_at") + stood
        )
        dispute.frozen_at = None
        dispute.save()
        record(ORDER, dispute.order_id, "dispute.goes_on", now=now, data=data)
    else:
        raise MovedOn(_("Nothing has changed for this case."))
    return dispute
