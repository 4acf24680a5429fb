"""The contract: its versions, and the lines and instalments that the accepted one brings to life."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy

from orders.models.order import Order
from orders.terms import BEFORE_SHIPMENT, DUE_BEFORE, Terms


class ReferenceRateQuerySet(models.QuerySet):
    def usd_per_unit(self, currency: str, on):
        """Dollars for one unit of `currency` by the newest rate up to `on`; None if there is none."""
        row = self.filter(currency=currency, on__lte=on).order_by("-on").first()
        return row.usd_per_unit if row else None


class ReferenceRate(models.Model):
    """A dated rate for thresholds and limits, kept by finance. Money itself is never converted."""

    currency = models.CharField(max_length=3)
    on = models.DateField()
    usd_per_unit = models.DecimalField(max_digits=18, decimal_places=9)

    objects = ReferenceRateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "on"], name="rate_once_a_day"),
            models.CheckConstraint(condition=Q(usd_per_unit__gt=0), name="rate_above_zero"),
        ]

    def __str__(self):
        return f"{self.currency} {self.on}"


class VersionQuerySet(models.QuerySet):
    def sent(self):
        return self.filter(sent_at__isnull=False)

    def working(self):
        """The draft that a side is still writing; at most one an order."""
        return self.filter(sent_at__isnull=True)

    def newest(self):
        """The version that was sent last, or None."""
        return self.sent().order_by("-number").first()

    def signed(self):
        """Versions that both sides have accepted."""
        return self.filter(buyer_accepted_at__isnull=False, supplier_accepted_at__isnull=False)

    def in_force(self):
        """The contract as it stands: the last version that both sides have accepted, or None."""
        return self.signed().order_by("-number").first()

    def open_amendments(self):
        """Amendments that were sent and wait for an answer; at most one an order."""
        return self.filter(is_amendment=True, sent_at__isnull=False, closed_at__isnull=True)


class ContractVersion(models.Model):
    """One numbered version of the terms. Once sent its document never changes (the database refuses).

    After acceptance a further version is an amendment: it counts only when both sides have accepted it.
    """

    class Closed(models.TextChoices):
        ACCEPTED = "accepted", _lazy("Accepted by both")
        DECLINED = "declined", _lazy("Declined")
        WITHDRAWN = "withdrawn", _lazy("Taken back")
        LAPSED = "lapsed", _lazy("Not answered in time")
        OVERTAKEN = "overtaken", _lazy("Overtaken by events")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    fingerprint = models.CharField("SHA-256 of the canonical JSON", max_length=64, blank=True)
    cover_minor = models.BigIntegerField("what could be covered after release when it was sent", null=True, blank=True)
    drafted_by = models.CharField(max_length=8, choices=Order.Side)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    buyer_accepted_at = models.DateTimeField(null=True, blank=True)
    buyer_accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    supplier_accepted_at = models.DateTimeField(null=True, blank=True)
    supplier_accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_amendment = models.BooleanField("of a contract that was accepted", default=False)
    because = models.CharField("why the amendment is proposed", max_length=500, blank=True)
    lapses_at = models.DateTimeField("an amendment not answered by then ends", null=True, blank=True)
    closed_at = models.DateTimeField("when the amendment was answered or ended", null=True, blank=True)
    closed_because = models.CharField(max_length=9, choices=Closed, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(is_amendment=True, sent_at__isnull=False, closed_at__isnull=True),
                name="amendment_one_open",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_because="")
                | (Q(closed_at__isnull=False, is_amendment=True) & ~Q(closed_because="")),
                name="amendment_closed_says_why",
            ),
            models.UniqueConstraint(fields=["order", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["order"], condition=Q(sent_at__isnull=True), name="version_one_draft"),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | ~Q(fingerprint=""), name="version_sent_has_fingerprint"
            ),
        ]
        indexes = [
            models.Index(
                fields=["lapses_at"], condition=Q(is_amendment=True, closed_at__isnull=True), name="amendment_lapse_due"
            ),
            models.Index(fields=["fingerprint"], condition=Q(sent_at__isnull=False), name="version_by_fingerprint"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="sent_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    """
                    OLD.sent_at IS NOT NULL AND (
                        (OLD.document, OLD.fingerprint, OLD.number, OLD.order_id, OLD.drafted_by, OLD.sent_at)
                        IS DISTINCT FROM
                        (NEW.document, NEW.fingerprint, NEW.number, NEW.order_id, NEW.drafted_by, NEW.sent_at)
                        OR (OLD.buyer_accepted_at IS NOT NULL
                            AND OLD.buyer_accepted_at IS DISTINCT FROM NEW.buyer_accepted_at)
                        OR (OLD.supplier_accepted_at IS NOT NULL
                            AND OLD.supplier_accepted_at IS DISTINCT FROM NEW.supplier_accepted_at)
                    )
                    """
                ),
            ),
            pgtrigger.Protect(
                name="sent_kept", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__sent_at__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self.order} version {self.number}"

    @property
    def terms(self) -> Terms:
        return Terms.load(self.document)

    @property
    def accepted_by_both(self) -> bool:
        return self.buyer_accepted_at is not None and self.supplier_accepted_at is not None

    def accepted_by(self, side: str):
        """When `side` accepted this version, or None."""
        return self.buyer_accepted_at if side == Order.Side.BUYER else self.supplier_accepted_at


class LineQuerySet(models.QuerySet):
    def protected(self):
        """Lines whose window has begun and not closed."""
        return self.filter(window_closed_at__isnull=True)

    def running(self):
        """Of these, the ones whose clock runs: no dispute has stopped it."""
        return self.protected().filter(window_ends_at__isnull=False)

    def stopped(self):
        """Of these, the ones whose clock a dispute has stopped."""
        return self.protected().filter(window_left__isnull=False)


class Line(models.Model):
    """One line of the accepted contract and what has happened to it. Quantities are whole units."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    product = models.CharField(max_length=200)
    quantity = models.PositiveBigIntegerField()
    unit = models.CharField(max_length=20)
    unit_price_minor = models.BigIntegerField()
    freight_minor = models.BigIntegerField("its share of the freight", default=0)
    tolerance_bp = models.PositiveSmallIntegerField(default=0)
    shipped_quantity = models.PositiveBigIntegerField(default=0)
    cancelled_quantity = models.PositiveBigIntegerField("never shipped, refunded", default=0)
    refunded_minor = models.BigIntegerField("awarded for it so far", default=0)
    refunded_quantity = models.PositiveBigIntegerField("units that awards have paid for", default=0)
    window_ends_at = models.DateTimeField("its protection ends", null=True, blank=True)
    window_left = models.DurationField("of its protection, while a dispute stops the clock", null=True, blank=True)
    window_closed_at = models.DateTimeField(null=True, blank=True)

    objects = LineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="line_number_once"),
            models.CheckConstraint(
                condition=Q(shipped_quantity__lte=F("quantity") - F("cancelled_quantity")), name="line_not_overshipped"
            ),
            models.CheckConstraint(
                condition=Q(window_ends_at__isnull=True) | Q(window_left__isnull=True), name="line_clock_runs_or_stands"
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_quantity__lte=F("quantity")), name="line_refunds_within"
            ),
        ]

    def __str__(self):
        return f"{self.number}. {self.product}"

    @property
    def value_minor(self) -> int:
        return self.quantity * self.unit_price_minor

    @property
    def to_ship(self) -> int:
        return self.quantity - self.shipped_quantity - self.cancelled_quantity

    @property
    def whole_minor(self) -> int:
        """Its goods with their freight."""
        return self.value_minor + self.freight_minor

    @property
    def left_minor(self) -> int:
        """What no award has paid back of it."""
        return self.whole_minor - self.refunded_minor


