"""A contract in words: as a person reads it, and what changed from one version to the next."""

from dataclasses import dataclass

from orders.terms.document import DUE_BEFORE, Terms, spelled_day
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
    for n, part in enumerate(terms.plan, 1):
        rows.append(
            (
                f"Instalment {n}",
                f"{part.label}: {cash(part.amount_minor)}, {DUE_BEFORE[part.due_before].lower()}, "
                f"due {spelled_day(part.due_on)}",
            )
        )
    rows += [("Days end in", terms.timezone), ("Notes", terms.notes or "—")]
    rows += [(f"Attachment {a['name']}", a["sha256"]) for a in terms.attachments]
    return rows
