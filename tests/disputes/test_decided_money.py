"""What decisions pay: lines of one case together, a supplier's cost, thresholds in other currencies, goods first."""

import uuid

import pytest
import time_machine

from disputes import actions, facts, tasks
from disputes.actions import Finding
from disputes.models import Dispute, Inspector
from orders.models import Order
from orders.terms import InstalmentTerms, LineTerms
from tests import cases, stories
from tests.disputes import staff
from tests.disputes.staff import HOUR
from tests.stories import DAY, SECOND
from trade_assurance.refused import MovedOn, Refused

S = Dispute.Status


@pytest.fixture
def ada(db):
    return staff.adjudicator("ada")


@pytest.fixture
def ben(db):
    return staff.adjudicator("ben")


def short_and_scratched(order):
    """50 of 60 lamps came, a fifth of them scratched; 40 shades, a tenth of them scratched."""
    lamps, shades = order.lines.order_by("number")
    return [cases.shortage(lamps, 50), cases.quality(lamps, major=4), cases.quality(shades, major=2)]


def test_claims_of_a_case_are_decided_together_each_by_its_own_row(world, ada):
    dispute, now = staff.held(world, ada, contract=cases.two_lines(), items=short_and_scratched)
    advice = facts.advice(dispute, now)
    # 10 lamps and 10/60 of the freight of their line; 20 % of 50 lamps; 10 % of 40 shades
    lamps = dispute.order.lines.get(number=1)
    assert [(each.recommendation.code, each.recommendation.amount_minor) for each in advice] == [
        ("short", 1_000_00 + lamps.freight_minor * 10 // 60),
        ("defects", 1_000_00),
        ("defects", 360_00),
    ]
    decision = staff.propose(dispute, ada, now)
    assert decision.award_minor == sum(each.recommendation.amount_minor for each in advice)
    actions.execute(dispute_id=dispute.id, now=now + 7 * DAY)
    after = cases.fresh(dispute)
    assert after.awarded_minor == decision.award_minor == after.order.refunded_minor
    assert sum(line.refunded_minor for line in after.order.lines.all()) == decision.award_minor


def test_one_claim_upheld_and_the_others_rejected(world, ada, ben):
    dispute, now = staff.held(world, ada, contract=cases.two_lines(), items=short_and_scratched)
    short, *others = staff.advised(dispute, now)
    findings = [short, *(Finding(each.claim_id, "reject", 0, {"major": 0}) for each in others)]
    decision = staff.propose(dispute, ada, now, findings)
    assert (decision.deviates, decision.needs_second) == (False, False)
    actions.execute(dispute_id=dispute.id, now=now + 7 * DAY)
    assert cases.fresh(dispute).awarded_minor == short.amount_minor
    assert cases.fresh(dispute).order.lines.get(number=2).refunded_minor == 0


def test_a_return_is_decided_and_the_goods_go_back_first(world, ada, ben):
    def all_wrong(order):
        return [cases.quality(order.lines.get(), major=20, wish="return")]

    dispute, now = staff.held(world, ada, items=all_wrong)
    decision = staff.propose(dispute, ada, now)
    assert (decision.with_return, decision.award_minor, decision.needs_second) == (True, 10_000_00, True)
    actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now)
    actions.execute(dispute_id=dispute.id, now=now + 7 * DAY)
    after = cases.fresh(dispute)
    assert (after.status, after.awarded_minor, after.order.refunded_minor) == (S.RETURNING, 0, 0)
    assert after.performances.get().freight_by == "supplier"


def test_nothing_that_was_never_shipped_goes_back(world, ada):
    dispute = cases.unshipped(world)
    now = dispute.filed_at + HOUR
    actions.escalate(dispute_id=dispute.id, by=world.buyer, now=now)
    dispute = cases.fresh(dispute)
    actions.close_evidence(dispute_id=dispute.id, now=dispute.evidence_ends_at)
    actions.close_rebuttal(dispute_id=dispute.id, now=dispute.rebuttal_ends_at)
    now = dispute.rebuttal_ends_at
    actions.pick_up(dispute_id=dispute.id, by=ada, now=now)
    back = staff.advised(dispute, now, outcome="return_refund")
    with pytest.raises(Refused, match="nothing can go back"):
        staff.propose(cases.fresh(dispute), ada, now, back)
    assert staff.propose(cases.fresh(dispute), ada, now).needs_second


@pytest.mark.parametrize(
    ("currency", "price", "award", "needs_second"),
    [  # 1 JPY = USD 0.0067, 1 KWD = USD 3.25: USD 5,000 lies between these
        ("JPY", 10_000, 746_268, False),
        ("JPY", 10_000, 746_269, True),
        ("KWD", 50_000, 1_538_461, False),
        ("KWD", 50_000, 1_538_462, True),
    ],
)
def test_the_threshold_for_two_in_other_currencies(world, ada, currency, price, award, needs_second):
    contract = stories.terms(
        currency=currency,
        lines=(LineTerms(product="Valve", quantity=100, unit="pieces", unit_price_minor=price),),
        plan=(InstalmentTerms("All", 100 * price, "shipment", "2026-09-25"),),
    )

    def asking(order):
        return [cases.quality(order.lines.get(), major=20, facts={"keep_bp": 8000}, asked_minor=award)]

    world.supplier.limit_minor = 100_000_00
    world.supplier.save()
    dispute, now = staff.held(world, ada, contract=contract, items=asking)
    decision = staff.propose(dispute, ada, now)
    assert (decision.award_minor, decision.needs_second) == (award, needs_second)


