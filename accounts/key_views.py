"""The keys by which a person's programs use the API."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from accounts import actions
from accounts.forms import KeyForm
from accounts.freshness import demand_fresh
from accounts.models import ApiKey
from trade_assurance.refused import NotAllowed, Refused

SHOWN = 50


@login_required
@never_cache
@sensitive_variables("secret")
def keys(request):
    """The person's keys; making one shows its secret on this answer alone, so that it is kept nowhere."""
    form, made, secret = KeyForm(request.POST or None), None, ""
    if request.method == "POST":
        demand_fresh(request)
        if form.is_valid():
            try:
                made, secret = actions.make_key(
                    user_id=request.user.pk, by=request.user, now=timezone.now(), **form.cleaned_data
                )
            except Refused as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                form = KeyForm()
    rows = ApiKey.objects.filter(user=request.user).order_by("-id")[:SHOWN]
    context = {"form": form, "keys": rows, "made": made, "secret": secret, "most": actions.KEYS_MAX}
    return render(request, "accounts/keys.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke(request, key_id):
    """End a key at once."""
    demand_fresh(request)
    try:
        key = actions.revoke_key(key_id=key_id, by=request.user, now=timezone.now())
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    messages.success(
        request, _("“{name}” is revoked. Programs that use it are refused from now on.").format(name=key.name)
    )
    return redirect("accounts:keys")
