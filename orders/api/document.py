"""The contract's document as programs send it: the published form, each field checked for its type, unknown refused.

Read from the same dataclasses that write the document. What makes a contract fit to be sent is asked when it is sent.
"""

import types
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Union, get_args, get_origin, get_type_hints

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from orders.terms import INSTALMENTS_MAX, LINES_MAX, QUANTITY_MAX, TEXT_MAX, Terms, day_of
from orders.terms.schema import MORE, NAMES
from trade_assurance import money
from trade_assurance.rest.fields import Strict, Whole

OURS = ("attachments", "parties", "rulebook")  # the site fills these in; sent, they are passed over
WORDS = {"unit": 20, "label": 60, "name": 80, "method": 120, "words": 500, "agency": 120, "timezone": 64}
MOST = {"lines": LINES_MAX, "plan": INSTALMENTS_MAX}


class Day(serializers.CharField):
    """A date as the document has it, ISO 8601; null or empty while it is not known."""

    def __init__(self, **options):
        super().__init__(max_length=10, allow_blank=True, **options)

    def to_internal_value(self, data):
        text = super().to_internal_value(data)
        if text and (day_of(text) is None or len(text) != 10):
            raise serializers.ValidationError("Write the date as 2026-12-31.")
        return text


@cache
def serializer_of(cls) -> type[Strict]:
    """The serializer of one part of the document."""
    hints = get_type_hints(cls)
    read = {}
    for each in fields(cls):
        if each.name in OURS:
            continue
        options = {"required": each.default is MISSING and each.default_factory is MISSING}
        read[each.name] = _field(each.name, hints[each.name], MORE.get(cls, {}).get(each.name, {}), options)
    name = f"{NAMES[cls].replace('_', ' ').title().replace(' ', '')}DocumentSerializer"
    made = type(name, (Strict,), read | {"__doc__": cls.__doc__})
    return extend_schema_serializer(component_name=name.removesuffix("Serializer"))(made)


def _field(name: str, hint, more: dict, options: dict):
    if get_origin(hint) in (Union, types.UnionType):
        [inner] = [each for each in get_args(hint) if each is not types.NoneType]
        return _field(name, inner, more, options | {"allow_null": True})
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        most = options | {"max_length": MOST.get(name, 1000)}
        if is_dataclass(inner):
            return serializer_of(inner)(many=True, **most)
        return serializers.ListField(child=serializers.CharField(max_length=80), **most)
    if is_dataclass(hint):
        return serializer_of(hint)(**options)
    if hint is bool:
        return serializers.BooleanField(**options)
    if hint is int:
        most = QUANTITY_MAX if name in ("quantity", "units_each") else 1000 if name == "lead_days" else money.MAX_MINOR
        return Whole(min_value=0, max_value=10_000 if name == "tolerance_bp" else most, **options)
    if name.endswith("_on"):
        return Day(**options)
    if name == "currency":
        return serializers.ChoiceField(choices=money.CURRENCIES, **options)
    if enum := more.get("enum"):
        return serializers.ChoiceField(choices=list(enum), **options)
    most = TEXT_MAX.get(name) or TEXT_MAX["address"] if "address" in name else TEXT_MAX.get(name, WORDS.get(name, 200))
    return serializers.CharField(max_length=most, allow_blank=True, trim_whitespace=False, **options)


ContractDocument = serializer_of(Terms)


class ContractField(ContractDocument):
    """A contract's document, read as terms."""

    def to_internal_value(self, data):
        if isinstance(data, dict):
            data = {name: value for name, value in data.items() if name not in OURS}
        return Terms.load(_plain(super().to_internal_value(data)))


def _plain(value):
    """Ordered mappings as plain ones; an empty date is none."""
    if isinstance(value, dict):
        return {name: _plain(each) or None if name in EMPTY else _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


EMPTY = ("ship_by_on", "deliver_by_on")
