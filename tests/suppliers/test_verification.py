"""Verification: documents, the request, the answer, the end by time; who sees what (Rulebook, "Credit rating")."""

import hashlib
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.utils import InternalError
from django.urls import reverse
from PIL import Image

from events.models import Event
from suppliers import actions, tasks
from suppliers.models import Document, Verification
from tests import stories
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PAGE = "/portal/documents/"


def picture(format="PNG") -> bytes:
    kept = io.BytesIO()
    Image.effect_noise((40, 30), 60).convert("RGB").save(kept, format)
    return kept.getvalue()


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    """Where files go, as a function that lists them."""
    settings.MEDIA_ROOT = tmp_path
    return lambda: sorted(path for path in tmp_path.rglob("*") if path.is_file())


@pytest.fixture
def risk(world):
    user = stories.person("risk@staff.test", full_name="Ria Risk", is_staff=True)
    user.groups.add(Group.objects.get(name="risk"))
    return user


def add(world, *, kind="licence", name="licence.pdf", content=PDF, by=None, now=NOW) -> Document:
    return actions.add_document(
        supplier_id=world.rival.id,
        kind=kind,
        upload=SimpleUploadedFile(name, content),
        by=by or world.rival_seller,
        now=now,
    )


def ask(world, now=NOW) -> Verification:
    """A company that staff had set without end asks with its licence."""
    add(world, content=PDF + str(now).encode() + b"%%EOF", now=now)
    return actions.ask_verification(supplier_id=world.rival.id, note="Call Ana", by=world.rival_seller, now=now)


def accept(asked, by, *, level="verified", now=NOW + DAY, days=365, **more) -> Verification:
    return actions.accept_verification(
        verification_id=asked.id, level=level, expires_on=(now + days * DAY).date(), by=by, now=now, **more
    )


def level(world) -> tuple[str, int]:
    world.rival.refresh_from_db()
    return world.rival.level, world.rival.limit_minor


def mails() -> list[str]:
    return [f"{one.to[0]}: {one.subject}" for one in mail.outbox]


# documents ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("l.pdf", PDF, "application/pdf"),
        ("l.jpg", picture("JPEG"), "image/jpeg"),
        ("../l.png", picture(), "image/png"),
    ],
)
def test_a_document_is_kept_as_it_came_under_a_random_name(world, stored, name, content, content_type):
    kept = add(world, name=name, content=content)
    assert (kept.content_type, kept.name) == (content_type, name.rsplit("/", 1)[-1])
    assert kept.sha256 == hashlib.sha256(content).hexdigest() and kept.file.open().read() == content
    (path,) = stored()
    assert path.parent.name == "documents" and "l." not in path.name
    event = Event.objects.about("supplier", world.rival.id).last()
    assert event.kind == "supplier.document_added" and "l." not in str(event.data)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("l.pdf", b"", "is empty"),
        ("l.pdf", PDF[:-20], "damaged or was cut off"),
        ("l.pdf", picture(), "not what its name says. Save it anew as PDF, JPEG or PNG."),
        ("l.png", b"MZ\x90\x00" + b"\0" * 99, "not what its name says"),
        ("l.webp", picture("WEBP"), "not of a type that we keep as company documents"),
        ("l.html", b"<script>", "not of a type"),
        ("l.pdf", PDF + b"\0" * CURRENT.document_max_bytes, "larger than 10 MB"),
    ],
)
def test_a_file_that_is_none_is_refused_with_what_to_do(world, stored, name, content, words):
    with pytest.raises(Refused, match=words):
        add(world, name=name, content=content)
    assert stored() == [] and not Document.objects.exists()


def test_the_same_file_counts_once_and_there_is_an_end(world, stored, monkeypatch):
    first = add(world)
    with pytest.raises(MovedOn, match="there already"):
        add(world, kind="tax")
    monkeypatch.setattr("suppliers.actions.verifying.CURRENT", type(CURRENT)(version=1, documents_max=2))
    add(world, content=picture(), name="a.png")
    with pytest.raises(Refused, match="at most 2"):
        add(world, content=picture(), name="b.png")
    assert len(stored()) == 2
    actions.remove_document(document_id=first.id, by=world.rival_seller, now=NOW)
    with pytest.raises(MovedOn):
        actions.remove_document(document_id=first.id, by=world.rival_seller, now=NOW)
    add(world)


