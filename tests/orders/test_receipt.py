"""Receipt at the dock: counted line by line with photos and an inspection; what was typed stays, and it counts once."""

import io
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image

from events.models import Event
from orders import actions, counting
from orders.actions import Counted
from orders.models import Order, Receipt, ReceiptLine, ReceiptPhoto
from orders.terms import LineTerms
from orders.terms.typed import Inspection
from tests import stories
from tests.orders.test_pages import client_of, text_of, url
from tests.stories import DAY, NOW, snapshot
from tests.suppliers.test_products import a_photo
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT, RULEBOOKS

DOCK = NOW + 20 * DAY


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def six_hundred():
    line = LineTerms(product="Pendant lamp", quantity=600, unit="pieces", unit_price_minor=100_00)
    plan = (replace(stories.terms().plan[0], amount_minor=600 * 100_00),)
    return stories.terms(lines=(line,), plan=plan)


def post(client, order, **values):
    return client.post(url("receipt", order), {"whole": "1"} | values)


def add(order, world, upload=None, *, now=DOCK, by=None, line_id=None):
    line_id = line_id or order.lines.get().id
    return actions.add_photo(
        order_id=order.id, line_id=line_id, upload=upload or a_photo(), by=by or world.buyer, now=now
    )


# inspection counts ------------------------------------------------------------------------------------------------


def test_the_plan_is_said_before_and_the_verdict_after(world):
    order = stories.shipped(world, six_hundred())
    line = order.lines.get()
    buyer = client_of(world.buyer)
    with time_machine.travel(DOCK, tick=False):
        page = text_of(buyer.get(url("receipt", order)))
        assert "For 600 pieces look at 80" in page
        assert "up to 5 with a major defect (AQL 2.5)" in page and "up to 7 with a minor one (AQL 4.0)" in page
        counts = {f"inspected_{line.id}": "80", f"major_{line.id}": "6", f"rejected_{line.id}": "6"}
        checked = text_of(post(buyer, order, check="1", **counts))
        assert "Rejected by its AQL" in checked and "6 major defects; AQL 2.5 accepts up to 5 in 80 units." in checked
        assert "Accepted by its AQL" in text_of(post(buyer, order, check="1", **counts | {f"major_{line.id}": "5"}))
        assert "Too few looked at" in text_of(post(buyer, order, check="1", **{f"inspected_{line.id}": "20"}))
        assert not Receipt.objects.exists()
        assert post(buyer, order, confirm="1", **counts).status_code == 302
        row = ReceiptLine.objects.get()
        assert (row.inspected_quantity, row.critical_quantity, row.major_quantity, row.minor_quantity) == (80, 0, 6, 0)
        for person in (world.buyer, world.seller):
            shown = text_of(client_of(person).get(order.get_absolute_url()))
            assert "Rejected by its AQL" in shown and "Of 80 looked at" in shown


def test_the_aqls_are_those_of_the_contract(world):
    inspection = Inspection("buyer", "at_receipt", aql_major="1.0", aql_minor="2.5")
    order = stories.shipped(world, replace(six_hundred(), inspection=inspection))
    with time_machine.travel(DOCK, tick=False):
        page = text_of(client_of(world.buyer).get(url("receipt", order)))
    assert "up to 2 with a major defect (AQL 1.0)" in page and "agrees an inspection at receipt" in page
    assert counting.aqls(None, CURRENT) == ("2.5", "4.0")


@pytest.mark.parametrize(
    ("count", "field"),
    [
        ({"inspected": 101}, "inspected"),
        ({"short": 30, "inspected": 71}, "inspected"),
        ({"inspected": 0}, "inspected"),
        ({"major": 1}, "inspected"),
        ({"inspected": 10, "critical": 4, "major": 4, "minor": 3}, "inspected"),
        ({"inspected": 10, "minor": -1}, "inspected"),
        ({"critical": -1, "major": 1}, "inspected"),
        ({"short": 101}, "line"),
        ({"note": "x" * 1001}, "note"),
    ],
)
def test_counts_that_cannot_be_are_refused(world, count, field):
    order = stories.shipped(world)
    line, before = order.lines.get(), snapshot(order)
    with pytest.raises(Refused) as refused:
        actions.confirm_receipt(order_id=order.id, counts=[Counted(line.id, **count)], by=world.buyer, now=DOCK)
    assert refused.value.field == f"{field}_{line.id}"
    assert snapshot(order) == before


