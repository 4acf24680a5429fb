"""Photos taken at receipt are evidence by themselves: on the case's pages, for the guide, counted once (rule 16)."""

import uuid

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from disputes import case_file, facts
from disputes.actions.evidencing import add_evidence
from orders import actions
from tests import cases, stories
from tests.disputes import staff
from tests.disputes.test_admin import page_of, sign_in
from tests.orders.test_pages import client_of, text_of, url
from tests.orders.test_receipt import a_photo
from tests.stories import DAY, NOW

pytestmark = pytest.mark.django_db
DOCK = NOW + 20 * DAY


def photographed(world):
    """Two photos at the dock, one of the line and one of none; then received and claimed."""
    order = stories.shipped(world)
    line = order.lines.get()
    took = [
        actions.add_photo(order_id=order.id, line_id=of, upload=a_photo(name, colour=colour), by=world.buyer, now=DOCK)
        for name, of, colour in (("scratch.jpg", line.id, "#a8430a"), ("truck.jpg", None, "#005500"))
    ]
    actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=DOCK)
    return cases.fresh(cases.file(stories.fresh(order), world, [cases.quality(line)])), took


def test_they_are_the_buyers_evidence_beside_its_thirty_files_and_shown_once(world):
    bare = cases.claimed(world)
    assert not facts.records_of(bare, cases.FILED).buyer_evidence
    dispute, took = photographed(world)
    assert facts.records_of(dispute, cases.FILED).buyer_evidence
    assert case_file.taken_at_receipt(dispute) == took
    assert case_file.files_left(dispute, "buyer") == dispute.order.rulebook.files_max
    again = took[0].file
    again.open("rb")
    upload = SimpleUploadedFile("scratch.jpg", again.read())
    add_evidence(dispute_id=dispute.id, key=uuid.uuid4(), upload=upload, note="", by=world.buyer, now=cases.FILED)
    assert case_file.taken_at_receipt(cases.fresh(dispute)) == took[1:]


def test_both_sides_and_staff_see_them_with_hash_and_time(world, client):
    dispute, (scratch, truck) = photographed(world)
    order = dispute.order
    with time_machine.travel(cases.FILED + DAY, tick=False):
        for person in (world.buyer, world.seller):
            page = client_of(person).get(dispute.get_absolute_url())
            for photo in (scratch, truck):
                assert photo.sha256 in page.content.decode()
                assert url("receipt_photo_original", order, photo.id) in page.content.decode()
            assert "Line 1, Pendant lamp. Kept" in text_of(page)
        sign_in(client, staff.adjudicator("ada"))
        desk = client.get(page_of(dispute)).content.decode()
        column = desk[desk.index('id="facts-h"') : desk.index('id="evidence-h"')]
        assert scratch.sha256 in column and truck.sha256 not in column and "Photo of the buyer at receipt" in column
        assert truck.sha256 in desk[desk.index('id="evidence-h"') :]
        assert url("packing_list", order, 1) in column
        for name, args in (("receipt_photo", [scratch.id]), ("receipt_photo_original", [truck.id])):
            assert client.get(url(name, order, *args)).status_code == 200
        assert client.get(url("packing_list", order, 1)).status_code == 200
