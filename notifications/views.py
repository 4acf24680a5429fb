"""The calendar's page in the settings, and the feed that calendars read."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from notifications import actions, calendar
from notifications.models import CalendarFeed

SHOWN = 12


@login_required
@require_safe
def calendar_page(request):
    """What is in the calendar, its address, and how to end or renew it."""
    saved = CalendarFeed.objects.filter(user=request.user).first()
    secret = actions.address_of(saved)
    path = reverse("notifications:feed", args=[secret]) if secret else ""
    page = {
        "feed": saved if secret else None,
        "address": f"{settings.SITE_URL}{path}" if secret else "",
        "entries": calendar.entries(request.user, timezone.now())[:SHOWN],
    }
    return render(request, "notifications/calendar.html", page)


@login_required
@require_POST
def make_address(request):
    """Make the address, or a new one."""
    actions.make_address(by=request.user, now=timezone.now())
    messages.success(request, "This is your calendar’s address now. Any address before it no longer works.")
    return redirect("notifications:calendar")


@login_required
@require_POST
def end_address(request):
    """End the address."""
    actions.end_address(by=request.user, now=timezone.now())
    messages.success(request, "The address no longer works.")
    return redirect("notifications:calendar")


@require_safe
def feed(request, secret):
    """The calendar itself, for whoever knows its address; a wrong or ended one is 404."""
    now = timezone.now()
    saved = actions.feed_of(secret, now=now)
    if saved is None:
        raise Http404
    response = HttpResponse(calendar.feed(saved.user, now), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=900"
    response["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response
