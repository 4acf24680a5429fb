"""Open disputes on bulk orders: reckoned on paper like the orders, then written a table at a time."""

import random
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Permission
from django.db.models import Q

from accounts.models import User
from disputes.models import Claim, Dispute, DisputedLine, Offer, OfferLine
from events.actions import Entry
from orders import counting, remedies
from orders.models import Hold, Line, Order
from trade_assurance import business_days
from trade_assurance.demo.bulk import paper
from trade_assurance.rulebook import CURRENT

D, R = Dispute.Status, Claim.Reason
BATCH = 1_000
STATES = (D.OPEN, D.EVIDENCE, D.EVIDENCE, D.REBUTTAL, D.DECIDING, D.DECIDING, D.DECIDING)
# How many days ago a case was filed (talking) or escalated, from and to: no phase is due at once.
AGES = {D.OPEN: (0.01, 6.9), D.EVIDENCE: (0.01, 4.9), D.REBUTTAL: (5.01, 6.9), D.DECIDING: (7.01, 13)}
CAME = (
    "The finish comes off at the edges; see the count on the sheet.",
    "Fittings are loose and the threads are cut too short.",
    "The colour is not that of the sample that we approved.",
    "Cracks at the base, found when the cartons were opened.",
)


@dataclass
class Case:
    """One dispute on paper: its order, its stage, what is claimed of the first line, and what is held for it."""

    life: paper.Life
    status: str
    filed_at: datetime
    escalated_at: datetime | None
    facts: dict
    reason: str
    adjudicator: User | None = None
    remedy: remedies.Remedy | None = None
    held_minor: int = 0
    dispute: Dispute | None = None


def case(n, supplier, buyer, seller, staff: list[User], chance: random.Random, now: datetime) -> Case:
    """Reckon one case on an order that was received with it; the stages come in turn."""
    status = STATES[n % len(STATES)]
    age = chance.uniform(*AGES[status])
    escalated_at = None if status == D.OPEN else now - timedelta(days=age)
    filed_days = age if status == D.OPEN else age + chance.uniform(3.1, 6.9)
    received_days = filed_days + chance.uniform(0.1, 27 - filed_days)
    life = paper.life(Order.Status.RECEIVED, supplier, buyer, seller, chance, now, age=received_days)
    came = life.terms.lines[0].quantity
    wrong = chance.random() < 0.2
    facts = {"keep_bp": 5000, "quantity": came} if wrong else _counted(came, chance)
    made = Case(life, status, now - timedelta(days=filed_days), escalated_at, facts, R.WRONG if wrong else R.QUALITY)
    life.claimed_at = made.filed_at
    if escalated_at and staff and chance.random() < 0.4:
        made.adjudicator = chance.choice(staff)
    return made


