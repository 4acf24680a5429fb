"""A version of the contract as a PDF to print, sign off and file: the whole text, what can be measured in tables."""

from datetime import UTC, datetime

from django.utils import translation
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from orders.models import ContractVersion
from orders.terms import LineTerms, Terms, spell_head, spell_rest
from trade_assurance import money
from trade_assurance.paper import BOLD, HEAD, MARGIN, PLAIN, RULE, SMALL, WIDTH, built, said_if_lost, shown, write

PART = ParagraphStyle("part", parent=BOLD, fontSize=12, leading=16, spaceBefore=6 * mm, spaceAfter=1 * mm)
LINE = ParagraphStyle("line", parent=BOLD, fontSize=11, leading=14, spaceBefore=4 * mm)
RULED = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 1, RULE),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
    ]
)
PIECE = 1500  # characters in one row of a table: more than a page in a cell cannot be drawn


@translation.override("en")  # one paper for both sides, banks and courts
def pdf(version: ContractVersion) -> bytes:
    """The version as it was sent, with who has signed it when, and the fingerprint that binds it."""
    order, terms = version.order, version.terms
    story: list[Flowable] = [
        shown(f"Contract {order.reference}, version {version.number}", HEAD),
        shown(_standing(version), PLAIN),
        shown("Parties", PART),
        _rows([(side.capitalize(), _party(terms, side, _signed_at(version, side))) for side in ("buyer", "supplier")]),
        shown("Goods", PART),
        _rows([(row.label, row.text) for row in spell_head(terms)]),
    ]
    for n, line in enumerate(terms.lines, 1):
        story += _line(n, line, terms.currency)
    rest = [(row.label, row.text) for row in spell_rest(terms) if row.code != "attachment" and row.text != "—"]
    story += [shown("What is agreed for all of it", PART), _rows(rest)]
    if terms.attachments:
        story += [
            shown("Files that are part of it, with their SHA-256", PART),
            _rows([(file["name"], file["sha256"]) for file in terms.attachments]),
        ]
    story += [
        shown("Fingerprint", PART),
        shown(version.fingerprint, PLAIN),
        shown(
            "SHA-256 of the contract's document as canonical JSON (RFC 8785), which both sides can download. It "
            "changes if a single character of the contract changes. The order stands under version "
            f"{terms.rulebook} of the rulebook of Trade Assurance. This paper is a copy for reading; the document with "
            "this fingerprint counts.",
            SMALL,
        ),
    ]
    story += said_if_lost(f"{version.document}")
    return _built(story, version)


def _standing(version: ContractVersion) -> str:
    if version.accepted_by_both:
        return f"{version.order.title}. Signed by both sides."
    if version.closed_at:
        return f"{version.order.title}. Not in force: {version.get_closed_because_display().lower()}."
    return f"{version.order.title}. A proposal: it counts only when both sides have signed it."


def _signed_at(version: ContractVersion, side: str) -> datetime | None:
    return version.buyer_accepted_at if side == "buyer" else version.supplier_accepted_at


def _party(terms: Terms, side: str, signed_at: datetime | None) -> str:
    party = terms.parties.get(side, {})
    name = ", ".join(dict.fromkeys(each for each in (party.get("name"), party.get("person")) if each)) or "—"
    at = f"signed on {signed_at.astimezone(UTC):%d %b %Y, %H:%M} UTC" if signed_at else "not signed"
    return f"{name}; {at}"


def _line(n: int, line: LineTerms, currency: str) -> list[Flowable]:
    price, value = (money.display(minor, currency) for minor in (line.unit_price_minor, line.value_minor))
    tolerance = f", quantity ± {line.tolerance_bp / 100:g} %" if line.tolerance_bp else ""
    drawn = [
        shown(f"{n}. {line.product}", LINE),
        shown(f"{line.quantity:,} {line.unit} at {price} each: {value}{tolerance}", PLAIN),
    ]
    rows = [
        (name, words) for name, words in (("Specification", line.specification), ("Quality", line.quality)) if words
    ]
    rows += [("Certificates", "; ".join(each.text for each in line.certificates))] if line.certificates else []
    rows += [("Packaging", line.packaging.text)] if line.packaging else []
    if rows:
        drawn.append(_rows(rows))
    if line.attributes:
        drawn += [Spacer(1, 2 * mm), _attributes(line)]
    return drawn


def _attributes(line: LineTerms) -> Table:
    head = ("What is measured", "Agreed", "Measured by", "A difference is")
    told = [(each.name, each.agreed, each.method or "—", each.grade) for each in line.attributes]
    cells = [[shown(text, SMALL) for text in head]]
    cells += [[shown(text, BOLD if n == 1 else PLAIN) for n, text in enumerate(row)] for row in told]
    widths = [44 * mm, 49 * mm, 45 * mm, 28 * mm]
    return Table(cells, colWidths=widths, style=RULED, repeatRows=1, hAlign="LEFT")


def _rows(rows: list[tuple[str, str]]) -> Table:
    """Labels and words; long words go on in further rows, so that they flow over pages."""
    cells = []
    for label, words in rows:
        pieces = [words[at : at + PIECE] for at in range(0, len(words), PIECE)] or ["—"]
        cells += [[shown(label if not n else "", SMALL), shown(piece, PLAIN)] for n, piece in enumerate(pieces)]
    return Table(cells, colWidths=[36 * mm, WIDTH - 36 * mm], style=RULED, hAlign="LEFT")


def _built(story: list[Flowable], version: ContractVersion) -> bytes:
    reference, number = version.order.reference, version.number

    def foot(canvas, page: int) -> None:
        write(canvas, MARGIN, 11 * mm, f"{reference}, version {number}, {version.fingerprint[:16]}…", size=7)
        write(canvas, A4[0] - MARGIN, 11 * mm, f"Page {page}", size=7, right=True)

    return built(story, title=f"Contract {reference}, version {number}: {version.order.title}", foot=foot)
