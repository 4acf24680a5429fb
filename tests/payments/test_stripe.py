"""Paying and giving back by Stripe: hosted Checkout, declines, 3-D Secure, days of waiting, answers that never came."""

from datetime import timedelta

import pytest
import stripe
from django.urls import reverse
from django.utils import timezone

from ledger import chart
from ledger.actions import balance
from orders import actions as order_actions
from payments import actions
from payments.gateways import Unreachable, gateway
from payments.gateways.stripe.amounts import from_stripe, to_stripe
from payments.gateways.stripe.gateway import OPEN_FOR
from payments.models import Payment, Refund
from tests import stories
from tests.payments.stripe_desk import ASKS, BAD, KEY
from tests.payments.stripe_orders import CHARGE, TOTAL, ask, fresh, intend, paid, placed, start
from trade_assurance import money
from trade_assurance.refused import Refused

# amounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [(3_088_50, "USD", 308850), (102_968, "JPY", 102968), (1_234_560, "KWD", 1234560), (7_01, "CNY", 701)],
)
def test_amounts_are_told_in_stripes_units_and_read_back(minor, currency, amount):
    assert to_stripe(minor, currency) == amount
    assert from_stripe(amount, currency) == minor


@pytest.mark.parametrize("minor", [1_234_567, 1_234_561, 1])
def test_dinars_that_do_not_end_in_a_zero_are_refused_with_a_sentence(minor):
    with pytest.raises(Refused, match=r"steps of KWD 0\.010") as refused:
        to_stripe(minor, "KWD")
    assert refused.value.field == "method"


def test_every_currency_that_we_trade_has_as_many_decimals_there():
    from payments.gateways.stripe.amounts import places

    assert {code: places(code) for code in money.CURRENCIES} == {code: money.digits(code) for code in money.CURRENCIES}


def test_an_amount_that_stripe_can_not_take_starts_nothing(world, desk):
    for order, words in ((placed(world, 1_234_510, "KWD"), "steps of"), (placed(world, 10, "USD"), "at once")):
        with pytest.raises(Refused, match=words):
            intend(order, world)
    assert not Payment.objects.exists() and not desk.calls


@pytest.mark.parametrize("currency", ["JPY", "KWD", "CNY"])
def test_online_payment_in_a_currency_without_one_is_refused(world, desk, currency):
    with pytest.raises(Refused, match=f"no online bank payment in {currency}"):
        intend(placed(world, 900_000, currency), world, "online")


# the hosted page --------------------------------------------------------------------------------------------------


def test_the_page_is_stripes_and_is_told_amount_key_time_and_the_way_back(world, desk, settings):
    payment = start(placed(world), world)
    session = desk.session(payment)
    assert payment.url == session["url"] and len(payment.url) > 500
    assert payment.gateway_reference == session["id"]
    assert (session["amount_total"], session["currency"]) == (CHARGE, "usd")
    assert session["payment_intent_data"]["metadata"] == {
        "payment": str(payment.key),
        "order": payment.order.reference,
    }
    assert session["expires_at"] == int((payment.started_at + OPEN_FOR).timestamp())
    back = f"{settings.SITE_URL}{payment.get_absolute_url()}?back=1"
    assert session["success_url"] == session["cancel_url"] == back
    assert session["payment_method_types"] == ["card"]


@pytest.mark.parametrize(("currency", "way"), [("USD", "us_bank_account"), ("EUR", "sepa_debit")])
def test_online_payment_is_by_the_bank_method_of_its_currency(world, desk, currency, way):
    payment = start(placed(world, currency=currency), world, "online")
    assert desk.session(payment)["payment_method_types"] == [way]


def test_the_same_payment_opens_one_session_however_often_it_is_asked_for(world, desk):
    payment = intend(placed(world), world)
    now = timezone.now()
    urls = {gateway("card").start(payment, return_to="/x/", now=now).url for _ in range(3)}
    assert len(urls) == len(desk.sessions) == 1


