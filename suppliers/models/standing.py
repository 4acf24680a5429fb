"""What a supplier's limit holds, what counts against it, and the ratings that it had."""

from fractions import Fraction

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy

from suppliers.models.company import Supplier


class ReservationQuerySet(models.QuerySet):
    def open(self):
        return self.filter(freed_at__isnull=True)


class Reservation(models.Model):
    """A part of a supplier's limit that one order holds until it is final (I9). US dollar cents.

    A row never changes but for its end: where an amendment changes what an order reserves, a new row follows the old.
    """

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="reservations")
    order_id = models.BigIntegerField(db_index=True)
    usd_minor = models.BigIntegerField()
    limit_then_minor = models.BigIntegerField("limit when reserved, US cents")
    reserved_then_minor = models.BigIntegerField("reserved in all when reserved, US cents")
    reserved_at = models.DateTimeField()
    freed_at = models.DateTimeField(null=True, blank=True)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_id"], condition=Q(freed_at__isnull=True), name="reservation_one_open"
            ),
            models.CheckConstraint(condition=Q(usd_minor__gt=0), name="reservation_above_zero"),
            models.CheckConstraint(
                condition=Q(reserved_then_minor__lte=F("limit_then_minor")), name="reservation_within_limit_then"
            ),
        ]
        indexes = [
            models.Index(fields=["supplier"], condition=Q(freed_at__isnull=True), name="reservation_open"),
        ]
        triggers = [
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="freed_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__freed_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("usd_minor", "order_id", "supplier_id", "limit_then_minor"),
            ),
        ]

    def __str__(self):
        return f"order {self.order_id}: {self.usd_minor}"


class PenaltyPointQuerySet(models.QuerySet):
    def counting(self, now):
        """Points that have not expired."""
        return self.filter(expires_at__gt=now)


class PenaltyPoint(models.Model):
    """Points against a supplier for one broken promise; they expire after 365 days (Rulebook, "Credit rating")."""

    class Kind(models.TextChoices):
        LATE = "late", _lazy("Late shipment")
        UPHELD = "upheld", _lazy("Upheld quality or quantity claim")
        IGNORED = "ignored", _lazy("Dispute not answered")
        NON_SHIPMENT = "non_shipment", _lazy("Not shipped")
        FORGED = "forged", _lazy("Forged evidence or false tracking")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="penalty_points")
    order_id = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    points = models.PositiveSmallIntegerField()
    cause = models.CharField("what brought them, once", max_length=60, unique=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = PenaltyPointQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["supplier", "expires_at"], name="points_of_supplier")]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.points} for {self.get_kind_display()}"


class PauseQuerySet(models.QuerySet):
    def open(self):
        """Companies that take no new protected orders now."""
        return self.filter(ended_at__isnull=True)

    def to_review(self):
        """Those that nobody of the staff has looked at since points brought them."""
        return self.open().filter(reviewed_at__isnull=True)


class Pause(models.Model):
    """A time in which a supplier takes no new protected orders, or is removed, and what staff made of it."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="pauses")
    at = models.DateTimeField("since")
    because = models.CharField("why", max_length=300)
    points = models.PositiveIntegerField("penalty points that brought it", default=0)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    review = models.CharField("what the review found", max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(ended_at__isnull=True), name="pause_one_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["at", "id"], condition=Q(ended_at__isnull=True), name="pause_open")]
        triggers = [pgtrigger.Protect(name="keep", operation=pgtrigger.Delete)]

    def __str__(self):
        return str(self.supplier)


class SnapshotQuerySet(models.QuerySet):
    def latest_of(self, supplier_id: int):
        """The rating that stands; None before the first."""
        return self.filter(supplier=supplier_id).order_by("-at", "-id").first()


class RatingSnapshot(models.Model):
    """A rating as it was worked out, with the facts behind it; one whenever they changed. Never altered."""

    class Because(models.TextChoices):
        NIGHT = "night", _lazy("Worked out at night")
        CLAIM = "claim", _lazy("A claim was upheld")
        LEVEL = "level", _lazy("Verification changed")
        STAFF = "staff", _lazy("Staff set it")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="ratings")
    at = models.DateTimeField()
    because = models.CharField(max_length=6, choices=Because)
    stars = models.PositiveSmallIntegerField("as worked out", null=True)
    marks = models.JSONField("of each indicator, hundredths of a point, rounded down")
    facts = models.JSONField("what they were worked out from")
    points = models.PositiveIntegerField("penalty points that counted")
    volume_minor = models.BigIntegerField("completed protected volume, US cents")
    limit_minor = models.BigIntegerField("limit as worked out, US cents")

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["supplier", "-at", "-id"], name="rating_of_supplier")]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.supplier_id}: {'new' if self.stars is None else self.stars}"

    @property
    def lowest(self) -> Fraction:
        """The mark of the indicator that decided, of 100."""
        return Fraction(min(self.marks.values()), 100)
