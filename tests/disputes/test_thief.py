"""What somebody tries who wants goods and money, or to be paid for nothing, or to hold the other side's money."""

import uuid

import pytest

from disputes import actions, facts, grounds
from disputes.actions import Finding
from disputes.models import Decision, Dispute, Inspector
from orders import actions as order_actions
from tests import cases, stories
from tests.cases import FILED
from tests.disputes import staff
from tests.payments.conftest import at_once, pay, wire  # noqa: F401  (a fixture)
from tests.payments.contesting import contested, end
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn, Refused

S = Dispute.Status


@pytest.fixture
def ada(db):
    return staff.adjudicator("ada")


@pytest.fixture
def ben(db):
    return staff.adjudicator("ben")


def test_a_proposal_from_before_a_settlement_is_not_approved_after_it(world, ada, ben):
    """Else the part that the settlement paid is paid once more: the proposal knows nothing of it."""
    dispute, now = staff.held(world, ada, contract=cases.two_lines())
    old = staff.deviating(dispute, ada, now, amount_minor=1_100_00)
    by = now + 15 * DAY
    dispute = cases.settle(dispute, world, 200_00, replacement="12 lamps", replace_by_at=by, now=now)
    assert dispute.status == S.REPLACING
    actions.send_goods(dispute_id=dispute.id, carrier="DHL", tracking_number="1", by=world.seller, now=by - DAY)
    actions.contest_performance(dispute_id=dispute.id, because="Scratched again", by=world.buyer, now=by)
    with pytest.raises(MovedOn, match="not waiting any more"):
        actions.approve(decision_id=old.id, digest=old.digest, by=ben, now=by)
    assert Decision.objects.get(pk=old.pk).status == Decision.Status.WITHDRAWN
    actions.pick_up(dispute_id=dispute.id, by=ada, now=by)
    staff.deviating(cases.fresh(dispute), ada, by, amount_minor=1_000_00)


# while a bank looks ---------------------------------------------------------------------------------------------------


def by_card(world, contract=None):
    """Deposit of USD 3,000 by card, the balance by wire; received on day 20."""
    order = stories.placed(world, contract)
    payment = pay(order, world)
    wire(order, 2)
    return stories.then_received(stories.fresh(order), world), payment


def freeze(dispute, payment, now):
    contested(payment, now=now)
    actions.follow_bank(dispute_id=dispute.id, now=now)


def test_a_chargeback_does_not_eat_the_time_to_check_a_return(world):
    """Else a buyer sends stones back, contests its card, and the supplier's 7 days pass while nobody may act."""
    order, payment = by_card(world)
    dispute = cases.file(order, world, [cases.quality(order.lines.get())])
    cases.settle(dispute, world, 500_00, with_return=True, freight_by="supplier")
    now = FILED + 3 * DAY
    actions.send_goods(dispute_id=dispute.id, carrier="DHL", tracking_number="1", by=world.buyer, now=now)
    actions.record_delivery(dispute_id=dispute.id, delivered_at=now, by=world.seller, now=now)
    freeze(dispute, payment, now + DAY)
    end(payment, True, now=now + 30 * DAY)
    actions.follow_bank(dispute_id=dispute.id, now=now + 30 * DAY)
    dispute = cases.fresh(dispute)
    assert dispute.performance_due_at == dispute.performances.get().check_by_at == now + 36 * DAY
    actions.contest_performance(dispute_id=dispute.id, because="Stones", by=world.seller, now=now + 36 * DAY - SECOND)
    assert cases.fresh(dispute).status == S.DECIDING


