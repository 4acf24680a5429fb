"""Staff pages for proposals that take two persons, and for buyers' words on who paid."""

from django import forms
from django.contrib import admin
from unfold.decorators import action, display

from accounts.freshness import demand_fresh
from payments import actions
from payments.models import BankEntry, MatchProposal, PayerQuestion
from trade_assurance import money
from trade_assurance.staff import ActForm, CurrencyFilter, ReadOnlyAdmin, act, amount, is_row_page


class ConfirmForm(ActForm):
    """The digest of what was on the screen: another proposal is not confirmed by it."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["digest"].widget = forms.HiddenInput()


def _own(proposal: MatchProposal, user) -> str:
    return "You proposed this, so somebody else must confirm it." if proposal.proposed_by_id == user.pk else ""


def _ended(proposal: MatchProposal) -> str:
    """Why nothing can be done with a proposal any more; "" while it waits."""
    if MatchProposal.objects.waiting().filter(pk=proposal.pk).exists():
        return ""
    return f"This proposal waits no more: {proposal.get_state_display().lower()}. Nothing was changed."


def told(proposal: MatchProposal) -> str:
    """What it does, one sentence a part."""
    terms, currency = proposal.terms, proposal.currency

    def shown(minor):
        return money.display(minor, currency)

    left = terms.get("direction") == BankEntry.Direction.DEBIT
    said = [
        f"{proposal.get_kind_display()}: {shown(terms['amount'])} {'to' if left else 'from'} "
        f"{terms['payer'] or 'a payer without a name'}."
    ]
    for part in terms["parts"]:
        paid, borne = sum(share[1] for share in part["pays"]), sum(share[2] for share in part["pays"])
        line = f"{part['label']} of {part['order']}: {shown(paid)} to escrow"
        line += f", {shown(borne)} borne by us" if borne else ""
        line += f", {shown(part['absorbed'])} kept against bank charges" if part["absorbed"] else ""
        line += f", {shown(part['back'])} goes back" if part["back"] else ""
        said.append(f"{line}. {part['because']}")
    if terms["kind"] == MatchProposal.Kind.SPLIT and terms["rest"]:
        said.append(f"{shown(terms['rest'])} goes on waiting in suspense.")
    if terms["kind"] == MatchProposal.Kind.RETURN:
        said.append("All of it goes back to its sender.")
    if "payout" in terms:
        payout, gap = terms["payout"], terms["payout"]["amount"] - terms["amount"]
        said.append(f"It is payout {payout['reference']} of {payout['gateway']}, of {shown(payout['amount'])}.")
        said.append(f"{shown(gap)} is booked as bank charges.")
    if terms["kind"] == MatchProposal.Kind.CHARGE:
        said.append("Bank charges are that much more." if left else "Bank charges are that much less.")
    if terms["kind"] == MatchProposal.Kind.OWN:
        said.append("Own funds are that much less." if left else "Own funds are that much more.")
    return " ".join(said)


@admin.register(MatchProposal)
class MatchProposalAdmin(ReadOnlyAdmin):
    list_display = ("name", "stands", "of", "payer", "goes_back", "proposed_by", "proposed_at", "ended_by")
    empty_words = "Nothing waits for a second person, and nothing did before."
    list_select_related = ("entry", "proposed_by", "ended_by")
    list_filter = ("state", "kind", CurrencyFilter)
    search_fields = ("entry__entry",)
    search_help_text = "The bank's entry id"
    ordering = ("-id",)
    actions_detail = ("confirm", "decline")
    of = amount("amount_minor", "Amount")
    fields = (
        ("entry", "state"),
        ("kind", "of"),
        "does",
        "reason",
        ("proposed_by", "proposed_at"),
        ("ended_by", "ended_at"),
        "ended_because",
        "digest",
    )
    readonly_fields = ("of", "does")

    def found_by(self, queryset, term):
        return queryset.filter(entry__entry=term)

    @display(description="Proposal", ordering="id")
    def name(self, proposal):
        return proposal.get_kind_display()

    @display(
        description="State",
        ordering="state",
        label={"Waits for a second person": "warning", "Confirmed and done": "success"},
    )
    def stands(self, proposal):
        return proposal.get_state_display()

    @display(description="Payer")
    def payer(self, proposal):
        return proposal.entry.payer_name or "no name"

    @display(description="What it does")
    def does(self, proposal):
        return told(proposal)

    @display(description="Money goes back")
    def goes_back(self, proposal):
        return proposal.entry.return_at.date() if proposal.entry.status == BankEntry.Status.SUSPENSE else None

    def has_desk_permission(self, request, obj=None):
        if not request.user.has_perm("payments.match_entry"):
            return False
        return obj is None or not is_row_page(request) or MatchProposal.objects.waiting().filter(pk=obj).exists()

    def has_second_permission(self, request, obj=None):
        """The button to confirm is not for who proposed it; the action and the database refuse it too."""
        return self.has_desk_permission(request, obj) and (
            obj is None
            or not is_row_page(request)
            or not MatchProposal.objects.filter(pk=obj, proposed_by=request.user).exists()
        )

    @action(description="Confirm", url_path="confirm", permissions=["second"], icon="check")
    def confirm(self, request, object_id):
        row = MatchProposal.objects.filter(pk=object_id).first()

        def call(proposal, given, now):
            demand_fresh(request)
            actions.confirm_proposal(proposal_id=proposal.pk, digest=given["digest"], by=request.user, now=now)

        return act(
            self,
            request,
            object_id,
            title="Confirm as second person",
            explain=told(row) if row else "",
            form_class=ConfirmForm,
            initial=lambda proposal: {"digest": proposal.digest},
            call=call,
            done=lambda proposal, given: f"Done: {proposal}.",
            why_not=lambda proposal: _own(proposal, request.user) or _ended(proposal),
            button="Confirm and do it",
        )

    @action(description="Decline", url_path="decline", permissions=["desk"], icon="close")
    def decline(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Decline, or take back",
            explain="Nothing is booked; the entry goes on waiting.",
            call=lambda proposal, given, now: actions.decline_proposal(
                proposal_id=proposal.pk, reason=given["reason"], by=request.user, now=now
            ),
            done=lambda proposal, given: "It is declined; the money goes on waiting.",
            why_not=_ended,
            button="Decline",
        )


@admin.register(PayerQuestion)
class PayerQuestionAdmin(ReadOnlyAdmin):
    list_display = ("order", "state", "came", "bank_says", "name", "relation", "asked_at", "named_at")
    empty_words = "A transfer in another name than the buyer's puts a question here."
    list_select_related = ("order", "entry")
    list_filter = ("state",)
    search_fields = ("order__reference",)
    search_help_text = "Order number"
    ordering = ("-id",)
    fields = (
        ("order", "instalment"),
        ("entry", "state"),
        ("bank_says", "name"),
        "relation",
        ("asked_by", "asked_at"),
        ("named_by", "named_at"),
        ("ended_by", "ended_at"),
    )
    readonly_fields = ("bank_says",)

    def found_by(self, queryset, term):
        return queryset.filter(order__reference=term.upper())

    @display(description="Amount")
    def came(self, question):
        return money.display(question.entry.amount_minor, question.entry.currency)

    @display(description="Payer, as the bank tells")
    def bank_says(self, question):
        return question.entry.payer_name or "no name"
