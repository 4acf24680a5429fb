"""Staff pages for payments and bank entries: read only; finance matches money in suspense and sends again."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from unfold.decorators import action, display

from orders.models import Instalment
from payments.actions.pushing import let_send_again
from payments.actions.receiving import match_entry, suggestions
from payments.models import BankEntry, Chargeback, Payment, Payout, PayoutLine, Refund
from trade_assurance import money
from trade_assurance.staff import ActForm, CurrencyFilter, ReadOnlyAdmin, ReadOnlyInline, act, amount, whole


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("order", "method", "status", "for_instalment", "fee", "gateway", "started_at", "cleared_at")
    list_select_related = ("order", "instalment__order")
    list_filter = ("status", "method", CurrencyFilter)
    search_fields = ("order__reference",)
    search_help_text = "Order number, or the gateway's reference"
    ordering = ("-id",)
    for_instalment, fee = amount("amount_minor", "Amount"), amount("fee_minor", "Fee on top")
    cleared, borne = amount("cleared_minor", "Cleared"), amount("borne_minor", "Gap that we bore")
    fee_kept, absorbed = amount("fee_kept_minor", "Fee kept"), amount("absorbed_minor", "Small surplus absorbed")
    surplus, refunded = amount("surplus_minor", "Owed back"), amount("refunded_minor", "Refunded of what cleared")
    surplus_returned = amount("surplus_returned_minor", "Surplus returned")
    charged_back = amount("charged_back_minor", "Taken back by a card network")
    fee_returned = amount("fee_returned_minor", "Fee returned")
    fields = (
        ("order", "instalment"),
        ("method", "status"),
        ("for_instalment", "fee"),
        ("cleared", "borne"),
        ("fee_kept", "absorbed"),
        ("surplus", "refunded"),
        ("surplus_returned", "fee_returned"),
        "charged_back",
        ("gateway", "gateway_reference"),
        ("created_by", "started_at"),
        ("cleared_at", "failed_at"),
        "failed_because",
        ("next_ask_at", "asked"),
        ("replaced_at", "public_id"),
    )
    readonly_fields = (
        "for_instalment",
        "fee",
        "cleared",
        "borne",
        "fee_kept",
        "absorbed",
        "surplus",
        "refunded",
        "surplus_returned",
        "fee_returned",
        "charged_back",
        "public_id",
    )

    def found_by(self, queryset, term):
        return queryset.filter(Q(order__reference=term.upper()) | Q(gateway_reference=term))


@admin.register(Chargeback)
class ChargebackAdmin(ReadOnlyAdmin):
    list_display = ("gateway_reference", "order", "state", "taken", "waits", "reason", "opened_at", "ended_at")
    list_select_related = ("order",)
    list_filter = ("state", CurrencyFilter)
    search_fields = ("order__reference",)
    search_help_text = "Order number, or the network's reference"
    ordering = ("-id",)
    taken, price = amount("amount_minor", "Taken back"), amount("of_cleared_minor", "Of the price")
    owed_price = amount("owed_cleared_minor", "Of it owed to the buyer already")
    surplus, fee = amount("of_surplus_minor", "Of a surplus"), amount("of_fee_minor", "Of the fee")
    owed_fee, beyond = amount("owed_fee_minor", "Of it owed already"), amount("beyond_minor", "Beyond the payment")
    fields = (
        ("order", "payment"),
        ("gateway", "gateway_reference"),
        ("state", "reason"),
        ("taken", "waits"),
        ("price", "owed_price"),
        ("fee", "owed_fee"),
        ("surplus", "beyond"),
        ("opened_at", "ended_at"),
    )
    readonly_fields = ("taken", "waits", "price", "owed_price", "fee", "owed_fee", "surplus", "beyond")

    def found_by(self, queryset, term):
        return queryset.filter(Q(order__reference=term.upper()) | Q(gateway_reference=term))

    @display(description="Refund that waits for it")
    def waits(self, chargeback):
        """What is owed to the buyer and not sent because the bank may give it (I7)."""
        waiting = chargeback.owed_minor if chargeback.state == Chargeback.State.OPEN else 0
        return money.display(waiting, chargeback.currency) if waiting else "-"


class MatchForm(ActForm):
    rf_reference = forms.CharField(
        label="Creditor reference of the instalment",
        max_length=40,
        help_text="RF…, as on the order's instalments. The amount is matched by the rules for bank transfers.",
    )

    def clean_rf_reference(self):
        typed = self.cleaned_data["rf_reference"].replace(" ", "").upper()
        self.instalment = Instalment.objects.filter(rf_reference=typed).first()
        if self.instalment is None:
            raise forms.ValidationError("No instalment has this reference.")
        return self.instalment.pk


@admin.register(BankEntry)
class BankEntryAdmin(ReadOnlyAdmin):
    list_display = ("entry", "status", "arrived", "payer_name", "reference", "arrived_at", "return_at")
    list_filter = ("status", CurrencyFilter)
    search_fields = ("entry",)
    search_help_text = "The bank's entry id, or an account number"
    ordering = ("-id",)
    actions_detail = ("match",)
    arrived, charges = amount("amount_minor", "Amount"), amount("charges_minor", "Charges named")
    fields = (
        ("entry", "status"),
        ("arrived", "charges"),
        ("account_number", "reference"),
        ("payer_name", "arrived_at"),
        "why",
        "suggested",
        ("payment", "matched_by"),
        ("return_at", "returns"),
        ("next_ask_at", "asked"),
    )
    readonly_fields = ("arrived", "charges", "suggested")

    def found_by(self, queryset, term):
        return queryset.filter(Q(entry=term) | Q(account_number=term))

    @display(description="It could belong to")
    def suggested(self, entry):
        return "; ".join(suggestions(entry)) if entry.status == BankEntry.Status.SUSPENSE else "-"

    def has_match_permission(self, request, obj=None):
        return request.user.has_perm("payments.match_entry")

    @action(description="Match", url_path="match", permissions=["match"], icon="link")
    def match(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Match to an instalment",
            form_class=MatchForm,
            initial=lambda entry: {},
            call=lambda entry, given, now: match_entry(
                entry_id=entry.pk, instalment_id=given["rf_reference"], by=request.user, now=now
            ),
            done=lambda entry, given: f"Entry {entry.entry} is matched.",
            button="Match it",
        )


class SendAgainForm(ActForm):
    pass


class SendingAdmin(ReadOnlyAdmin):
    """Money on its way out; finance lets what came back be sent again."""

    list_filter = ("status", CurrencyFilter)
    ordering = ("-id",)
    actions_detail = ("send_again",)
    sent = amount("amount_minor", "Amount")
    readonly_fields = ("sent",)

    def has_again_permission(self, request, obj=None):
        return request.user.has_perm("payments.send_again")

    @action(description="Send again", url_path="again", permissions=["again"], icon="redo")
    def send_again(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Let it be sent again",
            explain="What came back is owed again; the next sweep sends it, to the account that stands there then.",
            form_class=SendAgainForm,
            initial=lambda sending: {},
            call=lambda sending, given, now: let_send_again(sending=sending, by=request.user, now=now),
            done=lambda sending, given: "It is sent with the next sweep.",
            button="Send again",
        )


@admin.register(Refund)
class RefundAdmin(SendingAdmin):
    list_display = ("id", "order", "status", "sent", "method", "created_at", "ended_at")
    list_select_related = ("order",)
    search_fields = ("order__reference",)
    search_help_text = "Order number"
    fields = (
        ("order", "payment"),
        ("method", "status"),
        "sent",
        ("gateway_reference", "attempts"),
        "why",
        ("created_at", "ended_at"),
        ("next_ask_at", "looked_at"),
        "looked_by",
    )

    def found_by(self, queryset, term):
        return queryset.filter(order__reference=term.upper())


class PayoutLineInline(ReadOnlyInline):
    model = PayoutLine
    fields = ("kind", "order", "transfer_id", "adds")
    readonly_fields = ("adds",)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("order", "payout").order_by("id")

    @display(description="Adds")
    def adds(self, line):
        return money.display(line.amount_minor, line.payout.currency)


@admin.register(Payout)
class PayoutAdmin(SendingAdmin):
    list_display = ("id", "supplier", "status", "sent", "created_at", "ended_at")
    list_select_related = ("supplier",)
    search_fields = ("supplier__slug",)
    search_help_text = "Id of the payout or slug of the supplier"
    inlines = (PayoutLineInline,)
    fields = (
        ("supplier", "status"),
        "sent",
        ("gateway_reference", "attempts"),
        "why",
        ("created_at", "ended_at"),
        ("next_ask_at", "looked_at"),
        "looked_by",
    )

    def found_by(self, queryset, term):
        return queryset.filter(Q(pk=whole(term)) | Q(supplier__slug=term))
