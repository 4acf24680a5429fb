"""Pages of paying, as buyer, supplier and stranger see them; the pretend bank's pages."""

import uuid

import pytest
import time_machine
from django.urls import reverse

from payments import actions
from payments.gateways.sandbox.models import SandboxCharge
from payments.models import BankEntry, Payment
from suppliers.acting import SESSION_KEY
from tests import stories
from tests.payments.conftest import DAY, NOW, pay, start, wire


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def checkout(order, number=1):
    return reverse("payments:checkout", args=[order.reference, number])


def begin(client, order, method="card", key=None):
    return client.post(checkout(order), {"method": method, "key": key or uuid.uuid4()})


def test_checkout_says_what_it_costs_and_covers(world, client):
    order = stories.placed(world)
    client.force_login(world.buyer)
    page = client.get(checkout(order), {"method": "card"})
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("88.50", "3,088.50", "Free", "2.95%", "USD 12,000", "Pay USD 3,088.50", "Cover after this payment"):
        assert words in text, words
    text = client.get(checkout(order), {"method": "tt"}).content.decode()
    for words in (
        order.instalments.get(number=1).rf_reference,
        world.supplier.designated_account.number,
        "any other account is not covered",
        "USD 3,000.00",
        "Play the sender",
    ):
        assert words in text, words


@pytest.mark.parametrize("who", ["seller", "stranger"])
def test_only_the_buyer_sees_the_checkout_and_the_payment(world, client, who):
    order = stories.placed(world)
    payment = start(order, world)
    client.force_login(getattr(world, who))
    for url in (checkout(order), payment.get_absolute_url(), reverse("payments:state", args=[payment.public_id])):
        assert client.get(url).status_code == 404
    assert client.post(checkout(order), {"method": "card", "key": uuid.uuid4()}).status_code == 404
    client.logout()
    assert client.get(checkout(order)).status_code == 302


def test_card_from_checkout_to_cleared(world, client):
    order = stories.placed(world)
    client.force_login(world.buyer)
    answer = begin(client, order)
    assert answer.url.startswith("/sandbox/charge/")
    assert b"no card number" in client.get(answer.url).content
    back = client.post(answer.url, {"outcome": "succeeds"})
    assert b"The money has arrived" in client.get(back.url).content
    assert stories.fresh(order).cleared_minor == 3_000_00
    assert b"This instalment is paid" in client.get(checkout(order)).content


def test_three_d_secure_takes_a_further_page(world, client):
    order = stories.placed(world)
    client.force_login(world.buyer)
    url = begin(client, order).url
    assert client.post(url, {"outcome": "3ds"}).url == url
    assert b"3-D Secure" in client.get(url).content
    assert client.post(url, {"outcome": "succeeds"}).url == url  # not one of this page's answers
    back = client.post(url, {"outcome": "confirm"}).url
    client.get(back)
    assert Payment.objects.get().status == "cleared"


def test_declined_card_charges_nothing_and_offers_another_try(world, client):
    order = stories.placed(world)
    client.force_login(world.buyer)
    back = client.post(begin(client, order).url, {"outcome": "declined"}).url
    text = client.get(back).content.decode()
    assert "Nothing was charged" in text and "the bank declined it" in text and checkout(order) in text


