"""Problems, limits, pages, fields, versions: what every address does alike."""

import json

import pytest
from redis.exceptions import ConnectionError as RedisGone

from tests import stories
from tests.api.calling import Caller


def raw(caller, body, **more):
    given = {"authorization": f"Bearer {caller.secret}", "idempotency-key": "one"}
    return caller.client.post(
        "/api/v1/orders/requests/", **{"data": body, "content_type": "application/json", "headers": given} | more
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid"),
        (b"{", 400, "malformed"),
        (b"[1]", 400, "malformed"),
        (b'"x"', 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        (b'{"title": NaN}', 400, "malformed"),
        (b'{"title": "\\ud800"}', 400, "malformed"),
        (b'{"title": "a\\u0000"}', 400, "malformed"),
        (b"[" * 100_000, 400, "malformed"),
        (b'{"title": ' + b"9" * 5000 + b"}", 400, "malformed"),
        (b'{"x": "' + b"a" * (5 * 2**20) + b'"}', 413, "too-large"),
        (b'{"supplier": 5, "title": {}, "request": []}', 400, "invalid"),
        (b'{"supplier": "lumenworks", "title": "x", "request": "y", "requst": "z"}', 400, "invalid"),
        (b'{"supplier": "nobody", "title": "x", "request": "y"}', 404, "not-found"),
    ],
)
def test_bad_bodies_get_a_problem_document(world, buyer, body, status, code):
    answer = raw(buyer, body)
    assert (answer.status_code, answer.json()["code"], answer["Content-Type"]) == (
        status,
        code,
        "application/problem+json",
    )
    assert answer.json()["type"].endswith(f"/api/#{code}") and answer.json()["status"] == status


def test_an_unknown_field_is_named(world, buyer):
    answer = buyer.post("orders/requests/", {"supplier": "lumenworks", "title": "x", "requst": "z"})
    assert answer.json()["errors"] == {"requst": ["There is no such field."]}


def test_other_types_methods_and_addresses_are_problems_too(world, buyer):
    assert raw(buyer, b"a=b", content_type="text/plain").json()["code"] == "unsupported-media-type"
    answer = buyer.call("PATCH", "orders/")
    assert answer.json()["code"] == "method-not-allowed" and "GET" in answer["Allow"]
    assert buyer.get("nothing/").json()["code"] == "not-found"
    assert buyer.get("orders").json()["code"] == "not-found"
    assert buyer.get("orders/", accept="text/html").json()["code"] == "not-acceptable"


def test_an_actions_refusal_is_said_in_its_own_sentence(world, buyer):
    order = stories.shipped(world)
    answer = buyer.post(f"orders/{order.reference}/cancel/").json()
    assert (answer["code"], answer["detail"]) == (
        "moved-on",
        "This order is shipped now, so this can't be done. Nothing was changed.",
    )
    theirs = buyer.post(f"orders/{order.reference}/production/").json()
    assert theirs["code"] == "not-allowed"


def test_limits_are_told_counted_for_each_key_and_end(world, buyer, settings):
    settings.API_LIMITS = settings.API_LIMITS | {"read": 2}
    first, second, third = (buyer.get("orders/") for _ in range(3))
    assert first["RateLimit-Policy"] == '"read";q=2;w=60' and first["RateLimit"].startswith('"read";r=1;t=')
    assert second["RateLimit"].startswith('"read";r=0;')
    assert (third.status_code, third.json()["code"]) == (429, "throttled") and 1 <= int(third["Retry-After"]) <= 61
    assert Caller(world.buyer).get("orders/").status_code == 200


def test_guesses_at_keys_are_counted_by_address(db, client, settings):
    settings.API_LIMITS = settings.API_LIMITS | {"visitor": 1}
    guess = {"authorization": "Bearer ta_live_guess"}
    assert [client.get("/api/v1/orders/", headers=guess).status_code for _ in range(2)] == [401, 429]


