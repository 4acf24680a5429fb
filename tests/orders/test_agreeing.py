"""Drafting, sending, answering and accepting a contract; what is wrong gets a sentence at its field."""

import uuid
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, transaction

from events.models import Event
from orders import actions
from orders.actions.agreeing import CoverChanged
from orders.actions.attaching import BadFile
from orders.models import Order
from orders.terms import BadTerms, InstalmentTerms, LineTerms, differences, fingerprint
from suppliers import actions as supplier_actions
from suppliers.actions import NothingFree
from tests import stories
from tests.stories import NOW
from trade_assurance.refused import MovedOn, NotAllowed, Refused


def line(**changes):
    return replace(LineTerms("Lamp", 100, "pieces", 100_00), **changes)


def part(**changes):
    return replace(InstalmentTerms("All", 10_000_00, "shipment", "2026-09-25"), **changes)


BAD = {
    "no goods": ({"lines": ()}, "lines", "at least one line"),
    "too many lines": ({"lines": (line(),) * 10_001}, "lines", "at most 500"),
    "no product": ({"lines": (line(product=" "),)}, "lines.0.product", "Name the product"),
    "zero": ({"lines": (line(quantity=0),)}, "lines.0.quantity", "from 1"),
    "negative": ({"lines": (line(unit_price_minor=-5),)}, "lines.0.unit_price", "above zero"),
    "huge": ({"lines": (line(unit_price_minor=10**13 + 1),)}, "lines.0.unit_price", "above zero"),
    "huge in all": ({"lines": (line(quantity=10**9, unit_price_minor=10**12),)}, "lines", "Split it"),
    "tolerance": ({"lines": (line(tolerance_bp=501),)}, "lines.0.tolerance", "0 to 5 %"),
    "a megabyte of text": ({"quality": "x" * 2**20}, "quality", "5,000 characters"),
    "unknown currency": ({"currency": "XAU"}, "currency", "Choose one of"),
    "no rate": ({"currency": "GBP"}, "currency", "Choose one of"),
    "incoterm": ({"incoterm": "FOO"}, "incoterm", "11 Incoterms"),
    "no place": ({"place": ""}, "place", "port"),
    "ship-by past": ({"ship_by_on": "2026-08-31"}, "ship_by_on", "past"),
    "ship-by far": ({"ship_by_on": "2026-12-01"}, "ship_by_on", "within 90"),
    "ship-by no date": ({"ship_by_on": "2026-02-30"}, "ship_by_on", "as a date"),
    "ship-by twice": ({"lead_days": 5}, "ship_by", "either"),
    "lead time": ({"ship_by_on": None, "lead_days": 91}, "lead_days", "1 to 90"),
    "less than the total": ({"plan": (part(amount_minor=9_999_99),)}, "plan", "USD 0.01 less"),
    "deposit above the total": ({"plan": (part(amount_minor=10_000_01),)}, "plan", "USD 0.01 more"),
    "negative instalment": ({"plan": (part(amount_minor=-1),)}, "plan.0.amount", "above zero"),
    "no plan": ({"plan": ()}, "plan", "before shipment"),
    "nothing before shipment": ({"plan": (part(due_before="delivery"),)}, "plan", "before shipment"),
    "due in the past": ({"plan": (part(due_on="2026-08-30"),)}, "plan.0.due_on", "past"),
    "due after ship-by": ({"plan": (part(due_on="2026-10-02"),)}, "plan.0.due_on", "after the ship-by"),
    "out of order": (
        {"plan": (part(amount_minor=9_000_00, due_before="delivery"), part(amount_minor=1_000_00))},
        "plan",
        "order in which",
    ),
    "a dear sample": ({"is_sample": True}, "is_sample", "USD 1,000.00"),
    "a large sample": (
        {"is_sample": True, "lines": (line(quantity=11, unit_price_minor=1_00),), "plan": (part(amount_minor=11_00),)},
        "is_sample",
        "10 units",
    ),
    "timezone": ({"timezone": "Mars/Olympus"}, "timezone", "timezone"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_draft_is_kept_but_not_sent(world, case):
    changes, path, words = BAD[case]
    order = stories.requested(world)
    actions.save_draft(order_id=order.id, terms=stories.terms(**changes), by=world.seller, now=NOW)
    before = stories.snapshot(order)
    with pytest.raises(BadTerms) as error:
        actions.send_contract(order_id=order.id, by=world.seller, now=NOW)
    found = [problem.sentence for problem in error.value.problems if problem.path == path]
    assert any(words in sentence for sentence in found), error.value.problems
    assert stories.snapshot(order) == before


def test_currencies_with_no_and_three_decimals(world):
    for currency in ("JPY", "KWD"):
        order = stories.placed(world, stories.simple_terms(1_001, currency))
        assert (order.total_minor, order.reserved_minor, order.status) == (1_001, 1_001, "placed")


def test_a_counter_version_replaces_the_first_and_says_what_changed(world):
    order = stories.sent(world)
    cheaper = stories.terms(
        lines=(line(unit_price_minor=90_00),),
        plan=(InstalmentTerms("All", 9_000_00, "shipment", "2026-09-25"),),
    )
    actions.save_draft(order_id=order.id, terms=cheaper, by=world.buyer, now=NOW)
    second = actions.send_contract(order_id=order.id, by=world.buyer, now=NOW)
    first = order.versions.get(number=1)
    labels = {change.label for change in differences(first.terms, second.terms)}
    assert {"Line 1", "Total", "Instalment 1", "Instalment 2"} <= labels
    with pytest.raises(MovedOn, match="newer version"):
        actions.accept(
            order_id=order.id, version=1, fingerprint=first.fingerprint, cover_minor=0, by=world.seller, now=NOW
        )
    order = stories.accept(order, by=world.seller)
    assert (order.status, order.total_minor) == ("placed", 9_000_00)


def test_an_accepted_version_can_not_be_changed_even_in_the_database(world):
    order = stories.placed(world)
    version = order.versions.get()
    assert version.accepted_by_both
    assert version.fingerprint == fingerprint(version.document)
    for change in ({"document": {}}, {"fingerprint": "0" * 64}, {"buyer_accepted_at": None}):
        with pytest.raises(InternalError), transaction.atomic():
            order.versions.filter(pk=version.pk).update(**change)
    with pytest.raises(InternalError), transaction.atomic():
        order.versions.filter(pk=version.pk).delete()


def test_a_working_draft_is_seen_by_its_own_side_only_and_can_not_be_accepted(world):
    order = stories.requested(world)
    actions.save_draft(order_id=order.id, terms=stories.terms(), by=world.seller, now=NOW)
    with pytest.raises(MovedOn, match="no version"):
        actions.accept(order_id=order.id, version=1, fingerprint="", cover_minor=0, by=world.buyer, now=NOW)


def test_acceptance_is_bound_to_the_cover_shown(world):
    supplier_actions.set_limit(supplier_id=world.supplier.id, limit_minor=6_000_00, reason="test", by=None, now=NOW)
    order = stories.sent(world)
    before = stories.snapshot(order)
    with pytest.raises(CoverChanged) as error:
        stories.accept(order, by=world.buyer, cover_minor=10_000_00)
    assert error.value.cover_minor == 6_000_00
    assert stories.snapshot(order) == before
    world.supplier.refresh_from_db()
    assert world.supplier.reserved_minor == 0
    assert stories.accept(order, by=world.buyer, cover_minor=6_000_00).reserved_minor == 6_000_00


def test_nothing_free_refuses_acceptance(world):
    supplier_actions.set_limit(supplier_id=world.supplier.id, limit_minor=0, reason="test", by=None, now=NOW)
    order = stories.sent(world)
    with pytest.raises(NothingFree):
        stories.accept(order, by=world.buyer)
    assert stories.fresh(order).status == Order.Status.DRAFT


def test_a_paused_supplier_takes_no_new_orders(world):
    order = stories.sent(world)
    supplier_actions.set_status(supplier_id=world.supplier.id, status="paused", reason="review", by=None, now=NOW)
    with pytest.raises(MovedOn, match="takes no new protected orders"):
        stories.accept(order, by=world.buyer)
    with pytest.raises(Refused, match="no new protected orders"):
        stories.requested(world)


def test_a_limit_in_dollars_covers_an_order_in_yen(world):
    supplier_actions.set_limit(supplier_id=world.supplier.id, limit_minor=67_00, reason="test", by=None, now=NOW)
    order = stories.placed(world, stories.simple_terms(20_000, "JPY"))
    assert order.reserved_minor == 10_000  # USD 67.00 at 0.0067
    assert world.supplier.reservations.get().usd_minor == 67_00


def test_nobody_buys_from_a_company_they_work_for(world):
    with pytest.raises(Refused, match="work for"):
        actions.request_contract(
            buyer=world.seller, supplier_id=world.supplier.id, title="x", request="x", key=None, now=NOW
        )


def test_nobody_joins_a_company_that_they_bought_from(world):
    stories.requested(world)
    with pytest.raises(Refused, match="has bought"):
        supplier_actions.add_member(
            supplier_id=world.supplier.id, user=world.buyer, role="sales", by=world.seller, now=NOW
        )


def test_a_double_click_makes_one_order(world):
    key = uuid.uuid4()
    made = {
        actions.draft_contract(
            buyer=world.buyer, supplier_id=world.supplier.id, terms=stories.terms(), key=key, now=NOW
        ).id
        for _ in range(2)
    }
    assert len(made) == Order.objects.count() == 1


def test_an_unverified_address_signs_nothing(world):
    order = stories.sent(world)
    world.buyer.emailaddress_set.update(verified=False)
    with pytest.raises(NotAllowed, match="e-mail"):
        stories.accept(order, by=world.buyer)


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.pdf", b"", "empty"),
        ("program.jpg", b"MZ\x90\x00" + b"\0" * 200, "not what its name says"),
        ("page.png", b"<html><script>alert(1)</script></html>", "not what its name says"),
        ("picture.pdf", PNG, "not what its name says"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(world, name, content, words):
    order = stories.requested(world)
    with pytest.raises(BadFile, match=words):
        actions.add_attachment(order_id=order.id, upload=SimpleUploadedFile(name, content), by=world.seller, now=NOW)
    assert not order.attachments.exists()


def test_an_attached_file_is_part_of_the_fingerprint(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    order = stories.requested(world)
    actions.save_draft(order_id=order.id, terms=stories.terms(), by=world.seller, now=NOW)
    upload = SimpleUploadedFile("../spec\u202esheet.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n")
    kept = actions.add_attachment(order_id=order.id, upload=upload, by=world.seller, now=NOW)
    assert "/" not in kept.name and "\u202e" not in kept.name
    version = actions.send_contract(order_id=order.id, by=world.seller, now=NOW)
    assert version.document["attachments"][0]["sha256"] == kept.sha256


def test_each_change_is_one_event(world):
    order = stories.received(world)
    kinds = list(Event.objects.about("order", order.id).values_list("kind", flat=True))
    assert kinds == [
        "contract.requested",
        "contract.drafted",
        "contract.sent",
        "contract.accepted",
        "payment.cleared",
        "payment.cleared",
        "shipment.entered",
        "receipt.confirmed",
    ]


def test_a_message_is_kept_outside_the_chain_and_sent_once(world):
    order = stories.placed(world)
    key = uuid.uuid4()
    for _ in range(2):
        actions.write_message(order_id=order.id, key=key, body="Ready on Monday", by=world.seller, now=NOW)
    assert order.messages.count() == 1
    event = Event.objects.about("order", order.id).last()
    assert "Monday" not in str(event.data) and event.data["commitment"]
    for body in ("  ", "x" * 5_001):
        with pytest.raises(Refused):
            actions.write_message(order_id=order.id, key=uuid.uuid4(), body=body, by=world.seller, now=NOW)


def test_the_same_form_again_with_other_terms_keeps_the_newer_ones(world):
    key = uuid.uuid4()

    def save(contract, by=world.buyer):
        return actions.draft_contract(buyer=by, supplier_id=world.supplier.id, terms=contract, key=key, now=NOW)

    order = save(stories.simple_terms(9_000_00))
    save(stories.simple_terms(8_000_00))
    assert Order.objects.count() == 1
    with pytest.raises(NotAllowed):
        save(stories.simple_terms(7_000_00), by=world.stranger)
    version = actions.send_contract(order_id=order.id, by=world.buyer, now=NOW)
    assert version.terms.total_minor == 8_000_00
    save(stories.simple_terms(7_000_00))
    assert order.versions.get().terms.total_minor == 8_000_00


def test_an_unverified_address_sends_nothing_either(world):
    order = stories.requested(world)
    actions.save_draft(order_id=order.id, terms=stories.terms(), by=world.seller, now=NOW)
    world.seller.emailaddress_set.update(verified=False)
    with pytest.raises(NotAllowed, match="e-mail"):
        actions.send_contract(order_id=order.id, by=world.seller, now=NOW)


def test_a_supplier_can_not_accept_at_less_cover_than_the_buyer_saw(world):
    order = actions.draft_contract(
        buyer=world.buyer, supplier_id=world.supplier.id, terms=stories.terms(), key=None, now=NOW
    )
    actions.send_contract(order_id=order.id, by=world.buyer, now=NOW)
    supplier_actions.set_limit(supplier_id=world.supplier.id, limit_minor=6_000_00, reason="test", by=None, now=NOW)
    before = stories.snapshot(order)
    with pytest.raises(CoverChanged) as error:
        stories.accept(order, by=world.seller, cover_minor=0)
    assert error.value.cover_minor == 6_000_00
    assert stories.snapshot(order) == before
