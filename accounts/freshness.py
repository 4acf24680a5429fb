"""Fresh sign-in: steps that move money or power ask for the password or second factor again after five minutes."""

import time

from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, suspend_request
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.urls import reverse

fresh_sign_in_required = reauthentication_required
"""Decorator for a view: sends the person to confirm who they are, then back to the same request."""


def is_fresh(request):
    """Whether this session proved who it is in the last ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    return request.user.is_authenticated and did_recently_reauthenticate(request)


def demand_fresh(request) -> None:
    """Ask who acts to confirm who they are, if that was longer ago than 5 minutes; what they sent goes on after it."""
    if not is_fresh(request):
        raise ReauthenticationRequired


def lacks_second_factor(request) -> bool:
    """Whether this person must set up a second factor first; nobody has to in the demo."""
    return not settings.DEMO and not is_mfa_enabled(request.user)


def proved_second_factor(request) -> bool:
    """Whether this session proved the person's second factor in the last minutes; in the demo, where they have one."""
    if not is_mfa_enabled(request.user):
        return settings.DEMO
    proofs = [record["at"] for record in get_authentication_records(request, request.user) if record["method"] == "mfa"]
    return bool(proofs) and time.time() - max(proofs) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def ask_second_factor(request):
    """Send the person to prove the second factor, and back to what they were about to do."""
    codes = is_mfa_enabled(request.user, [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES])
    return suspend_request(request, reverse("mfa_reauthenticate" if codes else "mfa_reauthenticate_webauthn"))