def test_checkout_leads_from_our_form_to_stripes_page(world, desk, client):
    order = placed(world)
    client.force_login(world.buyer)
    address = reverse("payments:checkout", args=[order.reference, 1])
    form = client.get(address).context["form"]
    answer = client.post(address, {"method": "card", "key": str(form["key"].value())})
    payment = Payment.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, payment.url)


def test_stripe_that_refuses_the_payment_is_said_on_its_page_and_nothing_breaks(world, desk, client):
    payment = intend(placed(world), world)
    Payment.objects.filter(pk=payment.pk).update(started_at=timezone.now() - OPEN_FOR)
    client.force_login(world.buyer)
    answer = client.post(payment.get_absolute_url(), follow=True)
    assert "started too long ago" in answer.content.decode()
    assert not desk.sessions


# how a payment stands ---------------------------------------------------------------------------------------------


def test_a_card_that_is_good_pays_the_instalment(world, desk):
    order = placed(world)
    payment = start(order, world)
    assert ask(payment).status == "started"
    intent = desk.pay(payment)
    payment = ask(payment)
    assert (payment.status, payment.gateway_reference) == ("cleared", intent["id"])
    assert stories.fresh(order).status == "paid"
    assert balance(chart.clearing("card", "USD")) == CHARGE
    assert stories.fresh(order).escrow_minor == TOTAL


def test_a_declined_card_can_be_tried_again_on_the_same_page(world, desk):
    payment = start(placed(world), world)
    desk.pay(payment, BAD)
    assert ask(payment).status == "started"
    desk.pay(payment)
    assert ask(payment).status == "cleared"


def test_three_d_secure_pays_only_once_the_bank_has_its_answer(world, desk):
    payment = start(placed(world), world)
    desk.pay(payment, ASKS)
    assert ask(payment).status == "started"
    desk.confirm_three_d_secure(payment)
    assert ask(payment).status == "cleared"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, "not enough money"),
        ({"code": "payment_intent_authentication_failure"}, "not confirmed at the bank"),
        ({"code": "card_declined", "decline_code": "never_seen"}, "gave no reason"),
        (None, "not finished in time"),
    ],
)
def test_a_page_that_ran_out_failed_for_the_banks_reason_in_plain_words(world, desk, error, words):
    order = placed(world)
    payment = start(order, world)
    desk.expire(payment, error)
    payment = ask(payment)
    assert payment.status == "failed" and words in payment.failed_because
    assert stories.fresh(order).cleared_minor == 0


def test_bank_debit_is_pending_for_days_and_then_here(world, desk):
    order = placed(world)
    payment = start(order, world, "online")
    desk.play_intent(payment, status="processing")
    now = timezone.now()
    for days in range(4):
        assert ask(payment, now + timedelta(days=days)).status == "processing"
    assert stories.fresh(order).processing_payments == 1
    desk.play_intent(payment, status="succeeded")
    assert ask(payment, now + timedelta(days=4)).status == "cleared"
    assert stories.fresh(order).status == "paid"


def test_bank_debit_that_bounces_charges_nothing_and_says_why(world, desk):
    order = placed(world)
    payment = start(order, world, "online")
    desk.play_intent(payment, status="processing")
    ask(payment)
    desk.play_intent(payment, status="requires_payment_method", last_payment_error={"code": "bank_account_closed"})
    payment = ask(payment)
    assert (payment.status, payment.failed_because) == ("failed", "the bank account is closed")
    assert stories.fresh(order).processing_payments == 0


@pytest.mark.parametrize(
    "strange",
    [{"amount_received": 1}, {"currency": "eur"}, {"metadata": {"payment": "another"}}, {"metadata": {}}],
)
def test_money_that_is_not_what_was_asked_for_is_not_booked_but_looked_at(world, desk, strange):
    order = placed(world)
    payment = start(order, world)
    desk.play_intent(payment, status="succeeded", **strange)
    assert ask(payment).status == "started"
    assert stories.fresh(order).cleared_minor == 0


