"""Staff pages for the books: read only, for everybody."""

from django.contrib import admin
from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from ledger.models import Account, Transfer
from trade_assurance import money
from trade_assurance.staff import CurrencyFilter, ReadOnlyAdmin, amount, order_link, whole


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("kind", "currency", "order", "supplier_id", "name", "stored")
    list_filter = ("kind", CurrencyFilter, "guarded")
    search_fields = ("order_id",)
    search_help_text = "Id of the order, or the account's name"
    ordering = ("-id",)
    fields = ("kind", "currency", "order", "supplier_id", "name", "guarded", "balance", "transfers")
    readonly_fields = ("order", "balance", "transfers")
    order = order_link()

    def found_by(self, queryset, term):
        return queryset.filter(Q(order_id=whole(term)) | Q(name=term))

    @display(description="Balance, debits less credits")
    def stored(self, account):
        """Accounts of the platform are added up on their own page, never all at once."""
        if account.balance_minor is None:
            return "Open to add up"
        return money.display(account.balance_minor, account.currency)

    @display(description="Balance, debits less credits")
    def balance(self, account):
        if account.balance_minor is not None:
            return money.display(account.balance_minor, account.currency)
        debits = account.debits.aggregate(total=Sum("amount_minor"))["total"] or 0
        credits = account.credits.aggregate(total=Sum("amount_minor"))["total"] or 0
        return money.display(debits - credits, account.currency)

    @display(description="Transfers")
    def transfers(self, account):
        url = reverse("admin:ledger_transfer_changelist")
        return format_html(
            '<a class="underline" href="{}?debit_id={}">Debits</a>, '
            '<a class="underline" href="{}?credit_id={}">credits</a>',
            url,
            account.pk,
            url,
            account.pk,
        )


class BookFilter(admin.SimpleListFilter):
    title = "kind of account"
    parameter_name = "book"

    def lookups(self, request, model_admin):
        return Account.Kind.choices

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.filter(Q(debit__kind=self.value()) | Q(credit__kind=self.value()))


class KindFilter(admin.SimpleListFilter):
    """Kinds that the newest transfers have; reading them all would read the whole table."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        newest = Transfer.objects.order_by("-id").values_list("kind", flat=True)[:2000]
        kinds = set(newest) | ({self.value()} if self.value() else set())
        return [(kind, kind.replace("_", " ")) for kind in sorted(kinds)]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("id", "at", "kind", "debit", "credit", "amount", "order", "entry")
    list_select_related = ("debit", "credit")
    list_filter = (KindFilter, BookFilter, CurrencyFilter)
    search_fields = ("key",)
    search_help_text = "Id of the order, or the transfer's key"
    ordering = ("-id",)
    fields = ("at", "kind", "debit", "credit", "amount", "order", "supplier_id", "key", "entry")
    readonly_fields = ("amount", "order")
    amount = amount("amount_minor", "Amount")
    order = order_link()

    def found_by(self, queryset, term):
        return queryset.filter(Q(order_id=whole(term)) | Q(key=term))

    def lookup_allowed(self, lookup, value, request=None):
        return lookup in ("order_id", "debit_id", "credit_id") or super().lookup_allowed(lookup, value, request)
