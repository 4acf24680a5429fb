"""Staff pages for fraud checks: the queue of held payments, each score explained, who is linked, and the figures."""

from functools import partial

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display

from accounts.freshness import demand_fresh
from payments.actions import reviewing
from payments.fraud import figures
from payments.fraud.facts import linked_accounts
from payments.fraud.rules import RULES
from payments.fraud.scoring import weight_of
from payments.models import Check, Method
from trade_assurance import money
from trade_assurance.staff import ReadOnlyAdmin, act, is_row_page, order_page, table, whole
from trade_assurance.templatetags.ta import left, moment

V = Check.Verdict
SHORT_METHODS = {Method.CARD: "Card", Method.ONLINE: "Online", Method.TT: "T/T"}


class VerdictFilter(admin.SimpleListFilter):
    """Held payments unless others are asked for."""

    title = "verdict"
    parameter_name = "verdict"
    ALL, FIRED = "all", "fired"

    def lookups(self, request, model_admin):
        return [(self.ALL, "All"), (self.FIRED, "Any rule fired"), *V.choices]

    def choices(self, changelist):
        held, *others = super().choices(changelist)
        return [held | {"display": "To review"}, *others]

    def queryset(self, request, queryset):
        value = self.value()
        if value in V.values:
            return queryset.filter(verdict=value)
        if value == self.FIRED:
            return queryset.exclude(rules=[])
        if value == self.ALL or request.GET.get("q", "").strip():  # a search looks everywhere
            return queryset
        return queryset.held()


class RuleFilter(admin.SimpleListFilter):
    title = "rule that fired"
    parameter_name = "rule"

    def lookups(self, request, model_admin):
        return [(name, rule.title) for name, rule in RULES.items()]

    def queryset(self, request, queryset):
        return queryset.filter(rules__contains=[{"name": self.value()}]) if self.value() in RULES else queryset


