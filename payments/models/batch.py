"""Payment files for the bank: what one batch sends, who made and who released it, and the file itself."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q

from payments.models.payment import Payment
from payments.models.sending import Payout, Refund
from suppliers.bank_details import BankDetails


def _person(**more):
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **more)


class SenderAccount(models.Model):
    """Where a transfer came from, as finance staff found out: a refund of it goes back there. The newest counts."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="sender_accounts")
    holder = models.CharField(max_length=140)
    country = models.CharField("country of the bank", max_length=2)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    number = models.CharField("account number", max_length=34, blank=True)
    bic = models.CharField("BIC / SWIFT", max_length=11, blank=True)
    bank_name = models.CharField("bank", max_length=105, blank=True)
    named_by = _person()
    named_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(iban="") & Q(number="") | Q(iban="") & ~Q(number="") & ~Q(bic=""),
                name="sender_account_is_one",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.holder}, {self.details.masked}"

    @property
    def details(self) -> BankDetails:
        return BankDetails(self.holder, self.country, self.iban, self.number, self.bic, self.bank_name)


class PayoutBatchQuerySet(models.QuerySet):
    def locked(self, pk):
        """One batch under a row lock; taken before its refunds and payouts, never while an order is held."""
        return self.select_for_update(of=("self",)).get(pk=pk)


class PayoutBatch(models.Model):
    """Refunds and payouts by transfer in one file for the bank: one person makes it, another releases that file."""

    class State(models.TextChoices):
        MADE = "made", "Waits for a second person"
        RELEASED = "released", "Released"
        SENT = "sent", "With the bank"
        CONFIRMED = "confirmed", "Ended"
        DROPPED = "dropped", "Dropped"

    message_id = models.CharField(max_length=35, unique=True)
    currency = models.CharField(max_length=3)
    execute_on = models.DateField("the bank is to execute it on")
    count = models.PositiveIntegerField("transfers")
    total_minor = models.BigIntegerField()
    digest = models.CharField("SHA-256 of what it sends", max_length=64)
    file = models.BinaryField()
    file_sha256 = models.CharField("SHA-256 of the file", max_length=64)
    state = models.CharField(max_length=9, choices=State, default=State.MADE)
    made_by = _person()
    made_at = models.DateTimeField()
    released_by = _person(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    sent_by = _person(null=True, blank=True)
    sent_at = models.DateTimeField("file first taken", null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    dropped_by = _person(null=True, blank=True)
    dropped_because = models.CharField(max_length=300, blank=True)

    objects = PayoutBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "payment file"
        permissions = [
            ("make_batch", "Can make a payment file"),
            ("release_batch", "Can release a payment file that somebody else made, and take it to the bank"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(released_by=F("made_by")), name="batch_two_persons"),
            models.CheckConstraint(
                condition=Q(state__in=("made", "dropped")) | Q(released_by__isnull=False, released_at__isnull=False),
                name="batch_sent_was_released",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("sent", "confirmed")) | Q(sent_by__isnull=False, sent_at__isnull=False),
                name="batch_sent_says_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | Q(dropped_by__isnull=False) & ~Q(dropped_because=""),
                name="batch_dropped_has_why",
            ),
            models.CheckConstraint(condition=Q(count__gt=0, total_minor__gt=0), name="batch_sends_something"),
            models.CheckConstraint(
                condition=Q(
                    file_sha256=Func(
                        F("file"), template="encode(sha256(%(expressions)s), 'hex')", output_field=models.CharField()
                    )
                ),
                name="batch_hash_is_of_its_file",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "message_id",
                    "currency",
                    "execute_on",
                    "count",
                    "total_minor",
                    "digest",
                    "file",
                    "file_sha256",
                    "made_by",
                    "made_at",
                ),
            ),
            pgtrigger.Protect(
                name="released_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.released_by_id IS NOT NULL AND OLD.released_by_id IS DISTINCT FROM NEW.released_by_id"
                ),
            ),
            pgtrigger.Protect(
                name="steps",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('made', 'released'), "
                    "('made', 'dropped'), ('released', 'dropped'), ('released', 'sent'), ('sent', 'confirmed'))"
                ),
            ),
        ]

    def __str__(self):
        return self.message_id


class BatchItem(models.Model):
    """One transfer of a batch, with the account as it stood when the batch was made."""

    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="items")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="batch_items")
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="batch_items")
    end_to_end = models.CharField("our reference", max_length=35)
    amount_minor = models.BigIntegerField()
    holder = models.CharField(max_length=140)
    country = models.CharField(max_length=2)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    number = models.CharField("account number", max_length=34, blank=True)
    bic = models.CharField("BIC / SWIFT", max_length=11, blank=True)
    bank_name = models.CharField("bank", max_length=105, blank=True)
    is_dropped = models.BooleanField(default=False)

    class Meta:
        verbose_name = "transfer"
        constraints = [
            models.CheckConstraint(
                condition=Q(refund__isnull=False, payout__isnull=True) | Q(refund__isnull=True, payout__isnull=False),
                name="item_is_one",
            ),
            models.UniqueConstraint(fields=["refund"], condition=Q(is_dropped=False), name="refund_in_one_batch"),
            models.UniqueConstraint(fields=["payout"], condition=Q(is_dropped=False), name="payout_in_one_batch"),
            models.UniqueConstraint(fields=["batch", "end_to_end"], name="item_once_a_batch"),
        ]
        indexes = [models.Index(fields=["end_to_end"], name="item_by_reference")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=["is_dropped"])
            ),
            pgtrigger.Protect(
                name="dropped_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.is_dropped AND NOT NEW.is_dropped"),
            ),
        ]

    def __str__(self):
        return self.end_to_end

    @property
    def sending(self) -> Refund | Payout:
        return self.refund or self.payout

    @property
    def details(self) -> BankDetails:
        return BankDetails(self.holder, self.country, self.iban, self.number, self.bic, self.bank_name)
