"""What every request gets: an id in its logs, headers that isolate our pages, a content policy."""

import re
import uuid

import structlog
from csp.middleware import CSPMiddleware
from django.conf import settings

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id(get_response):
    """Put the request's id, ours or a proxy's `X-Request-ID`, into each log line and into the answer."""

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=request.id):
            response = get_response(request)
        response["X-Request-ID"] = request.id
        return response

    return middleware


def isolation_headers(get_response):
    """The headers that Django's SecurityMiddleware does not know."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)",
        )
        return response

    return middleware


class PolicyMiddleware(CSPMiddleware):
    """The content policy, wider on the pages that others wrote (`CSP_ADDED`)."""

    def get_policy_parts(self, request, response, report_only=False):
        parts = super().get_policy_parts(request, response, report_only)
        for prefix, added in settings.CSP_ADDED.items():
            if request.path_info.startswith(prefix):
                parts.update = {**added, **(parts.update or {})}
        return parts
