"""One attempt to pay an instalment, and what became of it."""

from datetime import datetime

import pgtrigger
import uuid_utils.compat as uuid
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy
from django_fsm import FSMField, transition

from orders.models import Instalment, Order
from orders.models.conditions import nobody
from payments.stored import said


class Method(models.TextChoices):
    CARD = "card", _lazy("Credit or debit card")
    ONLINE = "online", _lazy("Online bank payment")
    TT = "tt", _lazy("T/T, bank wire")


class PaymentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Payments of one's own orders; only the buyer sees them as pages, the supplier sees the order."""
        return self.filter(order__buyer=user) if user.is_authenticated else self.none()

    def locked(self, pk):
        """One payment under a row lock; taken after the order's row."""
        return self.select_for_update(of=("self",)).get(pk=pk)

    def live(self):
        """Payments that a gateway may still take money for."""
        return self.filter(status__in=(Payment.Status.STARTED, Payment.Status.PROCESSING))

    def on_the_way(self):
        """Payments that count as processing: the bank works on them, or they are being checked (Rulebook 3)."""
        return self.filter(status__in=(Payment.Status.PROCESSING, Payment.Status.HELD))

    def to_ask(self, now):
        """Payments whose gateway is to be asked again."""
        return self.live().filter(next_ask_at__lte=now)


