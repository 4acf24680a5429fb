"""The case file: whole, checked by itself, and for each reader what its pages show (product.md §6.7, ADR 23)."""

import csv
import io
import json
import subprocess
import sys
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from lxml import etree

from disputes import actions
from disputes.casefile import packing, reader, signing, verify
from disputes.casefile.reader import Reader
from events.actions import erase_personal, publish_root
from events.models import Event, PersonalValue
from orders import actions as order_actions
from orders.actions.flagging import flag
from orders.models import Order
from payments import actions as payments
from tests import cases, stories
from tests.disputes import casefiles, staff, talks
from tests.disputes.casefiles import made
from tests.stories import DAY, NOW

LATER = NOW + 60 * DAY


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ada(db):
    return staff.adjudicator("Ada")


@pytest.fixture
def case(world):
    """An open case with evidence of both sides and a message."""
    dispute = cases.claimed(world)
    for by in (world.buyer, world.seller):
        casefiles.prove(dispute, by, uuid.uuid4(), now=cases.FILED + DAY)
    casefiles.write(dispute.order, world.buyer, "=Anna says: look at the photos", uuid.uuid4(), cases.FILED + DAY)
    return dispute


def text(files) -> str:
    return "\n".join(content.decode("latin-1") for name, content in files.items() if not name.endswith(".pdf"))


def read(files, name):
    return json.loads(files[f"private/{name}.json"])


def test_it_has_all_parts_and_checks_itself(world, case):
    files = made(case.order, world.buyer, LATER)
    found = verify.check(casefiles.zipped(files))
    assert found.wrong == []
    assert found.facts["order"] == case.order.reference and found.facts["made_for"] == "buyer"
    assert {
        "README.txt",
        "verify.py",
        "manifest.json",
        "manifest.sig",
        "public/events.jsonl",
        "public/ledger.csv",
        "public/root.json",
        "private/contract/version-1.json",
        "private/contract/paper/version-1.pdf",
        "private/contract/ubl/version-1.xml",
        f"private/evidence/{case.reference}/001.pdf",
        f"private/evidence/{case.reference}/002.pdf",
        f"private/cases/{case.reference}.json",
        "private/messages.json",
        "private/shipments.json",
        "private/receipt/receipt.json",
        "private/money.json",
        "private/personal.jsonl",
        "private/people.json",
    } <= set(files)
    assert len(casefiles.events_of(files)) == Event.objects.about("order", case.order_id).count()


def test_the_verifier_runs_alone_on_the_unpacked_folder_and_on_the_zip(world, case, tmp_path):
    with packing.build(order_id=case.order_id, by=world.seller, now=LATER) as file:
        box = tmp_path / "case.zip"
        box.write_bytes(file.read())
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(box).extractall(folder)
    alone = [sys.executable, "-I", "-S", "verify.py"]
    assert subprocess.run(alone, cwd=folder, capture_output=True, check=False).returncode == 0
    said = subprocess.run([*alone, str(box)], cwd=folder, capture_output=True, text=True, check=False)
    assert (said.returncode, "All of it holds." in said.stdout) == (0, True)
    (folder / "private" / "messages.json").write_text("[]")
    said = subprocess.run(alone, cwd=folder, capture_output=True, text=True, check=False)
    assert (said.returncode, "private/messages.json was changed." in said.stdout) == (1, True)


def test_the_verifier_is_short_and_needs_nothing_but_python():
    source = (packing.HERE / "verify.py").read_text()
    assert len(source.splitlines()) <= 205
    used = {line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))}
    assert used <= sys.stdlib_module_names
    compile(source, "verify.py", "exec")


def test_the_public_part_is_checked_alone_and_holds_nothing_personal(world, case):
    files = made(case.order, world.buyer, LATER)
    public = {name: content for name, content in files.items() if not name.startswith("private/")}
    found = verify.check(casefiles.zipped(public))
    assert found.wrong == [] and any("public part" in said for said in found.holds)
    shown = text(public)
    for private in (world.buyer.full_name, world.buyer.email, "Anna", world.seller.full_name, "Scratches"):
        assert private not in shown


def test_personal_values_open_their_commitments_and_may_be_erased(world, case):
    files = made(case.order, world.seller, LATER)
    values = [json.loads(line)["values"] for line in files["private/personal.jsonl"].splitlines()]
    assert {"body": "=Anna says: look at the photos"} in values
    for kept in PersonalValue.objects.all():
        erase_personal(event_id=kept.event_id)
    files = made(case.order, world.seller, LATER)
    assert files["private/personal.jsonl"] == b""
    assert casefiles.wrong(files) == []


