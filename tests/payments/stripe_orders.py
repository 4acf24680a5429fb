"""Verbs for paying through Stripe in tests. Stripe's clock is the real one, so these orders live now."""

import uuid
from datetime import datetime, timedelta

from django.utils import timezone

from payments import actions
from payments.models import Payment
from tests import stories

TOTAL, CHARGE = 3_000_00, 3_088_50  # the price, and with the card's fee


def placed(world, total_minor=TOTAL, currency="USD", now=None):
    """An order with one instalment that is due in ten days."""
    now = now or timezone.now()
    due = (now + timedelta(days=10)).date().isoformat()
    contract = stories.simple_terms(total_minor, currency, due_on=due, ship_by_on=None, lead_days=20)
    return stories.placed(world, contract, now=now)


def intend(order, world, method="card", now=None) -> Payment:
    """Only the intent, as it is committed before the gateway is called."""
    return actions.start_payment(
        order_id=order.id,
        instalment_number=1,
        method=method,
        key=uuid.uuid4(),
        by=world.buyer,
        now=now or timezone.now(),
    )


def start(order, world, method="card", now=None) -> Payment:
    payment = intend(order, world, method, now)
    actions.open_at_gateway(payment_id=payment.id, now=now or timezone.now())
    return fresh(payment)


def ask(payment, now: datetime | None = None) -> Payment:
    return actions.ask(payment_id=payment.id, now=now or timezone.now())


def paid(order, world, desk) -> Payment:
    """Paid by a good card on Stripe's page, and heard of."""
    payment = start(order, world)
    desk.pay(payment)
    return ask(payment)


def fresh(payment) -> Payment:
    return Payment.objects.get(pk=payment.pk)
