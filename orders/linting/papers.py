"""Rules about what comes with the goods: packaging, certificates, documents."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.linting.finding import Context, Finding, Mend, changing, on_line
from orders.linting.measures import BULK_UNITS, CE_GOODS, EEA
from orders.terms import Certificate, DueDocument, Packaging, Terms

CE = re.compile(r"(?<!\w)ce(?!\w)|conformity", re.IGNORECASE)
CE_CERTIFICATE = Certificate(_lazy("EU declaration of conformity (CE)"))


def no_packaging(terms: Terms, context: Context) -> Iterator[Finding]:
    """A line that does not say how it is packed."""
    for n, line in enumerate(terms.lines):
        if line.packaging is None and not terms.is_sample:
            kind, words = (
                ("bulk", _("in bulk")) if line.unit.strip().casefold() in BULK_UNITS else ("carton", _("in cartons"))
            )
            yield Finding(
                "no_packaging",
                _("lines.{n}.packaging").format(n=n),
                "missing",
                _("How line {n} is packed isn’t said.").format(n=n + 1),
                _(
                    "Packaging that protects too little is a breach only of what was agreed. What breaks on "
                    "the way is then nobody’s breach."
                ),
                Mend(_("Pack it {words}").format(words=words), on_line(n, packaging=Packaging(kind))),
            )


def no_ce(terms: Terms, context: Context) -> Iterator[Finding]:
    """Goods that need the CE mark go to the EEA without its declaration being owed."""
    if terms.destination_country not in EEA:
        return
    for n, line in enumerate(terms.lines):
        law = _ce_law(line.product, terms.category if len(terms.lines) == 1 else "")
        if law and not any(CE.search(each.name) for each in line.certificates):
            yield Finding(
                "no_ce",
                _("lines.{n}.certificates").format(n=n),
                "missing",
                _("Line {n} goes to the EU without its CE declaration being agreed.").format(n=n + 1),
                _(
                    "Such goods usually fall under {law}, and customs may stop them. A missing mandatory "
                    "certificate lets the buyer return everything, but only one that is in the contract."
                ).format(law=law),
                Mend(_("Add the EU declaration of conformity"), _with_certificate(n)),
            )


def no_documents(terms: Terms, context: Context) -> Iterator[Finding]:
    """No document is owed at all."""
    if not terms.documents:
        due = (DueDocument("invoice"), DueDocument("packing_list"), DueDocument("transport"))
        yield Finding(
            "no_documents",
            "documents",
            "missing",
            _("No documents are due."),
            _(
                "Without an invoice and a transport document the goods stay at customs, and a claim "
                "about documents needs documents that were agreed."
            ),
            Mend(_("Add invoice, packing list and transport document"), changing(documents=due)),
        )


def no_transport_document(terms: Terms, context: Context) -> Iterator[Finding]:
    """Documents are owed, but not the one that proves shipment (Rulebook 7). EXW has none."""
    if terms.documents and terms.incoterm != "EXW" and not _owes(terms, "transport"):
        yield Finding(
            "no_transport_document",
            "documents.transport",
            "missing",
            _("The transport document is not among the documents that are due."),
            _("It is what proves when and how the goods were shipped."),
            _adding(terms, "transport", _("Add the transport document")),
        )


def no_insurance_document(terms: Terms, context: Context) -> Iterator[Finding]:
    """CIF and CIP: the supplier insures the goods, but owes no certificate of it."""
    if terms.incoterm in ("CIF", "CIP") and not _owes(terms, "insurance"):
        yield Finding(
            "no_insurance_document",
            "documents.insurance",
            "missing",
            _("{incoterm} makes the supplier insure the goods, but the insurance certificate isn’t due.").format(
                incoterm=terms.incoterm
            ),
            _("Without it the buyer can’t claim from the insurer, and nobody sees whether the goods were insured."),
            _adding(terms, "insurance", _("Add the insurance certificate")),
        )


def no_inspection_report(terms: Terms, context: Context) -> Iterator[Finding]:
    """An inspection before shipment whose report nobody owes."""
    if terms.inspection and terms.inspection.when == "before_shipment" and not _owes(terms, "inspection"):
        if terms.inspection.who == "buyer":
            return
        yield Finding(
            "no_inspection_report",
            "documents.inspection",
            "missing",
            _("The inspection’s report is not among the documents that are due."),
            _("An inspection counts by its report: who looked at how many pieces, and what they found."),
            _adding(terms, "inspection", _("Add the inspection report")),
        )


def _owes(terms: Terms, kind: str) -> bool:
    return any(document.kind == kind for document in terms.documents)


def _adding(terms: Terms, kind: str, label: str) -> Mend:
    def change(now: Terms) -> Terms:
        return changing(documents=(*now.documents, DueDocument(kind)))(now)

    return Mend(label, change)


def _with_certificate(number: int):
    def change(terms: Terms) -> Terms:
        certificates = (*terms.lines[number].certificates, CE_CERTIFICATE)
        return on_line(number, certificates=certificates)(terms)

    return change


def _ce_law(product: str, category: str) -> str:
    """The law that wants a CE mark on these goods, as far as our short table knows; empty for all others."""
    return next(
        (
            law
            for words, slug, law in CE_GOODS
            if slug == category or re.search(rf"(?<!\w)(?:{words})(?!\w)", product, re.IGNORECASE)
        ),
        "",
    )
