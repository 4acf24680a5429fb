"""Where a path of the terms, such as "lines.0.tolerance", is typed on the contract form."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from orders.forms.draft import Draft
from orders.forms.typed import Rows

_WHOLE = {"lines": "lines.0.quantity", "plan": "plan.0.amount", "inspection": "inspection.who"}
_ROW_NAMES = {"lines": "line", "plan": "instalment"}


@dataclass(frozen=True)
class Place:
    """A field of the page: the anchor that leads to it, and its name as the page calls it."""

    anchor: str
    name: str


def place_of(draft: Draft, path: str) -> Place | None:
    """The field in which people type what stands at a path; None when the page has none for it."""
    path = _WHOLE.get(path, path)
    part, _unused, rest = path.partition(".")
    if part in _ROW_NAMES:
        number, _unused, name = rest.partition(".")
        rows = _rows(draft, part)
        if not number.isdecimal() or int(number) >= len(rows):
            return None
        row, of = (
            rows[int(number)],
            _(" of {ROW_NAMES} {number}").format(ROW_NAMES=_ROW_NAMES[part], number=int(number) + 1),
        )
        if part == "lines" and name.startswith(("attributes", "certificates")):
            return _in_line(draft, row, name, of)
        name = {"packaging": "packaging_kind"}.get(name, name).replace(".", "_")
        return _at(row, name, of)
    if part == "documents":
        return _at(draft.form, _("document_{rest}").format(rest=rest or "invoice"), "")
    return _at(draft.form, path.replace(".", "_"), "")


def _rows(draft: Draft, part: str) -> list:
    """The forms that the terms were read from: what is typed leaves blank ones out, what is filled in has none."""
    if draft.form.is_bound:
        return draft.written_lines if part == "lines" else draft.written_plan
    return list((draft.lines if part == "lines" else draft.plan).forms)


def _in_line(draft: Draft, line, path: str, of: str) -> Place | None:
    """A field of an attribute or a certificate of a line; where the line has none yet, the button that adds one."""
    kind, _unused, rest = path.partition(".")
    number, _unused, name = rest.partition(".")
    rows: Rows = getattr(line, kind)
    written = rows.written if draft.form.is_bound else rows.forms
    at = int(number or 0)
    if at < len(written):
        row = written[at]
        return _at(row, row.field_of(name or "name"), of)
    one, words = {"attributes": ("attribute", _("an attribute")), "certificates": ("certificate", _("a certificate"))}[
        kind
    ]
    return Place(
        _("add-{one}-{index}").format(one=one, index=draft.lines.forms.index(line)),
        _("Add {words}{of}").format(words=words, of=of.replace(" of ", " to ")),
    )


def _at(form, name: str, of: str) -> Place | None:
    if name not in form.fields:
        return None
    field = form[name]
    return Place(field.auto_id, f"{field.label}{of}")
