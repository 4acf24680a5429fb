"""What Stripe reports: checked, stored first, and it makes things only sooner; twice, late or never changes nothing."""

import json
import time
import uuid
from datetime import timedelta

import pytest
import stripe
from django.contrib.auth.models import Group
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from payments import actions, tasks
from payments.actions import hearing
from payments.gateways.stripe import disputes
from payments.models import Chargeback, Payment, Refund, Webhook
from tests import stories
from tests.payments.stripe_desk import SECRET
from tests.payments.stripe_orders import CHARGE, TOTAL, ask, fresh, paid, placed, start
from tests.payments.test_races import at_once
from trade_assurance.refused import MovedOn, NotAllowed, Refused

ADDRESS = "/webhooks/stripe/"
PAN = "4242424242424242"


def event(kind: str, thing: dict, **changes) -> dict:
    values = {"id": f"evt_{uuid.uuid4().hex[:8]}x", "object": "event", "type": kind, "created": int(time.time())}
    return values | {"livemode": False, "data": {"object": thing}} | changes


def send(client, what, secret=SECRET, at=None, **headers):
    body = what if isinstance(what, str) else json.dumps(what)
    signature = stripe.WebhookSignature.generate_signature_header(body, secret, at or int(time.time()))
    headers = {"Stripe-Signature": signature} | headers
    return client.post(ADDRESS, body, content_type="application/json", headers=headers)


def about(payment, desk, **changes) -> dict:
    """The session of a payment as its report carries it."""
    return desk.session(payment) | changes


def hear(webhook=None) -> Webhook:
    webhook = webhook or Webhook.objects.latest("id")
    return hearing.hear_webhook(webhook_id=webhook.id, now=timezone.now())


def refused() -> list[str]:
    """What finance is told of reports that were not let in; nothing else came."""
    rows = list(Webhook.objects.order_by("id"))
    assert {(row.kind, row.state, str(row.body)) for row in rows} <= {("refused", "parked", "{}")}
    return [row.why for row in rows]


# what is let in ---------------------------------------------------------------------------------------------------


def test_a_signed_report_is_stored_before_anything_is_asked(world, desk, client):
    payment = start(placed(world), world)
    desk.pay(payment)
    desk.calls.clear()
    report = event("checkout.session.completed", about(payment, desk))
    answer = send(client, report)
    assert (answer.status_code, answer.content) == (200, b"")
    webhook = Webhook.objects.get()
    assert (webhook.event, webhook.kind, webhook.state) == (report["id"], report["type"], "received")
    assert not desk.calls and fresh(payment).status == "started"
    assert (hear().state, fresh(payment).status) == ("acted", "cleared")
    assert hear().payment == payment


def test_it_needs_no_session_and_no_form_token(world, desk):
    from django.test import Client

    payment = start(placed(world), world)
    assert send(Client(enforce_csrf_checks=True), event("x.y", about(payment, desk))).status_code == 200


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"Stripe-Signature": ""}, "not signed"),
        ({"Stripe-Signature": "t=1,v1=00"}, "not signed"),
        ({"Stripe-Signature": "nonsense"}, "not signed"),
        ({"secret": "whsec_other"}, "not signed"),
        ({"at": int(time.time()) - 3600}, "older than 300 seconds"),
        ({"at": -1}, "older than 300 seconds"),
    ],
)
def test_what_is_unsigned_or_old_gets_400_and_changes_nothing(world, desk, client, how, words):
    payment = start(placed(world), world)
    desk.pay(payment)
    answer = send(client, event("checkout.session.completed", about(payment, desk)), **how)
    assert answer.status_code == 400 and words in answer.content.decode()
    assert refused() == [answer.content.decode()] and fresh(payment).status == "started"


def test_a_body_that_was_changed_after_it_was_signed_gets_400(world, desk, client):
    body = json.dumps(event("payment_intent.succeeded", {"id": "pi_1Desk", "amount": 100}))
    signature = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    changed = body.replace('"amount": 100', '"amount": 900')
    headers = {"Stripe-Signature": signature}
    assert client.post(ADDRESS, changed, content_type="application/json", headers=headers).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "no json",
        "{}",
        '{"id": "evt_1Desk", "type": "x.y", "created": 1}',
        json.dumps(event("x.y", {}, id=PAN)),
        json.dumps(event("Bad type!", {})),
        json.dumps(event("x.y", {}, created="soon")),
        json.dumps(event("x.y", {}, created=10**18)),
        json.dumps(event("x.y", {}, livemode=True)),
        json.dumps(event("x.y", [])),
        "[" * 100_000,
    ],
)
def test_what_is_no_event_of_ours_gets_400(db, desk, client, body):
    assert send(client, body).status_code == (400 if body else 415)
    assert len(refused()) == 1


