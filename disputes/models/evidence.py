"""Files that prove something: kept as they came, appended, never changed."""

import pgtrigger
import uuid_utils.compat as uuid
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from disputes.models.dispute import Dispute


def stored_as(evidence, filename) -> str:
    """A random name without the sender's: names of files say too much, and may hold slashes."""
    return f"evidence/{uuid.uuid4().hex}"


class Evidence(models.Model):
    """One file of one side, or of staff. `number` is its number in the case file (Rulebook 16)."""

    class Side(models.TextChoices):
        BUYER = "buyer", _lazy("Buyer")
        SUPPLIER = "supplier", _lazy("Supplier")
        STAFF = "staff", _lazy("Staff")

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="evidence")
    number = models.PositiveSmallIntegerField("in the case file")
    side = models.CharField(max_length=8, choices=Side)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField("of the upload, so that a repeated one counts once", unique=True)
    name = models.CharField("as its sender named it, made safe", max_length=150)
    note = models.CharField("what it shows", max_length=500, blank=True)
    content_type = models.CharField("by content", max_length=80)
    size = models.PositiveIntegerField("bytes")
    sha256 = models.CharField("SHA-256 of the original", max_length=64)
    file = models.FileField(upload_to=stored_as, max_length=100)
    preview = models.FileField("re-encoded, without metadata", upload_to=stored_as, max_length=100, blank=True)
    is_rebuttal = models.BooleanField("answers the other side's evidence", default=False)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispute", "number"], name="evidence_number_once"),
            models.UniqueConstraint(fields=["dispute", "side", "sha256"], name="evidence_file_once_a_side"),
        ]
        indexes = [models.Index(fields=["sha256"], name="evidence_by_sha256")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        verbose_name_plural = "evidence"

    def __str__(self):
        return f"{self.dispute} file {self.number}"
