"""Staff pages of shipments: what carriers said of them, and the queue of rejected tracking (Rulebook 8)."""

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from unfold.decorators import action, display

from orders import actions, tracking_words
from orders.actions.tracking import used_elsewhere
from orders.judging_admin import JudgedAdmin
from orders.models import Shipment, ShipmentLine, TrackingReview
from trade_assurance.staff import ActForm, ReadOnlyAdmin, ReadOnlyInline, act, order_page, table
from trade_assurance.templatetags.ta import moment

MOST = 20


def carrier_events(shipment):
    """What carriers said of a shipment as a table, the newest first."""
    heads = ("At the place, and in UTC", "What", "Where", "Told by")
    rows = [
        (
            f"{each.local or 'No offset told'}, {moment(each.event.at, 'UTC')}",
            f"{each.what}. {each.detail}" if each.detail else each.what,
            each.where,
            f"{each.source}, heard {moment(each.event.heard_at, 'UTC')}",
        )
        for each in tracking_words.said(shipment)
    ]
    return table(heads, rows) if rows else "The carrier has said nothing yet."


class ArrivalForm(ActForm):
    delivered_at = forms.SplitDateTimeField(label="Delivered at, in your time zone", required=False)
    arrived_at = forms.SplitDateTimeField(label="Arrived at port or terminal at, in your time zone", required=False)

    def clean(self):
        given = super().clean()
        if not self.errors and not given.get("delivered_at") and not given.get("arrived_at"):
            raise forms.ValidationError("Give the time of delivery or of arrival.")
        return given


class ShipmentLineInline(ReadOnlyInline):
    model = ShipmentLine

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("line")


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display = (
        "order",
        "number",
        "transport",
        "carrier",
        "tracking_number",
        "tracking",
        "dispatched_on",
        "delivered_at",
        "arrived_at",
    )
    list_select_related = ("order",)
    list_filter = ("tracking", "transport")
    readonly_fields = ("said",)
    search_fields = ("order__reference",)
    search_help_text = "Order number"
    ordering = ("-id",)
    inlines = (ShipmentLineInline,)
    actions_detail = ("record_arrival",)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("order", "entered_by")

    def found_by(self, queryset, term):
        return queryset.filter(order__reference=term.upper())

    def has_record_permission(self, request, obj=None):
        return request.user.has_perm("orders.record_arrival")

    @display(description="What carriers say, the newest first")
    def said(self, shipment):
        return carrier_events(shipment)

    @action(description="Record arrival", url_path="arrival", permissions=["record"], icon="where_to_vote")
    def record_arrival(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Record what the carrier says",
            explain="A delivery or an arrival at port brings the automatic confirmation of receipt nearer.",
            form_class=ArrivalForm,
            initial=lambda shipment: {"delivered_at": shipment.delivered_at, "arrived_at": shipment.arrived_at},
            call=lambda shipment, given, now: actions.record_arrival(
                shipment_id=shipment.pk,
                delivered_at=given["delivered_at"],
                arrived_at=given["arrived_at"],
                by=request.user,
                now=now,
            ),
            done=lambda shipment, given: f"Recorded for {shipment}.",
            button="Record it",
        )


class FindingFilter(admin.SimpleListFilter):
    title = "finding"
    parameter_name = "finding"

    def lookups(self, request, model_admin):
        return [("all", "Found valid or false"), ("valid", "Found valid"), ("false", "Found false")]

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        return [first | {"display": "Waiting for us"}, *rest]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset.exclude(finding="")
        if self.value():
            return queryset.filter(finding=self.value())
        return queryset.to_judge()


@admin.register(TrackingReview)
class TrackingReviewAdmin(JudgedAdmin):
    """Rejected tracking, the one that waits longest first; nothing of it is confirmed by time meanwhile."""

    list_display = ("order", "number", "carrier", "tracking_number", "rejected_because", "rejected_at", "finding")
    list_filter = (FindingFilter,)
    ordering = ("rejected_at", "id")
    may_judge, judged = "orders.judge_tracking", "shipment_id"
    actions_detail = ("find_valid", "find_false")
    empty_words = "No tracking waits for you."
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("the_order", "state"),
                    ("rejected_because", "rejected_at"),
                    ("paid_at", "dispatched_on"),
                    ("carrier", "transport"),
                    ("tracking_number", "container"),
                    ("fact", "document"),
                    "destination",
                    "elsewhere",
                )
            },
        ),
        ("What carriers say", {"fields": ("said",)}),
        ("Finding", {"fields": (("finding", "found_at"), "found_by", "found_because")}),
    )
    readonly_fields = ("the_order", "state", "paid_at", "container", "destination", "elsewhere", "said")

    def already(self, row) -> str:
        return row.get_finding_display().lower()

    def get_queryset(self, request):
        rows = super().get_queryset(request).exclude(rejected_at=None)
        return rows.select_related("order__supplier", "order__buyer", "found_by")

    @display(description="Tracking")
    def state(self, shipment):
        return shipment.get_tracking_display()

    @display(description="Container")
    def container(self, shipment):
        return shipment.container_number

    @display(description="Paid")
    def paid_at(self, shipment):
        return moment(shipment.order.paid_at, "UTC")

    @display(description="To, by the contract")
    def destination(self, shipment):
        terms = shipment.order.versions.in_force().terms
        return f"{terms.incoterm} {terms.place}, to {terms.destination_address}, {terms.destination_country}"

    @display(description="The same number elsewhere")
    def elsewhere(self, shipment):
        rows = used_elsewhere(shipment).select_related("order__supplier").order_by("id")[:MOST]
        if not rows:
            return "On no other order."
        heads = ("Order", "Supplier", "Shipment", "Entered", "Tracking")
        return table(
            heads,
            [
                (
                    format_html('<a class="underline" href="{}">{}</a>', order_page(row.order_id), row.order),
                    row.order.supplier.name,
                    row.number,
                    moment(row.entered_at, "UTC"),
                    row.get_tracking_display(),
                )
                for row in rows
            ],
        )

    @display(description="Events, the newest first")
    def said(self, shipment):
        return carrier_events(shipment)

    @action(description="It is valid", url_path="valid", permissions=["judge"], icon="check_circle")
    def find_valid(self, request, object_id):
        return self.find(
            request,
            object_id,
            actions.find_valid,
            title="Find the tracking valid",
            explain="It counts from now, and the time to confirm receipt goes on with what was left of it.",
            done="is found valid",
        )

    @action(description="It is false", url_path="false", permissions=["judge"], icon="cancel")
    def find_false(self, request, object_id):
        return self.find(
            request,
            object_id,
            actions.find_false,
            title="Find the shipment false",
            explain="Its goods are not shipped: the order is paid again and its ship-by date stands. The supplier gets "
            "the penalty points of false tracking, which pause it. What the buyer has confirmed by now stays received.",
            done="is found false",
        )
