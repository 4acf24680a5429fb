"""The calendar's page in the settings, and the feed that calendars read."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import mails
from notifications import actions, calendar
from notifications.forms import CalendarForm
from notifications.models import CalendarFeed
from trade_assurance.refused import Refused

SHOWN = 12


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_page(request):
    """What is in the calendar and the choice of it, its address, and how to end or renew it."""
    now = timezone.now()
    saved = CalendarFeed.objects.filter(user=request.user).first() or CalendarFeed(user=request.user, number=0)
    form = CalendarForm(request.POST or None, feed=saved)
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_calendar(by=request.user, now=now, **form.chosen())
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. Your calendar shows it when it next asks; its address stays the same."))
            return redirect("notifications:calendar")
    secret = actions.address_of(saved)
    path = reverse("notifications:feed", args=[secret]) if secret else ""
    page = {
        "feed": saved if secret else None,
        "address": f"{settings.SITE_URL}{path}" if secret else "",
        "form": form,
        "entries": calendar.entries(saved, now)[:SHOWN],
    }
    return render(request, "notifications/calendar.html", page, status=422 if form.errors else 200)


@login_required
@require_POST
def make_address(request):
    """Make the address, or a new one."""
    actions.make_address(by=request.user, now=timezone.now())
    messages.success(request, _("This is your calendar’s address now. Any address before it no longer works."))
    return redirect("notifications:calendar")


@login_required
@require_POST
def end_address(request):
    """End the address."""
    actions.end_address(by=request.user, now=timezone.now())
    messages.success(request, _("The address no longer works."))
    return redirect("notifications:calendar")


@require_safe
def feed(request, secret):
    """The calendar itself, for whoever knows its address; a wrong or ended one is 404."""
    now = timezone.now()
    saved = actions.feed_of(secret, now=now)
    if saved is None:
        raise Http404
    with mails.as_reader(saved.user):
        text = calendar.written(saved, now)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Language"] = saved.user.reads
    response["Cache-Control"] = "private, max-age=900"
    response["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response
