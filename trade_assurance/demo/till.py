"""Paying in the demo: what a buyer, the pretend bank and its sweeps do, played at any hour."""

import uuid
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from django.conf import settings
from django.test.utils import override_settings

from ledger.models import Account
from orders.models import Instalment
from payments import actions
from payments.gateways.sandbox import bank
from payments.models import BankEntry, Method, Payment, Payout, Refund, SandboxCharge
from trade_assurance.refused import Refused

FILES_FROM = timedelta(days=8)  # before the present: what is sent by transfer since then waits for a payment file
FILES = "payments.gateways.files.gateway.Files"
OWN = {"holder": "Trade Assurance Escrow", "country": "US", "number": "000123456789", "bic": "CITIUS33"}
ELSEWHERE = "OTHER-0000-0000"  # an account that is none of ours


def by_files(is_so: bool = True) -> AbstractContextManager:
    """The time in which transfers leave in payment files, not by the pretend bank."""
    if not is_so:
        return nullcontext()
    own = {"USD": OWN | {"bank_name": "Bank of the demo"}}
    return override_settings(PAYMENT_GATEWAYS=settings.PAYMENT_GATEWAYS | {"tt": FILES}, PAYING_ACCOUNTS=own)


class Till:
    """Plays the senders of money and the sweeps that move it on, through the actions that pages and tasks call too."""

    def card(self, part: Instalment, *, now: datetime) -> Payment:
        """The buyer pays what is open of an instalment on the bank's page, and the card is charged at once."""
        payment = actions.start_payment(
            order_id=part.order_id,
            instalment_number=part.number,
            method=Method.CARD,
            key=uuid.uuid4(),
            by=part.order.buyer,
            now=now,
        )
        actions.open_at_gateway(payment_id=payment.id, now=now)
        SandboxCharge.objects.filter(key=payment.key).update(state=SandboxCharge.State.PAID)
        return actions.ask(payment_id=payment.id, now=now)

    def transfer(self, part: Instalment, amount_minor: int, *, now: datetime, charges_minor: int = 0) -> BankEntry:
        """A wire of `amount_minor` with the instalment's reference; banks on the way take the charges from it."""
        return self._wire(part, amount_minor, reference=part.rf_reference, charges_minor=charges_minor, now=now)

    def stray(self, part: Instalment, amount_minor: int, *, now: datetime) -> BankEntry:
        """A wire to the right account without a reference: it waits in suspense."""
        return self._wire(part, amount_minor, reference="lamps", charges_minor=0, now=now)

    def elsewhere(self, part: Instalment, amount_minor: int, *, now: datetime) -> None:
        """A wire to somebody else's account: never on our statement, never covered."""
        bank.send_transfer(
            account_number=ELSEWHERE,
            currency=part.order.currency,
            amount_minor=amount_minor,
            reference=part.rf_reference,
            payer_name=part.order.buyer.display_name,
            now=now,
        )

    def _wire(self, part: Instalment, amount_minor: int, *, reference: str, charges_minor: int, now) -> BankEntry:
        order = part.order
        sent = bank.send_transfer(
            account_number=order.supplier.designated_account.number,
            currency=order.currency,
            amount_minor=amount_minor,
            charges_minor=charges_minor,
            reference=reference,
            payer_name=order.buyer.display_name,
            now=now,
        )
        return bank.report(transfer_id=sent.id, now=now)

    # The sweeps of payments.tasks, at the hour that is played ---------------------------------------------------------

    def sweep(self, now: datetime, *, in_files: bool = False) -> None:
        """Everything that the sweeps would have done by now, but returning what nobody matched."""
        with by_files(in_files):
            self._sweep(now)

    def _sweep(self, now: datetime) -> None:
        for due in bank.unsettled():
            bank.settle(**due, now=now)
        self.push(now=now)
        for account in self._owed(Account.Kind.REFUND_PAYABLE):
            self._try(actions.send_refunds, order_id=account.order_id, now=now)
        for account in self._owed(Account.Kind.SUPPLIER_PAYABLE):
            self._try(actions.send_payout, supplier_id=account.supplier_id, currency=account.currency, now=now)
        self.push(now=now)

    def push(self, *, now: datetime) -> None:
        """Tell the bank of refunds and payouts, or ask how they stand."""
        for refund_id in list(Refund.objects.to_push(now).order_by("id").values_list("id", flat=True)):
            actions.push_refund(refund_id=refund_id, now=now)
        for payout_id in list(Payout.objects.to_push(now).order_by("id").values_list("id", flat=True)):
            actions.push_payout(payout_id=payout_id, now=now)

    def _owed(self, kind: str) -> list[Account]:
        return list(Account.objects.owed().filter(kind=kind).order_by("id"))

    def _try(self, action, **arguments) -> None:
        try:
            action(**arguments)
        except Refused:
            return  # it waits, as it would for the sweep
