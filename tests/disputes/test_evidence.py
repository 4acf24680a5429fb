"""Evidence: what may be added, by whom, until when, and what is kept of it (Rulebook 16, quality.md §3)."""

import hashlib
import io
import struct
import time
import uuid
import zlib
from datetime import timedelta
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from disputes import actions, files
from disputes.actions.evidencing import add_evidence
from disputes.case_file import may_add, side_for
from disputes.models import Appeal, Dispute, Evidence, Question
from events.models import Event, PersonalValue
from tests import cases, stories
from tests.stories import DAY, SECOND
from trade_assurance.refused import MovedOn, NotAllowed, Refused

MAX = 25 * 2**20
HOUR = timedelta(hours=1)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
MAIL = (
    b"From: mere@northline.example\r\nDate: Mon, 5 Oct 2026 09:00:00 +0000\r\nSubject: Lamps\r\n\r\n<p>Late again</p>"
)
XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<delivery><line count="84">\xc3\xa9</line></delivery>'
MP4 = (
    b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42"
    + b"\x00\x00\x00\x10moov\x00\x00\x00\x00\x00\x00\x00\x00"
    + b"\x00\x00\x00\x0cmdat\x00\x00\x00\x00"
)


def picture(format="PNG", size=(40, 30), mode="RGB", **saving) -> bytes:
    kept = io.BytesIO()
    image = Image.effect_noise(size, 60).convert(mode) if mode == "RGB" else Image.new(mode, size)
    image.save(kept, format, **saving)
    return kept.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int, *more: bytes) -> bytes:
    """A PNG whose header says so; its pixels are never there."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(more) + pixels + chunk(b"IEND", b"")


def webp_of(width: int, height: int) -> bytes:
    canvas = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + b"VP8L" + struct.pack("<I", 8) + b"\x2f" + b"\0" * 7
    return b"RIFF" + struct.pack("<I", len(body)) + body


def zip_bomb() -> bytes:
    kept = io.BytesIO()
    with ZipFile(kept, "w", ZIP_DEFLATED) as bomb:
        bomb.writestr("zeros", b"\0" * (20 * 2**20))
    return kept.getvalue()


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">{entities}]><l>&l9;</l>'.encode()


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    """Where files go, as a function that lists them."""
    settings.MEDIA_ROOT = tmp_path
    return lambda: sorted(path for path in tmp_path.rglob("*") if path.is_file())


@pytest.fixture
def adjudicator(world):
    user = stories.person("adjudicator@staff.test", full_name="Ada", is_staff=True)
    user.groups.add(Group.objects.get(name="adjudicator"))
    return user


def upload(name="photo.png", content=None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture() if content is None else content)


def add(dispute, by, *, name="photo.png", content=None, key=None, note="", now=None) -> Evidence:
    return add_evidence(
        dispute_id=dispute.id,
        key=key or uuid.uuid4(),
        upload=upload(name, content),
        note=note,
        by=by,
        now=now or dispute.filed_at + HOUR,
    )


# what a file is -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("report.pdf", PDF, "application/pdf"),
        ("photo.jpg", picture("JPEG"), "image/jpeg"),
        ("photo.JPEG", picture("JPEG"), "image/jpeg"),
        ("photo.png", picture(), "image/png"),
        ("photo.webp", picture("WEBP"), "image/webp"),
        ("bench.mp4", MP4, "video/mp4"),
        ("mail.eml", MAIL, "message/rfc822"),
        ("asn.xml", XML, "application/xml"),
        ("long.xml", b"<d>" + b"x\n" * 2_000_000 + b"</d>", "application/xml"),
        ("count.csv", "carton;pieces\n1;84 à\n".encode("cp1252"), "text/csv"),
        ("japan.eml", MAIL + "遅延".encode("iso-2022-jp"), "message/rfc822"),
        ("notes.txt", "84 of 1,500 < 1,600 are missing, n’est-ce pas".encode(), "text/plain"),
    ],
)
def test_a_file_of_each_type_is_known_by_its_content(name, content, content_type):
    found = files.examine(upload(name, content), max_bytes=MAX)
    assert (found.content_type, found.size) == (content_type, len(content))
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert bool(found.preview) == content_type.startswith("image/")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
REFUSED = {
    "nothing in it": ("empty.pdf", b"", "is empty"),
    "26 MB": ("long.pdf", PDF + b"\0" * (26 * 2**20), "larger than 25 MB"),
    "a program": ("photo.jpg", b"MZ\x90\x00" + b"\0" * 200, "not what its name says"),
    "a program by its name": ("run.exe", b"MZ\x90\x00", "not of a type"),
    "no ending": ("photo", picture(), "not of a type"),
    "a PNG named PDF": ("photo.pdf", picture(), "not what its name says"),
    "a PDF named text": ("notes.txt", PDF, "not what its name says"),
    "a PNG named JPEG": ("photo.jpg", picture(), "not what its name says"),
    "a drawing with a script": ("drawing.svg", SVG, "not of a type"),
    "a drawing named XML": ("drawing.xml", SVG, "not whole XML of data"),
    "a drawing named picture": ("drawing.png", SVG, "not what its name says"),
    "a page": ("page.html", HTML, "not of a type"),
    "a page named text": ("page.txt", HTML, "code of a web page"),
    "a page after much text": (
        "page.csv",
        b"a;b\n" * 16_383 + b"x<scr" + b"ipt >alert(1)</script>",
        "code of a web page",
    ),
    "a page named XML": ("page.xml", b"<html><script>alert(1)</script></html>", "not whole XML of data"),
    "a page within XML": (
        "page.xml",
        b'<d><s:script xmlns:s="http://www.w3.org/1999/xhtml">alert(1)</s:script></d>',
        "not whole XML of data",
    ),
    "a style sheet in XML": ("page.xml", b'<?xml-stylesheet href="x.xsl"?><d/>', "not whole XML of data"),
    "XML that reads files": (
        "x.xml",
        b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><d>&e;</d>',
        "XML of data",
    ),
    "an XML bomb": ("laughs.xml", laughs(), "not whole XML of data"),
    "deep XML": ("deep.xml", b"<d>" * 100_000, "not whole XML of data"),
    "half an XML": ("asn.xml", XML[:-6], "not whole XML of data"),
    "a page named mail": ("page.eml", HTML, "no sender and date"),
    "a zip bomb": ("bomb.zip", zip_bomb(), "not of a type"),
    "a zip bomb named PDF": ("bomb.pdf", zip_bomb(), "not what its name says"),
    "a zip bomb named table": ("bomb.csv", zip_bomb(), "not what its name says"),
    "30,000 × 30,000 PNG": ("huge.png", png_of(30_000, 30_000), "more than 50 megapixels"),
    "9,000 × 9,000 PNG": ("huge.png", png_of(9_000, 9_000), "more than 50 megapixels"),
    "a huge WebP": ("huge.webp", webp_of(16_000, 16_000), "more than 25 megapixels"),
    "a text bomb in a PNG": (
        "bomb.png",
        png_of(10, 10, *[chunk(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * 2**25, 9))] * 3),
        "damaged or was cut off",
    ),
    "a pixel bomb in a PNG": (
        "bomb.png",
        png_of(10, 10).replace(
            chunk(b"IDAT", zlib.compress(b"\0" * 100)), chunk(b"IDAT", zlib.compress(b"\x09" * 2**26, 9))
        ),
        "damaged or was cut off",
    ),
    "a JPEG of many passes": ("slow.jpg", picture("JPEG") + b"\xff\xda\x00\x02" * 100, "more than 64 passes"),
    "XML of many elements": ("many.xml", b"<d>" + b"<a/>" * 2_000_000 + b"</d>", "not whole XML of data"),
    "XML of one long tag": (
        "tag.xml",
        b"<d " + b" ".join(b"a%d='1'" % n for n in range(1_500_000)) + b"/>",
        "not whole XML of data",
    ),
    "half a PNG": ("photo.png", picture(size=(300, 200))[:5_000], "damaged or was cut off"),
    "half a JPEG": ("photo.jpg", picture("JPEG", size=(300, 200))[:2_000], "damaged or was cut off"),
    "half a WebP": ("photo.webp", picture("WEBP", size=(300, 200))[:1_000], "damaged or was cut off"),
    "half a PDF": ("report.pdf", PDF[:40], "damaged or was cut off"),
    "half a film": ("bench.mp4", MP4[:-4], "damaged or was cut off"),
    "a film of nothing": ("bench.mp4", MP4[:24], "damaged or was cut off"),
    "a QuickTime film": (
        "bench.mp4",
        b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  " + MP4[24:],
        "not what its name says",
    ),
    "a header of a PNG": ("photo.png", b"\x89PNG\r\n\x1a\n", "not what its name says|damaged"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_named_with_the_reason_and_leaves_nothing(case, stored):
    name, content, words = REFUSED[case]
    began = time.process_time()
    with pytest.raises(Refused, match=words) as error:
        files.examine(upload(name, content), max_bytes=MAX)
    assert time.process_time() - began < 1
    assert name in str(error.value) and error.value.field == "files"
    assert stored() == []


def test_no_pixel_of_a_huge_picture_is_decoded(monkeypatch):
    def decode(*args, **kwargs):
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    monkeypatch.setattr("PIL.WebPImagePlugin.WebPImageFile._open", decode)
    for name, content in (("a.png", png_of(30_000, 30_000)), ("a.webp", webp_of(16_000, 16_000))):
        with pytest.raises(Refused, match="megapixels"):
            files.examine(upload(name, content), max_bytes=MAX)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\fake\\photo.jpg", "photo.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066photo\u2069\u200f.jpg", "photo.jpg"),
        ("a\r\nSet-Cookie: b\x00.pdf", "a Set-Cookie: b.pdf"),
        ("...hidden.txt", "hidden.txt"),
        ("  count   of cartons .csv", "count of cartons.csv"),
        ("图纸 – 第1页.pdf", "图纸 – 第1页.pdf"),
        ("x" * 300 + ".jpeg", "x" * 145 + ".jpeg"),
        ("", "file"),
        ("/", "file"),
    ],
)
def test_names_are_made_safe(given, kept):
    assert files.safe_name(given) == kept
    assert len(files.safe_name(given)) <= 150


def test_a_preview_is_small_upright_and_says_nothing_of_the_camera():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SecretCamera"
    content = picture("JPEG", size=(2000, 1000), exif=exif, comment=b"SecretPlace")
    found = files.examine(upload("photo.jpg", content), max_bytes=MAX)
    shown = Image.open(io.BytesIO(found.preview))
    assert (shown.format, shown.size) == ("JPEG", (800, 1600))
    assert not shown.getexif() and b"Secret" not in found.preview
    clear = files.examine(upload("logo.png", picture(mode="RGBA")), max_bytes=MAX)
    assert Image.open(io.BytesIO(clear.preview)).mode == "RGBA"


SCANNED = []


def scanner(file):
    SCANNED.append(file.read())
    if b"virus" in SCANNED[-1]:
        raise Refused("The scanner found something in it.")


def test_a_virus_scanner_may_refuse_a_file(settings, world, stored):
    dispute = cases.claimed(world)
    settings.EVIDENCE_SCANNER = "tests.disputes.test_evidence.scanner"
    with pytest.raises(Refused, match="scanner found"):
        add(dispute, world.buyer, name="notes.txt", content=b"a virus")
    assert stored() == [] and not Evidence.objects.exists()
    assert add(dispute, world.buyer, name="notes.txt", content=b"no harm").number == 1
    assert SCANNED == [b"a virus", b"no harm"]


# adding -------------------------------------------------------------------------------------------------------------


def test_the_original_is_kept_byte_for_byte_under_a_random_name(world, stored):
    dispute = cases.claimed(world)
    content = picture("JPEG")
    kept = add(dispute, world.buyer, name="Mere's lamp.jpg", content=content, note=" A crack ")
    with kept.file.open("rb") as original:
        assert original.read() == content
    assert (kept.number, kept.side, kept.size, kept.note) == (1, "buyer", len(content), "A crack")
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert len(stored()) == 2 and not any("lamp" in str(path) for path in stored())
    event = Event.objects.about("order", dispute.order_id).last()
    assert event.kind == "evidence.added"
    assert event.data | {"commitment": ""} == {
        "dispute": dispute.reference,
        "number": 1,
        "sha256": kept.sha256,
        "side": "buyer",
        "size": len(content),
        "commitment": "",
    }
    assert PersonalValue.objects.get(event=event).values == {"name": "Mere's lamp.jpg", "note": "A crack"}


def test_files_are_numbered_in_the_case_and_can_not_change(world, adjudicator):
    dispute = cases.escalated(world)
    now = dispute.escalated_at + HOUR
    who = (world.buyer, world.seller, adjudicator, world.buyer)
    added = [add(dispute, by, name="n.txt", content=f"note {n}".encode(), now=now) for n, by in enumerate(who)]
    assert [(each.number, each.side) for each in added] == [
        (1, "buyer"),
        (2, "supplier"),
        (3, "staff"),
        (4, "buyer"),
    ]
    from django.db import InternalError, transaction

    for change in (lambda: Evidence.objects.update(name="other"), lambda: Evidence.objects.all().delete()):
        with pytest.raises(InternalError), transaction.atomic():
            change()


def test_the_same_file_of_a_side_gives_the_first_receipt(world, stored):
    dispute = cases.claimed(world)
    key = uuid.uuid4()
    first = add(dispute, world.buyer, name="a.pdf", content=PDF, key=key)
    assert add(dispute, world.buyer, name="a.pdf", content=PDF, key=key, now=dispute.filed_at + DAY) == first
    assert add(dispute, world.buyer, name="b.pdf", content=PDF) == first
    other = add(dispute, world.seller, name="a.pdf", content=PDF)
    assert (first.number, other.number) == (1, 2)
    with pytest.raises(MovedOn, match="another file"):
        add(dispute, world.buyer, name="c.txt", content=b"something else", key=key)
    assert Event.objects.filter(kind="evidence.added").count() == len(stored()) == 2


def test_thirty_files_a_side_and_no_more(world):
    dispute = cases.claimed(world)
    for number in range(30):
        add(dispute, world.buyer, name="n.txt", content=f"note {number}".encode())
    with pytest.raises(MovedOn, match="30 files"):
        add(dispute, world.buyer, name="n.txt", content=b"one more")
    assert add(dispute, world.seller, name="n.txt", content=b"one more").number == 31


def test_a_file_is_removed_again_when_its_row_can_not_be_kept(world, stored, monkeypatch):
    dispute = cases.claimed(world)

    def fail(*args, **kwargs):
        raise RuntimeError("the database went away")

    monkeypatch.setattr("disputes.actions.evidencing.record", fail)
    with pytest.raises(RuntimeError):
        add(dispute, world.buyer)
    assert stored() == [] and not Evidence.objects.exists()


def test_only_who_acts_for_a_side_and_staff_who_decide_may_add(world, adjudicator):
    dispute = cases.escalated(world)
    finance = stories.person("finance@staff.test", full_name="Fin", is_staff=True)
    finance.groups.add(Group.objects.get(name="finance"))
    for stranger in (world.stranger, world.bookkeeper, world.rival_seller, finance):
        assert side_for(dispute, stranger) is None
        with pytest.raises(NotAllowed):
            add(dispute, stranger, now=dispute.escalated_at + HOUR)
    assert side_for(dispute, adjudicator) == "staff"
    world.seller.is_staff = True
    world.seller.save()
    world.seller.groups.add(Group.objects.get(name="adjudicator"))
    assert side_for(dispute, type(world.seller).objects.get(pk=world.seller.pk)) == "supplier"


# until when -----------------------------------------------------------------------------------------------------------


def sides(dispute, now) -> tuple[bool, bool, bool]:
    return tuple(may_add(dispute, side, now).allowed for side in ("buyer", "supplier", "staff"))


def test_both_may_add_while_they_talk_and_five_days_after(world):
    talking = cases.claimed(world)
    assert sides(talking, talking.filed_at) == (True, True, False)
    assert may_add(talking, "buyer", talking.filed_at).until is None
    dispute = cases.fresh(actions.escalate(dispute_id=talking.id, by=None, now=talking.escalate_at))
    ends = dispute.evidence_ends_at
    assert ends == dispute.escalated_at + 5 * DAY
    assert may_add(dispute, "supplier", ends - SECOND) == (True, "", ends)
    assert sides(dispute, ends - SECOND) == (True, True, True)
    assert sides(dispute, ends) == (False, False, True)  # no sweep has run yet
    with pytest.raises(MovedOn, match="nothing to answer"):
        add(dispute, world.buyer, now=ends)
    assert not add(dispute, world.buyer, now=ends - SECOND).is_rebuttal


def test_rebuttal_is_for_the_side_that_new_evidence_speaks_against(world, adjudicator):
    dispute = cases.claimed(world)
    add(dispute, world.seller, name="old.txt", content=b"before the escalation")
    dispute = cases.fresh(actions.escalate(dispute_id=dispute.id, by=None, now=dispute.escalate_at))
    ends, last = dispute.evidence_ends_at, dispute.rebuttal_ends_at
    assert last == ends + 48 * HOUR
    add(dispute, adjudicator, name="staff.txt", content=b"from staff", now=ends - SECOND)
    assert sides(dispute, ends) == (False, False, True)
    add(dispute, world.buyer, name="new.txt", content=b"new", now=ends - SECOND)
    assert sides(dispute, ends) == (False, True, True)
    actions.close_evidence(dispute_id=dispute.id, now=ends)
    dispute = cases.fresh(dispute)
    assert may_add(dispute, "supplier", last - SECOND) == (True, "", last)
    answer = add(dispute, world.seller, name="answer.txt", content=b"an answer", now=last - SECOND)
    assert answer.is_rebuttal
    assert sides(dispute, last - SECOND) == (False, True, True), "an answer opens nothing for the other side"
    assert sides(dispute, last) == (False, False, True)
    with pytest.raises(MovedOn, match="as it stands"):
        add(dispute, world.seller, now=last)


def test_who_was_asked_may_add_until_the_answer_is_due(world, adjudicator):
    dispute = cases.deciding(world)
    now = dispute.rebuttal_ends_at + HOUR
    assert sides(dispute, now) == (False, False, True)
    due = now + 2 * DAY
    Question.objects.create(
        dispute=dispute, side="supplier", text="The test report?", asked_by=adjudicator, asked_at=now, due_at=due
    )
    assert may_add(dispute, "supplier", due - SECOND) == (True, "", due)
    assert sides(dispute, due - SECOND) == (False, True, True)
    assert sides(dispute, due) == (False, False, True)
    assert not add(dispute, world.seller, now=due - SECOND).is_rebuttal


def put(dispute, status, **fields) -> Dispute:
    """The dispute as it would be in a later state, for the rule alone; nothing is saved."""
    dispute = cases.fresh(dispute)
    dispute.__dict__["status"] = status
    for name, value in fields.items():
        setattr(dispute, name, value)
    return dispute


def test_an_appeal_brings_new_evidence_within_48_hours(world):
    dispute = cases.deciding(world)
    now = dispute.rebuttal_ends_at + 3 * DAY
    assert sides(put(dispute, "decided"), now) == (False, False, False)
    assert "appeal" in may_add(put(dispute, "decided"), "buyer", now).reason
    Appeal.objects.create(
        dispute=dispute, side="buyer", by=world.buyer, ground="evidence", reasons="A new report", filed_at=now
    )
    appealed, until = put(dispute, "appealed"), now + 48 * HOUR
    assert may_add(appealed, "buyer", until - SECOND) == (True, "", until)
    assert sides(appealed, until - SECOND) == (True, False, True)
    assert sides(appealed, until) == (False, False, True)


def test_what_came_back_can_be_shown_and_a_closed_file_stays(world):
    dispute = cases.claimed(world)
    for status in ("returning", "replacing"):
        assert sides(put(dispute, status), dispute.filed_at + DAY) == (True, True, False)
    assert sides(put(dispute, "closed"), dispute.filed_at + DAY) == (False, False, False)


def test_while_a_chargeback_freezes_the_case_its_deadlines_stand_still(world):
    dispute = cases.escalated(world)
    ends = dispute.evidence_ends_at
    dispute.order.contested_minor, dispute.frozen_at = 1, ends - SECOND
    assert may_add(dispute, "buyer", ends + 30 * DAY) == (True, "", None)
    dispute.frozen_at = ends
    assert not may_add(dispute, "buyer", ends + 30 * DAY).allowed
