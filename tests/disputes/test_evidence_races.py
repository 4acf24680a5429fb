"""Two uploads at once on real connections: numbers never meet, a limit holds, the same file counts once."""

import threading
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError

from disputes import actions
from disputes.actions.evidencing import add_evidence
from disputes.models import Dispute, Evidence
from disputes.models.dispute import DisputeQuerySet
from events.models import Event
from tests import cases, stories
from tests.orders.test_races import at_once
from trade_assurance.refused import MovedOn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return stories.build_world()


def adding(dispute, by, content, now=None):
    return lambda: add_evidence(
        dispute_id=dispute.id,
        key=uuid.uuid4(),
        upload=SimpleUploadedFile("note.txt", content),
        note="",
        by=by,
        now=now or dispute.filed_at + stories.DAY,
    )


def stored(settings) -> int:
    return sum(path.is_file() for path in settings.MEDIA_ROOT.rglob("*"))


def test_both_sides_at_once_get_their_own_numbers(world, settings):
    dispute = cases.claimed(world)
    results = at_once(*[adding(dispute, by, b"the same words") for by in (world.buyer, world.seller)])
    assert sorted(each.number for each in results) == [1, 2]
    numbers = list(Event.objects.about("order", dispute.order_id).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_one_file_sent_twice_at_once_is_kept_once(world, settings):
    dispute = cases.claimed(world)
    results = at_once(*[adding(dispute, world.buyer, b"the same words")] * 4)
    assert {each.number for each in results} == {1}
    assert Evidence.objects.count() == stored(settings) == 1


def race_for_the_last_place(world) -> list:
    dispute = cases.claimed(world)
    for number in range(29):
        adding(dispute, world.buyer, f"note {number}".encode())()
    return at_once(*[adding(dispute, world.buyer, content) for content in (b"one", b"other")])


def test_the_last_place_goes_to_one(world, settings):
    results = race_for_the_last_place(world)
    assert [type(each) for each in sorted(results, key=lambda each: isinstance(each, MovedOn))] == [Evidence, MovedOn]
    assert Evidence.objects.count() == stored(settings) == 30


def test_without_the_lock_two_files_want_one_number(world, settings, monkeypatch):
    dispute = cases.claimed(world)
    both_have_read = threading.Barrier(2)

    def unlocked(self, pk):
        return self.select_related("order__buyer", "order__supplier").get(pk=pk)

    def wait(*args):  # after the number was read, before the row is written
        both_have_read.wait(10)
        return False

    monkeypatch.setattr(DisputeQuerySet, "locked", unlocked)
    monkeypatch.setattr("disputes.actions.evidencing.is_rebuttal", wait)
    results = at_once(*[adding(dispute, world.buyer, content) for content in (b"one", b"other")])
    assert sum(isinstance(each, IntegrityError) for each in results) == 1, results
    assert Evidence.objects.count() == stored(settings) == 1, "what the database's last line stops is not stored"


def test_the_last_second_and_the_sweep(world):
    """Evidence of the last second and the end of the evidence: both happen, in one order or the other."""
    dispute = cases.escalated(world)
    ends = dispute.evidence_ends_at
    added, closed = at_once(
        adding(dispute, world.buyer, b"in the last second", now=ends - stories.SECOND),
        lambda: actions.close_evidence(dispute_id=dispute.id, now=ends),
    )
    assert isinstance(added, Evidence) and isinstance(closed, Dispute)
    assert not added.is_rebuttal
