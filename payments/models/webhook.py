"""What gateways report by themselves: each report stored before anything is done about it, each settlement once."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from payments.models.payment import Payment


class WebhookQuerySet(models.QuerySet):
    def locked(self, pk):
        """One report under a row lock, taken after everything that it is about."""
        return self.select_for_update(of=("self",)).get(pk=pk)

    def to_hear(self, now):
        """Stored and not yet acted on."""
        return self.filter(state=Webhook.State.RECEIVED, next_try_at__lte=now)

    def waiting_for_staff(self):
        """Nothing could be done about it, and nobody has looked."""
        return self.filter(state=Webhook.State.PARKED)


class Webhook(models.Model):
    """One signed report of a gateway. Of its body only named fields are kept, so no card's or person's data is."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        ACTED = "acted", "Acted on"
        IGNORED = "ignored", "Says nothing we act on"
        PARKED = "parked", "Waits for staff"
        SET_ASIDE = "set_aside", "Looked at and set aside"

    gateway = models.CharField(max_length=40)
    event = models.CharField("the gateway's id of it", max_length=200)
    kind = models.CharField("what it reports", max_length=100)
    said_at = models.DateTimeField("when the gateway says that it happened")
    body = models.JSONField("the fields of its body that we keep")
    digest = models.CharField("SHA-256 of the body as it came", max_length=64)
    received_at = models.DateTimeField()
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="webhooks")
    state = models.CharField(max_length=9, choices=State, default=State.RECEIVED)
    why = models.CharField("why it waits, or was set aside", max_length=500, blank=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = WebhookQuerySet.as_manager()

    class Meta:
        permissions = [("hear_webhook", "Can try a gateway's report again or set it aside")]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event"], name="webhook_once"),
            models.CheckConstraint(
                condition=~Q(state="received") | Q(next_try_at__isnull=False), name="webhook_received_is_heard"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("parked", "set_aside")) | ~Q(why=""), name="webhook_parked_has_why"
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="received"), name="webhook_to_hear"),
            models.Index(fields=["-id"], condition=Q(state="parked"), name="webhook_parked"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="said_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("gateway", "event", "kind", "said_at", "body", "digest", "received_at"),
            ),
            pgtrigger.Protect(
                name="end_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__state__in=("acted", "ignored"))
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.event}"


class GatewaySettlement(models.Model):
    """One payout of a gateway to our bank: booked once, or parked with the reason until it can be. Minor units."""

    class State(models.TextChoices):
        BOOKED = "booked", "Booked"
        PARKED = "parked", "Waits for staff"

    gateway = models.CharField(max_length=40)
    reference = models.CharField("the gateway's id of it", max_length=200)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField("what it sent to our bank")
    kept_minor = models.BigIntegerField("what it kept as its cost", default=0)
    state = models.CharField(max_length=6, choices=State)
    why = models.CharField("why it waits", max_length=500, blank=True)
    arrives_on = models.DateField("expected at our bank", null=True, blank=True)
    seen_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="settlement_once"),
            models.CheckConstraint(
                condition=Q(state="booked", booked_at__isnull=False)
                | Q(state="parked", booked_at__isnull=True) & ~Q(why=""),
                name="settlement_booked_or_why",
            ),
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(state="parked"), name="settlement_parked")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="booked_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__state="booked")
            ),
        ]

    def __str__(self):
        return f"{self.gateway} {self.reference}"
