"""Staff pages for suppliers: read, and let risk staff verify, rate, limit and pause them, each with a reason."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from events.admin import timeline
from suppliers import actions
from suppliers.models import Category, DesignatedAccount, Member, Reservation, Supplier, SupplierHistory
from trade_assurance import money
from trade_assurance.staff import (
    ActForm,
    ReadOnlyAdmin,
    ReadOnlyInline,
    Reason,
    act,
    amount,
    order_link,
    table,
    whole,
)

RISK = ["verify"]
HISTORY_SHOWN = 50


class LevelForm(ActForm):
    level = forms.ChoiceField(choices=Supplier.Level.choices)


class StarsForm(Reason):
    stars = forms.TypedChoiceField(
        choices=[("", "None: new"), *((n, str(n)) for n in range(6))], coerce=int, empty_value=None, required=False
    )
    field_order = ("stars", "reason")


class LimitForm(Reason):
    limit = forms.CharField(label="Protection limit, USD", max_length=30, help_text="Such as 25,000.00.")
    field_order = ("limit", "reason")


class StatusForm(Reason):
    status = forms.ChoiceField(choices=Supplier.Status.choices)
    field_order = ("status", "reason")


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
class SupplierAdmin(ReadOnlyAdmin):
    list_display = ("name", "country", "level", "shown_stars", "limit", "reserved", "status", "created_at")
    list_filter = ("level", "status", "categories")
    search_fields = ("name",)
    search_help_text = "Name, slug or a member's e-mail address"
    ordering = ("name", "id")
    inlines = (MemberInline, AccountInline)
    actions_detail = ("verify", "set_stars", "set_limit", "set_status")
    limit = amount("limit_minor", "Limit", "USD")
    reserved = amount("reserved_minor", "Reserved", "USD")
    fieldsets = (
        (None, {"fields": ("name", "slug", "public_id", "country", "city", "founded_year", "about", "created_at")}),
        ("Standing", {"fields": ("level", "shown_stars", "stars_reason", "limit", "reserved", "status")}),
        ("Events", {"fields": ("events",), "classes": ("tab",)}),
        ("History", {"fields": ("history",), "classes": ("tab",)}),
    )
    readonly_fields = ("shown_stars", "limit", "reserved", "events", "history")

    def found_by(self, queryset, term):
        works = Member.objects.filter(user__email=term.lower()).values("supplier_id")
        return queryset.filter(Q(name__icontains=term) | Q(slug=term) | Q(pk__in=works))

    def has_verify_permission(self, request, obj=None):
        return request.user.has_perm("suppliers.verify_supplier")

    @display(description="Stars", ordering="stars")
    def shown_stars(self, supplier):
        return "New" if supplier.stars is None else supplier.stars

    @display(description="What happened")
    def events(self, supplier):
        return timeline("supplier", supplier.pk)

    @display(description="Values before each change, kept by the database")
    def history(self, supplier):
        rows = SupplierHistory.objects.filter(pgh_obj_id=supplier.pk).order_by("-pgh_id")[:HISTORY_SHOWN]
        return table(
            ("When", "Name", "Country", "Level", "Stars", "Limit", "Status"),
            [
                (
                    f"{row.pgh_created_at:%Y-%m-%d %H:%M:%S} UTC",
                    row.name,
                    row.country,
                    row.level,
                    "New" if row.stars is None else row.stars,
                    money.display(row.limit_minor, "USD"),
                    row.status,
                )
                for row in rows
            ],
        )

    @action(description="Verify", url_path="verify", permissions=RISK, icon="verified")
    def verify(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Set how far the company is verified",
            explain="The protection limit becomes the base of this level.",
            form_class=LevelForm,
            initial=lambda supplier: {"level": supplier.level},
            call=lambda supplier, given, now: actions.verify_supplier(
                supplier_id=supplier.pk, level=given["level"], by=request.user, now=now
            ),
            done=lambda supplier, given: f"{supplier} is now: {Supplier.Level(given['level']).label.lower()}.",
            button="Set the level",
        )

    @action(description="Set stars", url_path="stars", permissions=RISK, icon="star")
    def set_stars(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Set stars",
            explain="Stars decide which part of a release is kept until protection ends.",
            form_class=StarsForm,
            initial=lambda supplier: {"stars": supplier.stars, "reason": ""},
            call=lambda supplier, given, now: actions.set_stars(
                supplier_id=supplier.pk, stars=given["stars"], reason=given["reason"], by=request.user, now=now
            ),
            done=lambda supplier, given: f"The stars of {supplier} are set.",
            button="Set the stars",
        )

    @action(description="Set limit", url_path="limit", permissions=RISK, icon="speed")
    def set_limit(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Set the protection limit",
            explain="What open orders have reserved stays reserved.",
            form_class=LimitForm,
            initial=lambda supplier: {"limit": money.format_amount(supplier.limit_minor, "USD")},
            call=lambda supplier, given, now: self._set_limit(request, supplier, given, now),
            done=lambda supplier, given: f"The limit of {supplier} is set.",
            button="Set the limit",
        )

    def _set_limit(self, request, supplier, given, now):
        try:
            limit = money.parse(given["limit"], "USD")
        except money.BadAmount as error:
            error.field = "limit"
            raise
        actions.set_limit(supplier_id=supplier.pk, limit_minor=limit, reason=given["reason"], by=request.user, now=now)

    @action(description="Pause or activate", url_path="status", permissions=RISK, icon="pause_circle")
    def set_status(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Pause, activate or remove",
            explain="Paused: no new protected orders. Removed: also out of the directory. Open orders go on.",
            form_class=StatusForm,
            initial=lambda supplier: {"status": supplier.status},
            call=lambda supplier, given, now: actions.set_status(
                supplier_id=supplier.pk, status=given["status"], reason=given["reason"], by=request.user, now=now
            ),
            done=lambda supplier, given: f"{supplier} is now: {Supplier.Status(given['status']).label.lower()}.",
            button="Set the status",
        )


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
