"""Card chargebacks: each report counts once, and no sequence with refunds pays the buyer twice (architecture.md §8)."""

import uuid

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from ledger import chart
from ledger.actions import balance
from orders import actions as order_actions
from orders import tasks as order_tasks
from orders.models import Order
from orders.steps import step_of
from payments import actions, tasks
from payments.gateways.sandbox import bank
from payments.gateways.sandbox.models import SandboxCharge, SandboxContest
from payments.models import Chargeback, Payment
from tests import stories
from tests.payments.conftest import DAY, NOW, pay, wire
from tests.payments.contesting import CHARGE, cancel_by_both, contested, end, funded, of, owed, receivable
from trade_assurance.refused import MovedOn, Refused

# opened, won, lost ------------------------------------------------------------------------------------------------


def test_opened_takes_it_from_clearing_and_holds_what_is_contested(world):
    order, payment = funded(world)
    chargeback = contested(payment)
    order = stories.fresh(order)
    assert balance(chart.chargebacks(order.id, "USD")) == CHARGE
    assert balance(chart.clearing("card", "USD")) == 0
    assert (chargeback.of_cleared_minor, chargeback.of_fee_minor, chargeback.beyond_minor) == (3_000_00, 88_50, 0)
    assert (order.contested_minor, order.kept_minor, order.escrow_minor) == (3_000_00, 7_000_00, 10_000_00)
    (hold,) = order.holds.open()
    assert (hold.reason, hold.amount_minor, hold.wanted_minor) == ("charged_back", 3_000_00, 3_000_00)


def test_won_gives_all_back_and_the_order_goes_on(world):
    order, payment = funded(world)
    contested(payment)
    assert end(payment, True).state == "won"
    order = stories.fresh(order)
    assert balance(chart.chargebacks(order.id, "USD")) == 0
    assert balance(chart.clearing("card", "USD")) == CHARGE
    assert (order.contested_minor, order.charged_back_minor, order.kept_minor) == (0, 0, 10_000_00)
    assert not order.holds.open().exists()
    order = stories.then_received(order, world)
    assert (order.released_minor, order.reserve_minor) == (7_000_00, 3_000_00)


def test_lost_before_shipment_comes_from_escrow_and_the_fee_from_fees(world):
    order, payment = funded(world)
    contested(payment)
    end(payment, False)
    order = stories.fresh(order)
    assert (of(order, "lost_escrow"), of(order, "lost_fee")) == (3_000_00, 88_50)
    assert (order.status, order.kept_minor, order.escrow_minor) == ("paid", 7_000_00, 7_000_00)
    assert (order.charged_back_minor, order.charged_back_escrow_minor) == (3_000_00, 3_000_00)
    assert balance(chart.processing_fees("USD")) == 0


def test_lost_after_release_comes_from_escrow_then_the_supplier_then_the_guarantee(world):
    """7,000 released of 10,000; 3,430 of another order is owed to the supplier when 10,000 by card is lost."""
    order = stories.placed(world, stories.simple_terms(10_000_00))
    payment = pay(order, world)
    order = stories.then_received(stories.fresh(order), world)
    actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=NOW + 20 * DAY)
    other = stories.placed(world, stories.simple_terms(5_000_00))
    wire(other)
    stories.then_received(stories.fresh(other), world)
    later = NOW + 21 * DAY
    contested(payment, payment.total_minor, now=later)
    assert stories.fresh(order).holds.open().get().amount_minor == 3_000_00
    end(payment, False, payment.total_minor, now=later)
    order = stories.fresh(order)
    assert [of(order, kind) for kind in ("lost_escrow", "lost_from_payable", "lost_guarantee", "lost_fee")] == [
        3_000_00,
        3_430_00,
        3_570_00,
        payment.fee_minor,
    ]
    assert receivable(world) == 3_570_00
    assert (order.status, order.closed_because) == ("refunded", "taken back by the card's bank")
    assert not order.holds.open().exists()
    with pytest.raises(actions.NothingToSend):
        actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=later)


def test_won_after_receipt_frees_by_rule_12_and_protection_ends_as_it_would_have(world):
    order, payment = funded(world)
    order = stories.then_received(order, world)
    ends = order.protection_ends_at
    contested(payment, now=NOW + 21 * DAY)
    order = stories.fresh(order)
    assert (order.reserve_minor, order.holds.open().held_minor()) == (0, 3_000_00)
    order_actions.expire_protection(order_id=order.id, now=ends)
    order = stories.fresh(order)
    assert (order.status, order.protection_ends_at) == ("received", None)
    end(payment, True, now=ends + DAY)
    order = stories.fresh(order)
    assert order.protection_ends_at == ends + DAY
    order = order_actions.expire_protection(order_id=order.id, now=ends + DAY)
    assert (order.status, order.released_minor) == ("expired", 10_000_00)


