"""The pages of webhooks, for a person and for a company: who sees what, what is entered, and the secret once."""

import time
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from events.models import Event
from notifications.models import Delivery, Endpoint, Secret
from notifications.webhooks import actions, catalogue, signing
from notifications.webhooks.calling import Answer
from suppliers.models import Member
from tests import stories
from tests.notifications.test_webhook_sending import OK, answered, happened, tell
from tests.orders.test_races import at_once
from tests.stories import DAY, NOW
from tests.test_access_matrix import act_for_own_company
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

URL = "https://a.example.com/in"


def signed_in(person, *, fresh=True) -> Client:
    client = Client()
    client.force_login(person)
    if fresh:
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(person.pk)
        session.save()
    act_for_own_company(client, person)
    return client


def page(name, *args, company=False):
    pages = "company_webhooks" if company else "webhooks"
    return reverse(f"notifications:{pages}:{name}", args=args)


def entered(**changes):
    return {"url": URL, "description": "Warehouse", "types": ["order.shipped", "payment.cleared"]} | changes


@pytest.fixture
def mine(world, hook):
    return hook(world.buyer, URL)[0]


def test_a_person_adds_one_and_sees_its_secret_once(world):
    client = signed_in(world.buyer)
    assert "No webhooks yet" in client.get(page("list")).content.decode()
    answer = client.post(page("add"), entered(), follow=True)
    endpoint = Endpoint.objects.get()
    assert (endpoint.user, endpoint.url, endpoint.types) == (world.buyer, URL, ["order.shipped", "payment.cleared"])
    assert "Show the secret" in answer.content.decode()
    shown = client.post(page("secret", endpoint.public_id)).content.decode()
    secret = signing.unseal(Secret.objects.get().sealed, endpoint.pk)
    assert secret.startswith("whsec_") and secret in shown
    assert secret not in client.post(page("secret", endpoint.public_id), follow=True).content.decode()
    assert secret.encode() not in bytes(Secret.objects.get().sealed)
    log = client.get(page("endpoint", endpoint.public_id)).content.decode()
    assert secret not in log and "Make a new secret" in log
    kinds = list(Event.objects.about("person", world.buyer.pk).values_list("kind", flat=True))
    assert kinds == ["person.webhook_added", "person.webhook_secret_shown"]


@pytest.mark.parametrize("name", ["secret", "rotate"])
def test_a_secret_needs_a_fresh_sign_in(world, mine, name):
    actions.rotate(endpoint_id=mine.pk, by=world.buyer, now=NOW)
    answer = signed_in(world.buyer, fresh=False).post(page(name, mine.public_id))
    assert answer.status_code == 302 and "reauthenticate" in answer["Location"]
    assert mine.secrets.count() == 2 and mine.secrets.get(ends_at=None).shown_at is None


def test_after_the_password_the_secret_is_shown_without_another_click(world, mine):
    actions.rotate(endpoint_id=mine.pk, by=world.buyer, now=NOW)
    client = signed_in(world.buyer, fresh=False)
    asked = client.post(page("secret", mine.public_id))["Location"]
    shown = client.post(asked, {"password": "correct-horse-7"}, follow=True).content.decode()
    assert signing.unseal(mine.secrets.get(ends_at=None).sealed, mine.pk) in shown


@pytest.mark.parametrize(
    "changes",
    [
        {"url": ""},
        {"url": "http://example.com/"},
        {"url": "https://localhost/"},
        {"url": "https://10.0.0.1/"},
        {"url": "x" * 600},
        {"types": []},
        {"types": ["nothing.such"]},
        {"types": ["payout.sent"]},
        {"description": "x" * 200},
    ],
)
def test_wrong_input_gets_a_sentence_and_adds_nothing(world, changes):
    answer = signed_in(world.buyer).post(page("add"), entered(**changes))
    assert answer.status_code == 422 and "The webhook was not added" in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_a_company_hears_of_its_payouts_and_only_owners_set_that_up(world):
    assert signed_in(world.bookkeeper).get(page("list", company=True)).status_code == 403
    client = signed_in(world.seller)
    client.post(page("add", company=True), entered(types=["payout.sent"]))
    endpoint = Endpoint.objects.get()
    assert (endpoint.supplier, endpoint.user, endpoint.types) == (world.supplier, None, ["payout.sent"])
    where = page("endpoint", endpoint.public_id, company=True)
    assert client.get(where).status_code == 200
    assert client.get(page("endpoint", endpoint.public_id)).status_code == 404  # it is not the person's own
    assert signed_in(world.bookkeeper).get(where).status_code == 403
    assert signed_in(world.rival_seller).get(where).status_code == 404
    with pytest.raises(NotAllowed):
        actions.rotate(endpoint_id=endpoint.pk, by=world.bookkeeper, now=NOW)
    with pytest.raises(NotAllowed):
        actions.add(supplier_id=world.supplier.pk, url=URL, types=["payout.sent"], by=world.stranger, now=NOW)
    Member.objects.filter(user=world.seller).update(role=Member.Role.SALES)
    assert client.get(where).status_code == 403


def test_what_is_not_mine_is_not_found(world, mine):
    client = signed_in(world.stranger)
    row = actions.send_test(endpoint_id=mine.pk, by=world.buyer, now=NOW)
    names = ["endpoint", "edit", "secret", "rotate", "test", "on", "off", "replay_failed", "delete"]
    for address in [page(name, mine.public_id) for name in names]:
        assert client.post(address).status_code in (404, 405), address
    assert client.get(page("message", mine.public_id, row.public_id)).status_code == 404
    assert client.post(page("replay", mine.public_id, row.public_id)).status_code == 404
    other = page("message", mine.public_id, uuid.uuid4())
    assert signed_in(world.buyer).get(other).status_code == 404
    for call in (actions.turn_off, actions.send_test, actions.remove, actions.reveal):
        with pytest.raises(NotAllowed):
            call(endpoint_id=mine.pk, by=world.stranger, now=NOW)


