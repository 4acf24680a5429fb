"""Money that arrived at our bank, entry by entry, and what became of each (Rulebook 5, 6)."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from payments.models.payment import Payment
from payments.models.sending import Payout, Refund
from payments.models.statement import Statement

CREDIT = ("matched", "suspense", "returning", "returned", "reversed", "ours", "split", "settled", "charge", "own")
DEBIT = ("ours", "reversal", "unknown", "settled", "charge", "own")
UNDECIDED = ("suspense", "unknown")


class BankEntryQuerySet(models.QuerySet):
    def locked(self, pk):
        """One entry under a row lock; taken after the order's row."""
        return self.select_for_update(of=("self",)).get(pk=pk)

    def in_suspense(self):
        return self.filter(status=BankEntry.Status.SUSPENSE)

    def undecided(self):
        """What finance can still decide about: money in suspense, and debits that are not known."""
        return self.filter(status__in=UNDECIDED)

    def to_return(self, now):
        """Unmatched money whose 14 days are over; see `goes_back_by_itself`."""
        return self.in_suspense().filter(return_at__lte=now, gateway="", is_return=False, is_reversal=False)

    def to_push(self, now):
        """Entries on their way back to the sender that the bank is to be asked about."""
        return self.filter(status=BankEntry.Status.RETURNING, next_ask_at__lte=now)


class BankEntry(models.Model):
    """A movement on our bank's statement, in minor units.

    A credit is matched to one payment, in suspense, sent back, taken back by the bank, a sending of ours that came
    back, or what a card processor paid out. A debit is a sending of ours that left, a whole file of them, money on
    its way back to its sender, a credit that the bank took back, or not known: then staff look, and book what is a bank
    charge or our own money.
    """

    class Direction(models.TextChoices):
        CREDIT = "credit", "Credit"
        DEBIT = "debit", "Debit"

    class Status(models.TextChoices):
        MATCHED = "matched", "Matched"
        SUSPENSE = "suspense", "In suspense"
        RETURNING = "returning", "On its way back to the sender"
        RETURNED = "returned", "Returned to the sender"
        REVERSED = "reversed", "Taken back by the bank"
        OURS = "ours", "A sending of ours"
        REVERSAL = "reversal", "Takes a credit back"
        UNKNOWN = "unknown", "Not known"
        SPLIT = "split", "Split into parts"
        SETTLED = "settled", "Paid out by a gateway"
        CHARGE = "charge", "A bank charge"
        OWN = "own", "Our own money"

    entry = models.CharField("the bank's entry id", max_length=100, unique=True)
    account_number = models.CharField(max_length=34)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    charges_minor = models.BigIntegerField("charges that the statement names", default=0)
    reference = models.CharField("what the payer wrote", max_length=200, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    arrived_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status)
    why = models.CharField("why it is so", max_length=500, blank=True)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_entry")
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    return_at = models.DateTimeField("goes back to the sender unless matched", null=True, blank=True)
    returns = models.PositiveSmallIntegerField("how often it was told to go back", default=0)
    next_ask_at = models.DateTimeField(null=True, blank=True)
    asked = models.PositiveIntegerField(default=0)
    # what a statement file adds
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    direction = models.CharField(max_length=6, choices=Direction, default=Direction.CREDIT)
    booked_on = models.DateField("booked by the bank", null=True, blank=True)
    value_on = models.DateField("value date", null=True, blank=True)
    bank_reference = models.CharField("the bank's reference", max_length=60, blank=True, default="")
    end_to_end_id = models.CharField("end-to-end id", max_length=60, blank=True, default="")
    batch = models.CharField("batch that it is a part of", max_length=60, blank=True, default="")
    other_account = models.CharField("account of the other side", max_length=34, blank=True, default="")
    is_reversal = models.BooleanField("the bank undoes an entry", default=False)
    is_return = models.BooleanField("a sending that came back", default=False)
    reversal_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversals", verbose_name="takes back"
    )
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_entries", verbose_name="our refund"
    )
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_entries", verbose_name="our payout"
    )
    payout_batch = models.ForeignKey(
        "payments.PayoutBatch",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bank_entries",
        verbose_name="our payment file",
    )
    return_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="left", verbose_name="sends back"
    )
    gateway = models.CharField("card processor that it is of, by its words", max_length=40, blank=True, default="")
    settlement = models.OneToOneField(
        "payments.GatewaySettlement",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bank_entry",
        verbose_name="payout of the processor",
    )
    # what the desk adds
    split_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="a part of"
    )

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
            models.CheckConstraint(
                condition=Q(direction="credit", status__in=CREDIT) | Q(direction="debit", status__in=DEBIT),
                name="entry_status_fits_direction",
            ),
            models.CheckConstraint(condition=~Q(status="unknown") | ~Q(why=""), name="entry_not_known_has_why"),
            models.CheckConstraint(
                condition=Q(status="settled", settlement__isnull=False) & ~Q(gateway="")
                | ~Q(status="settled") & Q(settlement__isnull=True),
                name="entry_settled_has_payout",
            ),
        ]
        indexes = [
            models.Index(fields=["return_at"], condition=Q(status="suspense"), name="entry_to_return"),
            models.Index(fields=["next_ask_at"], condition=Q(status="returning"), name="entry_to_push"),
            models.Index(fields=["bank_reference"], condition=~Q(bank_reference=""), name="entry_bank_reference"),
            models.Index(fields=["end_to_end_id"], condition=~Q(end_to_end_id=""), name="entry_end_to_end"),
            models.Index(fields=["batch"], condition=~Q(batch=""), name="entry_batch"),
            models.Index(fields=["id"], condition=Q(status="unknown"), name="entry_not_known"),
            models.Index(fields=["id"], condition=~Q(gateway=""), name="entry_of_gateway"),
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
                    "direction",
                    "statement",
                    "bank_reference",
                    "end_to_end_id",
                    "split_of",
                ),
            ),
            pgtrigger.Protect(
                name="end_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(
                    old__status__in=(
                        "matched",
                        "returned",
                        "reversed",
                        "ours",
                        "reversal",
                        "split",
                        "settled",
                        "charge",
                        "own",
                    )
                ),
            ),
        ]

    def __str__(self):
        return f"{self.entry} {self.get_status_display().lower()}"

    @property
    def goes_back_by_itself(self) -> bool:
        """Whether it has a sender that gets it back; a card processor's payout and what came back to us have none."""
        return not (self.gateway or self.is_return or self.is_reversal)

    @property
    def attempt(self) -> str:
        """Its name in the books when it is sent back; a second try after the money came back has its own."""
        return self.entry if self.returns <= 1 else f"{self.entry}#{self.returns}"

    @property
    def end_to_end(self) -> str:
        """Our reference of it on its way back to its sender, which the bank's statement names when it has left."""
        return f"TA-E{self.pk}"

    @property
    def whole(self) -> "BankEntry":
        """The entry of the statement that this is, or is a part of."""
        entry = self
        while entry.split_of_id:
            entry = entry.split_of
        return entry
