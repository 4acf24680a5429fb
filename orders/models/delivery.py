"""What was shipped, what was received, and which part of escrow may not be released because of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum

from orders.models.contract import Line
from orders.models.order import Order


class Shipment(models.Model):
    """A part or the whole of an order on its way, with the fact that its Incoterm names (Rulebook 7)."""

    class Transport(models.TextChoices):
        EXPRESS = "express", "Express courier"
        AIR = "air", "Air freight"
        SEA = "sea", "Sea freight"
        RAIL = "rail", "Rail"
        ROAD = "road", "Road, to the door"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    number = models.PositiveSmallIntegerField()
    key = models.UUIDField("of the form that made it", unique=True)
    transport = models.CharField(max_length=8, choices=Transport)
    fact = models.CharField("what counts as shipped", max_length=60)
    dispatched_on = models.DateField("date of the fact, in the contract's timezone")
    dispatched_at = models.DateTimeField()
    carrier = models.CharField(max_length=80)
    document = models.CharField("bill of lading, waybill or receipt number", max_length=60)
    tracking_number = models.CharField(max_length=60, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField("arrived at port or terminal", null=True, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="shipment_number_once")]
        permissions = [("record_arrival", "Can record what a carrier says of a shipment")]

    def __str__(self):
        return f"{self.order} shipment {self.number}"


class ShipmentLine(models.Model):
    """How much of a contract line a shipment holds."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="shipments")
    quantity = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_above_zero"),
        ]

    def __str__(self):
        return f"{self.quantity} of {self.line}"


class Receipt(models.Model):
    """The buyer's word, or that of time, that the goods are there."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="receipt")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_automatic = models.BooleanField(default=False)

    def __str__(self):
        return f"receipt of {self.order}"


class ReceiptLine(models.Model):
    """How a contract line arrived; received, short and rejected add up to what was agreed."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="lines")
    line = models.OneToOneField(Line, on_delete=models.PROTECT, related_name="receipt")
    received_quantity = models.PositiveBigIntegerField()
    short_quantity = models.PositiveBigIntegerField(default=0)
    rejected_quantity = models.PositiveBigIntegerField(default=0)
    note = models.CharField(max_length=1000, blank=True)

    def __str__(self):
        return f"{self.line}: {self.received_quantity} received"


class HoldQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at__isnull=True)

    def marked(self):
        """Holds for goods marked short or rejected at receipt."""
        return self.filter(reason__in=(Hold.Reason.SHORT, Hold.Reason.REJECTED))

    def held_minor(self) -> int:
        """What they hold together, minor units."""
        return self.aggregate(minor=Sum("amount_minor"))["minor"] or 0


class Hold(models.Model):
    """An amount of escrow that may not be released. Release and clocks read holds alone."""

    class Reason(models.TextChoices):
        SHORT = "short", "Marked short at receipt"
        REJECTED = "rejected", "Rejected at receipt"
        DISPUTED = "disputed", "Disputed"
        CHARGED_BACK = "charged_back", "Charged back"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    reason = models.CharField(max_length=12, choices=Reason)
    amount_minor = models.BigIntegerField("held now")
    wanted_minor = models.BigIntegerField("to be held; more than is held when escrow had not enough", default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted_minor__gt=0, amount_minor__gte=0, amount_minor__lte=F("wanted_minor")),
                name="hold_within_wanted",
            )
        ]
        indexes = [models.Index(fields=["order"], condition=Q(closed_at__isnull=True), name="hold_open")]

    def __str__(self):
        return f"{self.get_reason_display()}: {self.amount_minor}"
