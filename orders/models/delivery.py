"""What was shipped, what was received, and which part of escrow may not be released because of it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _lazy

from orders.models.contract import Line
from orders.models.order import Order


class ShipmentQuerySet(models.QuerySet):
    def counted(self):
        """Shipments that count as such: not those that risk staff found false."""
        return self.exclude(finding=Shipment.Finding.FALSE)

    def to_ask(self, now):
        """Shipments whose carrier is due to be asked where they are."""
        return self.filter(ask_at__lte=now)

    def to_judge(self):
        """Shipments whose rejected tracking waits for risk staff (Rulebook 8)."""
        return self.filter(tracking=Shipment.Tracking.REJECTED, finding="")

    def without_movement(self, now):
        """Shipments that no carrier has moved for the days of rule 8."""
        return self.filter(tracking=Shipment.Tracking.PENDING, unverified_at__lte=now)


class Shipment(models.Model):
    """A part or the whole of an order on its way, with the fact that its Incoterm names (Rulebook 7)."""

    class Tracking(models.TextChoices):
        NONE = "none", "No tracking number"
        PENDING = "pending", "Waiting for the carrier"
        VERIFIED = "verified", "Verified by the carrier"
        UNVERIFIED = "unverified", "Unverified"
        REJECTED = "rejected", "Rejected"

    class Finding(models.TextChoices):
        VALID = "valid", "Found valid"
        FALSE = "false", "Found false"

    class Transport(models.TextChoices):
        EXPRESS = "express", _lazy("Express courier")
        AIR = "air", _lazy("Air freight")
        SEA = "sea", _lazy("Sea freight")
        RAIL = "rail", _lazy("Rail")
        ROAD = "road", _lazy("Road, to the door")

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
    tracking_key = models.CharField("its letters and digits alone, to compare", max_length=60, blank=True)
    container_number = models.CharField("ISO 6346", max_length=11, blank=True)
    tracking = models.CharField("what the carrier's word is worth", max_length=10, choices=Tracking, default="none")
    carrier_code = models.CharField("the carrier, by the tracking service's name", max_length=60, blank=True)
    unverified_at = models.DateTimeField("unverified without a movement by then", null=True, blank=True)
    ask_at = models.DateTimeField("the carrier is asked again", null=True, blank=True)
    moved_at = models.DateTimeField("the carrier's last movement", null=True, blank=True)
    promised_on = models.DateField("delivery promised by the carrier", null=True, blank=True)
    rejected_at = models.DateTimeField(null=True, blank=True)
    rejected_because = models.CharField(max_length=300, blank=True)
    finding = models.CharField("what risk staff found of a rejected one", max_length=5, choices=Finding, blank=True)
    found_at = models.DateTimeField(null=True, blank=True)
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    found_because = models.CharField(max_length=300, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField("arrived at port or terminal", null=True, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="shipment_number_once"),
            models.CheckConstraint(
                condition=Q(finding="", found_at__isnull=True)
                | (~Q(finding="") & Q(found_at__isnull=False, found_by__isnull=False)),
                name="shipment_found_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="shipment_ask_due"),
            models.Index(fields=["unverified_at"], condition=Q(tracking="pending"), name="shipment_unverified_due"),
            models.Index(fields=["tracking_key"], condition=~Q(tracking_key=""), name="shipment_by_tracking_key"),
            models.Index(
                fields=["rejected_at"], condition=Q(tracking="rejected", finding=""), name="shipment_to_judge"
            ),
        ]
        permissions = [
            ("record_arrival", "Can record what a carrier says of a shipment"),
            ("judge_tracking", "Can say whether rejected tracking is valid or false"),
        ]

    def __str__(self):
        return f"{self.order} shipment {self.number}"

    @property
    def counts(self) -> bool:
        """Whether it is a shipment at all: not one that risk staff found false."""
        return self.finding != self.Finding.FALSE

    @property
    def is_tracked(self) -> bool:
        """Whether a carrier's word on it counts: unverified or rejected tracking is as good as none (Rulebook 8)."""
        return self.tracking not in (self.Tracking.UNVERIFIED, self.Tracking.REJECTED)


