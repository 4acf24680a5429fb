"""Staff pages for money on its way out: read only; finance lets what came back be sent again."""

from django.contrib import admin
from django.db.models import Q
from unfold.decorators import action, display

from payments.actions.pushing import let_send_again
from payments.models import Payout, PayoutLine, Refund
from trade_assurance import money
from trade_assurance.staff import ActForm, CurrencyFilter, ReadOnlyAdmin, ReadOnlyInline, act, amount, whole


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
