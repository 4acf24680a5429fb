"""What each night's closing found, kept as it was found (quality.md §1)."""

import pgtrigger
from django.db import models
from django.db.models import Q

from ledger.models import Account, ProofRun


class Level(models.TextChoices):
    """How much a finding matters, mildest first."""

    EXPLAINED = "explained", "Explained"
    LOOK = "look", "To look at"
    ALARM = "alarm", "Alarm"


class DailyCloseQuerySet(models.QuerySet):
    def latest_runs(self):
        """The newest closing of each day, newest day first."""
        return self.order_by("-day", "-run").distinct("day")


class DailyClose(models.Model):
    """One closing of a day: gateways, bank and ledger held against each other. Closing again adds another run."""

    class Verdict(models.TextChoices):
        CLEAN = "clean", "Clean"
        LOOK = "look", "To look at"
        ALARM = "alarm", "Alarm"

    day = models.DateField("day (UTC)")
    run = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    verdict = models.CharField(max_length=5, choices=Verdict)
    alarms = models.PositiveIntegerField(default=0)
    looks = models.PositiveIntegerField("to look at", default=0)
    proof = models.ForeignKey(ProofRun, on_delete=models.PROTECT, related_name="+")
    balances = models.JSONField("the books then", default=list)

    objects = DailyCloseQuerySet.as_manager()

    class Meta:
        verbose_name = "daily close"
        verbose_name_plural = "daily closes"
        constraints = [
            models.UniqueConstraint(fields=["day", "run"], name="close_run_once"),
            models.CheckConstraint(
                condition=Q(verdict="alarm", alarms__gt=0)
                | Q(verdict="look", alarms=0, looks__gt=0)
                | Q(verdict="clean", alarms=0, looks=0),
                name="close_verdict_fits",
            ),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        again = f", run {self.run}" if self.run > 1 else ""
        return f"Close of {self.day:%d %b %Y}{again}"


class CloseLine(models.Model):
    """One difference, or one named item that explains a balance. Amounts in minor units of its currency."""

    close = models.ForeignKey(DailyClose, on_delete=models.PROTECT, related_name="lines")
    check_name = models.CharField("check", max_length=20)
    level = models.CharField(max_length=9, choices=Level)
    currency = models.CharField(max_length=3, blank=True)
    subject = models.CharField("about", max_length=200, blank=True)
    sentence = models.CharField("what was found", max_length=600)
    expected_minor = models.BigIntegerField("should be", null=True, blank=True)
    found_minor = models.BigIntegerField("is", null=True, blank=True)
    age_days = models.PositiveIntegerField("days old", null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["close", "level"], name="close_line_level")]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return self.sentence


class ReceivableQuerySet(models.QuerySet):
    def owed_to_us(self):
        """Suppliers that owe us after the guarantee, from the partial index."""
        return self.filter(kind=Account.Kind.SUPPLIER_RECEIVABLE, balance_minor__gt=0)


class Receivable(Account):
    """What one supplier owes us in one currency after the guarantee paid for it: the ledger's account, read here."""

    objects = ReceivableQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name = "supplier that owes us"
        verbose_name_plural = "suppliers that owe us"

    def __str__(self):
        return f"supplier {self.supplier_id} owes {self.currency}"
