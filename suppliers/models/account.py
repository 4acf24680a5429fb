"""The bank accounts of a supplier: where buyers pay for it, and where it is paid."""

from datetime import timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from suppliers.bank_details import BankDetails
from suppliers.models.company import Supplier
from trade_assurance.rulebook import CURRENT

ACCOUNT_WAIT = timedelta(hours=CURRENT.payout_account_hours)  # before a payout goes to a new account (quality.md §3)


class DesignatedAccount(models.Model):
    """The one virtual bank account that transfers for a supplier must be paid to; paid elsewhere is not covered."""

    supplier = models.OneToOneField(Supplier, on_delete=models.PROTECT, related_name="designated_account")
    bank_name = models.CharField(max_length=80)
    holder = models.CharField(max_length=120)
    number = models.CharField(max_length=34, unique=True)
    swift = models.CharField("SWIFT / BIC", max_length=11)

    def __str__(self):
        return f"{self.bank_name} {self.number}"


class PayoutAccountQuerySet(models.QuerySet):
    def standing(self):
        """Those that nobody took back before they counted."""
        return self.filter(withdrawn_at__isnull=True)

    def pending(self, now):
        """New ones that no payout goes to yet."""
        return self.standing().filter(valid_from_at__gt=now)

    def to_pay(self, currency: str, now):
        """Accounts that payouts in a currency go to at `now`, the one in force first.

        One for this currency counts before one for all; of several the newest.
        """
        found = self.standing().filter(valid_from_at__lte=now, currency__in=(currency, ""))
        return found.order_by("-currency", "-valid_from_at", "-id")

    def in_force(self, supplier_ids, currency: str, now) -> dict:
        """The account that each supplier is paid to in a currency at `now`, by supplier; some have none."""
        found = {}
        for account in self.filter(supplier__in=supplier_ids).to_pay(currency, now):
            found.setdefault(account.supplier_id, account)
        return found


class PayoutAccount(models.Model):
    """A bank account that a supplier is paid to, from 24 h after it was added until a newer one counts."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="payout_accounts")
    currency = models.CharField("for payouts in; empty is all", max_length=3, blank=True)
    holder = models.CharField(max_length=140)
    country = models.CharField("country of the bank", max_length=2)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    number = models.CharField("account number", max_length=34, blank=True)
    bic = models.CharField("BIC / SWIFT", max_length=11, blank=True)
    bank_name = models.CharField("bank", max_length=105, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    valid_from_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = PayoutAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from_at__gte=F("added_at") + ACCOUNT_WAIT), name="payout_account_waits_24_h"
            ),
            models.CheckConstraint(
                condition=~Q(iban="") & Q(number="") | Q(iban="") & ~Q(number="") & ~Q(bic=""),
                name="payout_account_is_one",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_by__isnull=False, withdrawn_at__lt=F("valid_from_at")),
                name="payout_account_withdrawn_in_time",
            ),
        ]
        indexes = [models.Index(fields=["supplier", "-valid_from_at"], name="payout_account_of_supplier")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["withdrawn_by", "withdrawn_at"]),
            ),
            pgtrigger.Protect(
                name="withdrawn_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.holder}, {self.details.masked}"

    @property
    def details(self) -> BankDetails:
        return BankDetails(self.holder, self.country, self.iban, self.number, self.bic, self.bank_name)
