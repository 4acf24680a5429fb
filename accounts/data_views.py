"""A person's own data: a copy of it, and its erasure."""

import tempfile

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import erasing, personal
from accounts.forms import ErasureForm
from accounts.freshness import demand_fresh
from accounts.models import User
from trade_assurance.refused import Refused

IN_MEMORY = 4 << 20  # bytes of a copy; larger ones pass through a temporary file


def _page(request, form, status=200):
    person = User.objects.get(pk=request.user.pk)
    page = {
        "form": form,
        "person": person,
        "waits": personal.waits(person, timezone.now()),
        "holdings": personal.holdings(),
        "wait_days": settings.ERASURE_WAIT_DAYS,
        "kept_years": settings.CONTRACTS_KEPT_YEARS,
    }
    return render(request, "accounts/data.html", page, status=status)


@login_required
@never_cache
@require_safe
def data(request):
    """What a person can do with its data."""
    return _page(request, ErasureForm())


@login_required
@never_cache
@require_POST
def copy(request):
    """The copy, as a ZIP; made while it is asked for, and kept nowhere."""
    demand_fresh(request)
    now = timezone.now()
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
    personal.write_copy(request.user, out, now)
    out.seek(0)
    return FileResponse(
        out,
        as_attachment=True,
        filename=f"my-data-{now:%Y-%m-%d}.zip",
        content_type="application/zip",
    )


@login_required
@never_cache
@require_POST
def erase(request):
    """Ask to be erased."""
    demand_fresh(request)
    form = ErasureForm(request.POST)
    if form.is_valid():
        try:
            erasing.ask_erasure(
                user_id=request.user.pk, typed=form.cleaned_data["typed"], by=request.user, now=timezone.now()
            )
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("We have your wish. You can take it back on this page until it is done."))
            return redirect("accounts:data")
    return _page(request, form, status=422)


@login_required
@require_POST
def keep(request):
    """Take the wish back."""
    try:
        erasing.keep(user_id=request.user.pk, by=request.user, now=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Nothing will be erased. Your account stays as it is."))
    return redirect("accounts:data")
