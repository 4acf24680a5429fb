"""What is claimed: lines, reasons, wishes, and the amounts computed for them."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy

from disputes.models.dispute import Dispute
from orders.models import Line


class DisputedLine(models.Model):
    """A contract line in a dispute; one open dispute a line (Rulebook 13)."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="disputed_lines")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="disputed")
    cap_minor = models.BigIntegerField("of the claim's cap, this line's")
    awarded_minor = models.BigIntegerField("paid of it while the case goes on", default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(ended_at__isnull=True), name="line_in_one_open_dispute"
            ),
            models.UniqueConstraint(fields=["dispute", "line"], name="disputed_line_once"),
        ]

    def __str__(self):
        return f"{self.dispute}: {self.line}"

    @property
    def left_minor(self) -> int:
        """What can still be awarded for this line."""
        return self.cap_minor - self.awarded_minor


class Claim(models.Model):
    """What the claimant says of one line, and asks: one reason, its facts, its computed amount.

    A supplier's claim for its costs has no line (Rulebook 2).
    """

    class Reason(models.TextChoices):
        NON_SHIPMENT = "non_shipment", _lazy("Not shipped")
        NON_RECEIPT = "non_receipt", _lazy("Not received")
        LATE = "late", _lazy("Shipped late")
        SHORTAGE = "shortage", _lazy("Quantity short")
        QUALITY = "quality", _lazy("Quality not as agreed")
        WRONG = "wrong", _lazy("Wrong goods")
        PACKAGING = "packaging", _lazy("Packaging")
        DOCUMENTS = "documents", _lazy("Mandatory certificate missing")
        COST = "cost", _lazy("Supplier's cost of a cancelled order")

    class Wish(models.TextChoices):
        REFUND = "refund", _lazy("Refund")
        RETURN = "return", _lazy("Return the goods and refund")
        REPLACEMENT = "replacement", _lazy("Replacement")
        COMPENSATION = "compensation", _lazy("Compensation for the delay")

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="claims")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, blank=True, related_name="claims")
    reason = models.CharField(max_length=12, choices=Reason)
    wish = models.CharField(max_length=12, choices=Wish)
    agreed = models.TextField("what was agreed", max_length=2000)
    came = models.TextField("what came", max_length=2000)
    facts = models.JSONField("the figures that the amount is computed from")
    quantity = models.PositiveBigIntegerField("units claimed", default=0)
    computed_minor = models.BigIntegerField("by the remedy's formula")
    working = models.JSONField("the computation, step by step, in words and amounts")
    asked_minor = models.BigIntegerField("asked for, at most what was computed")
    cap_minor = models.BigIntegerField("of it covered")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispute", "line", "reason"], name="claim_once_a_reason"),
            models.CheckConstraint(
                condition=Q(asked_minor__gt=0, asked_minor__lte=F("computed_minor"), cap_minor__lte=F("asked_minor")),
                name="claim_within_computed",
            ),
        ]
        triggers = [pgtrigger.Protect(name="fixed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.get_reason_display()}: {self.asked_minor}"