def test_only_those_who_bind_the_company_add_ask_and_take_out(world):
    kept = add(world)
    for person in (world.buyer, world.seller, world.stranger):
        with pytest.raises(NotAllowed):
            add(world, content=picture(), name="x.png", by=person)
        with pytest.raises(NotAllowed):
            actions.remove_document(document_id=kept.id, by=person, now=NOW)
        with pytest.raises(NotAllowed):
            actions.ask_verification(supplier_id=world.rival.id, by=person, now=NOW)


def test_documents_are_shown_to_members_only_as_a_download_that_does_nothing(client, world, risk):
    kept = add(world)
    url = reverse("portal:document", args=[kept.id])
    for person in (world.buyer, world.seller, risk):
        client.force_login(person)
        assert client.get(url).status_code in (302, 404)
    client.force_login(world.rival_seller)
    answer = client.get(url)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment") and answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"] and "no-store" in answer["Cache-Control"]


def test_staff_who_verify_open_documents_and_that_is_kept(client, world, risk):
    kept = add(world)
    url = reverse("admin:suppliers_verification_document", args=[kept.id])
    client.force_login(risk)
    answer = client.get(url)
    assert b"".join(answer.streaming_content) == PDF and answer["Content-Disposition"].startswith("attachment")
    event = Event.objects.about("supplier", world.rival.id).last()
    assert (event.kind, event.actor_id) == ("supplier.document_opened", risk.id)
    for role in ("adjudicator", "finance"):
        other = stories.person(f"{role}@staff.test", is_staff=True)
        other.groups.add(Group.objects.get(name=role))
        client.force_login(other)
        assert client.get(url).status_code == 403


# the request and its answer -----------------------------------------------------------------------------------------


def test_a_request_needs_a_licence_and_stands_alone(world):
    add(world, kind="tax")
    with pytest.raises(Refused, match="business licence first"):
        actions.ask_verification(supplier_id=world.rival.id, by=world.rival_seller, now=NOW)
    asked = ask(world)
    with pytest.raises(MovedOn, match="asked already"):
        actions.ask_verification(supplier_id=world.rival.id, by=world.rival_seller, now=NOW)
    with pytest.raises(MovedOn, match="looking at your documents"):
        actions.remove_document(document_id=Document.objects.first().id, by=world.rival_seller, now=NOW)
    actions.withdraw_verification(supplier_id=world.rival.id, by=world.rival_seller, now=NOW)
    with pytest.raises(MovedOn):
        actions.withdraw_verification(supplier_id=world.rival.id, by=world.rival_seller, now=NOW)
    asked.refresh_from_db()
    assert asked.outcome == "withdrawn"


