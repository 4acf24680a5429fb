"""ETags: an object's number of events, which a change asks for, and what was shown of it, which a reading asks for."""

import hashlib
import re

from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer

from trade_assurance.rest.problems import Problem

TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e]*)"')


def tag(response, number: int | None = None) -> None:
    """Give the answer its ETag: `"<number of events>-<hash of what is shown>"`."""
    shown = hashlib.sha256(JSONRenderer().render(response.data)).hexdigest()[:16]
    response["ETag"] = f'"{number}-{shown}"' if number is not None else f'"{shown}"'


def is_known(request, response) -> bool:
    """Whether who asks holds exactly this already (If-None-Match)."""
    asked = request.headers.get("If-None-Match", "")
    if request.method not in SAFE_METHODS or "ETag" not in response:
        return False
    return asked.strip() == "*" or response["ETag"].strip('"') in TAG.findall(asked)


def demand_match(request, number: int) -> None:
    """Raise the problem `changed` unless If-Match, if there is one, names the object as it stands; under its lock."""
    asked = request.headers.get("If-Match")
    if asked is None or asked.strip() == "*":
        return
    if not any(each.partition("-")[0] == str(number) for each in TAG.findall(asked)):
        raise Problem("changed", "It has changed since you read it. Nothing was changed now.")
