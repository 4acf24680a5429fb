"""The buyer's first page and the list of orders."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import checks, waiting, wording
from orders.models import ContractVersion, Instalment, Order
from orders.steps import agreeing, steps_for
from suppliers import acting
from trade_assurance import money
from trade_assurance.templatetags.ta import _day

S = Order.Status
PAGE = 25
TODO_MOST = 50
# what waits in a case is a row of its own, and nobody must claim or review
ELSEWHERE = {"case", "claim", "review", "reply", "revise"}
DATES_MOST = 12
STAGES = (  # what of the protected money is where: key, words, tone of the bar
    ("received", _lazy("In the protection window"), "safe"),
    ("late", _lazy("Shipment late"), "breach"),
    ("shipped", _lazy("On its way"), "wait"),
    ("paid", _lazy("Being made"), "ink"),
    ("placed", _lazy("Paid in part"), "ink-half"),
)


def _portal(request, name: str):
    """A person who acts for a supplier has the portal for this."""
    if acting.acting_supplier(request) is None:
        return None
    try:
        return redirect(reverse(name))
    except NoReverseMatch:
        return None


def with_next(orders):
    """Orders with whose version is the newest (`latest_by`), when the next instalment is due (`due_at`), and until when
    a held payment is checked (`check_due_at`)."""
    newest = ContractVersion.objects.sent().filter(order=OuterRef("pk")).order_by("-number")
    due = Instalment.objects.filter(order=OuterRef("pk"), paid_minor__lt=F("amount_minor")).order_by("due_at")
    return checks.with_due(orders).annotate(
        latest_by=Subquery(newest.values("drafted_by")[:1]), due_at=Subquery(due.values("due_at")[:1])
    )


def turn_of(order) -> str | None:
    """Whose move a draft is, from the columns that `with_next` adds."""
    if order.status != S.DRAFT:
        return None
    if not order.latest_by:
        return Order.Side.SUPPLIER if order.request else Order.Side.BUYER
    return Order.Side.SUPPLIER if order.latest_by == Order.Side.BUYER else Order.Side.BUYER


def needing_buyer(orders):
    """Orders that wait for their buyer: to answer or write a contract, to pay, to confirm, to agree to cancel."""
    newest = ContractVersion.objects.sent().filter(order=OuterRef("pk")).order_by("-number")
    unpaid = Instalment.objects.filter(
        order=OuterRef("pk"), paid_minor__lt=F("amount_minor"), due_before__in=("production", "shipment")
    )
    orders = orders.alias(by=Subquery(newest.values("drafted_by")[:1]))
    return orders.filter(
        Q(status=S.DRAFT, by=Order.Side.SUPPLIER)
        | Q(status=S.DRAFT, by=None, request="")
        | Q(Exists(unpaid), status=S.PLACED, processing_payments=0)
        | Q(status=S.SHIPPED)
        | Q(status__in=(S.PLACED, S.PAID), cancel_proposed_by=Order.Side.SUPPLIER)
        | Q(status__in=(S.PLACED, S.PAID), amendment_by=Order.Side.SUPPLIER)
    )


@dataclass
class Todo:
    """One row of what needs the person."""

    order: Order
    step: object
    late: bool
    ends_day: bool


def todo_of(orders, user, now) -> list[Todo]:
    """The step that each order waits for from this person, overdue first, then by deadline."""
    orders = list(
        orders.select_related("supplier", "buyer").prefetch_related(
            "instalments", "shipments", "payer_questions__entry"
        )[:TODO_MOST]
    )
    agreeing.know_latest(orders)
    found = []
    for order in orders:
        steps = steps_for(order, user, now, without=ELSEWHERE)
        step = next((step for step in steps if step.allowed and step.must), None)
        if step is not None:
            late = step.deadline is not None and now >= step.deadline
            found.append(Todo(order, step, late, wording.ends_day(order, step.deadline)))
    for order, step in waiting.waiting(user, Order.Side.BUYER, None, now):
        found.append(Todo(order, step, step.deadline is not None and now >= step.deadline, False))
    return sorted(found, key=lambda t: (not t.late, t.step.deadline is None, t.step.deadline or now))


@login_required
def dashboard(request):
    """The buyer's home: what needs me, what is protected, which dates come."""
    if (portal := _portal(request, "portal:home")) is not None:
        return portal
    if request.user.is_staff:
        return redirect("admin:index")
    now = timezone.now()
    mine = Order.objects.bought_by(request.user)
    todo = todo_of(needing_buyer(mine.open()).order_by("id"), request.user, now)
    holding = mine.open().filter(cleared_minor__gt=0)
    dated = (
        with_next(mine.open().exclude(status=S.DRAFT))
        .select_related("supplier")
        .order_by("protection_ends_at", "auto_confirm_at", "ship_by_at", "id")[:TODO_MOST]
    )
    dates = sorted((row for order in dated if (row := _coming(order, now))), key=lambda row: row["at"])
    return render(
        request,
        "orders/dashboard.html",
        {
            "todo": todo,
            "needs_you": len(todo),
            "protected": protected(holding, now),
            "dates": dates[:DATES_MOST],
            "any_orders": bool(todo or dates) or mine.exists(),
            "now": now,
        },
    )


