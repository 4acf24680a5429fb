"""What a settlement or decision asks the sides to do with the goods before the money moves (Rulebook 21)."""

from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from disputes.models.dispute import Dispute
from orders.models import Order


class Performance(models.Model):
    """A return of the goods, or a replacement, that a case waits for; the award is paid or kept by how it goes."""

    class Kind(models.TextChoices):
        RETURN = "return", _lazy("Return")
        REPLACEMENT = "replacement", _lazy("Replacement")

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="performances")
    kind = models.CharField(max_length=11, choices=Kind)
    amount_minor = models.BigIntegerField("refunded when the goods are back, or if no replacement is sent")
    amounts = models.JSONField("by line: its id and its part of the amount")
    extra_minor = models.BigIntegerField("an inspection's fee, refunded with it", default=0)
    outcome = models.CharField("of the dispute when done", max_length=9)
    at_fault = models.CharField(max_length=8, choices=Order.Side, blank=True)
    freight_by = models.CharField("who pays the freight", max_length=8, choices=Order.Side, blank=True)
    wanted = models.TextField("what is to be sent", max_length=500, blank=True)
    began_at = models.DateTimeField()
    send_by_at = models.DateTimeField("sent with tracking by")
    warned_at = models.DateTimeField("told that it lapses in 24 hours", null=True, blank=True)
    carrier = models.CharField(max_length=80, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    check_by_at = models.DateTimeField("the receiver checks by", null=True, blank=True)
    contested_because = models.TextField(max_length=2000, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dispute"], condition=models.Q(ended_at__isnull=True), name="performance_one_at_a_time"
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="performance_not_negative"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} for {self.dispute}"

    @property
    def sender(self) -> str:
        """The side that sends the goods."""
        return Order.Side.BUYER if self.kind == self.Kind.RETURN else Order.Side.SUPPLIER
