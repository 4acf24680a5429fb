"""Chargebacks against refunds, the end of protection, cancelling and payouts, at once: one consistent outcome."""

import threading

import pytest
from django.db import connection

from ledger import chart, proof
from ledger.actions import balance
from orders import actions as order_actions
from orders.models.order import OrderQuerySet
from payments import actions
from payments.gateways.sandbox import bank
from payments.gateways.sandbox.models import SandboxCharge
from payments.models import Chargeback, Payment
from tests import stories
from tests.payments.conftest import NOW
from tests.payments.contesting import CHARGE, cancel_by_both, contested, end, funded, owed, receivable, sent_to_buyer
from tests.payments.test_races import at_once
from trade_assurance.refused import MovedOn, Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


def contest_at_bank(payment):
    charge = SandboxCharge.objects.get(key=payment.key)
    return bank.contest(charge_id=charge.id, amount_minor=CHARGE, reason="no goods", now=NOW)


def push_all(order):
    for refund in order.refunds.all():
        actions.push_refund(refund_id=refund.id, now=NOW)


@pytest.mark.parametrize("times", range(3))
@pytest.mark.parametrize("won", [True, False])
def test_chargeback_and_sending_of_the_same_refund(world, won, times):
    order, payment = funded(world)
    cancel_by_both(order, world)
    contest = contest_at_bank(payment)
    results = at_once(
        lambda: bank.tell(contest_id=contest.id, now=NOW),
        lambda: actions.send_refunds(order_id=order.id, now=NOW),
        lambda: actions.send_refunds(order_id=order.id, now=NOW),
    )
    assert isinstance(results[0], Chargeback)
    push_all(order)  # the bank refuses what it has given already, so it is owed again and waits
    assert proof.prove() == []
    assert (owed(order), sent_to_buyer(order)) == (3_000_00, 7_000_00 + CHARGE)
    bank.tell(contest_id=bank.decide(contest_id=contest.id, won=won).id, now=NOW)
    assert owed(order) == (3_000_00 if won else 0)
    assert sent_to_buyer(order) == 7_000_00 + (0 if won else CHARGE)
    assert balance(chart.gateway_costs("USD")) == 0


@pytest.mark.parametrize("times", range(3))
def test_chargeback_and_the_end_of_protection(world, times):
    order, payment = funded(world)
    order = stories.then_received(order, world)
    ends = order.protection_ends_at
    results = at_once(
        lambda: contested(payment, now=ends),
        lambda: order_actions.expire_protection(order_id=order.id, now=ends),
        lambda: actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=ends),
    )
    assert not any(isinstance(result, Refused) for result in results)
    order = stories.fresh(order)
    held = order.holds.open().held_minor()
    assert (order.status, held) in {("expired", 0), ("received", 3_000_00)}
    end(payment, False, now=ends)
    order = stories.fresh(order)
    assert sent_to_buyer(order) == CHARGE
    assert (order.released_minor - 7_000_00) + order.charged_back_escrow_minor == 3_000_00
    if order.status == "received":
        order_actions.expire_protection(order_id=order.id, now=ends)
    assert stories.fresh(order).status == "expired"


@pytest.mark.parametrize("times", range(3))
def test_loss_sending_expiry_and_payout_at_once(world, times):
    """A surplus is owed on the wire, a loss is reported, protection ends, the supplier is paid: all in one moment."""
    order, payment = funded(world)
    order = stories.then_received(order, world)
    contested(payment)
    ends = order.protection_ends_at
    at_once(
        lambda: end(payment, False, now=ends),
        lambda: actions.send_refunds(order_id=order.id, now=ends),
        lambda: order_actions.expire_protection(order_id=order.id, now=ends),
        lambda: actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=ends),
    )
    order = stories.fresh(order)
    assert (order.charged_back_minor, order.charged_back_escrow_minor, order.escrow_minor) == (3_000_00, 3_000_00, 0)
    assert (sent_to_buyer(order), receivable(world)) == (CHARGE, 0)


