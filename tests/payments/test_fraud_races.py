"""Two reviewers at once, and two answers of a gateway at once: one effect (quality.md §2)."""

import pytest

from ledger import chart
from ledger.actions import balance
from payments import actions
from payments.gateways import Outcome
from payments.models import Check, Payment
from tests import stories
from tests.payments.conftest import NOW, pay, play, start
from tests.payments.fraud import approve, check_of, decline, risk, suspicious
from tests.payments.test_races import at_once
from trade_assurance.refused import MovedOn

pytestmark = pytest.mark.django_db(transaction=True)
CHARGE = 3_088_50


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


def test_of_two_reviewers_at_once_one_decides(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = pay(order, world)
    one, other = risk("one"), risk("other")
    said = at_once(lambda: approve(payment, one), lambda: decline(payment, other))
    assert sum(isinstance(each, MovedOn) for each in said) == 1
    verdict = check_of(payment).verdict
    assert verdict in ("approved", "declined")
    payment = Payment.objects.get(pk=payment.pk)
    brought = (3_000_00, 88_50, 0) if verdict == "approved" else (0, 0, CHARGE)
    assert (payment.cleared_minor, payment.fee_kept_minor, payment.surplus_minor) == brought
    assert (balance(chart.suspense("USD", "card")), stories.fresh(order).processing_payments) == (0, 0)


def test_two_answers_at_once_hold_a_payment_once(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = start(order, world)
    play(payment, state="paid")
    at_once(
        *[lambda: actions.refresh(payment_id=payment.id, outcome=Outcome("cleared", "r"), now=NOW) for _ in range(4)]
    )
    assert Payment.objects.get(pk=payment.pk).status == Payment.Status.HELD
    assert (Check.objects.count(), stories.fresh(order).processing_payments) == (1, 1)
    assert balance(chart.suspense("USD", "card")) == -CHARGE