def test_the_proof_leads_to_the_last_root_that_covers_the_order(world, case):
    first = publish_root(now=LATER)
    casefiles.write(case.order, world.seller, "Seen.", uuid.uuid4(), LATER)
    found = verify.check(casefiles.zipped(made(case.order, world.buyer, LATER)))
    events = Event.objects.about("order", case.order_id).count()
    assert (found.wrong, found.facts["root"], found.facts["covered"]) == ([], first.root, events - 1)
    second = publish_root(now=LATER + DAY)
    found = verify.check(casefiles.zipped(made(case.order, world.buyer, LATER + DAY)))
    assert (found.wrong, found.facts["root"], found.facts["covered"]) == ([], second.root, events)


def test_the_ledger_is_a_table_in_which_nothing_is_a_formula(world, case):
    files = made(case.order, world.buyer, LATER)
    rows = list(csv.DictReader(io.StringIO(files["public/ledger.csv"].decode())))
    assert int(rows[-1]["escrow_after_minor"]) == Order.objects.get(pk=case.order_id).escrow_minor
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    assert {"clear", "release"} <= {row["what"] for row in rows}


def test_each_side_sees_its_own_fees_and_not_the_others(world, case):
    buyer, seller = made(case.order, world.buyer, LATER), made(case.order, world.seller, LATER)
    assert b"service_fees" not in buyer["public/ledger.csv"]
    assert b"processing_fees" not in seller["public/ledger.csv"]
    assert read(buyer, "money")["cleared_minor"] == read(seller, "money")["cleared_minor"] == 10_000_00


def test_payouts_are_for_who_keeps_the_suppliers_books(world, ada):
    order = stories.paid(world)
    sales = stories.person("sales@lumen.test", full_name="Sal Es")
    world.supplier.members.create(user=sales, role="sales", joined_at=NOW)
    readers = [reader.reader_for(order, person) for person in (world.bookkeeper, ada, sales, world.buyer)]
    assert [each.keeps_books for each in readers] == [True, True, False, False]


def test_what_staff_keep_to_themselves_is_withheld_but_its_place_in_the_chain_is_not(world, ada):
    order, now = casefiles.decided(world, ada)
    flag(order_id=order.id, reason="Looks linked to Eve", by=risk(), now=now)
    for party in (world.buyer, world.seller):
        files = made(order, party, LATER)
        assert casefiles.wrong(files) == []
        hidden = [event for event in casefiles.events_of(files) if casefiles.is_withheld(event)]
        assert hidden and not any("kind" in event or "actor_id" in event for event in hidden)
        shown = text(files)
        assert "Looks linked" not in shown and "order.flagged" not in shown and "dispute.picked_up" not in shown
        assert ada.full_name not in shown and "Our staff" in shown
        assert "sent_back_because" not in shown
    files = made(order, ada, LATER)
    assert casefiles.wrong(files) == []
    assert not any(map(casefiles.is_withheld, casefiles.events_of(files)))
    assert "Looks linked to Eve" in text(files)


def risk():
    person = stories.person("risk@staff.test", full_name="Rita Risk", is_staff=True)
    person.groups.add(Group.objects.get(name="risk"))
    return person


def test_decisions_come_with_their_reasons_and_the_document_that_was_published(world, ada):
    order, _ = casefiles.decided(world, ada)
    files = made(order, world.buyer, LATER)
    dispute = order.disputes.get()
    told = read(files, f"cases/{dispute.reference}")["decisions"][0]
    assert told["reasons"] == "The sample shows defects beyond the acceptable limit."
    assert f"private/decisions/{dispute.reference}-1.json" in files
    assert casefiles.wrong(files) == []


def test_sealed_limits_are_in_nobodys_case_file(world, ada):
    dispute = talks.open_case(world)
    actions.seal_limit(dispute_id=dispute.id, amount_minor=123_456_78, by=world.buyer, now=talks.OPENED)
    for person in (world.buyer, world.seller, ada):
        files = made(dispute.order, person, talks.OPENED)
        assert "12345678" not in text(files) and "ciphertext" not in text(files)


def test_what_the_buyer_tried_to_pay_with_is_the_buyers_alone(world):
    order = stories.placed(world)
    payments.start_payment(
        order_id=order.id, instalment_number=1, method="card", key=uuid.uuid4(), by=world.buyer, now=NOW
    )
    buyer, seller = made(order, world.buyer, LATER), made(order, world.seller, LATER)
    assert "payment.started" in text(buyer) and "payment.started" not in text(seller)
    assert read(buyer, "money")["payments"][0]["fee_minor"] > 0
    assert read(seller, "money")["payments"] == []


def test_photos_of_a_receipt_are_the_buyers_until_it_is_confirmed(world):
    order = stories.shipped(world)
    event = Event(kind="receipt_photo.added", actor_id=world.buyer.id)
    assert [Reader(side).sees(event, order) for side in ("buyer", "supplier", "staff")] == [True, False, True]
    order.received_at = LATER
    assert Reader("supplier").sees(event, order)


