"""The order's own page, for both sides, and its messages."""

import uuid
from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, prefetch_related_objects
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events.models import Event
from orders import actions, amend_words, arrivals, facts, lateness, receipts, safety, shipped, tracking_words, wording
from orders.coming import coming
from orders.forms import MessageForm
from orders.models import Line, Order
from orders.steps import agreeing, steps_for
from orders.steps.reviewing import review_of
from orders.terms import BEFORE_SHIPMENT
from orders.views.asking import answer, order_for
from suppliers import reviews
from trade_assurance.refused import NotAllowed, Refused
from trade_assurance.templatetags.ta import moment

S = Order.Status
BUYER = Order.Side.BUYER
EVENTS_MOST = 300
MESSAGES_MOST = 100
NOTICED_MOST = 12
FEEDBACK = {"review", "reply", "revise"}
STAYS = {"message", "keep_late"}  # on the page by themselves, so not among the buttons


def _events(order):
    return list(Event.objects.about("order", order.id)[:EVENTS_MOST])


def _surroundings(request, order, now) -> dict:
    """What the heading, the answers and the tracker need."""
    side = order.side_of(request.user)
    instalments = sorted(order.instalments.all(), key=lambda part: part.number)
    due_at = min((part.due_at for part in instalments if part.open_minor), default=None)
    every = steps_for(order, request.user, now)
    steps = [step for step in every if step.code not in STAYS]
    turn = agreeing.turn(order)
    allowed = [step for step in steps if step.allowed]
    primary = next((step for step in allowed if step.must), None)
    if primary is None and turn == side and order.status == S.DRAFT:
        primary = next((step for step in allowed if step.code in ("accept", "edit")), None)
    return {
        "order": order,
        "side": side,
        "is_buyer": side == BUYER,
        "other": order.supplier.name if side == BUYER else order.buyer.display_name,
        "instalments": instalments,
        "steps": steps,
        "primary": primary,
        "secondary": [step for step in allowed if step is not primary],
        "blocked": [step for step in steps if not step.allowed and step.reason],
        "turn": turn,
        "state": wording.state(order, side, now, turn=turn, due_at=due_at),
        "cover_label": wording.cover_label(order),
        "answers": wording.answers(order, side, now, steps, turn),
        "tracker": wording.tracker(order, now, due_at) if order.status != S.DRAFT else [],
        "late": order.is_late(now),
        "now": now,
    } | _noticed(order, every, now)


def _noticed(order, steps, now) -> dict:
    """What differs from the contract, and the choices of a late order with what each is worth."""
    noticed = facts.noticed(order, now)
    claim = next((step for step in steps if step.code == "claim" and step.allowed), None)
    shown = noticed[:NOTICED_MOST]
    return {
        "noticed": shown,
        "noticed_more": len(noticed) - len(shown),
        "claimable": [each for each in noticed if each.is_claimable][:NOTICED_MOST],
        "can_claim": claim is not None,
        "late_order": lateness.late(order, noticed, steps, now),
        "keys": (uuid.uuid4(), uuid.uuid4()),
    }


@login_required
def detail(request, reference):
    """Everything about one order; htmx asks again for its top part, the rest says when it has changed."""
    now = timezone.now()
    order = order_for(request, reference, "receipt", "review__by", "review_request")
    counted = Prefetch("lines", Line.objects.select_related("receipt").order_by("number"))
    prefetch_related_objects([order], "instalments", "shipments__lines", "shipments__events", counted)
    if any(part.open_minor for part in order.instalments.all()):
        prefetch_related_objects([order], "payer_questions__entry")
    page = _surroundings(request, order, now)
    if request.htmx and not request.htmx.history_restore_request:
        newest = Event.objects.about("order", order.id).values_list("number", flat=True).last()
        seen = request.GET.get("seen", "")
        page |= {"seen": seen, "changed": seen.isdecimal() and str(newest) != seen}
        response = render(request, "orders/detail_status.html", page)
    else:
        events = _events(order)
        version = (order.placed_at and facts.contract(order)) or agreeing.latest(order)
        terms = version.terms if version is not None else None
        shipped = bool(order.shipments.all())
        lines = {line.id: line for line in order.lines.all()} if shipped else {}
        page |= {
            "seen": events[-1].number if events else 0,
            "version": version,
            "terms": terms,
            "ship_by_on": date.fromisoformat(terms.ship_by_on) if terms and terms.ship_by_on else None,
            "late_parts": [p for p in terms.plan if p.due_before not in BEFORE_SHIPMENT] if terms else [],
            "plan": _plan(order, page["instalments"], events),
            "came_back": _came_back(events) if page["is_buyer"] else [],
            "timeline": wording.timeline(order, events, page["side"]),
            "coming": coming(order, now),
            "cases": [event for event in reversed(events) if event.kind == "claim.filed"],
            "shipments": _shipments(order, lines, page["side"], terms),
            "entered": _entered(request, order, page["side"]),
            "counts": receipts.told(order, lines.values(), terms),
            "receipt_photos": receipts.photos(order, page["side"]) if _has(events, "receipt_photo.added") else [],
            "later_receipt": _later(order, events),
            "protection": _protection(order, now),
            "review": _review(order),
            "review_steps": [step for step in page["steps"] if step.allowed and step.code in FEEDBACK],
            "letters": _letters(order, version, page["steps"]),
            "message_form": MessageForm(initial={"key": uuid.uuid4()}),
        }
        response = render(request, "orders/detail.html", page)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _entered(request, order, side):
    """The shipment that the supplier has just entered, so that its packing list is at hand."""
    number = request.GET.get("entered", "")
    mine = [each for each in order.shipments.all() if each.counts and str(each.number) == number]
    return mine[0] if mine and side == Order.Side.SUPPLIER else None


