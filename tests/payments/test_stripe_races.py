"""Reports, the return to our page, sweeps and people at the same moment, on real connections: one effect."""

import pytest
from django.test import Client
from django.utils import timezone

from ledger import chart
from ledger.actions import balance
from ledger.models import Transfer
from orders import actions as order_actions
from payments import actions, tasks
from payments.models import Payment, Refund, Webhook
from tests import stories
from tests.payments.stripe_orders import CHARGE, TOTAL, ask, fresh, paid, placed, start
from tests.payments.test_races import at_once
from tests.payments.test_stripe_webhooks import about, event, hear, send
from trade_assurance.refused import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


def refunds_at(desk, payment) -> list:
    return desk.local(f"/v1/refunds?payment_intent={payment.gateway_reference}", "GET")["data"]


def reported(desk, payment, *kinds) -> list[Webhook]:
    """Reports about a payment, stored and not heard yet."""
    for kind in kinds:
        assert send(Client(), event(kind, about(payment, desk))).status_code == 200
    return list(Webhook.objects.order_by("id"))


def cleared_once(order):
    assert stories.fresh(order).cleared_minor == TOTAL
    assert balance(chart.clearing("card", "USD")) == CHARGE
    assert Transfer.objects.filter(order_id=order.id, kind="clear").count() == 1


@pytest.mark.parametrize("times", range(2))
def test_report_return_page_and_sweep_clear_one_payment_once(world, desk, times):
    order = placed(world)
    payment = start(order, world)
    desk.pay(payment)
    (webhook,) = reported(desk, payment, "checkout.session.completed")
    Payment.objects.filter(pk=payment.pk).update(next_ask_at=timezone.now())
    buyer = Client()
    buyer.force_login(world.buyer)
    results = at_once(
        lambda: hear(webhook),
        lambda: buyer.get(f"{payment.get_absolute_url()}?back=1").status_code,
        tasks.ask_gateways,
        lambda: ask(payment),
    )
    assert results[1] == 200 and not any(isinstance(result, Refused) for result in results)
    cleared_once(order)


def test_two_reports_at_once_and_the_same_one_posted_at_once(world, desk):
    order = placed(world)
    payment = start(order, world)
    desk.pay(payment)
    said = event("checkout.session.completed", about(payment, desk))
    answers = at_once(*[lambda: send(Client(), said).status_code for _ in range(4)])
    assert answers == [200] * 4 and Webhook.objects.count() == 1
    first, second = reported(desk, payment, "payment_intent.succeeded")
    at_once(lambda: hear(first), lambda: hear(second), lambda: hear(first), tasks.hear_webhooks)
    assert set(Webhook.objects.values_list("state", flat=True)) == {"acted"}
    cleared_once(order)


def test_two_people_press_go_to_the_bank_at_once(world, desk):
    payment = start(placed(world), world)
    Payment.objects.filter(pk=payment.pk).update(url="", gateway_reference="")
    urls = at_once(*[lambda: actions.open_at_gateway(payment_id=payment.id, now=timezone.now()) for _ in range(3)])
    assert len(set(urls)) == len(desk.sessions) == 1 and fresh(payment).url == urls[0]


@pytest.mark.parametrize("times", range(2))
def test_sweeps_of_refunds_and_a_report_send_it_once(world, desk, times):
    order = placed(world)
    payment = paid(order, world, desk)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=timezone.now())
    thing = {"id": "ch_1Desk", "payment_intent": payment.gateway_reference}
    send(Client(), event("charge.refunded", thing))
    webhook = Webhook.objects.latest("id")
    at_once(tasks.send_refunds, lambda: hear(webhook), tasks.send_refunds, tasks.send_refunds)
    Refund.objects.filter(status__in=("sending", "sent")).update(next_ask_at=timezone.now())
    tasks.send_refunds()
    (refund,) = Refund.objects.all()
    assert (refund.status, refund.amount_minor) == ("confirmed", TOTAL)
    assert [made["amount"] for made in refunds_at(desk, payment)] == [TOTAL]
    assert balance(chart.refund_payable(order.id, "USD")) == 0


@pytest.mark.parametrize("times", range(3))
def test_cancelling_and_the_report_of_the_payment_lose_no_money(world, desk, times):
    order = placed(world)
    payment = start(order, world)
    desk.pay(payment)
    (webhook,) = reported(desk, payment, "checkout.session.completed")

    def cancel():
        return order_actions.cancel(order_id=order.id, by=world.buyer, now=timezone.now())

    at_once(lambda: hear(webhook), cancel, tasks.ask_gateways)
    order, payment = stories.fresh(order), fresh(payment)
    assert (order.status, payment.status) == ("cancelled", "cleared")
    owed = -balance(chart.refund_payable(order.id, "USD"))
    assert order.escrow_minor == 0 and owed in (TOTAL, CHARGE)  # the fee too, when it came for a closed order
    at_once(tasks.send_refunds, tasks.send_refunds)
    Refund.objects.filter(status__in=("sending", "sent")).update(next_ask_at=timezone.now())
    tasks.send_refunds()
    assert [made["amount"] for made in refunds_at(desk, payment)] == [owed]


@pytest.mark.parametrize("times", range(2))
def test_reports_of_a_case_and_the_sweep_open_and_end_it_once(world, desk, times):
    order = placed(world)
    payment = paid(order, world, desk)
    case = desk.contest(payment.gateway_reference, CHARGE, status="lost")
    for kind in ("charge.dispute.created", "charge.dispute.closed"):
        send(Client(), event(kind, case))
    first, second = Webhook.objects.order_by("id")
    at_once(lambda: hear(first), lambda: hear(second), tasks.ask_contested)
    assert list(order.chargebacks.values_list("state", "amount_minor")) == [("lost", CHARGE)]
    assert balance(chart.clearing("card", "USD")) == 0
