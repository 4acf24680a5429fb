"""Terms that a machine can hold against facts: attributes of quality, certificates, packaging, inspection, documents.

Numbers are decimal texts, as in the contract ("2700", "0.5"): they are compared as decimals and never become floats.
"""

import re
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

KINDS = {"value": _lazy("One value"), "range": _lazy("A range"), "choice": _lazy("One of these")}
SEVERITIES = {
    "minor": _lazy("Minor"),
    "major": _lazy("Major"),
    "critical": _lazy("Critical"),
}  # of a defect (ISO 2859-1)
PACKAGES = {
    "carton": _lazy("Cartons"),
    "pallet": _lazy("Pallets"),
    "crate": _lazy("Wooden crates"),
    "bag": _lazy("Bags"),
    "drum": _lazy("Drums"),
    "bulk": _lazy("In bulk"),
}
INSPECTORS = {
    "buyer": _lazy("The buyer"),
    "third_party": _lazy("An inspection company"),
    "supplier": _lazy("The supplier, with a report"),
}
INSPECTED = {"before_shipment": _lazy("Before shipment"), "at_receipt": _lazy("At receipt")}
DOCUMENTS = {
    "invoice": _lazy("Commercial invoice"),
    "packing_list": _lazy("Packing list"),
    "transport": _lazy("Transport document"),
    "origin": _lazy("Certificate of origin"),
    "insurance": _lazy("Insurance certificate"),
    "inspection": _lazy("Inspection report"),
    "export": _lazy("Export declaration"),
    "preference": _lazy("Proof of preferential origin"),
    "phytosanitary": _lazy("Phytosanitary certificate"),
    "fumigation": _lazy("Fumigation certificate"),
}
PAYERS = {"buyer": _lazy("The buyer"), "supplier": _lazy("The supplier")}
DUE_WITH = {"shipment": _lazy("With the shipment"), "receipt": _lazy("At receipt")}
AQLS = ("0.65", "1.0", "1.5", "2.5", "4.0", "6.5")  # percent, of the preferred ones of ISO 2859-1
D_TERMS = ("DAP", "DPU", "DDP")  # only there the supplier carries the goods to the end, and can promise the day
ATTRIBUTES_MAX = 40
ATTRIBUTES_IN_ALL_MAX = 1200  # what one form can send back
CERTIFICATES_MAX = 20
CERTIFICATES_IN_ALL_MAX = 1000
DOCUMENTS_MAX = len(DOCUMENTS)
CHOICES_MAX = 20
NAME_MAX = 80
UNIT_MAX = 20
METHOD_MAX = 120
WORDS_MAX = 500
FIGURE = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


def figure(text: str) -> Decimal | None:
    """The number of a decimal text as contracts have it; None when it is none, or too long to be one."""
    return Decimal(text) if FIGURE.fullmatch(text) else None


class Typed:
    """A part of the terms that is stored as an object of plain JSON values."""

    @classmethod
    def load(cls, stored: dict) -> Self:
        """The part of a stored document; what a later version of the code added is left at its default."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: _frozen(value) for name, value in stored.items() if name in known})


def _frozen(value):
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Attribute(Typed):
    """One measurable quality: its values that agree, in `unit`, measured by `method`.

    "value": `value` ± `tolerance`, both in `unit`. "range": from `low` to `high`, one of them may be empty. "choice":
    any of `choices`. What differs is a defect of `severity`.
    """

    name: str
    kind: str
    unit: str = ""
    value: str = ""
    tolerance: str = ""
    low: str = ""
    high: str = ""
    choices: tuple[str, ...] = ()
    method: str = ""
    severity: str = "major"

    @property
    def agreed(self) -> str:
        """The values that agree: "400 mm ± 2 mm", "10 to 20 mm", "at least 5 mm", "black or white"."""
        unit = f" {self.unit}" if self.unit else ""
        if self.kind == "choice":
            *before, last = self.choices or ("—",)
            return (
                _("{join} or {last}{unit}").format(join=", ".join(before), last=last, unit=unit)
                if before
                else f"{last}{unit}"
            )
        if self.kind == "range":
            if self.low and self.high:
                return _("{low} to {high}{unit}").format(low=self.low, high=self.high, unit=unit)
            end = (
                _("at least {low}").format(low=self.low)
                if self.low
                else _("at most {high}").format(high=self.high)
                if self.high
                else ""
            )
            return f"{end}{unit}" if end else "—"
        tolerance = f" ± {self.tolerance}{unit}" if self.tolerance else ""
        return f"{self.value or '—'}{unit}{tolerance}"

    @property
    def grade(self) -> str:
        """The defect that a difference is, in words."""
        return _("{severity} defect").format(severity=SEVERITIES.get(self.severity, self.severity))

    @property
    def text(self) -> str:
        """The whole attribute in one sentence."""
        by = _(", measured by {method}").format(method=self.method) if self.method else ""
        return _("{agreed}{by}; what differs is a {grade}").format(agreed=self.agreed, by=by, grade=self.grade.lower())


@dataclass(frozen=True)
class Certificate(Typed):
    """A certificate that must come with the goods; a mandatory one that is missing is a severe breach (remedies)."""

    name: str
    is_mandatory: bool = True

    @property
    def text(self) -> str:
        return f"{self.name} ({'mandatory' if self.is_mandatory else 'if there is one'})"


@dataclass(frozen=True)
class Packaging(Typed):
    """How a line is packed: the kind of package, how many units of the line are in one, and what else was agreed."""

    kind: str
    units_each: int | None = None
    words: str = ""

    @property
    def text(self) -> str:
        """How it is packed, in words: "Cartons, 4 units each. Corner protection"."""
        each = self.units_each
        count = _(", {each} unit{which} each").format(each=f"{each:,}", which="" if each == 1 else "s") if each else ""
        return f"{PACKAGES.get(self.kind, self.kind)}{count}{'. ' if self.words else ''}{self.words}"


@dataclass(frozen=True)
class Inspection(Typed):
    """Who inspects, when, who pays for it, and by which AQLs in percent.

    ISO 2859-1, single sampling, level II, normal inspection; a critical defect is never accepted. `agency` is the name
    of the inspection company, for "third_party" only.
    """

    who: str
    when: str
    agency: str = ""
    aql_major: str = "2.5"
    aql_minor: str = "4.0"
    paid_by: str = "buyer"

    @property
    def text(self) -> str:
        """Who inspects, when, at whose cost, and which share of defects the lot passes with."""
        who, when = self.agency or INSPECTORS.get(self.who, self.who), INSPECTED.get(self.when, self.when).lower()
        return _(
            "{who}, {when}, paid by {paid_by}. ISO 2859-1, single sampling, general level II, normal "
            "inspection: AQL {aql_major} for major and {aql_minor} for minor defects, none critical"
        ).format(
            who=who,
            when=when,
            paid_by=PAYERS.get(self.paid_by, self.paid_by).lower(),
            aql_major=self.aql_major,
            aql_minor=self.aql_minor,
        )


@dataclass(frozen=True)
class DueDocument(Typed):
    """A document that the supplier owes, and when."""

    kind: str
    due: str = "shipment"