def _coming(order, now) -> dict | None:
    """The next date of an open order and what happens on it."""
    at, what, end = {
        S.PLACED: (order.due_at, _("Payment due"), True),
        S.PAID: (order.ship_by_at, _("Ship-by date"), True),
        S.SHIPPED: (order.auto_confirm_at, _("Receipt is confirmed by itself"), False),
        S.RECEIVED: (order.protection_ends_at, _("Protection ends"), True),
    }[order.status]
    if order.is_late(now) and order.open_disputes:
        return None  # its dates are the case's
    if order.is_late(now):
        at, what, end = order.award_at, _("Refunded by itself if nothing is shipped"), True
    return {"at": at, "what": what, "end": end, "order": order} if at else None


def protected(orders, now) -> list[dict]:
    """The covered amount of open orders by currency and stage. Currencies are never added together."""
    sums: dict[str, dict[str, int]] = {}
    counted: dict[str, int] = {}
    columns = (
        "id",
        "status",
        "currency",
        "cleared_minor",
        "borne_minor",
        "released_minor",
        "refunded_minor",
        "refunded_escrow_minor",
        "unborne_minor",
        "contested_minor",
        "charged_back_minor",
        "charged_back_escrow_minor",
        "reserved_minor",
        "ship_by_at",
    )
    for order in orders.only(*columns).iterator(chunk_size=2000):
        if not order.covered_minor:
            continue
        stage = "late" if order.is_late(now) else order.status
        by_stage = sums.setdefault(order.currency, {})
        by_stage[stage] = by_stage.get(stage, 0) + order.covered_minor
        counted[order.currency] = counted.get(order.currency, 0) + 1
    shown = []
    for currency, by_stage in sums.items():
        total, x, segments, rows = sum(by_stage.values()), 0, [], []
        for stage, words, tone in STAGES:
            if not (amount := by_stage.get(stage)):
                continue
            width = money.share(1000, amount, total)
            segments.append({"x": f"{x / 10:g}", "w": f"{width / 10:g}", "tone": tone})
            rows.append({"words": words, "minor": amount, "tone": tone})
            x += width
        label = ", ".join(f"{row['words']} {money.display(row['minor'], currency)}" for row in rows)
        shown.append(
            {
                "currency": currency,
                "minor": total,
                "orders": counted[currency],
                "segments": segments,
                "rows": rows,
                "label": label,
            }
        )
    return sorted(shown, key=lambda row: (-row["orders"], row["currency"]))


TABS = (
    ("", _lazy("All")),
    ("needs", _lazy("Needs you")),
    ("contract", _lazy("Contract")),
    ("making", _lazy("Being made")),
    ("transit", _lazy("In transit")),
    ("window", _lazy("In the 30 days")),
    ("closed", _lazy("Complete")),
)
COVERS = (
    ("", _lazy("Any")),
    ("covered", _lazy("Covered")),
    ("none", _lazy("Not paid yet")),
    ("ended", _lazy("Cover ended")),
)


