"""Rows of a line's typed terms, attributes and certificates, and the reading of what an attribute's values are.

People type the agreed values in one field, "400 ± 2", "10 to 20", "at least 5", "matt black; satin"; the kind beside it
says how it is read, so that a slip is a message and never another meaning.
"""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.terms import Attribute, Certificate
from orders.terms.typed import FIGURE, KINDS, METHOD_MAX, NAME_MAX, SEVERITIES, UNIT_MAX
from trade_assurance.fields import WordsField, text_input, typed

ROWS_READ = 20  # rows beyond the most allowed that are still shown again, with the message that they are too many
AGREED_MAX = 2000
NO_NUMBER = _lazy("“{}” is no number. Write digits with a point for decimals, such as 0.5 or 2700.")


def _select(choices: dict[str, str]):
    return {"choices": list(choices.items()), "required": False, "widget": forms.Select(attrs={"class": "input"})}


class AttributeForm(forms.Form):
    """One attribute of a line: its name, how its value is agreed, the value, unit, test method, weight of a defect."""

    name = WordsField(label=_lazy("What is measured"), most=NAME_MAX, widget=text_input())
    kind = forms.ChoiceField(label=_lazy("Agreed is"), initial="value", **_select(KINDS))
    agreed = WordsField(label=_lazy("Agreed"), most=AGREED_MAX, widget=text_input())
    unit = WordsField(label=_lazy("Unit, if any"), most=UNIT_MAX, widget=text_input())
    method = WordsField(label=_lazy("Measured by"), most=METHOD_MAX, widget=text_input())
    severity = forms.ChoiceField(
        label=_lazy("A difference is"),
        initial="major",
        **_select({key: _lazy("{name} defect").format(name=name) for key, name in SEVERITIES.items()}),
    )
    needed = ("name", "kind", "agreed", "unit", "method", "severity")

    @property
    def is_blank(self) -> bool:
        return not any(typed(self.data.get(self.add_prefix(name))) for name in ("name", "agreed", "unit", "method"))

    def clean(self):
        cleaned = super().clean()
        cleaned["parts"] = {}
        try:
            cleaned["parts"] = read_agreed(cleaned.get("kind") or "value", cleaned.get("agreed", ""))
        except ValidationError as error:
            self.add_error("agreed", error)
        return cleaned

    def attribute(self) -> Attribute:
        """The attribute as far as it can be read."""
        read = getattr(self, "cleaned_data", {})
        return Attribute(
            name=read.get("name", ""),
            kind=read.get("kind") or "value",
            unit=read.get("unit", ""),
            method=read.get("method", ""),
            severity=read.get("severity") or "major",
            **read.get("parts", {}),
        )

    @staticmethod
    def filled(attribute: Attribute) -> dict:
        """The initial values of an attribute's row."""
        return {
            "name": attribute.name,
            "kind": attribute.kind,
            "agreed": written_agreed(attribute),
            "unit": attribute.unit,
            "method": attribute.method,
            "severity": attribute.severity,
        }

    @staticmethod
    def field_of(name: str) -> str:
        """The field in which people type a part of an attribute."""
        return "agreed" if name in ("value", "tolerance", "low", "high", "choices") else name


class CertificateForm(forms.Form):
    """One certificate of a line."""

    name = WordsField(label=_lazy("Certificate"), most=NAME_MAX, widget=text_input())
    is_mandatory = forms.BooleanField(label=_lazy("Mandatory"), required=False, initial=True)
    needed = ("name",)

    @property
    def is_blank(self) -> bool:
        return not typed(self.data.get(self.add_prefix("name")))

    def certificate(self) -> Certificate:
        read = getattr(self, "cleaned_data", {})
        return Certificate(name=read.get("name", ""), is_mandatory=read.get("is_mandatory", False))

    @staticmethod
    def filled(certificate: Certificate) -> dict:
        return {"name": certificate.name, "is_mandatory": certificate.is_mandatory}

    @staticmethod
    def field_of(name: str) -> str:
        return name


