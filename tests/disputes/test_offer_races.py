"""Offers and limits, two at once on real connections: one agreement at most, and the loser gets a sentence."""

import threading
import uuid

import pytest
from django.db import connection

from disputes import actions
from disputes.actions import claiming, talking
from disputes.models import Dispute, Offer
from disputes.models.dispute import DisputeQuerySet
from disputes.steps import demand_move
from ledger import proof
from tests import stories
from tests.disputes.talks import OPENED, fresh, offer, open_case
from tests.orders.test_races import at_once
from trade_assurance.refused import MovedOn, Refused

pytestmark = pytest.mark.django_db(transaction=True)

LEAST, MOST, MIDPOINT = 123_457_891, 134_689_137, 129_073_514
LATER = OPENED + stories.SECOND


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


def claimed(world) -> Dispute:
    """The buyer's claim is its offer 1, on the table."""
    return open_case(world)


def crossing(world) -> Dispute:
    """The buyer has accepted the midpoint, offer 2; then the supplier has offered 7 as offer 3."""
    case = open_case(world)
    actions.seal_limit(dispute_id=case.id, amount_minor=LEAST, by=world.buyer, now=OPENED)
    actions.seal_limit(dispute_id=case.id, amount_minor=MOST, by=world.seller, now=OPENED)
    actions.accept_offer(dispute_id=case.id, number=2, by=world.buyer, now=OPENED)
    offer(case, world.seller, 7)
    return case


def answering(verb, number, who, at=LATER):
    act = getattr(actions, f"{verb}_offer")
    return lambda case, world: lambda: act(dispute_id=case.id, number=number, by=getattr(world, who), now=at)


def offering(who, amount_minor):
    return lambda case, world: lambda: offer(case, getattr(world, who), amount_minor, now=LATER)


def sealing(who, amount_minor):
    return lambda case, world: (
        lambda: actions.seal_limit(dispute_id=case.id, amount_minor=amount_minor, by=getattr(world, who), now=LATER)
    )


def withdrawing(case, world):
    return lambda: actions.withdraw_claim(dispute_id=case.id, by=world.buyer, now=LATER)


def escalating(case, world):
    return lambda: actions.escalate(dispute_id=case.id, by=world.buyer, now=OPENED + 4 * stories.DAY)


def expiring(case, world):
    found = case.offers.get(number=1)
    return lambda: actions.expire_offer(offer_id=found.id, now=found.expires_at)


ONE_WINS = {
    # name: (the case, the two acts)
    "accept x accept": (claimed, answering("accept", 1, "seller"), answering("accept", 1, "seller")),
    "crossing accepts": (crossing, answering("accept", 3, "buyer"), answering("accept", 2, "seller")),
    "accept x withdraw": (claimed, answering("accept", 1, "seller"), answering("withdraw", 1, "buyer")),
    "accept x reject": (claimed, answering("accept", 1, "seller"), answering("reject", 1, "seller")),
    "accept x replace": (claimed, answering("accept", 1, "seller"), offering("buyer", 9)),
    "accept x expire": (claimed, answering("accept", 1, "seller"), expiring),
    "accept x withdraw the claim": (claimed, answering("accept", 1, "seller"), withdrawing),
    "accept x seal": (claimed, answering("accept", 1, "seller"), sealing("buyer", LEAST)),
    "accept x escalate": (claimed, answering("accept", 1, "seller"), escalating),
    "seal x escalate": (claimed, sealing("buyer", LEAST), escalating),
    "reject x withdraw": (claimed, answering("reject", 1, "seller"), answering("withdraw", 1, "buyer")),
    "seal x seal of one side": (claimed, sealing("buyer", LEAST), sealing("buyer", MOST)),
}
MAY_BOTH = {"accept x seal", "accept x escalate", "seal x escalate"}  # in one of the two orders both may happen
BY_TIME = {"accept x expire"}  # a sweep asks for no step


@pytest.mark.parametrize("race", ONE_WINS)
def test_one_wins_and_the_loser_gets_a_sentence(world, race):
    story, first, second = ONE_WINS[race]
    case = story(world)
    results = at_once(first(case, world), second(case, world))
    losers = [result for result in results if isinstance(result, Exception)]
    assert len(losers) == 1 or (race in MAY_BOTH and losers == []), results
    for loser in losers:
        assert isinstance(loser, Refused), losers
        assert str(loser).endswith(".")
    assert_consistent(case)


