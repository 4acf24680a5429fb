"""Keys: made once, shown once, acting as their person, ended at once."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import actions
from accounts.models import ApiKey
from orders.models import Order
from tests import stories
from tests.api.calling import Caller
from trade_assurance.refused import NotAllowed, Refused


def test_a_key_acts_as_its_person_and_its_secret_is_kept_nowhere(world, buyer):
    order = stories.placed(world)
    assert buyer.get(f"orders/{order.reference}/").json()["side"] == "buyer"
    kept = ApiKey.objects.values().get()
    assert buyer.secret not in str(kept) and kept["prefix"] == buyer.secret[:12] == f"ta_test_{buyer.secret[8:12]}"
    assert Caller(world.stranger).get(f"orders/{order.reference}/").status_code == 404


def test_whose_key_it_is_hears_that_it_was_made(world, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        key, secret = actions.make_key(
            user_id=world.buyer.pk, name="our ERP", scope="write", by=world.buyer, now=timezone.now()
        )
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([world.buyer.email], "A new key for programs: our ERP")
    assert "sign, pay, ship, confirm" in mail.body and "/settings/keys/" in mail.body
    assert key.prefix in mail.body and secret not in mail.body


def test_a_key_that_reads_changes_nothing(world, reader):
    order = stories.placed(world)
    answer = reader.post(f"orders/{order.reference}/cancel/")
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")
    assert reader.get(f"orders/{order.reference}/").json()["status"] == "placed"


@pytest.mark.parametrize("secret", ["", "x", "ta_live_nobody", "ta_test_" + "é" * 8, "ta_live_" + "a" * 5000])
def test_what_is_no_key_is_asked_for_one(db, client, secret):
    answer = client.get("/api/v1/orders/", headers={"authorization": f"Bearer {secret}".encode().decode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_key_is_not_overruled_by_a_session(world, client, buyer):
    client.force_login(world.buyer)
    actions.revoke_key(key_id=buyer.key.pk, by=world.buyer, now=timezone.now())
    answer = client.get("/api/v1/orders/", headers={"authorization": f"Bearer {buyer.secret}"})
    assert answer.status_code == 401


def test_a_session_needs_its_csrf_token_to_change_something(world):
    from django.test import Client

    order, browser = stories.placed(world), Client(enforce_csrf_checks=True)
    browser.force_login(world.buyer)
    answer = browser.post(f"/api/v1/orders/{order.reference}/cancel/", headers={"idempotency-key": "one"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert stories.fresh(order).status == Order.Status.PLACED


def test_use_is_noted_to_the_minute(world, buyer):
    buyer.get("orders/")
    used = ApiKey.objects.get().last_used_at
    assert (used.second, used.microsecond) == (0, 0) and timezone.now() - used < timedelta(minutes=2)


def test_a_revoked_key_stops_at_once_and_so_does_one_of_a_locked_out_person(world, buyer, seller):
    actions.revoke_key(key_id=buyer.key.pk, by=world.buyer, now=timezone.now())
    actions.revoke_key(key_id=buyer.key.pk, by=world.buyer, now=timezone.now())
    assert buyer.get("orders/").status_code == 401
    world.seller.is_active = False
    world.seller.save()
    assert seller.get("orders/").status_code == 401


def test_nobody_makes_or_revokes_keys_of_others(world, buyer):
    with pytest.raises(NotAllowed):
        actions.revoke_key(key_id=buyer.key.pk, by=world.stranger, now=timezone.now())
    with pytest.raises(NotAllowed):
        actions.make_key(user_id=world.buyer.pk, name="x", scope="read", by=world.stranger, now=timezone.now())


@pytest.mark.parametrize(("name", "scope"), [("", "read"), ("  ", "read"), ("x" * 61, "read"), ("x", "admin")])
def test_a_key_without_name_or_known_scope_is_refused(world, name, scope):
    with pytest.raises(Refused):
        actions.make_key(user_id=world.buyer.pk, name=name, scope=scope, by=world.buyer, now=timezone.now())
    assert not ApiKey.objects.exists()


def test_a_person_has_so_many_keys_and_no_more(world):
    for _ in range(actions.KEYS_MAX):
        Caller(world.buyer)
    with pytest.raises(Refused, match="Revoke one"):
        Caller(world.buyer)


def test_the_page_shows_the_secret_once_after_a_fresh_sign_in(world, client):
    client.force_login(world.buyer)
    asked = client.post("/settings/keys/", {"name": "our ERP", "scope": "read"})
    assert asked.status_code == 302 and "reauthenticate" in asked.url and not ApiKey.objects.exists()
    client.post(asked.url, {"password": "correct-horse-7"})
    made = client.post("/settings/keys/", {"name": "our ERP", "scope": "read"})
    key = ApiKey.objects.latest("pk")
    secret = made.context["secret"]
    assert actions.hash_of(secret) == key.secret_hash and secret in made.content.decode()
    assert secret not in client.get("/settings/keys/").content.decode()
    client.post(f"/settings/keys/{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert client.post("/settings/keys/", {"name": "", "scope": "x"}).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_a_key_revoked_while_its_request_runs_waits_for_it_or_stops_it(monkeypatch):
    """Either the change was committed before the revocation, or it does not happen."""
    world = stories.build_world()
    order, caller = stories.placed(world), Caller(world.buyer)
    begun, go_on = threading.Event(), threading.Event()
    from orders import actions as order_actions

    cancel = order_actions.cancel

    def slowly(**given):
        begun.set()
        go_on.wait(10)
        return cancel(**given)

    monkeypatch.setattr("orders.actions.cancel", slowly)
    answers, revoked = [], []

    def ask():
        answers.append(caller.post(f"orders/{order.reference}/cancel/").status_code)
        connection.close()

    def revoke():
        actions.revoke_key(key_id=caller.key.pk, by=world.buyer, now=timezone.now())
        revoked.append(Order.objects.get(pk=order.pk).status)
        connection.close()

    threads = [threading.Thread(target=ask), threading.Thread(target=revoke)]
    threads[0].start()
    assert begun.wait(10)
    threads[1].start()
    time.sleep(0.3)
    assert revoked == []  # it waits for the request that has begun
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert (answers, revoked) == ([200], ["cancelled"])
    assert caller.get("orders/").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_a_key_revoked_between_sign_in_and_change_does_nothing(monkeypatch):
    world = stories.build_world()
    order, caller = stories.placed(world), Caller(world.buyer)
    from trade_assurance.rest import keeping

    asked = keeping._claim

    def revoked_meanwhile(*given):
        return asked(*given)

    def alive(request, real=keeping.demand_alive):
        with transaction.atomic():
            ApiKey.objects.filter(pk=caller.key.pk).update(revoked_at=timezone.now())
        return real(request)

    monkeypatch.setattr(keeping, "_claim", revoked_meanwhile)
    monkeypatch.setattr(keeping, "demand_alive", alive)
    assert caller.post(f"orders/{order.reference}/cancel/").status_code == 401
    assert stories.fresh(order).status == Order.Status.PLACED