def test_a_payment_of_another_gateway_is_not_guessed_at(world, desk, settings):
    path = settings.PAYMENT_GATEWAYS["card"]
    settings.PAYMENT_GATEWAYS |= {"card": settings.PAYMENT_GATEWAYS["tt"]}
    payment = start(placed(world), world)
    settings.PAYMENT_GATEWAYS |= {"card": path}
    assert ask(payment, timezone.now() + timedelta(days=2)).status == "started"
    assert not desk.calls


# answers that never came ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after", "500"])
def test_a_page_whose_opening_got_no_answer_is_asked_for_again_and_is_one(world, desk, when):
    payment = intend(placed(world), world)
    desk.lose("/v1/checkout/sessions", when)
    with pytest.raises(Unreachable):
        actions.open_at_gateway(payment_id=payment.id, now=timezone.now())
    assert ask(payment).status == "started"
    url = actions.open_at_gateway(payment_id=payment.id, now=timezone.now())
    assert url == desk.session(payment)["url"] and len(desk.sessions) == 1
    desk.pay(payment)
    assert ask(payment).status == "cleared"


def test_a_page_that_nobody_was_shown_is_given_up_when_its_time_is_over(world, desk):
    payment = intend(placed(world), world)
    assert ask(payment, payment.started_at + OPEN_FOR - timedelta(seconds=1)).status == "started"
    assert ask(payment, payment.started_at + OPEN_FOR).status == "failed"


@pytest.mark.parametrize("when", ["before", "after", "500"])
def test_no_answer_about_a_payment_is_unknown_until_there_is_one(world, desk, when):
    order = placed(world)
    payment = start(order, world)
    desk.pay(payment)
    desk.lose("/v1/checkout/sessions/", when, times=2)
    waits = []
    for _ in range(2):
        now = timezone.now()
        payment = ask(payment, now)
        waits.append(payment.next_ask_at - now)
        assert payment.status == "started" and stories.fresh(order).cleared_minor == 0
    assert waits[0] < waits[1]
    assert ask(payment).status == "cleared"


def test_an_answer_that_takes_too_long_is_unknown(world, desk, settings, monkeypatch):
    payment = start(placed(world), world)
    desk.pay(payment)

    def late(*arguments, **options):
        raise stripe.APIConnectionError("Request timed out")

    with monkeypatch.context() as patched:
        patched.setattr(stripe.RequestsClient, "request", late)
        assert ask(payment).status == "started"
    assert ask(payment).status == "cleared"


def test_a_key_that_stripe_does_not_accept_leaves_everything_unknown(world, desk, settings):
    payment = start(placed(world), world)
    settings.STRIPE_SECRET_KEY = "pk_test_wrong"
    desk.pay(payment)
    assert ask(payment).status == "started"
    settings.STRIPE_SECRET_KEY = KEY
    assert ask(payment).status == "cleared"


# giving back ------------------------------------------------------------------------------------------------------


def owed_back(world, desk, amount_minor=None):
    """A cleared card payment of which all is owed back."""
    order = placed(world)
    payment = paid(order, world, desk)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=timezone.now())
    (refund,) = actions.send_refunds(order_id=order.id, now=timezone.now())
    return order, payment, refund


def push(refund) -> Refund:
    return actions.push_refund(refund_id=refund.id, now=timezone.now())


def refunds_at(desk, payment) -> list:
    return desk.local(f"/v1/refunds?payment_intent={payment.gateway_reference}", "GET")["data"]


def test_a_refund_goes_to_the_card_and_is_confirmed(world, desk):
    _order, payment, refund = owed_back(world, desk)
    refund = push(refund)
    assert refund.status == "confirmed" and refund.gateway_reference.startswith("re_")
    (made,) = refunds_at(desk, payment)
    assert (made["amount"], made["metadata"]["refund"]) == (refund.amount_minor, str(refund.key))
    assert balance(chart.clearing("card", "USD")) == CHARGE - refund.amount_minor


