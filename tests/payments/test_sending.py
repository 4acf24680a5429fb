"""Refunds and payouts: what the ledger owes leaves once, whatever dies in between (Rulebook 22; I7)."""

import pytest
from django.contrib.auth.models import Permission

from ledger import chart
from ledger.actions import balance
from orders import actions as order_actions
from payments import actions, tasks
from payments.gateways.sandbox.gateway import Sandbox
from payments.gateways.sandbox.models import SandboxSending
from payments.models import Payment, Payout, Refund
from tests import stories
from tests.payments.conftest import DAY, NOW, pay, wire
from trade_assurance.refused import MovedOn


class Died(BaseException):
    """The process ended here."""


def cancelled_after(world, *, card=False):
    """A USD 10,000 order: deposit by card or wire, balance by wire, then cancelled by the buyer within 24 h."""
    order = stories.placed(world)
    pay(order, world) if card else wire(order)
    wire(order, 2)
    return order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)


def finish(refunds, now=NOW):
    return [actions.push_refund(refund_id=refund.id, now=now) for refund in refunds]


def test_latest_payment_first_and_never_more_than_it_brought(world):
    order = cancelled_after(world, card=True)
    refunds = actions.send_refunds(order_id=order.id, now=NOW)
    assert [(r.method, r.amount_minor) for r in refunds] == [("tt", 7_000_00), ("card", 3_000_00)]
    assert balance(chart.refund_payable(order.id, "USD")) == 0
    assert {r.status for r in finish(refunds)} == {"confirmed"}
    assert balance(chart.clearing("bank", "USD")) == 0
    assert balance(chart.clearing("card", "USD")) == 88_50  # the fee stays; the processor nets the refund
    assert balance(chart.bank("USD")) == 0
    with pytest.raises(actions.NothingToSend):
        actions.send_refunds(order_id=order.id, now=NOW)
    assert SandboxSending.objects.count() == 2


def test_fees_go_back_to_their_payment_when_the_supplier_never_ships(world):
    order = stories.placed(world)
    pay(order, world)
    wire(order, 2)
    order = stories.fresh(order)
    order_actions.award_unshipped(order_id=order.id, now=order.award_at)
    refunds = actions.send_refunds(order_id=order.id, now=order.award_at)
    assert [(r.method, r.of_cleared_minor, r.of_fee_minor) for r in refunds] == [
        ("tt", 7_000_00, 0),
        ("card", 3_000_00, 88_50),
    ]


def test_gap_that_we_bore_is_never_refunded(world):
    order = stories.placed(world)
    wire(order, amount_minor=2_985_00)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    (refund,) = actions.send_refunds(order_id=order.id, now=NOW)
    assert refund.amount_minor == 2_985_00
    assert balance(chart.bank_charges("USD")) == 0


def test_surplus_goes_back_to_the_transfer_that_brought_it(world):
    order = stories.placed(world)
    payment = wire(order, amount_minor=3_500_00).payment
    wire(order, 2)
    (refund,) = actions.send_refunds(order_id=order.id, now=NOW)
    assert (refund.payment_id, refund.of_surplus_minor, refund.amount_minor) == (payment.id, 500_00, 500_00)
    assert refund.arrives_in == "3 to 7 business days"


@pytest.mark.parametrize("dies", ["before the call", "after the call", "while recording"])
def test_refund_is_sent_once_wherever_the_sweep_dies(world, monkeypatch, dies):
    order = cancelled_after(world)
    refunds = actions.send_refunds(order_id=order.id, now=NOW)
    told = Sandbox.refund

    def die(self, refund, *, now):
        if dies == "after the call":
            told(self, refund, now=now)
        raise Died

    with monkeypatch.context() as broken:
        if dies == "while recording":
            broken.setattr("payments.actions.sending.books.left_the_bank", lambda **_: (_ for _ in ()).throw(Died))
        else:
            broken.setattr(Sandbox, "refund", die)
        with pytest.raises(Died):
            finish(refunds)
    with pytest.raises(actions.NothingToSend):
        actions.send_refunds(order_id=order.id, now=NOW)
    for _ in range(2):
        finish(refunds)
    assert set(Refund.objects.values_list("status", flat=True)) == {"confirmed"}
    assert sum(SandboxSending.objects.values_list("amount_minor", flat=True)) == 10_000_00
    assert SandboxSending.objects.count() == 2
    assert balance(chart.bank("USD")) == 0


def test_sweep_that_dies_before_its_commit_owes_as_before(world, monkeypatch):
    order = cancelled_after(world)
    monkeypatch.setattr("payments.actions.sending.record", lambda *_, **__: (_ for _ in ()).throw(ValueError))
    with pytest.raises(ValueError):
        actions.send_refunds(order_id=order.id, now=NOW)
    assert not Refund.objects.exists()
    assert balance(chart.refund_payable(order.id, "USD")) == -10_000_00


def test_bank_that_does_not_answer_is_told_again_under_the_same_key(world, settings):
    (refund, _) = actions.send_refunds(order_id=cancelled_after(world).id, now=NOW)
    settings.SANDBOX_UNREACHABLE = True
    waiting = actions.push_refund(refund_id=refund.id, now=NOW)
    assert (waiting.status, waiting.attempts) == ("sending", 1) and waiting.next_ask_at > NOW and waiting.why
    settings.SANDBOX_UNREACHABLE = False
    assert actions.push_refund(refund_id=refund.id, now=NOW).status == "confirmed"
    assert SandboxSending.objects.count() == 1


