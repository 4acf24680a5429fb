"""The case file as a download, and the page that checks what people bring to it."""

import io
import json
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from disputes.casefile import checking, verify
from disputes.models import CaseView
from events.actions import publish_root
from events.models import Root
from orders.certificate import number_of
from orders.models import Order
from tests import cases, stories
from tests.disputes import casefiles
from tests.stories import DAY

NOW = stories.NOW
LATER = NOW + 60 * DAY


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def case(world):
    dispute = cases.claimed(world)
    casefiles.prove(dispute, world.buyer, uuid.uuid4(), now=cases.FILED + DAY)
    return dispute


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def checked(client, content: bytes, name="case.zip"):
    return client.post(reverse("disputes:verify"), {"file": SimpleUploadedFile(name, content)})


def download(client, person, order) -> bytes:
    client.force_login(person)
    response = client.get(reverse("disputes:case_file", args=[order.reference]))
    assert response.status_code == 200
    return body(response)


def test_each_side_downloads_its_own_and_nobody_else_any(client, world, case):
    url = reverse("disputes:case_file", args=[case.order.reference])
    for person, side in ((world.buyer, "buyer"), (world.seller, "supplier"), (world.bookkeeper, "supplier")):
        client.force_login(person)
        response = client.get(url)
        assert response["Content-Type"] == "application/zip" and response["X-Content-Type-Options"] == "nosniff"
        assert f"case-file-{case.order.reference}.zip" in response["Content-Disposition"]
        assert "no-store" in response["Cache-Control"]
        found = verify.check(io.BytesIO(body(response)))
        assert (found.wrong, found.facts["made_for"]) == ([], side)
    for person in (world.stranger, world.rival_seller):
        client.force_login(person)
        assert client.get(url).status_code == 404
    client.logout()
    assert client.get(url).status_code == 302
    assert client.post(url).status_code in (302, 405)


def test_the_pages_of_order_and_case_lead_to_it(client, world, case):
    url = reverse("disputes:case_file", args=[case.order.reference])
    for person in (world.buyer, world.seller):
        client.force_login(person)
        for page in (case.order.get_absolute_url(), case.get_absolute_url()):
            assert url in client.get(page).content.decode()


def test_who_asks_for_it_over_and_over_waits(client, world, case, settings):
    settings.CASE_FILE_RATES = {"case_file": "2/10m/user"}
    for _ in range(2):
        download(client, world.buyer, case.order)
    response = client.get(reverse("disputes:case_file", args=[case.order.reference]))
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    download(client, world.seller, case.order)


def test_staff_who_see_cases_download_it_and_that_is_logged(client, world, case):
    url = reverse("admin:disputes_dispute_case_file", args=[case.pk])
    for role, status in (("adjudicator", 200), ("nobody", 403)):
        person = stories.person(f"{role}@staff.test", full_name=role, is_staff=True)
        person.groups.set(Group.objects.filter(name=role))
        client.force_login(person)
        response = client.get(url)
        assert response.status_code == status, role
    assert list(CaseView.objects.values_list("user__full_name", flat=True)) == ["adjudicator"]
    client.force_login(world.buyer)
    assert client.get(url).status_code in (302, 403, 404)


def test_staff_who_are_a_party_do_not_get_the_staffs_view(client, world, case):
    world.buyer.is_staff = world.buyer.is_superuser = True
    world.buyer.save()
    client.force_login(world.buyer)
    assert client.get(reverse("admin:disputes_dispute_case_file", args=[case.pk])).status_code == 403
    found = verify.check(io.BytesIO(download(client, world.buyer, case.order)))
    assert found.facts["made_for"] == "buyer"


def test_the_page_says_that_a_whole_case_file_holds_beside_the_published_root(client, world, case):
    root = publish_root(now=LATER)
    content = download(client, world.buyer, case.order)
    client.logout()
    page = checked(client, content).content.decode()
    assert "This case file is whole, and it is the one that we made." in page
    assert "We signed its list of files." in page and "the same in our own record" in page
    assert page.count(root.root) >= 2 and "What does not hold" not in page


def test_the_page_finds_what_was_made_anew_with_every_hash(client, world, case):
    """An event added after the last root, all hashes and the list right: our signature and our record tell."""
    with zipfile.ZipFile(io.BytesIO(download(client, world.seller, case.order))) as box:
        files = {name: box.read(name) for name in box.namelist()}
    events = casefiles.events_of(files)
    events.append(events[0])
    anew = casefiles.chained(events)
    forged = casefiles.listed(casefiles.with_events(files, anew), events=len(anew), head=anew[-1]["hash"])
    assert casefiles.wrong(forged) == []  # nobody can tell it from the ZIP alone
    page = checked(client, casefiles.zipped(forged).read()).content.decode()
    assert "Something is wrong with this case file." in page
    assert "not one that we signed" in page and "not in our own record" in page


def test_one_byte_changed_is_said_with_the_place(client, world, case):
    content = download(client, world.buyer, case.order)
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        files = {name: box.read(name) for name in box.namelist()}
    files["private/messages.json"] += b" "
    page = checked(client, casefiles.zipped(files).read()).content.decode()
    assert "private/messages.json was changed." in page and "What holds" in page


