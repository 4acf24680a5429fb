"""Fresh sign-in: steps that move money or power ask for the password or second factor again after five minutes."""

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate

fresh_sign_in_required = reauthentication_required
"""Decorator for a view: sends the person to confirm who they are, then back to the same request."""


def is_fresh(request):
    """Whether this session proved who it is in the last ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    return request.user.is_authenticated and did_recently_reauthenticate(request)
