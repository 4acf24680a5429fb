"""Mails of what happened: one for what belongs together, each once, as each person has chosen."""

import threading
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client

from accounts import actions as account_actions
from accounts import mails
from accounts.models import Letter, User
from notifications import fanout, inbox, mailing
from notifications.models import Mailing, Notice
from orders import actions as order_actions
from tests import cases, stories
from tests.stories import DAY, NOW
from trade_assurance.sweeping import sweep

MINUTE = timedelta(minutes=1)
O = Mailing.Outcome  # noqa: E741


@pytest.fixture
def clock(monkeypatch):
    """The hour at which the stream is read."""
    hour = SimpleNamespace(now=NOW)
    monkeypatch.setattr(inbox, "timezone", SimpleNamespace(now=lambda: hour.now))
    return hour


def hear(clock, now) -> None:
    clock.now = now
    while fanout.tell():
        pass


def write(now) -> int:
    return sweep(mailing.due(now, 100), mailing.write, now=now)


def chosen(user, *, off=(), when="") -> None:
    account_actions.choose_mails(user_id=user.pk, on=(), off=off, when=when, by=user, now=NOW)


def letters(user) -> list[Letter]:
    return list(Letter.objects.filter(user=user).order_by("id"))


def message(order, by, now=NOW) -> None:
    order_actions.write_message(order_id=order.id, key=uuid.uuid4(), body="Hello", by=by, now=now)


pytestmark = pytest.mark.django_db


def test_what_happens_to_one_order_within_a_minute_is_one_mail(world, clock):
    order = stories.paid(world)
    hear(clock, NOW)
    assert write(NOW + MINUTE - timedelta(seconds=1)) == 0
    assert write(NOW + MINUTE) == 3  # the buyer, the seller and the bookkeeper, each once

    [letter] = letters(world.buyer)
    assert letter.kind == "orders.contract"
    assert order.reference in letter.subject
    assert "and" in letter.subject and "more" in letter.subject
    assert not Mailing.objects.filter(done_at=None).exists()
    assert write(NOW + 10 * MINUTE) == 0


def test_it_says_what_happened_what_to_do_by_when_and_what_if_not_in_one_s_own_zone(world, clock):
    order = stories.placed(world)
    Notice.objects.all().delete()
    message(order, world.seller)
    hear(clock, NOW)
    Mailing.objects.exclude(kind="orders.message").delete()
    write(NOW + MINUTE)

    [letter] = letters(world.buyer)
    assert letter.subject == f"Lumenworks wrote to you ({order.reference})"
    parts = [part.strip() for part in letter.text.split("\n\n")]
    assert parts[1] == "What happened\nLumenworks wrote to you. The message is on the order’s page."
    assert any(part.startswith("What you must do\nPay") for part in parts)
    assert any(part.startswith("By when\n") and "Auckland time (" in part for part in parts)
    assert any(part.startswith("If nobody acts\n") for part in parts)
    assert f"Open the order: http://testserver{order.get_absolute_url()}" in parts
    assert letter.text.count("http") == 2  # the page, and the link that stops such mails
    assert "What you must do" in letter.html and "List-Unsubscribe" in letter.headers


def test_a_case_is_told_in_the_words_of_its_own_page(world, clock):
    case = cases.claimed(world)
    hear(clock, cases.FILED)
    write(cases.FILED + MINUTE)
    claim = next(each for each in letters(world.seller) if each.kind == "claims.claim")
    assert "What you must do\nAnswer the claim" in claim.text
    assert f"Open the case: http://testserver{case.get_absolute_url()}" in claim.text
    assert "List-Unsubscribe" not in claim.headers
    assert letters(world.bookkeeper) == [] or all(each.kind != "claims.claim" for each in letters(world.bookkeeper))


def test_who_does_not_want_a_kind_is_not_mailed_it_but_still_finds_it_in_the_inbox(world, clock):
    order = stories.placed(world)
    chosen(world.buyer, off=["orders.message"])
    message(order, world.seller)
    hear(clock, NOW)
    assert Notice.objects.filter(user=world.buyer, kind="message.sent").exists()
    assert not Mailing.objects.filter(user=world.buyer, kind="orders.message").exists()


def test_who_wants_none_gets_only_what_is_vital(world, clock):
    chosen(world.buyer, when="none")
    stories.refunded(world)
    hear(clock, NOW)
    kinds = set(Mailing.objects.filter(user=world.buyer).values_list("kind", flat=True))
    assert kinds == {"orders.ends"}


