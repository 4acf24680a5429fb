"""Pages about the signed-in person."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts import actions
from accounts.forms import SettingsForm
from accounts.models import User


@login_required
def settings_page(request):
    """Name, company, country, time zone and language of the person signed in."""
    person = User.objects.get(pk=request.user.pk)  # its own copy: a refused form must not change what the page shows
    form = SettingsForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        actions.change_settings(user_id=request.user.pk, by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, "Settings saved.")
        return redirect("accounts:settings")
    status = 422 if form.errors else 200
    return render(
        request, "accounts/settings.html", {"form": form, "second_factor": is_mfa_enabled(request.user)}, status=status
    )
