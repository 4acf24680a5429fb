"""Filing and withdrawing claims (Rulebook 2, 13; product.md §3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from disputes import grounds
from disputes.actions import executing, talking
from disputes.assessing import TEXT_MAX, Item, assess, lost_units
from disputes.models import Claim, Dispute, DisputedLine
from disputes.retelling import COST, DUE
from disputes.steps import demand_move
from events.actions import record
from orders.actions import claiming as order_claiming
from orders.models import Order
from orders.steps import demand
from trade_assurance import money
from trade_assurance.refused import Refused

ORDER = "order"
R, W = Claim.Reason, Claim.Wish
OBJECTIVE = (R.NON_SHIPMENT, R.NON_RECEIPT, R.LATE)  # the records show it, whoever says so


@transaction.atomic
def file_claim(*, order_id: int, key: UUID, items: Sequence[Item], by: User, now: datetime) -> Dispute:
    """File a buyer's claim: its covered amount is held, the clocks it concerns stop, the supplier has 72 h (13, 14).

    The same key twice gives the same dispute. Raises NotAllowed, MovedOn, Refused with `field` as `assess` does.
    """
    order = Order.objects.locked(order_id)
    if (made := order.disputes.filter(key=key, filed_by=by).first()) is not None:
        return made
    demand("claim", order, by=by, now=now)
    assessment = assess(order=order, items=items, now=now)
    award_at, awards_silence = awarded_by_time(order, [item.reason for item in items], now)
    dispute = _open(
        order,
        key,
        by=by,
        now=now,
        claimant=Order.Side.BUYER,
        claimed_minor=assessment.claimed_minor,
        cap_minor=assessment.cap_minor,
        is_breach=all(item.reason in OBJECTIVE for item in items),
        award_at=award_at,
        awards_silence=awards_silence,
    )
    for line_id, cap in assessment.caps.items():
        DisputedLine.objects.create(dispute=dispute, line_id=line_id, cap_minor=cap)
    for part in assessment.parts:
        facts = dict(part.item.facts)
        if part.item.reason == R.LATE:
            days = grounds.days_late(order, part.line, lost=lost_units(part.line, items))
            facts["shipped"] = [list(pair) for pair in days]
        Claim.objects.create(
            dispute=dispute,
            line=part.line,
            reason=part.item.reason,
            wish=part.item.wish,
            agreed=part.item.agreed.strip(),
            came=part.item.came.strip(),
            facts=facts | {"is_severe": part.remedy.is_severe},
            quantity=part.remedy.quantity,
            computed_minor=part.remedy.minor,
            working=[list(step) for step in part.remedy.working],
            asked_minor=part.asked_minor,
            cap_minor=part.cap_minor,
        )
    order_claiming.hold_claim(order, assessment.caps, cause=dispute.reference, now=now)
    talking.claim_as_offer(dispute=dispute, by=by, now=now)
    order.save()
    _filed(dispute, [item.reason for item in items], by=by, now=now)
    return dispute


def awarded_by_time(order: Order, reasons: Sequence[str], now: datetime) -> tuple[datetime | None, bool]:
    """When a claim is awarded by itself, and whether silence is what awards it (Rulebook 9; ADR 13, 19).

    What was not shipped: 72 h after the ship-by date unless it ships. A delay alone: 72 h after filing without answer.
    """
    rules, found = order.rulebook, set(reasons)
    if found == {R.NON_SHIPMENT}:
        return max(now, order.ship_by_at + timedelta(hours=rules.late_proof_hours)), False
    if found == {R.LATE}:
        return now + timedelta(hours=rules.dispute_answer_hours), True
    return None, False


@transaction.atomic
def claim_cost(*, order_id: int, key: UUID, amount_minor: int, statement: str, by: User, now: datetime) -> Dispute:
    """Cancel an overdue order as its supplier and claim its documented cost, at most 20 % of the total (Rulebook 2).

    The rest of what cleared goes back at once. Raises NotAllowed, MovedOn, Refused with `field`.
    """
    order = Order.objects.locked(order_id)
    if (made := order.disputes.filter(key=key, filed_by=by).first()) is not None:
        return made
    demand("claim_cost", order, by=by, now=now)
    most = order_claiming.most_cost(order)
    if not 0 < amount_minor <= most:
        raise Refused(
            _("Claim an amount above zero and at most {most}: {share} % of the total, of what was paid.").format(
                most=money.display(most, order.currency), share=order.rulebook.overdue_cost_bp // 100
            ),
            field="amount",
        )
    if not statement.strip():
        raise Refused(_("Say what the cost is for, and add the documents as evidence."), field="statement")
    if len(statement) > TEXT_MAX:
        raise Refused(_("Keep this to {most} characters.").format(most=f"{TEXT_MAX:,}"), field="statement")
    dispute = _open(
        order, key, by=by, now=now, claimant=Order.Side.SUPPLIER, claimed_minor=amount_minor, cap_minor=amount_minor
    )
    Claim.objects.create(
        dispute=dispute,
        reason=R.COST,
        wish=W.REFUND,
        agreed=DUE,
        came=statement.strip(),
        facts={},
        computed_minor=amount_minor,
        working=[[COST, amount_minor]],
        asked_minor=amount_minor,
        cap_minor=amount_minor,
    )
    order_claiming.hold_cost(order, amount_minor, now=now)
    talking.claim_as_offer(dispute=dispute, by=by, now=now)
    order.save()
    _filed(dispute, [R.COST], by=by, now=now)
    return dispute


def _open(order: Order, key: UUID, *, by: User, now: datetime, **values) -> Dispute:
    rules = order.rulebook
    answer = now + timedelta(hours=rules.dispute_answer_hours)
    return Dispute.objects.create(
        order=order,
        supplier_id=order.supplier_id,
        key=key,
        filed_by=by,
        currency=order.currency,
        filed_at=now,
        answer_due_at=answer,
        escalate_from_at=answer,
        escalate_at=now + timedelta(days=rules.dispute_settle_days),
        **values,
    )


def _filed(dispute: Dispute, reasons: list[str], *, by: User, now: datetime) -> None:
    record(
        ORDER,
        dispute.order_id,
        "claim.filed",
        by=by,
        now=now,
        data={
            "dispute": dispute.reference,
            "side": str(dispute.claimant),
            "reasons": [str(reason) for reason in reasons],
            "claimed": dispute.claimed_minor,
            "held": dispute.cap_minor,
        },
    )


@transaction.atomic
def withdraw_claim(*, dispute_id: int, by: User, now: datetime) -> Dispute:
    """Take the claim back: what it held is freed, the clocks go on with at least 3 days (product.md §3)."""
    dispute = Dispute.objects.locked(dispute_id)
    demand_move("withdraw_claim", dispute, by=by, now=now)
    if dispute.claimant == Order.Side.SUPPLIER:
        executing.carry_out(dispute, {None: 0}, outcome=Dispute.Outcome.WITHDRAWN, now=now)
    else:
        executing.carry_out(dispute, {}, outcome=Dispute.Outcome.WITHDRAWN, now=now)
    record(ORDER, dispute.order_id, "claim.withdrawn", by=by, now=now, data={"dispute": dispute.reference})
    return dispute