class Instalment(models.Model):
    """A part of the total with its own due date and its own creditor reference for bank transfers (ISO 11649).

    One that an amendment took out of the plan stays with an amount of zero: its reference may be on its way.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=60)
    amount_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField("cleared, with bank charges we bore", default=0)
    due_before = models.CharField(max_length=14, choices=list(DUE_BEFORE.items()))
    due_on = models.DateField()
    due_at = models.DateTimeField("end of the due date in the contract's timezone")
    rf_reference = models.CharField("creditor reference", max_length=25, unique=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="instalment_number_once"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, paid_minor__gte=0, paid_minor__lte=F("amount_minor")),
                name="instalment_paid_within_amount",
            ),
        ]

    def __str__(self):
        return f"{self.order} {self.label}"

    @property
    def open_minor(self) -> int:
        return self.amount_minor - self.paid_minor

    @property
    def before_shipment(self) -> bool:
        return self.due_before in BEFORE_SHIPMENT


class Attachment(models.Model):
    """A file that belongs to the contract; its SHA-256 is part of the version that is sent."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="contracts/%Y/%m/")
    side = models.CharField(max_length=8, choices=Order.Side)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "sha256"], condition=Q(removed_at__isnull=True), name="attachment_once"
            ),
        ]

    def __str__(self):
        return self.name
