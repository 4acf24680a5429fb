"""A bank that is reached by files: our accounts, people of finance, accounts to pay to, and what waits to leave."""

from django.contrib.auth.models import Group

from orders import actions as order_actions
from payments import actions
from payments.models import Payout, Refund
from suppliers import actions as supplier_actions
from suppliers.bank_details import BankDetails
from tests import stories
from tests.payments.conftest import DAY, NOW, wire

FILES = "payments.gateways.files.gateway.Files"
OWN = {
    currency: {"holder": "Trade Assurance Ltd", "iban": "GB82WEST12345698765432", "bic": "WESTGB22"}
    for currency in ("USD", "EUR", "JPY", "KWD")
}
LAMPS = BankDetails("Lümenworks & Co", "DE", iban="DE89370400440532013000")
HONG_KONG = BankDetails("Lumenworks HK", "HK", number="123-456789-838", bic="HSBCHKHHHKH", bank_name="HSBC")
BUYER = BankDetails("Northline", "NZ", number="12-3456-0123456-00", bic="ANZBNZ22", bank_name="ANZ")
PAID_AT = NOW + 20 * DAY


def use_files(settings):
    settings.PAYMENT_GATEWAYS = settings.PAYMENT_GATEWAYS | {"tt": FILES}
    settings.PAYING_ACCOUNTS = OWN


def finance(name="maker"):
    user = stories.person(f"{name}@staff.test", is_staff=True)
    user.groups.add(Group.objects.get(name="finance"))
    return user


def account(world, details=LAMPS, *, now=NOW, currency=""):
    return supplier_actions.add_payout_account(
        supplier_id=world.supplier.id, details=details, currency=currency, second_factor=True, by=world.seller, now=now
    )


def owed_to_supplier(world, total_minor=10_000_00, currency="USD"):
    order = stories.placed(world, stories.simple_terms(total_minor, currency))
    wire(order)
    return stories.then_received(stories.fresh(order), world)


def payout(world, currency="USD", *, now=PAID_AT) -> Payout:
    """A supplier's payout that waits for a file."""
    made = actions.send_payout(supplier_id=world.supplier.id, currency=currency, now=now)
    return actions.push_payout(payout_id=made.id, now=now)


def refund(world, currency="USD", total_minor=10_000_00) -> Refund:
    """A refund by transfer that waits for a file."""
    order = stories.placed(world, stories.simple_terms(total_minor, currency))
    wire(order)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    (made,) = actions.send_refunds(order_id=order.id, now=NOW)
    return actions.push_refund(refund_id=made.id, now=NOW)


def known(refund, by, details=BUYER):
    """Finance knows where the money of a refund came from."""
    return actions.name_sender_account(payment_id=refund.payment_id, details=details, by=by, now=NOW)


def released(maker, checker, currency="USD", now=PAID_AT):
    batch = actions.make_batch(currency=currency, by=maker, now=now)
    return actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=checker, now=now)
