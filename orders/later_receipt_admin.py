"""Staff pages of later receipts: what waits for a finding, with its proof (Rulebook 11)."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import action, display

from orders import actions
from orders.judging_admin import JudgedAdmin
from orders.models import LaterReceipt
from trade_assurance.templatetags.ta import moment, moment_end


class StateFilter(admin.SimpleListFilter):
    title = "finding"
    parameter_name = "finding"

    def lookups(self, request, model_admin):
        return [("all", "Decided")]

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        return [first | {"display": "Waiting for us"}, *rest]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset.exclude(state=LaterReceipt.State.ASKED)
        is_list = request.resolver_match.url_name.endswith("_changelist")
        return queryset.filter(state=LaterReceipt.State.ASKED) if is_list else queryset


@admin.register(LaterReceipt)
class LaterReceiptAdmin(JudgedAdmin):
    """Later receipts, the one that waits longest first; no window of their orders closes meanwhile."""

    list_display = ("order", "received_on", "asked_at", "state")
    list_filter = (StateFilter,)
    ordering = ("asked_at", "id")
    may_judge, judged = "orders.judge_later_receipt", "later_id"
    actions_detail = ("grant", "refuse")
    empty_words = "No later receipt waits for you."
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "the_order",
                    ("received_on", "asked_at"),
                    ("confirmed_at", "ends_at"),
                    "words",
                    "the_proof",
                    "carriers",
                )
            },
        ),
        ("Finding", {"fields": (("state", "decided_at"), "decided_by", "reason")}),
    )
    readonly_fields = ("the_order", "confirmed_at", "ends_at", "the_proof", "carriers")

    def already(self, row) -> str:
        return "" if row.state == LaterReceipt.State.ASKED else f"found {row.get_state_display().lower()}"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("order__supplier", "order__buyer", "decided_by")

    @display(description="Confirmed by time")
    def confirmed_at(self, later):
        return moment(later.order.receipt.at, "UTC")

    @display(description="Protection ends")
    def ends_at(self, later):
        order = later.order
        return moment_end(order.protection_ends_at, order.protection_timezone) or "Stopped by a claim, or over"

    @display(description="The proof")
    def the_proof(self, later):
        if not later.proof:
            return "No file: the carrier said so"
        url = reverse("orders:later_proof", args=[later.order.reference, later.pk])
        return format_html('<a class="underline" href="{}">{}</a> SHA-256 {}', url, later.name, later.sha256)

    @display(description="What carriers say")
    def carriers(self, later):
        told = [
            f"Shipment {shipment.number}: delivered {moment(shipment.delivered_at, 'UTC')}, "
            f"{shipment.get_tracking_display().lower()}"
            for shipment in later.order.shipments.counted().order_by("number")
            if shipment.delivered_at
        ]
        return "; ".join(told) or "No delivery is known."

    @action(description="It is proven", url_path="grant", permissions=["judge"], icon="check_circle")
    def grant(self, request, object_id):
        return self.find(
            request,
            object_id,
            actions.grant_later_receipt,
            title="Find the later receipt proven",
            explain="Every window that was open when the buyer said so counts from that day. What was released stays "
            "released; the reserve waits. Both sides are told, with your reason.",
            done="is found proven",
        )

    @action(description="It is not proven", url_path="refuse", permissions=["judge"], icon="cancel")
    def refuse(self, request, object_id):
        return self.find(
            request,
            object_id,
            actions.refuse_later_receipt,
            title="Find the later receipt not proven",
            explain="The dates stay; windows that have ended meanwhile close. Both sides are told, with your reason.",
            done="is found not proven",
        )
