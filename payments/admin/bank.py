"""Staff pages for bank entries: read only; finance matches money in suspense."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from unfold.decorators import action, display

from orders.models import Instalment
from payments.actions.receiving import match_entry, suggestions
from payments.models import BankEntry
from trade_assurance.staff import ActForm, CurrencyFilter, ReadOnlyAdmin, act, amount


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
