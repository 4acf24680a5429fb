"""The door for Stripe's reports: what is refused and why finance sees it, and what comes in a strange order."""

import json
import time

import pytest
import stripe
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from ledger.models import Transfer
from payments import actions, tasks
from payments.actions import hearing
from payments.gateways.stripe import views
from payments.models import Chargeback, Refund, Webhook
from tests import stories
from tests.payments.stripe_desk import SECRET
from tests.payments.stripe_orders import CHARGE, TOTAL, fresh, paid, placed, start
from tests.payments.test_races import at_once
from tests.payments.test_stripe_webhooks import ADDRESS, about, event, hear, refused, send

SIGNED = stripe.WebhookSignature.generate_signature_header


def post(client, body, kind="application/json", **headers):
    return client.post(ADDRESS, body, content_type=kind, headers={"Stripe-Signature": SIGNED(body, SECRET)} | headers)


# refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("megabytes", [2, 10])
def test_a_huge_body_is_refused_unread(db, desk, client, megabytes):
    body = json.dumps(event("x.y", {"id": "cus_1Desk", "filling": "x" * megabytes * 2**20}))
    answer = post(client, body)
    assert answer.status_code == 413 and refused() == ["It is larger than any report of Stripe's."]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_another_content_type_is_refused_signed_or_not(db, desk, client, kind):
    answer = post(client, json.dumps(event("x.y", {"id": "cus_1Desk"})), kind)
    assert answer.status_code == 415 and "JSON" in refused()[0]


def test_a_charset_beside_the_type_does_no_harm(db, desk, client):
    assert post(client, json.dumps(event("x.y", {})), "application/json; charset=utf-8").status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"livemode": True}, "other mode"), ({"account": "acct_1Other"}, "another account"), ({"livemode": None}, "mode")],
)
def test_another_mode_or_account_is_refused_though_signed(world, desk, client, changes, words):
    payment = start(placed(world), world)
    desk.pay(payment)
    answer = send(client, event("checkout.session.completed", about(payment, desk), **changes))
    assert answer.status_code == 400 and words in refused()[0]
    tasks.hear_webhooks()
    assert fresh(payment).status == "started"


def test_an_old_one_is_told_from_a_forged_one(db, desk, client):
    report = event("x.y", {})
    assert send(client, report, at=int(time.time()) - 301).status_code == 400
    assert send(client, report, secret="whsec_other").status_code == 400
    assert ["older" in why for why in refused()] == [True, False]
    assert "a clock is wrong" in refused()[0]


def test_a_report_that_was_heard_and_is_played_again_later_changes_nothing(world, desk, client):
    order = placed(world)
    payment = start(order, world)
    desk.pay(payment)
    body, then = json.dumps(event("checkout.session.completed", about(payment, desk))), int(time.time()) - 290
    signature = {"Stripe-Signature": SIGNED(body, SECRET, then)}
    assert post(client, body, **signature).status_code == 200
    tasks.hear_webhooks()
    before = Transfer.objects.count()
    assert post(client, body, **signature).status_code == 200  # within the tolerance: known already
    old = {"Stripe-Signature": SIGNED(body, SECRET, then - 60)}
    assert post(client, body, **old).status_code == 400
    tasks.hear_webhooks()
    assert Transfer.objects.count() == before and stories.fresh(order).cleared_minor == TOTAL
    assert Webhook.objects.exclude(kind="refused").count() == 1


def test_a_flood_leaves_one_row_a_day_for_each_reason(db, desk, client, time_machine):
    time_machine.move_to("2026-11-23T12:00:00Z", tick=False)
    for _ in range(5):
        send(client, event("x.y", {}), secret="whsec_other")
        post(client, "no json")
    assert len(refused()) == 2
    time_machine.move_to("2026-11-24T00:00:00Z", tick=False)
    send(client, event("x.y", {}), secret="whsec_other")
    assert len(refused()) == 3


@pytest.mark.django_db(transaction=True)
def test_a_flood_from_many_at_once_leaves_one_row_and_no_error(transactional_db, desk, client):
    from django.test import Client

    answers = at_once(*[lambda: send(Client(), event("x.y", {}), secret="whsec_other").status_code for _ in range(6)])
    assert answers == [400] * 6 and len(refused()) == 1


def test_finance_sees_what_was_refused_and_sets_it_aside(db, desk, client):
    send(client, event("x.y", {}), secret="whsec_other")
    finance = stories.person("finance@staff.test", full_name="Finance", is_staff=True)
    finance.groups.add(Group.objects.get(name="finance"))
    client.force_login(finance)
    page = client.get(reverse("admin:payments_webhook_changelist"), {"state__exact": "parked"}).content.decode()
    assert "not signed with a secret of ours" in page
    webhook = Webhook.objects.get()
    hearing.hear_again(webhook_id=webhook.id, by=finance, now=timezone.now())
    assert hear().state == "ignored" and not desk.calls


