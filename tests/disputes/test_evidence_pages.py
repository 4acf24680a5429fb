"""Evidence on pages: uploading with and without scripts, receipts, downloads, previews, who gets 404."""

import io
import uuid

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from disputes.models import CaseView, Evidence
from tests import cases, stories
from tests.disputes.evidence_page import evidence_page  # noqa: F401 - a fixture
from tests.stories import DAY

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
HTMX = {"HX-Request": "true"}


def picture(format="PNG", size=(40, 30)) -> bytes:
    kept = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(kept, format)
    return kept.getvalue()


@pytest.fixture(autouse=True)
def page(evidence_page):  # noqa: F811
    """Every test here has a page of the case that shows its evidence."""


@pytest.fixture
def dispute(world, time_machine):
    made = cases.claimed(world)
    time_machine.move_to(made.filed_at + DAY)
    return made


def post(client, dispute, *files, headers=None, **fields):
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    data = {"key": str(uuid.uuid4()), "files": uploads, "note": "", "whole": "1"} | fields
    return client.post(reverse("disputes:evidence", args=[dispute.reference]), data, headers=headers)


def test_the_scripts_request_gets_the_receipt_and_the_list_shows_it(client, dispute, world):
    client.force_login(world.buyer)
    answer = post(client, dispute, ("lamp <b>.png", picture()), note="A crack", headers=HTMX)
    assert answer.status_code == 201
    kept = Evidence.objects.get()
    receipt = answer.content.decode()
    assert kept.sha256 in receipt and "as number 1" in receipt and "lamp &lt;b&gt;.png" in receipt
    again = post(client, dispute, ("lamp.png", kept.file.open().read()), headers=HTMX)
    assert again.status_code == 201 and "in the file already" in again.content.decode()
    for reader in (world.buyer, world.seller, world.bookkeeper):
        client.force_login(reader)
        shown = client.get(dispute.get_absolute_url()).content.decode()
        assert kept.sha256 in shown and "A crack" in shown and "<b>.png" not in shown
        assert reverse("disputes:preview", args=[dispute.reference, 1]) in shown
        assert ("You can add" in shown) == (reader != world.bookkeeper)


def test_a_large_file_comes_through_a_temporary_one(client, dispute, world):
    client.force_login(world.buyer)
    content = b"carton;pieces\n" * 400_000
    assert post(client, dispute, ("count.csv", content), headers=HTMX).status_code == 201
    kept = Evidence.objects.get()
    assert kept.size == len(content) and kept.file.open().read() == content
    again = post(client, dispute, ("count.csv", content), headers=HTMX)
    assert "in the file already" in again.content.decode() and kept.file.open().read() == content


def test_the_script_gets_a_sentence_for_what_is_refused(client, dispute, world):
    client.force_login(world.buyer)
    fake = post(client, dispute, ("photo.jpg", b"MZ\x90\x00"), headers=HTMX)
    assert fake.status_code == 422 and "photo.jpg is not what its name says" in fake.content.decode()
    assert post(client, dispute, headers=HTMX).status_code == 422
    client.force_login(world.bookkeeper)
    assert post(client, dispute, ("report.pdf", PDF), headers=HTMX).status_code == 403
    assert not Evidence.objects.exists()


def test_without_scripts_many_files_come_at_once_and_each_is_answered(client, dispute, world):
    client.force_login(world.seller)
    sent = [("a.pdf", PDF), ("empty.txt", b""), ("b.png", picture())]
    key = str(uuid.uuid4())
    answer = post(client, dispute, *sent, key=key)
    assert answer.status_code == 302 and answer["Location"] == f"{dispute.get_absolute_url()}#evidence"
    said = client.get(dispute.get_absolute_url()).content.decode()
    assert "empty.txt is empty" in said and "a.pdf is in the file now, as number 1" in said
    assert list(Evidence.objects.order_by("number").values_list("name", flat=True)) == ["a.pdf", "b.png"]
    post(client, dispute, *sent, key=key)
    assert Evidence.objects.count() == 2


