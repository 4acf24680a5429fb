"""What staff do with a case before they decide it: take it, give it back, ask, take longer (Rulebook 18)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from disputes.models import CaseView, Decision, Dispute, Question
from disputes.models.dispute import not_frozen
from disputes.steps import gone
from events.actions import record
from orders.models import Order
from trade_assurance import business_days
from trade_assurance.refused import MovedOn, NotAllowed, Refused

ORDER = "order"
S = Dispute.Status
TEXT_MAX = 2000


# what every act of an adjudicator asks first; the caller has locked the dispute ---------------------------------------


def demand_adjudicator(dispute: Dispute, by: User) -> None:
    """Raise NotAllowed unless `by` decides disputes and is no party to this one."""
    if not by.has_perm("disputes.decide"):
        raise NotAllowed("Only adjudicators work on cases.")
    if dispute.order.side_of(by) is not None:
        raise NotAllowed("You are a party to this order, so another adjudicator works on this case.")


def demand_holder(dispute: Dispute, by: User) -> None:
    """Raise unless `by` is the adjudicator who has picked this case up."""
    demand_adjudicator(dispute, by)
    if dispute.adjudicator_id is None:
        raise MovedOn("Pick this case up first: nobody holds it now.")
    if dispute.adjudicator_id != by.id:
        raise MovedOn(f"{dispute.adjudicator.get_full_name()} holds this case now.")


def demand_status(dispute: Dispute, *statuses: str) -> None:
    """Raise MovedOn with the state of the case unless it is in one of these and moves at all."""
    if dispute.status not in statuses:
        raise MovedOn(gone(dispute))
    if not not_frozen(dispute):
        raise MovedOn(not_frozen.sentence)


def demand_no_proposal(dispute: Dispute) -> None:
    if dispute.decisions.filter(status=Decision.Status.PROPOSED).exists():
        raise MovedOn("A proposed decision waits for a second adjudicator. Take it back first.")


def demand_text(text: str, asked: str, *, field: str, most: int = TEXT_MAX) -> str:
    """The text without outer blanks. Raises Refused when it is empty or too long."""
    text = text.strip()
    if not text:
        raise Refused(asked, field=field)
    if len(text) > most:
        said = _("Keep this to {most} characters; this has {count}.")
        raise Refused(said.format(most=f"{most:,}", count=f"{len(text):,}"), field=field)
    return text


def decided_before(dispute: Dispute, by: User) -> bool:
    """Whether `by` proposed or approved a published decision of this case."""
    final = dispute.decisions.filter(status=Decision.Status.FINAL)
    return final.filter(Q(proposed_by=by) | Q(approved_by=by)).exists()


def demand_not_before(dispute: Dispute, by: User) -> None:
    """An appeal is decided by somebody who neither proposed nor approved before (Rulebook 20)."""
    if dispute.status == S.APPEALED and decided_before(dispute, by):
        raise NotAllowed("You decided this case before, so another adjudicator decides the appeal.")


# actions --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def pick_up(*, dispute_id: int, by: User, now: datetime) -> Dispute:
    """Take a case from the queue; from here the clock of the decision is the one that counts (Rulebook 18).

    Raises NotAllowed for parties, and on appeal for who decided before; MovedOn when somebody else has it.
    """
    dispute = Dispute.objects.locked(dispute_id)
    demand_adjudicator(dispute, by)
    if dispute.status not in Dispute.WITH_STAFF:
        raise MovedOn(gone(dispute))
    if dispute.adjudicator_id == by.id:
        return dispute
    if dispute.adjudicator_id is not None:
        raise MovedOn(f"{dispute.adjudicator.get_full_name()} has picked this case up already.")
    demand_not_before(dispute, by)
    dispute.adjudicator, dispute.picked_up_at = by, now
    dispute.staff_due_at = _clock(dispute)
    dispute.save()
    record(ORDER, dispute.order_id, "dispute.picked_up", by=by, now=now, data={"dispute": dispute.reference})
    return dispute


@transaction.atomic
def hand_back(*, dispute_id: int, by: User, now: datetime) -> Dispute:
    """Return a case to the queue, where it is due within 2 business days, never later than its decision."""
    dispute = Dispute.objects.locked(dispute_id)
    demand_holder(dispute, by)
    if dispute.status not in Dispute.WITH_STAFF:
        raise MovedOn(gone(dispute))
    demand_no_proposal(dispute)
    dispute.adjudicator, dispute.picked_up_at = None, None
    pick_up_by = business_days.after(now, dispute.order.rulebook.pick_up_business_days)
    dispute.staff_due_at = min(pick_up_by, _clock(dispute))
    dispute.save()
    record(ORDER, dispute.order_id, "dispute.handed_back", by=by, now=now, data={"dispute": dispute.reference})
    return dispute


def _clock(dispute: Dispute) -> datetime:
    """When staff must next have done something: the decision, or while it waits for it, the inspection."""
    return dispute.inspection_ends_at if dispute.status == S.INSPECTION else dispute.decide_by_at


@transaction.atomic
def ask(*, dispute_id: int, side: str, text: str, days: int, by: User, now: datetime) -> Question:
    """Ask a party for something; it may add evidence for so many days (Rulebook 18)."""
    dispute = Dispute.objects.locked(dispute_id)
    demand_holder(dispute, by)
    demand_status(dispute, *Dispute.WITH_STAFF)
    demand_no_proposal(dispute)
    if side not in Order.Side.values:
        raise Refused("Choose whom you ask: the buyer or the supplier.", field="side")
    most = dispute.order.rulebook.question_days_max
    if not isinstance(days, int) or not 1 <= days <= most:
        raise Refused(f"Give between 1 and {most} days.", field="days")
    text = demand_text(text, "Say what you ask for.", field="text")
    question = Question.objects.create(
        dispute=dispute, side=side, text=text, asked_by=by, asked_at=now, due_at=now + timedelta(days=days)
    )
    record(
        ORDER,
        dispute.order_id,
        "dispute.asked",
        by=by,
        now=now,
        data={"dispute": dispute.reference, "side": str(side), "until": question.due_at.isoformat()},
    )
    return question


@transaction.atomic
def extend_decision(*, dispute_id: int, reason: str, by: User, now: datetime) -> Dispute:
    """Take 5 business days longer to decide, once a case, with a reason (Rulebook 18)."""
    dispute = Dispute.objects.locked(dispute_id)
    demand_holder(dispute, by)
    demand_status(dispute, S.EVIDENCE, S.REBUTTAL, S.DECIDING, S.APPEALED)
    if dispute.decide_extended_at is not None:
        raise MovedOn("The time to decide was extended already; that is possible once a case.")
    reason = demand_text(reason, "Say why it takes longer: the reason is kept with the change.", field="reason")
    dispute.decide_extended_at = now
    dispute.decide_by_at = business_days.after(dispute.decide_by_at, dispute.order.rulebook.decision_business_days)
    dispute.staff_due_at = dispute.decide_by_at
    dispute.save()
    record(
        ORDER,
        dispute.order_id,
        "dispute.decision_extended",
        by=by,
        now=now,
        data={"dispute": dispute.reference, "until": dispute.decide_by_at.isoformat()},
        personal={"reason": reason},
    )
    return dispute


def log_view(*, dispute_id: int, by: User, now: datetime) -> CaseView:
    """Note that one of the staff opened a case; every view is logged (quality.md §3)."""
    return CaseView.objects.create(dispute_id=dispute_id, user=by, at=now)
