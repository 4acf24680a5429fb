"""What payment tests share: a world, a bank without delay, and verbs for paying."""

import uuid

import pytest

from payments import actions
from payments.gateways.sandbox.models import SandboxCharge
from tests import stories
from tests.payments import stripe_desk

world = stories.world  # the fixture
NOW, DAY, SECOND = stories.NOW, stories.DAY, stories.SECOND


@pytest.fixture(autouse=True)
def at_once(settings):
    settings.SANDBOX_BANK_DELAY = 0


def start(order, world, method="card", number=1, key=None, now=NOW):
    payment = actions.start_payment(
        order_id=order.id, instalment_number=number, method=method, key=key or uuid.uuid4(), by=world.buyer, now=now
    )
    actions.open_at_gateway(payment_id=payment.id, now=now)
    return payment


def play(payment, **values):
    SandboxCharge.objects.filter(key=payment.key).update(**values)


def pay(order, world, method="card", number=1, now=NOW):
    """Start, pay at the bank, and hear that it has cleared."""
    payment = start(order, world, method, number, now=now)
    play(payment, state="paid")
    return actions.ask(payment_id=payment.id, now=now)


def wire(order, number=1, now=NOW, amount_minor=None, entry=None, **changes):
    part = order.instalments.get(number=number)
    values = {
        "entry": entry or f"E-{uuid.uuid4().hex}",
        "account_number": order.supplier.designated_account.number,
        "currency": order.currency,
        "amount_minor": part.open_minor if amount_minor is None else amount_minor,
        "reference": part.rf_reference,
        "payer_name": order.buyer.company_name,
    } | changes
    return actions.record_bank_credit(credit=actions.Credit(**values), now=now)


@pytest.fixture(scope="session")
def localstripe():
    """A real HTTP server that speaks Stripe, for the whole run."""
    with stripe_desk.local_stripe() as address:
        yield address


@pytest.fixture
def desk(localstripe, settings):
    """Stripe, set up for cards and online payments; what it sends to our bank and contests is played on it."""
    opened = stripe_desk.Desk(localstripe)
    path = "payments.gateways.stripe.gateway.Stripe"
    settings.PAYMENT_GATEWAYS = settings.PAYMENT_GATEWAYS | {"card": path, "online": path}
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = stripe_desk.KEY, [stripe_desk.SECRET]
    settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT = opened.url, 5
    yield opened
    opened.close()
