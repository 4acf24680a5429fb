"""Entering a shipment (supplier) and confirming receipt line by line (buyer)."""

import uuid
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone

from orders import actions, shipped
from orders.forms import ReceiptForm, ShipmentForm
from orders.holds import held_value
from orders.models import Order
from orders.views.asking import answer, order_for, step_or_away
from trade_assurance.refused import MovedOn, NotAllowed, Refused


@login_required
def ship(request, reference):
    """Enter what was shipped, with the fact that the Incoterm names."""
    now = timezone.now()
    order = order_for(request, reference)
    posted = request.method == "POST"
    key = request.POST.get("key", "")
    if posted and _made_already(order, key):
        return redirect(order)
    step, away = step_or_away(request, order, "ship", now)
    if away is not None:
        return away
    terms = order.versions.in_force().terms
    lines = [line for line in order.lines.order_by("number") if line.to_ship]
    today = now.astimezone(ZoneInfo(order.timezone)).date()
    initial = {"key": uuid.uuid4(), "transport": "sea", "proof": shipped.FACT, "dispatched_on": today}
    form = ShipmentForm(request.POST if posted else None, lines=lines, incoterm=terms.incoterm, initial=initial)
    if posted and form.is_valid():
        read = form.cleaned_data
        try:
            actions.ship(
                order_id=order.id,
                key=read["key"],
                transport=read["transport"],
                dispatched_on=read["dispatched_on"],
                carrier=read["carrier"],
                document=read["document"],
                tracking_number=read["tracking_number"],
                container_number=read["container_number"],
                proof=read["proof"],
                quantities=form.quantities(),
                by=request.user,
                now=now,
            )
        except (NotAllowed, MovedOn) as error:
            return answer(request, error, order)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            told = "The buyer is notified." if terms.incoterm == "EXW" else "The buyer sees it now."
            messages.success(request, f"Shipment entered. {told}")
            return redirect(order)
    fact = shipped.FACTS[terms.incoterm]
    page = {"order": order, "form": form, "terms": terms, "fact": fact, "step": step, "now": now}
    return render(request, "orders/ship.html", page, status=422 if form.errors else 200)


def _made_already(order: Order, key: str) -> bool:
    try:
        return order.shipments.filter(key=uuid.UUID(key)).exists()
    except ValueError:
        return False


@login_required
def receipt(request, reference):
    """Say line by line how the goods arrived, seeing first what that releases and holds."""
    now = timezone.now()
    order = order_for(request, reference)
    step, away = step_or_away(request, order, "confirm_receipt", now)
    if away is not None:
        return away
    lines = list(order.lines.order_by("number"))
    posted = request.method == "POST"
    form = ReceiptForm(request.POST if posted else None, lines=lines)
    counts = []
    if posted and form.is_valid():
        counts = [actions.Counted(*count) for count in form.counts()]
        _within(form, lines, counts)
        if not form.errors and "check" not in request.POST:
            try:
                actions.confirm_receipt(order_id=order.id, counts=counts, by=request.user, now=now)
            except (NotAllowed, MovedOn) as error:
                return answer(request, error, order)
            except Refused as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                days = order.rulebook.protection_days
                messages.success(request, f"Receipt confirmed. Your {days} days of protection have begun.")
                return redirect(order)
    amounts = outcome(order, lines, counts) if not form.errors else None
    page = {"order": order, "form": form, "amounts": amounts, "step": step, "now": now}
    page["ends_at"] = order.rulebook.protection_end(now, order.buyer.timezone)
    return render(request, "orders/receipt.html", page, status=422 if form.errors and not request.htmx else 200)


def _within(form, lines, counts) -> None:
    for line, count in zip(lines, counts, strict=True):
        if count.short + count.rejected > line.quantity:
            form.add_error(f"line_{line.id}", f"Short and rejected together are at most {line.quantity:,} {line.unit}.")


def outcome(order: Order, lines, counts) -> dict:
    """What confirming with these counts releases, keeps in reserve and holds (Rulebook 12)."""
    by_line = {count.line_id: count for count in counts}
    free, held = order.escrow_minor, 0
    for line in lines:
        count = by_line.get(line.id)
        for quantity in (count.short, count.rejected) if count else ():
            part = min(free, held_value(line, quantity))
            free, held = free - part, held + part
    reserve = order.rulebook.reserve(free, order.supplier.stars)
    return {
        "escrow_minor": order.escrow_minor,
        "held_minor": held,
        "reserve_minor": reserve,
        "released_minor": free - reserve,
    }
