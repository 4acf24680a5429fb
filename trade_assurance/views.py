"""The public pages, and what is shown when something is broken."""

import sys

from django.db import InterfaceError, OperationalError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.http import HttpResponse
from redis.exceptions import ConnectionError as RedisGone

from orders.rulebook import CURRENT


def landing(request):
    """The promise, what it costs, and how it works."""
    return render(request, "site/landing.html", {"rules": CURRENT})


def help_centre(request):
    """Questions and answers, searchable with `q`."""
    return render(request, "site/help.html", {"rules": CURRENT})


def fees(request):
    """What each side pays, from the rulebook."""
    return render(request, "site/fees.html", {"rules": CURRENT})


def rulebook(request):
    """The rulebook in force, in plain words."""
    return render(request, "site/rulebook.html", {"rules": CURRENT})


def terms(request):
    """The terms of service."""
    return render(request, "site/terms.html", {"rules": CURRENT})


def privacy(request):
    return render(request, "site/privacy.html", {"rules": CURRENT})


def accessibility(request):
    return render(request, "site/accessibility.html")


def security(request):
    return render(request, "site/security.html")


def server_error(request):
    """The page for what went wrong: 503 while the database or the broker is away, 500 otherwise."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError | RedisGone)
    if away:
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "30"})
    return HttpResponse(render_to_string("500.html"), status=500)
