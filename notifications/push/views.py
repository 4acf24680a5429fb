"""Turning notices on and off in a browser, beside the choice of mails, and the script that shows them."""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from notifications.push import actions, keys
from trade_assurance.refused import Refused

WORKER = settings.BASE_DIR / "static" / "sw.js"


def where_pushed(view):
    """There is no such page on a site that does not push."""

    @wraps(view)
    def found(request, *args, **kwargs):
        if not keys.is_on():
            raise Http404
        return view(request, *args, **kwargs)

    return found


@where_pushed
@require_safe
def worker(request):
    """The service worker; at the root, for it may only show what belongs below its own address."""
    response = FileResponse(WORKER.open("rb"), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def _back():
    return redirect(f"{reverse('accounts:mails')}#push")


@where_pushed
@login_required
@require_POST
def turn_on(request):
    """Push to the browser that asks."""
    try:
        actions.turn_on(
            url=request.POST.get("endpoint", ""),
            p256dh=request.POST.get("p256dh", ""),
            auth=request.POST.get("auth", ""),
            user_agent=request.headers.get("User-Agent", ""),
            by=request.user,
            now=timezone.now(),
        )
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("This browser shows your notices from now on."))
    return _back()


@where_pushed
@login_required
@require_POST
def turn_off(request, browser_id):
    """Push nothing more to one of the person's browsers."""
    try:
        actions.turn_off(browser_id=browser_id, by=request.user, now=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Removed. Nothing more is sent to that browser."))
    return _back()
