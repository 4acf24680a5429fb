"""The staff page of products: everything readable; risk staff take one out of the directory, or let it back."""

from django.contrib import admin
from django.contrib.postgres.search import SearchQuery
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import action, display

from suppliers import actions
from suppliers.admin.acts import RISK, ToldReason
from suppliers.admin.reviewing import company_link
from suppliers.models import Product, Supplier
from trade_assurance import money
from trade_assurance.staff import ReadOnlyAdmin, act, table

COMPANIES_SEARCHED = 20


class SeenFilter(admin.SimpleListFilter):
    title = "shown to buyers"
    parameter_name = "shown"

    def lookups(self, request, model_admin):
        return [("yes", "Listed"), ("out", "Taken out by staff"), ("hidden", "Not listed"), ("archived", "Archived")]

    def queryset(self, request, queryset):
        match self.value():
            case "yes":
                return queryset.filter(is_listed=True, taken_out_at__isnull=True, archived_at__isnull=True)
            case "out":
                return queryset.filter(taken_out_at__isnull=False)
            case "hidden":
                return queryset.filter(is_listed=False, archived_at__isnull=True)
            case "archived":
                return queryset.filter(archived_at__isnull=False)
        return queryset


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("name", "company", "category", "currency", "minimum", "lead_days", "shown", "created_at")
    list_filter = (SeenFilter, "category")
    search_fields = ("name",)
    search_help_text = "Words of the name or the description, a company's name, or the end of a product's address"
    ordering = ("-id",)
    actions_detail = ("take_out", "let_back")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "company"),
                    ("category", "hs_code"),
                    "description",
                    ("prices", "minimum", "lead_days"),
                    "pictures",
                    ("page", "created_at"),
                )
            },
        ),
        ("Shown to buyers", {"fields": (("is_listed", "archived_at"), ("taken_out_at", "taken_out_because"))}),
    )
    readonly_fields = ("company", "prices", "minimum", "pictures", "page")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("words").select_related("supplier", "category")

    def found_by(self, queryset, term):
        companies = Supplier.objects.filter(name__icontains=term).order_by("id").values("pk")[:COMPANIES_SEARCHED]
        words = SearchQuery(term, config="english")
        return queryset.filter(Q(words=words) | Q(slug=term.rstrip("/").rsplit("/", 1)[-1]) | Q(supplier__in=companies))

    def has_verify_permission(self, request, obj=None):
        return request.user.has_perm("suppliers.verify_supplier")

    def get_actions_detail(self, request, object_id):
        """The one act that has something to do for this product."""
        found = super().get_actions_detail(request, object_id)
        is_out = Product.objects.filter(pk=object_id, taken_out_at__isnull=False).exists()
        idle = "take_out" if is_out else "let_back"
        return [each for each in found if each.action_name.removeprefix("suppliers_product_") != idle]

    @display(description="Company", ordering="supplier__name")
    def company(self, product):
        return company_link(product)

    @display(description="Minimum order")
    def minimum(self, product):
        return f"{product.minimum_quantity:,} {product.unit}"

    @display(description="Shown to buyers")
    def shown(self, product):
        if product.taken_out_at is not None:
            return "Taken out by staff"
        if product.archived_at is not None:
            return "Archived"
        return "Yes" if product.is_listed else "Not listed"

    @display(description="Prices")
    def prices(self, product):
        rows = [
            (f"{step.quantity_from:,}", money.display(step.unit_price_minor, product.currency))
            for step in product.ladder
        ]
        return table(("From", "Each"), rows)

    @display(description="Photos")
    def pictures(self, product):
        urls = [
            (reverse("suppliers:photo", args=[photo.public_id, 320]), n)
            for n, photo in enumerate(product.photos.order_by("place", "id"), 1)
        ]
        return format_html_join(" ", '<a class="underline" href="{}">Photo {}</a>', urls) or "None"

    @display(description="Its page")
    def page(self, product):
        return format_html('<a class="underline" href="{0}">{0}</a>', product.get_absolute_url())

    @action(description="Take out of the directory", url_path="take-out", permissions=RISK, icon="visibility_off")
    def take_out(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Take it out of the directory",
            explain="Buyers no longer find it and start no contract from it. Contracts and orders that exist stay. "
            "The company cannot undo it.",
            form_class=ToldReason,
            call=lambda product, given, now: actions.take_out_product(
                product_id=product.pk, reason=given["reason"], by=request.user, now=now
            ),
            done=lambda product, given: f"{product} is out of the directory.",
            button="Take it out",
        )

    @action(description="Let it back", url_path="let-back", permissions=RISK, icon="visibility")
    def let_back(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Let it back into the directory",
            explain="Buyers find it again, as far as the company lists it.",
            form_class=ToldReason,
            call=lambda product, given, now: actions.let_product_back(
                product_id=product.pk, reason=given["reason"], by=request.user, now=now
            ),
            done=lambda product, given: f"{product} may be shown again.",
            button="Let it back",
        )