def _letters(order, version, steps) -> list:
    """The newest messages, the oldest first; one that seems to agree to a change says how to propose it."""
    letters = list(order.messages.select_related("author").order_by("-id")[:MESSAGES_MOST])[::-1]
    amend_words.hints(order, version, letters, steps)
    return letters


def _has(events, kind: str) -> bool:
    """Whether the order's events tell of such a thing, so that it need not be looked for."""
    return any(event.kind == kind for event in events)


def _later(order, events):
    """The last later receipt that the buyer said, with the reason of what was found."""
    later = receipts.latest_later(order) if _has(events, "later_receipt.asked") else None
    if later is not None:
        later.found_because = receipts.reason_of(later)
    return later


def _review(order):
    """The order's review with what stands beside it, also when staff have removed it."""
    review = review_of(order)
    if review is not None:
        reviews.tell([review])
    return review


def _plan(order, instalments, events) -> list[dict]:
    """Each instalment with how it was paid, from the events of its payments, and what it waits for."""
    methods: dict[int, list[str]] = {}
    for event in events:
        if event.kind == "payment.cleared":
            for number in event.data.get("instalments", ()):
                words = arrivals.BY_METHOD.get(event.data.get("method"), event.data.get("method", ""))
                methods.setdefault(number, []).append(str(words))
    waits = safety.waits(order)
    return [
        {"part": part, "methods": sorted(set(methods.get(part.number, ()))), "waits": waits.get(part.id, "")}
        for part in instalments
        if part.amount_minor  # an amendment may have taken it out
    ]


def _came_back(events) -> list[dict]:
    """Refunds that did not arrive and that staff have not looked at yet, from their events: amount and reason."""
    found: dict[int, dict] = {}
    for event in events:
        if event.kind == "refund.failed":
            found[event.data["refund"]] = {"minor": event.data["amount"], "because": event.data.get("because", "")}
        elif event.kind == "refund.let_again":
            found.pop(event.data["id"], None)
    return list(found.values())


def _shipments(order, lines, side, terms) -> list[dict]:
    """Each shipment with what it holds, what its tracking is worth, and what its carrier said."""
    tracked = [each for each in order.shipments.all() if each.tracking != each.Tracking.NONE]
    prefetch_related_objects(tracked, "events")
    incoterm = terms.incoterm if terms else ""
    return [
        {
            "shipment": shipment,
            "tracking": tracking_words.state(shipment, order, side),
            "told": tracking_words.said(shipment) if shipment in tracked else [],
            "proven": tracking_words.proven(shipment, incoterm) if shipment in tracked else None,
            "paper": tracking_words.paper(shipment, incoterm),
            "holder": shipped.holder(incoterm),
            "travels": shipped.TRAVELS.get(shipment.transport, shipment.transport),
            "fact": _(shipment.fact) if shipment.fact else "",
            "lines": [{"line": lines[part.line_id], "quantity": part.quantity} for part in shipment.lines.all()],
        }
        for shipment in sorted(order.shipments.all(), key=lambda row: row.number)
    ]


def _protection(order, now) -> dict:
    """The clock, the covered amount and what it means, for the side column."""
    days = order.rulebook.protection_days
    shown = {"days": days, "day": 0, "state": "waiting", "label": "", "held_minor": 0}
    if order.is_final:
        shown |= {"state": "ended", "label": _("Protection clock: ended.")}
    elif order.status == S.RECEIVED and order.open_disputes and order.protection_ends_at is None:
        on = wording.protection_day(order, now)
        shown |= {"day": on, "state": "paused", "label": _("Protection clock: stopped while a claim is open.")}
    elif order.status == S.RECEIVED and order.protection_ends_at:
        on = wording.protection_day(order, now)
        near = order.protection_ends_at - now <= timedelta(days=5)
        shown |= {
            "day": on,
            "state": "ending" if near else "running",
            "label": _("Protection clock: day {day} of {days}, ends {ends}").format(
                day=on, days=days, ends=moment(order.protection_ends_at)
            ),
        }
    else:
        shown["label"] = _("Protection clock: not started. It runs {days} days from receipt.").format(days=days)
    if order.status == S.RECEIVED:
        shown["held_minor"] = max(0, order.escrow_minor - order.reserve_minor)
    if order.status in (S.PAID, S.SHIPPED):
        free = max(0, order.escrow_minor - order.contested_minor)
        reserve = order.rulebook.reserve(free, order.supplier.stars)
        shown |= {"reserve_minor": reserve, "release_minor": free - reserve}
    shown["after_minor"] = min(order.total_minor, order.left_of_limit_minor)
    shown["limited"] = bool(order.placed_at) and order.reserved_minor < order.total_minor
    return shown


@login_required
@require_POST
def message(request, reference):
    """Write to the other side."""
    now = timezone.now()
    order = order_for(request, reference)
    form = MessageForm(request.POST)
    body = request.POST.get("body", "")
    to = f"{order.get_absolute_url()}#messages"
    try:
        if not form.is_valid():
            raise Refused(_("This form is too old. Send it again from the order's page."))
        actions.write_message(
            order_id=order.id, key=form.cleaned_data["key"], body=body.replace("\r\n", "\n"), by=request.user, now=now
        )
    except NotAllowed as error:
        return answer(request, error, to)
    except Refused as error:
        page = {"order": order, "body": body, "error": str(error), "key": request.POST.get("key") or uuid.uuid4()}
        return render(request, "orders/message.html", page, status=422)
    messages.success(request, _("Message sent."))
    return redirect(to)
