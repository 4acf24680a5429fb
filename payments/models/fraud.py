"""Fraud checks of payments, kept for ever, and where people were seen (product.md §4, "Fraud checks")."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from payments.models.payment import Payment


class CheckQuerySet(models.QuerySet):
    def locked(self, pk):
        """One check under a row lock; taken after the order's row and the payment's."""
        return self.select_for_update(of=("self",)).get(pk=pk)

    def held(self):
        """Payments that a person has to look at."""
        return self.filter(verdict=Check.Verdict.HELD)

    def to_alarm(self, now):
        """Held ones whose 24 h are over and of which nobody was told yet."""
        return self.held().filter(due_at__lte=now, alarmed_at__isnull=True)


class Check(models.Model):
    """The fraud check of one payment: which rules fired with which weight, and who decided what about it.

    `rules` is a list of {"name", "weight", "why"}, `crashed` names rules that could not be asked; both stay as they
    were on that day. `card` and `account` are hashes, for finding payments that share one.
    """

    class Verdict(models.TextChoices):
        CLEAR = "clear", "Clear"
        HELD = "held", "Held"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        REVERSED = "reversed", "Taken back by the bank"

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="fraud_check")
    score = models.PositiveIntegerField()
    threshold = models.PositiveIntegerField("threshold then")
    rules = models.JSONField("rules that fired", default=list)
    crashed = models.JSONField("rules that failed", default=list)
    card = models.CharField("hash of the card's fingerprint", max_length=64, blank=True)
    account = models.CharField("hash of the payer's account", max_length=64, blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict)
    at = models.DateTimeField()
    due_at = models.DateTimeField("to be reviewed by", null=True, blank=True)
    alarmed_at = models.DateTimeField("staff were told that it is overdue", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    objects = CheckQuerySet.as_manager()

    class Meta:
        verbose_name = "fraud check"
        permissions = [("review_payment", "Can approve or decline a payment that is held")]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="clear", due_at__isnull=True)
                | ~Q(verdict="clear") & Q(due_at__isnull=False, score__gte=F("threshold")),
                name="check_held_is_due",
            ),
            models.CheckConstraint(
                condition=Q(
                    verdict__in=("clear", "held"), reviewed_by__isnull=True, reviewed_at__isnull=True, reason=""
                )
                | Q(verdict__in=("approved", "declined"), reviewed_by__isnull=False, reviewed_at__isnull=False)
                & ~Q(reason="")
                | Q(verdict="reversed", reviewed_by__isnull=True, reviewed_at__isnull=False) & ~Q(reason=""),
                name="check_reviewed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(verdict="held"), name="check_held"),
            models.Index(fields=["card"], condition=~Q(card=""), name="check_card"),
            models.Index(fields=["account"], condition=~Q(account=""), name="check_account"),
            models.Index(fields=["at"], condition=~Q(rules=[]), name="check_fired"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "payment_id", "score", "threshold", "rules", "crashed", "card", "account", "at", "due_at"
                ),
            ),
            pgtrigger.Protect(
                name="end_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__verdict__in=("clear", "approved", "declined", "reversed")),
            ),
        ]

    def __str__(self):
        return f"fraud check, {self.payment}"


class SightingQuerySet(models.QuerySet):
    def recent(self, since):
        """Of people who were there after `since`."""
        return self.filter(last_at__gt=since)


class Sighting(models.Model):
    """A signed-in person was seen on a device or at an address. Only hashes are kept, and for a time."""

    class Kind(models.TextChoices):
        DEVICE = "device", "Device"
        ADDRESS = "address", "Address"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sightings")
    kind = models.CharField(max_length=7, choices=Kind)
    mark = models.CharField("hash of it", max_length=64)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = SightingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "mark"], name="sighting_once")]
        indexes = [
            models.Index(fields=["kind", "mark"], name="sighting_mark"),
            models.Index(fields=["last_at"], name="sighting_old"),
        ]

    def __str__(self):
        return f"{self.kind} of {self.user_id}"
