"""The terms of a contract as one typed document: what both sides accept, compare and fingerprint."""

import hashlib
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

import rfc8785

from trade_assurance import money
from trade_assurance.refused import Refused
from trade_assurance.rulebook import Rulebook, from_usd

# Incoterms 2020: the code, its name, and the fact that counts as "shipped" (Rulebook 7)
INCOTERMS = {
    "EXW": ("Ex works", "Goods made available, buyer notified"),
    "FCA": ("Free carrier", "Handed to the first carrier"),
    "CPT": ("Carriage paid to", "Handed to the first carrier"),
    "CIP": ("Carriage and insurance paid to", "Handed to the first carrier"),
    "FAS": ("Free alongside ship", "Placed alongside the vessel"),
    "FOB": ("Free on board", "On-board date of the bill of lading"),
    "CFR": ("Cost and freight", "On-board date of the bill of lading"),
    "CIF": ("Cost, insurance and freight", "On-board date of the bill of lading"),
    "DAP": ("Delivered at place", "First movement by the carrier"),
    "DPU": ("Delivered at place unloaded", "First movement by the carrier"),
    "DDP": ("Delivered duty paid", "First movement by the carrier"),
}
# What an instalment is due before; the first two are due before shipment
DUE_BEFORE = {
    "production": "Before production",
    "shipment": "Before shipment",
    "delivery": "Before delivery",
    "protection_end": "Before protection ends",
}
BEFORE_SHIPMENT = ("production", "shipment")
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
class Problem:
    """One thing wrong with a draft: `path` is like "lines.0.quantity", `sentence` says what to do."""

    path: str
    sentence: str


class BadTerms(Refused):
    """The draft can't be sent as it is; `problems` lists why, field by field."""

    def __init__(self, problems: list[Problem]):
        super().__init__(problems[0].sentence if len(problems) == 1 else f"{len(problems)} things need mending first.")
        self.problems = problems


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

    @property
    def value_minor(self) -> int:
        return self.quantity * self.unit_price_minor


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
    """A whole contract. Dates are ISO 8601 texts and end at the end of that day in `timezone`."""

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

    @classmethod
    def load(cls, document: dict) -> "Terms":
        """The terms of a stored document."""
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in document.items() if name in known}
        values["lines"] = tuple(LineTerms(**line) for line in document["lines"])
        values["plan"] = tuple(InstalmentTerms(**part) for part in document["plan"])
        values["attachments"] = tuple(document.get("attachments", ()))
        return cls(**values)

    def dump(self) -> dict:
        """The document to store: plain JSON values only."""
        document = asdict(self)
        for name in ("lines", "plan", "attachments"):
            document[name] = list(document[name])
        return document

    @property
    def goods_minor(self) -> int:
        return sum(line.value_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.freight_minor

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)


def canonical(document: dict) -> bytes:
    """The document's canonical JSON (RFC 8785)."""
    return rfc8785.dumps(document)


def fingerprint(document: dict) -> str:
    """SHA-256 of the canonical JSON: one changed character gives another one."""
    return hashlib.sha256(canonical(document)).hexdigest()


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _day(text: str | None) -> str:
    """A date as people read it, "27 Nov 2026"; what is no date stays as it was typed."""
    day = _date(text)
    return f"{day.day} {day:%b %Y}" if day else text or ""


def problems(terms: Terms, *, rules: Rulebook, usd_per_unit: Decimal | None, now: datetime) -> list[Problem]:
    """All that keeps these terms from being sent, in the order of the page; an empty list when they are fit."""
    found: list[Problem] = []

    def wrong(path: str, sentence: str) -> None:
        found.append(Problem(path, sentence))

    for name in ("title", "quality", "notes", "place"):
        if len(getattr(terms, name)) > TEXT_MAX[name]:
            wrong(name, f"Keep this to {TEXT_MAX[name]:,} characters, or attach a file.")
    if not terms.title.strip():
        wrong("title", "Say in a few words what is ordered.")
    if terms.currency not in money.CURRENCIES or usd_per_unit is None:
        wrong("currency", f"Choose one of {', '.join(sorted(money.CURRENCIES))}.")
        return found
    if terms.timezone not in available_timezones():
        wrong("timezone", "Choose the timezone in which the contract's days end.")
        return found
    _lines(terms, rules, wrong)
    _delivery(terms, rules, now, wrong)
    _plan(terms, now, wrong)
    if terms.is_sample:
        most = from_usd(rules.sample_max_usd, terms.currency, usd_per_unit)
        if terms.total_minor > most:
            wrong("is_sample", f"A sample order is at most {money.display(most, terms.currency)} in all.")
        if terms.units > rules.sample_max_units:
            wrong("is_sample", f"A sample order has at most {rules.sample_max_units} units in all.")
    return found


