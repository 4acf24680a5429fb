"""Every error as a problem document (RFC 9457): what is wrong in a sentence, and what a program can tell it by."""

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
    ValidationError,
)
from django.http import Http404, JsonResponse, UnreadablePostError
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings

from trade_assurance.refused import MovedOn, NotAllowed, Refused

MEDIA_TYPE = "application/problem+json"
# code: its status, its title, what to do. The page /api/ lists them.
PROBLEMS = {
    "malformed": (400, "The request can't be read", "Mend the JSON, the header or the parameter that `detail` names."),
    "invalid": (400, "Some fields are wrong", "`errors` says by field what is wrong."),
    "unauthenticated": (401, "No valid key", "Send `Authorization: Bearer` with a key that is not revoked."),
    "not-allowed": (403, "You may not do this", "Another person, side or role may; `detail` says why."),
    "insufficient-scope": (403, "The key may only read", "Use a key or token with the scope `write`."),
    "second-factor": (403, "This needs your second factor", "No key can prove one: do it on the page, signed in."),
    "not-found": (404, "There is no such thing", "Or it is another company's; both are answered alike."),
    "method-not-allowed": (405, "This address does not take this method", "`Allow` names those that it takes."),
    "not-acceptable": (406, "No such representation", "Accept `application/json`."),
    "moved-on": (409, "Things have moved on", "Read the object again, then decide. Nothing was changed."),
    "cover-changed": (409, "Less can be covered now", "`cover` is the new figure; accept again with it if you agree."),
    "still-running": (409, "The same request is still running", "Wait as `Retry-After` says and send it again."),
    "changed": (412, "It has changed since you read it", "Read it again; its `ETag` is not the one in `If-Match`."),
    "too-large": (413, "The request is too large", "Send less; `detail` names the limit."),
    "unsupported-media-type": (415, "This type of body is not taken", "Send `application/json`, files as multipart."),
    "refused": (422, "This can't be done as it was asked", "`detail` says why, and what would be needed."),
    "key-reused": (422, "This Idempotency-Key was used for another request", "Use a new key for a new request."),
    "throttled": (429, "Too many requests", "Wait as `Retry-After` says."),
    "server-error": (500, "Something broke on our side", "Send it again with the same Idempotency-Key."),
    "unavailable": (503, "We can't answer at the moment", "Send it again after `Retry-After`."),
}


class Problem(exceptions.APIException):
    """A problem by its code, with a sentence for the person who reads the log; `more` are further members."""

    def __init__(self, code: str, detail: str, *, headers: dict | None = None, **more):
        self.code, self.status_code, self.detail = code, PROBLEMS[code][0], detail
        self.headers, self.more = headers or {}, more


def document(code: str, detail: str, *, status_code: int | None = None, **more) -> dict:
    """The members of a problem document, `errors` by field among them where fields are wrong."""
    standard, title, _ = PROBLEMS[code]
    return {
        "type": f"{settings.SITE_URL}/api/#{code}",
        "title": title,
        "status": status_code or standard,
        "detail": detail,
        "code": code,
        **more,
    }


def handler(error: Exception, context: dict) -> Response | None:
    """The answer to an exception of a view; None for what nobody expected, which then is a 500 with its trace."""
    problem = _problem_of(error)
    if problem is None:
        return None
    body = document(problem.code, str(problem.detail), **problem.more)
    return Response(body, status=problem.status_code, headers=problem.headers, content_type=MEDIA_TYPE)


def _problem_of(error: Exception) -> Problem | None:
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refused):
        return _of_refused(error)
    if isinstance(error, exceptions.ValidationError):
        return Problem("invalid", "Some fields are wrong.", errors=by_field(error.detail))
    if isinstance(error, ValidationError):
        return Problem("invalid", "Some fields are wrong.", errors={"": error.messages})
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return too_large()
    if isinstance(error, Http404 | exceptions.NotFound):
        return Problem("not-found", "There is nothing at this address that you may see.")
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return Problem("not-allowed", str(getattr(error, "detail", error)) or "You may not do this.")
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return Problem("malformed", "The request can't be read.")
    return _of_framework(error) if isinstance(error, exceptions.APIException) else None


def too_large() -> Problem:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
    return Problem("too-large", f"A body may hold at most {most} MB, and files as much as their address says.")


def _of_refused(error: Refused) -> Problem:
    if isinstance(error, NotAllowed):
        return Problem("not-allowed", str(error))
    if isinstance(error, MovedOn):
        return Problem("moved-on", str(error))
    if found := getattr(error, "problems", None):
        errors: dict[str, list[str]] = {}
        for each in found:
            errors.setdefault(each.path, []).append(each.sentence)
        return Problem("refused", str(error), errors=errors)
    return Problem("refused", str(error), **({"errors": {error.field: [str(error)]}} if error.field else {}))


CODES = {
    status.HTTP_400_BAD_REQUEST: "malformed",
    status.HTTP_401_UNAUTHORIZED: "unauthenticated",
    status.HTTP_405_METHOD_NOT_ALLOWED: "method-not-allowed",
    status.HTTP_406_NOT_ACCEPTABLE: "not-acceptable",
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type",
    status.HTTP_429_TOO_MANY_REQUESTS: "throttled",
}


def _of_framework(error: exceptions.APIException) -> Problem | None:
    code = CODES.get(error.status_code)
    if code is None:
        return None
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)
    return Problem(code, str(error.detail), headers=headers)


def by_field(detail, path: str = "") -> dict[str, list[str]]:
    """What is wrong, flat: `{"lines.0.quantity": ["…"]}`; "" for what is wrong with the whole."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            plain = name == api_settings.NON_FIELD_ERRORS_KEY
            step = path if plain else f"{path}.{name}".lstrip(".")
            for place, sentences in by_field(inner, step).items():
                found.setdefault(place, []).extend(sentences)
        return found
    if isinstance(detail, list) and any(isinstance(each, dict | list) for each in detail):
        return by_field({number: each for number, each in enumerate(detail) if each}, path)
    return {path: [str(each) for each in (detail if isinstance(detail, list) else [detail])]}


def answer(code: str, detail: str, **headers: str) -> JsonResponse:
    """A problem document where no view of the API is left to make one."""
    return JsonResponse(document(code, detail), status=PROBLEMS[code][0], content_type=MEDIA_TYPE, headers=headers)