def test_accepted_papers_set_level_and_limit_at_once_until_a_day(world, risk, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        done = accept(ask(world), risk)
    assert level(world) == ("verified", 10_000_00)
    assert done.expires_at.isoformat() == "2027-09-03T00:00:00+00:00"
    assert done.remind_at == done.expires_at - 30 * DAY
    assert mails() == ["rival@test.test: [testserver] Rivalworks is verified"] or "is verified" in mails()[0]
    assert "USD 10,000.00" in mail.outbox[0].body
    with pytest.raises(MovedOn, match="no longer open: accepted"):
        accept(done, risk)


def test_on_site_needs_a_day_an_inspector_and_the_report(world, risk):
    asked = ask(world)
    paper = Document.objects.get()
    whole = {"inspected_on": NOW.date(), "inspector": "Bureau Cento", "report_id": None}
    for missing, words in (
        ({"inspected_on": None}, "which day"),
        ({"inspected_on": (NOW + 9 * DAY).date()}, "not come yet"),
        ({"inspector": "  "}, "who inspected"),
        ({}, "report"),
        ({"report_id": paper.id}, "report"),
    ):
        with pytest.raises(Refused, match=words):
            accept(asked, risk, level="inspected", **(whole | missing))
    report = add(world, kind="report", name="report.pdf", content=PDF + b"report%%EOF", by=risk)
    accept(asked, risk, level="inspected", **(whole | {"report_id": report.id}))
    assert level(world) == ("inspected", 25_000_00)


@pytest.mark.parametrize("days", [-2, 3 * 365 + 2])
def test_the_last_day_must_be_to_come_and_within_reason(world, risk, days):
    with pytest.raises(Refused) as refused:
        accept(ask(world), risk, days=days)
    assert refused.value.field == "expires_on"


def test_a_refusal_tells_why_and_the_company_mends_and_asks_again(
    client, world, risk, django_capture_on_commit_callbacks
):
    asked = ask(world)
    with pytest.raises(Refused, match="missing or wrong"):
        actions.refuse_verification(verification_id=asked.id, reason=" ", by=risk, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        actions.refuse_verification(verification_id=asked.id, reason="The licence ended in May.", by=risk, now=NOW)
    assert "The licence ended in May." in mail.outbox[0].body and "/portal/documents/" in mail.outbox[0].body
    assert level(world) == ("inspected", 25_000_00)
    client.force_login(world.rival_seller)
    assert "The licence ended in May." in client.get(PAGE).content.decode()
    actions.remove_document(document_id=Document.objects.get().id, by=world.rival_seller, now=NOW + DAY)
    accept(ask(world, NOW + DAY), risk, now=NOW + 2 * DAY)
    assert "The licence ended in May." in client.get(PAGE).content.decode()


def test_who_works_for_the_company_or_is_no_risk_staff_decides_nothing(world, risk):
    asked = ask(world)
    for person in (world.buyer, world.rival_seller):
        with pytest.raises(NotAllowed):
            accept(asked, person)
    actions.add_member(supplier_id=world.rival.id, user=risk, role="sales", by=world.rival_seller, now=NOW)
    with pytest.raises(NotAllowed, match="work for this company"):
        accept(asked, risk)
    with pytest.raises(NotAllowed, match="work for this company"):
        actions.refuse_verification(verification_id=asked.id, reason="x", by=risk, now=NOW)


# the end by time ----------------------------------------------------------------------------------------------------


def test_reminders_come_30_and_7_days_before_each_once(world, risk, django_capture_on_commit_callbacks, time_machine):
    ends = accept(ask(world), risk).expires_at
    for at, sent in (
        (ends - 30 * DAY - SECOND, 0),
        (ends - 30 * DAY, 1),
        (ends - 30 * DAY + timedelta(minutes=5), 1),
        (ends - 7 * DAY - SECOND, 1),
        (ends - 7 * DAY, 2),
        (ends - DAY, 2),
    ):
        time_machine.move_to(at, tick=False)
        with django_capture_on_commit_callbacks(execute=True):
            tasks.end_verifications()
        assert len(mail.outbox) == sent, at
    assert "ends on" in mail.outbox[0].subject


def test_a_short_one_is_reminded_once_and_one_that_asked_anew_is_left_in_peace(
    world, risk, django_capture_on_commit_callbacks, time_machine
):
    ends = accept(ask(world), risk, days=10).expires_at
    ask(world, NOW + 2 * DAY)
    time_machine.move_to(ends - 7 * DAY, tick=False)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.end_verifications()
    assert mail.outbox == [] and Verification.objects.standing().get().remind_at is None


def test_the_level_falls_to_the_second_and_what_is_reserved_stays(
    world, risk, django_capture_on_commit_callbacks, time_machine
):
    accept(ask(world), risk, days=700)
    asked = ask(world, NOW + DAY)
    report = add(world, kind="report", name="r.pdf", content=PDF + b"r%%EOF")
    on_site = accept(
        asked, risk, level="inspected", inspected_on=NOW.date(), inspector="Bureau", report_id=report.id, days=200
    )
    actions.reserve(supplier_id=world.rival.id, order_id=77, wanted_usd_minor=20_000_00, now=NOW)
    ends = on_site.expires_at
    for at, is_over in ((ends - SECOND, False), (ends, True), (ends + DAY, True)):
        time_machine.move_to(at, tick=False)
        tasks.end_verifications()
        assert level(world) == (("verified", 10_000_00) if is_over else ("inspected", 25_000_00)), at
    assert world.rival.reserved_minor == 20_000_00 and world.rival.free_limit_minor == 0
    time_machine.move_to(Verification.objects.standing().get().expires_at, tick=False)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.end_verifications()
    assert level(world) == ("unverified", 1_000_00)
    assert "has ended" in mail.outbox[-1].subject and "USD 1,000.00" in mail.outbox[-1].body
    ended = [e.kind for e in Event.objects.about("supplier", world.rival.id) if "expired" in e.kind]
    assert ended == ["supplier.verification_expired"] * 2


def test_a_renewal_takes_the_place_of_the_one_before(world, risk, time_machine):
    first = accept(ask(world), risk, days=40)
    second = accept(ask(world, NOW + 9 * DAY), risk, now=NOW + 10 * DAY)
    time_machine.move_to(first.expires_at, tick=False)
    tasks.end_verifications()
    assert level(world)[0] == "verified" and Verification.objects.standing().get() == second


def test_what_staff_set_without_end_no_day_takes_back(world, risk, time_machine):
    done = accept(ask(world), risk)
    actions.verify_supplier(supplier_id=world.rival.id, level="inspected", by=risk, now=NOW + 2 * DAY)
    time_machine.move_to(done.expires_at, tick=False)
    tasks.end_verifications()
    assert level(world)[0] == "inspected"


def test_an_answer_never_changes_not_even_by_hand(world, risk):
    done = accept(ask(world), risk)
    for change in ({"level": "inspected"}, {"expires_at": NOW + 900 * DAY}, {"note": "x"}):
        with pytest.raises((InternalError, Exception)), transaction.atomic():
            Verification.objects.filter(pk=done.pk).update(**change)
    with pytest.raises(InternalError), transaction.atomic():
        Document.objects.update(sha256="0" * 64)


# pages --------------------------------------------------------------------------------------------------------------


def post(client, name="licence.pdf", content=PDF, **fields):
    data = {"kind": "licence", "file": SimpleUploadedFile(name, content), "whole": "1"} | fields
    return client.post(PAGE, data)


def test_the_page_adds_asks_and_takes_back(client, world, django_assert_max_num_queries):
    client.force_login(world.rival_seller)
    assert "Add your business licence first" in client.get(PAGE).content.decode()
    assert post(client).status_code == 302
    assert "licence.pdf" in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}ask/", {"note": ""}).status_code == 302
    with django_assert_max_num_queries(12):
        assert "We are looking at your documents" in client.get(PAGE).content.decode()
    client.post(f"{PAGE}ask/", {"note": ""})
    assert Verification.objects.count() == 1
    client.post(f"{PAGE}withdraw/")
    assert client.post(f"{PAGE}{Document.objects.get().id}/remove/").status_code == 302
    assert not Document.objects.kept().exists()


def test_wrong_uploads_get_a_sentence_at_their_field(client, world):
    client.force_login(world.rival_seller)
    for answer, words in (
        (post(client, content=b""), "licence.pdf is empty"),
        (post(client, name="a.exe"), "not of a type"),
        (post(client, kind=""), "Choose what kind"),
        (post(client, kind="passport"), "valid choice"),
        (client.post(PAGE, {"kind": "licence", "whole": "1"}), "Choose a file first"),
    ):
        assert answer.status_code == 422 and words in answer.content.decode(), words
    broken = client.post(PAGE, {"kind": "licence", "file": SimpleUploadedFile("a.pdf", PDF)})
    assert "broke off" in broken.content.decode() and not Document.objects.exists()
    assert client.post(f"{PAGE}ask/", {"note": "x" * 600}).status_code == 422


def test_bookkeepers_read_and_others_find_nothing(client, world):
    kept = actions.add_document(
        supplier_id=world.supplier.id, kind="bank", upload=SimpleUploadedFile("b.pdf", PDF), by=world.seller, now=NOW
    )
    client.force_login(world.bookkeeper)
    page = client.get(PAGE).content.decode()
    assert "b.pdf" in page and "Add a document" not in page
    assert client.get(reverse("portal:document", args=[kept.id])).status_code == 200
    assert post(client, content=picture(), name="x.png").status_code == 403
    client.force_login(world.rival_seller)
    assert client.post(f"{PAGE}{kept.id}/remove/").status_code == 404
