"""Each event is told exactly once: after a crash, by two workers at once, and whatever one consumer thinks of it."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from events.actions import Entry, record, record_firsts
from events.models import Event, Untold
from notifications import fanout

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def heard(monkeypatch):
    told = []
    monkeypatch.setattr(fanout, "_consumers", [lambda events: told.extend(event.pk for event in events)])
    return told


def happen(times=1, subject=7):
    with transaction.atomic():
        return [record("order", subject, "x", now=NOW).pk for _ in range(times)]


@pytest.mark.django_db
def test_every_way_to_record_puts_an_event_into_the_outbox():
    ids = happen(2)
    record_firsts([Entry("order", 8, "x", NOW), Entry("order", 9, "x", NOW)])

    assert (
        set(Untold.objects.values_list("pk", flat=True)) == set(Event.objects.values_list("pk", flat=True)) > set(ids)
    )


@pytest.mark.django_db
def test_an_event_is_told_once_and_in_order(heard):
    ids = happen(5)

    assert [fanout.tell(3), fanout.tell(3), fanout.tell(3)] == [3, 2, 0]
    assert heard == ids


@pytest.mark.django_db
def test_what_a_consumer_wrote_is_undone_when_the_next_one_fails_and_told_again(monkeypatch):
    ids = happen(3)
    wrote = []

    def bad(events):
        if any(event.pk == ids[1] for event in events):
            raise RuntimeError("cannot bear it")

    def good(events):
        wrote.append([event.pk for event in events])

    monkeypatch.setattr(fanout, "_consumers", [bad, good])

    assert fanout.tell() == 2
    assert wrote == [[ids[0]], [ids[2]]]
    assert list(Untold.objects.values_list("pk", flat=True)) == [ids[1]]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_each_event_once(monkeypatch):
    ids = happen(40)
    told, together = [], threading.Barrier(2)
    monkeypatch.setattr(fanout, "_consumers", [lambda events: told.extend(event.pk for event in events)])

    def work():
        together.wait()
        while fanout.tell(3):
            pass
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]

    assert sorted(told) == ids
    assert not Untold.objects.exists()
