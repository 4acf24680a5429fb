"""Per request: the person's time zone and language, and the stricter rules for staff."""

import time
from zoneinfo import ZoneInfo

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation

SIGNED_IN_AT, SEEN_AT = "staff_signed_in_at", "staff_seen_at"
WRITE_EVERY = 60  # seconds between two notes of "seen" in a session


def person(get_response):
    """Show moments in the signed-in person's zone and words in their language; visitors get UTC and the browser's.

    The staff desk is in English for everybody.
    """
    desk = reverse("admin:index")

    def middleware(request):
        user = request.user
        known = user.is_authenticated
        if request.path_info.startswith(desk):
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE
        elif known:
            request.LANGUAGE_CODE = user.reads
        zone = user.zone if known else ZoneInfo("UTC")
        with timezone.override(zone), translation.override(request.LANGUAGE_CODE):
            return get_response(request)

    return middleware


class StaffRules:
    """Staff: session 30 min idle and 8 h in all; no staff page without a second factor, outside the demo."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and request.user.is_staff and self.is_over(request):
            logout(request)
            messages.warning(request, "Your staff session has ended. Sign in again to go on.")
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        in_admin = request.resolver_match.app_name == "admin"
        if not in_admin or settings.DEMO or not (request.user.is_authenticated and request.user.is_staff):
            return None
        if is_mfa_enabled(request.user):
            return None
        messages.warning(request, "Set up a second factor first. The staff pages open once you have one.")
        return redirect("mfa_activate_totp")

    def is_over(self, request):
        """Whether the session is older than it may be; notes that it is used, at most once a minute."""
        session, now = request.session, time.time()
        signed_in, seen = session.setdefault(SIGNED_IN_AT, now), session.get(SEEN_AT, now)
        if now - seen >= settings.STAFF_SESSION_IDLE or now - signed_in >= settings.STAFF_SESSION_AGE:
            return True
        polled = request.htmx and request.method == "GET"  # a page that refreshes itself is nobody at the desk
        if SEEN_AT not in session or (now - seen >= WRITE_EVERY and not polled):
            session[SEEN_AT] = now
        return False
