"""The inbox and webhooks by the API: one's own alone, secrets shown once and kept nowhere."""

import uuid

import pytest

from accounts.models import KeptAnswer
from events.models import Event
from notifications.api.webhooks import HOOK
from notifications.models import Notice
from notifications.webhooks.models import Delivery
from tests import stories
from tests.api.calling import Caller
from tests.api.test_whole_order import good


@pytest.fixture
def stranger(world):
    return Caller(world.stranger)


def test_the_inbox_is_read_and_marked(world, buyer, stranger, reader):
    stories.sent(world)
    for _ in range(3):
        event = stories.requested(world)
        Notice.objects.create(
            user=world.buyer,
            kind="order.requested",
            group="orders",
            side="buyer",
            order=event,
            at=stories.NOW,
            event=latest(event),
        )
    page = good(buyer.get("inbox/?limit=2&unread=true"))
    assert len(page["results"]) == 2 and page["next"] and page["results"][0]["title"]
    one = page["results"][0]["id"]
    assert stranger.post(f"inbox/{one}/read/").status_code == 404
    assert reader.post(f"inbox/{one}/read/").status_code == 403
    assert buyer.post(f"inbox/{one}/read/").status_code == 204
    assert good(buyer.post("inbox/read/", {"until": one})) == {"marked": 2}
    assert good(buyer.get("inbox/?unread=true"))["results"] == []
    assert good(stranger.get("inbox/"))["results"] == []
    assert buyer.get("inbox/?colour=red").status_code == 400


def latest(order):
    return Event.objects.about("order", order.id).order_by("-number").first()


def test_a_webhook_is_added_told_and_deleted(world, buyer, stranger, reader):
    made = good(buyer.post("webhooks/", HOOK), 201)
    path = f"webhooks/{made['id']}/"
    assert (made["url"], made["is_on"], made["supplier"]) == (HOOK["url"], True, None)
    before = KeptAnswer.objects.count()
    secret = good(buyer.post(f"{path}secret/"))["secret"]
    assert secret.startswith("whsec_") and KeptAnswer.objects.count() == before
    assert buyer.post(f"{path}secret/").status_code == 409
    assert not KeptAnswer.objects.filter(body__contains=secret).exists()
    good(buyer.post(f"{path}rotation/", {"at_once": True}))
    assert good(buyer.post(f"{path}secret/"))["secret"] != secret
    changed = good(buyer.put(path, HOOK | {"description": "The other one"}))
    assert changed["description"] == "The other one"
    test = good(buyer.post(f"{path}test/"), 201)
    assert buyer.post(f"{path}test/").status_code == 409
    Delivery.objects.update(state="failed", next_at=None, ended_at=stories.NOW)
    assert [row["id"] for row in good(buyer.get(f"{path}messages/?state=failed"))["results"]] == [test["id"]]
    assert good(buyer.get(f"{path}messages/{test['id']}/"))["body"]
    assert good(buyer.post(f"{path}messages/{test['id']}/replay/"))["state"] == "waiting"
    Delivery.objects.update(state="failed", next_at=None, ended_at=stories.NOW)
    assert good(buyer.post(f"{path}replay/", {"since": stories.NOW.isoformat()})) == {"again": 1}
    good(buyer.post(f"{path}off/"))
    assert buyer.post(f"{path}test/").status_code == 409
    good(buyer.post(f"{path}on/"))
    for tail in ("", "messages/", f"messages/{test['id']}/"):
        assert stranger.get(path + tail).status_code == 404
    for tail in ("secret/", "test/", "on/", "off/", f"messages/{test['id']}/replay/"):
        assert stranger.post(path + tail).status_code == 404
        assert reader.post(path + tail).status_code == 403
    assert stranger.delete(path).status_code == 404 and reader.delete(path).status_code == 403
    assert buyer.delete(path).status_code == 204
    assert buyer.get(path).status_code == 404 and good(buyer.get("webhooks/"))["results"] == []


def test_a_companys_webhooks_are_its_owners(world, seller, buyer):
    body = HOOK | {"supplier": world.supplier.slug}
    made = good(seller.post("webhooks/", body), 201)
    assert made["supplier"] == world.supplier.slug
    assert buyer.post("webhooks/", body).status_code == 404
    books = Caller(world.bookkeeper)
    assert books.post("webhooks/", body).status_code == 403
    assert books.get(f"webhooks/{made['id']}/").status_code == 404


def test_a_browsers_session_does_not_ask_for_secrets_here(world, buyer, client):
    made = good(buyer.post("webhooks/", HOOK), 201)
    client.force_login(world.buyer)
    for tail, body in (("secret/", {}), ("rotation/", {"at_once": False})):
        answer = client.post(
            f"/api/v1/webhooks/{made['id']}/{tail}",
            body,
            content_type="application/json",
            headers={"idempotency-key": str(uuid.uuid4())},
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"url": "https://localhost/x"}, 422, "url"),
        ({"url": "http://erp.example.com/"}, 422, "url"),
        ({"url": ""}, 400, "url"),
        ({"types": []}, 400, "types"),
        ({"types": ["order.dreamt"]}, 422, "types"),
        ({"description": "x" * 121}, 400, "description"),
        ({"secret": "mine"}, 400, "secret"),
    ],
)
def test_wrong_webhooks_are_told_by_field(world, buyer, change, status, field):
    answer = buyer.post("webhooks/", HOOK | change)
    assert (answer.status_code, list(answer.json()["errors"])) == (status, [field])