class Payment(models.Model):
    """One payment for an instalment, in minor units. A transfer that was matched is one that has cleared at once.

    What arrived is split without a rest: to escrow, kept as fee, absorbed against bank charges, owed back as surplus.
    """

    class Status(models.TextChoices):
        STARTED = "started", "Started"
        PROCESSING = "processing", "Processing"
        HELD = "held", "Being checked"
        CLEARED = "cleared", "Cleared"
        FAILED = "failed", "Failed"

    public_id = models.UUIDField(default=uuid.uuid7, unique=True, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="payments")
    method = models.CharField(max_length=6, choices=Method)
    key = models.UUIDField("of the form that started it; the gateway's idempotency key too", unique=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField("for the instalment")
    fee_minor = models.BigIntegerField("processing fee on top", default=0)
    status = FSMField(default=Status.STARTED, choices=Status.choices, protected=True)
    gateway = models.CharField(max_length=40)
    gateway_reference = models.CharField("its reference, or the bank's entry", max_length=200, blank=True)
    url = models.CharField("the gateway's page for the customer", max_length=2000, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField()
    replaced_at = models.DateTimeField("another attempt took its place", null=True, blank=True)
    held_at = models.DateTimeField("its money waits in suspense for a check", null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    failed_because = models.CharField(max_length=300, blank=True)
    next_ask_at = models.DateTimeField("when the gateway is asked again", null=True, blank=True)
    asked = models.PositiveIntegerField("how often it was asked", default=0)

    # what it brought in
    cleared_minor = models.BigIntegerField("to escrow", default=0)
    borne_minor = models.BigIntegerField("gap that we bore", default=0)
    fee_kept_minor = models.BigIntegerField(default=0)
    absorbed_minor = models.BigIntegerField("small surplus, against bank charges", default=0)
    surplus_minor = models.BigIntegerField("owed back", default=0)
    # what of it was told to go back
    refunded_minor = models.BigIntegerField("of what cleared", default=0)
    surplus_returned_minor = models.BigIntegerField(default=0)
    fee_returned_minor = models.BigIntegerField(default=0)
    # what of it a card network has taken back, undecided or lost
    charged_back_minor = models.BigIntegerField("of what cleared, taken back", default=0)
    surplus_charged_back_minor = models.BigIntegerField(default=0)
    fee_charged_back_minor = models.BigIntegerField(default=0)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0, fee_minor__gte=0), name="payment_above_zero"),
            models.CheckConstraint(
                condition=~Q(status="cleared")
                | Q(cleared_at__isnull=False)
                & Q(
                    amount_minor=F("cleared_minor")
                    + F("fee_kept_minor")
                    + F("absorbed_minor")
                    + F("surplus_minor")
                    - F("fee_minor")
                ),
                name="payment_split_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(status="cleared")
                | Q(cleared_minor=0, fee_kept_minor=0, absorbed_minor=0, surplus_minor=0, borne_minor=0),
                name="payment_brings_when_cleared",
            ),
            models.CheckConstraint(
                condition=Q(
                    refunded_minor__gte=0,
                    surplus_returned_minor__gte=0,
                    fee_returned_minor__gte=0,
                    refunded_minor__lte=F("cleared_minor"),
                    surplus_returned_minor__lte=F("surplus_minor"),
                    fee_returned_minor__lte=F("fee_kept_minor"),
                ),
                name="payment_refunds_within",
            ),
            models.CheckConstraint(
                condition=Q(
                    charged_back_minor__gte=0,
                    surplus_charged_back_minor__gte=0,
                    fee_charged_back_minor__gte=0,
                    cleared_minor__gte=F("refunded_minor") + F("charged_back_minor"),
                    surplus_minor__gte=F("surplus_returned_minor") + F("surplus_charged_back_minor"),
                    fee_kept_minor__gte=F("fee_returned_minor") + F("fee_charged_back_minor"),
                ),
                name="payment_goes_back_once",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("started", "processing")) | Q(next_ask_at__isnull=False),
                name="payment_live_is_asked",
            ),
            models.CheckConstraint(
                condition=~Q(status="held") | Q(held_at__isnull=False, next_ask_at__isnull=True),
                name="payment_held_since",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_ask_at"], condition=Q(status__in=("started", "processing")), name="payment_to_ask"
            ),
            models.Index(fields=["gateway_reference"], condition=~Q(gateway_reference=""), name="payment_at_gateway"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="held_money_is_here",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    """
                    OLD.held_at IS NOT NULL AND OLD.held_at IS DISTINCT FROM NEW.held_at
                    OR OLD.status = 'held' AND NEW.status NOT IN ('held', 'cleared', 'failed')
                    """
                ),
            ),
            pgtrigger.Protect(
                name="terms_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "order_id", "instalment_id", "method", "key", "currency", "amount_minor", "fee_minor", "gateway"
                ),
            ),
            pgtrigger.Protect(
                name="outcome_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    """
                    OLD.status IN ('cleared', 'failed') AND
                    (OLD.status, OLD.cleared_minor, OLD.borne_minor, OLD.fee_kept_minor, OLD.absorbed_minor,
                     OLD.surplus_minor, OLD.cleared_at, OLD.failed_at)
                    IS DISTINCT FROM
                    (NEW.status, NEW.cleared_minor, NEW.borne_minor, NEW.fee_kept_minor, NEW.absorbed_minor,
                     NEW.surplus_minor, NEW.cleared_at, NEW.failed_at)
                    """
                ),
            ),
        ]

    def __str__(self):
        return f"{self.get_method_display()} for {self.order}"

    def get_absolute_url(self):
        return reverse("payments:detail", args=[self.public_id])

    @transition(status, source=Status.STARTED, target=Status.PROCESSING, permission=nobody)
    def process(self):
        """The customer has done its part; the bank has not answered yet."""

    @transition(status, source=[Status.STARTED, Status.PROCESSING], target=Status.HELD, permission=nobody)
    def hold(self, *, now: datetime):
        """The money is here and waits in suspense until risk staff have looked at it."""
        self.held_at = now
        self.next_ask_at = None

    @transition(
        status, source=[Status.STARTED, Status.PROCESSING, Status.HELD], target=Status.CLEARED, permission=nobody
    )
    def clear(self, *, now: datetime):
        """The money is here. Final."""
        self.cleared_at = now
        self.next_ask_at = None

    @transition(
        status, source=[Status.STARTED, Status.PROCESSING, Status.HELD], target=Status.FAILED, permission=nobody
    )
    def fail(self, *, now: datetime, because: str):
        """Refused or given up at the gateway, or taken back by its bank while it was checked. Final."""
        self.failed_at, self.failed_because = now, because[:300]
        self.next_ask_at = None

    @property
    def because(self) -> str:
        """Why it failed, in the reader's language."""
        return said(self.failed_because)

    @property
    def is_final(self) -> bool:
        return self.status in (self.Status.CLEARED, self.Status.FAILED)

    @property
    def awaits_gateway(self) -> bool:
        """Whether its gateway has not said yet how it ends; it is asked."""
        return self.status in (self.Status.STARTED, self.Status.PROCESSING)

    @property
    def price_room_minor(self) -> int:
        """What of the price may still go back to this payment: not sent, and not taken by a card network."""
        return self.cleared_minor - self.refunded_minor - self.charged_back_minor

    @property
    def surplus_room_minor(self) -> int:
        return self.surplus_minor - self.surplus_returned_minor - self.surplus_charged_back_minor

    @property
    def fee_room_minor(self) -> int:
        return self.fee_kept_minor - self.fee_returned_minor - self.fee_charged_back_minor

    @property
    def total_minor(self) -> int:
        """What the buyer is charged: the amount with the fee on top."""
        return self.amount_minor + self.fee_minor
