"""AfterShip's Tracking API by key: https://www.aftership.com/docs/tracking. Numbers are registered when first asked.

Its events have no number of their own, so their key is made of what they say. Nothing of an answer is logged.
"""

import http.client
import json
import ssl
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode, urlsplit

import structlog
from babel.core import get_global
from django.conf import settings
from django.utils.translation import gettext_lazy as _lazy

from orders.models import CarrierEvent
from orders.tracking import EVENTS_MAX, Answer, Parcel, Told, Unreachable, key_of

logger = structlog.get_logger()
C = CarrierEvent.Code
ANSWER_MAX = 4 * 2**20  # bytes
KNOWN_ALREADY = 4003  # its code for a number that was registered before
NOT_FOUND = 4004
LATEST = timedelta(hours=12)  # what the westernmost zone is behind UTC
TAGS = {
    "InfoReceived": C.LABEL,
    "Pending": C.LABEL,
    "InTransit": C.IN_TRANSIT,
    "OutForDelivery": C.OUT_FOR_DELIVERY,
    "AttemptFail": C.EXCEPTION,
    "AvailableForPickup": C.ARRIVED,
    "Delivered": C.DELIVERED,
    "Exception": C.EXCEPTION,
    "Expired": C.EXCEPTION,
}
SUBTAGS = {  # what says more than its tag
    "InTransit_002": C.PICKED_UP,
    "InTransit_003": C.ARRIVED,
    "InTransit_004": C.ARRIVED,
    "InTransit_005": C.CUSTOMS,
    "InTransit_006": C.CUSTOMS,
    "Exception_011": C.RETURNED,
    "Exception_012": C.RETURNED,
}
WORDS = (  # in a carrier's own sentence; AfterShip's tags do not tell these apart
    (
        (
            _lazy("loaded on board"),
            _lazy("loaded on vessel"),
            _lazy("on board vessel"),
            _lazy("shipped on board"),
            _lazy("laden on board"),
        ),
        C.ON_BOARD,
    ),
    (
        (_lazy("export clear"), _lazy("export customs clear"), _lazy("cleared export"), _lazy("export release")),
        C.EXPORT_CLEARED,
    ),
    (("alongside",), C.ALONGSIDE),
)


class AfterShip:
    """Carriers by way of AfterShip, which finds out itself whose a number is."""

    name = "aftership"
    again = timedelta(hours=2)

    def ask(self, parcel: Parcel, *, now: datetime) -> Answer:
        asked = {"tracking_numbers": parcel.number} | ({"slug": parcel.code} if parcel.code else {})
        found = _call("GET", f"/trackings?{urlencode(asked)}").get("trackings")
        found = found if isinstance(found, list) else []
        known = [each for each in found if isinstance(each, dict) and each.get("tracking_number")]
        row = known[0] if known else self._register(parcel)
        return _answer(row, now)

    def _register(self, parcel: Parcel) -> dict:
        row = _call("POST", "/trackings", {"tracking_number": parcel.number})
        nested = row.get("tracking")  # as versions of before 2024-07 answer
        return nested if isinstance(nested, dict) else row