def test_a_kind_of_event_that_nobody_has_thought_of_is_for_staff_alone(world):
    order = stories.sent(world)
    event = Event(kind="secret.thing", actor_id=world.buyer.id)
    assert [Reader(side).sees(event, order) for side in ("buyer", "supplier", "staff")] == [False, False, True]


def test_every_kind_of_event_that_a_whole_dispute_records_has_been_thought_of(world, ada):
    order, _ = casefiles.decided(world, ada)
    known = (*reader.BOTH, *reader.FOR_STAFF, *reader.FOR_BUYER)
    kinds = set(Event.objects.about("order", order.id).order_by().values_list("kind", flat=True))
    assert all(kind.startswith(known) for kind in kinds)


def test_a_file_that_storage_has_lost_is_said_and_the_rest_is_there(world, case):
    each = case.evidence.get(number=1)
    each.file.storage.delete(each.file.name)
    files = made(case.order, world.buyer, LATER)
    assert any("001.pdf is missing" in said for said in casefiles.wrong(files))
    assert f"private/evidence/{case.reference}/002.pdf" in files


def test_evidence_goes_from_disk_to_disk_in_chunks(world, case, monkeypatch):
    read_at_once = []
    storage = case.evidence.first().file.storage
    opened = storage.open

    class Watched:
        def __init__(self, file):
            self.file = file

        def read(self, size=-1):
            read_at_once.append(size)
            return self.file.read(size)

        def __enter__(self):
            return self

        def __exit__(self, *exc):
            self.file.close()

    monkeypatch.setattr(
        "django.db.models.fields.files.FieldFile.open", lambda self, mode: Watched(opened(self.name, mode))
    )
    made(case.order, world.buyer, LATER)
    assert read_at_once and max(read_at_once) == packing.CHUNK and min(read_at_once) > 0


def test_a_draft_that_nobody_has_sent_is_in_nobodys_case_file(world):
    order = stories.sent(world)
    files = made(order, world.buyer, LATER)
    assert casefiles.wrong(files) == []
    assert [row["version"] for row in read(files, "contract/versions")] == [1]


def test_the_order_as_ubl_has_the_elements_that_the_standard_asks_for_in_its_order(world, case):
    files = made(case.order, world.buyer, LATER)
    root = etree.fromstring(files["private/contract/ubl/version-1.xml"])
    names = {
        "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
        "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    }
    assert root.tag == "{urn:oasis:names:specification:ubl:schema:xsd:Order-2}Order"
    order = [
        "UBLVersionID",
        "ID",
        "IssueDate",
        "IssueTime",
        "Note",
        "DocumentCurrencyCode",
        "LineCountNumeric",
        "AdditionalDocumentReference",
        "Contract",
        "BuyerCustomerParty",
        "SellerSupplierParty",
        "Delivery",
        "DeliveryTerms",
        "PaymentTerms",
        "AllowanceCharge",
        "DestinationCountry",
        "AnticipatedMonetaryTotal",
        "OrderLine",
    ]
    found = [etree.QName(each).localname for each in root]
    assert found == sorted(found, key=order.index)
    assert {"ID", "IssueDate", "BuyerCustomerParty", "SellerSupplierParty", "OrderLine"} <= set(found)
    total = root.find("cac:AnticipatedMonetaryTotal/cbc:PayableAmount", names)
    assert (total.text, total.get("currencyID")) == ("10000.00", "USD")
    for line in root.findall("cac:OrderLine/cac:LineItem", names):
        assert [line.find(f"{path}", names) is not None for path in ("cbc:ID", "cac:Item/cbc:Name")] == [True, True]


def test_the_signature_is_ours_and_of_this_list_alone(world, case, settings):
    files = made(case.order, world.buyer, LATER)
    content, seal = files["manifest.json"], json.loads(files["manifest.sig"])
    assert signing.is_ours(content, seal) and seal["key"] == signing.public_keys()[0]
    assert not signing.is_ours(content + b" ", seal)
    assert not signing.is_ours(content, seal | {"signature": "00" * 64})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert signing.is_ours(content, seal) and seal["key"] == signing.public_keys()[1]
    settings.SECRET_KEY_FALLBACKS = []
    assert not signing.is_ours(content, seal)


def test_all_of_it_is_read_as_of_one_moment_in_few_queries(world, case, django_assert_max_num_queries):
    with django_assert_max_num_queries(60):
        made(case.order, world.buyer, LATER + timedelta(days=1))


def test_an_order_whose_texts_the_law_let_us_erase_still_has_a_file_that_holds(world, settings):
    order = stories.expired(world)
    publish_root(now=LATER)
    settings.CONTRACTS_KEPT_YEARS = 0
    order_actions.empty(order_id=order.id, now=order.closed_at + DAY)
    files = made(stories.fresh(order), world.buyer, LATER)
    assert casefiles.wrong(files) == []
    assert "private/contract/erased/version-1.json" in files
    assert "texts_erased_at" in read(files, "order") and files["private/personal.jsonl"] == b""
