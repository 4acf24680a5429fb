"""Two connections at once: one effect (quality.md §2)."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from ledger import chart
from ledger.actions import balance
from orders import actions as order_actions
from orders.models import Order
from payments import actions
from payments.gateways import Outcome
from payments.gateways.sandbox.models import SandboxSending
from payments.models import Payment, Payout, Refund
from tests import stories
from tests.payments.conftest import DAY, NOW, play, start, wire
from trade_assurance.refused import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


def at_once(*calls):
    """Run all at the same moment, each on its own connection; gives what each returned, or the sentence it got."""
    gate = threading.Barrier(len(calls))

    def run(call):
        try:
            gate.wait(10)
            return call()
        except Refused as refused:  # the loser of a race gets a sentence; anything else goes up
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls, timeout=60))


def test_two_answers_clear_a_payment_once(world):
    order = stories.placed(world)
    payment = start(order, world)
    play(payment, state="paid")
    at_once(
        *[lambda: actions.refresh(payment_id=payment.id, outcome=Outcome("cleared", "r"), now=NOW) for _ in range(4)]
    )
    assert stories.fresh(order).cleared_minor == 3_000_00
    assert balance(chart.clearing("card", "USD")) == 3_088_50


def test_double_click_in_two_threads_starts_one_payment(world):
    order, key = stories.placed(world), uuid.uuid4()
    found = at_once(
        *[
            lambda: actions.start_payment(
                order_id=order.id, instalment_number=1, method="card", key=key, by=world.buyer, now=NOW
            )
            for _ in range(4)
        ]
    )
    assert len({payment.id for payment in found}) == 1 and Payment.objects.count() == 1


def test_two_cards_and_a_wire_for_one_instalment_pay_it_once(world):
    order = stories.placed(world)
    first, second = start(order, world), start(order, world)
    at_once(
        lambda: actions.refresh(payment_id=first.id, outcome=Outcome("cleared"), now=NOW),
        lambda: actions.refresh(payment_id=second.id, outcome=Outcome("cleared"), now=NOW),
        lambda: wire(order, amount_minor=3_000_00),
    )
    assert stories.fresh(order).cleared_minor == 3_000_00
    brought = [p.cleared_minor + p.surplus_minor + p.fee_kept_minor for p in Payment.objects.all()]
    assert sorted(brought) == [3_000_00, 3_088_50, 3_088_50]


def test_one_entry_from_two_imports_counts_once(world):
    order = stories.placed(world)
    for reference in ({}, {"reference": "none"}):
        entry = uuid.uuid4().hex
        found = at_once(
            *[lambda e=entry, r=reference: wire(order, entry=e, amount_minor=1_000_00, **r) for _ in range(4)]
        )
        assert len({row.id for row in found}) == 1
    assert stories.fresh(order).cleared_minor == 1_000_00
    assert balance(chart.suspense("USD")) == -1_000_00


def test_cancel_and_clearing_at_once_leave_the_money_owed_or_held(world):
    order = stories.placed(world)
    payment = start(order, world)
    at_once(
        lambda: actions.refresh(payment_id=payment.id, outcome=Outcome("cleared"), now=NOW),
        lambda: order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW),
    )
    order = stories.fresh(order)
    held = order.escrow_minor
    owed = -balance(chart.refund_payable(order.id, "USD"))
    assert held + owed in (3_000_00, 3_088_50)
    assert order.status == "cancelled" and held == 0


def test_two_sweeps_send_a_refund_and_a_payout_once(world):
    order = stories.placed(world)
    wire(order)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    at_once(*[lambda: actions.send_refunds(order_id=order.id, now=NOW) for _ in range(3)])
    refund = Refund.objects.get()
    at_once(*[lambda: actions.push_refund(refund_id=refund.id, now=NOW) for _ in range(3)])
    other = stories.placed(world)
    wire(other)
    wire(other, 2)
    stories.then_received(stories.fresh(other), world)
    later = NOW + 20 * DAY
    at_once(*[lambda: actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=later) for _ in range(3)])
    payout = Payout.objects.get()
    at_once(*[lambda: actions.push_payout(payout_id=payout.id, now=later) for _ in range(3)])
    assert SandboxSending.objects.count() == 2
    assert balance(chart.clearing("bank", "USD")) == 0


def test_payout_does_not_wait_for_an_order_that_it_pays_for(world):
    """Whoever holds the order may be waiting for what the supplier is owed: each would wait for the other."""
    order = stories.placed(world)
    wire(order)
    wire(order, 2)
    order = stories.then_received(stories.fresh(order), world)
    later = NOW + 20 * DAY

    def pay_out():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=later)

    with transaction.atomic():
        Order.objects.locked(order.id)
        assert isinstance(at_once(pay_out)[0], Payout)