@pytest.mark.parametrize("won", [True, False])
def test_on_a_closed_order_nothing_is_held_and_a_loss_is_the_suppliers(world, won):
    order, payment = funded(world)
    order = stories.then_received(order, world)
    order_actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=order.protection_ends_at)
    contested(payment)
    order = stories.fresh(order)
    assert not order.holds.exists() and order.contested_minor == 3_000_00
    end(payment, won)
    order = stories.fresh(order)
    assert (order.status, order.contested_minor) == ("expired", 0)
    assert receivable(world) == of(order, "lost_guarantee") == (0 if won else 3_000_00)


def test_part_of_a_charge_is_held_and_lost_and_another_part_is_won(world):
    order, payment = funded(world)
    contested(payment, 1_000_00, "a")
    contested(payment, 500_00, "b")
    assert stories.fresh(order).contested_minor == 1_500_00
    end(payment, False, 1_000_00, "a")
    end(payment, True, 500_00, "b")
    order = stories.fresh(order)
    assert (order.contested_minor, order.charged_back_minor, order.escrow_minor) == (0, 1_000_00, 9_000_00)
    payment = Payment.objects.get(pk=payment.pk)
    assert (payment.charged_back_minor, payment.price_room_minor) == (1_000_00, 2_000_00)
    order = stories.then_received(order, world)
    assert order.released_minor == 6_300_00


def test_other_holds_keep_theirs(world):
    order, payment = funded(world)
    order = stories.fresh(order)
    stories.dispatch(order, world)
    line = order.lines.get()
    counts = [order_actions.Counted(line.id, short=20)]
    order_actions.confirm_receipt(order_id=order.id, counts=counts, by=world.buyer, now=NOW + 20 * DAY)
    actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=NOW + 20 * DAY)
    contested(payment)  # reserve is 2,400 of 8,000; 2,000 is held for what is short
    order = stories.fresh(order)
    held = {hold.reason: (hold.amount_minor, hold.wanted_minor) for hold in order.holds.open()}
    assert held == {"short": (2_000_00, 2_000_00), "charged_back": (2_400_00, 3_000_00)}
    end(payment, False)
    order = stories.fresh(order)
    assert (of(order, "lost_escrow"), of(order, "lost_guarantee")) == (2_400_00, 600_00)
    assert order.holds.open().get().amount_minor == order.escrow_minor == 2_000_00


# each report once -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("won", [True, False])
def test_double_and_late_reports_change_nothing(world, won):
    order, payment = funded(world)
    first = contested(payment)
    before = stories.snapshot(order)
    assert contested(payment) == first
    assert stories.snapshot(order) == before
    end(payment, won)
    before = stories.snapshot(order)
    for late in (lambda: contested(payment), lambda: end(payment, won), lambda: end(payment, not won)):
        assert late().state == ("won" if won else "lost")
    assert stories.snapshot(order) == before


@pytest.mark.parametrize("won", [True, False])
def test_end_that_is_reported_before_the_beginning(world, won):
    order, payment = funded(world)
    end(payment, won)
    contested(payment)
    assert list(order.chargebacks.values_list("state", flat=True)) == ["won" if won else "lost"]
    assert stories.fresh(order).charged_back_minor == (0 if won else 3_000_00)


def test_what_cannot_be_contested_is_refused(world):
    order = stories.placed(world)
    waiting = actions.start_payment(
        order_id=order.id, instalment_number=1, method="card", key=uuid.uuid4(), by=world.buyer, now=NOW
    )
    with pytest.raises(MovedOn, match="has not cleared"):
        contested(waiting)
    with pytest.raises(Refused, match="wire"):
        contested(wire(order).payment)
    _, payment = funded(world)
    contested(payment)
    again = pay(stories.placed(world), world)
    with pytest.raises(Refused, match="another payment"):
        contested(again)
    with pytest.raises(Refused, match="above zero"):
        contested(payment, 0, "case-2")