def test_a_daily_mail_comes_at_8_in_one_s_own_zone_with_all_that_was_not_read(world, clock):
    chosen(world.buyer, when="daily")
    order = stories.placed(world)
    message(order, world.seller)
    hear(clock, NOW)
    due = datetime(2026, 9, 1, 20, 0, tzinfo=UTC)  # 8:00 on the next day in Auckland
    assert set(Mailing.objects.filter(user=world.buyer).values_list("due_at", flat=True)) == {due}
    seen = Notice.objects.get(user=world.buyer, kind="contract.sent")
    inbox.read(notice_id=seen.pk, by=world.buyer, now=NOW)

    write(due - timedelta(seconds=1))
    assert letters(world.buyer) == []
    write(due)

    [letter] = letters(world.buyer)
    assert letter.kind == mails.DAILY
    assert "Lumenworks wrote to you" in letter.text and "version 1 sent" not in letter.text
    assert "Now: Payment due" in letter.text
    assert "/inbox/" in letter.text
    assert set(Mailing.objects.filter(user=world.buyer).values_list("outcome", flat=True)) == {O.MAILED, O.READ}


def test_the_daily_mail_s_link_ends_all_that_may_wait(world):
    chosen(world.buyer, when="daily")
    link = mails.stop_link(world.buyer.pk, mails.DAILY).removeprefix("http://testserver")
    client = Client()
    assert "Stop these mails?" in client.get(link).content.decode()
    assert "no more such mails" in client.post(link).content.decode()
    assert User.objects.get(pk=world.buyer.pk).mail_when == "none"


def test_the_settings_say_when_and_which(world):
    client = Client()
    client.force_login(world.buyer)
    page = client.get("/settings/mails/").content.decode()
    assert "Once a day, at 8:00" in page and "The daily mail" not in page
    client.post("/settings/mails/", {"when": "daily", "shown": ["orders.message"], "on": []})
    world.buyer.refresh_from_db()
    assert world.buyer.mail_when == "daily"
    assert world.buyer.mails_off.filter(kind="orders.message").exists()
    client.post("/settings/mails/", {"when": "hourly"})
    world.buyer.refresh_from_db()
    assert world.buyer.mail_when == "daily"


def test_what_is_older_than_three_days_is_not_mailed(world, clock):
    order = stories.placed(world)
    hear(clock, NOW + 3 * DAY)
    assert not Mailing.objects.exists()

    message(order, world.seller, NOW)
    hear(clock, NOW)
    assert write(NOW + 3 * DAY) == 1
    assert set(Mailing.objects.values_list("outcome", flat=True)) == {O.OLD}
    assert not Letter.objects.exists()


def test_who_has_left_the_company_is_not_mailed(world, clock):
    order = stories.placed(world)
    Notice.objects.all().delete()
    message(order, world.buyer)
    hear(clock, NOW)
    world.supplier.members.filter(user=world.seller).delete()
    write(NOW + MINUTE)
    assert letters(world.seller) == []
    assert O.LEFT in set(Mailing.objects.filter(user=world.seller).values_list("outcome", flat=True))


def test_what_another_part_mails_is_not_mailed_twice(world, clock):
    order = stories.paid(world)
    Letter.objects.all().delete()
    order_actions.note_late(order_id=order.id, now=order.ship_by_at)
    hear(clock, order.ship_by_at)
    write(order.ship_by_at + MINUTE)
    assert sorted(Letter.objects.values_list("kind", flat=True)) == ["orders.late", "orders.late"]
    assert Notice.objects.filter(kind="order.late").count() == 2


def test_a_worker_that_dies_while_it_writes_loses_nothing(world, clock, monkeypatch):
    stories.placed(world)
    hear(clock, NOW)
    waits = Mailing.objects.filter(done_at=None).count()

    def die(*args, **kwargs):
        raise RuntimeError("the machine went away")

    with monkeypatch.context() as dying:
        dying.setattr(Mailing.objects.__class__, "bulk_update", die)
        assert write(NOW + MINUTE) == 0
    assert not Letter.objects.exists()
    assert Mailing.objects.filter(done_at=None).count() == waits

    write(NOW + MINUTE)
    assert Letter.objects.filter(user=world.buyer).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_one_mail(clock):
    world = stories.build_world()
    stories.placed(world)
    hear(clock, NOW)
    Letter.objects.all().delete()
    together = threading.Barrier(2)

    def work():
        due = mailing.due(NOW + MINUTE, 100)
        together.wait()
        sweep(due, mailing.write, now=NOW + MINUTE)
        connection.close()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mails, "deliver", lambda ids, now: 0)  # they stay where they can be counted
        workers = [threading.Thread(target=work) for _ in range(2)]
        [worker.start() for worker in workers]
        [worker.join() for worker in workers]

    assert Letter.objects.filter(user=world.buyer).count() == 1
    assert Letter.objects.filter(user=world.seller).count() == 1
