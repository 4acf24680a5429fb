"""How a company is verified: its documents, each request to look at them, and what staff decided."""

import pgtrigger
import uuid_utils.compat as uuid
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy

from suppliers.models.company import Supplier


def stored_as(document, filename) -> str:
    """A random name without the sender's, where no web server looks."""
    return f"documents/{uuid.uuid4().hex}"


class DocumentQuerySet(models.QuerySet):
    def kept(self):
        """Those that the company has not taken out; staff see the others too."""
        return self.filter(removed_at__isnull=True)


class Document(models.Model):
    """A paper of the company, as it came. Its members and staff who verify see it, nobody else."""

    class Kind(models.TextChoices):
        LICENCE = "licence", _lazy("Business licence")
        TAX = "tax", _lazy("Tax registration")
        BANK = "bank", _lazy("Bank letter")
        EXPORT = "export", _lazy("Export licence")
        REPORT = "report", _lazy("Inspection report")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField("as its sender named it, made safe", max_length=150)
    content_type = models.CharField("by content", max_length=80)
    size = models.PositiveIntegerField("bytes")
    sha256 = models.CharField("SHA-256 of the original", max_length=64)
    file = models.FileField(upload_to=stored_as, max_length=100)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField("taken out by the company", null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "sha256"], condition=Q(removed_at__isnull=True), name="document_once_a_company"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=["removed_at"])
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.name}"


class VerificationQuerySet(models.QuerySet):
    def waiting(self):
        """Requests that nobody has answered."""
        return self.filter(outcome=Verification.Outcome.WAITING)

    def standing(self):
        """Those that the level rests on."""
        return self.filter(outcome=Verification.Outcome.ACCEPTED, ended_at__isnull=True)

    def expired(self, now):
        """Those that stand although their time is over."""
        return self.standing().filter(expires_at__lte=now)

    def to_remind(self, now):
        """Those whose company is to be told now that they end soon."""
        return self.standing().filter(remind_at__lte=now)


class Verification(models.Model):
    """One request to be verified, and its answer: a level until a day, or why not."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _lazy("Waiting for us")
        ACCEPTED = "accepted", _lazy("Accepted")
        REFUSED = "refused", _lazy("Refused")
        WITHDRAWN = "withdrawn", _lazy("Taken back")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="verifications")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    note = models.CharField("what the company says with it", max_length=500, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, default=Outcome.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField("why not, as the company reads it", max_length=1000, blank=True)
    level = models.CharField(max_length=12, choices=Supplier.Level, blank=True)
    inspected_on = models.DateField(null=True, blank=True)
    inspector = models.CharField(max_length=120, blank=True)
    report = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField("the next reminder that it ends", null=True, blank=True)
    ended_at = models.DateTimeField("no longer counts since", null=True, blank=True)

    objects = VerificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(outcome="waiting"), name="verification_asked_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(outcome="waiting", decided_at__isnull=True)
                | Q(~Q(outcome="waiting"), decided_at__isnull=False),
                name="verification_decided_or_waiting",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="accepted")
                | Q(level__in=("verified", "inspected"), expires_at__gt=F("decided_at"), decided_by__isnull=False),
                name="verification_accepted_to_a_level_until",
            ),
            models.CheckConstraint(
                condition=~Q(level="inspected")
                | Q(inspected_on__isnull=False, report__isnull=False) & ~Q(inspector=""),
                name="verification_on_site_has_a_report",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(reason=""), name="verification_refused_with_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at", "id"], condition=Q(outcome="waiting"), name="verification_waiting"),
            models.Index(
                fields=["expires_at"],
                condition=Q(outcome="accepted", ended_at__isnull=True),
                name="verification_to_expire",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(outcome="accepted", ended_at__isnull=True),
                name="verification_to_remind",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="asked_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("supplier", "asked_by", "asked_at", "note"),
            ),
            pgtrigger.Protect(
                name="decided_once",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__outcome="waiting")
                & (
                    pgtrigger.Q(old__outcome__df=pgtrigger.F("new__outcome"))
                    | pgtrigger.Q(old__level__df=pgtrigger.F("new__level"))
                    | pgtrigger.Q(old__expires_at__df=pgtrigger.F("new__expires_at"))
                    | pgtrigger.Q(old__decided_by__df=pgtrigger.F("new__decided_by"))
                    | pgtrigger.Q(old__reason__df=pgtrigger.F("new__reason"))
                    | pgtrigger.Q(old__report__df=pgtrigger.F("new__report"))
                    | pgtrigger.Q(old__ended_at__isnull=False)
                ),
            ),
        ]

    def __str__(self):
        return f"{self.supplier} ({self.get_outcome_display().lower()})"

    @property
    def is_waiting(self) -> bool:
        return self.outcome == self.Outcome.WAITING

    @property
    def stands(self) -> bool:
        return self.outcome == self.Outcome.ACCEPTED and self.ended_at is None
