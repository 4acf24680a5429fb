"""What a supplier offers: products with price steps and photos."""

import uuid_utils.compat as uuid
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from suppliers.models.company import Category, Supplier
from trade_assurance import money
from trade_assurance.rulebook import CURRENT

WIDTHS = (320, 800, 1600)  # of the copies that are kept of a photo


class ProductQuerySet(models.QuerySet):
    def kept(self):
        """Products that were not archived, without the words that the search reads."""
        return self.filter(archived_at__isnull=True).defer("words")

    def listed(self):
        """Products that buyers see: listed, not taken out by staff, of a company that the directory shows."""
        shown = self.kept().filter(is_listed=True, taken_out_at__isnull=True)
        return shown.exclude(supplier__status=Supplier.Status.REMOVED)


class Product(models.Model):
    """Goods that a supplier offers. What it costs stands in its price steps, all in one currency."""

    slug = models.SlugField(max_length=90, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=120)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    description = models.TextField("what a contract may specify", max_length=4000, blank=True)
    currency = models.CharField(max_length=3)
    unit = models.CharField(max_length=20)
    minimum_quantity = models.BigIntegerField()
    lead_days = models.PositiveSmallIntegerField("days from payment to shipment")
    hs_code = models.CharField("HS code, figures only", max_length=10, blank=True)
    is_listed = models.BooleanField("buyers see it", default=True)
    key = models.UUIDField("of the form that made it, so that a double click makes one", unique=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    taken_out_at = models.DateTimeField("taken out of the directory by staff", null=True, blank=True)
    taken_out_because = models.CharField("why, as the company reads it", max_length=300, blank=True)
    words = models.GeneratedField(
        expression=SearchVector("name", "description", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(currency__in=money.CURRENCIES), name="product_currency_traded"),
            models.CheckConstraint(condition=Q(minimum_quantity__gte=1), name="product_minimum_above_zero"),
            models.CheckConstraint(
                condition=Q(lead_days__gte=1, lead_days__lte=CURRENT.lead_days_max), name="product_lead_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(hs_code="") | Q(hs_code__regex="^[0-9]{6,10}$"), name="product_hs_code_is_figures"
            ),
            models.CheckConstraint(
                condition=Q(taken_out_at__isnull=True, taken_out_because="")
                | (Q(taken_out_at__isnull=False) & ~Q(taken_out_because="")),
                name="product_taken_out_with_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["supplier", "name", "id"], condition=Q(archived_at__isnull=True), name="product_of_supplier"
            ),
            models.Index(
                fields=["supplier", "-archived_at", "-id"],
                condition=Q(archived_at__isnull=False),
                name="product_archived",
            ),
            models.Index(
                fields=["category", "supplier"],
                condition=Q(archived_at__isnull=True, is_listed=True),
                name="product_by_category",
            ),
            GinIndex(fields=["words"], name="product_by_words", fastupdate=False),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("suppliers:product", args=[self.slug])

    @property
    def ladder(self) -> list["PriceStep"]:
        """The price steps from the smallest quantity up; prefetched ones are used."""
        return sorted(self.steps.all(), key=lambda step: step.quantity_from)

    @property
    def least_minor(self) -> int:
        """The unit price of the last step, the lowest."""
        return self.ladder[-1].unit_price_minor

    def price_minor(self, quantity: int) -> int:
        """The unit price when `quantity` units are ordered; below the first step the first counts."""
        ladder = self.ladder
        return next((step for step in reversed(ladder) if step.quantity_from <= quantity), ladder[0]).unit_price_minor


class PriceStep(models.Model):
    """From this quantity on a unit costs so much, in minor units of the product's currency."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="steps")
    quantity_from = models.BigIntegerField()
    unit_price_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "quantity_from"], name="price_step_once_a_quantity"),
            models.CheckConstraint(
                condition=Q(quantity_from__gte=1, unit_price_minor__gte=1), name="price_step_above_zero"
            ),
        ]

    def __str__(self):
        return f"from {self.quantity_from}: {self.unit_price_minor}"


def stored_as(photo, filename) -> str:
    """A random name without the sender's."""
    return f"products/{uuid.uuid4().hex}.webp"


class ProductPhoto(models.Model):
    """A photo in a few widths, made anew without metadata; the sender's file itself is not kept."""

    public_id = models.UUIDField(default=uuid.uuid7, unique=True, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="photos")
    place = models.SmallIntegerField("the lowest is shown first")
    sha256 = models.CharField("SHA-256 of what was sent", max_length=64)
    width = models.PositiveIntegerField("pixels, of the largest copy")
    height = models.PositiveIntegerField("pixels, of the largest copy")
    small = models.FileField(upload_to=stored_as, max_length=100)
    medium = models.FileField(upload_to=stored_as, max_length=100)
    large = models.FileField(upload_to=stored_as, max_length=100)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "sha256"], name="product_photo_once"),
        ]
        indexes = [models.Index(fields=["product", "place", "id"], name="photo_of_product")]

    def __str__(self):
        return f"{self.product_id}: {self.public_id}"

    def copy_of(self, width: int):
        """The stored copy of this width; KeyError for a width that is not made."""
        return dict(zip(WIDTHS, (self.small, self.medium, self.large), strict=True))[width]
