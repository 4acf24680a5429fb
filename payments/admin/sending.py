"""Staff pages for money on its way out: read only; finance lets what came back be sent again."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from unfold.decorators import action, display

from accounts.freshness import demand_fresh
from accounts.places import countries
from payments.actions.batching import mark_returned, name_sender_account
from payments.actions.pushing import let_send_again
from payments.models import Method, Payout, PayoutLine, Refund, Sending
from suppliers import bank_details
from trade_assurance import money
from trade_assurance.staff import ActForm, CurrencyFilter, ReadOnlyAdmin, ReadOnlyInline, act, amount, whole


class SendAgainForm(ActForm):
    pass


class AccountForm(ActForm):
    """Where a transfer came from."""

    holder = forms.CharField(label="Account holder", max_length=140)
    iban = forms.CharField(label="IBAN", max_length=50, required=False)
    number = forms.CharField(label="Account number", max_length=50, required=False, help_text="Where there is no IBAN.")
    bic = forms.CharField(label="BIC / SWIFT", max_length=11, required=False, help_text="Needed without an IBAN.")
    bank_name = forms.CharField(label="Bank", max_length=105, required=False, help_text="Needed without an IBAN.")
    country = forms.ChoiceField(label="Country of the bank", required=False, choices=lambda: [("", "-"), *countries()])


class SendingAdmin(ReadOnlyAdmin):
    """Money on its way out; finance lets what came back be sent again."""

    list_filter = ("status", CurrencyFilter)
    ordering = ("-id",)
    actions_detail = ("came_back", "send_again")
    sent = amount("amount_minor", "Amount")
    readonly_fields = ("sent",)

    def has_again_permission(self, request, obj=None):
        return request.user.has_perm("payments.send_again")

    def has_return_permission(self, request, obj=None):
        if not request.user.has_perm("payments.send_again"):
            return False
        gone = self.model.objects.filter(pk=obj, status__in=(Sending.SENT, Sending.CONFIRMED))
        return obj is None or (gone.filter(method=Method.TT) if self.model is Refund else gone).exists()

    @action(description="It came back", url_path="came-back", permissions=["return"], icon="assignment_return")
    def came_back(self, request, object_id):
        def call(sending, given, now):
            demand_fresh(request)
            mark_returned(sending=sending, why=given["reason"], by=request.user, now=now)

        return act(
            self,
            request,
            object_id,
            title="This transfer came back",
            explain="It is owed again, and waits until somebody lets it be sent again. A statement that tells of the "
            "return marks it by itself.",
            call=call,
            done=lambda sending, given: "It is owed again.",
            button="It came back",
        )

    @action(description="Send again", url_path="again", permissions=["again"], icon="redo")
    def send_again(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Let it be sent again",
            explain="What came back is owed again; the next sweep sends it, to the account that stands there then.",
            form_class=SendAgainForm,
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
        ("looked_by", "next_method"),
    )

    actions_detail = ("came_back", "send_again", "send_by_transfer", "name_account")

    def found_by(self, queryset, term):
        return queryset.filter(order__reference=term.upper())

    def has_transfer_permission(self, request, obj=None):
        if not request.user.has_perm("payments.send_again"):
            return False
        back = Refund.objects.waiting_for_staff().exclude(method=Method.TT)
        return obj is None or back.filter(pk=obj).exists()

    @action(
        description="Send by bank transfer",
        url_path="transfer",
        permissions=["transfer"],
        icon="account_balance_wallet",
    )
    def send_by_transfer(self, request, object_id):
        def call(refund, given, now):
            demand_fresh(request)
            let_send_again(sending=refund, by=request.user, now=now, by_transfer=True)

        return act(
            self,
            request,
            object_id,
            title="Send it by bank transfer",
            explain="Only where it can't go back the way it was paid: the card or account is closed. What is owed goes "
            "as a transfer from our bank, after somebody has named the account and a second person has released it.",
            form_class=SendAgainForm,
            call=call,
            done=lambda refund, given: "The next sweep makes the transfer. Name the account at it.",
            button="Send by bank transfer",
        )

    def has_account_permission(self, request, obj=None):
        if not request.user.has_perm("payments.make_batch"):
            return False
        return obj is None or Refund.objects.filter(pk=obj, method=Method.TT, status=Sending.SENDING).exists()

    @action(description="Name the account", url_path="account", permissions=["account"], icon="account_balance")
    def name_account(self, request, object_id):
        def call(refund, given, now):
            demand_fresh(request)
            details = bank_details.checked(**given)
            name_sender_account(payment_id=refund.payment_id, details=details, by=request.user, now=now)

        return act(
            self,
            request,
            object_id,
            title="Where this transfer came from",
            explain="Its refunds go back there, in a file that a second person releases. Take it from the bank's "
            "advice, never from a mail.",
            form_class=AccountForm,
            initial=lambda refund: {"holder": refund.order.buyer.company_name or refund.order.buyer.full_name},
            call=call,
            done=lambda refund, given: "The next payment file takes it there.",
            button="Use this account",
        )


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
