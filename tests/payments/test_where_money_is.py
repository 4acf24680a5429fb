"""Both sides read where the money is and what comes next: unnamed, refused, taken back, and payouts that came back."""

import pytest
import time_machine
from django.urls import reverse

from orders import safety
from payments import actions
from payments.actions import Contested
from payments.actions.contesting import reverse_transfer
from payments.models import Refund
from payments.return_reasons import in_words
from tests import stories
from tests.payments import batching, fraud
from tests.payments.batching import PAID_AT
from tests.payments.conftest import NOW, pay, play, start, wire
from tests.payments.desking import finance, part
from tests.stories import fresh


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def order(world):
    world.buyer.emailaddress_set.update_or_create(email=world.buyer.email, defaults={"verified": True, "primary": True})
    return stories.placed(world)


@pytest.fixture
def pages(client, world):
    def read(order):
        found = []
        for person in (world.buyer, world.seller):
            client.force_login(person)
            found.append(client.get(order.get_absolute_url()).content.decode())
        return found

    return read


def test_money_in_another_name_is_with_us_and_waits_for_the_name(world, order, pages):
    entry = wire(order, payer_name="Secret Holding")
    buyer, seller = pages(order)
    for page in (buyer, seller):
        assert "USD 3,000.00 in another name waits with us, not covered yet" in page
        assert "Secret" not in page and "You have paid nothing yet" not in page and "Nothing is paid yet" not in page
        assert "goes back to its sender" in page and "Waits for its payer’s name" in page
    assert "Say who sent it" in buyer and "Say who sent it" not in seller
    assert "Ship only when this page says that the money is here." in seller
    assert ">Pay USD 3,000.00<" not in buyer and ">Pay USD 7,000.00<" in buyer  # of the balance nothing has come
    actions.name_payer(
        question_id=entry.questions.get().id, name="Secret Holding", relation="Parent", by=world.buyer, now=NOW
    )
    buyer, seller = pages(order)
    assert "You have named its payer. Our finance staff look at it next" in buyer
    assert "The buyer has named its payer." in seller and ">Pay USD 3,000.00<" not in buyer
    actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=finance(), now=NOW)
    assert "Yes, all USD 3,000.00 is covered" in pages(order)[0] and safety.waits(fresh(order)) == {}


def test_a_question_after_the_deposit_is_told_beside_what_is_covered(world, order, pages):
    wire(order)
    wire(order, 2, payer_name="Secret Holding")
    buyer, _ = pages(order)
    assert "Yes, all USD 3,000.00 is covered" in buyer and "USD 7,000.00 in another name waits with us" in buyer


@pytest.mark.parametrize("method", ["card", "tt"])
def test_a_held_payment_is_not_offered_again_and_a_declined_one_goes_back(world, order, pages, settings, method):
    fraud.suspicious(world, settings)
    if method == "card":
        payment = pay(order, world)
    else:
        payment = wire(order).payment
    buyer, seller = pages(order)
    assert "The money is with us, not covered yet" in buyer and "A payment is being checked" in seller
    assert "Being checked" in buyer and "Being checked" in seller and ">Pay USD 3,000.00<" not in buyer
    fraud.decline(payment, fraud.risk())
    total = "USD 3,088.50" if method == "card" else "USD 3,000.00"
    buyer, seller = pages(order)
    assert f"{total} goes back to you" in buyer and "not accepted, so nothing of it is covered" in buyer
    assert "You have paid nothing yet" not in buyer and ">Pay USD 3,000.00<" in buyer
    assert "A payment was not accepted and goes back to the buyer" in seller
    actions.send_refunds(order_id=order.id, now=NOW)
    refund = Refund.objects.get()
    actions.push_refund(refund_id=refund.id, now=NOW)
    actions.push_refund(refund_id=refund.id, now=NOW)
    assert Refund.objects.get().status == "confirmed"
    buyer, seller = pages(order)
    assert "You have nothing with us" in buyer and f"{total} that was not accepted went back" in buyer
    assert "A payment was not accepted and went back to the buyer" in seller


def test_a_payment_on_its_way_is_not_offered_again(world, order, pages):
    payment = start(order, world, "online")
    play(payment, state="pending")
    actions.ask(payment_id=payment.id, now=NOW)
    buyer, _ = pages(order)
    if fresh(order).processing_payments:
        assert "Payment on its way" in buyer and ">Pay USD 3,000.00<" not in buyer


def test_a_wire_that_was_taken_back_is_not_said_to_be_a_card(world, order, pages):
    payment = wire(order).payment
    contested = Contested("R1", payment.cleared_minor, "Recalled")
    reverse_transfer(payment_id=payment.id, contested=contested, now=NOW)
    order = fresh(order)
    assert order.is_final and order.closed_because == "taken back by the bank that sent it"
    for page in pages(order):
        assert "card’s bank" not in page and "card's bank" not in page and "card&#x27;s bank" not in page
        assert "aken back by the bank that sent it" in page
    assert "USD 3,000.00 went back to where it came from" in pages(order)[0]


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("AC04", "the account is closed (AC04)"),
        ("AC04 account closed", "the account is closed: account closed (AC04)"),
        ("BE01: no such name", "the account holder's name does not fit the account: no such name (BE01)"),
        ("MS03", "the bank gave no reason (MS03)"),
        ("NARR", "the bank gave no reason (NARR)"),
        ("NARR please call", "please call (NARR)"),
        ("XY99 what", "XY99 what"),
        ("ACCOUNT closed", "ACCOUNT closed"),
        ("", ""),
    ],
)
def test_return_reasons_in_words(why, words):
    assert in_words(why) == words


def test_a_supplier_reads_why_a_payout_came_back_and_what_to_do(world, client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    batching.use_files(settings)
    batching.account(world)
    batching.owed_to_supplier(world)
    payout = batching.payout(world)
    fin = batching.finance()
    checker = batching.finance("checker")
    batch = batching.released(fin, checker)
    actions.take_file(batch_id=batch.id, by=fin, now=PAID_AT)
    actions.mark_returned(sending=payout, why="AC04", by=fin, now=PAID_AT)
    client.force_login(world.seller)
    page = client.get(reverse("payments:payouts")).content.decode()
    assert "Came back, staff look at it" in page and "The reason: the account is closed (AC04)." in page
    assert f'href="{reverse("payments:payout_account")}">Check your payout account</a>' in page
    payout.refresh_from_db()
    actions.let_send_again(sending=payout, by=checker, now=PAID_AT)
    page = client.get(reverse("payments:payouts")).content.decode()
    assert "Came back, sent again" in page and "Check your payout account" not in page
