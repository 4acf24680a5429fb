"""Staff pages for payments and what card networks take back: read only."""

from django.contrib import admin
from django.db.models import Q
from unfold.decorators import display

from payments.models import Chargeback, Payment
from trade_assurance import money
from trade_assurance.staff import CurrencyFilter, ReadOnlyAdmin, amount


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
