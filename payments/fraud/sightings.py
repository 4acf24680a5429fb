"""Where people were seen: a signed first-party cookie names the device, the address is hashed. Nothing else is read.

Noted when somebody signed in sends a form, at most once a day a session; pages that are only read write nothing.
"""

import ipaddress
import secrets
from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.crypto import salted_hmac

from payments.models import Sighting

COOKIE, SALT = "device", "payments.fraud"
COOKIE_AGE = 365 * 24 * 3600
NOTED = "seen_on_device"  # in the session: when and what was noted
NOTE_EVERY = timedelta(days=1)
COUNTS_FOR = timedelta(days=90)  # how long sharing a device or an address says something
KEPT_FOR = timedelta(days=180)
SAFE = ("GET", "HEAD", "OPTIONS")


def mark(kind: str, value: str) -> str:
    """The hash that stands for a device, address, card or account; empty for nothing."""
    return salted_hmac(f"{SALT}.{kind}", value, algorithm="sha256").hexdigest() if value else ""


def see(*, user_id: int, device: str = "", address: str = "", now: datetime) -> None:
    """Note that a person was on a device and at an address."""
    for kind, value in ((Sighting.Kind.DEVICE, device), (Sighting.Kind.ADDRESS, address)):
        if value:
            Sighting.objects.bulk_create(
                [Sighting(user_id=user_id, kind=kind, mark=mark(kind, value), first_at=now, last_at=now)],
                update_conflicts=True,
                unique_fields=["user", "kind", "mark"],
                update_fields=["last_at"],
            )


def forget(*, now: datetime) -> int:
    """Delete sightings that are too old to say anything; gives how many."""
    return Sighting.objects.filter(last_at__lte=now - KEPT_FOR).delete()[0]


def watch(get_response):
    """Middleware: note who sends forms from where (settings.FRAUD_SIGHTINGS); staff are left out."""

    def middleware(request):
        response = get_response(request)
        user = request.user
        if settings.FRAUD_SIGHTINGS and request.method not in SAFE and user.is_authenticated and not user.is_staff:
            _note(request, response, timezone.now())
        return response

    return middleware


def _note(request, response, now: datetime) -> None:
    device = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=COOKIE_AGE)
    if not device:
        device = secrets.token_urlsafe(18)
        response.set_signed_cookie(
            COOKIE,
            device,
            salt=SALT,
            max_age=COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    noted = f"{now.timestamp() // NOTE_EVERY.total_seconds():.0f}:{device}"
    if request.session.get(NOTED) != noted:
        see(user_id=request.user.pk, device=device, address=_address(request), now=now)
        request.session[NOTED] = noted


def _address(request) -> str:
    """The public address of who asks; one of a local network says nothing."""
    try:
        address = get_adapter().get_client_ip(request)
    except PermissionDenied:
        return ""
    return address if ipaddress.ip_address(address).is_global else ""
