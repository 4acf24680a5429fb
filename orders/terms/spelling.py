"""A contract in words: as a person reads it, and what changed from one version to the next."""

from collections import Counter
from dataclasses import dataclass

from orders.terms.document import DUE_BEFORE, LineTerms, Terms, spelled_day
from orders.terms.typed import DOCUMENTS, DUE_WITH
from trade_assurance import money


@dataclass(frozen=True)
class Change:
    """One difference between two versions: a readable label, and the text before and after."""

    label: str
    before: str
    after: str


def differences(old: Terms, new: Terms) -> list[Change]:
    """What changed from one version to the next, term by term, in words."""
    before, after = _rows(spell(old)), _rows(spell(new))
    return [
        Change(key[0], before.get(key, "—"), after.get(key, "—"))
        for key in [*after, *(key for key in before if key not in after)]
        if before.get(key) != after.get(key)
    ]


def _rows(spelled: list[tuple[str, str]]) -> dict[tuple[str, int], str]:
    """Every row by its label and how often that stood before: of two files with one name none hides the other."""
    seen, rows = Counter(), {}
    for label, text in spelled:
        rows[label, seen[label]] = text
        seen[label] += 1
    return rows


def spell(terms: Terms) -> list[tuple[str, str]]:
    """The terms as label and text, in the order a person reads a contract."""
    lines = [row for n, line in enumerate(terms.lines, 1) for row in _line_rows(n, line, terms.currency)]
    return [*spell_head(terms), *lines, *spell_rest(terms)]


def spell_head(terms: Terms) -> list[tuple[str, str]]:
    """What stands before the lines."""
    rows = [("Goods", terms.title), ("Kind of order", "Sample" if terms.is_sample else "Regular")]
    return [*rows, ("Category", terms.category.replace("-", " ").capitalize())] if terms.category else rows


def spell_rest(terms: Terms) -> list[tuple[str, str]]:
    """What stands after the lines and is agreed for the whole contract."""

    def cash(minor: int) -> str:
        return money.display(minor, terms.currency)

    rows = [
        ("Freight", cash(terms.freight_minor)),
        ("Total", cash(terms.total_minor)),
        ("Quality terms", terms.quality or "—"),
    ]
    if terms.inspection:
        rows.append(("Inspection", terms.inspection.text))
    rows += [
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
    if terms.documents:
        rows.append(("Documents", documents_words(terms)))
    for n, part in enumerate(terms.plan, 1):
        before, day = DUE_BEFORE[part.due_before].lower(), spelled_day(part.due_on)
        rows.append((f"Instalment {n}", f"{part.label}: {cash(part.amount_minor)}, {before}, due {day}"))
    rows += [("Days end in", terms.timezone), ("Notes", terms.notes or "—")]
    rows += [(f"Attachment {a['name']}", a["sha256"]) for a in terms.attachments]
    return rows


def _line_rows(n: int, line: LineTerms, currency: str) -> list[tuple[str, str]]:
    price = money.display(line.unit_price_minor, currency)
    rows = [
        (f"Line {n}", f"{line.quantity:,} {line.unit} {line.product} at {price} each"),
        (f"Line {n} specification", line.specification or "—"),
        (f"Line {n} quality", line.quality or "—"),
        (f"Line {n} tolerance", f"{line.tolerance_bp / 100:g} %"),
    ]
    rows += [(f"Line {n}: {attribute.name}", attribute.text) for attribute in line.attributes]
    if line.certificates:
        rows.append((f"Line {n} certificates", "; ".join(each.text for each in line.certificates)))
    if line.packaging:
        rows.append((f"Line {n} packaging", line.packaging.text))
    return rows


def documents_words(terms: Terms) -> str:
    return "; ".join(
        f"{DOCUMENTS.get(each.kind, each.kind)}, {DUE_WITH.get(each.due, each.due).lower()}" for each in terms.documents
    )
