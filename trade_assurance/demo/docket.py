"""What time does to the demo's orders and cases: each deadline is played at its own instant, as the sweeps would."""

from datetime import datetime

from django.db.models import Min, Q

from disputes import actions
from disputes.models import Dispute, Offer
from orders import actions as order_actions
from orders.models import Order, ReviewMail, ReviewRequest, Shipment

S = Dispute.Status
MOST = 500
DEADLINES = (  # of a case: its column, the states in which it counts, what is due, and what is done then
    ("award_at", (S.OPEN,), Dispute.objects.to_award, actions.award_by_time),
    ("escalate_at", (S.OPEN,), Dispute.objects.stalled, lambda **case: actions.escalate(by=None, **case)),
    ("evidence_ends_at", (S.EVIDENCE,), Dispute.objects.evidence_over, actions.close_evidence),
    ("rebuttal_ends_at", (S.REBUTTAL,), Dispute.objects.rebuttal_over, actions.close_rebuttal),
    ("inspection_ends_at", (S.INSPECTION,), Dispute.objects.inspection_over, actions.end_inspection),
    ("appeal_ends_at", (S.DECIDED,), Dispute.objects.to_execute, actions.execute),
    ("performance_due_at", (S.RETURNING, S.REPLACING), Dispute.objects.performance_due, actions.move_performance),
)


def next_due() -> datetime | None:
    """The next instant at which time acts on a case, an offer, an order's dates, or its tracking."""
    cases = {name: Min(name, filter=Q(status__in=states)) for name, states, _, _ in DEADLINES}
    found = [
        *Dispute.objects.running().aggregate(**cases).values(),
        Offer.objects.live().aggregate(at=Min("expires_at"))["at"],
        Order.objects.filter(status=Order.Status.PAID, late_noticed_at__isnull=True).aggregate(at=Min("ship_by_at"))[
            "at"
        ],
        Order.objects.filter(status=Order.Status.RECEIVED).aggregate(at=Min("protection_ends_at"))["at"],
        ReviewRequest.objects.aggregate(at=Min("due_at"))["at"],
        Shipment.objects.filter(tracking=Shipment.Tracking.PENDING).aggregate(at=Min("unverified_at"))["at"],
        ReviewMail.objects.aggregate(at=Min("due_at"))["at"],
    ]
    return min((at for at in found if at is not None), default=None)


def play(now: datetime) -> None:
    """Do all that time does at this instant."""
    for _, _, due, act in DEADLINES:
        for pk in due(now).due_ids(limit=MOST):
            act(dispute_id=pk, now=now)
    for pk in list(Offer.objects.to_expire(now).order_by("expires_at").values_list("id", flat=True)):
        actions.expire_offer(offer_id=pk, now=now)
    for pk in Order.objects.late_unnoticed(now).due_ids(limit=MOST):
        order_actions.note_late(order_id=pk, now=now, by_mail=False)  # nobody at demo.test would read the mail
    for pk in Order.objects.protection_over(now).due_ids(limit=MOST):
        order_actions.expire_protection(order_id=pk, now=now)
    for pk in list(ReviewRequest.objects.due(now).order_by("due_at").values_list("order_id", flat=True)):
        order_actions.note_asked(order_id=pk, now=now)  # without its mail either
    for pk in list(Shipment.objects.without_movement(now).order_by("unverified_at").values_list("id", flat=True)):
        order_actions.end_waiting(shipment_id=pk, now=now)
    ReviewMail.objects.due(now).delete()  # as little


def follow_bank(now: datetime) -> None:
    """Stop the cases whose payment a card network has taken back."""
    for pk in Dispute.objects.follows_bank().due_ids(limit=MOST):
        actions.follow_bank(dispute_id=pk, now=now)
