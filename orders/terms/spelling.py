"""A contract in words: as a person reads it, and what changed from one version to the next."""

from dataclasses import dataclass

from orders.terms.document import DUE_BEFORE, LineTerms, Terms, spelled_day
from orders.terms.typed import (
    DOCUMENTS,
    DUE_WITH,
    INSPECTED,
    INSPECTORS,
    PACKAGES,
    PAYERS,
    SEVERITIES,
    Attribute,
    Certificate,
    Inspection,
    Packaging,
)
from trade_assurance import money


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
        rows += _typed_rows(n, line)
    rows += [
        ("Freight", cash(terms.freight_minor)),
        ("Total", cash(terms.total_minor)),
        ("Quality terms", terms.quality or "—"),
        ("Delivery", f"{terms.incoterm} {terms.place} (Incoterms 2020)"),
        ("Destination", f"{terms.destination_address}, {terms.destination_country}"),
        (
            "Ship by",
            spelled_day(terms.ship_by_on)
            or f"{terms.lead_days} days after the instalments due before shipment have cleared",
        ),
    ]
    if terms.deliver_by_on:
        rows.append(("Deliver by", spelled_day(terms.deliver_by_on)))
    if terms.inspection:
        rows.append(("Inspection", inspection_words(terms.inspection)))
    if terms.documents:
        rows.append(("Documents", documents_words(terms)))
    for n, part in enumerate(terms.plan, 1):
        rows.append(
            (
                f"Instalment {n}",
                f"{part.label}: {cash(part.amount_minor)}, {DUE_BEFORE[part.due_before].lower()}, "
                f"due {spelled_day(part.due_on)}",
            )
        )
    rows += [("Days end in", terms.timezone), ("Notes", terms.notes or "—")]
    if terms.category:
        rows.append(("Category", terms.category.replace("-", " ").capitalize()))
    rows += [(f"Attachment {a['name']}", a["sha256"]) for a in terms.attachments]
    return rows


def agreed_words(attribute: Attribute) -> str:
    """The values of an attribute that agree: "400 mm ± 2 mm", "10 to 20 mm", "at least 5 mm", "black or white"."""
    unit = f" {attribute.unit}" if attribute.unit else ""
    if attribute.kind == "choice":
        *before, last = attribute.choices or ("—",)
        return f"{', '.join(before)} or {last}{unit}" if before else f"{last}{unit}"
    if attribute.kind == "range":
        if attribute.low and attribute.high:
            return f"{attribute.low} to {attribute.high}{unit}"
        if attribute.low or attribute.high:
            return f"at least {attribute.low}{unit}" if attribute.low else f"at most {attribute.high}{unit}"
        return "—"
    tolerance = f" ± {attribute.tolerance}{unit}" if attribute.tolerance else ""
    return f"{attribute.value or '—'}{unit}{tolerance}"


def attribute_words(attribute: Attribute) -> str:
    """The whole attribute in one sentence: what agrees, how it is measured, how bad a difference is."""
    by = f", measured by {attribute.method}" if attribute.method else ""
    severity = SEVERITIES.get(attribute.severity, attribute.severity).lower()
    return f"{agreed_words(attribute)}{by}; what differs is a {severity} defect"


def certificate_words(certificate: Certificate) -> str:
    return f"{certificate.name} ({'mandatory' if certificate.is_mandatory else 'if there is one'})"


def packaging_words(packaging: Packaging) -> str:
    """How a line is packed: "Cartons, 4 units each. Corner protection"."""
    kind = PACKAGES.get(packaging.kind, packaging.kind)
    each = packaging.units_each
    count = f", {each:,} unit{'' if each == 1 else 's'} each" if each else ""
    return f"{kind}{count}{'. ' if packaging.words else ''}{packaging.words}"


def inspection_words(inspection: Inspection) -> str:
    """Who inspects, when, at whose cost, and which share of defects the lot passes with."""
    who = inspection.agency or INSPECTORS.get(inspection.who, inspection.who)
    payer = PAYERS.get(inspection.paid_by, inspection.paid_by).lower()
    when = INSPECTED.get(inspection.when, inspection.when).lower()
    return (
        f"{who}, {when}, paid by {payer}. ISO 2859-1, single sampling, general level II, normal inspection: "
        f"AQL {inspection.aql_major} for major and {inspection.aql_minor} for minor defects, none critical"
    )


def documents_words(terms: Terms) -> str:
    return "; ".join(
        f"{DOCUMENTS.get(each.kind, each.kind)}, {DUE_WITH.get(each.due, each.due).lower()}" for each in terms.documents
    )


def _typed_rows(n: int, line: LineTerms) -> list[tuple[str, str]]:
    rows = [(f"Line {n}: {attribute.name}", attribute_words(attribute)) for attribute in line.attributes]
    if line.certificates:
        rows.append((f"Line {n} certificates", "; ".join(map(certificate_words, line.certificates))))
    if line.packaging:
        rows.append((f"Line {n} packaging", packaging_words(line.packaging)))
    return rows
