"""The case queue by the legal clock: what waits, who holds it, how long is left."""

from datetime import timedelta

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from unfold.decorators import display

from disputes.models import Decision, Dispute
from orders.models import Order
from trade_assurance import money
from trade_assurance.staff import CurrencyFilter, ReadOnlyAdmin, whole
from trade_assurance.templatetags.ta import left

SOON = 24 * 3600  # seconds before the deadline from which a case is marked
PROPOSED = Decision.objects.filter(dispute=OuterRef("pk"), status=Decision.Status.PROPOSED)
ESCALATED_BY = {"buyer": "By the buyer", "supplier": "By the supplier", "time": "By time"}


def urgency(at, now) -> tuple[str, str]:
    """How a deadline looks and what it says: ("over", "Overdue: 2 h 5 min late"), soon, or plain."""
    seconds = (at - now).total_seconds()
    if seconds <= 0:
        return "over", f"Overdue: {left(at, now)}"
    return ("soon", f"Soon: {left(at, now)}") if seconds < SOON else ("", left(at, now))


class StageFilter(admin.SimpleListFilter):
    """Cases with staff unless another stage is asked for."""

    title = "stage"
    parameter_name = "stage"
    ALL, OPEN = "all", "any_open"

    def lookups(self, request, model_admin):
        return [(self.OPEN, "All open"), (self.ALL, "All"), *Dispute.Status.choices]

    def choices(self, changelist):
        with_staff, *others = super().choices(changelist)
        return [with_staff | {"display": "With staff"}, *others]

    def queryset(self, request, queryset):
        value = self.value()
        if value == self.OPEN:
            return queryset.open()
        if value in Dispute.Status.values:
            return queryset.filter(status=value)
        if value == self.ALL or request.GET.get("q", "").strip():  # a search looks everywhere
            return queryset
        return queryset.filter(status__in=Dispute.WITH_STAFF)


class WhoFilter(admin.SimpleListFilter):
    title = "who holds it"
    parameter_name = "who"

    def lookups(self, request, model_admin):
        return [("mine", "Mine"), ("nobody", "Nobody yet"), ("second", "Waits for a second look")]

    def queryset(self, request, queryset):
        if self.value() == "mine":
            return queryset.filter(adjudicator=request.user)
        if self.value() == "nobody":
            return queryset.filter(adjudicator__isnull=True)
        if self.value() == "second":
            return queryset.filter(Exists(PROPOSED))
        return queryset


class DueFilter(admin.SimpleListFilter):
    title = "due"
    parameter_name = "due"

    def lookups(self, request, model_admin):
        return [("over", "Overdue"), ("soon", "Within 24 hours")]

    def queryset(self, request, queryset):
        now = timezone.now()
        if self.value() == "over":
            return queryset.filter(staff_due_at__lte=now)
        if self.value() == "soon":
            return queryset.filter(staff_due_at__gt=now, staff_due_at__lt=now + timedelta(seconds=SOON))
        return queryset


class FrozenFilter(admin.SimpleListFilter):
    title = "contested at a bank"
    parameter_name = "frozen"

    def lookups(self, request, model_admin):
        return [("yes", "Stands still")]

    def queryset(self, request, queryset):
        return queryset.filter(order__contested_minor__gt=0) if self.value() == "yes" else queryset


VIEWS = (
    ("With staff", {}),
    ("Mine", {"who": "mine"}),
    ("Nobody’s yet", {"who": "nobody"}),
    ("Wait for a second look", {"who": "second"}),
    ("Overdue", {"due": "over"}),
    ("All open", {"stage": StageFilter.OPEN}),
    ("Closed", {"stage": Dispute.Status.CLOSED}),
)


class CaseQueue(ReadOnlyAdmin):
    """The list; what one case looks like is in `cases`."""

    list_before_template = "admin/disputes/queue_views.html"
    list_display = ("reference", "due", "stage", "holder", "reasons", "claimed", "escalated", "order_reference")
    list_select_related = ("adjudicator", "order")
    list_filter = (StageFilter, WhoFilter, DueFilter, FrozenFilter, CurrencyFilter)
    search_fields = ("reference",)
    search_help_text = "Number of the dispute or of its order"

    def get_queryset(self, request):
        found = super().get_queryset(request)
        return found.prefetch_related("claims").annotate(waits_for_second=Exists(PROPOSED))

    def changelist_view(self, request, extra_context=None):
        """The list, with the views of it that are asked for most a click away."""
        asked = {name: value for name, value in request.GET.items() if name in ("who", "due", "stage", "q", "frozen")}
        views = [(label, f"?{urlencode(view)}", view == asked) for label, view in VIEWS]
        return super().changelist_view(request, (extra_context or {}) | {"views": views, "title": "Case queue"})

    def get_ordering(self, request):
        """By the legal clock where there is one; closed and other cases by age."""
        stage = request.GET.get(StageFilter.parameter_name)
        by_clock = not stage or stage in Dispute.WITH_STAFF or stage == StageFilter.OPEN
        return ("staff_due_at", "id") if by_clock else ("-id",)

    def found_by(self, queryset, term):
        orders = list(Order.objects.filter(reference=term.upper()).values_list("id", flat=True))
        return queryset.filter(Q(reference=term.upper()) | Q(order_id__in=orders) | Q(pk=whole(term)))

    @display(description="Due", ordering="staff_due_at")
    def due(self, dispute):
        if dispute.staff_due_at is None:
            return "-"
        if dispute.is_frozen:
            return format_html('<span class="due">{}</span>', "Stands still")
        look, words = urgency(dispute.staff_due_at, timezone.now())
        return format_html('<span class="due {}">{}</span>', look and f"due-{look}", words)

    @display(description="Stage", ordering="status")
    def stage(self, dispute):
        said = dispute.get_status_display()
        return f"{said}, waits for a second look" if dispute.waits_for_second else said

    @display(description="Held by", ordering="adjudicator")
    def holder(self, dispute):
        return dispute.adjudicator.get_full_name() if dispute.adjudicator else "Nobody yet"

    @display(description="Reasons")
    def reasons(self, dispute):
        return ", ".join(dict.fromkeys(claim.get_reason_display() for claim in dispute.claims.all()))

    @display(description="Claimed", ordering="claimed_minor")
    def claimed(self, dispute):
        return money.display(dispute.claimed_minor, dispute.currency)

    @display(description="Escalated", ordering="escalated_at")
    def escalated(self, dispute):
        return ESCALATED_BY.get(dispute.escalated_by, "") or ("Contested" if dispute.escalated_at else "Not yet")

    @display(description="Order", ordering="order__reference")
    def order_reference(self, dispute):
        return dispute.order.reference
