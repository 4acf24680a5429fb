"""A contract in words: as a person reads it, and what changed from one version to the next."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

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
    rows = [(_("Goods"), terms.title), (_("Kind of order"), _("Sample") if terms.is_sample else _("Regular"))]
    return [*rows, (_("Category"), terms.category.replace("-", " ").capitalize())] if terms.category else rows


def spell_rest(terms: Terms) -> list[tuple[str, str]]:
    """What stands after the lines and is agreed for the whole contract."""

    def cash(minor: int) -> str:
        return money.display(minor, terms.currency)

    rows = [
        (_("Freight"), cash(terms.freight_minor)),
        (_("Total"), cash(terms.total_minor)),
        (_("Quality terms"), terms.quality or "—"),
    ]
    if terms.inspection:
        rows.append((_("Inspection"), terms.inspection.text))
    rows += [
        (_("Delivery"), _("{incoterm} {place} (Incoterms 2020)").format(incoterm=terms.incoterm, place=terms.place)),
        (_("Destination"), f"{terms.destination_address}, {terms.destination_country}"),
        (
            _("Ship by"),
            spelled_day(terms.ship_by_on)
            or _("{lead_days} days after the instalments due before shipment have cleared").format(
                lead_days=terms.lead_days
            ),
        ),
    ]
    if terms.deliver_by_on:
        rows.append((_("Deliver by"), spelled_day(terms.deliver_by_on)))
    if terms.documents:
        rows.append((_("Documents"), documents_words(terms)))
    for n, part in enumerate(terms.plan, 1):
        before, day = DUE_BEFORE[part.due_before].lower(), spelled_day(part.due_on)
        rows.append(
            (
                _("Instalment {n}").format(n=n),
                _("{label}: {amount_minor}, {before}, due {day}").format(
                    label=part.label, amount_minor=cash(part.amount_minor), before=before, day=day
                ),
            )
        )
    rows += [(_("Days end in"), terms.timezone), (_("Notes"), terms.notes or "—")]
    rows += [(_("Attachment {name}").format(name=a["name"]), a["sha256"]) for a in terms.attachments]
    return rows


def _line_rows(n: int, line: LineTerms, currency: str) -> list[tuple[str, str]]:
    price = money.display(line.unit_price_minor, currency)
    rows = [
        (
            _("Line {n}").format(n=n),
            _("{quantity} {unit} {product} at {price} each").format(
                quantity=f"{line.quantity:,}", unit=line.unit, product=line.product, price=price
            ),
        ),
        (_("Line {n} specification").format(n=n), line.specification or "—"),
        (_("Line {n} quality").format(n=n), line.quality or "—"),
        (_("Line {n} tolerance").format(n=n), f"{line.tolerance_bp / 100:g} %"),
    ]
    rows += [(_("Line {n}: {name}").format(n=n, name=attribute.name), attribute.text) for attribute in line.attributes]
    if line.certificates:
        rows.append((_("Line {n} certificates").format(n=n), "; ".join(each.text for each in line.certificates)))
    if line.packaging:
        rows.append((_("Line {n} packaging").format(n=n), line.packaging.text))
    return rows


def documents_words(terms: Terms) -> str:
    return "; ".join(
        f"{DOCUMENTS.get(each.kind, each.kind)}, {DUE_WITH.get(each.due, each.due).lower()}" for each in terms.documents
    )
