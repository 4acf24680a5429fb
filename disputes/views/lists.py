"""Lists: the cases of a person or of the company in use, and the public register of decisions."""

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from disputes import waiting, wording
from disputes.models import Claim, DecidedClaim, Decision, Dispute
from disputes.views.decision import public_reference
from orders.models import Order
from suppliers import acting
from trade_assurance import keyset, money

PAGE = 25
TABS = (("", _lazy("All")), ("needs", _lazy("Needs you")), ("open", _lazy("Open")), ("closed", _lazy("Closed")))
WORDS_MOST = 100
SHARE_WHOLE = 10_000


def _words(request) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:WORDS_MOST]


@login_required
@require_safe
def cases(request):
    """Cases with whose move it is, the next date and the amount."""
    now = timezone.now()
    supplier = acting.acting_supplier(request)
    side = Order.Side.SUPPLIER if supplier else Order.Side.BUYER
    tab, text = request.GET.get("tab", ""), _words(request)
    found = waiting.cases_of(request.user, side, supplier)
    if tab == "needs":
        found = waiting.needing(found, side, now)
    elif tab == "open":
        found = found.open()
    elif tab == "closed":
        found = found.filter(status=Dispute.Status.CLOSED)
    if text:
        party = "order__buyer__company_name" if supplier else "order__supplier__name"
        found = found.filter(
            Q(reference__icontains=text)
            | Q(order__reference__icontains=text)
            | Q(order__title__icontains=text)
            | Q(**{f"{party}__icontains": text})
        )
    found = waiting.with_talk(found, side, now)
    page = keyset.page(found, by=("-id",), cursor=request.GET.get("page", ""), size=PAGE)
    rows = [_row(dispute, side) for dispute in page]
    shown = {
        "page": page,
        "rows": rows,
        "tabs": _tabs(request, TABS, tab),
        "tab": tab,
        "q": text,
        "filtered": bool(tab or text),
        "side": side,
        "now": now,
        **_links(request, page),
    }
    whole = not request.htmx or request.htmx.history_restore_request
    response = render(request, "disputes/list.html" if whole else "disputes/list_results.html", shown)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _row(dispute: Dispute, side: str) -> dict:
    step = waiting.waits_for(dispute, side)
    next_at = step.deadline if step is not None and step.deadline else wording.next_deadline(dispute)
    if not dispute.is_open:
        next_at = None
    return {
        "dispute": dispute,
        "order": dispute.order,
        "state": wording.state(dispute, side),
        "next_at": next_at,
        "other": wording.name_of(dispute, waiting.other(side)),
        "minor": dispute.awarded_minor if not dispute.is_open else dispute.claimed_minor,
    }


def _tabs(request, tabs, here: str) -> list[dict]:
    kept = request.GET.copy()
    for name in ("page", "tab"):
        kept.pop(name, None)
    found = []
    for key, words in tabs:
        query = kept.copy()
        if key:
            query["tab"] = key
        found.append({"words": words, "href": f"?{query.urlencode()}", "here": key == here})
    return found


def _links(request, page: keyset.Page) -> dict:
    """Links to the pages before and after, with what was searched for."""

    def link(cursor: str) -> str:
        query = request.GET.copy()
        query["page"] = cursor
        return f"?{query.urlencode()}"

    return {"newer": link(page.before) if page.before else "", "older": link(page.after) if page.after else ""}


# the public register ------------------------------------------------------------------------------------------------


def _published():
    """Decisions that nothing can change any more: no appeal is open, and what they say is being carried out."""
    still = (Dispute.Status.DECIDED, Dispute.Status.APPEALED)
    final = Decision.objects.filter(status=Decision.Status.FINAL).exclude(dispute__status__in=still)
    return final.select_related("dispute").prefetch_related("claims__claim")


@require_safe
def register(request):
    """Published decisions without names: what was claimed, what was decided, what share was awarded."""
    text = _words(request)
    reason, outcome = request.GET.get("reason", ""), request.GET.get("outcome", "")
    found = _published()
    for word in text.split()[:8]:
        found = found.filter(summary__icontains=word)
    asked = {}
    if reason in Claim.Reason.values:
        asked["reason"] = reason
    if outcome in DecidedClaim.Outcome.values:
        asked["outcome"] = outcome
    if asked:
        found = found.filter(Exists(DecidedClaim.objects.filter(decision=OuterRef("pk"), **asked)))
    page = keyset.page(
        found.filter(published_at__isnull=False),
        by=("-published_at", "-id"),
        cursor=request.GET.get("page", ""),
        size=PAGE,
    )
    shown = {
        "page": page,
        "rows": [_entry(decision) for decision in page],
        "q": text,
        "reason": reason,
        "outcome": outcome,
        "reasons": Claim.Reason.choices,
        "outcomes": DecidedClaim.Outcome.choices,
        "filtered": bool(text or reason or outcome),
        "active": "decisions",
        **_links(request, page),
    }
    return render(request, "disputes/register.html", shown)


def _entry(decision: Decision) -> dict:
    """One decision as everybody may read it: no party, no order, no case, no amount, no day."""
    claims = [
        {
            "reason": decided.get_reason_display(),
            "reason_key": decided.reason,
            "outcome_key": decided.outcome,
            "outcome": decided.get_outcome_display(),
            "share": money.share(SHARE_WHOLE, decided.amount_minor, decided.claim.asked_minor),
        }
        for decided in decision.claims.all()
    ]
    return {
        "reference": public_reference(decision),
        "month": date_format(timezone.localtime(decision.published_at), pgettext("date format", "F Y")),
        "summary": decision.summary,
        "claims": claims,
        "on_appeal": decision.is_on_appeal,
    }


@require_safe
def published(request, reference):
    """One decision of the register."""
    if len(reference) != 10 or not reference.isalnum():
        raise Http404
    decision = _published().filter(digest__startswith=reference.lower()).order_by("id").first()
    if decision is None:
        raise Http404
    return render(request, "disputes/published.html", {"entry": _entry(decision), "active": "decisions"})
