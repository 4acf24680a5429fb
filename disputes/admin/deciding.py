"""Deciding a case by page: the form filled in by the guide, the ledger's preview, and then the proposal."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from disputes import actions
from disputes.actions.deciding import Draft
from disputes.actions.executing import Preview
from disputes.actions.handling import decided_before
from disputes.admin import acts
from disputes.admin.decision_form import DecisionForm, begun, fact_names
from disputes.models import DecidedClaim, Decision, Dispute
from orders.models import Order
from trade_assurance import money
from trade_assurance.refused import NotAllowed, Refused

S = Dispute.Status


def may_decide(dispute: Dispute, user, proposal) -> bool:
    """Whether the page offers to decide; `propose` has the last word."""
    if dispute.status not in (S.DECIDING, S.APPEALED) or dispute.is_frozen or proposal is not None:
        return False
    if dispute.adjudicator_id != user.id or not user.has_perm("disputes.decide"):
        return False
    return not (dispute.status == S.APPEALED and decided_before(dispute, user))


def decide(model_admin, request, object_id):
    """The form; then what would move; then the proposal. Nothing typed is lost on the way."""
    dispute = acts.opened(model_admin, request, object_id, "disputes.decide")
    now = timezone.now()
    if request.method != "POST":
        actions.log_view(dispute_id=dispute.pk, by=request.user, now=now)
        return _form_page(model_admin, request, dispute, begun(dispute, now))
    step = request.POST.get("step", "preview")
    given = request.POST.copy()
    fresh = begun(dispute, now)
    form = DecisionForm(given, dispute=dispute, advice=fresh.advice)
    if step.startswith("use-") or step in ("guide", "edit"):
        return _changed(model_admin, request, dispute, form, given, step)
    if not form.is_valid():
        return _form_page(model_admin, request, dispute, form, status=422)
    try:
        if step == "confirm":
            acts.demand_fresh(request)
            decision = actions.propose(dispute_id=dispute.pk, by=request.user, now=now, **form.content())
            return _decided(request, dispute, decision)
        drafted = actions.draft(dispute, now=now, **form.content())
    except NotAllowed as refused:
        raise PermissionDenied(str(refused)) from refused
    except Refused as refused:
        form.refuse(refused)
        return _form_page(model_admin, request, dispute, form, status=422)
    return _preview_page(model_admin, request, dispute, form, drafted)


def _decided(request, dispute: Dispute, decision: Decision):
    if decision.status == Decision.Status.PROPOSED:
        messages.success(request, f"Decision {decision.number} is proposed. A second adjudicator reads it next.")
    else:
        messages.success(request, f"Decision {decision.number} is published to both parties.")
    return HttpResponseRedirect(reverse("admin:disputes_dispute_change", args=[dispute.pk]))


def _changed(model_admin, request, dispute, form: DecisionForm, given, step: str):
    """The form again, with the guide's word on the facts as they are entered now, and its amount where asked for."""
    facts = [f"{each.claim.id}.{name}" for each in form.advice for name in fact_names(each)]
    form.full_clean()
    form.keep_errors_of(facts)
    for each in form.advice:
        if step == f"use-{each.claim.id}" and not form.errors and (advised := form.recommended(each)):
            given[f"{each.claim.id}.outcome"] = advised.outcome
            given[f"{each.claim.id}.amount"] = money.format_amount(advised.amount_minor, dispute.currency)
    return _form_page(model_admin, request, dispute, form)


def _form_page(model_admin, request, dispute, form: DecisionForm, status=200):
    claims = [_claim(form, each, dispute.currency) for each in form.advice]
    if form.is_bound and form.errors and status == 200:
        status = 422
    return _page(
        model_admin,
        request,
        dispute,
        "admin/disputes/decide.html",
        {"title": f"Decide {dispute}", "form": form, "claims": claims},
        status,
    )


def _claim(form: DecisionForm, each, currency: str) -> dict:
    """One claim of the form: its fields beside what the guide says on the facts entered."""
    claim_id = each.claim.id
    facts = [f"{claim_id}.{name}" for name in fact_names(each)]
    advised = each.recommendation
    if form.is_bound:
        advised = None if set(facts) & set(form.errors) else form.recommended(each)
    outcome = form[f"{claim_id}.outcome"].value()
    typed = str(form[f"{claim_id}.amount"].value() or "")
    differs = advised is not None and (outcome != advised.outcome or not _same(typed, advised.amount_minor, currency))
    return {
        "claim": each.claim,
        "advice": advised,
        "outcome": DecidedClaim.Outcome(advised.outcome).label if advised else "",
        "differs": differs,
        "facts": form.of_claim(claim_id, fact_names(each)),
        "decided": form.of_claim(claim_id, ("outcome", "amount", "reasons")),
    }


def _same(typed: str, minor: int, currency: str) -> bool:
    try:
        return money.parse(typed, currency) == minor
    except money.BadAmount:
        return False


# what would move ------------------------------------------------------------------------------------------------------


def _preview_page(model_admin, request, dispute, form: DecisionForm, drafted: Draft):
    moves = actions.preview(
        dispute,
        drafted.amounts,
        extra_minor=drafted.fee_minor,
        fee_back=form.cleaned_data["at_fault"] == Order.Side.SUPPLIER,
        replaces=drafted.replaces,
    )
    lines = [
        {
            "claim": each.claim,
            "outcome": DecidedClaim.Outcome(each.finding.outcome).label,
            "amount": each.finding.amount_minor,
            "differs": each.deviates,
            "advised": DecidedClaim.Outcome(each.recommended.outcome).label,
            "advised_minor": each.recommended.amount_minor,
            "overrides": each.overrides,
        }
        for each in drafted.weighed
    ]
    return _page(
        model_admin,
        request,
        dispute,
        "admin/disputes/preview.html",
        {
            "title": f"What the decision on {dispute} moves",
            "form": form,
            "draft": drafted,
            "lines": lines,
            "ledger": ledger_rows(dispute, moves),
        },
    )


def ledger_rows(dispute: Dispute, moves: Preview) -> list[tuple[str, str, bool]]:
    """The preview as rows: what, how much, and whether it is a part of the row above."""

    def row(words: str, minor: int, *, part: bool = False):
        return words, money.display(minor, dispute.currency), part

    if dispute.claimant == Order.Side.SUPPLIER:
        return [
            row("The supplier gets of its cost", moves.award_minor),
            row("less our service fee", moves.service_fee_minor, part=True),
            row("It is paid", moves.released_minor),
            row("The rest goes back to the buyer", moves.buyer_gets_minor),
        ]
    sources = moves.sources
    return [
        row("The buyer gets", moves.buyer_gets_minor),
        row("from the order’s escrow", sources.escrow_minor, part=True),
        row("from what the supplier is owed", sources.payable_minor, part=True),
        row("from our guarantee, which the supplier then owes us", sources.guarantee_minor, part=True),
        row("processing fee back, from us", moves.fee_back_minor, part=True),
        row("The supplier keeps, of what cleared", moves.supplier_keeps_minor),
        row("No longer held", moves.freed_minor),
        row("of it kept until protection ends", moves.reserve_minor, part=True),
        row("of it our service fee", moves.service_fee_minor, part=True),
        row("of it to the supplier at once", moves.released_minor, part=True),
    ]


def _page(model_admin, request, dispute, template: str, more: dict, status: int = 200):
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "dispute": dispute,
        "currency": dispute.currency,
        "back": reverse("admin:disputes_dispute_change", args=[dispute.pk]),
    }
    return TemplateResponse(request, template, context | more, status=status)
