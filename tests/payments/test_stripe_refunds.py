"""Refunds that Stripe had confirmed and that came back: owed again once, seen by staff and buyer, sent another way."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from ledger import chart
from ledger.actions import balance
from ledger.models import Transfer
from orders import actions as order_actions
from payments import actions, closing, tasks
from payments.gateways.sandbox.models import SandboxSending
from payments.models import Payout, Refund, Webhook
from suppliers.bank_details import BankDetails
from tests import stories
from tests.payments.batching import use_files
from tests.payments.stripe_orders import CHARGE, TOTAL, paid, placed
from tests.payments.test_races import at_once
from tests.payments.test_stripe_webhooks import event, hear, send
from trade_assurance.refused import MovedOn, NotAllowed, Refused

BUYER = BankDetails("Northline", "NZ", number="12-3456-0123456-00", bic="ANZBNZ22", bank_name="ANZ")


def confirmed(world, desk):
    """A card payment that went back to the card, as Stripe says."""
    order = placed(world)
    payment = paid(order, world, desk)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=timezone.now())
    (refund,) = actions.send_refunds(order_id=order.id, now=timezone.now())
    refund = actions.push_refund(refund_id=refund.id, now=timezone.now())
    assert refund.status == "confirmed"
    return order, payment, refund


def report(desk, refund, kind="refund.failed"):
    made = desk.local(f"/v1/refunds/{refund.gateway_reference}", "GET")
    return event(kind, made | {"status": "failed"})


def fresh(refund) -> Refund:
    return Refund.objects.get(pk=refund.pk)


def owed(order) -> int:
    return -balance(chart.refund_payable(order.id, order.currency))


def finance(name="finance"):
    user = stories.person(f"{name}@staff.test", full_name=name, is_staff=True)
    user.groups.add(Group.objects.get(name="finance"))
    return user


def again(refund, by, **how):
    actions.let_send_again(sending=refund, by=by, now=timezone.now(), **how)


@pytest.mark.parametrize("kind", ["refund.failed", "charge.refund.updated", "refund.updated"])
def test_a_refund_that_fails_after_it_was_confirmed_is_owed_again_once(world, desk, client, kind):
    order, payment, refund = confirmed(world, desk)
    desk.bounce(refund.gateway_reference)
    for _ in range(3):
        send(client, report(desk, refund, kind))
        assert hear().state == "acted"
    refund = fresh(refund)
    assert (refund.status, refund.why) == ("failed", "the card has expired or was closed")
    assert owed(order) == TOTAL
    assert balance(chart.clearing("card", "USD")) == CHARGE  # the processor has it again
    assert type(payment).objects.get(pk=payment.pk).refunded_minor == 0
    assert Transfer.objects.filter(key=f"refund_sent:{refund.id}:owed_again").count() == 1
    with pytest.raises(actions.NothingToSend, match="staff look"):
        actions.send_refunds(order_id=order.id, now=timezone.now())


def test_a_report_that_lies_about_a_refund_changes_nothing(world, desk, client):
    order, _payment, refund = confirmed(world, desk)
    send(client, report(desk, refund))
    assert hear().state == "acted"
    assert (fresh(refund).status, owed(order)) == ("confirmed", 0)


def test_without_any_report_a_sweep_finds_it(world, desk):
    order, _payment, refund = confirmed(world, desk)
    tasks.ask_bounced()
    assert owed(order) == 0
    desk.bounce(refund.gateway_reference)
    for _ in range(2):
        tasks.ask_bounced()
    assert (fresh(refund).status, owed(order)) == ("failed", TOTAL)
    assert not Webhook.objects.exists()


def test_without_an_answer_it_stays_confirmed_and_is_asked_later(world, desk, client):
    order, _payment, refund = confirmed(world, desk)
    said = report(desk, refund)
    desk.bounce(refund.gateway_reference)
    send(client, said)
    desk.lose("/v1/refunds", "after")
    assert hear().state == "received" and fresh(refund).status == "confirmed"
    assert hear().state == "acted" and owed(order) == TOTAL


def test_the_buyer_is_told_by_mail_and_on_its_pages_and_the_supplier_without_the_reason(
    world, desk, client, django_capture_on_commit_callbacks
):
    order, payment, refund = confirmed(world, desk)
    desk.bounce(refund.gateway_reference)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.ask_bounced()
        tasks.ask_bounced()
    (letter,) = mail.outbox
    assert letter.to == [world.buyer.email]
    assert "USD 3,000.00" in letter.subject
    for words in (order.reference, "still owed to you", "the card has expired or was closed", order.get_absolute_url()):
        assert words in letter.body, words
    client.force_login(world.buyer)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "came back" in page and "still owed to you" in page and "expired or was closed" in page
    page = client.get(payment.get_absolute_url()).content.decode()
    assert "Came back" in page and "still owed to you" in page
    client.force_login(world.seller)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "came back" in page and "expired" not in page
    again(fresh(refund), finance())
    client.force_login(world.buyer)
    assert "need do nothing" not in client.get(order.get_absolute_url()).content.decode()


def test_staff_see_it_with_its_reason_and_the_daily_close_names_it(world, desk, client):
    _order, _payment, refund = confirmed(world, desk)
    desk.bounce(refund.gateway_reference)
    tasks.ask_bounced()
    client.force_login(finance())
    page = client.get(reverse("admin:payments_refund_change", args=[refund.pk])).content.decode()
    assert "expired or was closed" in page and "Send by bank transfer" in page
    assert "Came back" in client.get(reverse("admin:payments_refund_changelist")).content.decode()
    books = SimpleNamespace(now=timezone.now(), age=lambda at: 0)
    (found,) = closing.sendings_end(books)
    assert "came back and nobody has looked" in found.sentence and "expired or was closed" in found.sentence


def test_sent_again_it_goes_to_the_card_under_a_new_key_once(world, desk):
    order, payment, refund = confirmed(world, desk)
    desk.bounce(refund.gateway_reference)
    tasks.ask_bounced()
    again(fresh(refund), finance())
    for _ in range(3):
        tasks.send_refunds()
    second = Refund.objects.get(status="confirmed")
    assert second.key != refund.key and (second.method, second.amount_minor) == ("card", TOTAL)
    assert len(desk.local(f"/v1/refunds?payment_intent={payment.gateway_reference}", "GET")["data"]) == 2
    assert owed(order) == 0
    tasks.ask_bounced()  # Stripe goes on naming the first
    assert (owed(order), Refund.objects.filter(status="failed").count()) == (0, 1)


def test_where_the_card_is_closed_it_goes_by_transfer_to_an_account_that_two_persons_let_out(world, desk, settings):
    use_files(settings)
    order, payment, refund = confirmed(world, desk)
    desk.bounce(refund.gateway_reference)
    tasks.ask_bounced()
    maker, checker, now = finance("maker"), finance("checker"), timezone.now()
    again(fresh(refund), maker, by_transfer=True)
    tasks.send_refunds()
    second = Refund.objects.get(status="sending")
    assert (second.method, second.payment_id, second.amount_minor) == ("tt", payment.id, TOTAL)
    with pytest.raises(actions.NothingToBatch):
        actions.make_batch(currency="USD", by=maker, now=now)
    assert "Name it at the refund" in fresh(second).why or "payment file" in fresh(second).why
    actions.name_sender_account(payment_id=payment.id, details=BUYER, by=maker, now=now)
    batch = actions.make_batch(currency="USD", by=maker, now=now)
    with pytest.raises(NotAllowed):
        actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=maker, now=now)
    actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=checker, now=now)
    actions.take_file(batch_id=batch.id, by=checker, now=now)
    actions.confirm_batch(batch_id=batch.id, by=checker, now=now)
    assert (fresh(second).status, owed(order)) == ("confirmed", 0)
    assert balance(chart.bank("USD")) == -TOTAL and balance(chart.clearing("card", "USD")) == CHARGE
    assert len(desk.local(f"/v1/refunds?payment_intent={payment.gateway_reference}", "GET")["data"]) == 1


def test_a_transfer_in_place_of_it_that_comes_back_is_a_transfer_again(world, desk, settings):
    settings.SANDBOX_BANK_DELAY = 60
    order, _payment, refund = confirmed(world, desk)
    desk.bounce(refund.gateway_reference)
    tasks.ask_bounced()
    staff = finance()
    again(fresh(refund), staff, by_transfer=True)
    (second,) = actions.send_refunds(order_id=order.id, now=timezone.now())
    actions.push_refund(refund_id=second.id, now=timezone.now())
    SandboxSending.objects.update(fails_because="account closed")
    second = actions.push_refund(refund_id=second.id, now=timezone.now() + stories.DAY)
    assert second.status == "failed"
    again(second, staff)
    (third,) = actions.send_refunds(order_id=order.id, now=timezone.now())
    assert (third.method, third.amount_minor) == ("tt", TOTAL)


def test_who_may_choose_and_when(world, desk, settings):
    order, _payment, refund = confirmed(world, desk)
    staff = finance()
    with pytest.raises(MovedOn):
        again(refund, staff, by_transfer=True)
    desk.bounce(refund.gateway_reference)
    tasks.ask_bounced()
    with pytest.raises(NotAllowed):
        again(refund, world.buyer, by_transfer=True)
    world.buyer.user_permissions.add(Permission.objects.get(codename="send_again"))
    with pytest.raises(NotAllowed, match="party"):
        again(refund, type(world.buyer).objects.get(pk=world.buyer.pk), by_transfer=True)
    gateways = settings.PAYMENT_GATEWAYS
    settings.PAYMENT_GATEWAYS = {method: path for method, path in gateways.items() if method != "tt"}
    with pytest.raises(Refused, match="not set up"):
        again(refund, staff, by_transfer=True)
    settings.PAYMENT_GATEWAYS = gateways
    again(refund, staff, by_transfer=True)
    with pytest.raises(MovedOn):
        again(refund, staff)
    payout = Payout(supplier=world.supplier, currency="USD", amount_minor=1)
    with pytest.raises((Refused, Payout.DoesNotExist)):
        again(payout, staff, by_transfer=True)
    assert [e.data.get("method") for e in Event.objects.about("order", order.id) if e.kind == "refund.let_again"] == [
        "tt"
    ]


def test_finance_chooses_it_in_the_admin_after_a_fresh_sign_in(world, desk, client):
    _order, _payment, refund = confirmed(world, desk)
    desk.bounce(refund.gateway_reference)
    tasks.ask_bounced()
    client.force_login(finance())
    address = reverse("admin:payments_refund_send_by_transfer", args=[refund.pk])
    assert client.get(address).status_code == 200
    answer = client.post(address)
    assert answer.status_code == 302 and "reauthenticate" in answer["Location"]
    assert fresh(refund).looked_at is None


@pytest.mark.django_db(transaction=True)
def test_reports_sweep_and_staff_at_once_owe_it_once(transactional_db, desk, client):
    world = stories.build_world()
    order, payment, refund = confirmed(world, desk)
    desk.bounce(refund.gateway_reference)
    for kind in ("refund.failed", "charge.refund.updated"):
        send(client, report(desk, refund, kind))
    first, second = Webhook.objects.order_by("id")
    at_once(lambda: hear(first), lambda: hear(second), tasks.ask_bounced, tasks.send_refunds)
    assert (fresh(refund).status, owed(order)) == ("failed", TOTAL)
    staff = finance()
    at_once(*[lambda: again(fresh(refund), staff) for _ in range(3)], tasks.send_refunds)
    at_once(*[tasks.send_refunds for _ in range(3)])
    Refund.objects.filter(status__in=("sending", "sent")).update(next_ask_at=timezone.now())
    tasks.send_refunds()
    made = desk.local(f"/v1/refunds?payment_intent={payment.gateway_reference}", "GET")["data"]
    assert len(made) == 2 and owed(order) == 0
    assert Refund.objects.filter(status="confirmed").count() == 1


class Crash(BaseException):
    """The process died here."""


@pytest.mark.parametrize(
    "point",
    [
        "payments.gateways.stripe.gateway.asked",  # before the call
        "payments.actions.pushing.bounce_refund",  # after it, before it is recorded
        "payments.actions.pushing._failed",  # while it is recorded
        "payments.actions.hearing._end",  # before the report is done with
    ],
)
def test_dying_while_it_comes_back_owes_it_once(world, desk, client, monkeypatch, point):
    order, _payment, refund = confirmed(world, desk)
    said = report(desk, refund)
    desk.bounce(refund.gateway_reference)
    send(client, said)

    def died(*arguments, **options):
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(point, died)
        with pytest.raises(Crash):
            hear()
    assert Webhook.objects.get().state == "received"
    assert owed(order) == (TOTAL if point.endswith("_end") else 0)
    tasks.hear_webhooks()
    tasks.ask_bounced()
    assert (Webhook.objects.get().state, fresh(refund).status, owed(order)) == ("acted", "failed", TOTAL)
