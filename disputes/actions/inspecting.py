"""An inspection on contested facts: ordered by staff, done by an inspector of the buyer's choice (Rulebook 18)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from disputes.actions.handling import (
    demand_adjudicator,
    demand_holder,
    demand_no_proposal,
    demand_status,
    demand_text,
)
from disputes.models import Dispute, Inspection, Inspector
from disputes.steps import allow, demand_move
from events.actions import record
from orders.models import Order
from trade_assurance import money
from trade_assurance.refused import MovedOn, Refused
from trade_assurance.rulebook import from_usd

ORDER = "order"
S = Dispute.Status
FINDINGS_MAX = 5000


@transaction.atomic
def order_inspection(*, dispute_id: int, question: str, by: User, now: datetime) -> Inspection:
    """Have the goods inspected, once a case and from USD 2,000; the clock of the decision waits (Rulebook 18)."""
    dispute = Dispute.objects.locked(dispute_id)
    demand_holder(dispute, by)
    demand_status(dispute, S.DECIDING)
    demand_no_proposal(dispute)
    order, rules = dispute.order, dispute.order.rulebook
    if dispute.claimant == Order.Side.SUPPLIER:
        raise Refused("This claim is about a cost. There are no goods to inspect.")
    least = from_usd(rules.inspection_min_usd, order.currency, order.usd_per_unit, "up")
    if dispute.claimed_minor < least:
        raise Refused(f"An inspection is for contested facts from {money.display(least, order.currency)}.")
    if Inspection.objects.filter(dispute=dispute).exists():
        raise MovedOn("An inspection was ordered in this case already; it is possible once.")
    question = demand_text(question, "Say what the inspector is to find out.", field="question")
    inspection = Inspection.objects.create(
        dispute=dispute,
        ordered_by=by,
        ordered_at=now,
        question=question,
        left_to_decide=max(dispute.decide_by_at - now, timedelta()),
    )
    allow(dispute.inspect, by)
    dispute.inspect(ends_at=now + timedelta(days=rules.inspector_choice_days))
    dispute.staff_due_at = dispute.inspection_ends_at
    dispute.save()
    _note(dispute, "inspection.ordered", by=by, now=now, until=dispute.inspection_ends_at.isoformat())
    return inspection


@transaction.atomic
def choose_inspector(*, dispute_id: int, inspector_id: int, fee_minor: int, by: User, now: datetime) -> Inspection:
    """Pick a listed inspector as the buyer, and say the fee that one advances; the report is due in 15 days (18).

    The fee that an award may give back is at most what is claimed and covered. Raises Refused with `field`.
    """
    dispute = Dispute.objects.locked(dispute_id)
    demand_move("choose_inspector", dispute, by=by, now=now)
    inspection = dispute.inspection
    inspector = Inspector.objects.filter(pk=inspector_id, is_listed=True).first()
    if inspector is None:
        raise Refused(_("Choose an inspector from the list."), field="inspector")
    if not isinstance(fee_minor, int) or isinstance(fee_minor, bool) or fee_minor < 0:
        raise Refused(_("Give the fee that you advance, zero if there is none."), field="fee")
    if fee_minor > dispute.cap_minor:
        most = money.display(dispute.cap_minor, dispute.currency)
        said = _("At most {most} can come back to you: the fee may not exceed the covered claim.")
        raise Refused(said.format(most=most), field="fee")
    inspection.inspector, inspection.chosen_at, inspection.fee_minor = inspector, now, fee_minor
    inspection.save(update_fields=["inspector", "chosen_at", "fee_minor"])
    dispute.inspection_ends_at = now + timedelta(days=dispute.order.rulebook.inspection_report_days)
    dispute.staff_due_at = dispute.inspection_ends_at
    dispute.save()
    _note(
        dispute,
        "inspection.inspector_chosen",
        by=by,
        now=now,
        inspector=inspector.id,
        fee=fee_minor,
        until=dispute.inspection_ends_at.isoformat(),
    )
    return inspection


@transaction.atomic
def report_inspection(
    *, dispute_id: int, findings: str, upheld_bp: int, fee_minor: int | None = None, by: User, now: datetime
) -> Inspection:
    """Enter the inspector's report as staff; the clock of the decision goes on with what was left (Rulebook 18).

    `upheld_bp` is how much of the claim it bears out, in basis points; `fee_minor` is what its invoice shows, at most
    what the buyer said that it advanced.
    """
    dispute = Dispute.objects.locked(dispute_id)
    demand_adjudicator(dispute, by)
    demand_status(dispute, S.INSPECTION)
    inspection = dispute.inspection
    if inspection.inspector_id is None:
        raise MovedOn("The buyer has not chosen an inspector yet, so there is no report.")
    findings = demand_text(findings, "Say what the inspector found.", field="findings", most=FINDINGS_MAX)
    if not isinstance(upheld_bp, int) or isinstance(upheld_bp, bool) or not 0 <= upheld_bp <= 10_000:
        raise Refused("Give a share from 0 to 100 %.", field="upheld_bp")
    if fee_minor is not None:
        if not isinstance(fee_minor, int) or isinstance(fee_minor, bool) or not 0 <= fee_minor <= inspection.fee_minor:
            most = money.display(inspection.fee_minor, dispute.currency)
            raise Refused(f"Give the fee as the invoice shows it, at most the {most} that the buyer said.", field="fee")
        inspection.fee_minor = fee_minor
    inspection.reported_at, inspection.findings, inspection.upheld_bp = now, findings, upheld_bp
    inspection.save(update_fields=["reported_at", "findings", "upheld_bp", "fee_minor"])
    _go_on(dispute, inspection, now=now)
    _note(dispute, "inspection.reported", by=by, now=now, upheld_bp=upheld_bp, fee=inspection.fee_minor)
    return inspection


@transaction.atomic
def end_inspection(*, dispute_id: int, now: datetime) -> Dispute:
    """Nobody chose an inspector, or no report came, in time: the case goes on as the file stands (Rulebook 17, 18)."""
    dispute = Dispute.objects.locked(dispute_id)
    demand_status(dispute, S.INSPECTION)
    if now < dispute.inspection_ends_at:
        raise MovedOn("The time of this inspection is not over.")
    inspection = dispute.inspection
    _go_on(dispute, inspection, now=now)
    _note(dispute, "inspection.lapsed", by=None, now=now, chosen=inspection.inspector_id is not None)
    return dispute


def upheld_fee(dispute: Dispute) -> int:
    """What of the inspection's fee an award gives back: all when the report bears out half or more (Rulebook 18)."""
    inspection = Inspection.objects.filter(dispute=dispute, upheld_bp__isnull=False).first()
    if inspection is None or inspection.upheld_bp < dispute.order.rulebook.inspection_upheld_bp:
        return 0
    return inspection.fee_minor


def _go_on(dispute: Dispute, inspection: Inspection, *, now: datetime) -> None:
    allow(dispute.end_inspection, None)
    dispute.end_inspection(decide_by_at=now + inspection.left_to_decide)
    dispute.save()


def _note(dispute: Dispute, kind: str, *, by: User | None, now: datetime, **more) -> None:
    record(ORDER, dispute.order_id, kind, by=by, now=now, data={"dispute": dispute.reference} | more)
