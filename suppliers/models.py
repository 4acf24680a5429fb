"""Companies that sell: profile, team, designated account, protection limit and what of it is reserved."""

from datetime import timedelta

import pghistory
import pgtrigger
import uuid_utils.compat as uuid
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from suppliers.bank_details import BankDetails
from trade_assurance.rulebook import CURRENT

ACCOUNT_WAIT = timedelta(hours=CURRENT.payout_account_hours)  # before a payout goes to a new account (quality.md §3)


class Category(models.Model):
    """A branch of trade that a supplier sells in."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self):
        return self.name


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
        UNVERIFIED = "unverified", "Not verified"
        VERIFIED = "verified", "Verified"
        INSPECTED = "inspected", "Inspected on site"

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
    stars_reason = models.CharField(max_length=300, blank=True)
    limit_minor = models.BigIntegerField("protection limit, US cents")
    reserved_minor = models.BigIntegerField("reserved, US cents", default=0)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    created_at = models.DateTimeField()

    objects = SupplierQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stars__isnull=True) | Q(stars__lte=5), name="supplier_stars_0_to_5"),
            models.CheckConstraint(condition=Q(limit_minor__gte=0), name="supplier_limit_not_negative"),
            models.CheckConstraint(condition=Q(reserved_minor__gte=0), name="supplier_reserved_not_negative"),
        ]
        indexes = [models.Index(fields=["name", "id"], name="supplier_by_name")]
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
        OWNER = "owner", "Owner"
        SALES = "sales", "Sales"
        FINANCE = "finance", "Finance"

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


class DesignatedAccount(models.Model):
    """The one virtual bank account that transfers for a supplier must be paid to; paid elsewhere is not covered."""

    supplier = models.OneToOneField(Supplier, on_delete=models.PROTECT, related_name="designated_account")
    bank_name = models.CharField(max_length=80)
    holder = models.CharField(max_length=120)
    number = models.CharField(max_length=34, unique=True)
    swift = models.CharField("SWIFT / BIC", max_length=11)

    def __str__(self):
        return f"{self.bank_name} {self.number}"


class PayoutAccountQuerySet(models.QuerySet):
    def standing(self):
        """Those that nobody took back before they counted."""
        return self.filter(withdrawn_at__isnull=True)

    def pending(self, now):
        """New ones that no payout goes to yet."""
        return self.standing().filter(valid_from_at__gt=now)

    def to_pay(self, currency: str, now):
        """Accounts that payouts in a currency go to at `now`, the one in force first.

        One for this currency counts before one for all; of several the newest.
        """
        found = self.standing().filter(valid_from_at__lte=now, currency__in=(currency, ""))
        return found.order_by("-currency", "-valid_from_at", "-id")

    def in_force(self, supplier_ids, currency: str, now) -> dict:
        """The account that each supplier is paid to in a currency at `now`, by supplier; some have none."""
        found = {}
        for account in self.filter(supplier__in=supplier_ids).to_pay(currency, now):
            found.setdefault(account.supplier_id, account)
        return found


class PayoutAccount(models.Model):
    """A bank account that a supplier is paid to, from 24 h after it was added until a newer one counts."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="payout_accounts")
    currency = models.CharField("for payouts in; empty is all", max_length=3, blank=True)
    holder = models.CharField(max_length=140)
    country = models.CharField("country of the bank", max_length=2)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    number = models.CharField("account number", max_length=34, blank=True)
    bic = models.CharField("BIC / SWIFT", max_length=11, blank=True)
    bank_name = models.CharField("bank", max_length=105, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    valid_from_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = PayoutAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from_at__gte=F("added_at") + ACCOUNT_WAIT), name="payout_account_waits_24_h"
            ),
            models.CheckConstraint(
                condition=~Q(iban="") & Q(number="") | Q(iban="") & ~Q(number="") & ~Q(bic=""),
                name="payout_account_is_one",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_by__isnull=False, withdrawn_at__lt=F("valid_from_at")),
                name="payout_account_withdrawn_in_time",
            ),
        ]
        indexes = [models.Index(fields=["supplier", "-valid_from_at"], name="payout_account_of_supplier")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["withdrawn_by", "withdrawn_at"]),
            ),
            pgtrigger.Protect(
                name="withdrawn_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.holder}, {self.details.masked}"

    @property
    def details(self) -> BankDetails:
        return BankDetails(self.holder, self.country, self.iban, self.number, self.bic, self.bank_name)


class ReservationQuerySet(models.QuerySet):
    def open(self):
        return self.filter(freed_at__isnull=True)


class Reservation(models.Model):
    """A part of a supplier's limit that one order holds until it is final (I9). US dollar cents."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="reservations")
    order_id = models.BigIntegerField(unique=True)
    usd_minor = models.BigIntegerField()
    limit_then_minor = models.BigIntegerField("limit when reserved, US cents")
    reserved_then_minor = models.BigIntegerField("reserved in all when reserved, US cents")
    reserved_at = models.DateTimeField()
    freed_at = models.DateTimeField(null=True, blank=True)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        constraints = [
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
        LATE = "late", "Late shipment"
        UPHELD = "upheld", "Upheld quality or quantity claim"
        IGNORED = "ignored", "Dispute not answered"
        NON_SHIPMENT = "non_shipment", "Not shipped"
        FORGED = "forged", "Forged evidence or false tracking"

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