@pytest.mark.parametrize("when", ["before", "after", "500"])
def test_a_refund_without_an_answer_is_made_once(world, desk, when):
    _order, payment, refund = owed_back(world, desk)
    desk.lose("/v1/refunds", when, times=2)
    assert push(refund).status == "sending"
    assert push(refund).status == "sending"
    desk.answered.clear()  # as after a day: Stripe has forgotten the key
    assert push(refund).status == "confirmed"
    assert len(refunds_at(desk, payment)) == 1


@pytest.mark.parametrize("point", ["payments.gateways.stripe.gateway.told", "payments.actions.pushing.record_sending"])
def test_a_refund_that_died_before_or_after_it_was_told_is_made_once(world, desk, monkeypatch, point):
    _order, payment, refund = owed_back(world, desk)
    with monkeypatch.context() as patched:
        patched.setattr(point, died)
        with pytest.raises(Crash):
            push(refund)
    assert Refund.objects.get(pk=refund.pk).status == "sending"
    assert push(refund).status == "confirmed"
    assert len(refunds_at(desk, payment)) == 1


@pytest.mark.parametrize(
    ("status", "reason", "ends", "words"),
    [
        ("pending", None, "sent", ""),
        ("requires_action", None, "sent", ""),
        ("failed", "expired_or_canceled_card", "failed", "expired or was closed"),
        ("canceled", None, "failed", "refused it"),
        ("succeeded", None, "confirmed", ""),
    ],
)
def test_what_stripe_says_of_a_refund_is_what_we_record(world, desk, status, reason, ends, words):
    order = placed(world)
    payment = start(order, world, "online")
    intent = desk.play_intent(payment, status="succeeded")
    ask(payment)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=timezone.now())
    (refund,) = actions.send_refunds(order_id=order.id, now=timezone.now())
    made = {"id": "re_1Desk", "status": status, "failure_reason": reason, "metadata": {"refund": str(refund.key)}}
    intent["refunds"] = [made]
    refund = push(refund)
    assert refund.status == ends and words in refund.why
    owed = -balance(chart.refund_payable(order.id, "USD"))
    assert owed == (refund.amount_minor if ends == "failed" else 0)


def test_a_refund_that_stripe_declines_is_owed_again_and_staff_look(world, desk):
    order, payment, refund = owed_back(world, desk)
    Payment.objects.filter(pk=payment.pk).update(gateway_reference="pi_gone")
    desk.intents["pi_gone"] = {"id": "pi_gone", "refunds": []}  # its refunds are known, itself is not
    refund = push(refund)
    assert refund.status == "failed"
    assert balance(chart.refund_payable(order.id, "USD")) == -refund.amount_minor


# dying around each call -------------------------------------------------------------------------------------------


class Crash(BaseException):
    """The process died here."""


def died(*arguments, **options):
    raise Crash


@pytest.mark.parametrize("point", ["payments.gateways.stripe.gateway.told", "payments.models.Payment.objects.filter"])
def test_dying_before_or_after_the_page_is_opened_pays_once(world, desk, monkeypatch, point):
    payment = intend(placed(world), world)
    with monkeypatch.context() as patched:
        if "told" in point:
            patched.setattr(point, died)
        else:
            patched.setattr("payments.models.payment.PaymentQuerySet.update", died)
        with pytest.raises(Crash):
            actions.open_at_gateway(payment_id=payment.id, now=timezone.now())
    assert len(desk.sessions) == (0 if "told" in point else 1)
    assert not fresh(payment).url
    actions.open_at_gateway(payment_id=payment.id, now=timezone.now())
    assert len(desk.sessions) == 1
    desk.pay(payment)
    assert ask(payment).status == "cleared"


@pytest.mark.parametrize("point", ["payments.gateways.stripe.gateway.asked", "payments.actions.paying.refresh"])
def test_dying_before_or_after_a_payment_is_asked_clears_it_once(world, desk, monkeypatch, point):
    order = placed(world)
    payment = start(order, world)
    desk.pay(payment)
    with monkeypatch.context() as patched:
        patched.setattr(point, died)
        with pytest.raises(Crash):
            ask(payment)
    assert fresh(payment).status == "started"
    assert ask(payment).status == "cleared"
    assert stories.fresh(order).cleared_minor == TOTAL
