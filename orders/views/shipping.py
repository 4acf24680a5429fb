"""Entering the shipments of many orders at once, from a table or from a file."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, OuterRef, Subquery, Window
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from orders import actions, desk, shipment_sheet, shipped
from orders.forms.shipping import HowForm, OrderHowForm
from orders.models import ContractVersion, Line, Order, Shipment
from orders.steps import step_of
from suppliers import acting
from suppliers.models import Member, Supplier
from trade_assurance import keyset
from trade_assurance.refused import Refused

PAGE = 50
ORDER = ("ship_by_at", "id")
SHARED = "all"
UNKNOWN = _lazy("You have no order with this number.")


@dataclass(frozen=True)
class Answer:
    """What became of one order: the shipment that was entered, or why not."""

    reference: str
    order: Order | None = None
    refused: str = ""
    shipment: Shipment | None = None


def _for_sales(member: Member) -> Supplier:
    if not member.sells:
        raise PermissionDenied(_("Shipments are entered by those who sell for the company."))
    return member.supplier


def _with_incoterm(orders):
    """Orders with the buyer and the Incoterm of the accepted contract, which says what counts as shipped."""
    in_force = ContractVersion.objects.signed().filter(order=OuterRef("pk")).order_by("-number")
    incoterm = Subquery(in_force.values("document__incoterm")[:1])
    return orders.select_related("buyer").annotate(incoterm=incoterm)


def _named(supplier: Supplier, references: Iterable[str]) -> dict[str, Order]:
    found = Order.objects.filter(supplier=supplier, reference__in=[name for name in references if "\x00" not in name])
    return {order.reference: order for order in _with_incoterm(found)}


def _page(request, member: Member, rows: list[tuple[Order, OrderHowForm]], *, status: int = 200, **context):
    """The table of these rows; says of each order what is left of it and what counts as shipped."""
    now = timezone.now()
    left = (
        Line.objects.filter(order__in=[order.pk for order, _form in rows])
        .filter(quantity__gt=F("shipped_quantity") + F("cancelled_quantity"))
        .annotate(of_order=Window(Count("id"), partition_by="order_id"))
        .order_by("order_id", "number")
        .distinct("order_id")
    )
    firsts = {line.order_id: line for line in left}
    for order, _form in rows:
        order.late = order.is_late(now)
        order.fact = shipped.FACTS.get(order.incoterm)
        order.papers = (
            dict.fromkeys(str(name) for _way, name in shipped.documents(order.incoterm)) if order.incoterm else {}
        )
        order.first_left = firsts.get(order.pk)
    page = {
        "rows": rows,
        "shared": HowForm(prefix=SHARED),
        "key": uuid.uuid4(),
        "lines_max": shipment_sheet.LINES_MAX,
        "supplier": member.supplier,
        "active": "orders",
        "now": now,
    }
    return render(request, "portal/shipments.html", page | context, status=status)


def _listed(request, member: Member, *, status: int = 200, **context):
    """The orders that are to ship, the one that is due first on top."""
    waiting = _with_incoterm(desk.to_ship(member.supplier))
    page = keyset.page(waiting, by=ORDER, cursor=request.GET.get("page", ""), size=PAGE)
    rows = [(order, OrderHowForm.of(order)) for order in page]
    return _page(request, member, rows, status=status, page=page, **context)


@acting.for_supplier
def shipments(request, member):
    """The orders that are to ship; a POST enters each chosen one and says of each what became of it."""
    supplier = _for_sales(member)
    if request.method != "POST":
        return _listed(request, member)
    names = list(dict.fromkeys(request.POST.getlist("order")))
    key = _read_key(request.POST.get("key", ""))
    if key is None or not names or len(names) > shipment_sheet.LINES_MAX:
        sentence = _("This page did not arrive whole, so nothing was entered. Enter it again.")
        return _listed(request, member, status=422, problem=sentence)
    orders = _named(supplier, names)
    shared = HowForm(request.POST, prefix=SHARED)
    rows = {name: _typed(request, order) for name, order in orders.items()}
    chosen = [name for name in names if f"{name}-chosen" in request.POST]
    answers, problem = [], ""
    if not chosen:
        problem = _("Choose at least one order. Nothing was entered.")
    elif shared.is_valid():
        answers = [_enter(orders.get(name), name, rows.get(name), shared, key, by=request.user) for name in chosen]
    entered = [answer for answer in answers if not answer.refused]
    done = {answer.reference for answer in entered}
    refused = [answer for answer in answers if answer.refused]
    context = {
        "shared": shared,
        "key": key,
        "entered": entered,
        "refused": refused,
        "problem": problem,
        "answered": True,
    }
    left = [(orders[name], rows[name]) for name in names if name in rows and name not in done]
    status = 422 if refused or problem or shared.errors else 200
    return _page(request, member, left, status=status, **context)


def _read_key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _typed(request, order: Order) -> OrderHowForm:
    name = order.reference
    how = {field: request.POST.get(f"{name}-{field}", "") for field in OrderHowForm.names}
    return OrderHowForm.of(order, how, chosen=f"{name}-chosen" in request.POST)


def _enter(order: Order | None, name: str, form: OrderHowForm | None, shared: HowForm, page_key: uuid.UUID, *, by):
    """Ship all that is left of one order, in a transaction of its own; the page's key makes the order's."""
    if order is None or form is None:
        return Answer(name[:20], refused=UNKNOWN)
    key = uuid.uuid5(page_key, str(order.public_id))
    if (made := Shipment.objects.filter(order=order, key=key).first()) is not None:
        return Answer(name, order, shipment=made)
    how = form.together(shared)
    if how is None:
        return Answer(name, order, form.sentence)
    left = {line.id: line.to_ship for line in order.lines.order_by("number")}
    try:
        made = actions.ship(order_id=order.pk, key=key, quantities=left, by=by, now=timezone.now(), **how)
    except Refused as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return Answer(name, order, form.sentence)
    return Answer(name, order, shipment=made)


@acting.for_supplier
def shipments_file(request, member):
    """Read a file in the template's columns into the table, where it is looked at and entered."""
    supplier = _for_sales(member)
    if request.method != "POST":
        return redirect("portal:shipments")
    upload = request.FILES.get("sheet")
    if upload is None:
        return _listed(request, member, status=422, file_problem=_("Choose the file that you filled in."))
    try:
        lines = shipment_sheet.read(upload.read(shipment_sheet.FILE_MAX + 1))
    except shipment_sheet.Unreadable as error:
        return _listed(request, member, status=422, file_problem=str(error))
    orders = _named(supplier, [line.reference for line in lines if not line.why])
    rows, wrong, now = [], [], timezone.now()
    for line in lines:
        order = orders.get(line.reference)
        why = line.why or _why_not(order, member, request.user, now)
        if not why:
            form = OrderHowForm.of(order, line.how, chosen=line.is_filled_in)
            rows.append((order, form))
            why = form.sentence
        if why:
            words = _("Line {line}, {reference}: {why}") if line.reference else _("Line {line}, {why}")
            wrong.append(words.format(line=line.number, reference=line.reference[:20], why=why))
    if not rows:
        sentence = _("No line of the file is an order that you can ship now. Nothing was entered.")
        return _listed(request, member, status=422, file_problem=sentence, wrong=wrong)
    return _page(request, member, rows, status=422 if wrong else 200, from_file=True, wrong=wrong)


def _why_not(order: Order | None, member: Member, user, now) -> str:
    """Why an order of a file can't be shipped, as the order's own step says it."""
    if order is None:
        return UNKNOWN
    order.supplier = member.supplier
    order._members = {user.id: member}
    step = step_of("ship", order, user, now)
    return UNKNOWN if step is None else step.reason


@acting.for_supplier
@require_safe
def shipments_template(request, member):
    """The file to fill in, with the orders that are to ship."""
    waiting = desk.to_ship(_for_sales(member)).select_related("buyer").order_by(*ORDER)
    text = shipment_sheet.template(waiting[: shipment_sheet.LINES_MAX])
    headers = {"Content-Disposition": 'attachment; filename="shipments.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