def test_the_page_refuses_the_same_and_keeps_what_was_typed(world):
    order = stories.shipped(world)
    line, buyer = order.lines.get(), client_of(world.buyer)
    with time_machine.travel(DOCK, tick=False):
        half = {f"line_{line.id}": "3", f"note_{line.id}": "Two cartons wet", f"major_{line.id}": "2"}
        answer = post(buyer, order, confirm="1", **half)
        assert answer.status_code == 422 and "say how many pieces you looked at" in text_of(answer)
        assert 'value="Two cartons wet"' in answer.content.decode() and 'value="3"' in answer.content.decode()
        words = post(buyer, order, confirm="1", **half | {f"inspected_{line.id}": "some"})
        assert words.status_code == 422 and 'value="some"' in words.content.decode()
        cut = buyer.post(url("receipt", order), {"confirm": "1", f"line_{line.id}": "3"})
        assert cut.status_code == 422 and "did not arrive whole" in text_of(cut) and 'value="3"' in cut.content.decode()
    assert not Receipt.objects.exists()


# photos -----------------------------------------------------------------------------------------------------------


def test_photos_are_kept_before_receipt_and_shown_to_both_after(world):
    order = stories.shipped(world)
    line, buyer, seller = order.lines.get(), client_of(world.buyer), client_of(world.seller)
    with time_machine.travel(DOCK, tick=False):
        many = [a_photo("one.jpg"), a_photo("two.png", format="PNG", colour="#005500")]
        answer = post(buyer, order, photos="1", **{f"photos_{line.id}": many, f"line_{line.id}": "4"})
        assert answer.status_code == 200 and 'value="4"' in answer.content.decode()
        one, two = ReceiptPhoto.objects.order_by("id")
        assert (one.name, two.name, one.line_id) == ("one.jpg", "two.png", line.id)
        assert not Receipt.objects.exists()
        for page in ("receipt_photo", "receipt_photo_original"):
            assert buyer.get(url(page, order, one.id)).status_code == 200
            assert seller.get(url(page, order, one.id)).status_code == 404
        gone = post(buyer, order, remove=str(two.id), **{f"line_{line.id}": "4"})
        assert gone.status_code == 200 and 'value="4"' in gone.content.decode()
        assert buyer.get(url("receipt_photo", order, two.id)).status_code == 404
        assert post(buyer, order, confirm="1", **{f"photos_{line.id}": [a_photo("three.jpg", colour="#112233")]}).url
        for person in (world.buyer, world.seller):
            page = client_of(person).get(order.get_absolute_url()).content.decode()
            assert "one.jpg" in page and "three.jpg" in page and "two.png" not in page
        assert seller.get(url("receipt_photo", order, one.id)).status_code == 200
        assert client_of(world.stranger).get(url("receipt_photo", order, one.id)).status_code == 404
    with pytest.raises(MovedOn):
        actions.remove_photo(order_id=order.id, photo_id=one.id, by=world.buyer, now=DOCK + DAY)
    with pytest.raises(MovedOn):
        add(order, world, a_photo(colour="#ffffff"), now=DOCK + DAY)
    kinds = list(Event.objects.about("order", order.id).values_list("kind", flat=True))
    assert kinds.count("receipt_photo.added") == 3 and kinds.count("receipt_photo.removed") == 1


def test_a_photo_that_is_refused_confirms_nothing_and_loses_nothing(world, settings, monkeypatch):
    order = stories.shipped(world)
    line, buyer = order.lines.get(), client_of(world.buyer)
    monkeypatch.setitem(RULEBOOKS, 1, replace(CURRENT, file_max_bytes=200_000))
    huge = SimpleUploadedFile("huge.jpg", a_photo().read() + b"\0" * 200_001)
    with time_machine.travel(DOCK, tick=False):
        files = [
            a_photo("good.jpg"),
            huge,
            SimpleUploadedFile("page.jpg", b"<html>"),
            SimpleUploadedFile("a.txt", b"a"),
        ]
        typed = {f"photos_{line.id}": files, f"line_{line.id}": "7", f"note_{line.id}": "wet"}
        answer = post(buyer, order, confirm="1", **typed)
        words = text_of(answer)
        assert answer.status_code == 422 and 'value="7"' in answer.content.decode()
        assert (
            "huge.jpg is larger" in words and "page.jpg is not what its name says" in words and "a.txt is not" in words
        )
    assert not Receipt.objects.exists()
    assert [each.name for each in ReceiptPhoto.objects.all()] == ["good.jpg"]
    assert len([each for each in settings.MEDIA_ROOT.rglob("*") if each.is_file()]) == 2  # the photo and its preview


