"""Decisions at the staff desk: those that wait for a second look, the document of each, and its approval."""

import json
from functools import partial

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.decorators import display

from disputes import actions, guide
from disputes.actions.deciding import digest_of
from disputes.actions.handling import decided_before
from disputes.admin import acts
from disputes.admin.deciding import ledger_rows
from disputes.admin.screen import fact
from disputes.models import DecidedClaim, Decision, Dispute
from orders.models import Order
from trade_assurance import money
from trade_assurance.refused import NotAllowed, Refused
from trade_assurance.staff import ActForm, ReadOnlyAdmin, act, whole

PROPOSED = Decision.Status.PROPOSED


class StatusFilter(admin.SimpleListFilter):
    """Decisions that wait for a second look unless others are asked for."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return [("all", "All"), *((v, w) for v, w in Decision.Status.choices if v != PROPOSED)]

    def choices(self, changelist):
        waiting, *others = super().choices(changelist)
        return [waiting | {"display": "Waiting for a second look"}, *others]

    def queryset(self, request, queryset):
        if self.value() == "all" or request.GET.get("q", "").strip():
            return queryset
        return queryset.filter(status=self.value() or PROPOSED)


class SendBackForm(ActForm):
    because = forms.CharField(label="What is to be looked at again", max_length=2000, widget=forms.Textarea)


class TakeBackForm(ActForm):
    """Nothing to fill in."""


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "status", "award", "proposed_by", "proposed_at", "deviates", "is_on_appeal")
    list_select_related = ("dispute", "proposed_by")
    list_filter = (StatusFilter, "deviates", "is_on_appeal")
    search_fields = ("dispute__reference",)
    search_help_text = "Number of the dispute"
    ordering = ("-id",)

    def get_queryset(self, request):
        found = super().get_queryset(request)
        return found.select_related("dispute__order__buyer", "dispute__order__supplier", "proposed_by", "approved_by")

    def found_by(self, queryset, term):
        cases = list(Dispute.objects.filter(reference=term.upper()).values_list("id", flat=True))
        return queryset.filter(dispute_id__in=[*cases, whole(term)])

    @display(description="Award", ordering="award_minor")
    def award(self, decision):
        return money.display(decision.award_minor, decision.dispute.currency)

    def get_urls(self):
        views = {"approve": _approve, "send-back": _send_back, "take-back": _take_back}
        own = [
            path(
                f"<int:object_id>/{name}/",
                self.admin_site.admin_view(partial(view, self)),
                name=f"disputes_decision_{name}",
            )
            for name, view in views.items()
        ]
        return own + super().get_urls()

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """What was proposed, whole, with what it would move as of now; each view is logged."""
        if object_id is None or request.method != "GET":
            raise PermissionDenied
        return _page(self, request, _opened(self, request, object_id), timezone.now())


def _opened(model_admin, request, object_id) -> Decision:
    decision = model_admin.get_object(request, str(object_id))
    if decision is None:
        raise Http404
    if not model_admin.has_view_permission(request, decision):
        raise PermissionDenied
    acts.demand_no_party(decision.dispute.order, request.user)
    return decision


def _page(model_admin, request, decision: Decision, now, *, error: str = "", status: int = 200):
    dispute, document = decision.dispute, decision.document
    actions.log_view(dispute_id=dispute.pk, by=request.user, now=now)
    claims = list(decision.claims.select_related("claim__line").order_by("claim_id"))
    context = model_admin.admin_site.each_context(request) | {
        "title": f"{dispute} decision {decision.number}",
        "opts": model_admin.opts,
        "decision": decision,
        "dispute": dispute,
        "currency": dispute.currency,
        "document": document,
        "replace_by_at": parse_datetime(document["replace_by_at"]) if document.get("replace_by_at") else None,
        "claims": [_claim(each, document) for each in claims],
        "raw": json.dumps(document, indent=2, ensure_ascii=False),
        "intact": digest_of(document) == decision.digest,
        "ledger": _ledger(decision, claims) if decision.status == PROPOSED and dispute.is_open else None,
        "why_not": _why_not(decision, request.user) if decision.status == PROPOSED else "",
        "is_mine": decision.proposed_by_id == request.user.id,
        "error": error,
        "back": reverse("admin:disputes_dispute_change", args=[dispute.pk]),
    }
    return TemplateResponse(request, "admin/disputes/decision.html", context, status=status)


def _claim(decided: DecidedClaim, document: dict) -> dict:
    written = next(each for each in document["claims"] if each["claim"] == decided.claim_id)
    names = guide.FACTS.get(decided.reason, ()) + guide.KNOWN
    found = written["found"]
    return {
        "decided": decided,
        "differs": (decided.outcome, decided.amount_minor) != (decided.recommended_outcome, decided.recommended_minor),
        "recommended": written["recommended"],
        "reasons": written["reasons"],
        "found": [
            (guide.LABELS[name], fact(name, found.get(name), document["currency"]), name in written["overrides"])
            for name in names
        ],
    }


def _ledger(decision: Decision, claims: list[DecidedClaim]):
    amounts: dict[int | None, int] = {}
    for each in claims:
        amounts[each.claim.line_id] = amounts.get(each.claim.line_id, 0) + each.amount_minor
    moves = actions.preview(
        decision.dispute,
        amounts,
        extra_minor=decision.fee_minor,
        fee_back=decision.at_fault == Order.Side.SUPPLIER,
        replaces=decision.replace_by_at is not None,
    )
    return ledger_rows(decision.dispute, moves)


def _why_not(decision: Decision, user) -> str:
    """Why the page does not offer approval; `approve` and the database have the last word."""
    if not user.has_perms(["disputes.decide", "disputes.approve"]):
        return "Only adjudicators approve decisions."
    if decision.proposed_by_id == user.id:
        return "You proposed this decision, so somebody else approves it or sends it back."
    if decision.is_on_appeal and decided_before(decision.dispute, user):
        return "You decided this case before, so another adjudicator decides the appeal."
    if decision.dispute.is_frozen:
        return "A card payment of this order is contested at the bank. The case stands still."
    return ""


# acts -----------------------------------------------------------------------------------------------------------------


def _approve(model_admin, request, object_id):
    """Approve exactly what was shown: its hash is posted, and is compared with what is proposed."""
    decision = _opened(model_admin, request, object_id)
    if not request.user.has_perms(["disputes.decide", "disputes.approve"]):
        raise PermissionDenied("Only adjudicators approve decisions.")
    to = reverse("admin:disputes_decision_change", args=[decision.pk])
    if request.method != "POST":
        return HttpResponseRedirect(to)
    acts.demand_fresh(request)
    now = timezone.now()
    try:
        actions.approve(decision_id=decision.pk, digest=request.POST.get("digest", ""), by=request.user, now=now)
    except NotAllowed as refused:
        raise PermissionDenied(str(refused)) from refused
    except Refused as refused:
        return _page(
            model_admin, request, _opened(model_admin, request, object_id), now, error=str(refused), status=409
        )
    messages.success(request, f"Decision {decision.number} is approved and published to both parties.")
    return HttpResponseRedirect(reverse("admin:disputes_dispute_change", args=[decision.dispute_id]))


def _send_back(model_admin, request, object_id):
    _demand_adjudicator(model_admin, request, object_id, "disputes.approve")

    def call(decision, given, now):
        acts.demand_fresh(request)
        actions.send_back(decision_id=decision.pk, because=given["because"], by=request.user, now=now)

    return act(
        model_admin,
        request,
        object_id,
        title="Send back",
        explain="Who proposed it reads your reason and proposes anew.",
        form_class=SendBackForm,
        call=call,
        done=lambda decision, given: "The decision is sent back to who holds the case.",
        button="Send it back",
    )


def _take_back(model_admin, request, object_id):
    _demand_adjudicator(model_admin, request, object_id, "disputes.decide")

    def call(decision, given, now):
        acts.demand_fresh(request)
        actions.take_back(decision_id=decision.pk, by=request.user, now=now)

    return act(
        model_admin,
        request,
        object_id,
        title="Take back",
        explain="Nobody has approved it yet. The case is open for another proposal.",
        form_class=TakeBackForm,
        call=call,
        done=lambda decision, given: "The decision is taken back.",
        button="Take it back",
    )


def _demand_adjudicator(model_admin, request, object_id, permission: str) -> None:
    _opened(model_admin, request, object_id)
    if not request.user.has_perms(["disputes.decide", permission]):
        raise PermissionDenied("Only adjudicators do this. You may read the decision.")
