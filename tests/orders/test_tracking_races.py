"""Tracking where two meet: finding and receipt, hearing and receipt, one number on two orders; real threads."""

import pytest
from django.contrib.auth.models import Group

from ledger import proof
from orders import actions
from orders.models import Shipment
from orders.tracking import Answer, Told, asking
from suppliers.models import PenaltyPoint
from tests import stories
from tests.orders.test_races import at_once
from tests.orders.test_tracking import HOUR, SHIP, hear, told, tracked
from tests.stories import DAY
from trade_assurance.refused import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


@pytest.fixture
def risk(world):
    person = stories.person("risk@test.test", is_staff=True)
    person.groups.add(Group.objects.get(name="risk"))
    return person


def rejected(world):
    order, shipment = tracked(world)
    hear(shipment, told("picked_up", SHIP), destination="PA", now=SHIP + DAY)
    return stories.fresh(order), shipment


def false(shipment, risk):
    return lambda: actions.find_false(shipment_id=shipment.id, reason="false", by=risk, now=SHIP + 2 * DAY)


def test_found_false_and_receipt_confirmed(world, risk):
    order, shipment = rejected(world)
    results = at_once(
        false(shipment, risk),
        lambda: actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=SHIP + 2 * DAY),
    )
    order = stories.fresh(order)
    refused = [each for each in results if isinstance(each, Exception)]
    assert all(isinstance(each, Refused) for each in refused), results
    if refused:  # false came first: there is nothing to receive
        assert (order.status, order.released_minor) == ("paid", 0)
    else:  # the buyer came first: it has the goods
        assert (order.status, order.released_minor) == ("received", 7_000_00)
    assert (order.tracking_reviews, PenaltyPoint.objects.count()) == (0, 1)
    assert proof.prove() == []


def test_found_false_and_valid_at_once(world, risk):
    order, shipment = rejected(world)
    results = at_once(
        false(shipment, risk),
        lambda: actions.find_valid(shipment_id=shipment.id, reason="right", by=risk, now=SHIP + 2 * DAY),
    )
    [loser] = [each for each in results if isinstance(each, Exception)]
    assert isinstance(loser, Refused) and "already" in str(loser)
    order = stories.fresh(order)
    assert (order.tracking_reviews, order.status in ("paid", "shipped")) == (0, True)
    assert proof.prove() == []


def test_one_number_entered_on_two_orders_at_once_is_rejected_once(world):
    first, second = stories.paid(world), stories.paid(world)
    results = at_once(
        *(
            lambda order=order: stories.dispatch(order, world, now=SHIP, tracking_number="TWICE-1")
            for order in (first, second)
        )
    )
    assert sorted(shipment.tracking for shipment in results) == ["pending", "rejected"]


def test_two_sweeps_at_once_ask_once_and_keep_each_event_once(world):
    _, shipment = tracked(world)
    asked = []

    class Service:
        name, again = "sandbox", HOUR

        def ask(self, parcel, *, now):
            asked.append(parcel.number)
            return Answer((Told("1", "picked_up", SHIP),))

    asking_once = [
        lambda: asking.ask_carrier(shipment_id=shipment.id, service=Service(), now=SHIP + HOUR) for _ in range(4)
    ]
    assert sorted(at_once(*asking_once)) == [False, False, False, True]
    assert (asked, shipment.events.count()) == (["TR-1"], 1)


def test_the_same_word_heard_twice_at_once_is_kept_once(world):
    order, shipment = tracked(world)
    word = told("delivered", SHIP + DAY, "NZ")
    results = at_once(*[lambda: hear(shipment, word, now=SHIP + 2 * DAY)] * 3)
    assert not [each for each in results if isinstance(each, Exception)]
    assert (shipment.events.count(), stories.fresh(order).auto_confirm_at) == (1, SHIP + 8 * DAY)
    assert proof.prove() == []


def test_unverified_by_time_and_moved_at_once(world):
    order, shipment = tracked(world)
    due = SHIP + 3 * DAY
    at_once(
        lambda: actions.end_waiting(shipment_id=shipment.id, now=due),
        lambda: hear(shipment, told("in_transit", due - HOUR), now=due),
    )
    assert Shipment.objects.get(pk=shipment.pk).tracking == "verified"  # whoever came first
    assert stories.fresh(order).status == "shipped"


def test_rejected_and_confirmed_by_time_at_once(world):
    order, shipment = tracked(world)
    now = order.auto_confirm_at
    results = at_once(
        lambda: actions.auto_confirm(order_id=order.id, now=now),
        lambda: hear(shipment, told("picked_up", SHIP), destination="PA", now=now),
    )
    order = stories.fresh(order)
    assert (order.status, order.tracking_reviews) in (("received", 0), ("shipped", 1)), results
    assert proof.prove() == []
