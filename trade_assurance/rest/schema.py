"""The OpenAPI document: what each operation takes besides its body, and every problem that it can answer with."""

import re

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from trade_assurance.rest.problems import MEDIA_TYPE, PROBLEMS, document

READING, CHANGING = (400, 401, 403, 404, 406, 429), (400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 429)


def says(*statuses: int):
    """Mark a handler with problems that it has beside those of its kind."""

    def marked(handler):
        handler.says = statuses
        return handler

    return marked


class ProblemSerializer(serializers.Serializer):
    """A problem document (RFC 9457). `code` is stable; `detail` is for people and may change."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.ChoiceField(choices=list(PROBLEMS))
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)


class Schema(AutoSchema):
    """Operations as the views' methods say them."""

    @property
    def handler(self):
        return getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)

    @property
    def is_reading(self) -> bool:
        return self.method in ("GET", "HEAD")

    def get_override_parameters(self):
        found = []
        if self.is_reading:
            shown = "The fields to show, with commas between; all without it."
            found += [
                OpenApiParameter("fields", str, description=shown),
                OpenApiParameter("If-None-Match", str, "header", description="An `ETag`: 304 while it is still so."),
            ]
        elif (needs := getattr(self.handler, "needs_key", False)) or not getattr(self.handler, "stores_files", False):
            said = "A new random text for each new request: sent again with it, the request has no second effect."
            key = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!#-~]+$"}
            found.append(OpenApiParameter("Idempotency-Key", key, "header", required=needs, description=said))
            if getattr(self.view, "takes_if_match", False):
                said = "The `ETag` that you read: 412 if the object has changed since."
                found.append(OpenApiParameter("If-Match", str, "header", description=said))
        return found

    def get_summary(self):
        """The first sentence of what the method says."""
        said = " ".join(self.get_description().partition("\n\n")[0].split())
        return re.split(r"[.;:] |\.$", said)[0] or None

    def get_tags(self):
        return [getattr(self.view, "tag", None) or super().get_tags()[0]]

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        if direction != "response":
            return bodies
        if self.is_reading:
            bodies["304"] = {"description": "As it was: `If-None-Match` names it"}
        for status in (*(READING if self.is_reading else CHANGING), *getattr(self.handler, "says", ())):
            told = [code for code, (number, *_) in PROBLEMS.items() if number == status]
            body = self._get_response_for_code(ProblemSerializer, str(status), [MEDIA_TYPE])
            body["description"] = "; ".join(f"{PROBLEMS[code][1]} (`{code}`)" for code in told)
            body["content"][MEDIA_TYPE]["examples"] = {
                code: {"value": document(code, PROBLEMS[code][2])} for code in told
            }
            bodies.setdefault(str(status), body)
        for status, body in bodies.items():
            body["headers"] = body.get("headers", {}) | _headers(status)
        return bodies


def _headers(status: str) -> dict:
    text = {"schema": {"type": "string"}}
    found = {"RateLimit-Policy": text | {"description": "Requests a minute: `q`"}, "RateLimit": text}
    if status in ("409", "429", "503"):
        found["Retry-After"] = {"schema": {"type": "integer"}, "description": "Seconds"}
    if status in ("200", "201", "304"):
        found["ETag"] = text
    return found


def share_problems(result, generator, request, public):
    """Each kind of problem once, among the components, and not with every operation."""
    shared = result.setdefault("components", {}).setdefault("responses", {})
    for item in result["paths"].values():
        for operation in item.values():
            for status, body in operation["responses"].items():
                if MEDIA_TYPE in body.get("content", ()):
                    shared.setdefault(f"Problem{status}", body)
                    operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    return result
