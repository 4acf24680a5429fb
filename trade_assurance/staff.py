"""The staff desk: what every admin page shares. Money and lifecycle rows are read here and changed by actions only."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join, strip_tags
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from trade_assurance import money
from trade_assurance.refused import NotAllowed, Refused

SHORT = 24  # letters of a cell that is never broken on a wide screen


class BigListAdmin(ModelAdmin):
    """Lists that never count: tables here grow to millions of rows."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_filter_submit = False
    list_fullwidth = True
    compressed_fields = True
    empty_words = "Rows appear here as soon as there are any."

    def get_search_results(self, request, queryset, search_term):
        """Exact and indexed look-ups of `found_by` in place of scans; a term that fits nothing finds nothing."""
        term = search_term.strip().replace("\x00", "")
        return (self.found_by(queryset, term) if term else queryset), False

    def found_by(self, queryset, term):
        return queryset.filter(pk=whole(term))


class ReadOnly:
    """Nobody adds, changes or deletes here, not even a superuser; who may view it is a permission."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyAdmin(ReadOnly, BigListAdmin):
    actions = None


class ReadOnlyInline(ReadOnly, TabularInline):
    """Rows that belong to the one above them; long lists are paged."""

    extra = 0
    per_page = 25
    tab = True
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).order_by("pk")


def whole(term: str) -> int:
    """A term as a database id; -1, which no row has, when it is none."""
    return int(term) if term.isascii() and term.isdigit() and len(term) < 19 else -1


def amount(field: str, label: str, currency: str = "currency"):
    """An admin column for minor units in the row's currency (`currency` is a field's name or a code)."""

    @display(description=label, ordering=field)
    def column(self, row):
        value = getattr(row, field)
        return "" if value is None else money.display(value, getattr(row, currency, currency))

    return column


def order_link(label: str = "Order", field: str = "order_id"):
    """An admin column that leads to the order with this id."""

    @display(description=label)
    def column(self, row):
        order_id = getattr(row, field)
        return format_html('<a class="underline" href="{}">{}</a>', order_page(order_id), order_id) if order_id else ""

    return column


def order_page(order_id: int) -> str:
    return reverse("admin:orders_order_change", args=[order_id])


class CurrencyFilter(admin.SimpleListFilter):
    title = "currency"
    parameter_name = "currency"

    def lookups(self, request, model_admin):
        return [(code, code) for code in money.CURRENCIES]

    def queryset(self, request, queryset):
        return queryset.filter(currency=self.value()) if self.value() else queryset


def table(heads, rows):
    """Rows of text as an HTML table; everything is escaped."""
    if not rows:
        return "Nothing yet."
    cell = '<td class="px-2 py-1 align-top{}" data-label="{}">{}</td>'
    return format_html(
        '<div class="staff-table staff-rows"><table class="w-full text-left"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        format_html_join("", '<th scope="col" class="px-2 py-1 font-semibold">{}</th>', ((head,) for head in heads)),
        format_html_join(
            "",
            '<tr class="border-t border-base-200 dark:border-base-800">{}</tr>',
            (
                (
                    format_html_join(
                        "", cell, ((_kept(value), head, value) for head, value in zip(heads, row, strict=True))
                    ),
                )
                for row in rows
            ),
        ),
    )


def _kept(value) -> str:
    """The class of a cell that stays on one line: an amount, a date, a state."""
    return " staff-short" if len(strip_tags(str(value))) <= SHORT else ""


def is_row_page(request) -> bool:
    """Whether this is a row's own page: buttons that can't act now are left out there; an act's page says why not."""
    return request.resolver_match is None or request.resolver_match.url_name.endswith("_change")