class Rows:
    """Rows of one kind within a line; their number is a hidden field, and without it there are none."""

    def __init__(self, form, prefix: str, *, most: int, data=None, initial=()):
        self.prefix = prefix
        if data is None:
            self.forms = [form(prefix=f"{prefix}-{n}", initial=first) for n, first in enumerate(initial)]
        else:
            count = min(count_of(data, prefix), most + ROWS_READ)
            self.forms = [form(data, prefix=f"{prefix}-{n}") for n in range(count)]

    def __iter__(self):
        return iter(self.forms)

    def __len__(self):
        return len(self.forms)

    @property
    def written(self) -> list:
        return [form for form in self.forms if not form.is_blank]


def count_of(data, prefix: str) -> int:
    """How many rows were sent; 0 for what is no sensible number."""
    text = data.get(f"{prefix}-TOTAL_FORMS", "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0


def written_agreed(attribute: Attribute) -> str:
    """The agreed values as a person would type them; `read_agreed` gives the same back."""
    if attribute.kind == "choice":
        text = "; ".join(attribute.choices)
        return f"{text};" if len(attribute.choices) == 1 and "," in text else text
    if attribute.kind == "range":
        if attribute.low and attribute.high:
            return _("{low} to {high}").format(low=attribute.low, high=attribute.high)
        return (
            _("at least {low}").format(low=attribute.low)
            if attribute.low
            else _("at most {high}").format(high=attribute.high)
            if attribute.high
            else ""
        )
    return f"{attribute.value} ± {attribute.tolerance}" if attribute.tolerance else attribute.value


def read_agreed(kind: str, text: str) -> dict:
    """The parts of an attribute from what was typed for its kind; empty when nothing was. Raises ValidationError."""
    text = " ".join(typed(text).replace("−", "-").split())
    return {} if not text else {"value": _value, "range": _range, "choice": _choices}[kind](text)


def _value(text: str) -> dict:
    if _reads_as_range(text):
        raise ValidationError(_("This is a range: choose “A range” beside it, or give one value such as 400 ± 2."))
    if not any(letter.isdigit() for letter in text):
        raise ValidationError(
            _("“{text}” is no number. For words choose “One of these” beside it.").format(text=text[:20])
        )
    value, off, tolerance = re.sub(r"\+\s?/\s?-|\+-", "±", text).partition("±")
    parts = {"value": _number(value)}
    if off:
        parts["tolerance"] = _number(tolerance)
        if parts["tolerance"].startswith("-"):
            raise ValidationError(_("A tolerance is zero or more: 400 ± 2 means 398 to 402."))
    return parts


def _reads_as_range(text: str) -> bool:
    try:
        return bool(_range(text))
    except ValidationError:
        return False


_ONE_END = {
    "low": re.compile(r"(?:at least|not less than|min\.?|minimum|from|≥|>=)\s?(.+)", re.IGNORECASE),
    "high": re.compile(r"(?:at most|not more than|up to|max\.?|maximum|to|≤|<=)\s?(.+)", re.IGNORECASE),
}
_TWO_ENDS = re.compile(r"(?:from )?(-?[^ –—]+?)\s?(?: to |–|—|\.\.\.?|…| - |(?<=[0-9])-)\s?(-?[^ ]+)", re.IGNORECASE)


def _range(text: str) -> dict:
    for end, pattern in _ONE_END.items():
        if (one := pattern.fullmatch(text)) and not _TWO_ENDS.fullmatch(one[1]):
            return {end: _number(one[1])}
    if both := _TWO_ENDS.fullmatch(text):
        return {"low": _number(both[1]), "high": _number(both[2])}
    raise ValidationError(_("Write a range as 10 to 20, at least 10 or at most 20."))


def _choices(text: str) -> dict:
    if ";" not in text and "," in text:
        raise ValidationError(_("Put a semicolon between what is allowed, such as matt black; satin."))
    return {"choices": tuple(part for part in (part.strip() for part in text.split(";")) if part)}


def _number(text: str) -> str:
    """A decimal as contracts have it; thousands may be grouped: "1,200"."""
    plain = text.strip()
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", plain):
        plain = plain.replace(",", "")
    if not FIGURE.fullmatch(plain):
        raise ValidationError(NO_NUMBER.format(text.strip()[:20]))
    return plain
