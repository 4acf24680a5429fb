"""Programs of third parties: the question whether one may act for a person, and the person's pages about them."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST
from oauth2_provider.models import AccessToken, Application
from oauth2_provider.views import AuthorizationView, TokenView

from accounts import actions
from accounts.forms import ProgramForm
from accounts.freshness import demand_fresh
from trade_assurance.refused import NotAllowed, Refused

SHOWN = 100


class Consent(AuthorizationView):
    """Whether a program may act for the person. Saying yes asks for a fresh sign-in, as making a key does."""

    def post(self, request, *args, **kwargs):
        if not Application.objects.filter(client_id=request.POST.get("client_id", "")[:255]).exists():
            raise BadRequest(_("There is no such program."))
        if request.POST.get("allow"):
            demand_fresh(request)
        return super().post(request, *args, **kwargs)

    def render_to_response(self, context, **kwargs):
        response = super().render_to_response(context, **kwargs)
        address = urlsplit(context.get("redirect_uri") or "")
        if address.scheme:  # the answer is sent there, and browsers hold a form's redirects to this
            response._csp_update = {"form-action": [f"{address.scheme}://{address.netloc}"]}
        return response


@login_required
@never_cache
@sensitive_variables("secret")
def programs(request):
    """What acts for the person, and what they offer to others; a secret is shown on this answer alone."""
    form, made, secret = ProgramForm(request.POST or None), None, ""
    if request.method == "POST":
        demand_fresh(request)
        if form.is_valid():
            try:
                made, secret = actions.register_program(by=request.user, now=timezone.now(), **form.cleaned_data)
            except Refused as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                form = ProgramForm()
    tokens = AccessToken.objects.filter(user=request.user).select_related("application").order_by("-id")[:SHOWN]
    allowed = {}
    for token in tokens:
        if token.application is not None:
            allowed.setdefault(token.application_id, token)
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "allowed": allowed.values(),
        "own": Application.objects.filter(user=request.user).order_by("-id"),
    }
    return render(request, "accounts/programs.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def remove(request, program_id):
    """Remove a program of one's own."""
    demand_fresh(request)
    try:
        name = actions.remove_program(program_id=program_id, by=request.user, now=timezone.now())
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    messages.success(request, _("“{name}” is removed. It can act for nobody any more.").format(name=name))
    return redirect("accounts:programs")


@login_required
@require_POST
def end(request, program_id):
    """End what a program may do for the person."""
    actions.end_access(program_id=program_id, by=request.user, now=timezone.now())
    messages.success(request, _("Ended. The program can no longer act for you."))
    return redirect("accounts:programs")


class Tokens(TokenView):
    """Tokens for a code or a refresh token; no other grant is answered."""

    @method_decorator(sensitive_post_parameters("client_secret", "code", "refresh_token", "code_verifier"))
    def post(self, request, *args, **kwargs):
        if request.POST.get("grant_type") not in ("authorization_code", "refresh_token"):
            return JsonResponse({"error": "unsupported_grant_type"}, status=400)
        return super().post(request, *args, **kwargs)
