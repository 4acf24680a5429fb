"""Two at once on real connections: one wins, the loser gets a sentence; without the lock both would."""

import threading
import uuid

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from ledger import proof
from orders import actions
from orders.models import Order
from orders.models.order import OrderQuerySet
from suppliers.models.company import SupplierQuerySet
from tests import stories
from tests.stories import DAY, NOW
from trade_assurance.refused import MovedOn, Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


def at_once(*acts) -> list:
    """Run each act in a thread with its own connection, started together; results or the exceptions raised."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n, act):
        try:
            gate.wait(10)
            results[n] = act()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[n] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def pay(order, world):
    return lambda: stories.clear(order, 1, now=NOW)


RACES = {
    # name: (story, the two acts)
    "pay x cancel": (
        stories.placed,
        pay,
        lambda o, w: lambda: actions.cancel(order_id=o.id, by=w.seller, now=NOW),
    ),
    "pay x pay": (stories.placed, pay, pay),
    "pay x cancel by time": (
        stories.placed,
        pay,
        lambda o, w: lambda: actions.cancel_unpaid(order_id=o.id, now=NOW + 80 * DAY),
    ),
    "ship x cancel": (
        stories.paid,
        lambda o, w: lambda: stories.dispatch(o, w, now=NOW + DAY / 2),
        lambda o, w: lambda: actions.cancel(order_id=o.id, by=w.buyer, now=NOW + DAY / 2),
    ),
    "ship x ship": (
        stories.paid,
        lambda o, w: lambda: stories.dispatch(o, w),
        lambda o, w: lambda: stories.dispatch(o, w),
    ),
    "confirm x confirm": (
        stories.shipped,
        lambda o, w: lambda: actions.confirm_receipt(order_id=o.id, counts=[], by=w.buyer, now=NOW + 90 * DAY),
        lambda o, w: lambda: actions.confirm_receipt(order_id=o.id, counts=[], by=w.buyer, now=NOW + 90 * DAY),
    ),
    "confirm x auto-confirm": (
        stories.shipped,
        lambda o, w: lambda: actions.confirm_receipt(order_id=o.id, counts=[], by=w.buyer, now=NOW + 90 * DAY),
        lambda o, w: lambda: actions.auto_confirm(order_id=o.id, now=NOW + 90 * DAY),
    ),
    "expire x expire": (
        stories.received,
        lambda o, w: lambda: actions.expire_protection(order_id=o.id, now=o.protection_ends_at),
        lambda o, w: lambda: actions.expire_protection(order_id=o.id, now=o.protection_ends_at),
    ),
    "award x ship": (
        stories.paid,
        lambda o, w: lambda: actions.award_unshipped(order_id=o.id, now=o.award_at),
        lambda o, w: lambda: stories.dispatch(o, w, now=o.award_at),
    ),
    "accept x lapse": (
        lambda w: stories.sent(w, stories.simple_terms(10_000_00, ship_by_on=None, lead_days=20, due_on="2026-11-01")),
        lambda o, w: lambda: stories.accept(o, by=w.buyer, now=o.lapses_at - stories.SECOND),
        lambda o, w: lambda: actions.lapse(order_id=o.id, now=o.lapses_at),
    ),
}


@pytest.mark.parametrize("race", RACES)
def test_one_wins_and_the_loser_gets_a_sentence(world, race):
    story, first, second = RACES[race]
    order = story(world)
    results = at_once(first(order, world), second(order, world))
    losers = [result for result in results if isinstance(result, Exception)]
    assert len(losers) == 1, results
    assert isinstance(losers[0], Refused), losers
    assert str(losers[0]).endswith(".")
    assert proof.prove() == []


@pytest.mark.parametrize("race", ["confirm x auto-confirm", "expire x expire", "pay x cancel", "ship x cancel"])
def test_without_the_lock_of_the_order_the_race_is_lost(world, race, monkeypatch):
    story, first, second = RACES[race]
    order = story(world)
    both_have_read = threading.Barrier(2)

    def unlocked(self, pk):
        found = self.select_related("supplier").get(pk=pk)
        both_have_read.wait(10)
        return found

    monkeypatch.setattr(OrderQuerySet, "locked", unlocked)
    results = at_once(first(order, world), second(order, world))
    # Without the lock nobody is told that the other was first: both do it, or only the database's last line stops one.
    assert not any(isinstance(result, MovedOn) for result in results), results
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE orders_order, ledger_account, events_event CASCADE")


def test_two_acceptances_race_for_the_last_of_the_limit(world):
    world.supplier.limit_minor = 15_000_00
    world.supplier.save()
    one, two = stories.sent(world), stories.sent(world)
    results = at_once(*(lambda o=o: stories.accept(o, by=world.buyer, cover_minor=10_000_00) for o in (one, two)))
    assert sum(isinstance(result, Order) for result in results) == 1, results
    world.supplier.refresh_from_db()
    assert world.supplier.reserved_minor == 10_000_00
    assert proof.prove() == []


def test_without_the_lock_of_the_supplier_the_limit_is_promised_twice(world, monkeypatch):
    world.supplier.limit_minor = 15_000_00
    world.supplier.save()
    one, two = stories.sent(world), stories.sent(world)
    both_have_read = threading.Barrier(2)

    def unlocked(self, pk):
        found = self.get(pk=pk)
        both_have_read.wait(10)
        return found

    monkeypatch.setattr(SupplierQuerySet, "locked", unlocked)
    results = at_once(*(lambda o=o: stories.accept(o, by=world.buyer, cover_minor=10_000_00) for o in (one, two)))
    assert all(isinstance(result, Order) for result in results), results
    assert {breach.code for breach in proof.prove()} == {"I9"}
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE orders_order, suppliers_reservation, events_event CASCADE")
        cursor.execute("UPDATE suppliers_supplier SET reserved_minor = 0")


def test_many_messages_at_once_keep_one_chain(world):
    order = stories.placed(world)
    results = at_once(
        *(
            lambda n=n: actions.write_message(order_id=order.id, key=uuid.uuid4(), body=str(n), by=world.buyer, now=NOW)
            for n in range(8)
        )
    )
    assert not any(isinstance(result, Exception) for result in results), results
    assert proof.prove() == []


@pytest.mark.parametrize(
    ("story", "end"),
    [
        (stories.received, lambda o, w: actions.expire_protection(order_id=o.id, now=o.protection_ends_at)),
        (stories.paid, lambda o, w: actions.award_unshipped(order_id=o.id, now=o.award_at)),
        (stories.paid, lambda o, w: actions.cancel(order_id=o.id, by=w.buyer, now=NOW)),
    ],
)
def test_the_supplier_is_locked_before_the_accounts(world, story, end):
    """A payout locks the supplier, then its account: in the other order the two would wait for each other."""
    order = story(world)
    with CaptureQueriesContext(connection) as queries:
        end(order, world)
    locks = [q["sql"] for q in queries if " FOR " in q["sql"]]
    supplier = next(n for n, sql in enumerate(locks) if 'FROM "suppliers_supplier"' in sql)
    assert supplier < next(n for n, sql in enumerate(locks) if "ledger_account" in sql)
