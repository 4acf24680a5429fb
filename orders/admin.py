"""Staff pages for orders: everything readable, nothing editable; risk staff record what a carrier says."""

import json

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminFileFieldWidget

from events.admin import timeline
from orders import later_receipt_admin, rates, review_admin, shipment_admin  # noqa: F401 - they register themselves
from orders.actions import rating
from orders.flag_admin import FlagActs
from orders.models import (
    Attachment,
    ContractVersion,
    Hold,
    Instalment,
    Line,
    Message,
    Order,
    ReceiptLine,
    ReferenceRate,
    Shipment,
)
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.refused import NotAllowed, Refused
from trade_assurance.staff import CurrencyFilter, ReadOnlyAdmin, ReadOnlyInline, amount


class OrderInline(ReadOnlyInline):
    """Rows of one order; amounts stand in its currency."""

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("order")


def sum_in(field: str, label: str):
    """A column of minor units in the order's currency."""

    @display(description=label)
    def column(self, row):
        return money.display(getattr(row, field), row.order.currency)

    return column


class LineInline(OrderInline):
    model = Line
    price, freight = sum_in("unit_price_minor", "Unit price"), sum_in("freight_minor", "Freight share")
    fields = ("number", "product", "quantity", "unit", "price", "freight", "tolerance_bp", "shipped_quantity")
    readonly_fields = ("price", "freight")


class InstalmentInline(OrderInline):
    model = Instalment
    whole_sum, paid = sum_in("amount_minor", "Amount"), sum_in("paid_minor", "Cleared")
    fields = ("number", "label", "whole_sum", "paid", "due_before", "due_on", "rf_reference", "paid_at")
    readonly_fields = ("whole_sum", "paid")


class VersionInline(OrderInline):
    model = ContractVersion
    verbose_name_plural = "contract versions"
    show_change_link = True
    fields = ("number", "drafted_by", "sent_at", "buyer_accepted_at", "supplier_accepted_at", "fingerprint")


class ShipmentInline(OrderInline):
    model = Shipment
    show_change_link = True
    fields = (
        "number",
        "transport",
        "fact",
        "dispatched_on",
        "carrier",
        "document",
        "tracking_number",
        "tracking",
        "finding",
        "delivered_at",
        "arrived_at",
    )


class HoldInline(OrderInline):
    model = Hold
    held = sum_in("amount_minor", "Held")
    fields = ("reason", "line", "held", "opened_at", "closed_at")
    readonly_fields = ("held",)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("line")


class ReceiptLineInline(ReadOnlyInline):
    model = ReceiptLine


class AttachmentInline(OrderInline):
    model = Attachment
    fields = ("name", "content_type", "size", "sha256", "side", "added_at", "removed_at")


class MessageInline(OrderInline):
    model = Message
    fields = ("sent_at", "side", "author", "body")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("author")


@admin.register(Order)
class OrderAdmin(FlagActs, ReadOnlyAdmin):
    list_display = ("reference", "title", "status", "buyer", "supplier", "total", "covered", "ship_by_at", "created_at")
    list_select_related = ("buyer", "supplier")
    list_filter = ("status", CurrencyFilter, "is_sample")
    search_fields = ("reference",)
    search_help_text = "Order number, a buyer's e-mail address, a supplier's name, or a creditor reference (RF…)"
    ordering = ("-id",)
    actions_detail = ("flag", "unflag")
    inlines = (
        LineInline,
        InstalmentInline,
        VersionInline,
        ShipmentInline,
        HoldInline,
        AttachmentInline,
        MessageInline,
    )
    total, covered = amount("total_minor", "Total"), amount("covered_minor", "Covered now")
    cleared, borne, fees = (
        amount("cleared_minor", "Cleared"),
        amount("borne_minor", "Bank charges we bore"),
        amount("fees_minor", "Processing fees"),
    )
    released, service_fee, reserve = (
        amount("released_minor", "Released"),
        amount("service_fee_minor", "Service fee"),
        amount("reserve_minor", "Kept back at receipt"),
    )
    refunded, escrow = amount("refunded_minor", "Refunded"), amount("escrow_minor", "In escrow now")
    reserved = amount("reserved_minor", "Reserved of the limit")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("reference", "status"),
                    "title",
                    ("buyer", "supplier"),
                    "request",
                    ("is_sample", "timezone"),
                    ("rulebook_version", "usd_per_unit"),
                    "public_id",
                    ("flagged_at", "flagged_because"),
                )
            },
        ),
        (
            "Money",
            {
                "fields": (
                    ("total", "cleared"),
                    ("escrow", "covered"),
                    ("released", "refunded"),
                    ("reserve", "service_fee"),
                    ("fees", "borne"),
                    ("reserved", "processing_payments"),
                    "transfers",
                )
            },
        ),
        (
            "Dates, in your time zone",
            {
                "fields": (
                    ("created_at", "lapses_at"),
                    ("placed_at", "cancels_at"),
                    ("first_cleared_at", "production_confirmed_at"),
                    ("paid_at", "ship_by_at"),
                    ("award_at", "shipped_at"),
                    ("auto_confirm_at", "received_at"),
                    ("buyer_extended_at", "supplier_extended_at"),
                    ("protection_ends_at", "protection_timezone"),
                    ("closed_at", "closed_because"),
                    "cancel_proposed_by",
                )
            },
        ),
        ("Events", {"fields": ("events",)}),
    )
    readonly_fields = (
        "total",
        "covered",
        "cleared",
        "borne",
        "fees",
        "released",
        "service_fee",
        "reserve",
        "refunded",
        "escrow",
        "reserved",
        "transfers",
        "events",
        "reference",
        "public_id",
    )

    def found_by(self, queryset, term):
        return queryset.filter(
            Q(reference=term.upper())
            | Q(buyer__email=term.lower())
            | Q(supplier__in=Supplier.objects.filter(name__icontains=term)[:20].values("pk"))
            | Q(pk__in=Instalment.objects.filter(rf_reference=term.replace(" ", "").upper()).values("order_id"))
        )

    @display(description="Transfers")
    def transfers(self, order):
        url = f"{reverse('admin:ledger_transfer_changelist')}?order_id={order.pk}"
        return format_html('<a class="underline" href="{}">Every transfer of this order</a>', url)

    @display(description="What happened")
    def events(self, order):
        return timeline("order", order.pk)


