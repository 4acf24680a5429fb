"""Lists and the order's page say that a held payment is being checked, and until when (product.md §4)."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payments import actions
from payments.gateways import Outcome
from tests import stories
from tests.payments.conftest import DAY, NOW, pay, start
from tests.payments.fraud import approve, risk, suspicious
from trade_assurance.templatetags.ta import moment

pytestmark = pytest.mark.django_db
BEING_CHECKED, ON_ITS_WAY = "Payment being checked", "Payment on its way"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def html(client, name, *args) -> str:
    response = client.get(reverse(name, args=args), {"tab": "all"} if name == "portal:orders" else {})
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_a_held_payment_is_being_checked_until_its_time(world, client, settings, side):
    suspicious(world, settings)
    order = stories.placed(world, stories.simple_terms(3_000_00))
    payment = pay(order, world)
    client.force_login(getattr(world, side))
    listed = html(client, "orders:list" if side == "buyer" else "portal:orders")
    zone = getattr(world, side).timezone
    assert BEING_CHECKED in listed and ON_ITS_WAY not in listed
    assert moment(NOW + DAY, zone) in listed
    page = html(client, "orders:detail", order.reference)
    assert "Our staff check a payment" in page and moment(NOW + DAY, zone) in page
    if side == "buyer":
        assert "The money is with us, not covered yet" in page
        assert "Our staff are checking a payment" in page
    approve(payment, risk())
    assert BEING_CHECKED not in html(client, "orders:list" if side == "buyer" else "portal:orders")


def test_late_it_says_that_it_takes_longer_and_names_no_time_that_is_over(world, client, settings, clock):
    suspicious(world, settings)
    order = stories.placed(world)
    pay(order, world)
    clock.move_to(NOW + DAY)
    client.force_login(world.buyer)
    for page in (html(client, "orders:list"), html(client, "orders:detail", order.reference)):
        assert "It takes longer than we promise; our staff were told" in page
        assert f"y {moment(NOW + DAY, world.buyer.timezone)}" not in page


def test_a_payment_that_is_with_its_bank_is_on_its_way(world, client):
    order = stories.placed(world)
    payment = start(order, world, "online")
    actions.refresh(payment_id=payment.id, outcome=Outcome("pending", "r"), now=NOW)
    client.force_login(world.buyer)
    listed = html(client, "orders:list")
    assert ON_ITS_WAY in listed and BEING_CHECKED not in listed


def test_the_list_asks_no_question_more_for_held_payments(world, client, settings):
    client.force_login(world.buyer)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            html(client, "orders:list")
        return len(queries)

    orders = [stories.placed(world, stories.simple_terms(3_000_00)) for _ in range(3)]
    before = asked()
    suspicious(world, settings)
    client.force_login(world.buyer)
    for order in orders:
        pay(order, world)
    assert asked() == before
