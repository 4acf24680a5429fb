"""Staff pages for the daily close and the finance desk: read only, for finance."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, OuterRef, Subquery, Value, When
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from ledger.models import Account
from payments import figures
from payments.models import CloseLine, DailyClose, Receivable
from payments.models.closing import Level
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.staff import CurrencyFilter, ReadOnlyAdmin, ReadOnlyInline, amount, table, whole

LOOKS = {"alarm": "due due-over", "look": "due due-soon"}  # how bad it is, in colours of the desk; the words say it too


def verdict_tag(verdict: str, words: str):
    """A verdict or level with its colour."""
    return format_html('<span class="{}">{}</span>', LOOKS.get(verdict, "due"), words)


class CloseLineInline(ReadOnlyInline):
    model = CloseLine
    verbose_name_plural = "What was found"
    fields = ("level_shown", "check_name", "sentence", "should_be", "stands_at", "age_days")
    readonly_fields = ("level_shown", "should_be", "stands_at")
    per_page = 50
    tab = False
    hide_title = True

    def get_queryset(self, request):
        rank = [Level.ALARM, Level.LOOK, Level.EXPLAINED]
        found = super().get_queryset(request)
        return found.alias(rank=_ranked("level", rank)).order_by("rank", "id")

    @display(description="Level")
    def level_shown(self, line):
        return verdict_tag(line.level, line.get_level_display())

    @display(description="Should be")
    def should_be(self, line):
        return _money(line.expected_minor, line.currency)

    @display(description="Is")
    def stands_at(self, line):
        return _money(line.found_minor, line.currency)


def _money(minor, currency):
    return "-" if minor is None or not currency else money.display(minor, currency)


def _ranked(field, values):
    return Case(*(When(**{field: value}, then=Value(place)) for place, value in enumerate(values)), default=len(values))


@admin.register(DailyClose)
class DailyCloseAdmin(ReadOnlyAdmin):
    empty_words = "The first close is made tonight, after midnight UTC."
    list_display = ("day", "run", "verdict_shown", "alarms", "looks", "proof_shown", "made_at")
    list_select_related = ("proof",)
    list_filter = ("verdict",)
    search_fields = ("day",)
    search_help_text = "Id of the close"
    ordering = ("-day", "-run")
    inlines = (CloseLineInline,)
    fields = (("day", "run"), "verdict_shown", ("alarms", "looks"), ("made_at", "proof_shown"), "stood")
    readonly_fields = ("verdict_shown", "proof_shown", "stood")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("proof")

    def found_by(self, queryset, term):
        return queryset.filter(pk=whole(term))

    @display(description="Verdict", ordering="verdict")
    def verdict_shown(self, close):
        return verdict_tag(close.verdict, close.get_verdict_display())

    @display(description="Proof of the books")
    def proof_shown(self, close):
        return "Holds" if close.proof.holds else f"{close.proof.breaches} broken promises"

    @display(description="The books then")
    def stood(self, close):
        rows = [
            (" ".join(filter(None, (Account.Kind(kind).label, name))), money.display(minor, code))
            for kind, name, code, minor in close.balances
        ]
        return table(("Account", "Debits less credits"), rows)


@admin.register(Receivable)
class ReceivableAdmin(ReadOnlyAdmin):
    """Who owes us: what the guarantee paid for a supplier, until its next releases have paid it back."""

    list_display = ("supplier", "currency", "owes", "ledger")
    empty_words = "No supplier owes us anything."
    list_filter = (CurrencyFilter,)
    search_fields = ("supplier_id",)
    search_help_text = "Slug of the supplier"
    ordering = ("-balance_minor", "-id")
    fields = ("supplier", "currency", "owes", "ledger")
    readonly_fields = ("supplier", "owes", "ledger")
    owes = amount("balance_minor", "Owes us")

    def get_queryset(self, request):
        names = Supplier.objects.filter(pk=OuterRef("supplier_id")).values("name")[:1]
        return super().get_queryset(request).owed_to_us().annotate(company=Subquery(names))

    def found_by(self, queryset, term):
        found = Supplier.objects.filter(slug=term).values("pk")
        return queryset.filter(supplier_id__in=found)

    @display(description="Supplier")
    def supplier(self, account):
        page = reverse("admin:suppliers_supplier_change", args=[account.supplier_id])
        return format_html('<a class="underline" href="{}">{}</a>', page, account.company or account.supplier_id)

    @display(description="Its transfers")
    def ledger(self, account):
        page = reverse("admin:ledger_account_change", args=[account.pk])
        return format_html('<a class="underline" href="{}">Account {}</a>', page, account.pk)


def finance(request):
    """The finance desk: where the money stands by the ledger of this moment, what needs somebody, and how days went."""
    if not request.user.has_perm("payments.view_dailyclose"):
        raise PermissionDenied("Finance staff read these figures.")
    asked = request.GET.get("days", "")
    shown = figures.finance(
        now=timezone.now(), days=int(asked) if asked in ("30", "90") else 30, currency=request.GET.get("currency", "")
    )
    context = admin.site.each_context(request) | {"title": "Finance desk"} | shown
    return TemplateResponse(request, "admin/payments/finance.html", context)
