"""Files of bank statements as they came, and the statements in them; their entries are bank.BankEntry."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q


def kept_as(file: "StatementFile", name: str) -> str:
    """A random name: what the bank called the file is in the row."""
    return f"statements/{uuid.uuid4().hex}"


class StatementFileQuerySet(models.QuerySet):
    def locked(self, pk):
        return self.select_for_update(of=("self",)).get(pk=pk)

    def unfinished(self):
        """Files that were taken in and are not booked to their end."""
        return self.filter(status=StatementFile.Status.RECEIVED)


class StatementFile(models.Model):
    """A file as it came, known by its content. Complete when every entry is booked; refused whole, with the reason."""

    class Status(models.TextChoices):
        RECEIVED = "received", "Being booked"
        COMPLETE = "complete", "Booked"
        REFUSED = "refused", "Refused"

    sha256 = models.CharField("SHA-256 of its bytes", max_length=64, unique=True)
    name = models.CharField(max_length=200)
    size = models.BigIntegerField("bytes")
    content = models.FileField(upload_to=kept_as, max_length=200)
    kind = models.CharField(max_length=10, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.RECEIVED)
    why = models.CharField("why it was refused", max_length=500, blank=True)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField("booked or refused", null=True, blank=True)
    entries = models.PositiveIntegerField("entries in it", default=0)
    matched = models.PositiveIntegerField("matched to payments", default=0)
    suspended = models.PositiveIntegerField("to suspense", default=0)
    ours = models.PositiveIntegerField("sendings of ours, and what the bank took back", default=0)
    unknown = models.PositiveIntegerField("not known", default=0)
    known = models.PositiveIntegerField("known from other files", default=0)

    objects = StatementFileQuerySet.as_manager()

    class Meta:
        permissions = [("import_statement", "Can import bank statements")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="complete")
                | Q(
                    entries=models.F("matched")
                    + models.F("suspended")
                    + models.F("ours")
                    + models.F("unknown")
                    + models.F("known")
                ),
                name="statement_file_adds_up",
            ),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(why=""), name="statement_file_refused_has_why"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(status="received"), name="statement_file_unfinished")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("sha256", "size", "content"),
            ),
            pgtrigger.Protect(
                name="end_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__status="complete")
            ),
        ]

    def __str__(self):
        return self.name

    def summary(self) -> str:
        """One line of what became of it."""
        if self.status == self.Status.REFUSED:
            return f"{self.name}: refused: {self.why}"
        said = (
            f"{self.entries} entries, {self.matched} matched, {self.suspended} to suspense, {self.ours} of ours, "
            f"{self.unknown} not known, {self.known} known before"
        )
        return f"{self.name}: {'being booked: ' if self.status == self.Status.RECEIVED else ''}{said}"


class Statement(models.Model):
    """One statement or notification of a file. Amounts in minor units of its currency."""

    class Continuity(models.TextChoices):
        UNKNOWN = "unknown", "Cannot be said"
        FIRST = "first", "The first of this account"
        FOLLOWS = "follows", "Follows the former one"
        GAP = "gap", "Something is missing before it"
        OVERLAP = "overlap", "Tells again of days that were told"

    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="statements")
    position = models.PositiveIntegerField("in its file")
    account = models.CharField(max_length=34)
    currency = models.CharField(max_length=3)
    number = models.CharField("the bank's name of it", max_length=60, blank=True)
    page = models.CharField(max_length=10, blank=True)
    from_on = models.DateField(null=True, blank=True)
    to_on = models.DateField(null=True, blank=True)
    opening_minor = models.BigIntegerField(null=True, blank=True)
    closing_minor = models.BigIntegerField(null=True, blank=True)
    credits_minor = models.BigIntegerField(default=0)
    debits_minor = models.BigIntegerField(default=0)
    entry_count = models.PositiveIntegerField("entries", default=0)
    continuity = models.CharField(max_length=8, choices=Continuity, default=Continuity.UNKNOWN)
    missing_minor = models.BigIntegerField("its opening balance less the former closing one", default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "position"], name="statement_once_in_file"),
            models.CheckConstraint(
                condition=Q(opening_minor=None)
                | Q(closing_minor=None)
                | Q(closing_minor=models.F("opening_minor") + models.F("credits_minor") - models.F("debits_minor")),
                name="statement_balances",
            ),
        ]
        indexes = [models.Index(fields=["account", "currency", "-id"], name="statement_of_account")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.number or 'statement'} of {self.account}"

    @property
    def balances(self) -> bool | None:
        """Whether its entries lead from the opening to the closing balance; None where the bank names none."""
        return None if self.opening_minor is None or self.closing_minor is None else True
