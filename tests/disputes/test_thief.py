"""What somebody tries who wants goods and money, or to be paid for nothing, or to hold the other side's money."""

import uuid

import pytest

from disputes import actions
from disputes.models import Decision, Dispute
from tests import cases, stories
from tests.cases import FILED
from tests.disputes import staff
from tests.payments.conftest import at_once, pay, wire  # noqa: F401  (a fixture)
from tests.payments.contesting import contested, end
from tests.stories import DAY, SECOND
from trade_assurance.refused import MovedOn

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
