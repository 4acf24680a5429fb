"""For whom a signed-in person acts: as a buyer, or for one of the suppliers they work for (the header's switch)."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from suppliers.models import Member
from trade_assurance.refused import NotAllowed, Refused

SESSION_KEY = "acting_supplier"
AS_BUYER = ""


def memberships(request) -> list[Member]:
    """The person's memberships, fetched once a request."""
    if not hasattr(request, "_memberships"):
        user = getattr(request, "user", None)
        signed_in = user is not None and user.is_authenticated
        request._memberships = list(Member.objects.of(user).order_by("supplier__name")) if signed_in else []
    return request._memberships


def acting_member(request) -> Member | None:
    """The membership in use, or None while acting as a buyer. Who works for a supplier starts out acting for it."""
    slug = request.session.get(SESSION_KEY)
    if slug == AS_BUYER:
        return None
    members = memberships(request)
    if slug is None:
        return members[0] if members else None
    return next((m for m in members if m.supplier.slug == slug), None)


def acting_supplier(request):
    """The supplier in use, or None while acting as a buyer."""
    member = acting_member(request)
    return member.supplier if member else None


def switch(request, slug: str | None) -> bool:
    """Act for the supplier with `slug`, or as a buyer for None; False if the person does not work there."""
    if slug is None:
        request.session[SESSION_KEY] = AS_BUYER
        return True
    if not any(m.supplier.slug == slug for m in memberships(request)):
        return False
    request.session[SESSION_KEY] = slug
    return True


def for_supplier(view):
    """The view gets the membership in use; a person who acts for no supplier is asked to choose or register one."""

    @wraps(view)
    @login_required
    @never_cache
    def inner(request, *args, **kwargs):
        member = acting_member(request)
        if member is None:
            return redirect("portal:home")
        return view(request, member, *args, **kwargs)

    return inner


def answer(request, call, done: str, *back):
    """Make one call of an action and go back to the page `back`, with what was done or why not."""
    try:
        call()
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(*back)
