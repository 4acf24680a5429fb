"""Claims, refunds, releases and the end of protection at once, on real connections: the books stay whole."""

import threading
import uuid
from dataclasses import replace

import pytest
from django.db import connection

from disputes import actions
from disputes.models import Dispute
from ledger import proof
from orders import actions as order_actions
from orders.models import Order
from orders.models.order import OrderQuerySet
from payments import actions as payment_actions
from tests import cases, stories
from tests.cases import FILED
from tests.orders.test_races import at_once
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn, Refused

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = DAY / 24


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


def claiming(order, world, now):
    line = order.lines.get(number=1)
    return lambda: cases.file(order, world, [cases.quality(line)], now=now)


def lost_at_sea(order, world, now):
    item = cases.Item(order.lines.get().id, "non_receipt", "refund", "100 lamps", "Nothing", {"quantity": 100})
    return lambda: cases.file(order, world, [item], now=now)


ONE_WINS = {
    # name: (the order, the two acts)
    "claim x claim": (
        stories.received,
        lambda o, w: claiming(o, w, FILED),
        lambda o, w: claiming(o, w, FILED),
    ),
    "claim x auto-confirm": (
        stories.shipped,
        lambda o, w: lost_at_sea(o, w, o.auto_confirm_at - SECOND),
        lambda o, w: lambda: order_actions.auto_confirm(order_id=o.id, now=o.auto_confirm_at),
    ),
    "claim x cancel": (
        stories.paid,
        lambda o, w: lambda: cases.file(o, w, [cases.not_shipped(o.lines.get())], now=o.ship_by_at),
        lambda o, w: lambda: order_actions.award_unshipped(order_id=o.id, now=o.award_at),
    ),
}


@pytest.mark.parametrize("race", ONE_WINS)
def test_one_wins_and_the_loser_gets_a_sentence(world, race):
    story, first, second = ONE_WINS[race]
    order = story(world)
    results = at_once(first(order, world), second(order, world))
    losers = [result for result in results if isinstance(result, Exception)]
    assert len(losers) == 1, results
    assert isinstance(losers[0], Refused), losers
    assert proof.prove() == []


def test_a_claim_at_the_last_second_and_the_end_of_protection(world):
    """Either the claim is first and its amount stays, or protection has ended and nothing can be claimed."""
    order = stories.received(world)
    ends = order.protection_ends_at
    claim, end = at_once(
        claiming(order, world, ends - SECOND),
        lambda: order_actions.expire_protection(order_id=order.id, now=ends),
    )
    order = stories.fresh(order)
    if isinstance(claim, Dispute):
        assert isinstance(end, MovedOn)
        assert order.escrow_minor >= claim.cap_minor
    else:
        assert isinstance(claim, Refused)
        assert order.status == Order.Status.EXPIRED
    assert proof.prove() == []


def refund_release_expire(order, case, world):
    """An accepted offer refunds, the last instalment clears and is released, the other line's window ends."""
    ends = order.protection_ends_at
    return (
        lambda: actions.accept_offer(dispute_id=case.id, number=1, by=world.seller, now=FILED + HOUR),
        lambda: stories.clear(order, 2, now=FILED + HOUR),
        lambda: order_actions.expire_protection(order_id=order.id, now=ends),
        lambda: payment_actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=FILED + HOUR),
    )


def part_paid(world):
    """Received with the last part still to pay; the first line is claimed, the second line's clock runs."""
    contract = cases.two_lines()
    deposit, balance = contract.plan
    plan = (deposit, type(balance)("Rest", 7_000_00, "delivery", balance.due_on))
    order = stories.received(world, replace(contract, plan=plan))
    return order, cases.file(order, world, [cases.quality(order.lines.get(number=1))])


def all_paid(world):
    """Received with all paid: the second line's share of the reserve is released when its clock ends."""
    order = stories.received(world, cases.two_lines())
    return order, cases.file(order, world, [cases.quality(order.lines.get(number=1))])


def test_refund_release_and_expiry_at_once_end_in_whole_books(world):
    order, case = part_paid(world)
    results = at_once(*refund_release_expire(order, case, world))
    assert [r for r in results if isinstance(r, Exception) and not isinstance(r, Refused)] == []
    order = stories.fresh(order)
    assert cases.fresh(case).awarded_minor == case.cap_minor == order.refunded_minor
    assert order.cleared_minor == 10_000_00
    assert proof.prove() == []


def seen(order) -> tuple:
    """What an order's row says of money and clock."""
    row = stories.fresh(order)
    money = (row.cleared_minor, row.released_minor, row.refunded_minor, row.reserve_minor)
    return (*money, row.protection_ends_at and row.protection_ends_at - row.received_at)


@pytest.mark.parametrize(
    ("story", "pair"),
    [(part_paid, (0, 1)), (all_paid, (0, 2)), (part_paid, (1, 2))],
    ids=["refund x release", "refund x expire", "release x expire"],
)
def test_without_the_lock_of_the_order_one_of_the_two_is_forgotten(world, story, pair, monkeypatch):
    one_after_the_other = set()
    for turn in (pair, pair[::-1]):
        order, case = story(world)
        acts = refund_release_expire(order, case, world)
        for n in turn:
            acts[n]()
        one_after_the_other.add(seen(order))
    order, case = story(world)
    acts = refund_release_expire(order, case, world)
    both_have_read = threading.Barrier(2)

    def unlocked(self, pk):
        found = self.select_related("supplier").get(pk=pk)
        both_have_read.wait(5)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(OrderQuerySet, "locked", unlocked)
        results = at_once(*(acts[n] for n in pair))
    stopped = any(isinstance(r, Exception) and not isinstance(r, Refused) for r in results)
    assert stopped or seen(order) not in one_after_the_other, results
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE orders_order, ledger_account, events_event, disputes_dispute CASCADE")


def test_one_key_twice_files_one_claim(world):
    order = stories.received(world)
    key, items = uuid.uuid4(), [cases.quality(order.lines.get())]
    results = at_once(
        *(
            lambda: actions.file_claim(order_id=order.id, key=key, items=items, by=world.buyer, now=FILED)
            for _ in range(3)
        )
    )
    assert len({result.id for result in results}) == 1, results
    assert order.disputes.count() == 1


def test_award_by_time_and_a_shipment_at_once(world):
    """A shipment that comes first is proof; the award that comes first leaves nothing to ship."""
    case = cases.unshipped(world)
    order = case.order
    award, shipment = at_once(
        lambda: actions.award_by_time(dispute_id=case.id, now=case.award_at),
        lambda: stories.dispatch(order, world, now=case.award_at),
    )
    order, case = stories.fresh(order), cases.fresh(case)
    if isinstance(shipment, Exception):
        assert isinstance(shipment, Refused)
        assert (case.outcome, order.status) == ("awarded", Order.Status.REFUNDED)
    else:
        assert (case.outcome, order.status) == ("lapsed", Order.Status.SHIPPED)
    assert not isinstance(award, Exception)
    assert order.refunded_minor in (0, 10_000_00)
    assert proof.prove() == []
    assert NOW < case.closed_at
