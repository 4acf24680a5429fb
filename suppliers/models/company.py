"""A company that sells, and the people who act for it."""

import pghistory
import uuid_utils.compat as uuid
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

AS_NEW = 3  # stars that a new supplier is listed with
CATEGORIES = (  # names of the table that every language knows
    _lazy("Lighting"),
    _lazy("Electronics"),
    _lazy("Textiles"),
    _lazy("Furniture"),
    _lazy("Machinery"),
    _lazy("Ceramics"),
    _lazy("Kitchenware"),
    _lazy("Glass"),
    _lazy("Stone"),
    _lazy("Components"),
    _lazy("Toys"),
)


class Category(models.Model):
    """A branch of trade that a supplier sells in."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self):
        return self.name

    @property
    def words(self) -> str:
        """Its name in the reader's language; staff may name one that no language knows."""
        return _(self.name)


class SupplierQuerySet(models.QuerySet):
    def listed(self):
        """Suppliers that the public directory shows."""
        return self.exclude(status=Supplier.Status.REMOVED)

    def of(self, user):
        """Companies that `user` works for."""
        return self.filter(members__user=user)

    def locked(self, pk):
        """One supplier under a row lock; taken after the order's row, before accounts of the ledger."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=pk)


@pghistory.track(
    pghistory.UpdateEvent(
        condition=pghistory.AnyChange("level", "stars", "limit_minor", "status", "name", "country"),
    ),
    fields=["level", "stars", "stars_reason", "limit_minor", "status", "name", "country"],
    model_name="SupplierHistory",
)
class Supplier(models.Model):
    """A company that sells under protection. Limits are US dollar cents (Rulebook, "Credit rating")."""

    class Level(models.TextChoices):
        UNVERIFIED = "unverified", _lazy("Not verified")
        VERIFIED = "verified", _lazy("Verified")
        INSPECTED = "inspected", _lazy("Inspected on site")

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "No new orders"
        REMOVED = "removed", "Removed"

    public_id = models.UUIDField(default=uuid.uuid7, unique=True, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    country = models.CharField("country", max_length=2, help_text="ISO 3166-1 alpha-2")
    city = models.CharField(max_length=80, blank=True)
    about = models.TextField(max_length=4000, blank=True)
    founded_year = models.PositiveSmallIntegerField(null=True, blank=True)
    categories = models.ManyToManyField(Category, blank=True, related_name="suppliers")
    level = models.CharField(max_length=12, choices=Level, default=Level.UNVERIFIED)
    stars = models.PositiveSmallIntegerField(null=True, blank=True)
    stars_reason = models.CharField("why staff set the stars; empty: as rated", max_length=300, blank=True)
    limit_minor = models.BigIntegerField("protection limit, US cents")
    limit_reason = models.CharField("why staff set the limit; empty: as rated", max_length=300, blank=True)
    limit_raised_on = models.DateField("last monthly raise", null=True, blank=True)
    reserved_minor = models.BigIntegerField("reserved, US cents", default=0)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    created_at = models.DateTimeField()
    # Where the directory lists it, from 0. A new supplier stands among those with 3 stars: every indicator starts at 80
    # of 100, which is three stars' mark, so this is what is expected of it; last it would look bad, first better.
    tier = models.GeneratedField(
        expression=5 - Coalesce("stars", AS_NEW), output_field=models.SmallIntegerField(), db_persist=True
    )

    objects = SupplierQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stars__isnull=True) | Q(stars__lte=5), name="supplier_stars_0_to_5"),
            models.CheckConstraint(condition=Q(limit_minor__gte=0), name="supplier_limit_not_negative"),
            models.CheckConstraint(condition=Q(reserved_minor__gte=0), name="supplier_reserved_not_negative"),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="supplier_by_name"),
            models.Index(fields=["tier", "name", "id"], name="supplier_by_stars"),
            models.Index(fields=["country", "tier", "name", "id"], name="supplier_by_country"),
        ]
        permissions = [("verify_supplier", "Can verify a supplier, set its stars, limit and status")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("suppliers:profile", args=[self.slug])

    @property
    def verified(self) -> bool:
        return self.level != self.Level.UNVERIFIED

    @property
    def free_limit_minor(self) -> int:
        """Protection limit not reserved by open orders, US cents; never below zero."""
        return max(0, self.limit_minor - self.reserved_minor)


class MemberQuerySet(models.QuerySet):
    def of(self, user):
        return self.filter(user=user).select_related("supplier")


class Member(models.Model):
    """A person who acts for a supplier."""

    class Role(models.TextChoices):
        OWNER = "owner", _lazy("Owner")
        SALES = "sales", _lazy("Sales")
        FINANCE = "finance", _lazy("Finance")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role)
    joined_at = models.DateTimeField()

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["supplier", "user"], name="member_once_a_supplier")]

    def __str__(self):
        return f"{self.user} at {self.supplier}"

    @property
    def sells(self) -> bool:
        """Whether this person may bind the company: contracts, shipments, answers."""
        return self.role in (self.Role.OWNER, self.Role.SALES)

    @property
    def keeps_books(self) -> bool:
        """Whether this person sees payouts and statements."""
        return self.role in (self.Role.OWNER, self.Role.FINANCE)


class InvitationQuerySet(models.QuerySet):
    def open(self, now):
        """Invitations that can still be accepted."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now)


class Invitation(models.Model):
    """Somebody is asked by mail to act for a supplier. The link's secret is kept as a hash only."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=8, choices=Member.Role)
    token_hash = models.CharField("SHA-256 of the link's secret", max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, withdrawn_at__isnull=True),
                name="invitation_accepted_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.supplier}: {self.email}"