def _counted(came: int, chance: random.Random) -> dict:
    return {"inspected": came, "critical": 0, "major": -(-came * chance.randrange(4, 20) // 100), "minor": 0}


def deciders() -> list[User]:
    """Who may decide cases: some of them are given a share."""
    permission = Permission.objects.get(content_type__app_label="disputes", codename="decide")
    return list(User.objects.filter(Q(groups__permissions=permission), is_active=True).distinct().order_by("id"))


def hold(each: Case) -> None:
    """What the claim does to its order on paper: an amount is held out of the reserve, the line's clock stands."""
    order, line = each.life.order, each.life.terms.lines[0]
    goods = remedies.Goods(line.quantity, line.unit, line.unit_price_minor, 0, order.currency)
    if each.reason == R.WRONG:
        each.remedy = remedies.keep(goods, line.quantity, each.facts["keep_bp"], CURRENT)
    else:
        found = remedies.Found(each.facts["inspected"], major=each.facts["major"])
        aqls = counting.aqls(each.life.terms, CURRENT)
        each.remedy = remedies.nonconformity(goods, line.quantity, found, CURRENT, aqls)
    each.held_minor = min(each.remedy.minor, order.reserve_minor)
    order.reserve_minor -= each.held_minor
    order.open_disputes = 1
    order.auto_confirm_stopped_at = each.filed_at
    if len(each.life.terms.lines) == 1:
        order.protection_ends_at = None


def write(cases: list[Case]) -> None:
    """Write the disputes of orders that were written, with their claims, holds, first offers and events."""
    for each in cases:
        each.dispute = _dispute(each)
    Dispute.objects.bulk_create([each.dispute for each in cases], batch_size=BATCH)
    rows = defaultdict(list)
    for each in cases:
        order, dispute, line = each.life.order, each.dispute, each.life.order.bulk_lines[0]
        rows[DisputedLine].append(DisputedLine(dispute=dispute, line=line, cap_minor=dispute.cap_minor))
        rows[Claim].append(_claim(each, line))
        rows[Hold].append(
            Hold(
                order=order,
                line=line,
                reason=Hold.Reason.DISPUTED,
                amount_minor=each.held_minor,
                wanted_minor=dispute.cap_minor,
                opened_at=each.filed_at,
            )
        )
        rows[Offer].append(offer := _offer(each))
        rows[OfferLine].append(OfferLine(offer=offer, line=line, amount_minor=dispute.cap_minor))
        _tell(each, offer)
    for model in (DisputedLine, Claim, Hold, Offer, OfferLine):
        model.objects.bulk_create(rows[model], batch_size=BATCH)


def _dispute(each: Case) -> Dispute:
    life, filed, escalated = each.life, each.filed_at, each.escalated_at
    answer = filed + timedelta(hours=CURRENT.dispute_answer_hours)
    dispute = Dispute(
        order=life.order,
        supplier=life.supplier,
        claimant=Order.Side.BUYER,
        key=uuid.uuid4(),
        filed_by=life.buyer,
        status=each.status,
        currency=life.order.currency,
        claimed_minor=each.remedy.minor,
        cap_minor=each.remedy.minor,
        filed_at=filed,
        answer_due_at=answer,
        escalate_from_at=answer,
        escalate_at=filed + timedelta(days=CURRENT.dispute_settle_days),
    )
    if escalated:
        dispute.escalated_at, dispute.escalated_by = escalated, Order.Side.BUYER
        dispute.evidence_ends_at = escalated + CURRENT.evidence_time
        dispute.rebuttal_ends_at = dispute.evidence_ends_at + CURRENT.rebuttal_time
        dispute.decide_by_at = business_days.after(dispute.rebuttal_ends_at, CURRENT.decision_business_days)
        dispute.staff_due_at = business_days.after(escalated, CURRENT.pick_up_business_days)
    if each.adjudicator:
        dispute.adjudicator, dispute.picked_up_at = each.adjudicator, escalated + timedelta(minutes=5)
        dispute.staff_due_at = dispute.decide_by_at
    return dispute


def _claim(each: Case, line: Line) -> Claim:
    return Claim(
        dispute=each.dispute,
        line=line,
        reason=each.reason,
        wish=Claim.Wish.REFUND,
        agreed=f"{line.quantity:,} {line.unit} as in the contract.",
        came="Another model than the one ordered." if each.reason == R.WRONG else CAME[line.id % len(CAME)],
        facts=each.facts | {"is_severe": each.remedy.is_severe},
        quantity=each.remedy.quantity,
        computed_minor=each.remedy.minor,
        working=[list(step) for step in each.remedy.working],
        asked_minor=each.remedy.minor,
        cap_minor=each.remedy.minor,
    )


def _offer(each: Case) -> Offer:
    """The claim as its side's first offer; nobody answered it, so after 72 hours it is over."""
    over = each.filed_at + timedelta(hours=CURRENT.offer_hours)
    is_over = each.escalated_at is not None or over <= each.life.reckoned_at
    return Offer(
        dispute=each.dispute,
        number=1,
        side=Order.Side.BUYER,
        by=each.life.buyer,
        key=each.dispute.key,
        amount_minor=each.dispute.cap_minor,
        made_at=each.filed_at,
        expires_at=over,
        status=Offer.Status.EXPIRED if is_over else Offer.Status.LIVE,
        ended_at=over if is_over else None,
    )


def _tell(each: Case, offer: Offer) -> None:
    """The case's events on its order's stream, in the order in which they happened."""
    dispute, order, buyer = each.dispute, each.life.order, each.life.buyer
    case_of = {"dispute": dispute.reference}

    def event(kind, at, by=None, **content):
        each.life.events.append(Entry("order", order.id, kind, at, by, case_of | content))

    side = str(Order.Side.BUYER)
    event(
        "claim.filed",
        each.filed_at,
        buyer,
        side=side,
        reasons=[str(each.reason)],
        claimed=dispute.claimed_minor,
        held=dispute.cap_minor,
    )
    if offer.ended_at:
        event("offer.expired", offer.ended_at, offer=1, side=side, amount=offer.amount_minor)
    if each.escalated_at:
        event("dispute.escalated", each.escalated_at, buyer, side=side, answered=False)
    if dispute.picked_up_at:
        event("dispute.picked_up", dispute.picked_up_at, each.adjudicator)
    if each.status in (D.REBUTTAL, D.DECIDING):
        event("evidence.closed", dispute.evidence_ends_at)
    if each.status == D.DECIDING:
        event("rebuttal.closed", dispute.rebuttal_ends_at)
