"""A card charge that the cardholder contests at its bank: taken back at once, decided later (architecture.md §8)."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from orders.models import Hold, Order
from payments.models.payment import Payment


class ChargebackQuerySet(models.QuerySet):
    def locked(self, pk):
        """One chargeback under a row lock; taken after the order's row."""
        return self.select_for_update(of=("self",)).get(pk=pk)

    def open(self):
        """Undecided ones."""
        return self.filter(state=Chargeback.State.OPEN)

    def counting(self):
        """Open and lost ones: the network has this money."""
        return self.exclude(state=Chargeback.State.WON)


class Chargeback(models.Model):
    """What a network takes back of one payment, in minor units, split without a rest over what the payment brought.

    A part that was owed to the buyer already, and not yet sent, is not sent while the bank decides, and never if it
    decides for the buyer: the network has given it. What is `beyond` had been sent back before, or never came.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="chargebacks")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="chargebacks")
    gateway = models.CharField(max_length=40)
    gateway_reference = models.CharField("the network's case", max_length=200)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    of_cleared_minor = models.BigIntegerField("of the price", default=0)
    owed_cleared_minor = models.BigIntegerField("of it owed to the buyer already", default=0)
    of_surplus_minor = models.BigIntegerField("of the surplus, which is owed to the buyer", default=0)
    of_fee_minor = models.BigIntegerField("of the processing fee", default=0)
    owed_fee_minor = models.BigIntegerField("of it owed to the buyer already", default=0)
    beyond_minor = models.BigIntegerField("beyond what the payment had left", default=0)
    reason = models.CharField("the cardholder's reason", max_length=300, blank=True)
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="chargeback")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ChargebackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "gateway_reference"], name="chargeback_once"),
            models.CheckConstraint(
                condition=Q(
                    amount_minor__gt=0,
                    amount_minor=F("of_cleared_minor") + F("of_surplus_minor") + F("of_fee_minor") + F("beyond_minor"),
                ),
                name="chargeback_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    of_surplus_minor__gte=0,
                    beyond_minor__gte=0,
                    owed_cleared_minor__gte=0,
                    owed_fee_minor__gte=0,
                    owed_cleared_minor__lte=F("of_cleared_minor"),
                    owed_fee_minor__lte=F("of_fee_minor"),
                ),
                name="chargeback_parts_within",
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | ~Q(state="open") & Q(ended_at__isnull=False),
                name="chargeback_ended_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["order"], condition=Q(state="open"), name="chargeback_open"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "payment_id",
                    "order_id",
                    "gateway",
                    "gateway_reference",
                    "currency",
                    "amount_minor",
                    "reason",
                    "opened_at",
                ),
            ),
            pgtrigger.Protect(
                name="end_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'open' AND (OLD.state, OLD.ended_at) IS DISTINCT FROM (NEW.state, NEW.ended_at)"
                ),
            ),
        ]

    def __str__(self):
        return f"chargeback {self.gateway_reference}"

    @property
    def fresh_minor(self) -> int:
        """The part of the price that was not owed to the buyer: what the order has at stake."""
        return self.of_cleared_minor - self.owed_cleared_minor

    @property
    def owed_minor(self) -> int:
        """What of it was owed to the buyer and not sent: it waits, and is owed no more if this is lost."""
        return self.owed_cleared_minor + self.of_surplus_minor + self.owed_fee_minor
