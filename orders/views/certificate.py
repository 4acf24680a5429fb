"""The certificate of coverage: its paper for the parties, and the page that anybody checks it on."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders import certificate_pdf
from orders.certificate import certificate, number_of, order_of
from orders.views.asking import order_for


@login_required
@require_safe
def certificate_paper(request, reference):
    """The certificate as a PDF, for both sides; 404 until both have accepted the contract."""
    order = order_for(request, reference)
    if order.placed_at is None:
        raise Http404
    response = HttpResponse(certificate_pdf.pdf(order, timezone.now()), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="certificate-{order.reference}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
@require_safe
def check(request, number):
    """What a certificate stands for now, for everybody who has its number; it names no buyer."""
    order, now = order_of(number), timezone.now()
    if order is None:
        return render(request, "orders/certificate_unknown.html", {"number": number[:60]}, status=404)
    page = {"order": order, "number": number_of(order), "told": certificate(order, now), "now": now}
    return render(request, "orders/certificate.html", page)
