"""The contract as page, PDF and JSON: for both sides, for nobody else, and by the schema that is published."""

import base64
import hashlib
import json
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from orders import actions, contract_pdf
from orders.models import ContractVersion
from orders.terms import Attribute, LineTerms, Terms
from orders.terms.schema import PATH, schema
from orders.terms.typical import TYPICAL, with_typical
from tests import stories
from tests.orders.test_pages import client_of, text_of, url
from tests.orders.test_typed_terms import DIAMETER, STORED, whole
from tests.papers import words_of
from tests.stories import STORIES, simple_terms, terms

CHECK = Draft202012Validator(schema("https://trade.example"), format_checker=FormatChecker())


def test_the_schema_is_public_at_a_stable_address():
    response = Client().get("/schemas/contract-1.json")
    assert response.status_code == 200 and response["Content-Type"] == "application/schema+json"
    assert reverse("orders:contract_schema") == PATH
    published = response.json()
    assert published["$id"].endswith(PATH)
    Draft202012Validator.check_schema(published)
    assert Client().post(PATH).status_code == 405


@pytest.mark.parametrize(
    "contract",
    [
        terms(),
        whole(),
        *(simple_terms(5, currency) for currency in ("JPY", "KWD", "EUR")),
        terms(ship_by_on=None, lead_days=30),
    ],
)
def test_contracts_follow_the_schema(contract):
    CHECK.validate(contract.dump())


def test_a_document_from_before_follows_it_too():
    CHECK.validate(json.loads(STORED))


@pytest.mark.parametrize("slug", TYPICAL)
def test_what_templates_fill_in_follows_it_once_it_is_filled(slug):
    begun = with_typical(terms(category=slug), LineTerms("", 0, "pieces", 0))
    filled = {"value": {"value": "1"}, "range": {"low": "1"}, "choice": {}}
    attributes = tuple(
        replace(each, **filled[each.kind]) if not (each.value or each.low or each.high or each.choices) else each
        for each in begun.lines[0].attributes
    )
    CHECK.validate(replace(begun, lines=(replace(begun.lines[0], attributes=attributes),)).dump())


@pytest.mark.parametrize("story", STORIES)
def test_every_version_of_every_story_follows_it(world, story):
    STORIES[story](world)
    for version in ContractVersion.objects.filter(sent_at__isnull=False):
        CHECK.validate(version.document)


@pytest.mark.parametrize(
    "change",
    [
        {"attributes": [{"name": "Diameter", "kind": "value"}]},
        {"attributes": [{"name": "Diameter", "kind": "value", "value": "1e5"}]},
        {"attributes": [{"name": "Diameter", "kind": "value", "value": "4" * 13}]},
        {"attributes": [{"name": "Diameter", "kind": "range", "low": "", "high": ""}]},
        {"attributes": [{"name": "Colour", "kind": "choice", "choices": []}]},
        {"attributes": [{"name": "Colour", "kind": "guess"}]},
        {"attributes": [{"name": "Diameter", "kind": "value", "value": "1", "severity": "awful"}]},
        {"packaging": {"kind": "box"}},
        {"packaging": {"kind": "carton", "units_each": 0}},
        {"certificates": [{"is_mandatory": True}]},
        {"quantity": 1.5},
        {"unit_price_minor": "100"},
    ],
)
def test_the_schema_refuses_what_cannot_be(change):
    document = terms().dump()
    document["lines"][0] |= change
    with pytest.raises(ValidationError):
        CHECK.validate(document)


def test_the_schema_leaves_room_for_what_comes_later():
    CHECK.validate(terms().dump() | {"later": 1})


# downloads -----------------------------------------------------------------------------------------------------------


def test_the_json_is_what_the_fingerprint_was_made_of(world):
    order = stories.sent(world, whole())
    version = order.versions.get()
    for user in (world.buyer, world.seller, world.bookkeeper):
        response = client_of(user).get(url("contract_json", order))
        assert hashlib.sha256(response.content).hexdigest() == version.fingerprint
        assert Terms.load(json.loads(response.content)) == version.terms
        digest = base64.b64encode(bytes.fromhex(version.fingerprint)).decode()
        assert response["Repr-Digest"] == f"sha-256=:{digest}:" and PATH in response["Link"]
        assert response["Content-Disposition"] == f'attachment; filename="contract-{order.reference}-v1.json"'
        assert "no-store" in response["Cache-Control"]
    CHECK.validate(json.loads(response.content))


