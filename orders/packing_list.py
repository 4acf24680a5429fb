"""The packing list of a shipment as a PDF to print and lay on the goods; its code opens the receipt on a phone."""

import io
from functools import cache
from xml.sax.saxutils import escape

from django.conf import settings
from django.urls import reverse
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from accounts.places import country_name
from orders.models import Order, Shipment
from orders.terms.typed import PACKAGES, Packaging
from trade_assurance.templatetags.ta import day

WIDE = "STSong-Light"  # every reader has it: Chinese, Japanese kanji and kana, Greek, Cyrillic
INK, QUIET, RULE = (colors.HexColor(code) for code in ("#1b1f24", "#4a525c", "#c9ced6"))
PLAIN = ParagraphStyle("plain", fontName="Helvetica", fontSize=10, leading=14, textColor=INK)
BOLD = ParagraphStyle("bold", parent=PLAIN, fontName="Helvetica-Bold")
RIGHT = ParagraphStyle("right", parent=PLAIN, alignment=2)
SMALL = ParagraphStyle("small", parent=PLAIN, fontSize=9, leading=12, textColor=QUIET)
HEAD = ParagraphStyle("head", parent=BOLD, fontSize=17, leading=22)
QR_SIDE = 34 * mm


@cache
def _wide_font() -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(WIDE))
    return WIDE


def _shown(text: str, style: ParagraphStyle = PLAIN) -> Paragraph:
    """Text as a paragraph, in a font that has its letters; nothing in it counts as mark-up."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        style = ParagraphStyle(f"{style.name}-wide", parent=style, fontName=_wide_font(), wordWrap="CJK")
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def receipt_link(order: Order, shipment: Shipment) -> str:
    """Where the code leads: the receipt of the order, with this shipment's lines first."""
    return f"{settings.SITE_URL}{reverse('orders:receipt', args=[order.reference])}?shipment={shipment.number}"


def packages(quantity: int, unit: str, packaging: Packaging | None) -> str:
    """How a quantity is packed by the contract: the kind, how many packages, what else was agreed."""
    if packaging is None:
        return ""
    kind = PACKAGES.get(packaging.kind, packaging.kind)
    if packaging.units_each:
        full, rest = divmod(quantity, packaging.units_each)
        count = full + bool(rest)
        kind = f"{count:,} × {kind.lower()} of {packaging.units_each:,} {unit}"
        if rest:
            kind += f", the last of {rest:,}"
    return "\n".join(filter(None, (kind, packaging.words)))


def _code(link: str) -> Drawing:
    """The link as a QR code, drawn from its own modules."""
    widget = QrCodeWidget(link, barLevel="M")
    left, bottom, right, top = widget.getBounds()
    drawing = Drawing(QR_SIDE, QR_SIDE, transform=[QR_SIDE / (right - left), 0, 0, QR_SIDE / (top - bottom), 0, 0])
    drawing.add(widget)
    return drawing


def _address(name: str, *rows: str) -> list[Paragraph]:
    return [_shown(name, BOLD), *(_shown(row) for row in rows if row)]


def pdf(order: Order, shipment: Shipment) -> bytes:
    """One shipment with all that is in it, as pages to print."""
    terms = order.versions.in_force().terms
    lines = {line.id: line for line in order.lines.all()}
    parts = sorted(shipment.lines.all(), key=lambda part: lines[part.line_id].number)
    plain = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    rows = [[_shown(head, BOLD) for head in ("No.", "Goods", "Packed", "Quantity")]]
    for part in parts:
        line = lines[part.line_id]
        agreed = terms.lines[line.number - 1] if line.number <= len(terms.lines) else None
        goods = [_shown(line.product, BOLD)]
        if agreed is not None and agreed.specification:
            goods.append(_shown(agreed.specification[:300], SMALL))
        packed = packages(part.quantity, line.unit, agreed.packaging if agreed else None)
        quantity = f"{part.quantity:,} {line.unit}"
        if part.quantity != line.quantity:
            quantity += f"\nof {line.quantity:,}"
        packed = packed or "As the supplier packs"
        rows.append([_shown(str(line.number)), goods, _shown(packed), _shown(quantity, RIGHT)])
    travels = [
        ("Order", order.reference),
        ("Shipment", f"{shipment.number}, {shipment.fact.lower()} {day(shipment.dispatched_on)}"),
        ("Terms", f"{terms.incoterm} {terms.place} (Incoterms 2020)"),
        ("Carrier", f"{shipment.carrier}, {shipment.get_transport_display().lower()}"),
        ("Document", shipment.document),
        ("Container", shipment.container_number),
        ("Tracking", shipment.tracking_number),
    ]
    parties = Table(
        [
            [_shown("Shipper", SMALL), _shown("Consignee", SMALL)],
            [
                _address(order.supplier.name, country_name(order.supplier.country)),
                _address(order.buyer.display_name, terms.destination_address, country_name(terms.destination_country)),
            ],
        ],
        colWidths=[83 * mm, 83 * mm],
        style=plain,
    )
    about = Table(
        [[_shown(label, SMALL), _shown(value)] for label, value in travels if value],
        colWidths=[24 * mm, 98 * mm],
        style=plain,
    )
    code = [_code(receipt_link(order, shipment)), _shown("At the dock: scan, sign in, count.", SMALL)]
    goods = Table(
        rows,
        colWidths=[11 * mm, 73 * mm, 50 * mm, 32 * mm],
        repeatRows=1,
        style=TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, 0), 1, INK),
                ("LINEBELOW", (0, 1), (-1, -1), 1, RULE),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
            ]
        ),
    )
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=f"Packing list {order.reference}-{shipment.number}",
        author="Trade Assurance",
        lang="en",
        invariant=1,
    )
    document.build(
        [
            _shown("Packing list", HEAD),
            _shown(order.title),
            Spacer(1, 5 * mm),
            parties,
            Spacer(1, 5 * mm),
            Table([[about, code]], colWidths=[124 * mm, 42 * mm], style=plain),
            Spacer(1, 5 * mm),
            goods,
            Spacer(1, 5 * mm),
            _shown(
                "The code opens the receipt of this order for its buyer, who signs in. Count line by line, photograph "
                "what is wrong, and confirm once all shipments are there.",
                SMALL,
            ),
        ]
    )
    return written.getvalue()
