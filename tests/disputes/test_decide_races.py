"""A decision meets a settlement, another decision, an appeal, at once: one wins, the loser gets a sentence."""

import threading
import uuid

import pytest
from django.db import connection

from disputes import actions
from disputes.models import Decision, Dispute
from disputes.models.dispute import DisputeQuerySet
from ledger import proof
from orders.models import Order
from tests import cases, stories
from tests.disputes import staff
from tests.orders.test_races import at_once
from tests.stories import DAY, SECOND
from trade_assurance.refused import MovedOn, Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


class Case:
    """A case that Ada holds, with the supplier's offer on the table; Ben and Cleo may approve."""

    def __init__(self, world):
        self.world = world
        self.ada, self.ben, self.cleo = (staff.adjudicator(name) for name in ("ada", "ben", "cleo"))
        self.dispute, self.now = staff.held(world, self.ada)
        self.offer = self.decision = None

    def offered(self):
        self.offer = actions.make_offer(
            dispute_id=self.dispute.id, key=uuid.uuid4(), amount_minor=500_00, by=self.world.seller, now=self.now
        )
        self.findings = staff.advised(self.dispute, self.now)
        return self

    def proposed(self):
        self.decision = staff.deviating(self.dispute, self.ada, self.now)
        return self

    def decided(self):
        staff.propose(self.dispute, self.ada, self.now)
        return self

    def handed_back(self):
        actions.hand_back(dispute_id=self.dispute.id, by=self.ada, now=self.now)
        return self

    # the acts, each to run in a thread

    def accepts(self):
        actions.accept_offer(dispute_id=self.dispute.id, number=self.offer.number, by=self.world.buyer, now=self.now)

    def proposes(self):
        staff.propose(self.dispute, self.ada, self.now, self.findings)

    def approves(self, by):
        actions.approve(decision_id=self.decision.id, digest=self.decision.digest, by=by, now=self.now)

    def sends_back(self):
        actions.send_back(decision_id=self.decision.id, because="Count again.", by=self.cleo, now=self.now)

    def executes(self):
        actions.execute(dispute_id=self.dispute.id, now=self.now + 7 * DAY)

    def appeals(self):
        actions.appeal(
            dispute_id=self.dispute.id,
            ground="rule",
            rule="Remedies",
            reasons="Counted wrongly.",
            by=self.world.seller,
            now=self.now + 7 * DAY - SECOND,
        )

    def picks_up(self, by):
        actions.pick_up(dispute_id=self.dispute.id, by=by, now=self.now)


RACES = {
    # name: (where the case stands, the two acts)
    "accept x approve": (lambda c: c.offered().proposed(), lambda c: c.accepts, lambda c: lambda: c.approves(c.ben)),
    "accept x propose": (lambda c: c.offered(), lambda c: c.accepts, lambda c: c.proposes),
    "propose x propose": (lambda c: c.offered(), lambda c: c.proposes, lambda c: c.proposes),
    "approve x approve": (
        lambda c: c.proposed(),
        lambda c: lambda: c.approves(c.ben),
        lambda c: lambda: c.approves(c.cleo),
    ),
    "approve x send back": (lambda c: c.proposed(), lambda c: lambda: c.approves(c.ben), lambda c: c.sends_back),
    "execute x appeal": (lambda c: c.decided(), lambda c: c.executes, lambda c: c.appeals),
    "execute x execute": (lambda c: c.decided(), lambda c: c.executes, lambda c: c.executes),
    "pick up x pick up": (
        lambda c: c.handed_back(),
        lambda c: lambda: c.picks_up(c.ben),
        lambda c: lambda: c.picks_up(c.cleo),
    ),
}


@pytest.mark.parametrize("race", RACES)
def test_one_wins_and_the_loser_gets_a_sentence(world, race):
    stands, first, second = RACES[race]
    case = stands(Case(world))
    results = at_once(first(case), second(case))
    losers = [result for result in results if isinstance(result, Exception)]
    assert len(losers) == 1, results
    assert isinstance(losers[0], Refused), losers
    assert str(losers[0]).endswith("."), losers
    after = cases.fresh(case.dispute)
    assert after.order.refunded_minor == after.awarded_minor  # paid once, by the winner alone
    assert proof.prove() == []


@pytest.mark.parametrize("race", ["accept x approve", "accept x propose", "execute x appeal", "pick up x pick up"])
def test_without_the_lock_the_race_is_lost(world, race, monkeypatch):
    stands, first, second = RACES[race]
    case = stands(Case(world))
    both_have_read = threading.Barrier(2)

    def unlocked(self, pk):
        found = self.get(pk=pk)
        found.order = Order.objects.select_related("supplier").get(pk=found.order_id)
        both_have_read.wait(10)
        return found

    monkeypatch.setattr(DisputeQuerySet, "locked", unlocked)
    results = at_once(first(case), second(case))
    # Nobody is told that the other was first: both do it, or only the database's last line stops one.
    assert not any(isinstance(result, MovedOn) for result in results), results
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE orders_order, ledger_account, events_event CASCADE")


def test_both_waive_at_once_and_it_is_carried_out_once(world):
    case = Case(world).decided()
    results = at_once(
        *(
            lambda by=by: actions.waive_appeal(dispute_id=case.dispute.id, by=by, now=case.now)
            for by in (world.buyer, world.seller)
        )
    )
    assert not any(isinstance(result, Exception) for result in results), results
    after = cases.fresh(case.dispute)
    assert (after.status, after.awarded_minor) == (Dispute.Status.CLOSED, 2_000_00)
    assert after.order.refunded_minor == 2_000_00


def test_what_loses_to_a_settlement_is_withdrawn_and_never_published(world):
    case = Case(world).offered().proposed()
    case.accepts()
    with pytest.raises(MovedOn):
        case.approves(case.ben)
    assert Decision.objects.get().published_at is None
    assert cases.fresh(case.dispute).awarded_minor == 500_00