def test_the_clocks_may_differ_by_the_tolerance_and_no_more_in_the_past(world, desk, client, settings):
    payment = start(placed(world), world)
    now = int(time.time())
    for offset, status in ((-280, 200), (-330, 400), (280, 200), (600, 200)):
        answer = send(client, event("checkout.session.completed", about(payment, desk)), at=now + offset)
        assert answer.status_code == status, offset


def test_either_secret_counts_while_one_takes_the_others_place(world, desk, client, settings):
    payment = start(placed(world), world)
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    for secret, status in (("whsec_new", 200), (SECRET, 200), ("whsec_third", 400)):
        assert send(client, event("x.y", about(payment, desk)), secret=secret).status_code == status
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert send(client, event("x.y", about(payment, desk))).status_code == 400


def test_where_stripe_is_not_chosen_there_is_no_such_page_and_reading_is_refused(db, client, desk, settings):
    assert client.get(ADDRESS).status_code == 405
    path = settings.PAYMENT_GATEWAYS["tt"]
    settings.PAYMENT_GATEWAYS = dict.fromkeys(("card", "online", "tt"), path)
    assert send(client, event("x.y", {})).status_code == 404


# what is kept -----------------------------------------------------------------------------------------------------


def test_nothing_of_a_card_or_a_person_is_kept_or_logged(world, desk, client, caplog):
    payment = start(placed(world), world)
    private = {
        "payment_method_details": {"card": {"number": PAN, "last4": "4242", "cvc": "123"}},
        "billing_details": {"name": "Mere Whitlock", "email": "mere@mail.test", "phone": PAN},
        "description": f"card {PAN}",
        "failure_code": PAN,
        "status": "4242 4242 4242 4242",
        "payment_intent": f"pi_{PAN}",
        "charge": f"ch_1{PAN}",
        "amount": int(PAN),
        "customer_email": "mere@mail.test",
        "metadata": {"payment": str(payment.key), "refund": PAN, "note": PAN},
        "client_reference_id": PAN,
        "source": {"id": "src_1Desk", "card": {"number": PAN}},
    }
    with caplog.at_level("DEBUG"):
        assert send(client, event("checkout.session.completed", about(payment, desk) | private)).status_code == 200
        hear()
    webhook = Webhook.objects.get()
    kept = json.dumps(webhook.body)
    for secret in (PAN, "4242", "Mere", "mere@", "123"):
        assert secret not in kept and secret not in caplog.text
    assert webhook.body["metadata"] == {"payment": str(payment.key)}
    assert len(webhook.digest) == 64