@admin.register(Check)
class CheckAdmin(ReadOnlyAdmin):
    list_display = ("order", "due", "points", "paid", "means", "who", "supplier", "verdict")
    list_select_related = ("payment__order__buyer", "payment__order__supplier")
    list_filter = (VerdictFilter, RuleFilter)
    search_fields = ("payment__order__reference",)
    search_help_text = "Order number, or number of the payment"
    actions_detail = ("approve", "decline")
    actions_list = ("figures",)
    empty_words = "No payment waits for a review."
    fields = (
        ("order", "payment"),
        ("paid", "method"),
        ("buyer", "supplier"),
        ("verdict", "due"),
        "explained",
        "failed",
        "linked",
        ("at", "alarmed_at"),
        ("reviewed_by", "reviewed_at"),
        "reason",
    )
    readonly_fields = ("order", "paid", "method", "buyer", "supplier", "due", "explained", "failed", "linked")

    def get_queryset(self, request):
        found = super().get_queryset(request)
        return found.select_related("payment__order__buyer", "payment__order__supplier", "reviewed_by")

    def get_ordering(self, request):
        """What is to review by its clock, other lists by age."""
        by_clock = request.GET.get(VerdictFilter.parameter_name, V.HELD) == V.HELD
        return ("due_at", "id") if by_clock and not request.GET.get("q") else ("-id",)

    def found_by(self, queryset, term):
        by_payment = queryset.filter(payment_id=whole(term))
        return by_payment | queryset.filter(payment__order__reference=term.upper())

    def get_urls(self):
        view = self.admin_site.admin_view(partial(_figures, self))
        return [path("figures/", view, name="payments_check_all_figures"), *super().get_urls()]

    # columns

    @display(description="Order")
    def order(self, check):
        order = check.payment.order
        return format_html('<a class="underline" href="{}">{}</a>', order_page(order.pk), order.reference)

    @display(description="Due", ordering="due_at")
    def due(self, check):
        if check.verdict != V.HELD:
            return "-"
        now = timezone.now()
        return f"{'Overdue: ' if check.due_at <= now else ''}{left(check.due_at, now)}"

    @display(description="Score", ordering="score")
    def points(self, check):
        return f"{check.score} of {check.threshold}"

    @display(description="Amount")
    def paid(self, check):
        return money.display(check.payment.total_minor, check.payment.currency)

    @display(description="Method")
    def method(self, check):
        return check.payment.get_method_display()

    @display(description="Method")
    def means(self, check):
        return SHORT_METHODS[check.payment.method]

    @display(description="Buyer")
    def who(self, check):
        return check.payment.order.buyer.display_name

    @display(description="Buyer")
    def buyer(self, check):
        buyer = check.payment.order.buyer
        return f"{buyer.display_name}, {buyer.email}"

    @display(description="Supplier")
    def supplier(self, check):
        return check.payment.order.supplier.name

    @display(description="Why this score")
    def explained(self, check):
        rows = [(_title(each["name"]), each["why"], each["weight"]) for each in check.rules]
        total = "held" if check.verdict != V.CLEAR else "cleared"
        rows.append(("In all", f"The threshold was {check.threshold}, so it was {total}.", check.score))
        return table(("Rule", "Why", "Weight"), rows)

    @display(description="Rules that failed")
    def failed(self, check):
        return ", ".join(_title(name) for name in check.crashed) or "All rules could be asked."

    @display(description="Linked accounts")
    def linked(self, check):
        rows = [
            (
                each.what,
                each.who,
                moment(each.since) if each.since else "",
                format_html('<a class="underline" href="{}">{}</a>', order_page(each.order.pk), each.order.reference)
                if each.order
                else "",
            )
            for each in linked_accounts(check, now=timezone.now())
        ]
        return table(("Shared", "With", "Since", "Order"), rows) if rows else "Nobody shares anything that we know of."

    # acts

    def has_review_permission(self, request, object_id=None):
        if not request.user.has_perm("payments.review_payment"):
            return False
        if object_id is None or not is_row_page(request):
            return True
        return Check.objects.held().filter(pk=whole(str(object_id))).exists()

    def has_figures_permission(self, request):
        return self.has_view_permission(request)

    @action(description="Approve", url_path="approve", permissions=["review"], icon="check_circle")
    def approve(self, request, object_id):
        return self._review(
            request,
            object_id,
            reviewing.approve_payment,
            title="Approve this payment",
            explain="The money leaves suspense and counts for the order at once. You can't undo it here.",
            done="The payment is approved and has cleared.",
            button="Approve",
        )

    @action(description="Decline", url_path="decline", permissions=["review"], icon="block")
    def decline(self, request, object_id):
        return self._review(
            request,
            object_id,
            reviewing.decline_payment,
            title="Decline this payment",
            explain="All of it, the fee too, goes back to where it came from. You can't undo it here.",
            done="The payment is declined; the money goes back with the next sweep.",
            button="Decline",
        )

    @action(description="Figures", url_path="to-figures", permissions=["figures"], icon="monitoring")
    def figures(self, request):
        return HttpResponseRedirect(reverse("admin:payments_check_all_figures"))

    def _review(self, request, object_id, review, *, title: str, explain: str, done: str, button: str):
        def call(check, given, now):
            demand_fresh(request)
            review(check_id=check.pk, reason=given["reason"], by=request.user, now=now)

        return act(
            self,
            request,
            object_id,
            title=title,
            explain=explain,
            call=call,
            done=lambda check, given: done,
            why_not=_reviewed,
            button=button,
        )


def _reviewed(check: Check) -> str:
    """Why a check is not to be reviewed any more; "" while it waits."""
    if check.verdict == V.HELD:
        return ""
    return f"This payment is {check.get_verdict_display().lower()} already. Nothing was changed."


def _title(name: str) -> str:
    return RULES[name].title if name in RULES else name


def _figures(model_admin, request):
    """How often each rule fired and was right, over 180 days."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    now = timezone.now()
    rows = [
        (
            format_html(
                '<a class="underline" href="{}?verdict=all&amp;rule={}">{}</a>',
                reverse("admin:payments_check_changelist"),
                each.name,
                each.title,
            ),
            weight_of(each.name) if each.name in RULES else "gone",
            each.fired,
            each.held,
            each.right,
            each.wrong,
            "-" if each.precision_percent is None else f"{each.precision_percent} %",
        )
        for each in figures.by_rule(now=now)
    ]
    heads = ("Rule", "Weight now", "Fired", "Of them held", "Right", "Wrong", "Right, of those known")
    context = model_admin.admin_site.each_context(request) | {
        "title": "Fraud checks: how often each rule fired and was right",
        "opts": model_admin.opts,
        "totals": figures.totals(now=now),
        "days": figures.PERIOD.days,
        "rules": table(heads, rows),
        "back": reverse("admin:payments_check_changelist"),
    }
    return TemplateResponse(request, "admin/payments/figures.html", context)