def test_the_same_photo_counts_once_and_there_are_only_so_many(world, monkeypatch):
    order = stories.shipped(world)
    monkeypatch.setitem(RULEBOOKS, 1, replace(CURRENT, receipt_photos_max=2))
    first = add(order, world)
    assert add(order, world).id == first.id
    add(order, world, a_photo(colour="#000001"))
    with pytest.raises(Refused, match="at most 2 photos"):
        add(order, world, a_photo(colour="#000002"))
    actions.remove_photo(order_id=order.id, photo_id=first.id, by=world.buyer, now=DOCK)
    actions.remove_photo(order_id=order.id, photo_id=first.id, by=world.buyer, now=DOCK)
    assert add(order, world, a_photo(colour="#000002")).id
    assert ReceiptPhoto.objects.filter(removed_at=None).count() == 2


def test_previews_hold_no_metadata_and_originals_are_as_they_came(world):
    order = stories.shipped(world)
    exif = Image.Exif()
    exif[0x010F] = "Secret Phone"
    upload = a_photo("dock.jpg", exif=exif)
    sent = upload.read()
    assert b"Secret Phone" in sent
    upload.seek(0)
    photo = add(order, world, upload)
    assert b"Secret Phone" not in photo.preview.read() and photo.file.read() == sent
    assert Image.open(io.BytesIO(photo.preview.open().read())).size == (1000, 700)
    with time_machine.travel(DOCK, tick=False):
        shown = client_of(world.buyer).get(url("receipt_photo", order, photo.id))
        assert shown["Content-Security-Policy"].startswith("sandbox") and shown["Content-Type"] == "image/jpeg"


def test_photos_are_the_buyers_of_that_order(world):
    order, other = stories.shipped(world), stories.shipped(world)
    with pytest.raises(NotAllowed):
        add(order, world, by=world.seller)
    with pytest.raises(NotAllowed):
        add(order, world, by=world.stranger)
    with pytest.raises(Refused, match="not of this contract"):
        add(order, world, line_id=other.lines.get().id)
    photo = add(order, world)
    with pytest.raises(Refused, match="not of this order"):
        actions.remove_photo(order_id=other.id, photo_id=photo.id, by=world.buyer, now=DOCK)
    with time_machine.travel(DOCK, tick=False):
        assert client_of(world.buyer).get(url("receipt_photo", other, photo.id)).status_code == 404


# once -------------------------------------------------------------------------------------------------------------


def test_a_double_click_and_the_back_button_count_once(world):
    order = stories.shipped(world)
    line, buyer = order.lines.get(), client_of(world.buyer)
    with time_machine.travel(DOCK, tick=False):
        assert post(buyer, order, confirm="1", **{f"line_{line.id}": "3"}).status_code == 302
        again = post(buyer, order, confirm="1", **{f"line_{line.id}": "50"})
        assert again.url == f"{order.get_absolute_url()}#receipt"
        assert "confirmed already" in text_of(buyer.get(again.url))
    assert ReceiptLine.objects.get().short_quantity == 3


@pytest.mark.django_db(transaction=True)
def test_two_at_the_dock_make_one_receipt():
    world = stories.build_world()
    order = stories.shipped(world)
    line, start, heard = order.lines.get(), threading.Barrier(2), []

    def confirm(short):
        try:
            start.wait()
            counts = [Counted(line.id, short=short)]
            actions.confirm_receipt(order_id=order.id, counts=counts, by=world.buyer, now=DOCK)
            heard.append("done")
        except MovedOn:
            heard.append("moved on")
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(short,)) for short in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == ["done", "moved on"]
    assert ReceiptLine.objects.count() == 1
    assert Order.objects.get(pk=order.pk).status == "received"


def test_the_number_of_queries_does_not_grow_with_lines(world, django_assert_max_num_queries):
    lines = tuple(LineTerms(f"Lamp {n}", 100, "pieces", 10_00) for n in range(40))
    plan = (replace(stories.terms().plan[0], amount_minor=40_000_00),)
    order = stories.shipped(world, stories.terms(lines=lines, plan=plan))
    buyer = client_of(world.buyer)
    with time_machine.travel(DOCK + timedelta(hours=1), tick=False), django_assert_max_num_queries(14):
        assert buyer.get(url("receipt", order)).status_code == 200