def test_two_cases_when_a_lost_chargeback_leaves_enough_for_one(world):
    """The first settlement takes all that is left: the order ends, and with it the other case."""
    order, payment = by_card(world, cases.two_lines())
    first, second = order.lines.order_by("number")
    one = cases.file(order, world, [cases.quality(first, major=20, wish="return")])
    two = cases.file(stories.fresh(order), world, [cases.quality(second, major=20, wish="return")])
    end(payment, False, now=FILED)
    order = stories.fresh(order)
    assert order.kept_minor == 7_000_00 and order.open_disputes == 2
    one, two = cases.settle(one, world, 6_000_00), cases.fresh(two)
    now = FILED + 2 * DAY
    offer = actions.make_offer(
        dispute_id=two.id, key=uuid.uuid4(), amount_minor=two.left_minor, by=world.seller, now=now
    )
    actions.accept_offer(dispute_id=two.id, number=offer.number, by=world.buyer, now=now)
    assert stories.fresh(order).status == "refunded"


def test_one_case_takes_all_that_a_lost_chargeback_left_of_two(world):
    """Then the order is over, and so is the other case: nothing is left that it could be about."""
    order = stories.placed(world, cases.two_lines())
    wire(order, 1)
    payment = pay(order, world, number=2)
    order = stories.then_received(stories.fresh(order), world)
    first, second = order.lines.order_by("number")
    one = cases.file(order, world, [cases.quality(first, major=20, wish="return")])
    two = cases.file(stories.fresh(order), world, [cases.quality(second)])
    end(payment, False, amount_minor=payment.amount_minor, now=FILED)
    assert stories.fresh(order).kept_minor == 3_000_00
    one = cases.settle(one, world, 3_000_00)
    assert stories.fresh(order).status == "refunded"
    assert (one.outcome, cases.fresh(two).outcome) == ("settled", "lapsed")


# the same thing claimed twice -----------------------------------------------------------------------------------------


def test_what_was_decided_is_not_claimed_again(world, ada):
    """Who lost appeals, once; a second claim for the same reason would be an appeal without end, and a hold."""
    dispute, now = staff.held(world, ada, contract=cases.two_lines())
    claim = dispute.claims.get()
    staff.propose(dispute, ada, now, [Finding(claim.id, "reject", 0, {"major": 0})], at_fault="")
    actions.execute(dispute_id=dispute.id, now=now + 7 * DAY)
    order = stories.fresh(dispute.order)
    first = order.lines.get(number=1)
    with pytest.raises(Refused, match="decided"):
        cases.file(order, world, [cases.quality(first)], now=now + 8 * DAY)
    cases.file(order, world, [cases.shortage(first, 50)], now=now + 8 * DAY)


def test_one_lost_parcel_is_paid_once(world):
    """Half of the lamps are lost and paid for; the other half is on its way: nothing more is lost."""
    order = stories.paid(world)
    line = order.lines.get()
    stories.dispatch(order, world, quantities={line.id: 50}, now=NOW + 2 * DAY)
    stories.dispatch(order, world, quantities={line.id: 50}, now=NOW + 20 * DAY)
    lost = cases.Item(line.id, "non_receipt", "refund", "50 lamps", "Nothing", {"quantity": 50})
    dispute = cases.settle(cases.file(order, world, [lost]), world, 5_000_00)
    assert dispute.awarded_minor == 5_000_00
    order = stories.fresh(order)
    why = {each.reason: each.why for each in grounds.grounds(order, FILED + 2 * DAY)}
    assert why["non_receipt"] == "What of this line did not arrive was settled or decided already."
    with pytest.raises(MovedOn):
        cases.file(order, world, [lost], now=FILED + 2 * DAY)
    later = cases.file(stories.fresh(order), world, [lost], now=NOW + 41 * DAY)
    assert later.cap_minor == 5_000_00


def test_units_that_a_settlement_was_about_are_not_claimed_again(world):
    """They agreed on USD 3,000 for 50 lamps that never came; after receipt the other 2,000 are no shortage."""
    order = stories.shipped(world)
    line = order.lines.get()
    lost = cases.Item(line.id, "non_receipt", "refund", "50 lamps", "Nothing", {"quantity": 50})
    cases.settle(cases.file(order, world, [lost], now=NOW + 31 * DAY), world, 3_000_00, now=NOW + 32 * DAY)
    order_actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=NOW + 33 * DAY)
    order = stories.fresh(order)
    with pytest.raises(Refused, match="Nothing is short"):
        cases.file(order, world, [cases.shortage(order.lines.get(), 50)], now=NOW + 34 * DAY)


