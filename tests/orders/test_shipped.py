"""Rule 7: for each of the 11 Incoterms the fact, the document by its name, ways of transport, the carrier's proof."""

import uuid
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail

from events.models import Event
from orders import shipped
from orders.models import CarrierEvent, Shipment
from orders.terms import INCOTERMS
from tests import stories
from tests.orders.test_pages import client_of, text_of, url
from tests.stories import DAY, NOW
from trade_assurance.refused import Refused

T, C = Shipment.Transport, CarrierEvent.Code
ANY = {"express", "air", "sea", "rail", "road"}
WAYBILLS = {
    "express": "Courier's receipt",
    "air": "Air waybill (AWB)",
    "sea": "Carrier's receipt or FCR",
    "rail": "Rail consignment note (CIM or SMGS)",
    "road": "CMR consignment note",
}
BOARD = {"sea": "On-board bill of lading"}
# term: the day asked for, the documents by way of transport, an event that proves it, one that does not
TABLE = {
    "EXW": ("Date of the notice", dict.fromkeys(ANY, "Notice of availability"), "picked_up", "label"),
    "FCA": ("Date of handover to the carrier", WAYBILLS, "picked_up", "label"),
    "CPT": ("Date of handover to the carrier", WAYBILLS, "picked_up", "label"),
    "CIP": ("Date of handover to the carrier", WAYBILLS, "in_transit", "exception"),
    "FAS": ("Date of placing alongside", {"sea": "Dock receipt or mate's receipt"}, "alongside", "picked_up"),
    "FOB": ("On-board date", BOARD, "on_board", "alongside"),
    "CFR": ("On-board date", BOARD, "on_board", "picked_up"),
    "CIF": ("On-board date", BOARD, "on_board", "in_transit"),
    "DAP": ("Date of the carrier's first movement", WAYBILLS, "picked_up", "label"),
    "DPU": ("Date of the carrier's first movement", WAYBILLS, "in_transit", "label"),
    "DDP": ("Date of the carrier's first movement", WAYBILLS, "delivered", "exception"),
}


def event(code, at=NOW):
    return CarrierEvent(code=code, at=at)


def test_the_table_has_every_term():
    assert set(TABLE) == set(INCOTERMS) == set(shipped.FACTS)


@pytest.mark.parametrize("incoterm", TABLE)
def test_each_term_has_its_fact_its_document_and_its_event(incoterm):
    day, documents, proves, does_not = TABLE[incoterm]
    fact = shipped.FACTS[incoterm]
    assert (fact.words, shipped.day(incoterm)) == (INCOTERMS[incoterm][1], day)
    assert {way: shipped.document(incoterm, way) for way in fact.ways} == documents
    assert shipped.proven_by(incoterm, [event(does_not)]) is None
    assert shipped.proven_by(incoterm, [event(does_not, NOW - DAY), event(proves)]).code == proves
    assert shipped.proven_by(incoterm, [event("export_cleared")]) is not None  # counts under every term
    assert shipped.proven_by(incoterm, [event("label")]) is None  # under none


@pytest.mark.parametrize("incoterm", TABLE)
@pytest.mark.parametrize("way", sorted(ANY))
def test_a_sea_term_goes_by_sea_alone(world, incoterm, way):
    order = stories.paid(world, stories.terms(incoterm=incoterm))
    if way in TABLE[incoterm][1]:
        made = stories.dispatch(order, world, transport=way)
        assert (made.transport, made.fact) == (way, INCOTERMS[incoterm][1])
        return
    before = stories.snapshot(order)
    with pytest.raises(Refused, match=f"Under {incoterm} the goods go by sea.*amendment to FCA"):
        stories.dispatch(order, world, transport=way)
    assert stories.snapshot(order) == before


@pytest.mark.parametrize("incoterm", TABLE)
def test_the_document_is_asked_for_by_its_name(world, incoterm):
    order = stories.paid(world, stories.terms(incoterm=incoterm))
    with pytest.raises(Refused, match="document that proves it: ") as refused:
        stories.dispatch(order, world, document=" ")
    assert TABLE[incoterm][1]["sea"] in str(refused.value)
    with time_machine.travel(NOW + 10 * DAY, tick=False):
        page = text_of(client_of(world.seller).get(url("ship", order)))
    assert TABLE[incoterm][0].replace("'", "&#x27;") in page or TABLE[incoterm][0] in page
    for paper in {*TABLE[incoterm][1].values(), shipped.EXPORT_DOCUMENT}:
        assert paper.replace("'", "&#x27;") in page or paper in page


@pytest.mark.parametrize("incoterm", TABLE)
def test_an_export_clearance_counts_too(world, incoterm):
    order = stories.paid(world, stories.terms(incoterm=incoterm))
    assert stories.dispatch(order, world, proof="export", document="MRN 26CN1").fact == "Cleared for export"
    assert stories.fresh(order).status == "shipped"


def test_nothing_else_proves_a_shipment(world):
    order = stories.paid(world)
    with pytest.raises(Refused, match="what proves"):
        stories.dispatch(order, world, proof="label")


def test_exw_notifies_the_buyer(world, django_capture_on_commit_callbacks):
    order = stories.paid(world, stories.terms(incoterm="EXW"))
    with django_capture_on_commit_callbacks(execute=True):
        stories.dispatch(order, world, carrier="Gate 3, Nansha works", document="N-1")
    [told] = [each for each in mail.outbox if "collect" in each.subject]
    assert told.to == [world.buyer.email] and order.reference in told.subject and "Gate 3, Nansha works" in told.body
    with pytest.raises(Refused, match="where the buyer collects"):
        stories.dispatch(stories.paid(world, stories.terms(incoterm="EXW")), world, carrier="")
    page = text_of(client_of(world.buyer).get(order.get_absolute_url()))
    assert "Where the goods are collected" in page and "Notice of availability" in page


