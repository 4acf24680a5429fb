"""Fields and serializers of the API: amounts as decimal texts, no unknown fields, and only those asked for."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from trade_assurance import money
from trade_assurance.rest.problems import Problem

AMOUNT = {
    "type": "string",
    "pattern": r"^[0-9]{1,15}(\.[0-9]{1,3})?$",
    "description": "A decimal text in `currency`, such as 1234.50; 1234 for yen.",
    "examples": ["1234.50"],
}


@extend_schema_field(AMOUNT)
class Amount(serializers.Field):
    """An amount shown as a decimal text in the object's currency; kept in minor units.

    Reading it needs the currency: `minor(value, currency, field)` after the other fields were read.
    """

    default_error_messages = {"invalid": "Write the amount as a text, such as “1234.50”."}

    def __init__(self, *, currency: str = "currency", **options):
        self.currency = currency
        super().__init__(**options)

    def get_attribute(self, instance):
        found = super().get_attribute(instance)
        return None if found is None else (found, self._currency(instance))

    def _currency(self, instance):
        for name in self.currency.split("."):
            instance = instance[name] if isinstance(instance, Mapping) else getattr(instance, name)
        return instance

    def to_representation(self, value):
        return str(money.to_decimal(*value))

    def to_internal_value(self, data):
        if not isinstance(data, str) or len(data) > 19:
            self.fail("invalid")
        try:
            found = Decimal(data)
        except InvalidOperation:
            self.fail("invalid")
        if not found.is_finite() or found < 0 or "e" in data.lower() or "_" in data:
            self.fail("invalid")
        return found


def minor(value: Decimal, currency: str, field: str) -> int:
    """An amount that was read in minor units; a ValidationError where the currency has fewer digits."""
    try:
        return money.from_decimal(value, currency)
    except (money.BadAmount, money.BadCurrency) as error:
        raise serializers.ValidationError({field: [str(error)]}) from error


class Whole(serializers.IntegerField):
    """A whole number, and nothing that only looks like one."""

    def to_internal_value(self, data):
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Strict(serializers.Serializer):
    """Refuses fields that it does not know, so that a misspelled one is not silently dropped."""

    def to_internal_value(self, data):
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := sorted(str(name) for name in data if name not in known):
                raise serializers.ValidationError({name: ["There is no such field."] for name in unknown[:20]})
        return super().to_internal_value(data)


class Sparse:
    """For the outermost serializer of an answer: `?fields=a,b` shows these alone. Unknown names are a problem."""

    def get_fields(self):
        fields = super().get_fields()
        request = self.context.get("request")
        parent = self.parent
        outermost = parent is None or (isinstance(parent, serializers.ListSerializer) and parent.parent is None)
        shown = getattr(self.context.get("view"), "swagger_fake_view", False)
        if request is None or shown or not outermost or request.method != "GET":
            return fields
        asked = request.query_params.get("fields")
        if asked is None:
            return fields
        wanted = [name.strip() for name in asked.split(",") if name.strip()]
        if unknown := [name for name in wanted if name not in fields]:
            raise Problem("malformed", f"There is no field “{unknown[0][:40]}” to show.")
        return {name: field for name, field in fields.items() if name in wanted} if wanted else fields


def thin(body, asked: str):
    """An answer with the fields that `?fields=` names alone, row by row where it is a list."""
    wanted = {name.strip() for name in asked.split(",") if name.strip()}
    paged = isinstance(body, dict) and {"results", "next", "previous"} <= body.keys()
    rows = body["results"] if paged else body if isinstance(body, list) else [body]
    if not wanted or not all(isinstance(row, dict) for row in rows):
        return body
    if rows and (unknown := sorted(wanted - rows[0].keys())):
        raise Problem("malformed", f"There is no field “{unknown[0][:40]}” to show.")
    kept = [{name: value for name, value in row.items() if name in wanted} for row in rows]
    return body | {"results": kept} if paged else kept if isinstance(body, list) else kept[0]
