"""Typed terms on the pages: rows without scripts, everything kept, templates, the contract as page, PDF and JSON."""

import re
import uuid
from dataclasses import replace

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from orders import beginnings
from orders.forms import Draft, fresh_terms
from orders.forms.overlaying import sent_by
from orders.forms.typed import read_agreed, written_agreed
from orders.models import Order
from orders.terms import Attribute, Certificate, LineTerms, Packaging
from orders.terms.typical import TYPICAL, with_typical
from suppliers.models import Category, PriceStep, Product
from tests import stories
from tests.orders.test_pages import client_of, text_of, typed, url
from tests.orders.test_typed_terms import COLOUR, DIAMETER, LIGHT, found, whole
from tests.stories import NOW, terms
from trade_assurance.demo import cast

ROWS = {
    "lines-0-attributes-TOTAL_FORMS": "3",
    "lines-0-attributes-0-name": "Diameter",
    "lines-0-attributes-0-kind": "value",
    "lines-0-attributes-0-agreed": "1,400 +/- 2",
    "lines-0-attributes-0-unit": "mm",
    "lines-0-attributes-0-method": "caliper",
    "lines-0-attributes-0-severity": "critical",
    "lines-0-attributes-1-kind": "value",
    "lines-0-attributes-2-name": "Colour",
    "lines-0-attributes-2-kind": "choice",
    "lines-0-attributes-2-agreed": "matt black; satin",
    "lines-0-certificates-TOTAL_FORMS": "2",
    "lines-0-certificates-0-name": "Test report EN 60598-1",
    "lines-0-certificates-0-is_mandatory": "on",
    "lines-0-certificates-1-name": "FSC",
    "lines-0-packaging_kind": "carton",
    "lines-0-packaging_units_each": "1,200",
    "lines-0-packaging_words": "Corner protection",
    "inspection_who": "third_party",
    "inspection_agency": "Sample Inspection Ltd",
    "inspection_when": "before_shipment",
    "inspection_paid_by": "supplier",
    "inspection_aql_major": "1.5",
    "inspection_aql_minor": "4.0",
    "document_invoice": "shipment",
    "document_origin": "receipt",
    "incoterm": "DAP",
    "deliver_by_on": "2026-11-01",
    "category": "lighting",
}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def value_of(page: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', page)
    found = re.search(r'value="([^"]*)"', tag[0])
    return found[1] if found else ""


# reading and writing what is agreed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "parts"),
    [
        ("value", "400", {"value": "400"}),
        ("value", "400±2", {"value": "400", "tolerance": "2"}),
        ("value", "-40.5 +/- 0.5", {"value": "-40.5", "tolerance": "0.5"}),
        ("value", "−40", {"value": "-40"}),  # the minus sign of a word processor
        ("value", "1,200,000", {"value": "1200000"}),
        ("value", "４００", {"value": "400"}),  # full-width digits
        ("value", "", {}),
        ("range", "10 to 20", {"low": "10", "high": "20"}),
        ("range", "10-20", {"low": "10", "high": "20"}),
        ("range", "10 – 20", {"low": "10", "high": "20"}),
        ("range", "-40 to -20", {"low": "-40", "high": "-20"}),
        ("range", "-40--20", {"low": "-40", "high": "-20"}),
        ("range", "from 1,000 to 2,000.5", {"low": "1000", "high": "2000.5"}),
        ("range", "at least 5", {"low": "5"}),
        ("range", "≥5", {"low": "5"}),
        ("range", "min. 5", {"low": "5"}),
        ("range", "up to 0.3", {"high": "0.3"}),
        ("range", "<= 0.3", {"high": "0.3"}),
        ("choice", "matt black; satin;", {"choices": ("matt black", "satin")}),
        ("choice", "RAL 9005, matt;", {"choices": ("RAL 9005, matt",)}),
    ],
)
def test_what_is_agreed_is_read(kind, text, parts):
    assert read_agreed(kind, text) == parts


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("value", "1e5", "is no number"),
        ("value", "1" * 30, "is no number"),
        ("value", "2,5", "is no number"),
        ("value", "٤٠٠", "is no number"),
        ("value", "400 mm", "is no number"),
        ("value", "400 ±", "is no number"),
        ("value", "400 ± -2", "zero or more"),
        ("value", "10 to 20", "This is a range"),
        ("value", "at least 5", "This is a range"),
        ("value", "black", "For words choose"),
        ("range", "400", "Write a range as"),
        ("range", "about 5", "Write a range as"),
        ("range", "10 to 1e5", "is no number"),
        ("choice", "black, white", "semicolon"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(kind, text, said):
    with pytest.raises(ValidationError, match=said):
        read_agreed(kind, text)


@pytest.mark.parametrize(
    "attribute",
    [
        DIAMETER,
        LIGHT,
        COLOUR,
        replace(DIAMETER, tolerance="", value="-3"),
        replace(LIGHT, low="-40", high="-20"),
        replace(LIGHT, low=""),
        replace(LIGHT, high=""),
        replace(COLOUR, choices=("RAL 9005, matt",)),
        replace(COLOUR, choices=()),
        *(attribute for typical in TYPICAL.values() for attribute in typical.attributes),
    ],
)
def test_what_is_written_in_a_field_is_read_back_the_same(attribute):
    parts = read_agreed(attribute.kind, written_agreed(attribute))
    empty = {"value": "", "tolerance": "", "low": "", "high": "", "choices": ()}
    assert replace(attribute, **empty | parts) == attribute


# the form ------------------------------------------------------------------------------------------------------------


def test_everything_typed_is_in_the_contract_and_back_on_the_form(world):
    buyer = client_of(world.buyer)
    assert buyer.post(reverse("orders:new"), typed(world, save="1", **ROWS)).status_code == 302
    order = Order.objects.get()
    sent = order.versions.get().terms
    line = sent.lines[0]
    assert line.attributes == (
        Attribute("Diameter", "value", "mm", value="1400", tolerance="2", method="caliper", severity="critical"),
        Attribute("Colour", "choice", choices=("matt black", "satin")),
    )
    assert line.certificates == (Certificate("Test report EN 60598-1"), Certificate("FSC", is_mandatory=False))
    assert line.packaging == Packaging("carton", 1200, "Corner protection")
    assert (sent.inspection.agency, sent.inspection.aql_major, sent.inspection.paid_by) == (
        "Sample Inspection Ltd",
        "1.5",
        "supplier",
    )
    assert [(each.kind, each.due) for each in sent.documents] == [("invoice", "shipment"), ("origin", "receipt")]
    assert (sent.category, sent.deliver_by_on) == ("lighting", "2026-11-01")
    page = text_of(buyer.get(url("edit", order)))
    assert value_of(page, "lines-0-attributes-0-agreed") == "1400 ± 2"
    assert value_of(page, "lines-0-attributes-1-agreed") == "matt black; satin"
    assert "2 attributes, 2 certificates" in page and "An inspection company, before shipment" in page
    assert "2 due" in page


def test_both_sides_change_it_and_the_difference_is_in_words(world):
    order = stories.sent(world, whole())
    buyer = client_of(world.buyer)
    page = text_of(buyer.get(url("edit", order)))
    assert value_of(page, "lines-0-attributes-1-agreed") == "2600 to 2800"
    fields = draft_fields(order.versions.get().terms) | {"send": "1", "lines-0-attributes-1-agreed": "2650 to 2750"}
    assert buyer.post(url("edit", order), fields).status_code == 302
    page = text_of(client_of(world.seller).get(url("contract", order)))
    assert "What changed since version 1" in page and "1 change<" in page
    assert "2600 to 2800 K" in page and "2650 to 2750 K" in page


def draft_fields(contract) -> dict:
    """What a browser would send for these terms."""
    draft = Draft.of(contract, now=NOW)
    counts = {f"{rows.prefix}-TOTAL_FORMS": str(len(rows.forms)) for rows in (draft.lines, draft.plan)}
    counts |= {f"{rows.prefix}-INITIAL_FORMS": "0" for rows in (draft.lines, draft.plan)}
    counts |= {
        f"{rows.prefix}-TOTAL_FORMS": str(len(rows))
        for line in draft.lines.forms
        for rows in (line.attributes, line.certificates)
    }
    return sent_by(draft) | counts


def test_a_form_without_the_rows_agrees_nothing(world):
    assert client_of(world.buyer).post(reverse("orders:new"), typed(world, send="1")).status_code == 302
    document = Order.objects.get().versions.get().document
    assert not {"category", "inspection", "documents", "deliver_by_on"} & set(document)
    assert not {"attributes", "certificates", "packaging"} & set(document["lines"][0])


def test_what_cannot_be_read_stays_with_its_sentence_and_nothing_is_saved(world):
    buyer = client_of(world.buyer)
    response = buyer.post(
        reverse("orders:new"),
        typed(world, send="1", **ROWS | {"lines-0-attributes-0-agreed": "1e5 <b>", "lines-0-attributes-2-agreed": ""}),
    )
    page = text_of(response)
    assert response.status_code == 422 and not Order.objects.exists()
    assert value_of(page, "lines-0-attributes-0-agreed") == "1e5 &lt;b&gt;"
    assert "“1e5 &lt;b&gt;” is no number" in page and 'href="#id_lines-0-attributes-0-agreed"' in page
    assert value_of(page, "lines-0-packaging_words") == "Corner protection"
    assert '<details class="col-span-2 md:col-span-4" id="typed-0" open>' in page


def test_what_is_missing_is_said_at_its_field_when_it_is_sent(world):
    buyer = client_of(world.buyer)
    rows = ROWS | {
        "lines-0-attributes-0-agreed": "",
        "lines-0-attributes-2-name": "diameter",
        "lines-0-certificates-1-name": "test report en 60598-1",
        "inspection_agency": "",
        "inspection_aql_minor": "0.65",
        "incoterm": "FOB",
    }
    response = buyer.post(reverse("orders:new"), typed(world, send="1", **rows), follow=True)
    page = text_of(response)
    assert "Give the value that is agreed" in page and 'href="#id_lines-0-attributes-0-agreed"' in page
    assert 'href="#id_lines-0-attributes-1-name"' in page  # the blank row between is gone
    assert page.count("This is listed already. Give it another name") >= 2
    assert "Name the inspection company." in page and "Minor defects can’t be judged more strictly" in page
    assert "Under FOB the supplier doesn’t carry the goods" in page


@pytest.mark.parametrize("bad", ["x" * 81, "a\x00b"])
def test_names_that_cannot_be_kept(world, bad):
    response = client_of(world.buyer).post(
        reverse("orders:new"), typed(world, save="1", **ROWS | {"lines-0-certificates-0-name": bad})
    )
    assert response.status_code == 422 and not Order.objects.exists()


@pytest.mark.parametrize("count", ["", "-1", "٣", "99999", "x", "1e3"])
def test_a_number_of_rows_that_is_none(world, count):
    data = typed(world, save="1", **ROWS | {"lines-0-attributes-TOTAL_FORMS": count})
    assert client_of(world.buyer).post(reverse("orders:new"), data).status_code in (302, 422)


def test_choices_that_are_not_on_the_list(world):
    lists = ("lines-0-attributes-0-kind", "lines-0-attributes-0-severity", "lines-0-packaging_kind")
    lists += ("category", "inspection_who", "document_invoice", "inspection_aql_major")
    assert Draft.typed(typed(world, **ROWS), now=NOW).is_valid()
    for name in lists:
        assert not Draft.typed(typed(world, **ROWS | {name: "evil"}), now=NOW).is_valid(), name
    data = typed(world, save="1", **ROWS | dict.fromkeys(lists, "evil"))
    assert client_of(world.buyer).post(reverse("orders:new"), data).status_code == 422


def test_rows_are_added_and_taken_out_without_scripts(world):
    buyer = client_of(world.buyer)
    page = text_of(buyer.post(reverse("orders:new"), typed(world, add_attribute_0="1", **ROWS)))
    assert value_of(page, "lines-0-attributes-TOTAL_FORMS") == "4"
    assert 'name="remove_attribute_0_3"' in page and 'id="typed-0" open' in page
    page = text_of(buyer.post(reverse("orders:new"), typed(world, remove_attribute_0_0="1", **ROWS)))
    assert value_of(page, "lines-0-attributes-TOTAL_FORMS") == "2"
    assert value_of(page, "lines-0-attributes-1-name") == "Colour"
    page = text_of(buyer.post(reverse("orders:new"), typed(world, add_certificate_0="1", **ROWS)))
    assert re.search(r'name="lines-0-certificates-2-is_mandatory"[^>]*checked', page)
    page = text_of(buyer.post(reverse("orders:new"), typed(world, remove_certificate_0_0="1", **ROWS)))
    assert value_of(page, "lines-0-certificates-0-name") == "FSC"
    assert not re.search(r'name="lines-0-certificates-0-is_mandatory"[^>]*checked', page)
    for odd in ("remove_attribute_0_9", "remove_attribute_7_0", "add_attribute_99", "add_attribute_0_5"):
        assert buyer.post(reverse("orders:new"), typed(world, **{odd: "1"}, **ROWS)).status_code == 200
    assert not Order.objects.exists()


def test_a_line_that_is_taken_out_takes_its_rows_along(world):
    second = {
        "lines-TOTAL_FORMS": "2",
        "lines-1-product": "Shade",
        "lines-1-attributes-TOTAL_FORMS": "1",
        "lines-1-attributes-0-name": "Height",
    }
    page = text_of(client_of(world.buyer).post(reverse("orders:new"), typed(world, remove_line_0="1", **ROWS | second)))
    assert value_of(page, "lines-0-product") == "Shade"
    assert value_of(page, "lines-0-attributes-TOTAL_FORMS") == "1"
    assert value_of(page, "lines-0-attributes-0-name") == "Height"
    assert "Diameter" not in page and value_of(page, "lines-0-certificates-TOTAL_FORMS") == "0"


def test_a_mend_of_the_check_finds_its_row_behind_a_blank_one(world):
    rows = ROWS | {"lines-0-attributes-2-kind": "value", "lines-0-attributes-2-agreed": "90"}
    data = typed(world, mend="exact_value:lines.0.attributes.1.tolerance", **rows)
    page = text_of(client_of(world.buyer).post(reverse("orders:new"), data))
    assert value_of(page, "lines-0-attributes-2-agreed") == "90 ± 1.8"
    assert value_of(page, "lines-0-attributes-1-agreed") == ""


# templates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", TYPICAL)
def test_each_template_is_fit_but_for_what_somebody_must_fill_in(slug):
    begun = with_typical(terms(category=slug), LineTerms("", 0, "pieces", 0))
    assert begun.lines[0].attributes and begun.documents and begun.inspection
    empty = {path for path in found(begun) if path.endswith((".value", ".low"))}
    assert set(found(begun)) - empty <= {"inspection.agency"}
    assert len(empty) <= 3


def test_every_category_of_the_demo_has_a_template():
    assert {company.category.lower() for company in cast.COMPANIES} <= set(TYPICAL)


def test_a_template_fills_what_is_empty_and_leaves_what_is_typed(world):
    rows = {
        "category": "textiles",
        "lines-TOTAL_FORMS": "2",
        "lines-0-attributes-TOTAL_FORMS": "1",
        "lines-0-attributes-0-name": "My own",
        "lines-0-attributes-0-agreed": "1e9",
        "lines-1-product": "Towel",
        "lines-1-quantity": "ten",
        "document_insurance": "receipt",
        "inspection_when": "before_shipment",
    }
    response = client_of(world.buyer).post(reverse("orders:new"), typed(world, begin="1", **rows))
    page = text_of(response)
    assert response.status_code == 200 and not Order.objects.exists()
    assert "Filled in what is typical of textiles." in page
    assert value_of(page, "lines-0-attributes-0-name") == "My own"
    assert value_of(page, "lines-0-attributes-0-agreed") == "1e9"
    assert value_of(page, "lines-0-attributes-TOTAL_FORMS") == "1"
    assert value_of(page, "lines-1-attributes-0-name") == "Weight of the fabric"
    assert value_of(page, "lines-1-attributes-1-agreed") == "at most 3"
    assert value_of(page, "lines-1-quantity") == "ten"
    assert value_of(page, "lines-0-certificates-0-name") == "OEKO-TEX Standard 100"
    assert "1 due" in page and "The buyer, before shipment" in page


def test_a_template_begins_a_blank_contract_in_its_first_row(world):
    blank = typed(world, begin="1", category="lighting") | dict.fromkeys(
        ("lines-0-product", "lines-0-quantity", "lines-0-unit_price"), ""
    )
    page = text_of(client_of(world.buyer).post(reverse("orders:new"), blank))
    assert value_of(page, "lines-TOTAL_FORMS") == "1"
    assert value_of(page, "lines-0-attributes-0-name") == "Diameter"


def test_a_template_that_is_none(world):
    buyer = client_of(world.buyer)
    response = buyer.post(reverse("orders:new"), typed(world, begin="1", category=""))
    assert response.status_code == 422 and "Choose a category first." in text_of(response)
    assert buyer.post(reverse("orders:new"), typed(world, begin="1", category="evil")).status_code == 422


def test_the_supplier_begins_from_a_template_too(world):
    order = stories.requested(world)
    data = draft_fields(fresh_terms(buyer=world.buyer, now=NOW)) | {"begin": "1", "category": "furniture"}
    page = text_of(client_of(world.seller).post(url("edit", order), data))
    assert "Moisture of the wood" in page and not order.versions.exists()


def test_a_contract_begun_from_a_product_has_what_is_typical_of_its_category(world):
    category = Category.objects.create(slug="lighting", name="Lighting")
    world.supplier.categories.add(category)
    product = Product.objects.create(
        supplier=world.supplier,
        category=category,
        name="Pendant lamp",
        slug="pendant-lamp",
        unit="pieces",
        currency="USD",
        minimum_quantity=10,
        lead_days=20,
        created_at=NOW,
        key=uuid.uuid4(),
        is_listed=True,
    )
    PriceStep.objects.create(product=product, quantity_from=10, unit_price_minor=1000)
    begun = beginnings.from_product(product, 10, fresh_terms(buyer=world.buyer, now=NOW))
    assert begun.category == "lighting" and begun.lines[0].attributes == TYPICAL["lighting"].attributes
    start = reverse("orders:new") + f"?supplier={world.supplier.slug}"
    page = text_of(client_of(world.buyer).get(f"{start}&product=pendant-lamp"))
    assert value_of(page, "lines-0-attributes-1-agreed") == "2700 ± 100"
    blank = text_of(client_of(world.buyer).get(start))
    assert '<option value="lighting" selected>' in blank and "Diameter" not in blank