def in_tab(orders, tab: str):
    """The orders of one tab of the list."""
    match tab:
        case "needs":
            return needing_buyer(orders)
        case "contract":
            return orders.filter(status=S.DRAFT)
        case "making":
            return orders.filter(status__in=(S.PLACED, S.PAID))
        case "transit":
            return orders.filter(status=S.SHIPPED)
        case "window":
            return orders.filter(status=S.RECEIVED)
        case "closed":
            return orders.filter(status__in=Order.FINAL)
    return orders


def search(orders, text: str):
    """Orders whose reference, goods or other party's name holds the text."""
    text = text.strip()[:100]
    if not text:
        return orders
    return orders.filter(
        Q(reference__icontains=text)
        | Q(title__icontains=text)
        | Q(supplier__name__icontains=text)
        | Q(buyer__company_name__icontains=text)
    )


def keyset(orders, request):
    """One page by id, newest first: (rows, link to newer, link to older). `before` and `after` are references."""
    query = request.GET.copy()
    before, after = query.pop("before", [""])[-1][:12], query.pop("after", [""])[-1][:12]

    def edge(reference):
        return Order.objects.filter(reference=reference).values("id")[:1]

    if after:
        rows = list(orders.filter(id__gt=Subquery(edge(after))).order_by("id")[: PAGE + 1])
        newer, older = len(rows) > PAGE, True
        rows = rows[:PAGE][::-1]
    else:
        if before:
            orders = orders.filter(id__lt=Subquery(edge(before)))
        rows = list(orders.order_by("-id")[: PAGE + 1])
        newer, older = bool(before), len(rows) > PAGE
        rows = rows[:PAGE]

    def link(name, order):
        page = query.copy()
        page[name] = order.reference
        return f"?{page.urlencode()}"

    return (
        rows,
        link("after", rows[0]) if rows and newer else "",
        link("before", rows[-1]) if rows and older else "",
    )


def rows_of(orders, side, now) -> list[dict]:
    """What a row of a list shows."""
    return [
        {
            "order": order,
            "state": wording.state(order, side, now, turn=turn_of(order), due_at=order.due_at),
            "cover": order.cover,
            "cover_label": wording.cover_label(order),
        }
        for order in orders
    ]


def _span(first, last) -> str:
    """The days that a page of the list is from."""
    return _("{first} to {last}").format(first=_day(first, weekday=False), last=_day(last, weekday=False))


@login_required
def order_list(request):
    """The buyer's orders, searched and filtered, a page at a time."""
    if (portal := _portal(request, "portal:orders")) is not None:
        return portal
    now = timezone.now()
    tab, cover, text = (request.GET.get(name, "") for name in ("tab", "cover", "q"))
    orders = Order.objects.bought_by(request.user)
    orders = search(in_tab(orders, tab), text)
    if cover == "covered":
        orders = orders.open().filter(cleared_minor__gt=F("refunded_minor"))
    elif cover == "none":
        orders = orders.open().filter(cleared_minor=0)
    elif cover == "ended":
        orders = orders.filter(status__in=Order.FINAL)
    rows, newer, older = keyset(with_next(orders).select_related("supplier"), request)
    days = [timezone.localtime(row.created_at) for row in (rows[-1], rows[0])] if rows else []
    kept = request.GET.copy()
    for name in ("before", "after", "tab"):
        kept.pop(name, None)
    tabs = []
    for key, words in TABS:
        query = kept.copy()
        if key:
            query["tab"] = key
        tabs.append({"words": words, "href": f"?{query.urlencode()}", "here": key == tab})
    page = {
        "rows": rows_of(rows, Order.Side.BUYER, now),
        "newer": newer,
        "older": older,
        "span": _span(*days) if days else "",
        "tabs": tabs,
        "tab": tab,
        "covers": COVERS,
        "cover": cover,
        "q": text,
        "filtered": bool(tab or cover or text.strip()),
        "now": now,
    }
    whole = not request.htmx or request.htmx.history_restore_request
    response = render(request, "orders/list.html" if whole else "orders/list_results.html", page)
    patch_vary_headers(response, ["HX-Request"])
    return response
