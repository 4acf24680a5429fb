"""The steps of a dispute in one line each, for stories: the parties', then the staff's, at the stage's hour."""

import uuid
from collections.abc import Generator
from datetime import datetime

from django.core.files.base import ContentFile

from accounts.models import User
from disputes import actions, facts
from disputes.actions import Finding, Item
from disputes.models import Decision, Dispute, Offer
from orders.actions import Counted
from orders.models import Order
from payments.gateways.sandbox import bank
from payments.models import Payment, SandboxCharge
from trade_assurance import money
from trade_assurance.demo import docket
from trade_assurance.demo.stage import Stage, days


def received(
    stage: Stage,
    company: str,
    title: str,
    lines,
    *,
    ago: float,
    buyer: str = "northline",
    by_card: bool = False,
    after: float = 12,
    transport: str = "sea",
    marks=(),
    **terms,
) -> Generator:
    """An order from its request until the buyer confirms receipt, so many days before the present.

    `after` is how many days after the balance the goods leave; `marks` are (line, short, rejected, note).
    """
    order = yield from stage.agree(buyer, company, title, lines, **terms)
    yield from stage.pay(order, by_card=by_card)
    yield days(2)
    stage.produce(order)
    yield days(after - 2)
    stage.ship(order, transport=transport, carrier="Tasman Line" if transport == "sea" else "Orient Air Cargo")
    yield stage.present - days(ago)
    counts = [
        Counted(order.lines.get(number=number).id, short=short, rejected=rejected, note=note)
        for number, short, rejected, note in marks
    ]
    stage.receive(order, counts)
    return Order.objects.get(pk=order.id)


# the parties ----------------------------------------------------------------------------------------------------------


def said(order: Order, number: int, reason: str, *, agreed: str, came: str, wish: str = "refund", **figures) -> Item:
    """One item of a claim, by the number of its line."""
    line = order.lines.get(number=number)
    return Item(line_id=line.id, reason=reason, wish=wish, agreed=agreed, came=came, facts=figures)


def claim(stage: Stage, order: Order, *items: Item) -> Dispute:
    return actions.file_claim(order_id=order.id, key=uuid.uuid4(), items=items, by=order.buyer, now=stage.now)


def party(stage: Stage, dispute: Dispute, side: str) -> User:
    return dispute.order.buyer if side == "buyer" else stage.seller(dispute.order)


def offer(stage: Stage, dispute: Dispute, side: str, amount: str, note: str, **more) -> Offer:
    return actions.make_offer(
        dispute_id=dispute.id,
        key=uuid.uuid4(),
        amount_minor=money.parse(amount, dispute.currency),
        note=note,
        by=party(stage, dispute, side),
        now=stage.now,
        **more,
    )


def answer(stage: Stage, dispute: Dispute, side: str, act) -> None:
    """Accept or reject the newest offer on the table, by `actions.accept_offer` or `actions.reject_offer`."""
    newest = dispute.offers.live().exclude(side=side).order_by("-number").first()
    act(dispute_id=dispute.id, number=newest.number, by=party(stage, dispute, side), now=stage.now)


def add(stage: Stage, dispute: Dispute, side: str, upload: ContentFile, note: str) -> None:
    by = party(stage, dispute, side)
    actions.add_evidence(dispute_id=dispute.id, key=uuid.uuid4(), upload=upload, note=note, by=by, now=stage.now)


def escalate(stage: Stage, dispute: Dispute) -> None:
    """The claimant has staff decide."""
    by = party(stage, dispute, dispute.claimant)
    actions.escalate(dispute_id=dispute.id, by=by, now=stage.now)


def waive(stage: Stage, dispute: Dispute, *sides: str) -> None:
    for side in sides:
        actions.waive_appeal(dispute_id=dispute.id, by=party(stage, dispute, side), now=stage.now)


def contest(stage: Stage, order: Order, reason: str) -> None:
    """The buyer's bank takes the card payment of an order back, and tells of it; the cases stop."""
    payment = order.payments.filter(method="card", status=Payment.Status.CLEARED).first()
    charge = SandboxCharge.objects.get(key=payment.key)
    made = bank.contest(charge_id=charge.id, amount_minor=payment.cleared_minor, reason=reason, now=stage.now)
    bank.tell(contest_id=made.id, now=stage.now)
    docket.follow_bank(stage.now)


# the staff ------------------------------------------------------------------------------------------------------------


def pick_up(stage: Stage, dispute: Dispute, by: str) -> None:
    actions.pick_up(dispute_id=dispute.id, by=stage.cast.people[by], now=stage.now)


def until_decided_upon(dispute: Dispute) -> datetime:
    """When the file of an escalated case is complete."""
    return Dispute.objects.get(pk=dispute.id).rebuttal_ends_at


def decide(
    stage: Stage,
    dispute: Dispute,
    by: str,
    *,
    found: str,
    reasons: str,
    summary: str,
    rules: tuple[str, ...] = ("Remedies",),
    at_fault: str = "supplier",
    approved_by: str = "",
    deviation: tuple[str, str, str] | None = None,
    facts_found: dict | None = None,
) -> Decision:
    """Propose what the guide recommends, or by `deviation` another outcome, amount and why; approve it by a second."""
    current = Dispute.objects.get(pk=dispute.id)
    findings, why = [], ""
    for each in facts.advice(current, stage.now):
        advised = each.recommendation
        outcome, amount = advised.outcome, advised.amount_minor
        if deviation:
            outcome, amount, why = deviation[0], money.parse(deviation[1], current.currency), deviation[2]
        findings.append(Finding(each.claim.id, outcome, amount, facts_found or {}, found))
    decision = actions.propose(
        dispute_id=dispute.id,
        findings=findings,
        facts=found,
        rules=rules,
        reasons=reasons,
        summary=summary,
        at_fault=at_fault,
        deviation_reason=why,
        by=stage.cast.people[by],
        now=stage.now,
    )
    if approved_by:
        staff = stage.cast.people[approved_by]
        actions.approve(decision_id=decision.id, digest=decision.digest, by=staff, now=stage.now)
    return decision