def test_the_log_shows_body_attempts_and_answers_and_sends_again(world, mine):
    order = stories.requested(world)
    with time_machine.travel(NOW, tick=False):
        happened(order, times=30)
        tell()
        for _ in range(3):
            answered(Answer(status=500, problem="It answered 500.", text="<b>broken</b>"), NOW)
    client = signed_in(world.buyer)
    log = client.get(page("endpoint", mine.public_id))
    assert log.content.decode().count('<th scope="row" class="full">') == 25
    older = client.get(f"{page('endpoint', mine.public_id)}?state=waiting&at=junk").content.decode()
    assert "Older messages" in older and "state=waiting" in older
    row = mine.deliveries.filter(attempts__gt=0).first()
    shown = client.get(page("message", mine.public_id, row.public_id)).content.decode()
    assert "It answered 500." in shown and "&lt;b&gt;broken" in shown and row.type in shown
    assert row.message_id in shown
    client.post(page("off", mine.public_id))
    assert not mine.deliveries.waiting().exists()
    client.post(page("replay", mine.public_id, row.public_id))  # it is off
    assert not mine.deliveries.waiting().exists()
    client.post(page("on", mine.public_id))
    client.post(page("replay", mine.public_id, row.public_id))
    assert mine.deliveries.waiting().get() == row
    client.post(page("replay_failed", mine.public_id), {"since": "2026-09-01T00:00"})
    assert mine.deliveries.waiting().count() == mine.deliveries.count() > 30
    for nonsense in ("", "yesterday", "2026-99-99T00:00"):
        answer = client.post(page("replay_failed", mine.public_id), {"since": nonsense}, follow=True)
        assert "Enter a date and a time" in answer.content.decode()


def test_the_pages_ask_few_questions_however_long_the_log(world, mine, django_assert_max_num_queries):
    order = stories.requested(world)
    happened(order, times=60)
    tell()
    client = signed_in(world.buyer)
    client.get(page("list"))
    own = 6
    surroundings = 4  # session, person, companies, inbox
    for address in (page("list"), page("endpoint", mine.public_id), page("add")):
        with django_assert_max_num_queries(own + surroundings):
            client.get(address)


def test_deleting_asks_first_and_ends_everything(world, mine):
    client = signed_in(world.buyer)
    actions.send_test(endpoint_id=mine.pk, by=world.buyer, now=NOW)
    assert "can’t be undone" in client.get(page("delete", mine.public_id)).content.decode()
    assert Endpoint.objects.standing().exists()
    client.post(page("delete", mine.public_id))
    assert not Endpoint.objects.standing().exists() and not Secret.objects.exists()
    assert not Delivery.objects.waiting().exists() and answered(OK, NOW) == []
    assert client.get(page("endpoint", mine.public_id)).status_code == 404
    with pytest.raises(MovedOn):
        actions.turn_off(endpoint_id=mine.pk, by=world.buyer, now=NOW)


def test_an_owner_has_ten_at_most(world, hook):
    for n in range(CURRENT.webhooks_max):
        hook(world.buyer, f"https://a{n}.example.com/", types=["order.shipped"])
    with pytest.raises(Refused, match="10 webhooks already"):
        hook(world.buyer, URL)
    assert "as many as there can be" in signed_in(world.buyer).get(page("list")).content.decode()
    actions.remove(endpoint_id=Endpoint.objects.first().pk, by=world.buyer, now=NOW)
    hook(world.buyer, URL)
    hook(world.seller, URL, supplier=world.supplier)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_make_eleven(hook):
    world = stories.build_world()
    for n in range(CURRENT.webhooks_max - 1):
        hook(world.buyer, f"https://a{n}.example.com/", types=["order.shipped"])
    results = at_once(*[lambda: hook(world.buyer, URL, types=["order.shipped"])] * 2)
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Endpoint.objects.count() == CURRENT.webhooks_max


def test_a_rotation_ends_the_old_secret_in_a_day_or_at_once(world, mine):
    first = mine.secrets.get()
    actions.rotate(endpoint_id=mine.pk, by=world.buyer, now=NOW)
    first.refresh_from_db()
    assert first.ends_at == NOW + DAY and mine.secrets.signing(NOW).count() == 2
    with pytest.raises(MovedOn, match="Two secrets"):
        actions.rotate(endpoint_id=mine.pk, by=world.buyer, now=NOW)
    actions.rotate(endpoint_id=mine.pk, at_once=True, by=world.buyer, now=NOW)
    assert mine.secrets.signing(NOW).count() == 1
    actions.rotate(endpoint_id=mine.pk, by=world.buyer, now=NOW + DAY)


def test_a_sealed_secret_opens_for_its_own_endpoint_only(world, mine, hook):
    other, _ = hook(world.buyer, URL)
    with pytest.raises(signing.Unreadable):
        signing.unseal(mine.secrets.get().sealed, other.pk)


def test_changing_it_goes_for_what_waits_too(world, mine):
    actions.send_test(endpoint_id=mine.pk, by=world.buyer, now=NOW)
    client = signed_in(world.buyer)
    shown = client.get(page("edit", mine.public_id)).content.decode()
    assert URL in shown and shown.count(" checked>") == len(catalogue.for_side("buyer"))
    client.post(page("edit", mine.public_id), entered(url="https://b.example.com"))
    [call] = answered(OK, NOW)
    assert call.url == "https://b.example.com/"
    assert client.post(page("edit", mine.public_id), entered(url="https://10.0.0.1/")).status_code == 422
