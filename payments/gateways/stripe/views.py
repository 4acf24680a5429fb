"""Where Stripe reports: checked, stored, answered at once; a sweep acts on it."""

import structlog
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.actions.hearing import note_refused, store_webhook
from payments.gateways import NotGenuine, is_set_up, named

logger = structlog.get_logger()
MOST_BYTES = 2**20  # Stripe's are some kilobytes


@csrf_exempt
@require_POST
def webhook(request):
    """200 once a genuine report is stored, also when it was before; 4xx for anything else, which moves no money.

    Finance sees that something was refused, and why: one row a day for each reason.
    """
    if not is_set_up("stripe"):
        raise Http404
    now = timezone.now()
    try:
        report = named("stripe").read(_body(request), request.headers.get("Stripe-Signature", ""))
    except NotGenuine as refused:
        logger.warning("webhook refused", gateway="stripe", why=str(refused))
        note_refused(gateway="stripe", code=refused.code, why=str(refused), now=now)
        status = {"size": 413, "type": 415}.get(refused.code, 400)
        return HttpResponse(str(refused), status=status, content_type="text/plain")
    store_webhook(gateway="stripe", report=report, now=now)
    return HttpResponse(status=200)


def _body(request) -> bytes:
    """What was sent, read only if it is small and says that it is JSON. Raises NotGenuine."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise NotGenuine("It is larger than any report of Stripe's.", "size")
    if request.content_type != "application/json":
        raise NotGenuine("It does not say that it is JSON (Content-Type).", "type")
    return request.body
