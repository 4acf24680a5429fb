"""An amendment against what else can happen at the same moment, on real connections: one wins, nobody waits on."""

import pytest

from ledger import proof
from orders import actions
from orders.models import Order
from tests import stories
from tests.orders.test_amending import changed, propose, shown
from tests.orders.test_races import at_once
from tests.stories import DAY, NOW
from trade_assurance.refused import Refused

pytestmark = pytest.mark.django_db(transaction=True)
SOON = NOW + DAY / 2


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


def proposing(order, world, by):
    terms = changed(order, now=SOON, ship_by_on="2026-10-12" if by == "buyer" else "2026-10-13")
    user = world.buyer if by == "buyer" else world.seller
    return lambda: actions.propose_amendment(order_id=order.id, terms=terms, because="So.", by=user, now=SOON)


def signing(order, world, **changes):
    version = propose(order, world, now=SOON, **(changes or {"line": {"quantity": 80}}))
    moves = shown(order)
    return lambda: actions.accept_amendment(
        order_id=order.id,
        version=version.number,
        fingerprint=version.fingerprint,
        cover_minor=moves.cover_after_minor,
        refund_minor=moves.refund_minor,
        by=world.buyer,
        now=SOON,
    )


RACES = {
    # name: (story, what signing races with)
    "cancel": (stories.paid, lambda o, w: actions.cancel(order_id=o.id, by=w.buyer, now=SOON)),
    "ship": (stories.paid, lambda o, w: stories.dispatch(o, w, now=SOON, quantities={o.lines.get().id: 90})),
    "decline": (
        stories.paid,
        lambda o, w: actions.decline_amendment(order_id=o.id, version=2, by=w.buyer, now=SOON),
    ),
    "withdraw": (
        stories.paid,
        lambda o, w: actions.withdraw_amendment(order_id=o.id, version=2, by=w.seller, now=SOON),
    ),
    "lapse": (stories.paid, lambda o, w: actions.lapse_amendment(order_id=o.id, now=SOON + 7 * DAY)),
    "all paid": (
        lambda w: stories.clear(stories.placed(w), 1),
        lambda o, w: stories.clear(o, 2, now=SOON, amount_minor=7_000_00),
    ),
}


@pytest.mark.parametrize("race", RACES)
def test_signing_and_the_other_one_of_them_wins(world, race):
    story, other = RACES[race]
    order = stories.fresh(story(world))
    sign = signing(order, world)
    results = at_once(sign, lambda: other(order, world))
    losers = [result for result in results if isinstance(result, Exception)]
    after = stories.fresh(order)
    if race == "cancel" and not losers:  # signed first: what was left of it could still be cancelled
        assert (after.status, after.total_minor, after.escrow_minor) == ("cancelled", 8_000_00, 0)
        assert proof.prove() == []
        return
    assert len(losers) == 1 and isinstance(losers[0], Refused), results
    assert str(losers[0]).endswith(".")
    assert after.amendment_by == "" or race == "all paid"
    signed = not isinstance(results[0], Exception)
    assert after.total_minor == (8_000_00 if signed else 10_000_00)
    assert proof.prove() == []


def test_signed_twice_at_once_moves_once(world):
    order = stories.paid(world)
    sign = signing(order, world)
    results = at_once(sign, sign)
    assert sum(isinstance(result, Order) for result in results) == 1, results
    assert stories.fresh(order).refunded_minor == 2_000_00
    assert proof.prove() == []


def test_two_sides_propose_at_once_and_one_is_open(world):
    order = stories.paid(world)
    results = at_once(proposing(order, world, "buyer"), proposing(order, world, "supplier"))
    assert sorted(isinstance(result, Refused) for result in results) == [False, True], results
    assert order.versions.open_amendments().count() == 1


def test_two_amendments_race_for_the_last_of_the_limit(world):
    one, two = stories.paid(world), stories.paid(world)
    signs = [signing(order, world, line={"quantity": 120}) for order in (one, two)]
    world.supplier.refresh_from_db()
    world.supplier.limit_minor = 22_000_00
    world.supplier.save()
    results = at_once(*signs)
    assert sum(isinstance(result, actions.CoverChanged) for result in results) == 1, results
    world.supplier.refresh_from_db()
    assert world.supplier.reserved_minor == 22_000_00
    assert proof.prove() == []
