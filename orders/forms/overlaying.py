"""Terms written over what was typed: only the fields that differ are changed, everything else stays as it was typed."""

import re
from datetime import datetime

from orders.forms.draft import Draft
from orders.forms.typed import count_of
from orders.terms import Terms

_ROW = re.compile(r"(lines|plan)-([0-9]{1,4})-(.+)")
_INNER_ROW = re.compile(r"(attributes|certificates)-([0-9]{1,4})-(.+)")


def overlaid(data, draft: Draft, old: Terms, new: Terms, now: datetime):
    """The posted data with the fields that differ between two terms, each in the row that the person typed it in."""
    before, after = (sent_by(Draft.of(terms, now=now)) for terms in (old, new))
    data = data.copy()
    places = _Places(draft, data)
    for name in {**before, **after}:
        if before.get(name) == after.get(name):
            continue
        place = places.of(name)
        if name in after:
            data[place] = after[name]
        else:
            data.pop(place, None)
    return data


def sent_by(draft: Draft) -> dict[str, str]:
    """Every field of a filled draft by its name on the page, as a browser would send it; not the numbers of rows."""
    sent = {}
    for form in draft.every_form():
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                sent[field.html_name] = "on" if value is True else str(value)
    return sent


class _Places:
    """Where a field of the terms stands on the page: rows left blank there are no rows of the terms."""

    def __init__(self, draft: Draft, data):
        self.data = data
        self.rows = {"lines": _kept(draft.lines.forms), "plan": _kept(draft.plan.forms)}
        for line in draft.lines.forms:
            for rows in (line.attributes, line.certificates):
                self.rows[rows.prefix] = _kept(rows.forms)

    def of(self, name: str) -> str:
        """The name that a field has on the page; a row that is not there yet is added."""
        match = _ROW.fullmatch(name)
        if match is None:
            return name
        row, rest = self._row(match[1], int(match[2])), match[3]
        if inner := _INNER_ROW.fullmatch(rest):
            row, rest = self._row(f"{row}-{inner[1]}", int(inner[2])), inner[3]
        return f"{row}-{rest}"

    def _row(self, prefix: str, number: int) -> str:
        known = self.rows.setdefault(prefix, [])
        while number >= len(known):
            count = count_of(self.data, prefix)
            known.append(f"{prefix}-{count}")
            self.data[f"{prefix}-TOTAL_FORMS"] = str(count + 1)
        return known[number]


def _kept(forms) -> list[str]:
    """The rows that are rows of the terms, in their order, and the blank ones below them, which new ones may take."""
    last = max((n for n, form in enumerate(forms) if not form.is_blank), default=-1)
    return [form.prefix for n, form in enumerate(forms) if n > last or not form.is_blank]
