"""The same money refunded and charged back: no sequence pays the buyer twice (ADR 10)."""

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction

from ledger import chart
from ledger.actions import balance
from orders import actions as order_actions
from orders.actions import claiming
from orders.models import Order
from payments import actions
from payments.gateways.sandbox import bank
from payments.gateways.sandbox.models import SandboxCharge, SandboxSending
from payments.models import Chargeback
from tests import stories
from tests.payments.conftest import DAY, NOW, pay, wire
from tests.payments.contesting import (
    CHARGE,
    cancel_by_both,
    contested,
    end,
    funded,
    of,
    owed,
    receivable,
    send_all,
    sent_to_buyer,
)
from trade_assurance.refused import MovedOn, Refused


def test_refund_that_was_sent_before_cannot_be_contested_and_if_reported_is_our_loss_once(world):
    order, payment = funded(world)
    cancel_by_both(order, world)
    send_all(order)
    charge = SandboxCharge.objects.get(key=payment.key)
    assert charge.left_minor == 88_50
    with pytest.raises(Refused, match=r"88\.50"):
        bank.contest(charge_id=charge.id, amount_minor=CHARGE, reason="", now=NOW)
    chargeback = contested(payment)
    assert (chargeback.of_cleared_minor, chargeback.of_fee_minor, chargeback.beyond_minor) == (0, 88_50, 3_000_00)
    end(payment, False)
    order = stories.fresh(order)
    assert of(order, "lost_beyond") == balance(chart.gateway_costs("USD")) == 3_000_00
    assert (order.charged_back_minor, order.status, receivable(world)) == (0, "cancelled", 0)


@pytest.mark.parametrize("won", [True, False])
def test_refund_that_is_owed_waits_and_is_paid_by_the_bank_or_by_us(world, won):
    order, payment = funded(world)
    cancel_by_both(order, world)
    chargeback = contested(payment)
    assert (chargeback.owed_cleared_minor, chargeback.fresh_minor) == (3_000_00, 0)
    (to_the_wire,) = send_all(order)
    assert (to_the_wire.method, to_the_wire.amount_minor) == ("tt", 7_000_00)
    with pytest.raises(actions.NothingToSend, match="contested"):
        actions.send_refunds(order_id=order.id, now=NOW)
    assert owed(order) == 3_000_00
    end(payment, won)
    if won:
        (refund,) = send_all(order)
        assert (refund.method, refund.amount_minor) == ("card", 3_000_00)
    else:
        with pytest.raises(actions.NothingToSend):
            actions.send_refunds(order_id=order.id, now=NOW)
        assert of(order, "lost_owed") == 3_000_00
    assert sent_to_buyer(order) == 10_000_00 + (0 if won else 88_50)
    assert (owed(order), receivable(world)) == (0, 0)


@pytest.mark.parametrize("won", [True, False])
def test_refund_on_its_way_is_refused_by_the_bank_and_counts_once(world, won):
    """Told to go and not yet gone when the cardholder contests: the bank refuses it; what the network gave stands."""
    order, payment = funded(world)
    cancel_by_both(order, world)
    refunds = {refund.method: refund for refund in actions.send_refunds(order_id=order.id, now=NOW)}
    contest = bank.contest(
        charge_id=SandboxCharge.objects.get(key=payment.key).id, amount_minor=CHARGE, reason="no goods", now=NOW
    )
    assert bank.tell(contest_id=contest.id, now=NOW).beyond_minor == 3_000_00
    card = actions.push_refund(refund_id=refunds["card"].id, now=NOW)
    assert (card.status, card.why) == ("failed", "the cardholder has it back from its bank")
    actions.push_refund(refund_id=refunds["tt"].id, now=NOW)
    chargeback = Chargeback.objects.get()
    assert (chargeback.owed_cleared_minor, chargeback.beyond_minor, owed(order)) == (3_000_00, 0, 3_000_00)
    let_again(card)
    with pytest.raises(actions.NothingToSend, match="contested"):
        actions.send_refunds(order_id=order.id, now=NOW)
    bank.tell(contest_id=bank.decide(contest_id=contest.id, won=won).id, now=NOW)
    if won:
        assert [refund.status for refund in send_all(order)] == ["confirmed"]
    assert sent_to_buyer(order) == 10_000_00 + (0 if won else 88_50)
    assert owed(order) == 0


def test_refund_that_comes_back_after_the_loss_makes_it_good(world, settings):
    settings.SANDBOX_BANK_DELAY = 60
    order, payment = funded(world)
    cancel_by_both(order, world)
    refunds = send_all(order)
    contested(payment)
    end(payment, False)
    assert balance(chart.gateway_costs("USD")) == 3_000_00
    card = next(refund for refund in refunds if refund.method == "card")
    SandboxSending.objects.filter(key=f"refund:{card.key}").update(fails_because="card closed")
    assert actions.push_refund(refund_id=card.id, now=NOW + DAY).status == "failed"
    assert balance(chart.gateway_costs("USD")) == owed(order) == 0
    let_again(card)
    with pytest.raises(actions.NothingToSend):
        actions.send_refunds(order_id=order.id, now=NOW + DAY)
    assert sent_to_buyer(order) == 10_088_50


def let_again(refund):
    finance = stories.person("finance@test.test", is_staff=True)
    finance.user_permissions.add(Permission.objects.get(codename="send_again"))
    actions.let_send_again(sending=refund, by=finance, now=NOW + DAY)


