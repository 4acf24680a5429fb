"""A contract in words: as a person reads it, and what changed from one version to the next."""

from collections import Counter
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.terms.document import LineTerms, Terms, spelled_day
from orders.terms.typical import TYPICAL
from trade_assurance import money

PLANNED = {  # an instalment of the plan, by what it is due before
    "production": _lazy("{label}: {amount}, before production, due {day}"),
    "shipment": _lazy("{label}: {amount}, before shipment, due {day}"),
    "delivery": _lazy("{label}: {amount}, before delivery, due {day}"),
    "protection_end": _lazy("{label}: {amount}, before protection ends, due {day}"),
}


@dataclass(frozen=True)
class Row:
    """One term in words. `code` names it in every language: "total", "line.2.tolerance"; `mark` is what tells it from
    another of the same code.
    """

    code: str
    label: str
    text: str
    mark: str = ""

    @property
    def kind(self) -> str:
        """The code without the number of its line or instalment: "line.tolerance"."""
        return ".".join(part for part in self.code.split(".") if not part.isdecimal())


@dataclass(frozen=True)
class Change:
    """One difference between two versions: a readable label, and the text before and after."""

    label: str
    before: str
    after: str
    code: str = ""
    kind: str = ""


def differences(old: Terms, new: Terms) -> list[Change]:
    """What changed from one version to the next, term by term, in words."""
    before, after = _rows(spell(old)), _rows(spell(new))
    with translation.override("en"):  # what is compared is the same in every language
        was, now = ({key: row.text for key, row in _rows(spell(terms)).items()} for terms in (old, new))
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        if was.get(key) != now.get(key):
            row = after.get(key) or before[key]
            told = (rows[key].text if key in rows else "—" for rows in (before, after))
            found.append(Change(row.label, *told, row.code, row.kind))
    return found


def _rows(spelled: list[Row]) -> dict[tuple[str, str, int], Row]:
    """Every row by what it is and how often that stood before: of two files with one name none hides the other."""
    seen, rows = Counter(), {}
    for row in spelled:
        key = row.code, row.mark
        rows[*key, seen[key]] = row
        seen[key] += 1
    return rows


def spell(terms: Terms) -> list[Row]:
    """The terms as label and text, in the order a person reads a contract."""
    lines = [row for n, line in enumerate(terms.lines, 1) for row in _line_rows(n, line, terms.currency)]
    return [*spell_head(terms), *lines, *spell_rest(terms)]


def spell_head(terms: Terms) -> list[Row]:
    """What stands before the lines."""
    rows = [
        Row("title", _("Goods"), terms.title),
        Row("is_sample", _("Kind of order"), _("Sample") if terms.is_sample else _("Regular")),
    ]
    return [*rows, Row("category", _("Category"), category_name(terms.category))] if terms.category else rows


def spell_rest(terms: Terms) -> list[Row]:
    """What stands after the lines and is agreed for the whole contract."""

    def cash(minor: int) -> str:
        return money.display(minor, terms.currency)

    rows = [
        Row("freight", _("Freight"), cash(terms.freight_minor)),
        Row("total", _("Total"), cash(terms.total_minor)),
        Row("quality", _("Quality terms"), terms.quality or "—"),
    ]
    if terms.inspection:
        rows.append(Row("inspection", _("Inspection"), terms.inspection.text))
    delivery = _("{incoterm} {place} (Incoterms 2020)").format(incoterm=terms.incoterm, place=terms.place)
    lead = _("{days} days after the instalments due before shipment have cleared")
    rows += [
        Row("delivery", _("Delivery"), delivery),
        Row("destination", _("Destination"), f"{terms.destination_address}, {terms.destination_country}"),
        Row("ship_by", _("Ship by"), spelled_day(terms.ship_by_on) or lead.format(days=terms.lead_days)),
    ]
    if terms.deliver_by_on:
        rows.append(Row("deliver_by", _("Deliver by"), spelled_day(terms.deliver_by_on)))
    if terms.documents:
        rows.append(Row("documents", _("Documents"), documents_words(terms)))
    for n, part in enumerate(terms.plan, 1):
        words = PLANNED[part.due_before].format(
            label=part.label, amount=cash(part.amount_minor), day=spelled_day(part.due_on)
        )
        rows.append(Row(f"plan.{n}", _("Instalment {n}").format(n=n), words))
    rows += [Row("timezone", _("Days end in"), terms.timezone), Row("notes", _("Notes"), terms.notes or "—")]
    for file in terms.attachments:
        rows.append(
            Row("attachment", _("Attachment {name}").format(name=file["name"]), file["sha256"], mark=file["name"])
        )
    return rows


def _line_rows(n: int, line: LineTerms, currency: str) -> list[Row]:
    price = money.display(line.unit_price_minor, currency)
    goods = _("{quantity} {unit} {product} at {price} each").format(
        quantity=f"{line.quantity:,}", unit=line.unit, product=line.product, price=price
    )
    rows = [
        Row(f"line.{n}", _("Line {n}").format(n=n), goods),
        Row(f"line.{n}.specification", _("Line {n} specification").format(n=n), line.specification or "—"),
        Row(f"line.{n}.quality", _("Line {n} quality").format(n=n), line.quality or "—"),
        Row(f"line.{n}.tolerance", _("Line {n} tolerance").format(n=n), f"{line.tolerance_bp / 100:g} %"),
    ]
    for each in line.attributes:
        label = _("Line {n}: {name}").format(n=n, name=each.name)
        rows.append(Row(f"line.{n}.attribute", label, each.text, mark=each.name))
    if line.certificates:
        words = "; ".join(each.text for each in line.certificates)
        rows.append(Row(f"line.{n}.certificates", _("Line {n} certificates").format(n=n), words))
    if line.packaging:
        rows.append(Row(f"line.{n}.packaging", _("Line {n} packaging").format(n=n), line.packaging.text))
    return rows


def documents_words(terms: Terms) -> str:
    return "; ".join(each.text for each in terms.documents)


def category_name(slug: str) -> str:
    """A category's name; of one that we have no typical terms for, the words of its slug."""
    return str(TYPICAL[slug].name) if slug in TYPICAL else slug.replace("-", " ").capitalize()
