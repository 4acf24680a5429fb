"""What risk staff, buyer and supplier see of a check, and where people are noted."""

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payments.fraud import sightings
from payments.models import Check, Payment, Sighting
from tests import stories
from tests.payments.conftest import DAY, NOW, pay
from tests.payments.fraud import check_of, decline, risk, suspicious
from trade_assurance.templatetags.ta import left

pytestmark = pytest.mark.django_db
QUEUE = "admin:payments_check_changelist"
PUBLIC = {"REMOTE_ADDR": "192.0.43.8"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def held(world, settings):
    suspicious(world, settings)
    return pay(stories.placed(world), world)


def page(client, check) -> str:
    response = client.get(reverse("admin:payments_check_change", args=[check.pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_the_queue_shows_what_is_to_review_and_its_clock(client, held):
    client.force_login(risk())
    html = client.get(reverse(QUEUE)).content.decode()
    assert held.order.reference in html and "40 of 40" in html and left(NOW + DAY, NOW) in html
    with time_machine.travel(NOW + DAY, tick=False):
        client.force_login(risk("late"))
        assert "Overdue" in client.get(reverse(QUEUE)).content.decode()
    decline(held, risk("other"))
    assert held.order.reference not in client.get(reverse(QUEUE)).content.decode()
    for asked in ("verdict=declined", "verdict=all", "verdict=fired", f"q={held.order.reference}", f"q={held.id}"):
        assert held.order.reference in client.get(f"{reverse(QUEUE)}?{asked}").content.decode(), asked
    by_rule = client.get(f"{reverse(QUEUE)}?verdict=all&rule=disposable_mail")
    assert held.order.reference in by_rule.content.decode()
    assert held.order.reference not in client.get(f"{reverse(QUEUE)}?verdict=all&rule=price_far").content.decode()


def test_the_score_is_explained_and_linked_accounts_are_shown(client, world, held):
    for user in (world.buyer, world.stranger):
        sightings.see(user_id=user.id, device="d", now=NOW)
    client.force_login(risk())
    html = page(client, check_of(held))
    assert "Disposable mail address" in html and "mailinator.com" in html
    assert "The threshold was 40, so it was held." in html
    assert "stranger@test.test" in html


@pytest.mark.parametrize(("act", "verdict"), [("approve", "approved"), ("decline", "declined")])
def test_risk_staff_review_with_a_reason(client, held, act, verdict):
    check, staff = check_of(held), risk()
    client.force_login(staff)
    address = reverse(f"admin:payments_check_{act}", args=[check.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": ""}).status_code == 422
    assert check_of(held).verdict == "held"
    answer = client.post(address, {"reason": "Looked into it."})
    assert answer.status_code == 302 and "reauthenticate" in answer["Location"]  # not fresh
    assert check_of(held).verdict == "held"
    client.post(answer["Location"], {"password": "correct-horse-7"})
    if check_of(held).verdict == "held":
        client.post(address, {"reason": "Looked into it."})
    check = check_of(held)
    assert (check.verdict, check.reviewed_by, check.reason) == (verdict, staff, "Looked into it.")
    assert address not in page(client, check)


def test_finance_reads_and_does_not_review_and_others_see_nothing(client, world, held):
    check = check_of(held)
    finance = stories.person("wanjiru@staff.test", is_staff=True)
    finance.groups.add(Group.objects.get(name="finance"))
    client.force_login(finance)
    page(client, check)
    assert client.get(reverse("admin:payments_check_approve", args=[check.pk])).status_code in (302, 403)
    client.post(reverse("admin:payments_check_approve", args=[check.pk]), {"reason": "x"})
    assert check_of(held).verdict == "held"
    adjudicator = stories.person("ines@staff.test", is_staff=True)
    adjudicator.groups.add(Group.objects.get(name="adjudicator"))
    client.force_login(adjudicator)
    assert client.get(reverse(QUEUE)).status_code == 403
    assert client.get(reverse("admin:payments_check_all_figures")).status_code == 403


def test_the_figures_page(client, held):
    decline(held, risk("other"))
    client.force_login(risk())
    html = client.get(reverse("admin:payments_check_all_figures")).content.decode()
    assert "1 payments checked, 1 held, 0 approved, 1 declined" in html
    assert "100 %" in html and "Price far from the usual" in html


def test_both_sides_read_that_it_is_checked_and_no_score(client, world, held):
    client.force_login(world.buyer)
    html = client.get(held.get_absolute_url()).content.decode()
    assert "The payment is being checked" in html and "at most 24 hours" in html
    assert "data-poll" not in html and "score" not in html.lower() and "mailinator.com, which" not in html
    state = client.get(reverse("payments:state", args=[held.public_id]), headers={"HX-Request": "true"})
    assert state["HX-Redirect"] == held.get_absolute_url()
    checkout = client.get(reverse("payments:checkout", args=[held.order.reference, 1])).content.decode()
    assert "A payment is being checked" in checkout
    for person in (world.buyer, world.seller):
        client.force_login(person)
        html = client.get(held.order.get_absolute_url()).content.decode()
        assert "The payment is being checked" in html and "within 24 hours" in html
    decline(held, risk())
    client.force_login(world.buyer)
    assert "Our staff did not accept this payment" in client.get(held.get_absolute_url()).content.decode()


def test_the_queue_asks_as_many_questions_for_many_as_for_few(client, world, settings):
    suspicious(world, settings)
    client.force_login(risk())
    counts = []
    for _ in range(2):
        for _ in range(2):
            pay(stories.placed(world, stories.simple_terms(900_00)), world)
        client.get(reverse(QUEUE))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(QUEUE)).status_code == 200
        counts.append(len(asked))
    assert Check.objects.held().count() == 4
    assert counts[0] == counts[1] <= 14


def test_a_form_that_is_sent_notes_device_and_address_once_a_day(client, world, settings):
    settings.FRAUD_SIGHTINGS = True
    client.force_login(world.buyer)
    client.get("/orders/", **PUBLIC)
    assert not Sighting.objects.exists() and sightings.COOKIE not in client.cookies
    for _ in range(3):
        client.post("/orders/", **PUBLIC)
    assert sorted(Sighting.objects.values_list("kind", flat=True)) == ["address", "device"]
    cookie = client.cookies[sightings.COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert not Sighting.objects.filter(mark__contains="192.0").exists()
    client.force_login(world.seller)
    client.post("/orders/", **PUBLIC)
    assert Sighting.objects.filter(kind="device").values("mark").distinct().count() == 1
    client.cookies[sightings.COOKIE] = "forged"
    client.post("/orders/", **PUBLIC)
    assert Sighting.objects.filter(kind="device").values("mark").distinct().count() == 2


def test_local_addresses_staff_and_demos_are_not_noted(client, world, settings):
    client.force_login(world.buyer)
    client.post("/orders/", **PUBLIC)
    assert not Sighting.objects.exists()
    settings.FRAUD_SIGHTINGS = True
    client.post("/orders/", REMOTE_ADDR="10.0.0.7")
    assert list(Sighting.objects.values_list("kind", flat=True)) == ["device"]
    client.force_login(risk())
    client.post("/orders/", **PUBLIC)
    assert Sighting.objects.count() == 1
    assert Payment.objects.count() == 0