def _lines(terms: Terms, rules: Rulebook, wrong) -> None:
    if not terms.lines:
        wrong("lines", "Add at least one line of goods.")
    if len(terms.lines) > LINES_MAX:
        wrong("lines", f"A contract has at most {LINES_MAX} lines. Split it into several orders.")
        return
    for n, line in enumerate(terms.lines):
        for name in ("product", "specification", "quality"):
            if len(getattr(line, name)) > TEXT_MAX[name]:
                wrong(f"lines.{n}.{name}", f"Keep this to {TEXT_MAX[name]:,} characters, or attach a file.")
        if not line.product.strip():
            wrong(f"lines.{n}.product", "Name the product.")
        if not 1 <= line.quantity <= QUANTITY_MAX:
            wrong(f"lines.{n}.quantity", f"Give a whole number from 1 to {QUANTITY_MAX:,}.")
        if not 1 <= len(line.unit.strip()) <= 20:
            wrong(f"lines.{n}.unit", "Name the unit in at most 20 characters, like pieces or kg.")
        if not 1 <= line.unit_price_minor <= money.MAX_MINOR:
            wrong(f"lines.{n}.unit_price", "Give a price above zero.")
        if not 0 <= line.tolerance_bp <= rules.tolerance_max_bp:
            wrong(f"lines.{n}.tolerance", f"The quantity may differ by 0 to {rules.tolerance_max_bp / 100:g} %.")
    if not 0 <= terms.freight_minor <= money.MAX_MINOR:
        wrong("freight", "Give the freight as zero or more.")
    if terms.lines and terms.total_minor > money.MAX_MINOR:
        wrong(
            "lines",
            f"The total is above {money.display(money.MAX_MINOR, terms.currency)}. Split it into several orders.",
        )


def _delivery(terms: Terms, rules: Rulebook, now: datetime, wrong) -> None:
    today = now.astimezone(ZoneInfo(terms.timezone)).date()
    if terms.incoterm not in INCOTERMS:
        wrong("incoterm", "Choose one of the 11 Incoterms 2020.")
    if not terms.place.strip():
        wrong("place", "Name the port, terminal or address that the Incoterm refers to.")
    if len(terms.destination_country) != 2:
        wrong("destination_country", "Choose the country that the goods go to.")
    if not terms.destination_address.strip() or len(terms.destination_address) > TEXT_MAX["address"]:
        wrong("destination_address", f"Give the delivery address, at most {TEXT_MAX['address']} characters.")
    if (terms.ship_by_on is None) == (terms.lead_days is None):
        wrong("ship_by", "Give either a ship-by date or a number of days after payment.")
    elif terms.lead_days is not None:
        if not 1 <= terms.lead_days <= rules.lead_days_max:
            wrong("lead_days", f"The lead time is 1 to {rules.lead_days_max} days.")
    else:
        day = _date(terms.ship_by_on)
        if day is None:
            wrong("ship_by_on", "Give the ship-by date as a date.")
        elif day < today:
            wrong("ship_by_on", "This ship-by date is past. Choose today or later.")
        elif day > today + timedelta(days=rules.lead_days_max):
            wrong("ship_by_on", f"Choose a ship-by date within {rules.lead_days_max} days.")