def test_what_was_said_and_what_was_acted_on_stays(world, desk, client):
    payment = start(placed(world), world)
    send(client, event("checkout.session.completed", about(payment, desk)))
    webhook = hear()
    for change in ({"body": {}}, {"kind": "other"}, {"state": "received", "next_try_at": timezone.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Webhook.objects.filter(pk=webhook.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        webhook.delete()


# twice, out of order, never ---------------------------------------------------------------------------------------


def test_the_same_report_again_is_answered_and_counted_once(world, desk, client):
    order = placed(world)
    payment = start(order, world)
    desk.pay(payment)
    report = event("checkout.session.completed", about(payment, desk))
    for _ in range(3):
        assert send(client, report).status_code == 200
        tasks.hear_webhooks()
    assert Webhook.objects.count() == 1
    assert stories.fresh(order).cleared_minor == TOTAL
    kinds = list(Event.objects.about("order", order.id).values_list("kind", flat=True))
    assert kinds.count("payment.cleared") <= 1


def test_reports_in_the_wrong_order_end_where_the_right_order_does(world, desk, client):
    order = placed(world)
    payment = start(order, world)
    intent = desk.pay(payment)
    for kind in (
        "checkout.session.expired",
        "payment_intent.payment_failed",
        "checkout.session.completed",
        "payment_intent.processing",
        "checkout.session.async_payment_failed",
    ):
        thing = intent if kind.startswith("payment") else about(payment, desk)
        send(client, event(kind, thing))
        tasks.hear_webhooks()
        assert fresh(payment).status == "cleared", kind
    assert stories.fresh(order).cleared_minor == TOTAL


def test_a_report_that_lies_changes_nothing(world, desk, client):
    """Signed or not, the body is never believed: Stripe says that the page is open."""
    payment = start(placed(world), world)
    lie = about(payment, desk, status="complete", payment_status="paid", amount_total=CHARGE)
    send(client, event("checkout.session.completed", lie))
    assert hear().state == "acted"
    assert fresh(payment).status == "started"


def test_without_any_report_the_sweeps_find_out(world, desk):
    payment = start(placed(world), world)
    desk.pay(payment)
    Payment.objects.filter(pk=payment.pk).update(next_ask_at=timezone.now())
    tasks.ask_gateways()
    assert fresh(payment).status == "cleared" and not Webhook.objects.exists()


def test_what_says_nothing_to_us_is_ignored(db, desk, client):
    send(client, event("customer.created", {"id": "cus_1Desk"}))
    assert (hear().state, desk.calls) == ("ignored", [])


@pytest.mark.parametrize("thing", [{"id": "pi_1Desk"}, {"id": "cs_1Desk", "client_reference_id": str(uuid.uuid4())}])
def test_a_payment_that_is_not_ours_is_stored_and_shown_to_staff(db, desk, client, thing):
    desk.intents["pi_1Desk"] = {"id": "pi_1Desk", "metadata": {}}
    kind = "payment_intent.succeeded" if thing["id"].startswith("pi") else "checkout.session.completed"
    assert send(client, event(kind, thing)).status_code == 200
    webhook = hear()
    assert webhook.state == "parked" and "No payment of ours" in webhook.why
    assert list(Webhook.objects.waiting_for_staff()) == [webhook]
    finance = stories.person("finance@staff.test", full_name="Finance", is_staff=True)
    with pytest.raises(NotAllowed):
        hearing.set_aside(webhook_id=webhook.id, reason="other use", by=finance, now=timezone.now())
    finance.groups.add(Group.objects.get(name="finance"))
    finance = type(finance).objects.get(pk=finance.pk)
    hearing.hear_again(webhook_id=webhook.id, by=finance, now=timezone.now())
    assert hear().state == "parked"
    with pytest.raises(Refused, match="Say why"):
        hearing.set_aside(webhook_id=webhook.id, reason=" ", by=finance, now=timezone.now())
    assert hearing.set_aside(webhook_id=webhook.id, reason="shop", by=finance, now=timezone.now()).state == "set_aside"
    with pytest.raises(MovedOn):
        hearing.hear_again(webhook_id=webhook.id, by=finance, now=timezone.now())


def test_finance_sees_it_and_acts_on_it_in_the_admin(db, desk, client, settings):
    send(client, event("payout.failed", {"id": "po_1Desk", "failure_code": "account_closed"}))
    webhook = hear()
    assert webhook.state == "parked" and "account_closed" in webhook.why
    finance = stories.person("finance@staff.test", full_name="Finance", is_staff=True)
    finance.groups.add(Group.objects.get(name="finance"))
    client.force_login(finance)
    assert "payout.failed" in client.get(reverse("admin:payments_webhook_changelist")).content.decode()
    page = client.get(reverse("admin:payments_webhook_change", args=[webhook.pk]))
    assert page.status_code == 200 and "did not arrive" in page.content.decode()


def test_without_an_answer_a_report_of_a_case_waits_and_is_heard_later(world, desk, client):
    order = placed(world)
    payment = paid(order, world, desk)
    case = desk.contest(payment.gateway_reference, CHARGE)
    send(client, event("charge.dispute.created", case))
    desk.lose("/v1/disputes", times=1)
    webhook = hear()
    assert (webhook.state, webhook.tries) == ("received", 1) and webhook.next_try_at > timezone.now()
    assert hear().state == "acted" and Chargeback.objects.get().state == "open"


# refunds ----------------------------------------------------------------------------------------------------------


def refunding(world, desk):
    from orders import actions as order_actions

    order = placed(world)
    payment = paid(order, world, desk)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=timezone.now())
    (refund,) = actions.send_refunds(order_id=order.id, now=timezone.now())
    return payment, refund


def test_a_report_of_a_refund_asks_how_it_stands(world, desk, client):
    payment, refund = refunding(world, desk)
    desk.lose("/v1/refunds", "after", times=2)
    actions.push_refund(refund_id=refund.id, now=timezone.now())
    send(client, event("charge.refunded", {"id": "ch_1Desk", "payment_intent": payment.gateway_reference}))
    hear()
    Refund.objects.filter(pk=refund.pk).update(next_ask_at=timezone.now())
    tasks.send_refunds()
    assert Refund.objects.get(pk=refund.pk).status == "confirmed"
    made = desk.local(f"/v1/refunds?payment_intent={payment.gateway_reference}", "GET")["data"]
    assert len(made) == 1
    send(client, event("refund.updated", made[0]))
    assert hear().state == "acted"


def test_a_refund_that_we_did_not_order_is_shown_to_staff(world, desk, client):
    payment = paid(placed(world), world, desk)
    made = {"id": "re_1Hand", "payment_intent": payment.gateway_reference, "amount": 100, "metadata": {}}
    send(client, event("refund.created", made))
    webhook = hear()
    assert webhook.state == "parked" and "did not order" in webhook.why


# two at once, dying between ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_workers_hear_a_report_once(transactional_db, desk, client):
    world = stories.build_world()
    order = placed(world)
    payment = start(order, world)
    desk.pay(payment)
    send(client, event("checkout.session.completed", about(payment, desk)))
    at_once(*[hear for _ in range(3)], lambda: ask(payment))
    assert Webhook.objects.get().state == "acted"
    assert stories.fresh(order).cleared_minor == TOTAL


class Crash(BaseException):
    """The process died here."""


@pytest.mark.parametrize(
    "point", ["payments.actions.paying.ask", "payments.actions.paying.refresh", "payments.actions.hearing._end"]
)
def test_dying_while_a_report_is_heard_loses_and_doubles_nothing(world, desk, client, monkeypatch, point):
    order = placed(world)
    payment = start(order, world)
    desk.pay(payment)
    send(client, event("checkout.session.completed", about(payment, desk)))

    def died(*arguments, **options):
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(point, died)
        with pytest.raises(Crash):
            hear()
    assert Webhook.objects.get().state == "received"
    tasks.hear_webhooks()
    assert (Webhook.objects.get().state, fresh(payment).status) == ("acted", "cleared")
    assert stories.fresh(order).cleared_minor == TOTAL


def test_a_report_that_never_fits_waits_ever_longer_and_then_for_staff(world, desk, client):
    payment = start(placed(world), world)
    case = desk.contest("pi_1Open", CHARGE)
    desk.intents["pi_1Open"] = {"id": "pi_1Open", "metadata": {"payment": str(payment.key)}}
    send(client, event("charge.dispute.created", case))
    webhook = hear()
    assert webhook.state == "received" and "has not cleared" in webhook.why
    Webhook.objects.filter(pk=webhook.pk).update(tries=hearing.MOST_TRIES - 1)
    assert hear().state == "parked"


# end to end -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_card_payment_by_localstripe_and_its_own_signed_report_fill_escrow(
    transactional_db, desk, localstripe, live_server
):
    """localstripe takes the card, signs its report and posts it here; nothing else asks."""
    world = stories.build_world()
    order = placed(world)
    payment = start(order, world)
    address = {"url": f"{live_server.url}{ADDRESS}", "secret": SECRET, "events": ["payment_intent.succeeded"]}
    status, _ = configure(desk, address)
    assert status == 200
    try:
        desk.pay(payment)
        waits_until = time.monotonic() + 30
        while not Webhook.objects.exists():
            assert time.monotonic() < waits_until, "no report came"
            time.sleep(0.1)
        assert fresh(payment).status == "started"
        while fresh(payment).status == "started" and time.monotonic() < waits_until:
            tasks.hear_webhooks()  # what localstripe could not answer yet is asked again
            time.sleep(1)
        order, payment = stories.fresh(order), fresh(payment)
        assert (payment.status, order.status, order.escrow_minor) == ("cleared", "paid", TOTAL)
        assert "acted" in Webhook.objects.values_list("state", flat=True)  # localstripe may tell it twice
        assert timezone.now() - payment.cleared_at < timedelta(minutes=1)
    finally:  # localstripe outlives the test, and so does the server: later tests would get its reports
        configure(desk, address | {"events": ["customer.deleted"]})


def configure(desk, address):
    """Tell localstripe where its reports go; its answer has no body."""
    import urllib.request

    body = json.dumps(address).encode()
    request = urllib.request.Request(f"{desk.upstream}/_config/webhooks/ours", data=body, method="POST")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.read()


def test_disputes_of_another_use_of_the_account_hide_none_of_ours(desk, monkeypatch):
    told = {"payment_intent": "pi_1", "amount": 500, "reason": "fraudulent", "status": "needs_response"}
    found = [{"id": "dp_1", "currency": "inr"} | told, {"id": "dp_2", "currency": "usd"} | told]
    monkeypatch.setattr(disputes, "listed", lambda *_: iter(found))
    assert [case.reference for case in disputes.cases(since=timezone.now())] == ["dp_2"]
