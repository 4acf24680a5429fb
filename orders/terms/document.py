"""The terms of a contract as one typed document: what both sides accept, compare and fingerprint."""

import hashlib
from dataclasses import asdict, dataclass, field, fields
from datetime import date

import rfc8785
from django.utils.translation import gettext_lazy as _lazy

from orders.terms.typed import Attribute, Certificate, DueDocument, Inspection, Packaging

# Incoterms 2020: the code, its name, and the fact that counts as "shipped" (Rulebook 7)
INCOTERMS = {
    "EXW": (_lazy("Ex works"), _lazy("Goods made available, buyer notified")),
    "FCA": (_lazy("Free carrier"), _lazy("Handed to the first carrier")),
    "CPT": (_lazy("Carriage paid to"), _lazy("Handed to the first carrier")),
    "CIP": (_lazy("Carriage and insurance paid to"), _lazy("Handed to the first carrier")),
    "FAS": (_lazy("Free alongside ship"), _lazy("Placed alongside the vessel")),
    "FOB": (_lazy("Free on board"), _lazy("On-board date of the bill of lading")),
    "CFR": (_lazy("Cost and freight"), _lazy("On-board date of the bill of lading")),
    "CIF": (_lazy("Cost, insurance and freight"), _lazy("On-board date of the bill of lading")),
    "DAP": (_lazy("Delivered at place"), _lazy("First movement by the carrier")),
    "DPU": (_lazy("Delivered at place unloaded"), _lazy("First movement by the carrier")),
    "DDP": (_lazy("Delivered duty paid"), _lazy("First movement by the carrier")),
}
# What an instalment is due before; the first two are due before shipment
DUE_BEFORE = {
    "production": _lazy("Before production"),
    "shipment": _lazy("Before shipment"),
    "delivery": _lazy("Before delivery"),
    "protection_end": _lazy("Before protection ends"),
}
BEFORE_SHIPMENT = ("production", "shipment")
TYPED = ("category", "deliver_by_on", "inspection", "documents")  # left out of the document while empty
LINE_TYPED = ("attributes", "certificates", "packaging")
LINES_MAX = 500
INSTALMENTS_MAX = 12
QUANTITY_MAX = 10**9
TEXT_MAX = {
    "title": 120,
    "product": 200,
    "specification": 5000,
    "quality": 5000,
    "notes": 5000,
    "place": 120,
    "address": 500,
}


@dataclass(frozen=True)
class LineTerms:
    """One contract line: whole units, price a unit in minor units, tolerance in basis points of the quantity."""

    product: str
    quantity: int
    unit: str
    unit_price_minor: int
    specification: str = ""
    quality: str = ""
    tolerance_bp: int = 0
    attributes: tuple[Attribute, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    packaging: Packaging | None = None

    @classmethod
    def load(cls, stored: dict) -> "LineTerms":
        """The line of a stored document."""
        known = {each.name for each in fields(cls)}
        plain = {name: value for name, value in stored.items() if name in known}
        packaging = stored.get("packaging")
        typed = {
            "attributes": tuple(Attribute.load(each) for each in stored.get("attributes", ())),
            "certificates": tuple(Certificate.load(each) for each in stored.get("certificates", ())),
            "packaging": Packaging.load(packaging) if packaging else None,
        }
        return cls(**plain | typed)

    @property
    def value_minor(self) -> int:
        return self.quantity * self.unit_price_minor

    @property
    def count(self) -> str:
        """The quantity as people read it, "1,200 pieces"."""
        return f"{self.quantity:,} {self.unit}"


@dataclass(frozen=True)
class InstalmentTerms:
    """One instalment: its amount in minor units, what it is due before, and the date it is due on (ISO 8601)."""

    label: str
    amount_minor: int
    due_before: str
    due_on: str

    @property
    def before_shipment(self) -> bool:
        return self.due_before in BEFORE_SHIPMENT


@dataclass(frozen=True)
class Terms:
    """A whole contract. Dates are ISO 8601 texts and end at the end of that day in `timezone`.

    `category` is the slug of the template that it began with; `deliver_by_on` is a promise of D-terms (Rulebook 13).
    """

    title: str
    currency: str
    lines: tuple[LineTerms, ...]
    plan: tuple[InstalmentTerms, ...]
    incoterm: str
    place: str
    destination_country: str
    destination_address: str
    timezone: str
    ship_by_on: str | None = None
    lead_days: int | None = None
    freight_minor: int = 0
    is_sample: bool = False
    quality: str = ""
    notes: str = ""
    attachments: tuple[dict, ...] = ()
    rulebook: int = 1
    parties: dict = field(default_factory=dict)
    category: str = ""
    deliver_by_on: str | None = None
    inspection: Inspection | None = None
    documents: tuple[DueDocument, ...] = ()

    @classmethod
    def load(cls, document: dict) -> "Terms":
        """The terms of a stored document."""
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in document.items() if name in known}
        values["lines"] = tuple(LineTerms.load(line) for line in document["lines"])
        values["plan"] = tuple(InstalmentTerms(**part) for part in document["plan"])
        values["attachments"] = tuple(document.get("attachments", ()))
        values["documents"] = tuple(DueDocument.load(each) for each in document.get("documents", ()))
        inspection = document.get("inspection")
        values["inspection"] = Inspection.load(inspection) if inspection else None
        return cls(**values)

    def dump(self) -> dict:
        """The document to store: plain JSON values only, typed parts that are not agreed left out.

        So a document that was stored before there were typed parts is dumped as it was, with the same fingerprint.
        """
        document = _plain(asdict(self))
        return _agreed(document, TYPED) | {"lines": [_agreed(line, LINE_TYPED) for line in document["lines"]]}

    @property
    def goods_minor(self) -> int:
        return sum(line.value_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.freight_minor

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)


def _agreed(stored: dict, typed: tuple[str, ...]) -> dict:
    """The object without those of its typed parts that are empty."""
    return {name: value for name, value in stored.items() if value or name not in typed}


def _plain(value):
    """Tuples as lists all the way down, as JSON has them."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def canonical(document: dict) -> bytes:
    """The document's canonical JSON (RFC 8785)."""
    return rfc8785.dumps(document)


def fingerprint(document: dict) -> str:
    """SHA-256 of the canonical JSON: one changed character gives another one."""
    return hashlib.sha256(canonical(document)).hexdigest()


def day_of(text: str | None) -> date | None:
    """The date of an ISO 8601 text, or None when it is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def spelled_day(text: str | None) -> str:
    """A date as people read it, "27 Nov 2026"; what is no date stays as it was typed."""
    day = day_of(text)
    return f"{day.day} {day:%b %Y}" if day else text or ""
