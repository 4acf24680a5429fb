"""Stripe as its buyer sees it: what is offered in each currency, the way to its page and back, and 3-D Secure."""

import json
import os
import subprocess
import sys
import uuid
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings as site
from django.utils import timezone

from orders.models import ReferenceRate
from payments import actions
from payments.gateways.stripe.gateway import OPEN_FOR
from payments.models import Payment
from tests import browsing, stories
from tests.payments.stripe_desk import ASKS
from tests.payments.stripe_orders import TOTAL, ask, fresh, placed, start
from tests.payments.test_desk_browser import signed_in
from tests.payments.test_pages import begin, checkout
from trade_assurance import money

ONLINE = {"USD": "us_bank_account", "EUR": "sepa_debit", "GBP": "bacs_debit"}
PRICES = {code: 3_000 * 10 ** money.digits(code) for code in money.CURRENCIES} | {"JPY": 300_000}
HOSTED = "https://checkout.stripe.com/"


@pytest.fixture
def pounds(world):
    ReferenceRate.objects.create(currency="GBP", on=date(2026, 1, 1), usd_per_unit=Decimal("1.3"))


# what is offered --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("currency", money.CURRENCIES)
def test_in_each_currency_every_way_that_is_shown_leads_somewhere(world, desk, client, pounds, currency):
    order = placed(world, PRICES[currency], currency)
    client.force_login(world.buyer)
    page = client.get(checkout(order))
    ways = {way["value"]: way for way in page.context["ways"]}
    assert set(ways) == {"card", "tt"} | ({"online"} if currency in ONLINE else set())
    for method, way in ways.items():
        assert not way["refused"]
        shown = client.get(checkout(order), {"method": method})
        assert shown.context["way"]["value"] == method
        if method == "tt":
            assert order.instalments.get().rf_reference in shown.content.decode()
            continue
        answer = begin(client, order, method)
        assert answer.status_code == 302 and answer["Location"].startswith(HOSTED), (method, answer.content)
    kinds = {kind for session in desk.sessions.values() for kind in session["payment_method_types"]}
    assert kinds == {"card", ONLINE.get(currency, "card")}


@pytest.mark.parametrize(
    ("currency", "why"), [("JPY", "designated one only"), ("CNY", "refund back for 90 days"), ("KWD", "has none")]
)
def test_where_stripe_has_no_bank_payment_it_is_not_offered_and_a_sentence_points_at_the_wire(
    world, desk, client, currency, why
):
    order = placed(world, PRICES[currency], currency)
    client.force_login(world.buyer)
    text = client.get(checkout(order), {"method": "online"}).content.decode()
    assert f"There is no online bank payment in {currency}" in text and why in text and "Pay by T/T instead" in text
    assert 'value="online"' not in text
    answer = begin(client, order, "online")
    assert answer.status_code == 422 and "Pay by T/T instead" in answer.content.decode()
    assert not Payment.objects.exists() and not desk.calls


def test_a_way_that_is_refused_is_never_the_chosen_one(world, desk, client):
    order = placed(world, 12_000_01)
    client.force_login(world.buyer)
    page = client.get(checkout(order), {"method": "card"})
    assert page.context["way"]["value"] == "tt"
    assert "at most USD 12,000.00 of one instalment" in page.content.decode()


def test_dinars_that_stripe_can_not_count_are_paid_by_wire(world, desk, client):
    order = placed(world, 1_234_510, "KWD")
    client.force_login(world.buyer)
    page = client.get(checkout(order))
    (card, _tt) = page.context["ways"]
    assert "steps of" in card["refused"] and page.context["way"]["value"] == "tt"


def test_without_a_gateway_that_sends_wires_they_can_still_be_received(world, desk, client, settings):
    settings.PAYMENT_GATEWAYS = {m: path for m, path in settings.PAYMENT_GATEWAYS.items() if m != "tt"}
    order = placed(world, 3_000_000, "JPY")  # above a card's limit, and without an online way
    client.force_login(world.buyer)
    page = client.get(checkout(order))
    assert page.context["way"]["value"] == "tt"
    assert world.supplier.designated_account.number in page.content.decode()


# the way to its page ----------------------------------------------------------------------------------------------


