"""Bodies as they may be: JSON of a bounded size that every column and every program can hold."""

import codecs
import json

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from trade_assurance.rest.problems import too_large


class BoundedJSON(JSONParser):
    """JSON in UTF-8, an object at the top; no NaN, no half characters, no NUL."""

    def parse(self, stream, media_type=None, parser_context=None):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise too_large()
        try:
            found = json.loads(raw.removeprefix(codecs.BOM_UTF8).decode(), parse_constant=_refuse)
            text = json.dumps(found, ensure_ascii=False)
            text.encode()
        except (ValueError, RecursionError) as error:
            said = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
            raise ParseError(f"This is no JSON that can be read: {said}") from error
        if "\\u0000" in text:
            raise ParseError("A text holds the character NUL, which no text may.")
        if not isinstance(found, dict):
            raise ParseError("Send a JSON object: {…}.")
        return found


def _refuse(name: str):
    raise ValueError(f"{name} is not a number that JSON has")
