"""Papers by the API: case file, certificate, packing list, payment instruction; each for the parties alone."""

import io
import zipfile

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from orders import actions
from tests import stories
from tests.api.calling import Caller
from tests.api.test_whole_order import good
from tests.orders.test_later_receipt import by_time, local_day
from tests.suppliers.test_products import a_photo

NOW = stories.NOW
PDF = "application/pdf"


@pytest.fixture(autouse=True)
def clock(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stranger(world):
    return Caller(world.stranger)


def bytes_of(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_the_case_file_is_a_zip_for_both_sides_and_nobody_else(world, buyer, seller, reader, stranger, settings):
    order = stories.placed(world)
    path = f"orders/{order.reference}/case-file/"
    settings.CASE_FILE_RATES = {"case_file": "2/10m/user"}
    for caller in (buyer, seller):
        got = caller.get(path, accept="application/zip")
        assert (got.status_code, got["Content-Type"]) == (200, "application/zip")
        assert f"case-file-{order.reference}.zip" in got["Content-Disposition"] and "no-store" in got["Cache-Control"]
        names = zipfile.ZipFile(io.BytesIO(bytes_of(got))).namelist()
        assert any(name.endswith("verify.py") for name in names)
    assert stranger.get(path).status_code == 404
    refused = stranger.get(path, accept="application/zip")
    assert refused["Content-Type"] == "application/problem+json" and refused.json()["code"] == "not-found"
    assert reader.get(path).status_code == 200
    late = buyer.get(path)
    assert (late.status_code, late.json()["code"], late["Retry-After"]) == (429, "throttled", "60")
    assert buyer.post(path).status_code == 405


def test_the_certificate_is_for_accepted_contracts(world, buyer, seller, reader, stranger):
    order, draft = stories.placed(world), stories.requested(world)
    path = f"orders/{order.reference}/certificate/"
    for caller in (buyer, seller, reader):
        got = caller.get(path, accept=PDF)
        assert (got.status_code, got["Content-Type"]) == (200, PDF) and got.content.startswith(b"%PDF-")
    assert stranger.get(path).status_code == 404
    assert buyer.get(f"orders/{draft.reference}/certificate/").status_code == 404
    assert buyer.get(path, accept="text/html").status_code == 406


def test_a_packing_list_is_of_one_shipment(world, buyer, stranger):
    order = stories.shipped(world)
    path = f"orders/{order.reference}/shipments/1/packing-list/"
    assert buyer.get(path).content.startswith(b"%PDF-")
    assert stranger.get(path).status_code == 404
    assert buyer.get(path.replace("/1/", "/2/")).status_code == 404


def test_the_payment_instruction_is_json_and_a_pdf_for_the_buyer_alone(world, buyer, seller, stranger):
    order = stories.placed(world)
    path = f"orders/{order.reference}/instalments/1/instructions/"
    values = [row["value"] for row in good(buyer.get(path))["rows"]]
    assert order.instalments.get(number=1).rf_reference in values
    got = buyer.get(f"{path}pdf/", accept=PDF)
    assert got["Content-Type"] == PDF and got.content.startswith(b"%PDF-")
    for caller in (seller, stranger):
        assert caller.get(path).status_code == caller.get(f"{path}pdf/").status_code == 404
    assert buyer.get(f"{path}pdf/".replace("/1/", "/9/")).status_code == 404
    stories.clear(order, 1)
    for address in (path, f"{path}pdf/"):
        gone = buyer.get(address, accept=f"{PDF}, application/json")
        assert (gone.status_code, gone.json()["code"]) == (409, "moved-on"), address


def test_photos_of_a_receipt_come_back_byte_for_byte_and_are_taken_out_before_it(world, buyer, seller, stranger):
    order, photo = stories.shipped(world), a_photo()
    content = photo.read()
    photo.seek(0)
    kept = actions.add_photo(order_id=order.id, line_id=None, upload=photo, by=world.buyer, now=NOW)
    path = f"orders/{order.reference}/receipt/photos/{kept.pk}/"
    got = buyer.get(path)
    assert bytes_of(got) == content and "attachment" in got["Content-Disposition"]
    for caller in (seller, stranger):  # the supplier sees them once receipt is confirmed
        assert caller.get(path).status_code == 404
    assert seller.delete(path).status_code == 403 and stranger.delete(path).status_code == 404
    assert Caller(world.buyer, "read").delete(path).json()["code"] == "insufficient-scope"
    assert buyer.delete(path, key="one").status_code == 204
    again = buyer.delete(path, key="one")
    assert (again.status_code, again["Idempotent-Replayed"]) == (204, "true")
    assert buyer.get(path).status_code == 404 and good(buyer.get(f"orders/{order.reference}/receipt/photos/")) == []


def test_a_later_receipt_is_listed_with_its_proof(world, buyer, seller, stranger):
    order = by_time(world)
    path, content = f"orders/{order.reference}/later-receipts/", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n%%EOF\n"
    with time_machine.travel(order.received_at + 10 * stories.DAY, tick=False):
        given = {
            "received_on": local_day(order.received_at, 5).isoformat(),
            "words": "The delivery note of our warehouse",
            "proof": SimpleUploadedFile("note.pdf", content),
        }
        headers = {"authorization": f"Bearer {buyer.secret}"}
        row = good(buyer.client.post(f"/api/v1/{path}", given, headers=headers), 201)
        assert good(seller.get(path)) == [row] and row["name"] == "note.pdf"
        assert bytes_of(seller.get(f"{path}{row['id']}/proof/")) == content
        for address in (path, f"{path}{row['id']}/proof/"):
            assert stranger.get(address).status_code == 404