def test_a_zip_of_somebody_else_and_a_broken_one_get_a_sentence(client, db):
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as box:
        box.writestr("<script>alert(1)</script>", b"x")
    page = checked(client, other.getvalue())
    assert page.status_code == 200 and "This is no case file" in page.content.decode()
    broken = other.getvalue()[:20] + b"\xff" * 12 + other.getvalue()[32:]
    assert checked(client, broken).status_code in (200, 422)
    cut = checked(client, b"PK\x05\x06" + b"\xff" * 18)
    assert (cut.status_code, "We do not read it here" in cut.content.decode()) == (422, True)


def test_a_bomb_is_not_unpacked(client, db, monkeypatch):
    monkeypatch.setattr(checking, "UNPACKED_MOST", 2**20)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as box:
        files = [{"path": f"f{n}", "sha256": "0", "size": 1} for n in range(9)]
        manifest = json.dumps({"order": "x", "made_at": "x", "for": "x", "files": files, "missing": []})
        box.writestr("manifest.json", manifest)
        box.writestr("manifest.sig", '{"sha256": ""}')
        for n in range(9):
            box.writestr(f"f{n}", b"\0" * 2**19)
    page = checked(client, bomb.getvalue()).content.decode()
    assert "unpacks to more than is read here" in page
    wide = io.BytesIO()
    with zipfile.ZipFile(wide, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("manifest.json", b" " * (checking.TEXT_MOST + 1))
    assert "We do not read it here" in checked(client, wide.getvalue()).content.decode()
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as box:
        for n in range(12_000):
            box.writestr(str(n), b"")
    assert "more files than a case file has" in checked(client, many.getvalue()).content.decode()


def test_too_large_empty_or_nothing_at_all_gets_a_sentence(client, db, monkeypatch):
    monkeypatch.setattr(checking, "UPLOAD_MOST", 10)
    assert "Check it on your own machine" in checked(client, b"x" * 11).content.decode()
    assert "This file is empty." in checked(client, b"").content.decode()
    page = client.post(reverse("disputes:verify"), {})
    assert (page.status_code, "Choose a file, or enter a number." in page.content.decode()) == (422, True)
    page = client.post(reverse("disputes:verify"), {"number": "no number \x00"})
    assert page.status_code == 422


def test_a_piece_of_evidence_and_each_fingerprint_is_known_and_names_nobody(client, world, case):
    evidence, order = case.evidence.get(), case.order
    with evidence.file.open("rb") as file:
        page = checked(client, file.read(), "photo.pdf").content.decode()
    assert "This file was added as evidence on" in page and case.reference not in page
    root = publish_root(now=LATER)
    for number, said in (
        (order.versions.get().fingerprint.upper(), "the fingerprint of a contract"),
        (root.root, "the root that we published"),
        ("0" * 64, "We know nothing with this fingerprint"),
    ):
        page = client.post(reverse("disputes:verify"), {"number": number}).content.decode()
        assert said in page
        assert world.buyer.full_name not in page and order.reference not in page
    assert "We know nothing" in checked(client, b"another file", "a.txt").content.decode()


def test_the_number_of_a_certificate_leads_to_its_page(client, world):
    order = stories.paid(world)
    response = client.post(reverse("disputes:verify"), {"number": f" {number_of(order).lower()} "})
    assert response["Location"] == reverse("orders:certificate_check", args=[number_of(order)])


def test_who_checks_over_and_over_waits(client, db, settings):
    settings.CASE_FILE_RATES = {"verify": "2/10m/ip"}
    url = reverse("disputes:verify")
    answers = [client.post(url, {"number": "0" * 64}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert client.get(url).status_code == 200


def test_nothing_of_an_upload_is_kept(client, world, case, settings, tmp_path):
    content = download(client, world.buyer, case.order)
    before = sorted(tmp_path.rglob("*"))
    checked(client, content)
    assert sorted(tmp_path.rglob("*")) == before


def test_roots_are_published_for_people_and_programs(client, db):
    assert "No root yet" in client.get(reverse("disputes:roots")).content.decode()
    for n in range(60):
        publish_root(now=timezone.now() - timedelta(days=n - 60))
    page = client.get(reverse("disputes:roots")).content.decode()
    newest, oldest = Root.objects.order_by("-number").first(), Root.objects.order_by("number").first()
    assert newest.root in page and oldest.root not in page and "Older roots" in page
    told = client.get(reverse("disputes:roots_json")).json()
    assert [row["root"] for row in told["roots"]] == list(
        Root.objects.order_by("-number").values_list("root", flat=True)
    )
    assert told["roots"][0]["previous"] == told["roots"][1]["root"]
    assert told["next"] is None and len(told["keys"][0]) == 64


def test_the_verifier_can_be_had_alone(client, db):
    response = client.get(reverse("disputes:verifier"))
    assert b"def check(" in response.content and "attachment" in response["Content-Disposition"]


def test_a_case_file_of_an_order_that_goes_on_still_holds(client, world, case):
    content = download(client, world.buyer, case.order)
    casefiles.write(Order.objects.get(pk=case.order_id), world.seller, "Seen", uuid.uuid4(), LATER)
    assert "it is the one that we made" in checked(client, content).content.decode()
