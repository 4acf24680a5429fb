"""A bank that is played by people on its own pages: for trying things out and for tests. No real money moves."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_noop

from payments.gateways import Opened, Outcome, Unreachable
from payments.gateways.sandbox.models import SandboxCharge, SandboxSending

LATE = gettext_noop("it was not finished in time")
TAKEN_BACK = gettext_noop("the cardholder has it back from its bank")
OPEN_FOR = timedelta(hours=1)  # how long the pretend bank waits for its customer


def delay() -> timedelta:
    return timedelta(seconds=settings.SANDBOX_BANK_DELAY)


class Sandbox:
    """The gateway of card, online and T/T wherever no real one is set up."""

    name = "sandbox"

    def check(self, *, method: str, currency: str, total_minor: int) -> None:
        """The pretend bank takes every amount."""

    def start(self, payment, *, return_to: str, now: datetime) -> Opened:
        self._reach()
        charge, _is_new = SandboxCharge.objects.get_or_create(
            key=payment.key,
            defaults={
                "reference": secrets.token_urlsafe(18),
                "method": payment.method,
                "currency": payment.currency,
                "amount_minor": payment.total_minor,
                "merchant": f"{payment.order.reference}, {payment.instalment.label}"[:200],
                "return_to": return_to,
                "created_at": now,
            },
        )
        return Opened(reverse("sandbox:charge", args=[charge.reference]), charge.reference)

    def ask(self, payment, *, now: datetime) -> Outcome:
        self._reach()
        charge = SandboxCharge.objects.filter(key=payment.key).first()
        state = charge.state if charge else SandboxCharge.State.OPEN
        reference = charge.reference if charge else ""
        if state == SandboxCharge.State.ON_ITS_WAY:
            if now < charge.ends_at:
                return Outcome("pending", reference)
            state = SandboxCharge.State.REFUSED if charge.fails else SandboxCharge.State.PAID
        if state == SandboxCharge.State.PAID:
            return Outcome("cleared", reference)
        if state == SandboxCharge.State.REFUSED:
            return Outcome("failed", reference, charge.why)
        if now >= payment.started_at + OPEN_FOR:
            if charge:  # its page no longer takes an answer
                closed = SandboxCharge.objects.filter(
                    pk=charge.pk, state__in=(SandboxCharge.State.OPEN, SandboxCharge.State.THREE_D_SECURE)
                ).update(state=SandboxCharge.State.REFUSED, why=LATE)
                if not closed:
                    return Outcome("needs_customer", reference)
            return Outcome("failed", reference, LATE)
        return Outcome("needs_customer", reference)

    def refund(self, refund, *, now: datetime) -> Outcome:
        """Refused when the cardholder's bank has taken back what it would give."""
        with transaction.atomic():  # a contest of the same charge waits for this, or this for it
            charges = SandboxCharge.objects.select_for_update().filter(key=refund.payment.key, method=refund.method)
            charge = charges.first()
            return self._send(f"refund:{refund.key}", refund, now, charge)

    ask_refund = refund

    def payout(self, payout, *, now: datetime) -> Outcome:
        return self._send(f"payout:{payout.key}", payout, now)

    ask_payout = payout

    def give_back(self, entry, *, now: datetime) -> Outcome:
        return self._send(f"return:{entry.entry}:{entry.returns}", entry, now)

    def _send(self, key: str, what, now: datetime, charge: SandboxCharge | None = None) -> Outcome:
        """Send once for a key, however often it is told."""
        self._reach()
        taken_back = charge is not None and charge.left_minor < what.amount_minor
        values = {
            "reference": secrets.token_urlsafe(18),
            "currency": what.currency,
            "amount_minor": what.amount_minor,
            "arrives_at": now + delay(),
            "charge": charge,
            "fails_because": TAKEN_BACK if taken_back else "",
        }
        try:
            with transaction.atomic():
                sending = SandboxSending.objects.create(key=key, **values)
        except IntegrityError:
            SandboxSending.objects.filter(key=key).update(told=F("told") + 1)
            sending = SandboxSending.objects.get(key=key)
        if now < sending.arrives_at:
            return Outcome("pending", sending.reference)
        if sending.fails_because:
            return Outcome("failed", sending.reference, sending.fails_because)
        return Outcome("cleared", sending.reference)

    def _reach(self) -> None:
        if settings.SANDBOX_UNREACHABLE:
            raise Unreachable
