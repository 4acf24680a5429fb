"""Where Stripe reports: checked, stored, answered at once; a sweep acts on it."""

import structlog
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.actions.hearing import store_webhook
from payments.gateways import NotGenuine, is_set_up, named

logger = structlog.get_logger()


@csrf_exempt
@require_POST
def webhook(request):
    """200 once a genuine report is stored, also when it was before; 400 for anything else, which changes nothing."""
    if not is_set_up("stripe"):
        raise Http404
    try:
        report = named("stripe").read(request.body, request.headers.get("Stripe-Signature", ""))
    except NotGenuine as refused:
        logger.warning("webhook refused", gateway="stripe", why=str(refused))
        return HttpResponseBadRequest(str(refused), content_type="text/plain")
    store_webhook(gateway="stripe", report=report, now=timezone.now())
    return HttpResponse(status=200)