def test_other_terms_send_no_notice(world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        stories.dispatch(stories.paid(world), world)
    assert not [each for each in mail.outbox if "collect" in each.subject]


# container numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["CSQU3054383", "csqu 305438 3", " CSQU-305438-3 "])
def test_a_container_number_is_kept_as_the_norm_writes_it(world, typed):
    order = stories.paid(world)
    assert stories.dispatch(order, world, container_number=typed).container_number == "CSQU3054383"


@pytest.mark.parametrize("typed", ["CSQU3054384", "CSQ3054383", "CSQX3054383", "123U3054383", "ÇSQU3054383", "x" * 30])
def test_a_wrong_container_number_gets_a_sentence(world, typed):
    order = stories.paid(world)
    before = stories.snapshot(order)
    with pytest.raises(Refused, match="no container number: four letters") as refused:
        stories.dispatch(order, world, container_number=typed)
    assert refused.value.field == "container_number"
    assert stories.snapshot(order) == before


def test_no_container_flies(world):
    order = stories.paid(world, stories.terms(incoterm="FCA"))
    with pytest.raises(Refused, match="sea, rail or road"):
        stories.dispatch(order, world, transport="air", container_number="CSQU3054383")


# what can't be ----------------------------------------------------------------------------------------------------


def entry(order, **fields) -> dict:
    return {
        "key": str(uuid.uuid4()),
        "transport": "sea",
        "proof": "fact",
        "dispatched_on": "2026-09-10",
        "carrier": "Sample Line",
        "document": "BL-1",
        f"line_{order.lines.get().id}": "100",
    } | fields


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"dispatched_on": "2026-09-12"}, "in the future"),
        ({"dispatched_on": "2026-08-31"}, "before the payment cleared"),
        ({"dispatched_on": ""}, "Give the day: on-board date."),
        ({"dispatched_on": "2027-02-29"}, "year-month-day"),
        ({"transport": "air"}, "how the goods travel"),
        ({"transport": ""}, "required"),
        ({"proof": "label"}, "what proves the shipment"),
        ({"container_number": "CSQU3054384"}, "no container number"),
        ({"tracking_number": "--"}, "letters and digits"),
        ({"tracking_number": "x" * 61}, "60 characters"),
        ({"document": ""}, "On-board bill of lading"),
    ],
)
def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(world, fields, words):
    order = stories.paid(world)
    before = stories.snapshot(order)
    with time_machine.travel(NOW + 10 * DAY, tick=False):
        answer = client_of(world.seller).post(url("ship", order), entry(order, **fields))
    assert answer.status_code == 422
    assert words in text_of(answer) and "Sample Line" in text_of(answer)
    assert stories.snapshot(order) == before


@pytest.mark.parametrize(
    ("zone", "now", "on"),
    [
        ("Pacific/Auckland", datetime(2028, 2, 28, 11, 0, tzinfo=UTC), date(2028, 2, 29)),  # 29 February there already
        ("Pacific/Honolulu", datetime(2028, 3, 1, 9, 59, tzinfo=UTC), date(2028, 2, 29)),  # and there still
        ("Europe/Berlin", datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),  # a day of 25 hours
        ("America/New_York", datetime(2027, 3, 14, 12, 0, tzinfo=UTC), date(2027, 3, 14)),  # a day of 23 hours
        ("Pacific/Kiritimati", datetime(2026, 9, 10, 10, 0, tzinfo=UTC), date(2026, 9, 11)),  # UTC+14
        ("Pacific/Pago_Pago", datetime(2026, 9, 11, 10, 59, tzinfo=UTC), date(2026, 9, 10)),  # UTC-11
    ],
)
def test_the_day_is_the_contracts_own(world, zone, now, on):
    """The last day that is not the future there, at leap days, clock changes and the date line."""
    contract = stories.terms(timezone=zone, ship_by_on=None, lead_days=20, plan=plan_at(now))
    order = stories.paid(world, contract, now=now - DAY)
    before = stories.snapshot(order)
    with pytest.raises(Refused, match="future"):
        stories.dispatch(order, world, now=now, dispatched_on=on + DAY)
    assert stories.snapshot(order) == before
    made = stories.dispatch(order, world, now=now, dispatched_on=on)
    assert made.dispatched_at == now  # the day is not over, so it counts from now
    assert made.dispatched_at.astimezone(ZoneInfo(zone)).date() == on


def test_a_day_that_is_over_counts_from_its_end(world):
    order = stories.paid(world)
    made = stories.dispatch(order, world, dispatched_on=date(2026, 9, 8))
    end = datetime(2026, 9, 9, tzinfo=ZoneInfo("Pacific/Auckland"))
    assert (end - made.dispatched_at).total_seconds() < 1


def plan_at(now):
    from orders.terms import InstalmentTerms

    return (InstalmentTerms("All", 10_000_00, "shipment", now.date().isoformat()),)


def test_one_event_says_the_fact(world):
    order = stories.paid(world)
    stories.dispatch(order, world)
    [said] = Event.objects.about("order", order.id).filter(kind="shipment.entered")
    assert (said.data["fact"], said.data["tracking"]) == ("On-board date of the bill of lading", "none")