def test_refund_owed_on_another_payment_is_sent_meanwhile(world):
    """The latest payment gets refunds first: a surplus of the wire is no business of the card's bank."""
    order = stories.placed(world)
    payment = pay(order, world)
    wire(order, 2, amount_minor=7_500_00)
    contested(payment)
    (refund,) = send_all(order)
    assert (refund.method, refund.amount_minor) == ("tt", 500_00)
    end(payment, False)
    assert stories.fresh(order).charged_back_minor == 3_000_00


def test_surplus_of_a_charge_on_a_closed_order_is_given_once(world):
    order = stories.placed(world)
    late = actions.start_payment(
        order_id=order.id, instalment_number=1, method="card", key=uuid.uuid4(), by=world.buyer, now=NOW
    )
    actions.open_at_gateway(payment_id=late.id, now=NOW)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    SandboxCharge.objects.update(state="paid")
    payment = actions.ask(payment_id=late.id, now=NOW)
    assert payment.surplus_minor == CHARGE == owed(order)
    assert contested(payment).of_surplus_minor == CHARGE
    with pytest.raises(actions.NothingToSend, match="contested"):
        actions.send_refunds(order_id=order.id, now=NOW)
    end(payment, False)
    assert (owed(order), sent_to_buyer(order)) == (0, CHARGE)


def test_mutual_cancel_after_a_loss_gives_back_only_the_rest(world):
    order, payment = funded(world)
    contested(payment)
    end(payment, False)
    order = cancel_by_both(order, world)
    assert (order.status, owed(order)) == ("cancelled", 7_000_00)
    (refund,) = send_all(order)
    assert (refund.method, refund.amount_minor) == ("tt", 7_000_00)
    assert sent_to_buyer(order) == 10_088_50


def test_award_by_time_after_a_loss_gives_no_fee_back_twice(world):
    order, payment = funded(world)
    contested(payment)
    end(payment, False)
    order_actions.award_unshipped(order_id=order.id, now=stories.fresh(order).award_at)
    assert owed(order) == 7_000_00
    assert [refund.amount_minor for refund in send_all(order)] == [7_000_00]
    assert of(order, "fee_back") == 0


def test_all_of_a_placed_order_taken_back_cancels_it_and_frees_the_limit(world):
    order = stories.placed(world)
    payment = pay(order, world)
    contested(payment)
    end(payment, False)
    order = stories.fresh(order)
    assert (order.status, order.closed_because) == ("cancelled", "taken back by the card's bank")
    world.supplier.refresh_from_db()
    assert world.supplier.reserved_minor == 0


def test_what_a_dispute_kept_repays_the_guarantee_at_the_end(world):
    """8,000 disputed before shipment, 3,000 lost: 2,000 from escrow, 1,000 from us; then no award."""
    order, payment = funded(world)
    line = order.lines.get()
    with transaction.atomic():
        order = Order.objects.locked(order.id)
        claiming.hold_claim(order, {line.id: 8_000_00}, cause="claim", now=NOW)
        order.save()
    contested(payment)
    end(payment, False)
    order = stories.fresh(order)
    assert (of(order, "lost_escrow"), receivable(world), order.escrow_minor) == (2_000_00, 1_000_00, 8_000_00)
    with transaction.atomic():
        order = Order.objects.locked(order.id)
        claiming.award(order, [], [line.id], fee_back=False, cause="dropped", now=NOW)
        order.save()
    order = cancel_by_both(order, world)
    assert (order.escrow_minor, order.unborne_minor, owed(order), receivable(world)) == (0, 0, 7_000_00, 0)


def test_award_during_a_chargeback_of_the_rest_never_takes_the_contested_part(world):
    order, payment = funded(world)
    line = order.lines.get()
    with transaction.atomic():
        order = Order.objects.locked(order.id)
        claiming.hold_claim(order, {line.id: 10_000_00}, cause="claim", now=NOW)
        order.save()
    contested(payment)
    with pytest.raises(MovedOn, match="covered"), transaction.atomic():
        order = Order.objects.locked(order.id)
        claiming.award(order, [claiming.LineAward(line, 10_000_00)], [line.id], fee_back=True, cause="award", now=NOW)
    end(payment, False)
    with transaction.atomic():
        order = Order.objects.locked(order.id)
        fee = claiming.award(
            order, [claiming.LineAward(line, 7_000_00)], [line.id], fee_back=True, cause="award", now=NOW
        )
        order.save()
    order = stories.fresh(order)
    assert (fee, order.status, order.escrow_minor, owed(order)) == (0, "refunded", 0, 7_000_00)
    assert [refund.method for refund in send_all(order)] == ["tt"]
    assert (sent_to_buyer(order), receivable(world)) == (10_088_50, 0)


def test_fee_of_a_refund_is_that_of_the_payments_that_it_goes_to(world):
    """2,000 of 3,000 by card is lost: of the next 8,000 only 1,000 goes to the card, with a third of its fee."""
    order, payment = funded(world)
    assert claiming.fee_of_refund(order, 8_000_00) == 29_50
    contested(payment, 2_000_00)
    end(payment, False, 2_000_00)
    assert claiming.fee_of_refund(stories.fresh(order), 8_000_00) == 29_50
    latest = pay(stories.placed(world, stories.simple_terms(10_000_00)), world)
    assert claiming.fee_of_refund(latest.order, 10_000_00) == latest.fee_minor
    contested(latest, 9_000_00, "case-2")
    order = stories.fresh(latest.order)
    assert claiming.fee_of_refund(order, 1_000_00) == claiming.fee_of_refund(order, 5_000_00) == 29_50