def test_after_the_deadline_the_page_says_why_not_and_the_form_too(client, world, time_machine):
    dispute = cases.escalated(world)
    client.force_login(world.buyer)
    time_machine.move_to(dispute.evidence_ends_at)
    assert "nothing to answer" in client.get(dispute.get_absolute_url()).content.decode()
    answer = post(client, dispute, ("a.pdf", PDF), headers=HTMX)
    assert answer.status_code == 409 and "nothing to answer" in answer.content.decode()


@pytest.mark.parametrize("kept_of_it", [0.5, 0.9])
def test_an_upload_that_broke_off_keeps_nothing(client, dispute, world, kept_of_it):
    client.force_login(world.buyer)
    boundary = "x" * 20
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="key"\r\n\r\n{uuid.uuid4()}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="notes.txt"\r\n\r\n'
        + "word " * 20_000
        + f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="whole"\r\n\r\n1\r\n--{boundary}--\r\n'
    ).encode()
    answer = client.post(
        reverse("disputes:evidence", args=[dispute.reference]),
        body[: int(len(body) * kept_of_it)],
        content_type=f"multipart/form-data; boundary={boundary}",
        headers=HTMX,
    )
    assert answer.status_code == 422 and "broke off" in answer.content.decode()
    assert not Evidence.objects.exists()


def test_the_original_comes_as_a_harmless_download(client, dispute, world):
    client.force_login(world.buyer)
    content = picture("JPEG")
    post(client, dispute, ('Größe "1".jpg', content))
    client.force_login(world.bookkeeper)
    answer = client.get(reverse("disputes:file", args=[dispute.reference, 1]))
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20%221%22.jpg"
    preview = client.get(reverse("disputes:preview", args=[dispute.reference, 1]))
    assert preview["Content-Type"] == "image/jpeg" and preview["Content-Disposition"] == "inline"
    assert preview.content != content
    for each in (answer, preview):
        assert each["X-Content-Type-Options"] == "nosniff"
        assert each["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert "no-store" in each["Cache-Control"]
    assert answer["Content-Type"] == "application/octet-stream"


def test_only_the_parties_and_staff_who_see_disputes_get_a_file(client, dispute, world, settings):
    client.force_login(world.buyer)
    post(client, dispute, ("a.pdf", PDF), ("b.png", picture()))
    addresses = [
        reverse("disputes:file", args=[dispute.reference, 1]),
        reverse("disputes:preview", args=[dispute.reference, 2]),
    ]
    assert client.get(reverse("disputes:preview", args=[dispute.reference, 1])).status_code == 404
    assert client.get(reverse("disputes:file", args=[dispute.reference, 3])).status_code == 404
    staff = {}
    for role in ("adjudicator", "finance"):
        staff[role] = stories.person(f"{role}@staff.test", full_name=role, is_staff=True)
        staff[role].groups.add(Group.objects.get(name=role))
    plain = stories.person("plain@staff.test", full_name="Plain", is_staff=True)
    for person in (world.stranger, world.rival_seller, plain):
        client.force_login(person)
        assert [client.get(address).status_code for address in addresses] == [404, 404]
        assert post(client, dispute, ("c.pdf", PDF)).status_code == 404
    for person in (world.buyer, world.seller, world.bookkeeper, *staff.values()):
        client.force_login(person)
        assert [client.get(address).status_code for address in addresses] == [200, 200]
    assert CaseView.objects.filter(dispute=dispute).count() == 2, "what staff open is logged"
    settings.DEMO = False
    assert [client.get(address).status_code for address in addresses] == [403, 403], "no second factor"
    client.logout()
    assert client.get(addresses[0]).status_code == 302


def test_staff_who_decide_add_and_come_back_to_their_desk(client, world, time_machine):
    dispute = cases.escalated(world)
    time_machine.move_to(dispute.escalated_at + DAY)
    adjudicator = stories.person("adjudicator@staff.test", full_name="Ada", is_staff=True)
    adjudicator.groups.add(Group.objects.get(name="adjudicator"))
    client.force_login(adjudicator)
    answer = post(client, dispute, ("carrier.pdf", PDF))
    assert answer.status_code == 302 and answer["Location"].startswith("/admin/disputes/dispute/")
    assert Evidence.objects.get().side == "staff"
    client.force_login(world.buyer)
    assert "carrier.pdf" in client.get(dispute.get_absolute_url()).content.decode()
