"""The case file as a download, and the public pages that check one and publish the daily roots."""

from allauth.core.internal import ratelimit
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from disputes.casefile import checking, packing, signing
from events.models import Root
from orders.certificate import number_of, order_of
from orders.views.asking import order_for
from trade_assurance import keyset
from trade_assurance.refused import Refused

ROOTS = 50
ROOTS_JSON = 400


def is_too_often(request, action: str) -> bool:
    """Whether somebody asks for too much in a short time; each question counts."""
    rates = settings.CASE_FILE_RATES
    return not ratelimit.consume(request, app="disputes", action=action, config=rates, limit_get=True)


def too_often(request, action: str) -> HttpResponse | None:
    """The answer to somebody who asks for too much in a short time; None while it is all right."""
    if not is_too_often(request, action):
        return None
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "60"
    return response


def send(order, by, now) -> FileResponse:
    """The case file as a download."""
    file = packing.build(order_id=order.id, by=by, now=now)
    response = FileResponse(file, as_attachment=True, filename=f"case-file-{order.reference}.zip")
    response["Content-Type"] = "application/zip"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_safe
def case_file(request, reference):
    """The order's case file for a party, as its side may see it."""
    order = order_for(request, reference)
    return too_often(request, "case_file") or send(order, request.user, timezone.now())


class VerifyForm(forms.Form):
    """A file to check, or a number; one of them is enough."""

    file = forms.FileField(required=False, allow_empty_file=True)
    number = forms.CharField(required=False, max_length=200)

    def clean(self):
        given = super().clean()
        if not self.errors and not given.get("file") and not given.get("number"):
            raise forms.ValidationError(_("Choose a file, or enter a number."))
        return given


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request):
    """Check a case file, a file or a number, for everybody; nothing of it is kept."""
    posted = request.method == "POST"
    if posted and (refusal := too_often(request, "verify")) is not None:
        return refusal
    form = VerifyForm(request.POST, request.FILES) if posted else VerifyForm()
    answer = None
    if posted and form.is_valid():
        given = form.cleaned_data
        try:
            if given["file"]:
                answer = checking.check_file(given["file"])
            elif (order := order_of(given["number"])) is not None:
                return redirect("orders:certificate_check", number_of(order))
            else:
                answer = checking.check_number(given["number"])
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    page = {
        "form": form,
        "answer": answer,
        "newest": Root.objects.order_by("-number").first(),
        "key": signing.public_keys()[0],
        "most_mb": checking.UPLOAD_MOST // 2**20,
    }
    return render(request, "disputes/verify.html", page, status=422 if form.errors else 200)


@require_safe
@cache_control(public=True, max_age=86_400)
def verifier(request):
    """The verifier alone, for who does not trust the one in a ZIP."""
    content = (packing.HERE / "verify.py").read_bytes()
    response = HttpResponse(content, content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify.py"'
    return response


@require_safe
def roots(request):
    """The published roots, the newest first."""
    page = keyset.page(Root.objects.all(), by=("-number",), cursor=request.GET.get("page", ""), size=ROOTS)
    return render(request, "disputes/roots.html", {"page": page})


@require_safe
@cache_control(public=True, max_age=300)
def roots_json(request):
    """The published roots for machines, the newest first; `next` leads to the older ones."""
    page = keyset.page(Root.objects.all(), by=("-number",), cursor=request.GET.get("page", ""), size=ROOTS_JSON)
    found = [
        {
            "number": root.number,
            "day": root.day.isoformat(),
            "root": root.root,
            "previous": root.previous,
            "chains": root.chains,
            "published_at": root.published_at.isoformat(),
        }
        for root in page
    ]
    return JsonResponse({"roots": found, "keys": signing.public_keys(), "next": page.after or None})
