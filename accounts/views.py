"""Pages about the signed-in person."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from accounts import actions, mails
from accounts.forms import SettingsForm
from accounts.models import MailOff, MailWhen, User
from trade_assurance.refused import Refused


@login_required
def settings_page(request):
    """Name, company, country, time zone and language of the person signed in."""
    person = User.objects.get(pk=request.user.pk)  # its own copy: a refused form must not change what the page shows
    form = SettingsForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        actions.change_settings(user_id=request.user.pk, by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Settings saved."))
        return redirect("accounts:settings")
    status = 422 if form.errors else 200
    return render(
        request, "accounts/settings.html", {"form": form, "second_factor": is_mfa_enabled(request.user)}, status=status
    )


@csrf_exempt  # a visitor's form carries no token, so that reading public pages sets no cookie
@require_POST
def choose_language(request):
    """Another language for this browser, and for the person if it is signed in; then back to the page."""
    return _keep_language(request) if request.user.is_authenticated else set_language(request)


@csrf_protect
def _keep_language(request):
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        actions.change_settings(user_id=request.user.pk, by=request.user, now=timezone.now(), language=language)
    return set_language(request)


@login_required
@never_cache
def choose_mails(request):
    """Which mails the person gets; those that are always sent say why."""
    if request.method == "POST":
        # only what the form showed is chosen: a kind that came since stays on
        shown, on = set(request.POST.getlist("shown")), set(request.POST.getlist("on"))
        try:
            actions.choose_mails(
                user_id=request.user.pk,
                on=shown & on,
                off=shown - on,
                when=request.POST.get("when", ""),
                by=request.user,
                now=timezone.now(),
            )
        except Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Saved. Mails that are on their way already may still arrive."))
        return redirect("accounts:mails")
    off = set(MailOff.objects.filter(user=request.user).values_list("kind", flat=True))
    groups: dict[str, dict] = {}
    for kind in mails.kinds().values():
        if kind.code == mails.DAILY:
            continue
        group = groups.setdefault(
            kind.group, {"code": kind.group, "name": mails.GROUPS[kind.group], "free": [], "always": []}
        )
        if kind.always:
            group["always"].append(kind)
        else:
            group["free"].append((kind, kind.code not in off))
    return render(request, "accounts/mails.html", {"groups": groups.values(), "times": MailWhen.choices})


@csrf_exempt  # a mail program posts here without a page of ours (RFC 8058); the signed link is what allows it
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_mail(request, token):
    """What the link in a mail does: one button, so that a scanner that opens links turns nothing off."""
    found = mails.of_link(token)
    if found is None:
        raise Http404
    person, kind = found
    problem = ""
    if request.method == "POST":
        try:
            actions.choose_mails(user_id=person.pk, on=(), off=[kind.code], by=None, now=timezone.now())
        except Refused as error:
            problem = str(error)
    elif kind.always:
        problem = _("These mails are always sent: {kind}. {reason}").format(kind=kind.label, reason=kind.always)
    is_off = MailOff.objects.filter(user=person, kind=kind.code).exists()
    if kind.code == mails.DAILY:
        is_off = User.objects.get(pk=person.pk).mail_when == MailWhen.NONE
    status = 409 if problem and request.method == "POST" else 200
    context = {"kind": kind, "is_off": is_off, "problem": problem}
    return render(request, "accounts/stop_mail.html", context, status=status)