class ActForm(forms.Form):
    """A form of an admin action, in the desk's look."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.SplitDateTimeField):
                field.widget = UnfoldAdminSplitDateTimeWidget()
            elif isinstance(field, forms.ChoiceField):
                choices = field.choices
                field.widget = UnfoldAdminSelectWidget()
                field.choices = choices
            elif isinstance(field, forms.FileField):
                field.widget = UnfoldAdminFileFieldWidget()
            elif isinstance(field, forms.BooleanField):
                field.widget = UnfoldBooleanSwitchWidget()
            elif isinstance(field.widget, forms.Textarea):
                field.widget = UnfoldAdminTextareaWidget({"rows": 4})
            else:
                field.widget = UnfoldAdminTextInputWidget()
                if isinstance(field, forms.DateField):
                    field.widget.input_type = "date"
            field.widget.is_required = field.required


class Reason(ActForm):
    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea,
        help_text="Kept with the change, in the events.",
        error_messages={"required": "Say why: the reason is kept with the change."},
    )


def act(
    model_admin,
    request,
    object_id,
    *,
    title,
    call,
    done,
    button,
    form_class=Reason,
    initial=lambda row: {},
    explain="",
    why_not=None,
):
    """The page of one admin action: a form, by default for a reason, one call of an action, and its answer.

    `call(row, cleaned, now)` makes the change; what it refuses stands at its field. `why_not(row)` is the sentence for
    who opens the form, or goes back to it, when nothing can be done any more.
    """
    row = model_admin.get_object(request, str(object_id))
    if row is None:
        raise Http404
    if not model_admin.has_view_permission(request, row):
        raise PermissionDenied
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = form_class(*sent, initial=initial(row))
    back = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    if request.method != "POST" and why_not is not None and (sentence := why_not(row)):
        messages.info(request, sentence)
        return HttpResponseRedirect(back)
    if request.method == "POST" and form.is_valid():
        try:
            call(row, form.cleaned_data, timezone.now())
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, done(row, form.cleaned_data))
            return HttpResponseRedirect(back)
    context = model_admin.admin_site.each_context(request) | {
        "title": title,
        "subtitle": str(row),
        "row": row,
        "form": form,
        "back": back,
        "button": button,
        "explain": explain,
        "opts": row._meta,
    }
    return TemplateResponse(request, "admin/act.html", context, status=422 if form.errors else 200)


# the sidebar ------------------------------------------------------------------------------------------------------

SIDEBAR = (
    (
        "Orders",
        (
            ("Orders", "shopping_bag", "orders.order"),
            ("Shipments", "local_shipping", "orders.shipment"),
            ("Rejected tracking", "wrong_location", "orders.trackingreview"),
            ("Later receipts", "event_repeat", "orders.laterreceipt"),
        ),
    ),
    (
        "Disputes",
        (
            ("Case queue", "gavel", "disputes.dispute"),
            ("Waiting for a second look", "rule", "disputes.decision"),
            ("Inspectors", "badge", "disputes.inspector"),
            ("Register of decisions", "menu_book", "disputes:register"),
        ),
    ),
    (
        "Contracts",
        (
            ("Contract versions", "contract", "orders.contractversion"),
            ("Reference rates", "currency_exchange", "orders.referencerate"),
        ),
    ),
    (
        "Finance",
        (
            ("Finance desk", "monitoring", "payments.dailyclose", "finance"),
            ("Daily closes", "event_available", "payments.dailyclose"),
            ("Suppliers that owe us", "request_quote", "payments.receivable"),
        ),
    ),
    (
        "Payments",
        (
            ("Payments", "payments", "payments.payment"),
            ("Bank entries", "account_balance", "payments.bankentry"),
            ("Statement files", "upload_file", "payments.statementfile"),
            ("Statements", "receipt_long", "payments.statement"),
            ("Match proposals", "rule", "payments.matchproposal"),
            ("Payers to be named", "help", "payments.payerquestion"),
            ("Fraud checks", "policy", "payments.check"),
            ("Refunds", "undo", "payments.refund"),
            ("Payouts", "send_money", "payments.payout"),
            ("Payment files", "drafts", "payments.payoutbatch"),
            ("Chargebacks", "credit_card_off", "payments.chargeback"),
            ("Reports of gateways", "notifications", "payments.webhook"),
            ("Settlements of gateways", "savings", "payments.gatewaysettlement"),
        ),
    ),
    (
        "Ledger",
        (("Accounts", "account_balance_wallet", "ledger.account"), ("Transfers", "swap_horiz", "ledger.transfer")),
    ),
    (
        "Suppliers",
        (
            ("Suppliers", "factory", "suppliers.supplier"),
            ("Verifications", "verified", "suppliers.verification"),
            ("Paused, to review", "pause_circle", "suppliers.pause"),
            ("Products", "inventory_2", "suppliers.product"),
            ("Reservations", "lock", "suppliers.reservation"),
            ("Reviews", "reviews", "orders.review"),
            ("Categories", "category", "suppliers.category"),
        ),
    ),
    ("People", (("People", "person", "accounts.user"), ("Groups", "group", "auth.group"))),
    ("Events", (("Events", "history", "events.event"),)),
)


def sidebar(request) -> list[dict]:
    """The admin's navigation: the groups above, each with what this person may view."""
    groups = []
    for title, entries in SIDEBAR:
        items = []
        for label, icon, target, *named in entries:
            page = target  # of the site, which everybody may read
            if ":" not in target:
                app, name = target.split(".")
                if not any(request.user.has_perm(f"{app}.{verb}_{name}") for verb in ("view", "change")):
                    continue
                page = named[0] if named else f"admin:{app}_{name}_changelist"
            try:
                items.append({"title": label, "icon": icon, "link": reverse(page)})
            except NoReverseMatch:  # that model has no staff page in this installation
                continue
        if items:
            groups.append({"title": title, "separator": True, "collapsible": False, "items": items})
    return groups


def environment(request) -> list[str] | None:
    """The label beside the title: a demo says that it is one."""
    return ["Demo", "warning"] if settings.DEMO else None


def stylesheet(request) -> str:
    return static("staff.css")


def favicon(request) -> str:
    return static("favicon.svg")
