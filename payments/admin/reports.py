"""Staff pages for what gateways report and settle: read only; finance tries again what waits, or sets it aside."""

from django.contrib import admin
from unfold.decorators import action

from payments.actions.hearing import hear_again, set_aside
from payments.models import GatewaySettlement, Webhook
from trade_assurance.staff import ActForm, CurrencyFilter, ReadOnlyAdmin, act, amount


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    empty_words = "Nothing was reported. Where a card processor is set up, its reports appear here as they come."
    list_display = ("event", "kind", "state", "payment", "why", "said_at", "received_at")
    list_select_related = ("payment__order",)
    list_filter = ("state", "gateway")
    search_fields = ("event",)
    search_help_text = "The gateway's id of the event"
    ordering = ("-id",)
    actions_detail = ("again", "aside")
    fields = (
        ("gateway", "event"),
        ("kind", "state"),
        "payment",
        "why",
        ("said_at", "received_at"),
        ("ended_at", "looked_by"),
        ("tries", "next_try_at"),
        "body",
        "digest",
    )

    def found_by(self, queryset, term):
        return queryset.filter(event=term)

    def has_hear_permission(self, request, obj=None):
        return request.user.has_perm("payments.hear_webhook")

    @action(description="Try again", url_path="again", permissions=["hear"], icon="redo")
    def again(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Try it again",
            explain="The gateway is asked again about what this report names; what it answers is booked.",
            form_class=ActForm,
            call=lambda webhook, given, now: hear_again(webhook_id=webhook.pk, by=request.user, now=now),
            done=lambda webhook, given: "It is tried within seconds.",
            button="Try again",
        )

    @action(description="Set aside", url_path="aside", permissions=["hear"], icon="archive")
    def aside(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Set it aside",
            explain="Nothing is to be done about it. It stays in the list, with your name and reason.",
            call=lambda webhook, given, now: set_aside(
                webhook_id=webhook.pk, reason=given["reason"], by=request.user, now=now
            ),
            done=lambda webhook, given: "It is set aside.",
            button="Set aside",
        )


@admin.register(GatewaySettlement)
class GatewaySettlementAdmin(ReadOnlyAdmin):
    empty_words = "Nothing was settled. What a card processor sends to our bank appears here once a day."
    list_display = ("reference", "gateway", "state", "sent", "kept", "why", "seen_at", "booked_at")
    list_filter = ("state", "gateway", CurrencyFilter)
    search_fields = ("reference",)
    search_help_text = "The gateway's id of the payout"
    ordering = ("-id",)
    sent, kept = amount("amount_minor", "Sent to our bank"), amount("kept_minor", "Kept as its cost")
    fields = (("gateway", "reference"), ("state", "currency"), ("sent", "kept"), "why", ("seen_at", "booked_at"))
    readonly_fields = ("sent", "kept")

    def found_by(self, queryset, term):
        return queryset.filter(reference=term)
