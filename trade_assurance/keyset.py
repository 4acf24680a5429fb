"""Keyset paging: a page starts after a row, not at a number, so page 1,000 costs what page 1 costs."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet


@dataclass(frozen=True)
class Page:
    """Rows in reading order, and the cursors of the pages before and after them, "" where there are none."""

    rows: list
    before: str
    after: str

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


def page(queryset: QuerySet, *, by: tuple[str, ...], cursor: str = "", size: int = 25) -> Page:
    """One page of `queryset` in the order `by`, whose last field is unique ("-id"); all fields go one way.

    A cursor that is not one of ours shows the first page.
    """
    down = by[0].startswith("-")
    names = [name.lstrip("-") for name in by]
    way, values = _read(queryset.model, cursor, names)
    back = way == "b"
    forward = down == back  # whether values grow in the direction in which rows are read
    rows = queryset
    if values:
        rows = rows.filter(_beyond(names, values, "gt" if forward else "lt"))
    rows = list(rows.order_by(*[name if forward else f"-{name}" for name in names])[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    has_before = more if back else bool(values and rows)
    has_after = bool(rows) if back else more
    return Page(
        rows,
        _write("b", names, rows[0]) if rows and has_before else "",
        _write("a", names, rows[-1]) if rows and has_after else "",
    )


def is_ours(queryset: QuerySet, *, by: tuple[str, ...], cursor: str) -> bool:
    """Whether `page` takes this cursor for what it is; none at all is the first page's."""
    return not cursor or bool(_read(queryset.model, cursor, [name.lstrip("-") for name in by])[1])


def _beyond(names, values, lookup) -> Q:
    """Rows after (a, b): a beyond, or a equal and b beyond; the first test alone lets an index start there."""
    found, equal = Q(), Q()
    for name, value in zip(names, values, strict=True):
        found |= equal & Q(**{f"{name}__{lookup}": value})
        equal &= Q(**{name: value})
    return Q(**{f"{names[0]}__{lookup}e": values[0]}) & found


def _write(way: str, names, row) -> str:
    text = json.dumps([way, *(getattr(row, name) for name in names)], cls=DjangoJSONEncoder)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(model, cursor: str, names) -> tuple[str, list]:
    if not cursor or len(cursor) > 600:
        return "a", []
    try:
        way, *raw = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_value(model, name, value) for name, value in zip(names, raw, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, ValidationError, FieldDoesNotExist):
        return "a", []
    return (way, values) if way in ("a", "b") else ("a", [])


def _value(model, name: str, raw):
    """One value as its column takes it; raises ValueError, among others, for what we never wrote."""
    if type(raw) not in (int, str):
        raise ValueError(name)
    field = model._meta.get_field(name)
    value = getattr(field, "output_field", field).to_python(raw)  # a generated column reads as what it holds
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(name)
    if isinstance(value, str) and "\x00" in value.encode().decode():  # what is half of a character has no encoding
        raise ValueError(name)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(name)
        return value.astimezone(UTC)
    return value