def _call(method: str, path: str, body: dict | None = None) -> dict:
    """One call; gives its `data`. Whatever is not a clear answer raises Unreachable."""
    base = urlsplit(settings.AFTERSHIP_API_BASE)
    if base.scheme == "https":
        secure = ssl.create_default_context()
        link = http.client.HTTPSConnection(base.netloc, timeout=settings.AFTERSHIP_TIMEOUT, context=secure)
    else:
        link = http.client.HTTPConnection(base.netloc, timeout=settings.AFTERSHIP_TIMEOUT)
    headers = {"as-api-key": settings.AFTERSHIP_API_KEY, "Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        link.request(method, base.path.rstrip("/") + path, json.dumps(body) if body else None, headers)
        reply = link.getresponse()
        raw = reply.read(ANSWER_MAX + 1)
        answer = json.loads(raw) if len(raw) <= ANSWER_MAX else None
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        logger.warning("aftership gave no answer", call=method, error=type(error).__name__)
        raise Unreachable from error
    finally:
        link.close()
    answer = answer if isinstance(answer, dict) else {}
    meta = answer.get("meta") if isinstance(answer.get("meta"), dict) else {}
    data = answer.get("data") if isinstance(answer.get("data"), dict) else {}
    if meta.get("code") == KNOWN_ALREADY or (reply.status == 404 and meta.get("code") == NOT_FOUND):
        return data
    if reply.status not in (200, 201):
        logger.warning("aftership gave no answer", call=method, status=reply.status, code=meta.get("code"))
        raise Unreachable
    return data


def _answer(row: dict, now: datetime) -> Answer:
    """A tracking of AfterShip's as ours; what it has no form for is left out."""
    told, checkpoints = [], row.get("checkpoints")
    for each in checkpoints[:EVENTS_MAX] if isinstance(checkpoints, list) else ():
        if isinstance(each, dict) and (one := _told(each, now)) is not None:
            told.append(one)
    return Answer(
        told=tuple(told),
        destination=_alpha2(_text(row, "courier_destination_country_region", "courier_destination_country_iso3")),
        promised_on=_promised(row),
        code=_text(row, "slug")[:60],
    )


def _told(each: dict, now: datetime) -> Told | None:
    when, words = _text(each, "checkpoint_time"), _text(each, "message")
    at, has_offset = _moment(when, now)
    if at is None:
        return None
    place = ", ".join(dict.fromkeys(filter(None, (_text(each, "city"), _text(each, "state")))))
    place = place or _text(each, "location")
    tag, subtag = _text(each, "tag"), _text(each, "subtag")
    return Told(
        key=key_of(when, tag, subtag, words, place),
        code=_code(tag, subtag, words),
        at=at,
        place=place,
        country=_alpha2(_text(each, "country_region", "country_iso3")),
        words=words,
        has_offset=has_offset,
    )


def _code(tag: str, subtag: str, words: str) -> str:
    said = words.lower()
    for phrases, code in WORDS:
        if tag == "InTransit" and any(phrase in said for phrase in phrases):
            return code
    return SUBTAGS.get(subtag) or TAGS.get(tag, C.EXCEPTION)


def _moment(text: str, now: datetime) -> tuple[datetime | None, bool]:
    """An instant, and whether its offset was told. Without one the latest that can be meant: it harms nobody."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None, False
    if at.tzinfo is not None:
        return at, True
    if len(text) <= len("2026-01-31"):
        at = datetime.combine(at.date(), time.max.replace(microsecond=0))
    if not 1 < at.year < 9999:  # no room for the zones
        return None, False
    latest = at.replace(tzinfo=UTC) + LATEST
    return min(latest, max(now, at.replace(tzinfo=UTC) - timedelta(hours=14))), False


def _promised(row: dict) -> date | None:
    for name in ("courier_estimated_delivery_date", "latest_estimated_delivery", "first_estimated_delivery"):
        value = row.get(name)
        if isinstance(value, dict):
            value = value.get("estimated_delivery_date") or value.get("datetime")
        if isinstance(value, str):
            try:
                return datetime.fromisoformat(value).date()
            except ValueError:
                continue
    return None


def _text(row: dict, *names: str) -> str:
    """The first of these fields that holds words."""
    found = (row.get(name) for name in names)
    return next((value.strip() for value in found if isinstance(value, str) and value.strip()), "")


def _alpha2(country: str) -> str:
    """ISO 3166 alpha-3, or another name such as UK, as alpha-2; what is none of both is nothing."""
    country = country.upper()
    named = get_global("territory_aliases").get(country, ())
    if len(country) == 2:
        return named[0] if len(named) == 1 else country
    return named[0] if len(country) == 3 and len(named) == 1 else ""
