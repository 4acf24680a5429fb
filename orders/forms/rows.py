"""The buttons that add and take out rows of the contract form, without scripts."""

import re

from django.utils.translation import gettext as _

from orders.forms.contract import InstalmentForm, LineForm
from orders.forms.typed import AttributeForm, CertificateForm, count_of

_ROW_BUTTON = re.compile(r"(add|remove)_(?:(line|instalment)|(attribute|certificate)_([0-9]{1,4}))(?:_([0-9]{1,4}))?")
_SETS = {
    "line": ("lines", LineForm),
    "instalment": ("plan", InstalmentForm),
    "attribute": ("attributes", AttributeForm),
    "certificate": ("certificates", CertificateForm),
}


def pressed_row(data) -> re.Match | None:
    """The button for rows that was pressed, if it was one."""
    return next((match for name in data if (match := _ROW_BUTTON.fullmatch(name))), None)


def with_rows(data, pressed: re.Match | None):
    """The posted data with the row added or taken out that a button asked for; everything else stays."""
    if pressed is None:
        return data
    prefix, form = _SETS[pressed[2] or pressed[3]]
    if pressed[3]:
        prefix = _("lines-{pressed}-{prefix}").format(pressed=int(pressed[4]), prefix=prefix)
    data = data.copy()
    count = count_of(data, prefix)
    if pressed[1] == "add":
        for name, field in form.base_fields.items():
            data[f"{prefix}-{count}-{name}"] = field.initial or ""
        count += 1
    elif pressed[5] and int(pressed[5]) < count:
        _take_out(data, prefix, int(pressed[5]))
        count -= 1
    data[f"{prefix}-TOTAL_FORMS"] = str(count)
    return data


def _take_out(data, prefix: str, row: int) -> None:
    """Take a row's fields out, with what is nested in them, and move the rows below it up."""
    numbered = re.compile(rf"{re.escape(prefix)}-([0-9]{{1,4}})-(.+)")
    below = {}
    for name in list(data):
        if (match := numbered.fullmatch(name)) and int(match[1]) >= row:
            if int(match[1]) > row:
                below[f"{prefix}-{int(match[1]) - 1}-{match[2]}"] = data[name]
            del data[name]
    for name, value in below.items():
        data[name] = value