@admin.register(ContractVersion)
class ContractVersionAdmin(ReadOnlyAdmin):
    list_display = ("order", "number", "drafted_by", "author", "sent_at", "buyer_accepted_at", "supplier_accepted_at")
    list_select_related = ("order", "author")
    list_filter = ("drafted_by", ("sent_at", admin.EmptyFieldListFilter))
    search_fields = ("order__reference",)
    search_help_text = "Order number or fingerprint"
    ordering = ("-id",)
    fields = (
        ("order", "number"),
        ("drafted_by", "author"),
        ("created_at", "sent_at"),
        ("buyer_accepted_at", "buyer_accepted_by"),
        ("supplier_accepted_at", "supplier_accepted_by"),
        "fingerprint",
        "terms",
    )
    readonly_fields = ("terms",)

    def found_by(self, queryset, term):
        return queryset.filter(Q(order__reference=term.upper()) | Q(fingerprint=term.lower()))

    @display(description="The document")
    def terms(self, version):
        text = json.dumps(version.document, indent=2, ensure_ascii=False)
        return format_html('<pre class="whitespace-pre-wrap break-words">{}</pre>', text)


class RatesForm(forms.Form):
    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget(), error_messages={"required": "Choose the file with the rates."}
    )


@admin.register(ReferenceRate)
class ReferenceRateAdmin(ModelAdmin):
    """Rates that finance keeps; a contract pins the one of its day, so a correction touches later contracts only."""

    list_display = ("currency", "on", "usd_per_unit")
    list_filter = (CurrencyFilter,)
    ordering = ("-on", "currency")
    list_per_page = 50
    actions_list = ("import_file",)

    def has_delete_permission(self, request, obj=None):
        return False

    def has_import_permission(self, request, obj=None):
        return self.has_add_permission(request)

    @action(description="Import a file", url_path="import", permissions=["import"], icon="upload")
    def import_file(self, request):
        """Take a file of rates in; each line that is refused is shown with its reason."""
        form = RatesForm(request.POST, request.FILES) if request.method == "POST" else RatesForm()
        result = None
        if request.method == "POST" and form.is_valid():
            try:
                rows = rates.read(form.cleaned_data["file"].read(rates.FILE_MAX + 1))
                result = rating.import_rates(rows=rows, by=request.user, now=timezone.now())
            except NotAllowed as error:
                raise PermissionDenied(str(error)) from error
            except Refused as error:
                form.add_error("file", str(error))
        context = self.admin_site.each_context(request) | {
            "title": "Import reference rates",
            "form": form,
            "result": result,
            "back": reverse("admin:orders_referencerate_changelist"),
            "opts": self.opts,
        }
        failed = bool(form.errors) or bool(result and result.refused)
        return TemplateResponse(request, "admin/orders/import_rates.html", context, status=422 if failed else 200)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if "currency" in form.base_fields:
            form.base_fields["currency"].validators.append(_traded)
        return form


def _traded(code):
    if code not in money.CURRENCIES:
        raise forms.ValidationError(f"We trade in {', '.join(money.CURRENCIES)}.")
