"""Appeals, once a side within 7 days, and giving them up (Rulebook 20)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from disputes.actions import executing
from disputes.actions.handling import demand_text
from disputes.models import Appeal, Dispute
from disputes.steps import allow, demand_move
from disputes.steps.deciding import may_still_appeal
from events.actions import record
from orders.models import Order
from trade_assurance import business_days
from trade_assurance.refused import MovedOn, Refused

ORDER = "order"
S = Dispute.Status
RULE_MAX = Appeal._meta.get_field("rule").max_length
REASONS_MAX = Appeal._meta.get_field("reasons").max_length


@transaction.atomic
def appeal(*, dispute_id: int, ground: str, rule: str, reasons: str, by: User, now: datetime) -> Appeal:
    """Have another adjudicator look again, on new evidence or a named rule; execution waits (Rulebook 20).

    The other side's appeal after this one only joins it. Raises NotAllowed, MovedOn, Refused with `field`.
    """
    dispute = Dispute.objects.locked(dispute_id)
    demand_move("appeal", dispute, by=by, now=now)
    if ground not in Appeal.Ground.values:
        raise Refused(_("Choose the ground: new evidence, or a rule that was applied wrongly."), field="ground")
    rule = rule.strip() if ground == Appeal.Ground.RULE else ""
    if ground == Appeal.Ground.RULE:
        rule = demand_text(rule, _("Name the rule that was applied wrongly."), field="rule", most=RULE_MAX)
    asked = _("Say what is new, or what was applied wrongly and why it matters.")
    reasons = demand_text(reasons, asked, field="reasons", most=REASONS_MAX)
    side = dispute.acting_side(by)
    filed = Appeal.objects.create(
        dispute=dispute, side=side, by=by, ground=ground, rule=rule, reasons=reasons, filed_at=now
    )
    if dispute.status == S.DECIDED:
        allow(dispute.appeal, None)
        dispute.appeal(decide_by_at=business_days.after(now, dispute.order.rulebook.decision_business_days))
        dispute.save()
    _note(dispute, "dispute.appealed", side, by=by, now=now, ground=str(ground))
    return filed


@transaction.atomic
def waive_appeal(*, dispute_id: int, by: User, now: datetime) -> Dispute:
    """Give up one's appeal; when both sides have, the decision is carried out at once (Rulebook 20)."""
    dispute = Dispute.objects.locked(dispute_id)
    demand_move("waive", dispute, by=by, now=now)
    side = dispute.acting_side(by)
    setattr(dispute, f"{side}_waived_at", now)
    dispute.save()
    _note(dispute, "dispute.appeal_waived", side, by=by, now=now)
    if dispute.status == S.DECIDED and dispute.buyer_waived_at and dispute.supplier_waived_at:
        return executing.execute(dispute_id=dispute.id, now=now)
    return dispute


def demand_both_heard(dispute: Dispute, now: datetime) -> None:
    """An appeal is decided once the other side has appealed too, waived, or its 7 days are over (Rulebook 20)."""
    for side in Order.Side:
        if may_still_appeal(dispute, side, now):
            raise MovedOn(
                f"The {side} may still appeal until {dispute.appeal_ends_at:%d %B %Y %H:%M} UTC, so the appeal is "
                "decided after that."
            )


def _note(dispute: Dispute, kind: str, side: str, *, by: User, now: datetime, **more) -> None:
    data = {"dispute": dispute.reference, "side": str(side)} | more
    record(ORDER, dispute.order_id, kind, by=by, now=now, data=data)
