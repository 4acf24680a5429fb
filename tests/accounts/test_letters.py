"""Mails that are still to leave: each leaves once, after what it tells of, and a bad day of a server loses none."""

import smtplib
import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction

from accounts import mails
from accounts.models import Letter
from tests import stories
from tests.stories import NOW

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
PLAIN = mails.Kind("tests.plain", "orders", "A mail of the tests", "orders/email/late", "It is for tests.")


@pytest.fixture(autouse=True)
def kind():
    mails.register(PLAIN)
    yield
    del mails._kinds[PLAIN.code]


def post(order, *addresses, now=NOW) -> None:
    context = {"order": order, "link": "https://a.test/x", "prove_by": NOW, "is_buyer": True, "zone": "UTC"}
    mails.post(PLAIN.code, addresses or ["buyer@test.test"], context, now=now)


def run(now) -> int:
    return mails.deliver(list(Letter.objects.due(now).order_by("id").values_list("pk", flat=True)), now=now)


@pytest.fixture
def failing(monkeypatch):
    """A mail server that answers with what the test puts here."""
    answers = []
    send = EmailBackend.send_messages

    def send_messages(self, messages):
        if answers:
            raise answers[0]
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return answers


@pytest.mark.django_db
def test_a_mail_leaves_when_its_change_is_committed(world, mailoutbox, django_capture_on_commit_callbacks):
    order = stories.paid(world)
    with django_capture_on_commit_callbacks(execute=True):
        post(order, now=None)
        assert mailoutbox == [] and Letter.objects.count() == 1
    assert [mail.to for mail in mailoutbox] == [["buyer@test.test"]]
    assert not Letter.objects.exists()


@pytest.mark.django_db
def test_what_was_rolled_back_is_not_written(world, mailoutbox):
    order = stories.paid(world)
    with pytest.raises(RuntimeError), transaction.atomic():
        post(order)
        raise RuntimeError
    assert run(NOW + DAY) == 0 and mailoutbox == []


@pytest.mark.django_db
def test_a_server_that_is_away_for_a_day_loses_nothing_and_is_asked_ever_later(world, mailoutbox, failing):
    order = stories.paid(world)
    post(order)
    failing.append(ConnectionRefusedError("away"))
    tries = []
    while (due := Letter.objects.get().due_at) < NOW + DAY:
        assert run(due - timedelta(seconds=1)) == 0
        run(due)
        tries.append(due)
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits[:6] == [n * MINUTE for n in (1, 5, 15, 60, 120, 240)] and set(waits[6:]) == {240 * MINUTE}

    failing.clear()
    assert run(NOW + DAY + 4 * 60 * MINUTE) == 1
    assert len(mailoutbox) == 1
    assert not Letter.objects.exists()


@pytest.mark.django_db
def test_after_three_days_it_is_given_up_and_its_words_are_forgotten(world, failing):
    post(stories.paid(world))
    failing.append(smtplib.SMTPServerDisconnected("away"))
    run(NOW + 3 * DAY)
    letter = Letter.objects.get()
    assert letter.failed_at == NOW + 3 * DAY
    assert (letter.text, letter.html, letter.why) == ("", "", "away")
    assert run(NOW + 9 * DAY) == 0


@pytest.mark.django_db
def test_an_address_that_bounces_is_not_asked_again_and_holds_up_no_other(world, mailoutbox, monkeypatch):
    order = stories.paid(world)
    post(order, "gone@test.test", "buyer@test.test")
    send = EmailBackend.send_messages

    def send_messages(self, messages):
        if messages[0].to == ["gone@test.test"]:
            raise smtplib.SMTPRecipientsRefused({"gone@test.test": (550, b"no such user")})
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    assert run(NOW) == 1
    assert [mail.to for mail in mailoutbox] == [["buyer@test.test"]]
    assert Letter.objects.get().failed_at == NOW


@pytest.mark.django_db
def test_an_address_that_is_full_for_now_is_asked_again(world, mailoutbox, failing):
    post(stories.paid(world))
    failing.append(smtplib.SMTPRecipientsRefused({"buyer@test.test": (452, b"full")}))
    run(NOW)
    failing.clear()
    assert run(NOW + 30 * timedelta(seconds=1)) == 0
    assert run(NOW + MINUTE) == 1


@pytest.mark.django_db
def test_a_crash_before_the_server_took_it_loses_nothing_and_one_after_repeats_the_same_mail(
    world, mailoutbox, monkeypatch
):
    post(stories.paid(world))
    send, taken = EmailBackend.send_messages, []

    def crash(self, messages):
        taken.append(messages[0].message()["Message-ID"])
        raise KeyboardInterrupt

    monkeypatch.setattr(EmailBackend, "send_messages", crash)
    with pytest.raises(KeyboardInterrupt):
        run(NOW)
    monkeypatch.setattr(EmailBackend, "send_messages", send)

    assert run(NOW + 4 * MINUTE) == 0, "another worker may still be at it"
    assert run(NOW + mails.LEASE) == 1
    assert [mail.message()["Message-ID"] for mail in mailoutbox] == taken


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_once(mailoutbox):
    Letter.objects.bulk_create(
        Letter(kind="x", to=f"n{n}@test.test", subject="s", text="t", html="<p>t", made_at=NOW, due_at=NOW)
        for n in range(12)
    )
    together = threading.Barrier(2)

    def work():
        together.wait()
        run(NOW)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]

    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(f"n{n}@test.test" for n in range(12))
    assert not Letter.objects.exists()
