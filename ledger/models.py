"""The books: accounts and the transfers between them; a balance is debits minus credits (architecture.md §8)."""

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q, Sum

from trade_assurance.money import MAX_MINOR


class Kind(models.TextChoices):
    """The chart of accounts; there are no others without an ADR."""

    ESCROW = "escrow"
    REFUND_PAYABLE = "refund_payable"
    CHARGEBACKS = "chargebacks"
    SUPPLIER_PAYABLE = "supplier_payable"
    SUPPLIER_RECEIVABLE = "supplier_receivable"
    CLEARING = "clearing"
    BANK = "bank"
    SUSPENSE = "suspense"
    PROCESSING_FEES = "processing_fees"
    SERVICE_FEES = "service_fees"
    GATEWAY_COSTS = "gateway_costs"
    BANK_CHARGES = "bank_charges"
    WRITE_OFFS = "write_offs"
    OWN_FUNDS = "own_funds"


PER_ORDER = ("escrow", "refund_payable", "chargebacks")
PER_SUPPLIER = ("supplier_payable", "supplier_receivable")
NAMED = ("clearing", "bank", "suspense")
PLATFORM = ("processing_fees", "service_fees", "gateway_costs", "bank_charges", "write_offs", "own_funds")
GUARDED = PER_ORDER + PER_SUPPLIER
OWED = ("refund_payable", "supplier_payable")
# Assets and costs stand at zero or above, clearing swings, the others stand at zero or below.
ASSETS = ("chargebacks", "supplier_receivable", "bank", "gateway_costs", "bank_charges", "write_offs")


class AccountQuerySet(models.QuerySet):
    def of_order(self, order_id):
        return self.filter(order_id=order_id)

    def of_supplier(self, supplier_id):
        return self.filter(order_id=None, supplier_id=supplier_id)

    def owed(self):
        """Refunds and payouts that real money still has to follow, from the partial index."""
        return self.filter(kind__in=OWED, balance_minor__lt=0)


class Account(models.Model):
    """One place where money can be, in one currency. Guarded accounts store their balance and never cross zero."""

    Kind = Kind

    kind = models.CharField(max_length=24, choices=Kind)
    currency = models.CharField(max_length=3)
    order_id = models.BigIntegerField(null=True, blank=True)
    supplier_id = models.BigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=60, blank=True, default="")
    guarded = models.BooleanField()
    balance_minor = models.BigIntegerField(null=True, blank=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_id", "supplier_id", "kind", "currency", "name"],
                nulls_distinct=False,
                name="account_once",
            ),
            models.CheckConstraint(
                name="account_owner_fits_kind",
                condition=Q(kind__in=PER_ORDER, order_id__isnull=False, supplier_id=None, name="")
                | Q(kind__in=PER_SUPPLIER, order_id=None, supplier_id__isnull=False, name="")
                | Q(kind__in=NAMED, order_id=None, supplier_id=None) & ~Q(name="")
                | Q(kind__in=PLATFORM, order_id=None, supplier_id=None, name=""),
            ),
            models.CheckConstraint(
                name="account_guarded_by_kind",
                condition=Q(guarded=True, kind__in=GUARDED) | Q(guarded=False) & ~Q(kind__in=GUARDED),
            ),
            models.CheckConstraint(
                name="account_only_guarded_stores",
                condition=Q(guarded=True, balance_minor__isnull=False) | Q(guarded=False, balance_minor=None),
            ),
            models.CheckConstraint(
                name="account_never_crosses_zero",
                condition=Q(guarded=False)
                | Q(kind__in=("chargebacks", "supplier_receivable"), balance_minor__gte=0)
                | Q(kind__in=("escrow", "refund_payable", "supplier_payable"), balance_minor__lte=0),
            ),
        ]
        indexes = [
            models.Index(
                name="account_owed",
                fields=["kind"],
                condition=Q(kind__in=OWED, balance_minor__lt=0),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="account_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="account_identity_fixed",
                fields=["id", "kind", "currency", "order_id", "supplier_id", "name", "guarded"],
            ),
        ]

    def __str__(self):
        owner = next((str(part) for part in (self.order_id, self.supplier_id, self.name) if part), "")
        return ":".join(part for part in (self.kind, owner, self.currency) if part)