class TrackingReview(Shipment):
    """A shipment whose tracking was rejected, as risk staff have it in their queue."""

    class Meta:
        proxy = True
        verbose_name = "rejected tracking"
        verbose_name_plural = "rejected tracking"


class CarrierEvent(models.Model):
    """One thing that a carrier says of a shipment; read in the order of `at`, whatever the order it was heard in."""

    class Code(models.TextChoices):
        LABEL = "label", _lazy("Label created")
        PICKED_UP = "picked_up", _lazy("Handed to the carrier")
        ALONGSIDE = "alongside", _lazy("Placed alongside the vessel")
        ON_BOARD = "on_board", _lazy("Loaded on board")
        EXPORT_CLEARED = "export_cleared", _lazy("Cleared for export")
        IN_TRANSIT = "in_transit", _lazy("On its way")
        ARRIVED = "arrived", _lazy("Arrived at port or terminal")
        CUSTOMS = "customs", _lazy("At customs")
        OUT_FOR_DELIVERY = "out_for_delivery", _lazy("Out for delivery")
        DELIVERED = "delivered", _lazy("Delivered")
        EXCEPTION = "exception", _lazy("Trouble on the way")
        RETURNED = "returned", _lazy("Sent back")

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="events")
    key = models.CharField("the carrier's own, or made of what it says", max_length=64)
    code = models.CharField(max_length=16, choices=Code)
    at = models.DateTimeField("when it happened")
    utc_offset = models.SmallIntegerField("of the place, in minutes; none if the carrier told none", null=True)
    place = models.CharField(max_length=120, blank=True)
    country = models.CharField("ISO 3166", max_length=2, blank=True)
    words = models.CharField(max_length=300, blank=True)
    source = models.CharField("which service said so", max_length=20)
    heard_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "key"], name="carrier_event_once")]
        indexes = [models.Index(fields=["shipment", "at"], name="carrier_events_in_order")]
        triggers = [pgtrigger.Protect(name="told_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.get_code_display()} {self.at:%Y-%m-%d %H:%M}"


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
    inspected_quantity = models.PositiveBigIntegerField("units looked at", null=True, blank=True)
    critical_quantity = models.PositiveBigIntegerField("of these, with a critical defect", default=0)
    major_quantity = models.PositiveBigIntegerField("with a major defect", default=0)
    minor_quantity = models.PositiveBigIntegerField("with a minor defect", default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(inspected_quantity__isnull=True, critical_quantity=0, major_quantity=0, minor_quantity=0)
                | Q(inspected_quantity__gte=F("critical_quantity") + F("major_quantity") + F("minor_quantity")),
                name="receipt_defects_within_inspected",
            )
        ]

    def __str__(self):
        return f"{self.line}: {self.received_quantity} received"


class ReceiptPhoto(models.Model):
    """A photo taken where the goods arrived, before or with the receipt; evidence later, and never changed."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="receipt_photos")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt_photos")
    file = models.FileField(upload_to="receipts/%Y/%m/")
    preview = models.FileField(upload_to="receipts/%Y/%m/", blank=True)
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField("taken out before the receipt", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "sha256"], condition=Q(removed_at__isnull=True), name="receipt_photo_once"
            ),
        ]

    def __str__(self):
        return self.name


class LaterReceipt(models.Model):
    """A buyer's word that the goods came later than time confirmed, with its proof (Rulebook 11)."""

    class State(models.TextChoices):
        ASKED = "asked", _lazy("Waiting for staff")
        GRANTED = "granted", _lazy("Proven")
        REFUSED = "refused", _lazy("Not proven")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="later_receipts")
    received_on = models.DateField("in the buyer's timezone")
    words = models.CharField("what proves it", max_length=1000)
    proof = models.FileField(upload_to="receipts/%Y/%m/")
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=7, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(state="asked"), name="later_receipt_one_asked"),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at__isnull=True) | (~Q(state="asked") & Q(decided_at__isnull=False)),
                name="later_receipt_decided_once",
            ),
        ]
        permissions = [("judge_later_receipt", "Can say whether a later receipt is proven")]

    def __str__(self):
        return f"{self.order} received {self.received_on}"


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
