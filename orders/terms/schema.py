"""The published JSON Schema of a contract's document, read from the same dataclasses that write it.

A published schema only ever becomes laxer: whoever checks by it must not refuse a contract of a later version. What
would make it stricter is published under the next number.
"""

import inspect
import re
import types
from dataclasses import MISSING, fields, is_dataclass
from typing import Union, get_args, get_origin, get_type_hints

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.terms.document import (
    DUE_BEFORE,
    INCOTERMS,
    INSTALMENTS_MAX,
    LINES_MAX,
    QUANTITY_MAX,
    TEXT_MAX,
    InstalmentTerms,
    LineTerms,
    Terms,
)
from orders.terms.typed import (
    AQLS,
    DOCUMENTS,
    DUE_WITH,
    FIGURE,
    INSPECTED,
    INSPECTORS,
    KINDS,
    PACKAGES,
    PAYERS,
    SEVERITIES,
    Attribute,
    Certificate,
    DueDocument,
    Inspection,
    Packaging,
)

NUMBER = 1
PATH = f"/schemas/contract-{NUMBER}.json"
DAY = {"format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
DECIMAL = {"pattern": f"^({FIGURE.pattern})?$"}
AQL = {"enum": list(AQLS), "description": _lazy("Percent")}
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
NAMES = {
    Terms: "contract",
    LineTerms: "line",
    InstalmentTerms: "instalment",
    Attribute: "attribute",
    Certificate: "certificate",
    Packaging: "packaging",
    Inspection: "inspection",
    DueDocument: "due_document",
}
MINOR = {"minimum": 0, "description": _lazy("In minor units of the contract's currency: cents, or whole yen.")}
ATTACHMENT = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "size": {"type": "integer"}, "sha256": SHA256},
    "required": ["name", "sha256"],
}
PARTY = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
# What a type alone does not say, by class and field.
MORE = {
    Terms: {
        "title": {"minLength": 1, "maxLength": TEXT_MAX["title"]},
        "currency": {"pattern": "^[A-Z]{3}$", "description": "ISO 4217"},
        "lines": {"minItems": 1, "maxItems": LINES_MAX},
        "plan": {"minItems": 1, "maxItems": INSTALMENTS_MAX},
        "incoterm": {"enum": list(INCOTERMS), "description": _lazy("Incoterms 2020")},
        "place": {"minLength": 1, "description": _lazy("The named place of the Incoterm")},
        "destination_country": {"pattern": "^[A-Z]{2}$", "description": _lazy("ISO 3166-1 alpha-2")},
        "timezone": {"description": _lazy("IANA time zone in which the contract's dates end")},
        "ship_by_on": DAY,
        "lead_days": {"minimum": 1, "description": _lazy("Days after what is due before shipment has cleared")},
        "freight_minor": MINOR,
        "attachments": {"items": ATTACHMENT},
        "rulebook": {"minimum": 1, "description": _lazy("The version of the rulebook that the contract is under")},
        "parties": {"properties": {"buyer": PARTY, "supplier": PARTY}},
        "category": {"pattern": "^[a-z0-9-]*$"},
        "deliver_by_on": DAY,
    },
    LineTerms: {
        "product": {"minLength": 1},
        "quantity": {"minimum": 1, "maximum": QUANTITY_MAX},
        "unit": {"minLength": 1},
        "unit_price_minor": MINOR | {"minimum": 1},
        "tolerance_bp": {
            "minimum": 0,
            "description": _lazy("The quantity may differ by so many hundredths of a percent"),
        },
    },
    InstalmentTerms: {
        "amount_minor": MINOR | {"minimum": 1},
        "due_before": {"enum": list(DUE_BEFORE)},
        "due_on": DAY,
    },
    Attribute: {
        "name": {"minLength": 1},
        "kind": {"enum": list(KINDS)},
        **dict.fromkeys(("value", "tolerance", "low", "high"), DECIMAL),
        "severity": {"enum": list(SEVERITIES), "description": _lazy("Of the defect that a difference is (ISO 2859-1)")},
    },
    Certificate: {"name": {"minLength": 1}},
    Packaging: {"kind": {"enum": list(PACKAGES)}, "units_each": {"minimum": 1}},
    Inspection: {
        "who": {"enum": list(INSPECTORS)},
        "when": {"enum": list(INSPECTED)},
        "paid_by": {"enum": list(PAYERS)},
        "aql_major": AQL,
        "aql_minor": AQL,
    },
    DueDocument: {"kind": {"enum": list(DOCUMENTS)}, "due": {"enum": list(DUE_WITH)}},
}
PLAIN = {str: "string", int: "integer", bool: "boolean", dict: "object"}
# What each kind of attribute must name.
BY_KIND = [
    {"if": {"properties": {"kind": {"const": kind}}}, "then": then}
    for kind, then in (
        ("value", {"required": ["value"], "properties": {"value": {"minLength": 1}}}),
        ("range", {"anyOf": [{"required": [end], "properties": {end: {"minLength": 1}}} for end in ("low", "high")]}),
        ("choice", {"required": ["choices"], "properties": {"choices": {"minItems": 1}}}),
    )
]


def schema(site: str) -> dict:
    """The schema with the address that it is served at."""
    parts = {NAMES[each]: _object(each) for each in NAMES if each is not Terms}
    parts["attribute"]["allOf"] = BY_KIND
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{site}{PATH}",
        "title": _("Contract of a protected order"),
        **_object(Terms),
        "$defs": parts,
    }


def _object(cls) -> dict:
    hints, more = get_type_hints(cls), MORE.get(cls, {})
    return {
        "type": "object",
        "description": re.sub(r"\s+", " ", inspect.getdoc(cls) or ""),
        "properties": {each.name: _typed(hints[each.name], more.get(each.name, {})) for each in fields(cls)},
        "required": [each.name for each in fields(cls) if each.default is MISSING and each.default_factory is MISSING],
    }


def _typed(hint, more: dict) -> dict:
    """The schema of one field: its type, and what the type alone does not say."""
    if get_origin(hint) in (Union, types.UnionType):
        [inner] = [each for each in get_args(hint) if each is not types.NoneType]
        return {"anyOf": [_typed(inner, more), {"type": "null"}]}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _typed(get_args(hint)[0], {})} | more
    if is_dataclass(hint):
        return {"$ref": f"#/$defs/{NAMES[hint]}"}
    return {"type": PLAIN[hint]} | more