class TransferQuerySet(models.QuerySet):
    def of_order(self, order_id):
        """An order's transfers in the order in which they were written."""
        return self.filter(order_id=order_id).order_by("id")

    def touching(self, account_id):
        return self.filter(Q(debit_id=account_id) | Q(credit_id=account_id))

    def total_minor(self):
        """Sum of the amounts; the caller has narrowed it to one currency."""
        return self.aggregate(total=Sum("amount_minor"))["total"] or 0


class Transfer(models.Model):
    """An amount moved from the credited to the debited account. Written once; the database refuses to change it."""

    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits")
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kind = models.SlugField(max_length=40, db_index=False)
    order_id = models.BigIntegerField(null=True, blank=True)
    supplier_id = models.BigIntegerField(null=True, blank=True)
    key = models.CharField(max_length=200)
    at = models.DateTimeField()
    entry = models.CharField(max_length=200, blank=True, default="")

    objects = TransferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="transfer_key_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_above_zero"),
            models.CheckConstraint(condition=Q(amount_minor__lte=MAX_MINOR * 100), name="transfer_in_range"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_two_accounts"),
            models.CheckConstraint(condition=~Q(key=""), name="transfer_has_key"),
        ]
        indexes = [
            models.Index(fields=["order_id"], name="transfer_order", condition=Q(order_id__isnull=False)),
            BrinIndex(fields=["at"], name="transfer_at"),
        ]
        triggers = [
            pgtrigger.Protect(name="transfer_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="transfer_one_currency",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="written"),
                func="""
                    IF EXISTS (SELECT FROM written JOIN ledger_account account ON account.id = written.debit_id
                               WHERE account.currency <> written.currency)
                    OR EXISTS (SELECT FROM written JOIN ledger_account account ON account.id = written.credit_id
                               WHERE account.currency <> written.currency) THEN
                        RAISE EXCEPTION 'a transfer and both its accounts must have one currency';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.amount_minor} {self.currency} ({self.key})"


class RollupQuerySet(models.QuerySet):
    def at_end_of(self, day):
        """The newest row of each account up to the end of a day: its balance then."""
        newest = self.filter(day__lte=day).order_by("kind", "name", "currency", "-day")
        return newest.distinct("kind", "name", "currency")


class Rollup(models.Model):
    """What the accounts of one kind, name and currency moved on one day (UTC), and where they stood at its end.

    All orders' escrow is one row a day here, so nothing has to add up a million accounts. `ledger.rollup` keeps it.
    """

    kind = models.CharField(max_length=24, choices=Kind)
    name = models.CharField(max_length=60, blank=True, default="")
    currency = models.CharField(max_length=3)
    day = models.DateField()
    debit_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField("debits less credits up to the end of the day")

    objects = RollupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "name", "currency", "day"], name="rollup_once_a_day"),
            models.CheckConstraint(condition=Q(debit_minor__gte=0, credit_minor__gte=0), name="rollup_above_zero"),
        ]

    def __str__(self):
        return f"{':'.join(filter(None, (self.kind, self.name, self.currency)))} {self.day}"


class RollupMark(models.Model):
    """How far the rollup has come: every transfer up to this id is in it, none after it. One row."""

    transfer_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="rollup_mark_is_one")]

    def __str__(self):
        return f"up to transfer {self.transfer_id}"


class ProofRun(models.Model):
    """One proof of every money invariant and what it found; payouts read the last one (quality.md §1)."""

    at = models.DateTimeField()
    proved = models.PositiveIntegerField("invariants proved")
    breaches = models.PositiveIntegerField("breaches found")
    sentences = models.JSONField("the first of them", default=list)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="proof_run_at")]
        triggers = [pgtrigger.Protect(name="proof_run_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"proof of {self.at:%Y-%m-%d %H:%M} UTC"

    @property
    def holds(self) -> bool:
        """Whether nothing was broken."""
        return self.breaches == 0
