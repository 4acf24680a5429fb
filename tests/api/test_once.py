"""A repeated request has one effect (quality.md §2)."""

import threading
import time
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import actions, tasks
from accounts.models import KeptAnswer
from events.models import Event
from orders.models import Order
from tests import stories
from tests.api.calling import Caller


def asked(world, **more):
    return {"supplier": world.supplier.slug, "title": "Lamps", "request": "100 lamps"} | more


def test_the_same_request_again_gets_the_stored_answer(world, buyer):
    first = buyer.post("orders/requests/", asked(world), key="one")
    again = buyer.post("orders/requests/", dict(reversed(asked(world).items())), key='"one"')
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content and first["ETag"] == again["ETag"]
    assert "Idempotent-Replayed" not in first and again["Idempotent-Replayed"] == "true"
    assert Order.objects.count() == 1


def test_the_same_key_with_another_body_or_address_is_refused(world, buyer):
    orders = [stories.placed(world) for _ in range(2)]
    buyer.post("orders/requests/", asked(world), key="one")
    other = buyer.post("orders/requests/", asked(world, title="Chairs"), key="one")
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    assert buyer.post(f"orders/{orders[0].reference}/cancel/", key="two").status_code == 200
    assert buyer.post(f"orders/{orders[1].reference}/cancel/", key="two").status_code == 422
    assert stories.fresh(orders[1]).status == Order.Status.PLACED


def test_a_key_counts_for_its_person_and_route_alone(world, buyer, seller):
    order = stories.placed(world)
    assert buyer.post("orders/requests/", asked(world), key="one").status_code == 201
    assert buyer.post(f"orders/{order.reference}/cancel/", key="one").status_code == 200
    refused = seller.post(f"orders/{order.reference}/cancel/", key="one")
    assert (refused.status_code, refused.json()["code"]) == (409, "moved-on")


def test_a_refusal_is_kept_as_this_requests_answer(world, buyer):
    order = stories.shipped(world)
    first = buyer.post(f"orders/{order.reference}/cancel/", key="one")
    again = buyer.post(f"orders/{order.reference}/cancel/", key="one")
    assert (first.status_code, again.status_code) == (409, 409)
    assert again["Idempotent-Replayed"] == "true" and again["Content-Type"] == "application/problem+json"


def test_what_breaks_is_not_kept_and_leaves_nothing(world, buyer, monkeypatch):
    order = stories.placed(world)
    before = stories.snapshot(order)
    with monkeypatch.context() as broken:
        broken.setattr("orders.api.order.OrderViewSet.show", lambda *given, **more: 1 / 0)
        answer = buyer.post(f"orders/{order.reference}/cancel/", key="one")
        assert (answer.status_code, answer.json()["code"]) == (500, "server-error")
    assert stories.snapshot(order) == before and not KeptAnswer.objects.exists()
    assert buyer.post(f"orders/{order.reference}/cancel/", key="one").status_code == 200


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ключ"])
def test_a_key_that_is_none_is_refused(world, buyer, key):
    order = stories.placed(world)
    given = {"authorization": f"Bearer {buyer.secret}", "idempotency-key": key.encode().decode("latin-1")}
    answer = buyer.client.post(f"/api/v1/orders/{order.reference}/cancel/", headers=given)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert stories.fresh(order).status == Order.Status.PLACED


def test_what_moves_money_needs_a_key(world, buyer):
    order = stories.placed(world)
    given = {"authorization": f"Bearer {buyer.secret}"}
    answer = buyer.client.post(f"/api/v1/orders/{order.reference}/cancel/", headers=given)
    assert answer.status_code == 400 and "Idempotency-Key" in answer.json()["detail"]


def test_answers_are_forgotten_after_30_days_and_not_before(world, buyer):
    buyer.post("orders/requests/", asked(world), key="one")
    now = KeptAnswer.objects.get().made_at + timedelta(days=30)
    assert actions.forget_answers(now=now - timedelta(seconds=1)) == 0
    tasks.forget_answers()
    assert KeptAnswer.objects.exists()
    assert actions.forget_answers(now=now) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("keys", [6])
def test_many_at_once_with_few_keys_have_one_effect_each(keys, settings):
    """8 at once with each key: one effect each; the others are told to wait, then get the stored answer."""
    settings.API_LIMITS = settings.API_LIMITS | {"write": 10**6}
    world = stories.build_world()
    caller = Caller(world.buyer)
    names = [str(uuid.uuid4()) for _ in range(keys)]
    answers, barrier = Counter(), threading.Barrier(8)

    def ask(name):
        barrier.wait(20)
        answer = caller.post("orders/requests/", asked(world), key=name)
        while answer.status_code == 409:
            assert answer["Retry-After"] == "1"
            time.sleep(0.05)
            answer = caller.post("orders/requests/", asked(world), key=name)
        answers[answer.status_code, "Idempotent-Replayed" in answer] += 1
        connection.close()

    for name in names:
        threads = [threading.Thread(target=ask, args=[name]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert (answers[201, False], answers[201, True]) == (keys, 7 * keys)
    assert Order.objects.count() == keys == Event.objects.filter(kind="contract.requested").count()


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_in_the_middle_leaves_its_key_free(monkeypatch):
    world = stories.build_world()
    caller = Caller(world.buyer)
    from orders import actions as order_actions

    request_contract = order_actions.request_contract

    def dies(**given):
        request_contract(**given)
        connection.connection.close()  # as when the process is killed: the server sees the connection go
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr("orders.actions.request_contract", dies)
        with pytest.raises(SystemExit):
            caller.post("orders/requests/", asked(world), key="one")
    connection.close()
    assert not Order.objects.exists() and not KeptAnswer.objects.exists()
    assert caller.post("orders/requests/", asked(world), key="one").status_code == 201
    assert timezone.now() and Order.objects.count() == 1
