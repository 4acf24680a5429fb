"""Changes are made once: under one transaction that holds the key's row, the change and the answer that is kept."""

import hashlib
import json
import re
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from accounts.models import KeptAnswer
from trade_assurance.rest.authentication import demand_alive
from trade_assurance.rest.problems import Problem

KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')  # an item of structured fields, or bare as most programs send it
KEPT_HEADERS = ("Location", "ETag")
AGAIN = "Idempotent-Replayed"


def money(handler):
    """Mark a handler that moves money or obliges somebody: it needs an `Idempotency-Key`."""
    handler.needs_key = True
    return handler


def uploads(handler):
    """Mark a handler that stores files: that is done outside any transaction; the same file twice is one."""
    handler.stores_files = True
    return handler


def in_parts(handler):
    """Mark a handler of many things, each in a transaction of its own (`part`) and once for `view.key`."""
    handler.stores_files = handler.needs_key = True
    return handler


@contextmanager
def part(request):
    """One of many things: changed or not by itself, and not after the key was revoked."""
    with transaction.atomic():
        demand_alive(request)
        yield


def run(view, request, handler, *args, **kwargs) -> Response:
    """Answer a request. What it changes and the kept answer are committed together, or neither.

    A refusal (below 500) is kept too: it was this request's answer. An unexpected error rolls all of it back, and so
    does a process that dies; then the key is free again.
    """
    if request.method in SAFE_METHODS or handler == view.http_method_not_allowed:
        return handler(request, *args, **kwargs)
    if getattr(handler, "stores_files", False):
        view.key = _key(request, needed=getattr(handler, "needs_key", False))
        with part(request):
            pass  # nobody's key was revoked on the way here
        return handler(request, *args, **kwargs)
    key = _key(request, needed=getattr(handler, "needs_key", False))
    route = f"{request.method} {request.resolver_match.route}"[:200]
    fingerprint = _fingerprint(request) if key else ""
    view.later = None
    with transaction.atomic():
        demand_alive(request)
        if key:
            _claim(request.user.pk, route, key)
            kept = KeptAnswer.objects.filter(user=request.user, route=route, key=key).first()
            if kept is not None:
                return _again(kept, fingerprint)
        try:
            with transaction.atomic():
                response = handler(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the framework's own handler raises what nobody expected
            response = view.handle_exception(error)
        if key and response.status_code < 500:
            kept = _keep(request, route, key, fingerprint, response)
    if view.later is not None and response.status_code < 400:
        response.data = view.later(response.data)
        if key:
            KeptAnswer.objects.filter(pk=kept.pk).update(body=_text(response.data))
    return response


def _key(request, *, needed: bool) -> str | None:
    given = request.headers.get("Idempotency-Key")
    if given is None:
        if needed:
            raise Problem(
                "malformed",
                "Send an Idempotency-Key, a new random text for each new request; with it you may safely send twice.",
            )
        return None
    found = KEY.fullmatch(given.strip())
    if found is None:
        raise Problem("malformed", "An Idempotency-Key is 1 to 255 printable characters without spaces.")
    return found[1]


def _fingerprint(request) -> str:
    body = None if request.method == "DELETE" else request.data  # what takes something away has no body
    told = json.dumps([request.get_full_path(), body], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _claim(user_id: int, route: str, key: str) -> None:
    """Be the only one with this key until the transaction ends; whoever comes meanwhile is told to wait.

    An advisory lock, since no row is there yet. It ends with the transaction, so also with a process that dies, and
    passes through pgbouncer.
    """
    digest = hashlib.sha256(f"{user_id}\n{route}\n{key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])
        if not cursor.fetchone()[0]:
            raise Problem(
                "still-running", "The same request is still running. Send it again.", headers={"Retry-After": "1"}
            )


def _again(kept: KeptAnswer, fingerprint: str) -> Response:
    if kept.fingerprint != fingerprint:
        raise Problem("key-reused", "This Idempotency-Key was used for a request with another body or address.")
    headers = dict(kept.headers)
    content_type = headers.pop("Content-Type", None)
    body = json.loads(kept.body) if kept.body else None
    return Response(body, status=kept.status, headers=headers | {AGAIN: "true"}, content_type=content_type)


def _keep(request, route: str, key: str, fingerprint: str, response: Response) -> KeptAnswer:
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    if response.content_type:
        headers["Content-Type"] = response.content_type
    return KeptAnswer.objects.create(
        user=request.user,
        route=route,
        key=key,
        fingerprint=fingerprint,
        status=response.status_code,
        headers=headers,
        body=_text(response.data),
        made_at=timezone.now(),
    )


def _text(body) -> str:
    return "" if body is None else JSONRenderer().render(body).decode()