def _plan(terms: Terms, now: datetime, wrong) -> None:
    today = now.astimezone(ZoneInfo(terms.timezone)).date()
    if len(terms.plan) > INSTALMENTS_MAX:
        wrong("plan", f"A payment plan has at most {INSTALMENTS_MAX} instalments.")
        return
    order = list(DUE_BEFORE)
    for n, part in enumerate(terms.plan):
        if not 1 <= part.amount_minor <= money.MAX_MINOR:
            wrong(f"plan.{n}.amount", "Give an amount above zero.")
        if not 1 <= len(part.label.strip()) <= 60:
            wrong(f"plan.{n}.label", "Name the instalment, like Deposit or Balance.")
        if part.due_before not in DUE_BEFORE:
            wrong(f"plan.{n}.due_before", "Say what this instalment is due before.")
            return
        day = _date(part.due_on)
        if day is None:
            wrong(f"plan.{n}.due_on", "Give the date on which this instalment is due.")
        elif day < today:
            wrong(f"plan.{n}.due_on", "This due date is past. Choose today or later.")
        elif part.before_shipment and (ship := _date(terms.ship_by_on)) is not None and day > ship:
            wrong(f"plan.{n}.due_on", "This is due after the ship-by date. Choose that day or earlier, or ship later.")
    if not any(part.before_shipment for part in terms.plan):
        wrong("plan", "At least one instalment must be due before shipment: protection starts with it.")
    ranks = [order.index(part.due_before) for part in terms.plan]
    if ranks != sorted(ranks):
        wrong("plan", "Put the instalments in the order in which they fall due.")
    total = sum(part.amount_minor for part in terms.plan)
    if terms.lines and total != terms.total_minor:
        gap = money.display(abs(total - terms.total_minor), terms.currency)
        whole = money.display(terms.total_minor, terms.currency)
        wrong(
            "plan", f"The instalments add up to {gap} {'more' if total > terms.total_minor else 'less'} than {whole}."
        )


@dataclass(frozen=True)
class Change:
    """One difference between two versions: a readable label, and the text before and after."""

    label: str
    before: str
    after: str


def differences(old: Terms, new: Terms) -> list[Change]:
    """What changed from one version to the next, term by term, in words."""
    before, after = dict(spell(old)), dict(spell(new))
    return [
        Change(label, before.get(label, "—"), after.get(label, "—"))
        for label in [*after, *(label for label in before if label not in after)]
        if before.get(label) != after.get(label)
    ]


def spell(terms: Terms) -> list[tuple[str, str]]:
    """The terms as label and text, in the order a person reads a contract."""

    def cash(minor: int) -> str:
        return money.display(minor, terms.currency)

    rows = [("Goods", terms.title), ("Kind of order", "Sample" if terms.is_sample else "Regular")]
    for n, line in enumerate(terms.lines, 1):
        rows.append(
            (f"Line {n}", f"{line.quantity:,} {line.unit} {line.product} at {cash(line.unit_price_minor)} each")
        )
        rows.append((f"Line {n} specification", line.specification or "—"))
        rows.append((f"Line {n} quality", line.quality or "—"))
        rows.append((f"Line {n} tolerance", f"{line.tolerance_bp / 100:g} %"))
    rows += [
        ("Freight", cash(terms.freight_minor)),
        ("Total", cash(terms.total_minor)),
        ("Quality terms", terms.quality or "—"),
        ("Delivery", f"{terms.incoterm} {terms.place} (Incoterms 2020)"),
        ("Destination", f"{terms.destination_address}, {terms.destination_country}"),
        (
            "Ship by",
            _day(terms.ship_by_on) or f"{terms.lead_days} days after the instalments due before shipment have cleared",
        ),
    ]
    for n, part in enumerate(terms.plan, 1):
        rows.append(
            (
                f"Instalment {n}",
                f"{part.label}: {cash(part.amount_minor)}, {DUE_BEFORE[part.due_before].lower()}, "
                f"due {_day(part.due_on)}",
            )
        )
    rows += [("Days end in", terms.timezone), ("Notes", terms.notes or "—")]
    rows += [(f"Attachment {a['name']}", a["sha256"]) for a in terms.attachments]
    return rows