def assert_consistent(case) -> None:
    """At most one offer was accepted; the case is settled by exactly that one, paid once; nothing stays open."""
    case = fresh(case)
    accepted = list(case.offers.filter(status=Offer.Status.ACCEPTED))
    assert len(accepted) <= 1
    if accepted:
        assert (case.status, case.outcome) == ("closed", "settled")
        assert case.awarded_minor == case.order.refunded_minor == accepted[0].amount_minor
    else:
        assert case.order.refunded_minor == 0
    if case.status == Dispute.Status.CLOSED:
        assert not case.offers.live().exists()
    if case.status != Dispute.Status.OPEN:
        assert not case.sealed_limits.exists()
    assert proof.prove() == []


def test_two_clicks_on_one_form_make_one_offer(world):
    case = claimed(world)
    key = uuid.uuid4()
    click = lambda: offer(case, world.seller, 9, key=key)  # noqa: E731
    one, two = at_once(click, click)
    assert one == two
    assert case.offers.count() == 2
    assert_consistent(case)


def test_two_offers_of_one_side_leave_one_on_the_table(world):
    case = claimed(world)
    results = at_once(*(lambda n=n: offer(case, world.seller, n) for n in (1, 2)))
    assert {made.number for made in results} == {2, 3}
    assert [made.number for made in case.offers.live()] == [3]
    assert_consistent(case)


def test_offers_of_both_sides_at_once_leave_the_later_on_the_table(world):
    case = claimed(world)
    results = at_once(*(lambda by=by: offer(case, by, 5) for by in (world.buyer, world.seller)))
    assert {made.number for made in results} == {2, 3}
    assert [made.number for made in case.offers.live()] == [3]
    assert_consistent(case)


def test_both_seal_at_once_and_the_limits_are_compared_once(world):
    case = claimed(world)
    results = at_once(sealing("buyer", LEAST)(case, world), sealing("seller", MOST)(case, world))
    assert [result.amount_minor for result in results if result is not None] == [MIDPOINT], results
    assert not case.sealed_limits.exists()
    assert_consistent(case)


def test_both_accept_the_midpoint_at_once_and_it_is_paid_once(world):
    case = crossing(world)
    actions.withdraw_offer(dispute_id=case.id, number=3, by=world.seller, now=LATER)
    midpoint = case.offers.get(number=2)
    Offer.objects.filter(pk=midpoint.pk).update(buyer_accepted_at=None)
    at_once(
        answering("accept", 2, "buyer")(case, world),
        answering("accept", 2, "seller")(case, world),
    )
    assert fresh(case).awarded_minor == MIDPOINT
    assert_consistent(case)


# the lock is what decides ---------------------------------------------------------------------------------------------


@pytest.fixture
def unlocked(monkeypatch):
    """No lock: both have read the case and passed every check before either writes."""
    both_may = threading.Barrier(2)

    def read(self, pk):
        return self.select_related("order__supplier").get(pk=pk)

    def demand(*args, **values):
        demand_move(*args, **values)
        both_may.wait(10)

    def unlock():
        monkeypatch.setattr(DisputeQuerySet, "locked", read)
        for module in (talking, claiming):
            monkeypatch.setattr(module, "demand_move", demand)

    yield unlock
    monkeypatch.undo()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE orders_order, disputes_dispute, ledger_account, events_event CASCADE")


@pytest.mark.parametrize("race", [race for race in ONE_WINS if race not in MAY_BOTH | BY_TIME])
def test_without_the_lock_nobody_is_told(world, race, unlocked):
    story, first, second = ONE_WINS[race]
    case = story(world)
    acts = first(case, world), second(case, world)
    unlocked()
    results = at_once(*acts)
    # Both do it, or only the database's last line stops one, with no sentence.
    assert not any(isinstance(result, MovedOn) for result in results), results


def test_without_the_lock_two_clicks_break_on_the_key(world, unlocked):
    case = claimed(world)
    key = uuid.uuid4()
    click = lambda: offer(case, world.seller, 9, key=key)  # noqa: E731
    unlocked()
    results = at_once(click, click)
    assert any(isinstance(result, Exception) and not isinstance(result, Refused) for result in results), results


def test_without_the_lock_limits_are_never_compared(world, unlocked):
    case = claimed(world)
    acts = sealing("buyer", LEAST)(case, world), sealing("seller", MOST)(case, world)
    unlocked()
    results = at_once(*acts)
    assert not any(isinstance(result, Offer) for result in results), results