def test_dying_after_it_is_stored_and_before_it_is_answered_stores_it_once(world, desk, client, monkeypatch):
    payment = start(placed(world), world)
    desk.pay(payment)
    report = event("checkout.session.completed", about(payment, desk))

    def dies(*arguments, **options):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(views, "HttpResponse", dies)
        with pytest.raises(SystemExit):
            send(client, report)
    assert send(client, report).status_code == 200
    assert Webhook.objects.count() == 1
    tasks.hear_webhooks()
    assert fresh(payment).status == "cleared"


def test_dying_before_it_is_stored_leaves_it_to_the_next_try(world, desk, client, monkeypatch):
    payment = start(placed(world), world)
    desk.pay(payment)
    report = event("checkout.session.completed", about(payment, desk))

    def dies(*arguments, **options):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(views, "store_webhook", dies)
        with pytest.raises(SystemExit):
            send(client, report)
    assert not Webhook.objects.exists()
    assert send(client, report).status_code == 200
    tasks.hear_webhooks()
    assert fresh(payment).status == "cleared"


# in a strange order -----------------------------------------------------------------------------------------------


def test_a_refund_that_is_told_before_its_payment_asks_for_the_payment_first(world, desk, client):
    """Somebody refunded it in Stripe's dashboard, and that report is here before the payment's."""
    order = placed(world)
    payment = start(order, world)
    intent = desk.pay(payment)
    made = desk.local("/v1/refunds", payment_intent=intent["id"], amount=100_00)
    send(client, event("refund.created", made))
    webhook = hear()
    assert webhook.state == "parked" and "did not order" in webhook.why
    assert fresh(payment).status == "cleared" and stories.fresh(order).cleared_minor == TOTAL
    assert not Refund.objects.exists()


def test_a_refund_of_ours_is_reported_before_its_call_is_answered(world, desk, client):
    from orders import actions as order_actions

    order = placed(world)
    payment = paid(order, world, desk)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=timezone.now())
    (refund,) = actions.send_refunds(order_id=order.id, now=timezone.now())
    desk.lose("/v1/refunds", "before")  # what was made is looked for first: nothing
    actions.push_refund(refund_id=refund.id, now=timezone.now())
    metadata = {"refund": str(refund.key), "payment": str(payment.key)}
    intent = payment.gateway_reference
    made = desk.local("/v1/refunds", payment_intent=intent, amount=refund.amount_minor, metadata=metadata)
    for kind in ("refund.updated", "refund.created", "charge.refunded"):
        thing = made if kind.startswith("refund") else {"id": "ch_1Desk", "payment_intent": intent}
        send(client, event(kind, thing))
        assert hear().state == "acted", kind
    refund.refresh_from_db()
    assert (refund.status, refund.gateway_reference) == ("confirmed", made["id"])
    assert len(desk.local(f"/v1/refunds?payment_intent={intent}", "GET")["data"]) == 1


def test_a_case_is_closed_before_it_was_opened_and_before_its_payment_was_heard_of(world, desk, client):
    order = placed(world)
    payment = start(order, world)
    case = desk.contest(desk.pay(payment)["id"], CHARGE, status="lost")
    for kind in ("charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.created"):
        send(client, event(kind, case))
        assert hear().state == "acted", kind
    assert fresh(payment).status == "cleared"
    assert Chargeback.objects.get().state == "lost"


@pytest.mark.parametrize("kind", ["refund.failed", "charge.refund.updated", "charge.dispute.created", "payout.paid"])
def test_what_is_about_nothing_that_we_know_is_parked_and_moves_nothing(db, desk, client, kind):
    desk.intents["pi_1Strange"] = {"id": "pi_1Strange", "metadata": {}}
    thing = {"id": "re_1Strange", "payment_intent": "pi_1Strange", "status": "failed"}
    if kind.startswith("charge.dispute"):
        thing = desk.contest("pi_1Strange", 100)
    if kind == "payout.paid":
        thing = desk.payouts[desk.pay_out(("charge", 100_00, 3_00, "pi_1Strange"))]
    assert send(client, event(kind, thing)).status_code == 200
    webhook = hear()
    assert webhook.state == "parked" and webhook.why
    assert not Transfer.objects.exists()


def test_an_unknown_kind_is_stored_and_does_nothing(db, desk, client):
    send(client, event("treasury.something_new.happened", {"id": "xx_1Desk"}))
    webhook = hear()
    assert (webhook.state, webhook.kind) == ("ignored", "treasury.something_new.happened") and not desk.calls


@pytest.mark.parametrize("seconds", [-299, 0, 3_600])
def test_a_clock_that_goes_wrong_by_less_than_the_tolerance_or_forward_does_no_harm(world, desk, client, seconds):
    payment = start(placed(world), world)
    desk.pay(payment)
    report = event("checkout.session.completed", about(payment, desk), created=int(time.time()) + seconds)
    assert send(client, report, at=int(time.time()) + seconds).status_code == 200
    tasks.hear_webhooks()
    assert fresh(payment).status == "cleared"