# holding money for ever -----------------------------------------------------------------------------------------------


def test_claims_are_not_filed_and_withdrawn_for_ever(world):
    """Each time its clocks stand still and get three days back, so the supplier would never be paid."""
    order = stories.received(world)
    now = order.protection_ends_at - SECOND
    for _ in range(3):
        dispute = cases.file(stories.fresh(order), world, [cases.quality(order.lines.get())], now=now)
        actions.withdraw_claim(dispute_id=dispute.id, by=world.buyer, now=now + 6 * DAY)
        now += 8 * DAY
    dispute = cases.file(stories.fresh(order), world, [cases.quality(order.lines.get())], now=now)
    with pytest.raises(MovedOn, match="3 claims of this order"):
        actions.withdraw_claim(dispute_id=dispute.id, by=world.buyer, now=now)
    cases.settle(dispute, world, 0, now=now)
    order_actions.expire_protection(order_id=order.id, now=stories.fresh(order).protection_ends_at)
    assert stories.fresh(order).status == "expired"


# goods that never came ------------------------------------------------------------------------------------------------


def test_goods_that_never_came_are_not_to_be_sent_back(world):
    """A supplier that offers everything "against return" of a lost parcel would keep the money when it lapses."""
    order = stories.shipped(world)
    lost = cases.Item(order.lines.get().id, "non_receipt", "refund", "100 lamps", "Nothing", {"quantity": 100})
    dispute = cases.file(order, world, [lost], now=NOW + 31 * DAY)
    with pytest.raises(Refused, match="nothing can go back"):
        cases.settle(dispute, world, 10_000_00, with_return=True, freight_by="buyer", now=NOW + 31 * DAY)


# a decision that can't be carried out ---------------------------------------------------------------------------------


def test_a_decision_is_carried_out_though_a_chargeback_left_less_than_it_awards(world, ada, ben):
    """Else it fails at every sweep, and what it holds is held for ever."""
    order = stories.placed(world, cases.two_lines())
    wire(order, 1)
    payment = pay(order, world, number=2)
    order = stories.then_received(stories.fresh(order), world)
    first, second = order.lines.order_by("number")
    items = [cases.quality(first, major=20, facts={"keep_bp": 8000}), cases.quality(second, major=20, wish="return")]
    dispute = cases.file(order, world, items)
    staff.says(dispute, world.buyer, "Look at the photos.")
    staff.says(dispute, world.seller, "They were sound.")
    actions.escalate(dispute_id=dispute.id, by=None, now=dispute.escalate_at)
    now = dispute.escalate_at + 8 * DAY
    actions.close_evidence(dispute_id=dispute.id, now=now)
    actions.close_rebuttal(dispute_id=dispute.id, now=now)
    actions.pick_up(dispute_id=dispute.id, by=ada, now=now)
    decision = staff.propose(cases.fresh(dispute), ada, now)
    actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now)
    end(payment, False, amount_minor=payment.amount_minor, now=now)
    assert stories.fresh(order).covered_minor < decision.award_minor
    actions.execute(dispute_id=dispute.id, now=now + 7 * DAY)
    dispute = cases.fresh(dispute)
    assert (dispute.status, dispute.awarded_minor) == (S.RETURNING, 3_000_00)


# to the second --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [-1, 0])
def test_a_replacement_is_sent_before_its_time_is_over(world, seconds):
    """From that second the buyer is refunded; a supplier that is faster than the sweep doesn't change it."""
    by = FILED + 15 * DAY
    dispute = cases.settle(cases.claimed(world), world, 0, replacement="12 lamps", replace_by_at=by)
    sent = {"carrier": "DHL", "tracking_number": "1", "by": world.seller, "now": by + seconds * SECOND}
    if seconds < 0:
        assert actions.send_goods(dispute_id=dispute.id, **sent).sent_at
    else:
        with pytest.raises(MovedOn, match="over"):
            actions.send_goods(dispute_id=dispute.id, **sent)


