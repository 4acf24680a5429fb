"""What every view about an order shares: finding it for the person, and answering what an action says."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html

from orders import safety
from orders.models import Order
from trade_assurance.refused import MovedOn, NotAllowed, Refused


def order_for(request, reference: str, *related: str) -> Order:
    """The order if the person is a party to it, else 404."""
    orders = Order.objects.visible_to(request.user).select_related("supplier", "buyer", *related)
    return get_object_or_404(safety.with_refused(orders), reference=reference)


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


def act(request, to, done: str, call) -> HttpResponse:
    """Make one call and go to `to`, with what was done or why not."""
    try:
        call()
    except Refused as error:
        return answer(request, error, to)
    messages.success(request, done)
    return redirect(to)
