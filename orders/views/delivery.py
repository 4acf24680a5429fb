"""Entering a shipment (supplier)."""

import uuid
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import actions, shipped
from orders.forms import ShipmentForm
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
            shipment = actions.ship(
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
            told = _("Shipment entered. The buyer sees it now.")
            if terms.incoterm == "EXW":
                told = _("Shipment entered. The buyer is notified.")
            messages.success(request, told)
            return redirect(f"{order.get_absolute_url()}?entered={shipment.number}")
    fact = shipped.FACTS[terms.incoterm]
    page = {"order": order, "form": form, "terms": terms, "fact": fact, "step": step, "now": now}
    return render(request, "orders/ship.html", page, status=422 if form.errors else 200)


def _made_already(order: Order, key: str) -> bool:
    try:
        return order.shipments.filter(key=uuid.UUID(key)).exists()
    except ValueError:
        return False
