"""Money that arrived at our bank, entry by entry, and what became of each (Rulebook 5, 6)."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from payments.models.payment import Payment


class BankEntryQuerySet(models.QuerySet):
    def locked(self, pk):
        """One entry under a row lock; taken after the order's row."""
        return self.select_for_update(of=("self",)).get(pk=pk)

    def in_suspense(self):
        return self.filter(status=BankEntry.Status.SUSPENSE)

    def to_return(self, now):
        """Unmatched money whose 14 days are over."""
        return self.in_suspense().filter(return_at__lte=now)

    def to_push(self, now):
        """Entries on their way back to the sender that the bank is to be asked about."""
        return self.filter(status=BankEntry.Status.RETURNING, next_ask_at__lte=now)


class BankEntry(models.Model):
    """A credit on our bank's statement, in minor units. Matched to one payment, in suspense, or sent back."""

    class Status(models.TextChoices):
        MATCHED = "matched", "Matched"
        SUSPENSE = "suspense", "In suspense"
        RETURNING = "returning", "On its way back to the sender"
        RETURNED = "returned", "Returned to the sender"

    entry = models.CharField("the bank's entry id", max_length=100, unique=True)
    account_number = models.CharField(max_length=34)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    charges_minor = models.BigIntegerField("charges that the statement names", default=0)
    reference = models.CharField("what the payer wrote", max_length=200, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    arrived_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status)
    why = models.CharField("why it is in suspense", max_length=500, blank=True)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_entry")
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    return_at = models.DateTimeField("goes back to the sender unless matched", null=True, blank=True)
    returns = models.PositiveSmallIntegerField("how often it was told to go back", default=0)
    next_ask_at = models.DateTimeField(null=True, blank=True)
    asked = models.PositiveIntegerField(default=0)

    objects = BankEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "bank entries"
        permissions = [("match_entry", "Can match money in suspense to an instalment")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0, charges_minor__gte=0), name="entry_above_zero"),
            models.CheckConstraint(
                condition=Q(status="matched", payment__isnull=False) | ~Q(status="matched") & Q(payment__isnull=True),
                name="entry_matched_has_payment",
            ),
            models.CheckConstraint(
                condition=~Q(status="suspense") | Q(return_at__isnull=False) & ~Q(why=""),
                name="entry_in_suspense_has_why",
            ),
        ]
        indexes = [
            models.Index(fields=["return_at"], condition=Q(status="suspense"), name="entry_to_return"),
            models.Index(fields=["next_ask_at"], condition=Q(status="returning"), name="entry_to_push"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="statement_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "entry",
                    "account_number",
                    "currency",
                    "amount_minor",
                    "charges_minor",
                    "reference",
                    "payer_name",
                    "arrived_at",
                ),
            ),
            pgtrigger.Protect(
                name="end_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=("matched", "returned")),
            ),
        ]

    def __str__(self):
        return f"{self.entry} {self.get_status_display().lower()}"
