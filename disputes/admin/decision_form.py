"""The form of a decision: per claim outcome, amount, facts and reasons; then facts, rules, reasons and fault in all.

Fields of a claim are named like what the actions refuse: "7.amount", "7.received".
"""

from collections.abc import Iterable
from datetime import datetime

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from disputes import facts as case_facts
from disputes import guide
from disputes.actions import Finding
from disputes.actions.deciding import REASONS_MAX
from disputes.facts import Advice
from disputes.models import Claim, DecidedClaim, Dispute
from disputes.weighing import SUMMARY_MAX
from orders.models import Order
from trade_assurance import money
from trade_assurance.refused import Refused

RULES = (
    ("Rule 2", "2: a supplier’s cost of an overdue order"),
    ("Rule 7", "7: what counts as shipped"),
    ("Rule 9", "9: not shipped, or shipped late"),
    ("Rule 10", "10: receipt, and non-receipt"),
    ("Rule 12", "12: what is held at receipt"),
    ("Rule 13", "13: who may claim when, for what"),
    ("Rule 14", "14: answering and escalating"),
    ("Rule 16", "16: evidence"),
    ("Rule 17", "17: silence"),
    ("Rule 18", "18: deciding, and inspections"),
    ("Rule 21", "21: return and refund"),
    ("Rule 22", "22: refunds"),
    ("Remedies", "Remedies: how amounts are computed"),
)
COUNTS = ("missing", "received", "days_late", "inspected", "critical", "major", "minor")
ASKED = {
    "facts": "Say what you found to be the facts.",
    "rules": "Name the rules that you applied.",
    "reasons": "Give the reasons of the decision.",
    "summary": "Say for the public register what was decided and why.",
}


class Amount(forms.CharField):
    """An amount that a person types, as minor units of one currency."""

    def __init__(self, currency: str, **kwargs):
        super().__init__(max_length=30, widget=UnfoldAdminTextInputWidget({"inputmode": "decimal"}), **kwargs)
        self.currency = currency

    def clean(self, value):
        typed = super().clean(value)
        try:
            return money.parse(typed, self.currency)
        except money.BadAmount as error:
            raise forms.ValidationError(str(error)) from error