def test_database_keeps_what_was_reported_and_how_it_ended(world):
    _, payment = funded(world)
    contested(payment)
    chargeback = end(payment, False)
    for change in ({"amount_minor": 1}, {"state": "won"}, {"gateway_reference": "x"}, {"of_cleared_minor": 1}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Chargeback.objects.filter(pk=chargeback.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Chargeback.objects.filter(pk=chargeback.pk)._raw_delete("default")
    with pytest.raises(DatabaseError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(refunded_minor=1)


# while it is contested --------------------------------------------------------------------------------------------


def test_nobody_cancels_and_time_waits_while_it_is_contested(world):
    import time_machine

    order, payment = funded(world)
    contested(payment)
    order = stories.fresh(order)
    for code, act in (
        ("cancel", lambda: order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)),
        ("propose_cancel", lambda: order_actions.propose_cancel(order_id=order.id, by=world.buyer, now=NOW)),
    ):
        assert "contested at the bank" in step_of(code, order, world.buyer, NOW).reason
        before = stories.snapshot(order)
        with pytest.raises(MovedOn, match="contested at the bank"):
            act()
        assert stories.snapshot(order) == before
    with pytest.raises(MovedOn, match="contested at the bank"):
        order_actions.award_unshipped(order_id=order.id, now=order.award_at)
    with time_machine.travel(order.award_at, tick=False):
        order_tasks.award_unshipped_orders()
    assert stories.fresh(order).status == "paid"
    end(payment, True)
    with time_machine.travel(order.award_at, tick=False):
        order_tasks.award_unshipped_orders()
    assert stories.fresh(order).status == "refunded"


def test_unpaid_order_waits_for_the_bank_before_time_cancels_it(world):
    order = stories.placed(world)
    payment = pay(order, world)
    due = stories.fresh(order).cancels_at
    contested(payment, 1_000_00)
    assert order not in Order.objects.unpaid_too_long(due)
    with pytest.raises(MovedOn, match="contested at the bank"):
        order_actions.cancel_unpaid(order_id=order.id, now=due)
    end(payment, False, 1_000_00)
    order_actions.cancel_unpaid(order_id=order.id, now=due)
    assert owed(order) == 2_000_00


def test_payouts_of_what_was_released_go_on(world):
    order, payment = funded(world)
    order = stories.then_received(order, world)
    contested(payment)
    payout = actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=NOW + 20 * DAY)
    assert payout.amount_minor == 7_000_00


# the sandbox and the pages ----------------------------------------------------------------------------------------


def test_sweep_reports_what_the_bank_has_and_loses_nothing(world):
    import time_machine

    order, payment = funded(world)
    charge = SandboxCharge.objects.get(key=payment.key)
    contest = bank.contest(charge_id=charge.id, amount_minor=1_000_00, reason="Not made by me", now=NOW)
    with time_machine.travel(NOW, tick=False):
        tasks.ask_gateways()
        tasks.ask_gateways()
        assert order.chargebacks.get().state == "open"
        bank.decide(contest_id=contest.id, won=False)
        with pytest.raises(MovedOn):
            bank.decide(contest_id=contest.id, won=True)
        tasks.ask_gateways()
    chargeback = order.chargebacks.get()
    assert (chargeback.state, chargeback.reason, chargeback.amount_minor) == ("lost", "Not made by me", 1_000_00)
    assert bank.untold() == []
    with pytest.raises(Refused, match=r"2,088\.50"):
        bank.contest(charge_id=charge.id, amount_minor=2_088_51, reason="", now=NOW)


def test_a_person_plays_the_bank_and_both_sides_read_it_on_the_order(client, world):
    order, payment = funded(world)
    client.force_login(world.buyer)
    page = client.get(payment.get_absolute_url())
    url = reverse("sandbox:contest", args=[SandboxCharge.objects.get().reference])
    assert url in page.content.decode()
    assert client.post(url, {"amount": "9000", "reason": "Goods not received"}).status_code == 422
    assert client.post(url, {"amount": "a lot", "reason": "Goods not received"}).status_code == 422
    assert not SandboxContest.objects.exists()
    assert client.post(url, {"amount": "3,088.50", "reason": "Goods not received"}).status_code == 302
    for person in (world.buyer, world.seller):
        client.force_login(person)
        text = client.get(order.get_absolute_url(), follow=True).content.decode()
        assert "of this order is contested at the card’s bank" in text
        assert "A card payment is contested at its bank" in text
    client.force_login(world.buyer)
    assert "What does the bank decide?" in client.get(url).content.decode()
    assert client.post(url, {"outcome": "lost"}).status_code == 302
    assert client.post(url, {"outcome": "won"}).status_code == 302  # an old tab changes nothing
    assert stories.fresh(order).charged_back_minor == 3_000_00
    text = client.get(order.get_absolute_url(), follow=True).content.decode()
    assert "decided for the cardholder" in text and "contested at the card’s bank" not in text
    assert "nothing left to contest" in client.get(url).content.decode()
    client.force_login(world.stranger)
    assert client.get(url).status_code == 404


def test_staff_see_chargebacks_and_cannot_change_them(client, world):
    from django.contrib.auth.models import Group

    order, payment = funded(world)
    cancel_by_both(order, world)
    chargeback = contested(payment)
    for name in ("finance", "adjudicator"):
        person = stories.person(f"{name}@staff.test", is_staff=True)
        person.groups.add(Group.objects.get(name=name))
        client.force_login(person)
        assert "3,000.00" in client.get(reverse("admin:payments_chargeback_changelist")).content.decode()
        page = reverse("admin:payments_chargeback_change", args=[chargeback.pk])
        assert client.get(page).status_code == 200
        assert client.post(page, {"state": "won"}).status_code == 403