def test_nobody_is_refused_while_the_counter_is_away(world, buyer, settings, monkeypatch):
    settings.API_LIMITS = settings.API_LIMITS | {"read": 0}

    def gone(*given, **more):
        raise RedisGone

    monkeypatch.setattr("trade_assurance.rest.limits.cache", type("Gone", (), {"add": gone}))
    assert buyer.get("orders/").status_code == 200


def test_pages_follow_each_other_and_show_the_fields_asked_for(world, buyer):
    made = [stories.placed(world, stories.simple_terms(100_00)).reference for _ in range(5)]
    page = buyer.get("orders/?limit=2&fields=reference").json()
    seen = [row["reference"] for row in page["results"]]
    assert page["previous"] is None and page["results"][0].keys() == {"reference"}
    while page["next"]:
        page = buyer.get(page["next"].removeprefix("http://testserver")).json()
        seen += [row["reference"] for row in page["results"]]
    assert seen == made[::-1]
    assert buyer.get(page["previous"].removeprefix("http://testserver")).json()["results"]


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=" + "a" * 700,
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=",
        "fields=nope",
        "page=2",
        "status=x",
    ],
)
def test_bad_parameters_are_told(world, buyer, query):
    assert buyer.get(f"orders/?{query}").status_code == 400


def test_filters_narrow_the_list(world, buyer, seller):
    stories.placed(world)
    draft = stories.requested(world)
    assert [row["reference"] for row in buyer.get("orders/?status=draft").json()["results"]] == [draft.reference]
    assert len(buyer.get("orders/?status=draft&status=placed").json()["results"]) == 2
    assert buyer.get("orders/?side=supplier").json()["results"] == []
    assert len(seller.get(f"orders/?side=supplier&supplier={world.supplier.slug}").json()["results"]) == 2


def test_what_is_known_already_is_not_sent_again(world, buyer):
    order = stories.placed(world)
    for address in (f"orders/{order.reference}/?fields=status,total", "orders/"):
        tag = buyer.get(address)["ETag"]
        again = buyer.get(address, **{"if-none-match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert buyer.get(address, **{"if-none-match": '"other"'}).status_code == 200


def test_a_change_can_ask_that_nothing_has_changed_since(world, buyer, seller):
    order = stories.paid(world)
    tag = buyer.get(f"orders/{order.reference}/")["ETag"]
    seller.post(f"orders/{order.reference}/production/")
    stale = buyer.post(f"orders/{order.reference}/cancel-proposal/", **{"if-match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed")
    fresh = buyer.get(f"orders/{order.reference}/")
    done = buyer.post(f"orders/{order.reference}/cancel-proposal/", **{"if-match": fresh["ETag"]})
    assert (done.status_code, done.json()["cancel_proposed_by"]) == (200, "buyer")
    assert buyer.delete(f"orders/{order.reference}/cancel-proposal/", **{"if-match": done["ETag"]}).status_code == 200


def test_steps_name_the_way_to_take_them(world, buyer):
    order = stories.placed(world)
    steps = {step["code"]: step for step in buyer.get(f"orders/{order.reference}/").json()["steps"]}
    assert (steps["cancel"]["method"], steps["cancel"]["href"]) == (
        "POST",
        f"/api/v1/orders/{order.reference}/cancel/",
    )
    assert buyer.post(steps["cancel"]["href"]).json()["status"] == "cancelled"


def test_amounts_are_texts(world, buyer):
    order = stories.paid(world)
    body = buyer.get(f"orders/{order.reference}/").json()
    assert (body["total"], body["cleared"], body["lines"][0]["unit_price"]) == ("10000.00", "10000.00", "100.00")
    assert json.dumps(body)


def test_every_answer_can_be_thinned(world, buyer):
    order = stories.sent(world)
    rows = buyer.get(f"orders/{order.reference}/versions/?fields=number,state").json()
    assert rows == [{"number": 1, "state": "sent"}]
    assert buyer.get(f"orders/{order.reference}/versions/?fields=nope").json()["code"] == "malformed"
