"""Real money on its way out: what the ledger owed, told to go once (I7)."""

import re
import uuid
from datetime import date

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy

from ledger import chart
from orders.models import Order
from payments.models.payment import Method, Payment
from payments.return_reasons import told
from suppliers.models import Supplier
from trade_assurance import arrival, business_days


class Sending(models.TextChoices):
    """How far money that was told to go has come."""

    SENDING = "sending", _lazy("Being sent")
    SENT = "sent", _lazy("Sent")
    CONFIRMED = "confirmed", _lazy("Confirmed")
    FAILED = "failed", _lazy("Came back")


IN_FLIGHT = (Sending.SENDING, Sending.SENT)


class SendingQuerySet(models.QuerySet):
    def locked(self, pk):
        return self.select_for_update(of=("self",)).get(pk=pk)

    def to_push(self, now):
        """In flight, and its gateway is to be told or asked again."""
        return self.filter(status__in=IN_FLIGHT, next_ask_at__lte=now)

    def waiting_for_staff(self):
        """Came back, and nobody has looked at it: nothing more is sent there until somebody has."""
        return self.filter(status=Sending.FAILED, looked_at__isnull=True)


def _in_flight_asked(name):
    return models.CheckConstraint(
        condition=~Q(status__in=IN_FLIGHT) | Q(next_ask_at__isnull=False), name=f"{name}_in_flight_is_asked"
    )


def _triggers(*fixed):
    return [
        pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        pgtrigger.Protect(name="fixed", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(*fixed)),
        pgtrigger.Protect(
            name="end_stays",
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(
                "OLD.status IN ('confirmed', 'failed') AND OLD.status IS DISTINCT FROM NEW.status"
                " AND NOT (OLD.status = 'confirmed' AND NEW.status = 'failed')"  # it came back from the other bank
            ),
        ),
    ]


class Refund(models.Model):
    """A part of what is owed to a buyer, on its way back to one payment (Rulebook 22). Minor units."""

    name = "refund"  # of the gateway's call, of its events
    WITH = ("order",)  # what naming it needs

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    method = models.CharField(max_length=6, choices=Method)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    of_cleared_minor = models.BigIntegerField(default=0)
    of_surplus_minor = models.BigIntegerField(default=0)
    of_fee_minor = models.BigIntegerField(default=0)
    key = models.UUIDField("the gateway's idempotency key", unique=True, default=uuid.uuid4)
    status = models.CharField(max_length=9, choices=Sending, default=Sending.SENDING)
    gateway_reference = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_ask_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField("staff let it be sent again", null=True, blank=True)
    looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    next_method = models.CharField("how it goes next, by staff", max_length=6, choices=Method, blank=True)

    objects = SendingQuerySet.as_manager()

    class Meta:
        permissions = [("send_again", "Can let a refund or payout that came back be sent again")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    amount_minor__gt=0,
                    amount_minor=F("of_cleared_minor") + F("of_surplus_minor") + F("of_fee_minor"),
                ),
                name="refund_adds_up",
            ),
            _in_flight_asked("refund"),
        ]
        indexes = [
            models.Index(fields=["next_ask_at"], condition=Q(status__in=IN_FLIGHT), name="refund_to_push"),
        ]
        triggers = _triggers("order_id", "payment_id", "currency", "amount_minor", "key")

    def __str__(self):
        return f"refund {self.pk} of {self.order}"

    @property
    def subject(self) -> tuple[str, int]:
        """What its events are of."""
        return "order", self.order_id

    @property
    def payable(self) -> chart.Book:
        """Where it is owed again when it comes back."""
        return chart.refund_payable(self.order_id, self.currency)

    @property
    def booked_as(self) -> str:
        """The beginning of its transfers' keys."""
        return f"refund_sent:{self.pk}"

    @property
    def because(self) -> str:
        """Why it waits or came back, in words of the reader's language."""
        return told(self.why)

    @property
    def end_to_end(self) -> str:
        """Our reference at the bank."""
        return f"TA-R{self.pk}"

    @property
    def towards(self) -> str:
        return f"refund of {self.order}"

    @property
    def arrives_by(self) -> date:
        """The last business day on which it should be there (Rulebook 22)."""
        longest = max(int(days) for days in re.findall(r"\d+", self._span))
        return business_days.after(self.created_at, longest).date()

    @property
    def arrives_in(self) -> str:
        """How long it takes to arrive, in words: "3 to 7 business days" (Rulebook 22)."""
        return arrival.business_days(self._span)

    @property
    def _span(self) -> str:
        return dict(self.order.rulebook.refund_arrival_days)[self.method]


class PayoutQuerySet(SendingQuerySet):
    def visible_to(self, user):
        """Payouts of companies whose books this person keeps."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(supplier__members__user=user, supplier__members__role__in=("owner", "finance"))


class Payout(models.Model):
    """All that a supplier was owed in one currency at one moment, told to go in one sending. Minor units."""

    name = "payout"
    WITH = ("supplier",)
    method = Method.TT

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="payouts")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    key = models.UUIDField("the gateway's idempotency key", unique=True, default=uuid.uuid4)
    status = models.CharField(max_length=9, choices=Sending, default=Sending.SENDING)
    gateway_reference = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_ask_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField("staff let it be sent again", null=True, blank=True)
    looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = PayoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_above_zero"),
            _in_flight_asked("payout"),
        ]
        indexes = [
            models.Index(fields=["next_ask_at"], condition=Q(status__in=IN_FLIGHT), name="payout_to_push"),
            models.Index(fields=["supplier", "-id"], name="payout_of_supplier"),
        ]
        triggers = _triggers("supplier_id", "currency", "amount_minor", "key")

    def __str__(self):
        return f"payout {self.pk} to {self.supplier}"

    @property
    def subject(self) -> tuple[str, int]:
        """What its events are of."""
        return "supplier", self.supplier_id

    @property
    def payable(self) -> chart.Book:
        """Where it is owed again when it comes back."""
        return chart.supplier_payable(self.supplier_id, self.currency)

    @property
    def booked_as(self) -> str:
        """The beginning of its transfers' keys."""
        return f"payout:{self.pk}"

    @property
    def because(self) -> str:
        """Why it waits or came back, in words of the reader's language."""
        return told(self.why)

    @property
    def end_to_end(self) -> str:
        """Our reference at the bank."""
        return f"TA-P{self.pk}"

    @property
    def towards(self) -> str:
        return f"payout to {self.supplier}"


class PayoutLine(models.Model):
    """One transfer on the supplier's payable that a payout carries: releases add, fees and recourse take away."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="lines")
    transfer_id = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=40)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="payout_lines")
    amount_minor = models.BigIntegerField("signed: what it adds to the payout")

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.kind} {self.amount_minor}"