def overdue(world):
    """The deposit is paid, the balance 14 days overdue; the supplier cancels and claims USD 1,500 of cost."""
    order = stories.placed(world)
    stories.clear(order, 1)
    due = order.instalments.get(number=2).due_at + 14 * DAY
    dispute = actions.claim_cost(
        order_id=order.id,
        key=uuid.uuid4(),
        amount_minor=1_500_00,
        statement="Cut brass for this order.",
        by=world.seller,
        now=due,
    )
    dispute = cases.fresh(dispute)
    actions.escalate(dispute_id=dispute.id, by=None, now=dispute.escalate_at)
    dispute = cases.fresh(dispute)
    actions.close_evidence(dispute_id=dispute.id, now=dispute.evidence_ends_at)
    actions.close_rebuttal(dispute_id=dispute.id, now=dispute.rebuttal_ends_at)
    return cases.fresh(dispute)


def test_a_suppliers_cost_as_far_as_documents_prove_it(world, ada):
    dispute = overdue(world)
    now = dispute.rebuttal_ends_at
    actions.pick_up(dispute_id=dispute.id, by=ada, now=now)
    findings = staff.advised(dispute, now, outcome="partial_refund", amount_minor=900_00, found={"cost_minor": 900_00})
    decision = staff.propose(cases.fresh(dispute), ada, now, findings, at_fault="buyer")
    assert (decision.award_minor, decision.deviates, decision.needs_second) == (900_00, False, False)
    actions.execute(dispute_id=dispute.id, now=now + 7 * DAY)
    after = cases.fresh(dispute)
    assert (after.status, after.order.status) == (S.CLOSED, Order.Status.CANCELLED)
    assert (after.order.released_minor, after.order.refunded_minor) == (900_00, 2_100_00)


def test_a_cost_has_no_goods_to_inspect(world, ada):
    dispute = overdue(world)
    now = dispute.rebuttal_ends_at
    actions.pick_up(dispute_id=dispute.id, by=ada, now=now)
    with pytest.raises(Refused, match="no goods to inspect"):
        actions.order_inspection(dispute_id=dispute.id, question="?", by=ada, now=now)


def test_the_sweep_ends_an_inspection_at_its_second(world, ada):
    def half(order):
        return [cases.quality(order.lines.get(), major=10, facts={"keep_bp": 5000})]

    dispute, now = staff.held(world, ada, items=half)
    Inspector.objects.create(name="Harbour Inspections", country="NZ", contact="desk@inspections.test")
    actions.order_inspection(dispute_id=dispute.id, question="Scratched?", by=ada, now=now)
    ends = cases.fresh(dispute).inspection_ends_at
    with time_machine.travel(ends - SECOND, tick=False):
        tasks.end_inspections()
    assert cases.fresh(dispute).status == S.INSPECTION
    with time_machine.travel(ends, tick=False):
        tasks.end_inspections()
        tasks.end_inspections()
    assert cases.fresh(dispute).status == S.DECIDING


def test_the_sweep_executes_at_its_second(world, ada):
    dispute, now = staff.held(world, ada)
    staff.propose(dispute, ada, now)
    with time_machine.travel(now + 7 * DAY - SECOND, tick=False):
        tasks.execute_decisions()
    assert cases.fresh(dispute).status == S.DECIDED
    with time_machine.travel(now + 7 * DAY, tick=False):
        tasks.execute_decisions()
        tasks.execute_decisions()
    assert cases.fresh(dispute).awarded_minor == 2_000_00


def test_nothing_is_approved_while_a_card_payment_is_contested(world, ada, ben):
    dispute, now = staff.held(world, ada)
    decision = staff.deviating(dispute, ada, now)
    Order.objects.filter(pk=dispute.order_id).update(contested_minor=1)
    with pytest.raises(MovedOn, match="contested at the bank"):
        actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now)
    Order.objects.filter(pk=dispute.order_id).update(contested_minor=0)
    assert actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now).status == "final"


def test_what_is_decided_beside_a_return_is_paid_at_once_and_stays_when_the_return_lapses(world, ada, ben):
    """60 lamps are to go back for their price; 2 of 40 shades are short and paid for when the decision is executed."""

    def items(order):
        lamps, shades = order.lines.order_by("number")
        return [cases.quality(lamps, major=20, wish="return"), cases.shortage(shades, 38)]

    dispute, now = staff.held(world, ada, contract=cases.two_lines(), items=items)
    short = dispute.claims.get(reason="shortage").cap_minor
    decision = staff.propose(dispute, ada, now)
    actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now)
    dispute = cases.fresh(dispute)
    actions.execute(dispute_id=dispute.id, now=dispute.appeal_ends_at)
    dispute = cases.fresh(dispute)
    assert (dispute.status, dispute.awarded_minor) == (S.RETURNING, short)
    assert dispute.order.refunded_minor == short
    for _ in range(2):  # the warning, then the end
        actions.move_performance(dispute_id=dispute.id, now=cases.fresh(dispute).performance_due_at)
    dispute = cases.fresh(dispute)
    assert (dispute.outcome, dispute.awarded_minor, dispute.order.refunded_minor) == ("lapsed", short, short)
