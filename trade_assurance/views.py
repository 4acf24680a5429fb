"""The public pages, and what is shown when something is broken."""

import sys
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis.exceptions import ConnectionError as RedisGone

from accounts.actions import ANSWERS_KEPT
from orders.models import Review
from suppliers.reviews import by_category
from trade_assurance import questions
from trade_assurance.rest import problems
from trade_assurance.rulebook import CURRENT

EXAMPLE_MINOR = 8_736_00  # USD, the instalment of the fee page's example


def _page(request: HttpRequest, name: str, **more) -> HttpResponse:
    around = {"rules": CURRENT, "contact": settings.CONTACT_EMAIL, "operator": settings.OPERATOR_NAME}
    return render(request, f"site/{name}.html", around | more)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # that page is not part of this installation
        return ""


@require_safe
def landing(request):
    """The promise, what it costs, and how it works."""
    received_at = timezone.now() - timedelta(days=13)
    return _page(
        request,
        "landing",
        questions=questions.first_questions(CURRENT),
        reviews=by_category(Review.objects.shown()),
        base_limits=dict(CURRENT.base_limit_usd),
        example={"day": 13, "received_on": received_at.date(), "ends_at": CURRENT.protection_end(received_at, "UTC")},
        start_url=_address("orders:new") if request.user.is_authenticated else reverse("account_signup"),
        orders_url=_address("orders:list"),
        request_url=_address("orders:request"),
        directory_url=_address("suppliers:directory"),
    )


@require_safe
def help_centre(request):
    """Questions and answers by topic; `q` keeps those that hold all its words."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    found = questions.search(CURRENT, query)
    count = sum(len(topic.questions) for topic in found)
    return _page(request, "help", query=query, topics=found, count=count, open=bool(query) and count <= 5)


@require_safe
def fees(request):
    """What each side pays, with an example by card."""
    fee = CURRENT.processing_fee("card", EXAMPLE_MINOR, "USD", 1)
    example = {"amount_minor": EXAMPLE_MINOR, "fee_minor": fee, "total_minor": EXAMPLE_MINOR + fee}
    return _page(request, "fees", example=example)


@require_safe
def rulebook(request):
    """The rulebook in force, in plain words."""
    return _page(request, "rulebook", **questions.numbers(CURRENT))


@require_safe
def terms(request):
    """The terms of service."""
    return _page(request, "terms")


@require_safe
def privacy(request):
    """What is kept about people, and for how long."""
    return _page(request, "privacy", kept_years=settings.CONTRACTS_KEPT_YEARS)


@require_safe
def accessibility(request):
    """What everybody can count on."""
    return _page(request, "accessibility")


@require_safe
def api(request):
    """How programs use the site: keys, asking twice, problems, limits, versions."""
    told = [(code, status, title, words.replace("`", "")) for code, (status, title, words) in problems.PROBLEMS.items()]
    kept = ANSWERS_KEPT.days
    return _page(request, "api", problems=told, limits=settings.API_LIMITS, answers_kept_days=kept)


@require_safe
def security(request):
    """How to report a problem."""
    return _page(request, "security")


@require_safe
def security_txt(request):
    """The security contact for machines (RFC 9116)."""
    until = (timezone.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = (
        f"Contact: mailto:{settings.CONTACT_EMAIL}",
        f"Expires: {until}",
        "Preferred-Languages: en",
        f"Policy: {settings.SITE_URL}{reverse('site:security')}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def server_error(request):
    """What went wrong: 503 while the database or the broker is away, 500 otherwise. Asks neither of them."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError | RedisGone)
    if request.path.startswith("/api/"):
        if is_away:
            return problems.answer(
                "unavailable", "We can't answer at the moment. Send it again.", **{"Retry-After": "30"}
            )
        return problems.answer("server-error", "Something broke on our side, and nothing was changed.")
    if is_away:
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "30"})
    return HttpResponse(render_to_string("500.html"), status=500)
