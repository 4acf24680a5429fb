"""AfterShip as the carrier that is asked: its answers as ours; whatever is no clear answer is unknown."""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.checks import run_checks

from orders.tracking import Parcel, Unreachable, service
from orders.tracking.aftership import AfterShip

NOW = datetime(2026, 9, 20, 12, 0, tzinfo=UTC)
PARCEL = Parcel("TR 1", "Kita Express", "", "express", "NZ", NOW)
TRACKING = {
    "id": "bff5a3bac79b472991a204172473a635",
    "tracking_number": "TR 1",
    "slug": "kita-express",
    "courier_destination_country_region": "NZL",
    "courier_estimated_delivery_date": {"estimated_delivery_date": "2026-09-24"},
    "checkpoints": [
        {
            "checkpoint_time": "2026-09-14T08:15:00+08:00",
            "city": "Shenzhen",
            "state": "Guangdong",
            "country_region": "CHN",
            "message": "Picked up",
            "tag": "InTransit",
            "subtag": "InTransit_002",
        },
        {
            "checkpoint_time": "2026-09-16T02:00:00",
            "location": "Hong Kong",
            "country_iso3": "HKG",
            "message": "Shipped on board CHUAN HE",
            "tag": "InTransit",
            "subtag": "InTransit_001",
        },
        {"checkpoint_time": "2026-09-19", "message": "At gateway", "tag": "Newfangled", "country_region": "Q"},
        {"checkpoint_time": "soon", "tag": "Delivered"},
        "nonsense",
    ],
}


class Api(BaseHTTPRequestHandler):
    """Answers as the test says, and keeps what it was asked."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, self.headers.get("as-api-key"), body))
        status, reply = self.server.replies.pop(0)
        raw = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = answer

    def log_message(self, *args):
        pass


@pytest.fixture
def api(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.asked, server.replies = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.AFTERSHIP_API_BASE = f"http://127.0.0.1:{server.server_port}/tracking/2026-07"
    settings.AFTERSHIP_API_KEY = "asat_test"
    settings.AFTERSHIP_TIMEOUT = 1
    settings.TRACKING = "aftership"
    yield server
    server.shutdown()
    server.server_close()


def found(*rows):
    return 200, {"meta": {"code": 200}, "data": {"trackings": list(rows)}}


def test_what_it_says_as_ours(api):
    api.replies = [found(TRACKING)]
    answer = service().ask(PARCEL, now=NOW)
    assert (answer.destination, answer.promised_on, answer.code) == ("NZ", date(2026, 9, 24), "kita-express")
    first, second, third = answer.told
    assert (first.code, first.place, first.country) == ("picked_up", "Shenzhen, Guangdong", "CN")
    assert (first.at, first.at.utcoffset()) == (datetime(2026, 9, 14, 0, 15, tzinfo=UTC), timedelta(hours=8))
    assert (second.code, second.place, second.country) == ("on_board", "Hong Kong", "HK")
    # without an offset the latest that can be meant: 02:00 of the westernmost zone
    assert (second.at, second.has_offset) == (datetime(2026, 9, 16, 14, 0, tzinfo=UTC), False)
    assert (third.code, third.country, third.at) == ("exception", "", datetime(2026, 9, 20, 11, 59, 59, tzinfo=UTC))
    [(verb, path, key, _)] = api.asked
    assert (verb, key) == ("GET", "asat_test")
    assert parse_qs(urlsplit(path).query) == {"tracking_numbers": ["TR 1"]}


def test_the_same_answer_has_the_same_keys(api):
    api.replies = [found(TRACKING), found(TRACKING)]
    one, two = (AfterShip().ask(PARCEL, now=NOW) for _ in range(2))
    assert [each.key for each in one.told] == [each.key for each in two.told]
    assert len({each.key for each in one.told}) == 3


@pytest.mark.parametrize("reply", [(201, {}), (400, {"code": 4003})])
def test_a_number_that_it_does_not_know_is_registered(api, reply):
    status, meta = reply
    row = {"id": "x", "tracking_number": "TR 1", "slug": "kita-express"}
    api.replies = [found(), (status, {"meta": meta or {"code": 201}, "data": row})]
    answer = AfterShip().ask(PARCEL, now=NOW)
    assert (answer.told, answer.code) == ((), "kita-express")
    assert [asked[0] for asked in api.asked] == ["GET", "POST"]
    assert json.loads(api.asked[1][3]) == {"tracking_number": "TR 1"}


@pytest.mark.parametrize(
    "reply",
    [
        (500, {}),
        (429, {"meta": {"code": 429}}),
        (401, {"meta": {"code": 401}}),
        (200, b"<html>"),
        (200, b"[" * 100_000),
        (302, {}),
        (200, b"x" * (5 * 2**20)),
    ],
)
def test_what_is_no_clear_answer_is_unknown(api, reply):
    api.replies = [reply]
    with pytest.raises(Unreachable):
        AfterShip().ask(PARCEL, now=NOW)


@pytest.mark.parametrize("data", [{}, {"trackings": None}, {"trackings": ["x"]}, {"trackings": 7}])
def test_answers_of_another_form_tell_nothing(api, data):
    api.replies = [(200, {"meta": {"code": 200}, "data": data}), (201, {"meta": {"code": 201}, "data": {}})]
    assert AfterShip().ask(PARCEL, now=NOW).told == ()
    api.replies = [found({"tracking_number": "TR 1", "checkpoints": 7, "slug": 7})]
    assert AfterShip().ask(PARCEL, now=NOW).told == ()


def test_nobody_at_that_address_is_unknown(settings):
    settings.AFTERSHIP_API_BASE = "http://127.0.0.1:9/tracking"
    with pytest.raises(Unreachable):
        AfterShip().ask(PARCEL, now=NOW)


def test_a_service_that_hangs_is_unknown(api):
    api.replies = []  # the handler dies without an answer
    with pytest.raises(Unreachable):
        AfterShip().ask(PARCEL, now=NOW)


def test_check_names_what_is_missing(settings):
    def said():
        return {error.id for error in run_checks(tags=["orders"])}

    assert said() == set()
    settings.TRACKING, settings.AFTERSHIP_API_KEY = "aftership", ""
    assert said() == {"orders.E003"}
    settings.AFTERSHIP_API_KEY, settings.AFTERSHIP_API_BASE = "k", "http://elsewhere.example"
    assert said() == {"orders.E004"}
    settings.TRACKING = "dhl"
    assert said() == {"orders.E001"}
    settings.TRACKING, settings.SANDBOX = "sandbox", False
    assert said() == {"orders.E002"}
