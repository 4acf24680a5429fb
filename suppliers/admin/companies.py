"""Staff pages for suppliers: read, and let risk staff verify, rate, limit and pause them, each with a reason."""

from django.contrib import admin
from django.db.models import Q
from unfold.admin import ModelAdmin
from unfold.decorators import display

from suppliers.admin import tables
from suppliers.admin.acts import ACTS, Acts
from suppliers.models import Category, DesignatedAccount, Member, Reservation, Supplier
from trade_assurance.staff import ReadOnlyAdmin, ReadOnlyInline, amount, order_link, whole

HISTORY_SHOWN = 50


class MemberInline(ReadOnlyInline):
    model = Member
    fields = ("user", "role", "joined_at")
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user")


class AccountInline(ReadOnlyInline):
    model = DesignatedAccount
    fields = ("bank_name", "holder", "number", "swift")


@admin.register(Supplier)
class SupplierAdmin(Acts, ReadOnlyAdmin):
    list_display = ("name", "country", "level", "shown_stars", "limit", "reserved", "status", "created_at")
    list_filter = ("level", "status", "categories")
    search_fields = ("name",)
    search_help_text = "Name, slug or a member's e-mail address"
    ordering = ("name", "id")
    inlines = (MemberInline, AccountInline)
    actions_detail = ACTS
    limit = amount("limit_minor", "Limit", "USD")
    reserved = amount("reserved_minor", "Reserved", "USD")
    fieldsets = (
        (None, {"fields": ("name", "slug", "public_id", "country", "city", "founded_year", "about", "created_at")}),
        (
            "Standing",
            {
                "fields": (
                    ("level", "verification"),
                    ("status", "pause"),
                    ("shown_stars", "stars_reason"),
                    ("limit", "limit_reason"),
                    ("worked_out", "reserved"),
                )
            },
        ),
        ("Rating", {"fields": ("rating", "ratings"), "classes": ("tab",)}),
        ("Penalty points", {"fields": ("points",), "classes": ("tab",)}),
        ("Reservations", {"fields": ("reservations",), "classes": ("tab",)}),
        ("Documents", {"fields": ("documents", "verifications"), "classes": ("tab",)}),
        ("Events", {"fields": ("events",), "classes": ("tab",)}),
        ("History", {"fields": ("history",), "classes": ("tab",)}),
    )
    readonly_fields = (
        "shown_stars",
        "limit",
        "reserved",
        "verification",
        "pause",
        "worked_out",
        "rating",
        "ratings",
        "points",
        "reservations",
        "documents",
        "verifications",
        "events",
        "history",
    )

    def found_by(self, queryset, term):
        works = Member.objects.filter(user__email=term.lower()).values("supplier_id")
        return queryset.filter(Q(name__icontains=term) | Q(slug=term) | Q(pk__in=works))

    @display(description="Stars", ordering="stars")
    def shown_stars(self, supplier):
        return "New" if supplier.stars is None else supplier.stars

    def get_fieldsets(self, request, obj=None):
        """Documents are for who verifies; other staff see the level alone."""
        found = super().get_fieldsets(request, obj)
        if request.user.has_perm("suppliers.view_document"):
            return found
        return [each for each in found if each[0] != "Documents"]

    @display(description="Verified")
    def verification(self, supplier):
        return tables.verified_until(supplier)

    @display(description="Takes no new orders")
    def pause(self, supplier):
        return tables.paused_since(supplier)

    @display(description="Limit as worked out")
    def worked_out(self, supplier):
        return tables.limit_worked_out(supplier)

    @display(description="Latest rating")
    def rating(self, supplier):
        return tables.indicators(supplier)

    @display(description="Ratings before")
    def ratings(self, supplier):
        return tables.ratings(supplier)

    @display(description="Points, and the orders behind them")
    def points(self, supplier):
        return tables.points(supplier)

    @display(description="Who holds what of the limit")
    def reservations(self, supplier):
        return tables.reservations(supplier)

    @display(description="Documents")
    def documents(self, supplier):
        return tables.documents(supplier)

    @display(description="Requests to be verified")
    def verifications(self, supplier):
        return tables.verifications(supplier)

    @display(description="What happened")
    def events(self, supplier):
        return tables.events(supplier)

    @display(description="Values before each change, kept by the database")
    def history(self, supplier):
        return tables.history(supplier)


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "supplier", "order", "reserved", "reserved_at", "freed_at")
    list_select_related = ("supplier",)
    list_filter = (("freed_at", admin.EmptyFieldListFilter),)
    search_fields = ("order_id",)
    search_help_text = "Id of the order"
    fields = ("supplier", "order", "reserved", "limit_then", "reserved_then", "reserved_at", "freed_at")
    reserved = amount("usd_minor", "Reserved", "USD")
    limit_then = amount("limit_then_minor", "Limit when reserved", "USD")
    reserved_then = amount("reserved_then_minor", "Reserved in all then", "USD")
    order = order_link()
    readonly_fields = ("order", "reserved", "limit_then", "reserved_then")

    def found_by(self, queryset, term):
        return queryset.filter(order_id=whole(term))


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    list_display = ("name", "slug")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("name",)
