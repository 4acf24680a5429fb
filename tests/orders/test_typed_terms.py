"""Typed terms: worked examples, odd input, what differs in words, and documents from before there were any."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from orders.terms import (
    Attribute,
    Certificate,
    DueDocument,
    Inspection,
    Packaging,
    Terms,
    differences,
    fingerprint,
    problems,
    spell,
)
from orders.terms.typed import ATTRIBUTES_MAX, CERTIFICATES_MAX, CHOICES_MAX, DOCUMENTS
from tests.stories import NOW, terms
from trade_assurance.rulebook import CURRENT

DIAMETER = Attribute("Diameter", "value", unit="mm", value="400", tolerance="2", method="caliper")
LIGHT = Attribute("Colour temperature", "range", unit="K", low="2600", high="2800", severity="minor")
COLOUR = Attribute("Colour", "choice", choices=("matt black", "RAL 9005, satin"))
# As version 1 of a contract was stored before there were typed parts, and the fingerprint that both sides signed.
STORED = (
    '{"title":"Pendant lamps, 100","currency":"USD","lines":[{"product":"Pendant lamp","quantity":100,"unit":"pieces",'
    '"unit_price_minor":10000,"specification":"","quality":"","tolerance_bp":0}],"plan":[{"label":"Deposit",'
    '"amount_minor":300000,"due_before":"production","due_on":"2026-09-05"},{"label":"Balance","amount_minor":700000,'
    '"due_before":"shipment","due_on":"2026-09-25"}],"incoterm":"FOB","place":"Nansha","destination_country":"NZ",'
    '"destination_address":"12 Quay Street, Auckland","timezone":"Pacific/Auckland","ship_by_on":"2026-10-01",'
    '"lead_days":null,"freight_minor":0,"is_sample":false,"quality":"","notes":"","attachments":[],"rulebook":1,'
    '"parties":{}}'
)
SIGNED = "e4ea9251458f3a1867218915111c3cdc39ef508854f757c4fa6070c8ed191cd7"


def with_line(**changes) -> Terms:
    plain = terms()
    return replace(plain, lines=(replace(plain.lines[0], **changes),))


def found(contract: Terms) -> dict[str, str]:
    return {each.path: each.sentence for each in problems(contract, rules=CURRENT, usd_per_unit=Decimal(1), now=NOW)}


def whole() -> Terms:
    """A contract with everything that can be typed."""
    line = replace(
        terms().lines[0],
        attributes=(DIAMETER, LIGHT, COLOUR),
        certificates=(Certificate("EN 60598-1 test report"), Certificate("FSC", is_mandatory=False)),
        packaging=Packaging("carton", 4, "Corner protection"),
    )
    return terms(
        lines=(line,),
        incoterm="DAP",
        place="12 Quay Street, Auckland",
        category="lighting",
        deliver_by_on="2026-11-01",
        inspection=Inspection("third_party", "before_shipment", agency="Sample Inspection Ltd"),
        documents=(DueDocument("invoice"), DueDocument("origin", "receipt")),
    )


def test_a_document_from_before_loads_and_dumps_with_the_fingerprint_that_was_signed():
    document = json.loads(STORED)
    assert fingerprint(document) == SIGNED
    loaded = Terms.load(document)
    assert loaded == terms() and loaded.inspection is None and loaded.lines[0].attributes == ()
    assert loaded.dump() == document and fingerprint(loaded.dump()) == SIGNED


def test_a_document_of_a_later_version_of_the_code_loads_what_is_known():
    document = json.loads(STORED)
    document["lines"][0] |= {"hue": 7, "attributes": [{"name": "A", "kind": "value", "value": "1", "later": True}]}
    assert Terms.load(document | {"later": 1}).lines[0].attributes == (Attribute("A", "value", value="1"),)


def test_what_is_typed_survives_being_stored():
    stored = json.loads(json.dumps(whole().dump()))
    assert Terms.load(stored) == whole()
    assert fingerprint(Terms.load(stored).dump()) == fingerprint(stored)
    assert found(whole()) == {}


def test_it_reads_as_a_contract():
    read = {row.label: row.text for row in spell(whole())}
    assert read["Line 1: Diameter"] == "400 mm ± 2 mm, measured by caliper; what differs is a major defect"
    assert read["Line 1: Colour temperature"] == "2600 to 2800 K; what differs is a minor defect"
    assert read["Line 1: Colour"] == "matt black or RAL 9005, satin; what differs is a major defect"
    assert read["Line 1 certificates"] == "EN 60598-1 test report (mandatory); FSC (if there is one)"
    assert read["Line 1 packaging"] == "Cartons, 4 units each. Corner protection"
    assert read["Inspection"].startswith("Sample Inspection Ltd, before shipment, paid by the buyer. ISO 2859-1")
    assert "AQL 2.5 for major and 4.0 for minor defects, none critical" in read["Inspection"]
    assert read["Documents"] == "Commercial invoice, with the shipment; Certificate of origin, at receipt"
    assert read["Deliver by"] == "1 Nov 2026"
    one_sided = replace(LIGHT, high="")
    read = {row.label: row.text for row in spell(with_line(attributes=(one_sided,)))}
    assert read["Line 1: Colour temperature"].startswith("at least 2600 K")


def test_nothing_typed_is_spelled_where_nothing_is_typed():
    assert not any("attribute" in row.code or row.code in ("inspection", "documents") for row in spell(terms()))


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"attributes": (replace(DIAMETER, tolerance="3"), LIGHT, COLOUR)}, "Line 1: Diameter"),
        ({"attributes": (replace(DIAMETER, severity="critical"), LIGHT, COLOUR)}, "Line 1: Diameter"),
        ({"attributes": (DIAMETER, LIGHT)}, "Line 1: Colour"),
        ({"certificates": ()}, "Line 1 certificates"),
        ({"packaging": None}, "Line 1 packaging"),
        ({"packaging": Packaging("carton", 6, "Corner protection")}, "Line 1 packaging"),
    ],
)
def test_every_change_of_a_line_is_a_difference(change, label):
    old = whole()
    new = replace(old, lines=(replace(old.lines[0], **change),))
    assert [each.label for each in differences(old, new)] == [label]


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"deliver_by_on": "2026-11-02"}, "Deliver by"),
        ({"inspection": None}, "Inspection"),
        ({"inspection": replace(whole().inspection, paid_by="supplier")}, "Inspection"),
        ({"inspection": replace(whole().inspection, aql_minor="6.5")}, "Inspection"),
        ({"documents": ()}, "Documents"),
        ({"documents": (DueDocument("invoice", "receipt"), DueDocument("origin", "receipt"))}, "Documents"),
        ({"category": "furniture"}, "Category"),
    ],
)
def test_every_change_of_the_contract_is_a_difference(change, label):
    assert [each.label for each in differences(whole(), replace(whole(), **change))] == [label]


ODD_NUMBERS = (
    "1e5",
    "10^30",
    "1" * 13,
    "1,200",
    "2,5",
    "٤٠٠",
    "½",
    "NaN",
    "Infinity",
    "4\x000",
    "--1",
    "0x10",
    " 4",
    "+4",
)


@pytest.mark.parametrize("text", ODD_NUMBERS)
@pytest.mark.parametrize(
    ("kind", "name"), [("value", "value"), ("value", "tolerance"), ("range", "low"), ("range", "high")]
)
def test_what_is_no_decimal_is_refused_where_it_stands(text, kind, name):
    base = {"value": DIAMETER, "range": LIGHT}[kind]
    said = found(with_line(attributes=(replace(base, **{name: text}),)))
    assert list(said) == [f"lines.0.attributes.0.{name}"] and "is no number" in said[f"lines.0.attributes.0.{name}"]


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        (replace(DIAMETER, value=""), "value"),
        (replace(DIAMETER, tolerance="-2"), "tolerance"),
        (replace(DIAMETER, name="  "), "name"),
        (replace(DIAMETER, name="x" * 81), "name"),
        (replace(DIAMETER, name="a\x00b"), "name"),
        (replace(DIAMETER, unit="x" * 21), "unit"),
        (replace(DIAMETER, method="x" * 121), "method"),
        (replace(DIAMETER, severity="awful"), "severity"),
        (replace(DIAMETER, kind="guess"), "kind"),
        (replace(DIAMETER, low="1"), "low"),
        (replace(DIAMETER, choices=("a",)), "choices"),
        (replace(LIGHT, low="", high=""), "low"),
        (replace(LIGHT, low="2800.1"), "low"),
        (replace(LIGHT, value="1"), "value"),
        (replace(COLOUR, choices=()), "choices"),
        (replace(COLOUR, choices=("black", "BLACK ")), "choices"),
        (replace(COLOUR, choices=("black; white",)), "choices"),
        (replace(COLOUR, choices=("",)), "choices"),
        (replace(COLOUR, choices=("x" * 81,)), "choices"),
        (replace(COLOUR, choices=tuple(map(str, range(CHOICES_MAX + 1)))), "choices"),
    ],
)
def test_an_attribute_that_says_nothing_clear_is_refused(attribute, name):
    assert list(found(with_line(attributes=(attribute,)))) == [f"lines.0.attributes.0.{name}"]


def test_what_is_just_allowed():
    allowed = (
        replace(DIAMETER, tolerance="0"),
        replace(DIAMETER, name="Cold", value="-40.5"),
        replace(LIGHT, low="2800", high="2800"),
        replace(LIGHT, name="Huge", low="", high="9" * 12),
    )
    assert found(with_line(attributes=allowed)) == {}


def test_the_same_name_twice_and_too_many():
    twice = with_line(attributes=(DIAMETER, replace(LIGHT, name=" diameter ")))
    assert list(found(twice)) == ["lines.0.attributes.1.name"]
    many = with_line(attributes=tuple(replace(DIAMETER, name=str(n)) for n in range(ATTRIBUTES_MAX + 1)))
    assert list(found(many)) == ["lines.0.attributes"]
    assert found(with_line(attributes=many.lines[0].attributes[:-1])) == {}
    papers = tuple(Certificate(str(n)) for n in range(CERTIFICATES_MAX + 1))
    assert list(found(with_line(certificates=papers))) == ["lines.0.certificates"]
    assert list(found(with_line(certificates=(Certificate("CE"), Certificate("ce"))))) == [
        "lines.0.certificates.1.name"
    ]
    assert list(found(with_line(certificates=(Certificate(""),)))) == ["lines.0.certificates.0.name"]


def test_a_contract_has_no_more_attributes_than_a_form_can_send():
    line = with_line(attributes=tuple(replace(DIAMETER, name=str(n)) for n in range(ATTRIBUTES_MAX))).lines[0]
    cheap = replace(line, unit_price_minor=1)
    plan = (replace(terms().plan[1], amount_minor=3_100),)
    assert list(found(terms(lines=(cheap,) * 31, plan=plan))) == ["lines"]


@pytest.mark.parametrize(
    ("packaging", "name"),
    [
        (Packaging("box"), "kind"),
        (Packaging("carton", 0), "units_each"),
        (Packaging("carton", -4), "units_each"),
        (Packaging("carton", 10**30), "units_each"),
        (Packaging("bulk", 4), "units_each"),
        (Packaging("carton", 4, "x" * 501), "words"),
        (Packaging("carton", 4, "\x00"), "words"),
    ],
)
def test_packaging_that_cannot_be(packaging, name):
    assert list(found(with_line(packaging=packaging))) == [f"lines.0.packaging.{name}"]


@pytest.mark.parametrize(
    ("inspection", "name"),
    [
        (Inspection("nobody", "at_receipt"), "who"),
        (Inspection("buyer", "some day"), "when"),
        (Inspection("third_party", "at_receipt"), "agency"),
        (Inspection("buyer", "at_receipt", agency="Sample Inspection Ltd"), "agency"),
        (Inspection("buyer", "at_receipt", paid_by="us"), "paid_by"),
        (Inspection("buyer", "at_receipt", aql_major="2.4"), "aql_major"),
        (Inspection("buyer", "at_receipt", aql_minor="4"), "aql_minor"),
        (Inspection("buyer", "at_receipt", aql_major="4.0", aql_minor="2.5"), "aql_minor"),
    ],
)
def test_an_inspection_that_cannot_be(inspection, name):
    assert list(found(terms(inspection=inspection))) == [f"inspection.{name}"]


def test_documents_once_each_of_those_there_are():
    assert list(found(terms(documents=(DueDocument("letter"),)))) == ["documents.0.kind"]
    assert list(found(terms(documents=(DueDocument("invoice"), DueDocument("invoice"))))) == ["documents.1.kind"]
    assert list(found(terms(documents=(DueDocument("invoice", "some day"),)))) == ["documents.0.due"]
    every = tuple(map(DueDocument, DOCUMENTS))
    assert found(terms(documents=every)) == {}
    assert list(found(terms(documents=(*every, DueDocument("invoice"))))) == ["documents"]


TODAY = NOW.date()  # 09:00 UTC, so it is the same day in Auckland


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("nonsense", "as a date"),
        ("2027-02-29", "as a date"),
        ("2026-09-30", "before the ship-by date, 1 Oct 2026"),
        ("9999-12-31", "within 365 days"),
        (str(TODAY + timedelta(days=366)), "within 365 days"),
    ],
)
def test_a_promised_day_of_delivery_that_cannot_be(day, said):
    assert said in found(terms(incoterm="DDP", deliver_by_on=day))["deliver_by_on"]


def test_a_promised_day_of_delivery():
    assert found(terms(incoterm="DAP", deliver_by_on="2026-10-01")) == {}
    assert found(terms(incoterm="DPU", deliver_by_on=str(TODAY + timedelta(days=365)))) == {}
    past = str(TODAY - timedelta(days=1))
    assert "past" in found(terms(incoterm="DAP", ship_by_on=None, lead_days=30, deliver_by_on=past))["deliver_by_on"]
    assert "Under FOB" in found(terms(deliver_by_on="2026-11-01"))["deliver_by_on"]


def test_a_category_is_a_slug():
    assert found(terms(category="protective-equipment")) == {}
    for odd in ("Lamps", "<b>", "x" * 61, "a\x00"):
        assert list(found(terms(category=odd))) == ["category"]