def test_a_return_that_was_warned_of_is_sent_before_it_lapses(world):
    dispute = cases.settle(cases.claimed(world), world, 500_00, with_return=True, freight_by="supplier")
    actions.move_performance(dispute_id=dispute.id, now=dispute.performance_due_at)
    lapses = cases.fresh(dispute).performance_due_at
    with pytest.raises(MovedOn, match="over"):
        actions.send_goods(dispute_id=dispute.id, carrier="DHL", tracking_number="1", by=world.buyer, now=lapses)


# each amount for what it is for ---------------------------------------------------------------------------------------


def test_money_for_scratches_is_not_money_for_units(world):
    """A supplier that paid a fifth of a line for its scratches has not paid for the ten lamps that never came."""
    dispute = cases.settle(cases.claimed(world, contract=cases.two_lines()), world, 1_200_00)
    order = stories.fresh(dispute.order)
    first = order.lines.get(number=1)
    assert (first.refunded_minor, first.refunded_quantity) == (1_200_00, 0)
    short = cases.file(order, world, [cases.shortage(first, 50)], now=FILED + 2 * DAY)
    assert short.cap_minor == 1_000_00 + first.freight_minor * 10 // 60


def test_the_fee_of_an_inspection_is_what_its_invoice_shows(world, ada):
    """The buyer says what it advances; staff have the invoice, and less than was said comes back."""
    dispute, now = staff.held(
        world, ada, items=lambda order: [cases.quality(order.lines.get(), major=10, facts={"keep_bp": 5000})]
    )
    inspector = Inspector.objects.create(name="Harbour Inspections", country="NZ", contact="desk@inspections.test")
    actions.order_inspection(dispute_id=dispute.id, question="Scratched?", by=ada, now=now)
    actions.choose_inspector(
        dispute_id=dispute.id, inspector_id=inspector.id, fee_minor=5_000_00, by=world.buyer, now=now
    )
    report = {"dispute_id": dispute.id, "findings": "Half are.", "upheld_bp": 5000, "by": ada, "now": now + DAY}
    for wrong in (5_000_01, -1, True, 300.0):
        with pytest.raises(Refused, match="invoice"):
            actions.report_inspection(fee_minor=wrong, **report)
    actions.report_inspection(fee_minor=300_00, **report)
    assert staff.propose(cases.fresh(dispute), ada, now + DAY).fee_minor == 300_00


# goods and money ------------------------------------------------------------------------------------------------------


def test_what_was_not_shipped_is_shipped_not_replaced(world):
    """A replacement is no shipment on the order's record, so 30 days after the ship-by date all would be refunded."""
    dispute = cases.unshipped(world)
    by = dispute.filed_at + 10 * DAY
    with pytest.raises(Refused, match="enter the shipment"):
        cases.settle(dispute, world, 0, replacement="100 lamps", replace_by_at=by, now=dispute.filed_at)


@pytest.mark.parametrize(("short", "advised"), [(0, ("reject", 0)), (30, ("partial_refund", 3_000_00))])
def test_goods_that_the_buyer_confirmed_are_not_missing_any_more(world, short, advised):
    """They arrived while the claim was open, and the buyer said so itself; a silent supplier doesn't pay for them."""
    order = stories.shipped(world)
    line = order.lines.get()
    lost = cases.Item(line.id, "non_receipt", "refund", "100 lamps", "Nothing", {"quantity": 100})
    dispute = cases.file(order, world, [lost], now=NOW + 31 * DAY)
    staff.says(dispute, world.buyer, "The carrier shows no movement.")
    counts = [order_actions.Counted(line.id, short=short)]
    order_actions.confirm_receipt(order_id=order.id, counts=counts, by=world.buyer, now=NOW + 32 * DAY)
    staff.says(dispute, world.seller, "It has arrived.")
    (advice,) = facts.advice(cases.fresh(dispute), NOW + 50 * DAY)
    assert (advice.recommendation.outcome, advice.recommendation.amount_minor) == advised
