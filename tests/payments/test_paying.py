"""Paying by card and online: fees, double clicks, late and lost answers (Rulebook 3, 4)."""

import uuid
from datetime import timedelta

import pytest

from events.models import Event
from ledger import chart
from ledger.actions import balance
from payments import actions
from payments.gateways import Outcome
from payments.models import Payment
from tests import stories
from tests.payments.conftest import NOW, SECOND, pay, play, start, wire
from trade_assurance.refused import MovedOn, NotAllowed, Refused


@pytest.mark.parametrize(
    ("currency", "total", "method", "fee"),
    [
        ("USD", 3_000_00, "card", 88_50),
        ("USD", 1_00, "card", 3),
        ("USD", 8_736_17, "card", 257_72),
        ("USD", 5_000_00, "online", 15_00),
        ("JPY", 100_017, "card", 2_951),
        ("JPY", 100_000, "online", 2_239),
        ("KWD", 1_234_567, "card", 36_420),
        ("KWD", 1_234_567, "online", 4_615),
    ],
)
def test_fee_is_right_to_the_smallest_unit(world, currency, total, method, fee):
    order = stories.placed(world, stories.simple_terms(total, currency))
    payment = pay(order, world, method)
    assert (payment.status, payment.fee_minor, payment.cleared_minor) == ("cleared", fee, total)
    assert balance(chart.processing_fees(currency)) == -fee
    assert balance(chart.clearing(method, currency)) == total + fee
    assert stories.fresh(order).status == "paid"


def test_double_click_starts_one_payment(world):
    order, key = stories.placed(world), uuid.uuid4()
    first, second = start(order, world, key=key), start(order, world, key=key)
    assert first.id == second.id and Payment.objects.count() == 1
    with pytest.raises(NotAllowed):
        actions.start_payment(
            order_id=order.id, instalment_number=1, method="card", key=key, by=world.stranger, now=NOW
        )


def test_same_answer_twice_clears_once(world):
    order = stories.placed(world)
    payment = pay(order, world)
    before = stories.snapshot(order)
    for state in ("cleared", "failed", "pending", "needs_customer"):
        actions.refresh(payment_id=payment.id, outcome=Outcome(state), now=NOW)
    assert stories.snapshot(order) == before


def test_only_the_buyer_pays(world):
    order = stories.placed(world)
    for by in (world.seller, world.stranger):
        with pytest.raises(NotAllowed):
            actions.start_payment(
                order_id=order.id, instalment_number=1, method="card", key=uuid.uuid4(), by=by, now=NOW
            )
    assert not Payment.objects.exists()


def test_without_a_confirmed_address_nothing_is_paid(world):
    order = stories.placed(world)
    world.buyer.emailaddress_set.update(verified=False)
    with pytest.raises(MovedOn, match="e-mail"):
        start(order, world)


def test_card_takes_up_to_12000_dollars_of_an_instalment(world):
    start(stories.placed(world, stories.simple_terms(12_000_00)), world)
    over = stories.placed(world, stories.simple_terms(12_000_01))
    with pytest.raises(Refused, match="USD 12,000"):
        start(over, world)
    start(over, world, "online")


def test_bank_that_does_not_answer_leaves_it_pending_until_it_does(world, settings):
    order = stories.placed(world)
    payment = start(order, world)
    play(payment, state="paid")
    settings.SANDBOX_UNREACHABLE = True
    waits = []
    for _ in range(3):
        payment = actions.ask(payment_id=payment.id, now=NOW)
        assert payment.status == "started"
        waits.append(payment.next_ask_at - NOW)
    assert waits == sorted(waits) and waits[0] < waits[-1]
    assert balance(chart.escrow(order.id, "USD")) == 0
    settings.SANDBOX_UNREACHABLE = False
    assert actions.ask(payment_id=payment.id, now=NOW).status == "cleared"


def test_online_money_is_processing_until_it_arrives_and_blocks_cancelling(world):
    from orders import actions as order_actions

    order = stories.placed(world)
    payment = start(order, world, "online")
    play(payment, state="on_its_way", ends_at=NOW + timedelta(seconds=20))
    assert actions.ask(payment_id=payment.id, now=NOW + timedelta(seconds=19)).status == "processing"
    assert stories.fresh(order).processing_payments == 1
    with pytest.raises(MovedOn, match="being processed"):
        order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    with pytest.raises(MovedOn, match="being processed"):
        start(order, world)
    assert actions.ask(payment_id=payment.id, now=NOW + timedelta(seconds=20)).status == "cleared"
    assert stories.fresh(order).processing_payments == 0


def test_card_that_fails_later_charges_nothing(world):
    order = stories.placed(world)
    payment = start(order, world)
    play(payment, state="on_its_way", ends_at=NOW + 2 * SECOND, fails=True, why="taken back")
    assert actions.ask(payment_id=payment.id, now=NOW).status == "processing"
    payment = actions.ask(payment_id=payment.id, now=NOW + 2 * SECOND)
    order = stories.fresh(order)
    assert (payment.status, payment.failed_because) == ("failed", "taken back")
    assert (order.processing_payments, order.cleared_minor) == (0, 0)
    kinds = Event.objects.about("order", order.id).values_list("kind", flat=True)
    assert list(kinds)[-3:] == ["payment.started", "payment.processing", "payment.failed"]
    assert pay(order, world).status == "cleared"


def test_left_page_is_given_up_by_the_bank_after_an_hour(world):
    payment = start(stories.placed(world), world)
    hour = timedelta(hours=1)
    assert actions.ask(payment_id=payment.id, now=NOW + hour - SECOND).status == "started"
    assert actions.ask(payment_id=payment.id, now=NOW + hour).status == "failed"


def test_replaced_attempt_that_is_paid_all_the_same_goes_back_with_its_fee(world):
    order = stories.placed(world)
    first = start(order, world)
    second = pay(order, world)
    first = Payment.objects.get(pk=first.pk)
    assert first.replaced_at == NOW
    play(first, state="paid")
    first = actions.ask(payment_id=first.id, now=NOW)
    assert (first.cleared_minor, first.fee_kept_minor, first.surplus_minor) == (0, 0, 3_088_50)
    assert second.cleared_minor == 3_000_00
    assert balance(chart.refund_payable(order.id, "USD")) == -3_088_50


def test_money_for_a_part_that_a_wire_has_paid_goes_back_with_its_share_of_the_fee(world):
    order = stories.placed(world)
    payment = start(order, world)
    wire(order, amount_minor=1_000_00)
    play(payment, state="paid")
    payment = actions.ask(payment_id=payment.id, now=NOW)
    assert (payment.cleared_minor, payment.fee_kept_minor, payment.surplus_minor) == (2_000_00, 59_00, 1_029_50)


def test_money_for_a_closed_order_goes_back(world):
    from orders import actions as order_actions

    order = stories.placed(world)
    payment = start(order, world)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    play(payment, state="on_its_way", ends_at=NOW + SECOND)
    assert actions.ask(payment_id=payment.id, now=NOW).status == "started"
    payment = actions.ask(payment_id=payment.id, now=NOW + SECOND)
    assert (payment.status, payment.surplus_minor) == ("cleared", 3_088_50)


def test_card_settles_to_the_bank_less_its_cost(world):
    from payments.gateways.sandbox import bank

    pay(stories.placed(world), world)
    bank.settle(gateway="card", currency="USD", kept_minor=80_00, now=NOW)
    assert balance(chart.clearing("card", "USD")) == 0
    assert (balance(chart.bank("USD")), balance(chart.gateway_costs("USD"))) == (3_008_50, 80_00)
    assert bank.unsettled() == []