def test_refund_that_comes_back_waits_for_staff(world, settings):
    settings.SANDBOX_BANK_DELAY = 60
    order = stories.placed(world)
    wire(order)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    (refund,) = actions.send_refunds(order_id=order.id, now=NOW)
    assert actions.push_refund(refund_id=refund.id, now=NOW).status == "sent"
    SandboxSending.objects.update(fails_because="account closed")
    refund = actions.push_refund(refund_id=refund.id, now=NOW + DAY)
    assert (refund.status, refund.why) == ("failed", "account closed")
    assert balance(chart.refund_payable(order.id, "USD")) == -3_000_00
    with pytest.raises(actions.NothingToSend, match="staff"):
        actions.send_refunds(order_id=order.id, now=NOW + DAY)
    finance = stories.person("finance@test.test", is_staff=True)
    finance.user_permissions.add(Permission.objects.get(codename="send_again"))
    actions.let_send_again(sending=refund, by=finance, now=NOW + DAY)
    with pytest.raises(MovedOn):
        actions.let_send_again(sending=refund, by=finance, now=NOW + DAY)
    (again,) = actions.send_refunds(order_id=order.id, now=NOW + DAY)
    assert again.amount_minor == 3_000_00 and again.key != refund.key


def test_money_of_an_unknown_payment_waits_with_a_reason(world):
    order = stories.placed(world)
    stories.clear(order)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    with pytest.raises(actions.NothingToSend, match="No payment is known"):
        actions.send_refunds(order_id=order.id, now=NOW)


def test_payout_has_the_figures_of_the_example(world):
    """Rows 1 to 8 of architecture.md §8: deposit by card, balance by a transfer 20 short, received, paid out."""
    from payments.gateways.sandbox import bank

    order = stories.placed(world)
    from orders import books

    books.own_funds(amount_minor=1_000_00, currency="USD", key="1", now=NOW)
    pay(order, world)
    bank.settle(gateway="card", currency="USD", kept_minor=80_00, now=NOW)
    wire(order, 2, amount_minor=6_980_00)
    order = stories.then_received(stories.fresh(order), world)
    later = NOW + 20 * DAY
    payout = actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=later)
    assert payout.amount_minor == 7_000_00
    assert [(line.kind, line.order_id, line.amount_minor) for line in payout.lines.all()] == [
        ("release", order.id, 7_000_00)
    ]
    assert balance(chart.clearing("bank", "USD")) == -7_000_00
    assert actions.push_payout(payout_id=payout.id, now=later).status == "confirmed"
    assert balance(chart.clearing("bank", "USD")) == 0
    assert balance(chart.escrow(order.id, "USD")) == -3_000_00
    assert balance(chart.bank("USD")) == 1_000_00 + 3_008_50 + 6_980_00 - 7_000_00
    with pytest.raises(actions.NothingToSend):
        actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=later)


def test_next_payout_carries_only_what_is_new_and_its_fee(world):
    for _ in range(2):
        order = stories.placed(world, stories.simple_terms(5_000_00))
        wire(order)
        stories.then_received(stories.fresh(order), world)
        payout = actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=NOW + 20 * DAY)
        assert payout.amount_minor == 3_430_00
        assert [(line.kind, line.amount_minor) for line in payout.lines.order_by("id")] == [
            ("release", 3_500_00),
            ("service_fee", -70_00),
        ]


def test_payout_that_comes_back_is_owed_again(world, settings):
    order = stories.placed(world)
    wire(order)
    wire(order, 2)
    stories.then_received(stories.fresh(order), world)
    settings.SANDBOX_BANK_DELAY = 60
    at = NOW + 20 * DAY
    payout = actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=at)
    actions.push_payout(payout_id=payout.id, now=at)
    SandboxSending.objects.update(fails_because="account closed")
    payout = actions.push_payout(payout_id=payout.id, now=at + DAY)
    assert payout.status == "failed"
    assert balance(chart.supplier_payable(world.supplier.id, "USD")) == -7_000_00
    with pytest.raises(actions.NothingToSend, match="staff"):
        actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=at + DAY)
    finance = stories.person("finance@test.test", is_staff=True)
    finance.user_permissions.add(Permission.objects.get(codename="send_again"))
    actions.let_send_again(sending=payout, by=finance, now=at + DAY)
    again = actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=at + DAY)
    assert [(line.kind, line.amount_minor) for line in again.lines.all()] == [("owed_again", 7_000_00)]


def test_sweeps_do_all_of_it_and_twice_does_nothing_more(world):
    import time_machine

    refunded = cancelled_after(world, card=True)
    order = stories.placed(world)
    wire(order)
    wire(order, 2)
    stories.then_received(stories.fresh(order), world)
    unmatched = wire(stories.placed(world), reference="")
    with time_machine.travel(NOW + 30 * DAY, tick=False):
        for _ in range(2):
            for sweep in (
                tasks.ask_gateways,
                tasks.send_refunds,
                tasks.send_payouts,
                tasks.return_unmatched,
                tasks.settle_sandbox,
            ):
                sweep()
    assert sorted(Refund.objects.filter(order=refunded).values_list("status", flat=True)) == ["confirmed"] * 2
    assert list(Payout.objects.values_list("status", "amount_minor")) == [("confirmed", 7_000_00)]
    unmatched.refresh_from_db()
    assert unmatched.status == "returned"
    assert balance(chart.clearing("card", "USD")) == balance(chart.clearing("bank", "USD")) == 0


def test_database_refuses_to_change_what_a_payment_brought(world):
    from django.db import DatabaseError, transaction

    payment = wire(stories.placed(world)).payment
    for change in ({"cleared_minor": 1}, {"status": "failed"}, {"amount_minor": 1}, {"refunded_minor": 3_000_01}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk)._raw_delete("default")