def test_online_payment_arrives_while_the_page_waits(world, client, settings, clock):
    settings.SANDBOX_BANK_DELAY = 20
    order = stories.placed(world)
    client.force_login(world.buyer)
    back = client.post(begin(client, order, "online").url, {"outcome": "arrives"}).url
    text = client.get(back).content.decode()
    assert "The bank is working on it" in text and "data-poll" in text
    assert b"being processed" in client.get(checkout(order)).content
    payment = Payment.objects.get()
    state = reverse("payments:state", args=[payment.public_id])
    clock.move_to(NOW + 60 * stories.SECOND)
    answer = client.get(state, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == payment.get_absolute_url()
    assert b"The money has arrived" in answer.content


def test_double_click_on_pay_makes_one_payment(world, client):
    order, key = stories.placed(world), uuid.uuid4()
    client.force_login(world.buyer)
    assert begin(client, order, key=key).url == begin(client, order, key=key).url
    assert Payment.objects.count() == SandboxCharge.objects.count() == 1


def test_bank_that_is_away_leaves_a_payment_to_go_on_with(world, client, settings):
    settings.SANDBOX_UNREACHABLE = True
    order = stories.placed(world)
    client.force_login(world.buyer)
    answer = client.post(checkout(order), {"method": "card", "key": uuid.uuid4()}, follow=True)
    assert b"cannot be reached" in answer.content and b"Go to the bank" in answer.content
    settings.SANDBOX_UNREACHABLE = False
    assert client.post(Payment.objects.get().get_absolute_url()).url.startswith("/sandbox/charge/")


@pytest.mark.parametrize("sent", [{}, {"method": "gold"}, {"method": "card", "key": "x"}, {"method": "tt"}])
def test_bad_form_gets_a_sentence(world, client, sent):
    order = stories.placed(world)
    client.force_login(world.buyer)
    answer = client.post(checkout(order), {"key": uuid.uuid4()} | sent)
    assert answer.status_code == 422 and not Payment.objects.exists()
    assert b"Nothing was charged" in answer.content


def test_card_above_its_limit_is_said_before_and_refused_after(world, client):
    order = stories.placed(world, stories.simple_terms(12_000_01))
    client.force_login(world.buyer)
    assert b"at most USD 12,000.00 of one instalment" in client.get(checkout(order)).content
    assert begin(client, order).status_code == 422


def wire_form(order, **changes):
    return {
        "amount": "3,000.00",
        "charges": "0",
        "reference": order.instalments.get(number=1).rf_reference,
        "payer_name": "Northline",
        "account": "right",
    } | changes


def test_sender_is_played_right_and_wrong(world, client):
    order = stories.placed(world)
    client.force_login(world.buyer)
    url = reverse("sandbox:transfer", args=[order.instalments.get(number=1).rf_reference])
    assert order.instalments.get(number=1).rf_reference in client.get(url).content.decode()
    lost = client.post(url, wire_form(order, account="other"))
    assert b"This money is not covered" in lost.content
    assert not BankEntry.objects.exists() and stories.fresh(order).cleared_minor == 0
    waits = client.post(url, wire_form(order, reference="lamps"), follow=True)
    assert b"waits to know what it is for" in waits.content
    for bad in ({"amount": "-1"}, {"amount": "0"}, {"amount": "1.005"}, {"charges": "3000"}, {"payer_name": ""}):
        assert client.post(url, wire_form(order, **bad)).status_code == 422, bad
    paid = client.post(url, wire_form(order, charges="10.00"), follow=True)
    assert b"The money has arrived" in paid.content
    payment = Payment.objects.get()
    assert (payment.cleared_minor, payment.borne_minor) == (2_990_00, 10_00)
    client.force_login(world.stranger)
    assert client.get(url).status_code == 404


def test_sandbox_is_not_served_without_it(world, client, settings):
    order = stories.placed(world)
    payment = start(order, world)
    settings.SANDBOX = False
    client.force_login(world.buyer)
    assert client.get(actions.open_at_gateway(payment_id=payment.id, now=NOW)).status_code == 404


def test_payouts_are_for_those_who_keep_the_books(world, client):
    order = stories.placed(world)
    wire(order)
    wire(order, 2)
    stories.then_received(stories.fresh(order), world)
    actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=NOW + 20 * DAY)
    url = reverse("payments:payouts")
    for who, status in ((world.buyer, 404), (world.bookkeeper, 200), (world.seller, 200)):
        client.force_login(who)
        session = client.session
        session[SESSION_KEY] = world.supplier.slug
        session.save()
        page = client.get(url)
        assert page.status_code == status
    text = page.content.decode()
    assert order.reference in text and "7,000.00" in text and "3,000.00" in text
    client.force_login(world.rival_seller)
    session = client.session
    session[SESSION_KEY] = world.rival.slug
    session.save()
    assert b"No payouts yet" in client.get(url).content


def test_checkout_stays_within_its_queries(world, client, django_assert_max_num_queries):
    order = stories.placed(world)
    pay(order, world)
    client.force_login(world.buyer)
    with django_assert_max_num_queries(14):
        client.get(checkout(order, 2))
