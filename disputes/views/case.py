"""The page of a case, for both sides: what happens, the offers, the claim against the contract, words, the decision."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from disputes import actions, waiting, wording
from disputes.case_file import taken_at_receipt
from disputes.models import Dispute, Offer
from disputes.retelling import words_told, working_told
from disputes.steps import move_of
from disputes.steps.talking import OFFERS_IN, no_offers, sealed_at
from disputes.views.asking import case_for
from disputes.views.decision import decision_of
from disputes.views.evidence import case_files
from events.models import Event
from orders import actions as order_actions
from orders.forms import MessageForm
from orders.models import Order
from orders.views.asking import answer
from trade_assurance.refused import NotAllowed, Refused

S, Side = Dispute.Status, Order.Side
MESSAGES_MOST = 100
TALK = ("offer", "seal", "extend", "escalate", "withdraw_claim")
STEPS = {
    S.OPEN: TALK,
    S.EVIDENCE: ("offer", "withdraw_claim"),
    S.REBUTTAL: ("offer", "withdraw_claim"),
    S.DECIDING: ("offer", "withdraw_claim"),
    S.INSPECTION: ("choose_inspector", "offer", "withdraw_claim"),
    S.DECIDED: ("appeal", "waive"),
    S.APPEALED: ("appeal", "waive"),
    S.RETURNING: ("ship_return", "record_delivery", "accept_performance", "contest_performance"),
    S.REPLACING: ("ship_replacement", "record_delivery", "accept_performance", "contest_performance"),
}
TONES = {
    Offer.Status.LIVE: ("wait", _lazy("On the table")),
    Offer.Status.ACCEPTED: ("done", _lazy("Accepted")),
    Offer.Status.REJECTED: ("done", _lazy("Refused")),
    Offer.Status.COUNTERED: ("done", _lazy("Countered")),
    Offer.Status.REPLACED: ("done", _lazy("Replaced")),
    Offer.Status.WITHDRAWN: ("done", _lazy("Withdrawn")),
    Offer.Status.EXPIRED: ("done", _lazy("Expired")),
    Offer.Status.VOID: ("done", _lazy("Ended with the talk")),
}


@dataclass(frozen=True)
class ShownOffer:
    """An offer as a page shows it; `preview` for one on the table."""

    offer: Offer
    by: str
    mine: bool
    answerable: bool
    accepted: bool
    conditions: list[str]
    status: str
    state: str
    tone: str
    preview: object = None


def amounts_of(dispute: Dispute, offer: Offer) -> dict:
    """What an offer gives to each line, as its execution will."""
    if dispute.claimant == Side.SUPPLIER:
        return {None: offer.amount_minor}
    parts = {part.line_id: part.amount_minor for part in offer.lines.all()}
    return parts or actions.spread(dispute, offer.amount_minor)


def shown(dispute: Dispute, offer: Offer, side: str, now, *, with_preview: bool = False) -> ShownOffer:
    """One offer in words, and with what it moves."""
    live = offer.status == Offer.Status.LIVE and offer.expires_at > now
    status = Offer.Status.EXPIRED if offer.status == Offer.Status.LIVE and not live else Offer.Status(offer.status)
    tone, words = TONES[status]
    mine = offer.side == side
    accepted = offer.is_midpoint and offer.accepted_by(side) is not None
    preview = None
    if with_preview:
        again = bool(offer.replacement)
        preview = actions.preview(dispute, amounts_of(dispute, offer), replaces=again)
    if not offer.side:  # the midpoint is nobody's own
        by = _("Both limits")
    else:
        by = _("You") if mine else wording.name_of(dispute, offer.side)
    return ShownOffer(
        offer,
        by,
        mine,
        live and not mine and not accepted,
        accepted,
        wording.conditions(dispute, offer, side),
        status.value,
        words,
        tone,
        preview,
    )


def _talk(dispute: Dispute, acting: str | None, side: str, offers: list[Offer], now) -> dict:
    """The offers on the table with what they move, and the earlier ones."""
    may = dispute.status in OFFERS_IN
    on_table = [shown(dispute, each, side, now, with_preview=True) for each in dispute.on_table] if may else []
    now_on = {each.offer.id for each in on_table}
    return {
        "on_table": on_table,
        "earlier": [shown(dispute, each, side, now) for each in offers if each.id not in now_on],
        "talk_open": may,
        "may_answer": acting is not None and not no_offers(dispute),
        "talk_closed_because": no_offers(dispute),
    }


@login_required
@require_safe
def detail(request, reference):
    """Everything about one case; htmx asks again for its offers and answers, which say when the rest has changed."""
    now = timezone.now()
    dispute = case_for(request, reference, "inspection__inspector")
    order = dispute.order
    side, acting = order.side_of(request.user), dispute.acting_side(request.user)
    offers = list(dispute.offers.prefetch_related("lines").order_by("-number"))
    waiting.fill_talk(dispute, offers, side, now)
    refunds = [] if dispute.is_open or dispute.claimant == Side.SUPPLIER else _refunds(dispute)
    newest = Event.objects.about("order", order.id).values_list("number", flat=True).last()
    part = request.htmx and not request.htmx.history_restore_request and request.GET.get("part") == "talk"
    decided = decision_of(dispute, side) if dispute.decided_at else {}
    decision = decided["decision"].decision if decided else None
    steps = [step for code in STEPS.get(dispute.status, ()) if (step := move_of(code, dispute, request.user, now))]
    page = {
        "dispute": dispute,
        "order": order,
        "side": side,
        "acting": acting,
        "is_buyer": side == Side.BUYER,
        "other": wording.name_of(dispute, waiting.other(side)),
        "state": wording.state(dispute, side),
        "answers": wording.answers(dispute, side, now, refunds, decision),
        "steps": {step.code: step for step in steps},
        "now": now,
        "rules": order.rulebook,
        "seen": request.GET.get("seen", "") if part else newest,
    }
    page |= _talk(dispute, acting, side, offers, now)
    if part:
        page["changed"] = page["seen"].isdecimal() and str(newest) != page["seen"]
        response = render(request, "disputes/talk_part.html", page)
    else:
        page |= _whole(request, dispute, side, acting, steps, now) | {"refunds": refunds} | decided
        response = render(request, "disputes/detail.html", page)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _whole(request, dispute: Dispute, side: str, acting: str | None, steps: list, now) -> dict:
    """What only the whole page shows."""
    order = dispute.order
    claims = list(dispute.claims.select_related("line").order_by("line__number", "id"))
    for claim in claims:
        claim.agreed_told, claim.came_told = words_told(claim.agreed), words_told(claim.came)
        claim.working_told = working_told(claim.working)
    letters = order.messages.filter(sent_at__gte=dispute.filed_at).select_related("author").order_by("-id")
    else_codes = ("extend", "escalate", "withdraw_claim", "seal", "appeal", "waive")
    # goods have travelled, or do: a contested return goes to staff without a time for evidence
    performances = dispute.status in (S.RETURNING, S.REPLACING, S.CLOSED) or (
        dispute.status != S.OPEN and dispute.evidence_ends_at is None
    )
    return {
        "claims": claims,
        "letters": list(letters[:MESSAGES_MOST])[::-1],
        "message_form": MessageForm(initial={"key": uuid.uuid4()}),
        "evidence": case_files(dispute, request.user, now),
        "receipt_photos": taken_at_receipt(dispute),
        "tracker": wording.tracker(dispute, now),
        "inaction": wording.inaction(dispute, now, side),
        "else_steps": [step for step in steps if step.allowed and step.code in else_codes],
        "blocked": [step for step in steps if not step.allowed and step.reason],
        "performances": list(dispute.performances.order_by("id")) if performances else [],
        "inspection": getattr(dispute, "inspection", None),
        "appeals": list(dispute.appeals.order_by("id")) if dispute.decided_at else [],
        "clock": _clock(dispute, claims, now),
        "sealed_mine": sealed_at(dispute, side),
        "sealed_theirs": sealed_at(dispute, waiting.other(side)),
    }


def _refunds(dispute: Dispute) -> list:
    """What goes back to the buyer since the case was filed."""
    return list(dispute.order.refunds.filter(created_at__gte=dispute.filed_at).order_by("id"))


def _clock(dispute: Dispute, claims, now) -> dict | None:
    """The protection clock of the claimed goods: stopped with what is left, or running again."""
    order = dispute.order
    days = order.rulebook.protection_days
    lines = [claim.line for claim in claims if claim.line is not None]
    if order.is_final or order.received_at is None or not lines:
        return None
    left = [line.window_left for line in lines if line.window_left is not None]
    ends = [line.window_ends_at for line in lines if line.window_ends_at is not None]
    if left:
        kept = min(left).days
        return {"day": max(0, days - kept - 1), "days": days, "state": "paused", "kept": kept}
    if ends:
        rest = max(0, (min(ends) - now).days)
        return {"day": max(0, days - rest), "days": days, "state": "running", "ends_at": min(ends)}
    return {"day": days, "days": days, "state": "ended"}


@login_required
@require_POST
def message(request, reference):
    """Write to the other side from the case's page; it is kept with the order."""
    now = timezone.now()
    dispute = case_for(request, reference)
    form = MessageForm(request.POST)
    body = request.POST.get("body", "")
    to = f"{dispute.get_absolute_url()}#words"
    try:
        if not form.is_valid():
            raise Refused(_("This form is too old. Send it again from the case’s page."))
        order_actions.write_message(
            order_id=dispute.order_id,
            key=form.cleaned_data["key"],
            body=body.replace("\r\n", "\n"),
            by=request.user,
            now=now,
        )
    except NotAllowed as error:
        return answer(request, error, to)
    except Refused as error:
        page = {"order": dispute.order, "body": body, "error": str(error), "key": request.POST.get("key", "")}
        return render(request, "orders/message.html", page, status=422)
    messages.success(request, _("Message sent."))
    return redirect(to)