@pytest.mark.parametrize("name", ["contract_json", "contract_pdf"])
def test_nobody_else_gets_the_files(world, name):
    order = stories.sent(world, whole())
    for user in (world.stranger, world.rival_seller):
        assert client_of(user).get(url(name, order)).status_code == 404
    assert "login" in Client().get(url(name, order))["Location"]
    buyer = client_of(world.buyer)
    for odd in ("2", "0", "-1", "x", "1 ", "٣", "9" * 40):
        assert buyer.get(url(name, order), {"version": odd}).status_code == 404
    assert buyer.get(url(name, order), {"version": "1"}).status_code == 200
    assert buyer.post(url(name, order)).status_code == 405
    assert buyer.get(url(name, stories.requested(world))).status_code == 404


def test_a_draft_that_was_not_sent_is_no_file(world):
    order = stories.sent(world)
    actions.save_draft(order_id=order.id, terms=whole(), by=world.buyer, now=stories.NOW)
    assert client_of(world.buyer).get(url("contract_json", order), {"version": "2"}).status_code == 404


def test_the_page_shows_what_can_be_measured_in_a_table_under_its_line(world):
    order = stories.sent(world, whole())
    for user in (world.buyer, world.seller):
        page = text_of(client_of(user).get(url("contract", order)))
        assert ">400 mm ± 2 mm</td>" in page and ">caliper</td>" in page and ">Major defect</td>" in page
        assert "matt black or RAL 9005, satin" in page and "EN 60598-1 test report (mandatory)" in page
        assert "Cartons, 4 units each. Corner protection" in page and "Sample Inspection Ltd, before shipment" in page
        assert "Commercial invoice, with the shipment" in page and "1 Nov 2026" in page
        assert f"{url('contract_pdf', order)}?version=1" in page and PATH in page


def test_the_paper_says_all_of_it(world):
    order = stories.placed(world, whole())
    response = client_of(world.buyer).get(url("contract_pdf", order))
    assert response["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF-")
    version = order.versions.get()
    paper = drawn(version)
    assert f"Contract {order.reference}, version 1" in paper and "Signed by both sides." in paper
    assert version.fingerprint in paper and "400 mm ± 2 mm" in paper and "Critical defect" not in paper
    assert "Northline, Mere Whitlock; signed on 01 Sep 2026, 09:00 UTC" in paper
    assert "EN 60598-1 test report (mandatory)" in paper and "1 Nov 2026" in paper and "USD 10,000.00" in paper
    assert "can't be printed" not in paper


def test_the_paper_of_a_proposal_says_so(world):
    assert "it counts only when both sides have signed it" in drawn(stories.sent(world).versions.get())


def drawn(version) -> str:
    """The words on the paper in the fonts of Latin letters."""
    return " ".join(words_of(contract_pdf.pdf(version)).split())


ODD = "灯具 Лампа ランプ 램프 Łódź ğ عربى <b>&amp;</b> ﬀ \u202e 💡 " + "x" * 4000


def test_any_letters_can_be_printed(world):
    line = replace(
        terms().lines[0],
        product="<para>灯具</para>" + "长" * 150,
        specification=ODD,
        attributes=(replace(DIAMETER, name="直径 <i>", unit="毫米", method="卡尺"),),
    )
    paper = drawn(stories.sent(world, terms(lines=(line,), notes=ODD, title="Łódź, ğ")).versions.get())
    assert "Łódź, ğ" in paper


def test_a_contract_of_many_lines_stays_quick(world, django_assert_max_num_queries):
    attributes = tuple(Attribute(f"Size {n}", "value", unit="mm", value=str(n)) for n in range(2))
    line = replace(terms().lines[0], quantity=1, unit_price_minor=200_00, attributes=attributes)
    order = stories.sent(world, terms(lines=(line,) * 50))
    buyer = client_of(world.buyer)
    buyer.get(url("contract", order))
    for name, most in (("contract_json", 6), ("contract_pdf", 6), ("contract", 16), ("edit", 20)):
        with django_assert_max_num_queries(most):
            assert buyer.get(url(name, order)).status_code == 200
