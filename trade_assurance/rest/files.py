"""Answers that are no JSON: papers and packages, asked for as what they are or as anything."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.renderers import JSONRenderer

PDF, ZIP = "application/pdf", "application/zip"
A_PDF, A_ZIP = {(200, PDF): OpenApiTypes.BINARY}, {(200, ZIP): OpenApiTypes.BINARY}


class PdfOrProblem(JSONRenderer):
    """Lets a program ask for a PDF by name; what is rendered is only ever the problem in its place."""

    media_type = PDF


class ZipOrProblem(JSONRenderer):
    """As above, for a ZIP."""

    media_type = ZIP


def paper(content: bytes, name: str) -> HttpResponse:
    """A PDF as a download that nobody keeps on the way."""
    response = HttpResponse(content, content_type=PDF)
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