def test_one_report_from_four_webhooks_counts_once(world):
    order, payment = funded(world)
    found = at_once(*[lambda: contested(payment) for _ in range(4)])
    assert len({chargeback.id for chargeback in found}) == 1
    found = at_once(*[lambda won=won: end(payment, won) for won in (True, False, True, False)])
    assert len({chargeback.state for chargeback in found}) == 1
    order = stories.fresh(order)
    assert order.contested_minor == balance(chart.chargebacks(order.id, "USD")) == 0


def test_two_cases_never_take_more_than_the_payment_brought(world):
    order, payment = funded(world)
    at_once(*[lambda name=name: contested(payment, 2_000_00, name) for name in "abc"])
    at_once(*[lambda name=name: end(payment, False, 2_000_00, name) for name in "abc"])
    payment = Payment.objects.get(pk=payment.pk)
    assert (payment.charged_back_minor, payment.fee_charged_back_minor) == (3_000_00, 88_50)
    assert stories.fresh(order).charged_back_minor == 3_000_00
    assert balance(chart.gateway_costs("USD")) == 6_000_00 - CHARGE


@pytest.mark.parametrize("times", range(3))
def test_chargeback_and_the_second_yes_to_cancelling(world, times):
    order, payment = funded(world)
    order_actions.propose_cancel(order_id=order.id, by=world.buyer, now=NOW)
    taken, agreed = at_once(
        lambda: contested(payment),
        lambda: order_actions.propose_cancel(order_id=order.id, by=world.seller, now=NOW),
    )
    order = stories.fresh(order)
    if isinstance(agreed, MovedOn):
        assert (taken.fresh_minor, order.status, owed(order)) == (3_000_00, "paid", 0)
    else:
        assert (taken.fresh_minor, order.status, owed(order)) == (0, "cancelled", 10_000_00)
    end(payment, False)
    if order.status == "paid":
        order_actions.propose_cancel(order_id=order.id, by=world.seller, now=NOW)
    assert owed(order) == 7_000_00


def test_without_the_lock_of_the_order_cancel_and_chargeback_take_the_same_money(world, monkeypatch):
    order, payment = funded(world)
    order_actions.propose_cancel(order_id=order.id, by=world.buyer, now=NOW)
    both_have_read = threading.Barrier(2)
    first = threading.local()

    def unlocked(self, pk):
        found = self.select_related("supplier").get(pk=pk)
        if not hasattr(first, "read"):
            first.read = True
            both_have_read.wait(10)
        return found

    monkeypatch.setattr(OrderQuerySet, "locked", unlocked)
    wrong = []
    try:
        results = at_once(
            lambda: contested(payment),
            lambda: order_actions.propose_cancel(order_id=order.id, by=world.seller, now=NOW),
        )
        assert not any(isinstance(result, MovedOn) for result in results), results
        wrong = proof.prove()
    except Exception as error:  # noqa: BLE001 - the database's last line stops one of them
        wrong = [error]
    assert wrong
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE orders_order, ledger_account, events_event, suppliers_reservation CASCADE")
        cursor.execute("UPDATE suppliers_supplier SET reserved_minor = 0")


def test_the_supplier_is_locked_before_the_accounts(world):
    """A payout locks the supplier, then its account: in the other order the two would wait for each other."""
    from django.test.utils import CaptureQueriesContext

    order, payment = funded(world)
    stories.then_received(order, world)
    contested(payment)
    with CaptureQueriesContext(connection) as queries:
        end(payment, False)
    locks = [query["sql"] for query in queries if " FOR " in query["sql"]]
    supplier = next(n for n, sql in enumerate(locks) if 'FROM "suppliers_supplier"' in sql)
    assert supplier < next(n for n, sql in enumerate(locks) if "ledger_account" in sql)
