"""The OpenAPI document is valid, has an example of every body, and is told how each address can be refused."""

import json

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from trade_assurance.api import router
from trade_assurance.rest.problems import PROBLEMS


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_the_document_is_valid_openapi_31_and_served(document, client, db):
    assert document["openapi"] == "3.1.0"
    validate_schema(document)
    answer = client.get("/api/schema/", headers={"accept": "application/json"})
    assert answer.status_code == 200 and json.loads(answer.content)["info"]["version"] == "1"


def test_the_docs_come_from_here_alone(client, db):
    page = client.get("/api/docs/").content.decode()
    assert "http://" not in page.replace("http://testserver", "") and "https://" not in page


def test_every_operation_is_described_and_every_body_has_an_example(document):
    lacking = []
    for name, operation in operations(document):
        if not operation.get("description"):
            lacking.append(f"{name}: no words")
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if body and not body.get("examples"):
            lacking.append(f"{name}: no example")
    assert lacking == []


def test_every_operation_says_how_it_is_refused_and_what_moves_money_needs_a_key(document):
    wrong = []
    for name, operation in operations(document):
        if not {"401", "403", "429"} <= operation["responses"].keys():
            wrong.append(name)
        keys = [each for each in operation.get("parameters", ()) if each["name"] == "Idempotency-Key"]
        signs = any(part in name for part in ("/accept/", "/send/", "/cancel", "POST /api/v1/orders/{reference}/pay"))
        if name.startswith("POST") and signs and not (keys and keys[0]["required"]):
            wrong.append(f"{name}: no key")
    assert wrong == []


def test_the_page_about_the_api_names_every_problem(client, db):
    page = client.get("/api/").content.decode()
    assert all(f'id="{code}"' in page for code in PROBLEMS)


def test_no_two_groups_of_addresses_hide_each_other():
    patterns = [str(each.pattern) for each in router.urls]
    assert sorted({each for each in patterns if patterns.count(each) > 1}) == []