def policy_with(**variables) -> list[str]:
    """Where forms may lead, as the settings make it of these variables."""
    code = (
        "import json, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'trade_assurance.settings';"
        "from django.conf import settings;"
        "print(json.dumps(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action']))"
    )
    around = {"DEMO": "1", "SECRET_KEY": "x" * 50, "DATABASE_URL": "postgres://x@127.0.0.1/x"}
    around |= {"REDIS_URL": "redis://127.0.0.1:1/0", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=around | variables,
        cwd=site.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_forms_may_lead_to_stripes_page_where_stripe_is_chosen_and_nowhere_else():
    path = "payments.gateways.stripe.gateway.Stripe"
    assert policy_with() == ["'self'"]
    assert policy_with(PAYMENT_GATEWAYS=f"card={path}") == ["'self'", "https://checkout.stripe.com"]
    ours = {"PAYMENT_GATEWAYS": f"online={path}", "STRIPE_CHECKOUT_HOSTS": "https://pay.example.com"}
    assert policy_with(**ours) == ["'self'", "https://pay.example.com"]


def allow(settings, *hosts):
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"] | {"form-action": ["'self'", *hosts]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(browsing.MARKS[2].args[0], reason="there is no Chromium on this machine")
@pytest.mark.parametrize("allowed", [True, False])
def test_the_browser_goes_on_to_another_host_only_if_the_policy_names_it(
    transactional_db, desk, live_server, browser, settings, allowed
):
    world = stories.build_world()
    desk.pages = desk.url.replace("127.0.0.1", "localhost")  # another host and port than ours
    settings.SITE_URL = live_server.url
    allow(settings, *([desk.pages] if allowed else []))
    order = placed(world)
    page, complaints = signed_in(browser, live_server, world.buyer, 1280)
    page.goto(f"{live_server.url}{checkout(order)}?method=card")
    page.get_by_role("button", name="Pay USD 3,088.50").click()
    if not allowed:
        page.wait_for_timeout(1500)
        assert page.url.startswith(live_server.url) and any("form-action" in said for said in complaints)
        return
    page.wait_for_url(f"{desk.pages}/c/pay/**")
    assert page.title() == "Hosted"
    page.get_by_role("link", name="Back").click()
    page.get_by_role("heading", name="Deposit").or_(page.get_by_role("heading", level=1)).first.wait_for()
    assert page.get_by_text("Not finished at the bank").is_visible()
    page.get_by_role("button", name="Go to the bank").click()
    page.wait_for_url(f"{desk.pages}/c/pay/**")  # the same page again
    page.go_back()
    page.get_by_role("link", name="Pay another way").click()
    page.get_by_role("button", name="Pay USD 3,088.50").wait_for()
    assert len(desk.sessions) == 1


# 3-D Secure, and coming back unfinished ---------------------------------------------------------------------------


def back(client, payment) -> str:
    return client.get(f"{payment.get_absolute_url()}?back=1").content.decode()


def test_while_the_bank_asks_the_page_says_so_and_leads_back_to_it(world, desk, client):
    order = placed(world)
    payment = start(order, world)
    client.force_login(world.buyer)
    desk.pay(payment, ASKS)
    text = back(client, payment)
    for words in (
        "Not finished at the bank",
        "3-D Secure",
        "Nothing was charged so far",
        "Go to the bank",
        "another way",
    ):
        assert words in text, words
    answer = client.post(payment.get_absolute_url())
    assert answer["Location"] == payment.url
    desk.confirm_three_d_secure(payment)
    assert "The money has arrived" in back(client, payment)
    assert stories.fresh(order).cleared_minor == TOTAL


def test_online_payments_speak_of_no_card(world, desk, client):
    payment = start(placed(world), world, "online")
    client.force_login(world.buyer)
    assert "3-D Secure" not in back(client, payment)


def test_a_bank_that_is_not_answered_in_time_ends_with_the_reason_and_a_new_try(world, desk, client):
    order = placed(world)
    payment = start(order, world)
    client.force_login(world.buyer)
    desk.expire(payment, {"code": "payment_intent_authentication_failure"})
    text = back(client, payment)
    for words in ("did not go through", "not confirmed at the bank", "Nothing was charged", checkout(order)):
        assert words in text, words
    answer = begin(client, order)
    assert answer["Location"].startswith(HOSTED) and answer["Location"] != payment.url


def test_nobody_is_led_to_a_page_that_has_run_out(world, desk, client):
    order = placed(world)
    payment = start(order, world)
    client.force_login(world.buyer)
    desk.expire(payment)
    answer = client.post(payment.get_absolute_url(), follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain[-1][0] == payment.get_absolute_url()
    assert "not finished in time" in text and checkout(order) in text
    assert fresh(payment).status == "failed"


def test_who_goes_back_to_a_page_that_it_has_paid_on_sees_that_it_is_paid(world, desk, client):
    payment = start(placed(world), world)
    client.force_login(world.buyer)
    desk.pay(payment)
    answer = client.post(payment.get_absolute_url(), follow=True)
    assert "The money has arrived" in answer.content.decode()


def test_the_browsers_back_button_to_the_checkout_makes_no_second_charge(world, desk, client):
    """The form that was sent once is sent again: the same payment, the same page, and after it failed a new try."""
    order, key = placed(world), uuid.uuid4()
    client.force_login(world.buyer)
    first = begin(client, order, key=key)["Location"]
    assert begin(client, order, key=key)["Location"] == first
    payment = Payment.objects.get()
    desk.expire(payment)
    again = client.post(checkout(order), {"method": "card", "key": key}, follow=True)
    assert "did not go through" in again.content.decode() and Payment.objects.count() == 1


def test_coming_back_without_stripes_answer_stays_open_and_charges_nothing(world, desk, client):
    payment = start(placed(world), world)
    client.force_login(world.buyer)
    desk.expire(payment)
    desk.lose("/v1/checkout/sessions/", "before")
    assert "Not finished at the bank" in back(client, payment)
    assert ask(payment, timezone.now() + OPEN_FOR).status == "failed"


def test_two_attempts_and_both_finished_give_one_back(world, desk, client):
    """The bank's question is answered after a second attempt was paid."""
    order = placed(world)
    payment = start(order, world)
    desk.pay(payment, ASKS)
    second = start(order, world)
    client.force_login(world.buyer)
    assert "You started another payment since" in back(client, payment)
    desk.pay(second)
    ask(second)
    desk.confirm_three_d_secure(payment)
    payment = ask(payment)
    assert (payment.status, payment.cleared_minor, payment.surplus_minor) == ("cleared", 0, payment.total_minor)
    (refund,) = actions.send_refunds(order_id=order.id, now=timezone.now())
    assert refund.payment_id == payment.id