class DecisionForm(forms.Form):
    facts = forms.CharField(
        label="Facts found", max_length=REASONS_MAX, widget=UnfoldAdminTextareaWidget({"rows": 4}), required=True
    )
    rules = forms.MultipleChoiceField(
        label="Rules applied", choices=RULES, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    reasons = forms.CharField(
        label="Reasons",
        max_length=REASONS_MAX,
        widget=UnfoldAdminTextareaWidget({"rows": 5}),
        help_text="Both parties read them.",
    )
    at_fault = forms.ChoiceField(
        label="The side at fault",
        choices=[("", "None"), *Order.Side.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="It bears a return’s freight. At the supplier’s fault the processing fee goes back to the buyer.",
    )
    replace_by_at = forms.SplitDateTimeField(
        label="Replacement shipped by, in your time zone",
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text="For a replacement; empty: as the supplier offers.",
    )
    deviation_reason = forms.CharField(
        label="Why it differs from the guide",
        max_length=REASONS_MAX,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Needed when an outcome or an amount is not the guide’s; a second adjudicator reads it.",
    )
    summary = forms.CharField(
        label="Summary for the public register",
        max_length=SUMMARY_MAX,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="One or two sentences. Everybody reads them: name nobody.",
    )

    def __init__(self, *args, dispute: Dispute, advice: list[Advice], **kwargs):
        super().__init__(*args, **kwargs)
        self.dispute, self.advice = dispute, advice
        for name, sentence in ASKED.items():
            self.fields[name].error_messages["required"] = sentence
        for each in advice:
            self.fields.update(claim_fields(each, dispute.currency))

    def of_claim(self, claim_id: int, names: Iterable[str]) -> list:
        return [self[f"{claim_id}.{name}"] for name in names]

    @property
    def in_all(self) -> list:
        hidden = () if any(map(_wishes_replacement, self.advice)) else ("replace_by_at",)
        return [self[name] for name in self.base_fields if name not in hidden]

    def found(self, each: Advice) -> dict:
        """The facts entered for a claim, as far as they can be read."""
        names = ((name, f"{each.claim.id}.{name}") for name in fact_names(each))
        return {name: self.cleaned_data[key] for name, key in names if key in self.cleaned_data}

    def recommended(self, each: Advice) -> guide.Recommendation | None:
        """What the guide says on the facts entered; None with errors at their fields where it can't say."""
        try:
            found = each.found.adjusted(self.found(each))
            return guide.recommend(each.asked, found)
        except Refused as refused:
            self.refuse(refused, each.claim.id)
            return None

    def refuse(self, refused: Refused, claim_id: int | None = None) -> None:
        """Put a refusal at its field, or above the form."""
        field = f"{claim_id}.{refused.field}" if claim_id else refused.field
        self.add_error(field if field in self.fields else None, str(refused))

    def keep_errors_of(self, names: Iterable[str]) -> None:
        """Forget what is wrong with fields that nobody has been asked to complete yet."""
        for name in set(self.errors) - set(names):
            del self.errors[name]

    def content(self) -> dict:
        """The arguments of `draft` and `propose`."""
        given = self.cleaned_data
        return {
            "findings": [
                Finding(
                    claim_id=each.claim.id,
                    outcome=given[f"{each.claim.id}.outcome"],
                    amount_minor=given[f"{each.claim.id}.amount"],
                    found=self.found(each),
                    reasons=given[f"{each.claim.id}.reasons"],
                )
                for each in self.advice
            ],
        } | {name: given[name] for name in self.base_fields}


def fact_names(each: Advice) -> tuple[str, ...]:
    """What the guide asks about this claim; a replacement only where the claimant wishes one."""
    known = (name for name in guide.KNOWN if name != "replacement_agreed" or _wishes_replacement(each))
    return (*guide.FACTS.get(each.claim.reason, ()), *known)


def _wishes_replacement(each: Advice) -> bool:
    return each.claim.wish == Claim.Wish.REPLACEMENT


def claim_fields(each: Advice, currency: str) -> dict[str, forms.Field]:
    """The fields of one claim; they start as the records and the guide have them."""
    claim_id, advised = each.claim.id, each.recommendation
    fields = {}
    for name in fact_names(each):
        fields[f"{claim_id}.{name}"] = _fact_field(name, getattr(each.found, name), currency)
    fields[f"{claim_id}.outcome"] = forms.ChoiceField(
        label="Outcome", choices=DecidedClaim.Outcome.choices, initial=advised.outcome, widget=UnfoldAdminSelectWidget
    )
    fields[f"{claim_id}.amount"] = Amount(
        currency,
        label=f"Amount, {currency}",
        initial=money.format_amount(advised.amount_minor, currency),
        help_text=f"At most {money.display(each.asked.cap_minor, currency)}: what is asked, covered and left.",
    )
    fields[f"{claim_id}.reasons"] = forms.CharField(
        label="Reasons of this claim",
        max_length=REASONS_MAX,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
    )
    return fields


def _fact_field(name: str, known, currency: str) -> forms.Field:
    label = guide.LABELS[name]
    if name == "cost_minor":
        return Amount(currency, label=label, initial=money.format_amount(known, currency))
    if name in COUNTS:
        return forms.IntegerField(
            label=label,
            initial=known,
            required=name != "days_late",
            min_value=0,
            max_value=guide.MOST,
            widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
        )
    return forms.BooleanField(label=label, initial=known, required=False, widget=UnfoldBooleanWidget)


def first_rules(advice: list[Advice]) -> list[str]:
    """The rules of the guide's rows that fit, ticked to begin with."""
    known = {value for value, _ in RULES}
    return [rule for rule in dict.fromkeys(each.recommendation.rule for each in advice) if rule in known]


def first_fault(advice: list[Advice], dispute: Dispute) -> str:
    """Upheld claims begin with the respondent at fault; an adjudicator may find otherwise."""
    rejected = (DecidedClaim.Outcome.REJECT, DecidedClaim.Outcome.OUT_OF_SCOPE)
    upheld = any(each.recommendation.outcome not in rejected for each in advice)
    return dispute.respondent if upheld else ""


def begun(dispute: Dispute, now: datetime) -> DecisionForm:
    """The form as it first opens: filled in by the guide."""
    advice = case_facts.advice(dispute, now)
    initial = {"rules": first_rules(advice), "at_fault": first_fault(advice, dispute)}
    return DecisionForm(dispute=dispute, advice=advice, initial=initial)
