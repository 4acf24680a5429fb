"""What every view about an order shares: finding it for the person, and answering what an action says."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from orders import facts, opened, safety
from orders.models import Order
from orders.steps import step_of
from suppliers import acting
from trade_assurance.refused import MovedOn, NotAllowed, Refused


def order_for(request, reference: str, *related: str) -> Order:
    """The order if the person is a party to it, else 404; it knows the membership that the header asks for anyway."""
    orders = Order.objects.visible_to(request.user).select_related("supplier", "buyer", *related)
    order = get_object_or_404(facts.with_hints(safety.with_refused(orders)), reference=reference)
    here = (member for member in acting.memberships(request) if member.supplier_id == order.supplier_id)
    order._members = {request.user.id: next(here, None)}
    if request.method == "GET" and not request.htmx:
        opened.tell(order, request.user, timezone.now())
    return order


def answer(request, error: Refused, to) -> HttpResponse:
    """An action's refusal as a page: 403 for a person who may not, else its sentence on the page at `to`."""
    if isinstance(error, NotAllowed):
        raise PermissionDenied(str(error)) from error
    if request.htmx:
        status = 409 if isinstance(error, MovedOn) else 422
        notice = '<div class="notice tone-breach" role="alert"><p>{}</p></div>'
        return HttpResponse(format_html(notice, str(error)), status=status)
    messages.error(request, str(error))
    return redirect(to)


def step_or_away(request, order: Order, code: str, now):
    """The step if it can be taken now; else (None, answer)."""
    step = step_of(code, order, request.user, now)
    if step is None:
        return None, answer(request, NotAllowed(_("This step belongs to the other side of the order.")), order)
    if not step.allowed:
        messages.error(request, step.reason)
        return None, redirect(order)
    return step, None


def act(request, to, done: str, call) -> HttpResponse:
    """Make one call and go to `to`, with what was done or why not."""
    try:
        call()
    except Refused as error:
        return answer(request, error, to)
    messages.success(request, done)
    return redirect(to)
