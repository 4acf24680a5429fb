"""The payment instruction of one instalment for a bank transfer: what to send where, as rows and a PDF (Rulebook 5)."""

import io
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from orders.models import Instalment, Order
from trade_assurance import money
from trade_assurance.refused import MovedOn
from trade_assurance.templatetags.ta import day_end

WARNING = (
    "Money paid to any other account is not covered. If anyone sends you different bank details, by e-mail or chat, "
    "do not pay, and tell us."
)
WIDE = "STSong-Light"  # every reader has it: Chinese, Japanese kanji and kana, Greek, Cyrillic
INK, ALARM = colors.HexColor("#1b1f24"), colors.HexColor("#a3160f")


@dataclass(frozen=True)
class Row:
    """One thing to fill in at the bank. `is_copied` says that it is to be copied letter by letter."""

    label: str
    value: str
    hint: str = ""
    is_copied: bool = False


def rows(order: Order, instalment: Instalment) -> list[Row]:
    """What a buyer enters at its bank to pay what is open of an instalment.

    Raises MovedOn when nothing is to be paid: a transfer would only be sent back.
    """
    account = getattr(order.supplier, "designated_account", None)
    if not order.takes_money:
        raise MovedOn(f"Order {order.reference} takes no money. Do not send any: it would only be sent back.")
    if instalment.open_minor == 0:
        raise MovedOn(f"{instalment.label} is paid. Do not send it again: it would only be sent back.")
    if account is None:
        raise MovedOn(
            "The account for this supplier is being set up. Do not pay to any account that somebody tells you."
        )
    returned = order.rulebook.unmatched_return_days
    return [
        Row("Account name", account.holder, is_copied=True),
        Row("Bank", account.bank_name),
        Row("Account number", account.number, is_copied=True),
        Row("SWIFT / BIC", account.swift, is_copied=True),
        Row(
            "Amount",
            money.display(instalment.open_minor, order.currency),
            "Ask your bank to send charges “OUR”, so that the full amount arrives.",
            is_copied=True,
        ),
        Row(
            "Reference",
            instalment.rf_reference,
            f"Nothing else in that field. What nobody can match goes back after {returned} days.",
            is_copied=True,
        ),
        Row("Due by", day_end(instalment.due_at, order.timezone), f"At the end of that day in {order.timezone}."),
        Row(
            "Sender",
            order.buyer.display_name,
            "A transfer in another name waits until you have named the payer and our finance staff have confirmed it.",
        ),
    ]


@cache
def _wide_font() -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(WIDE))
    return WIDE


def _shown(text: str, style: ParagraphStyle) -> Paragraph:
    """Text as a paragraph, in a font that has its letters; nothing in it counts as mark-up."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        style = ParagraphStyle(f"{style.name}-wide", parent=style, fontName=_wide_font(), wordWrap="CJK")
    return Paragraph(escape(text), style)


def pdf(order: Order, instalment: Instalment) -> bytes:
    """The instruction as one page to print or hand to a bank. Raises MovedOn as `rows` does."""
    told = rows(order, instalment)
    plain = ParagraphStyle("plain", fontName="Helvetica", fontSize=10, leading=14, textColor=INK, alignment=TA_LEFT)
    bold = ParagraphStyle("bold", parent=plain, fontName="Helvetica-Bold", fontSize=11)
    head = ParagraphStyle("head", parent=bold, fontSize=17, leading=22, spaceAfter=2 * mm)
    small = ParagraphStyle("small", parent=plain, fontSize=9, leading=12, textColor=colors.HexColor("#4a525c"))
    alarm = ParagraphStyle("alarm", parent=bold, textColor=ALARM, leading=15)
    table = Table(
        [
            [_shown(row.label, plain), [_shown(row.value, bold), *([_shown(row.hint, small)] if row.hint else [])]]
            for row in told
        ],
        colWidths=[38 * mm, 128 * mm],
        style=TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 1, colors.HexColor("#c9ced6")),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
            ]
        ),
    )
    warning = Table(
        [[_shown(WARNING, alarm)]],
        colWidths=[166 * mm],
        style=TableStyle([("BOX", (0, 0), (-1, -1), 1, ALARM), ("TOPPADDING", (0, 0), (-1, -1), 8)]),
    )
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
        title=f"Payment instruction {instalment.rf_reference}",
        author="Trade Assurance",
        lang="en",
        invariant=1,
    )
    document.build(
        [
            _shown("Payment instruction, bank transfer (T/T)", head),
            _shown(f"{instalment.label} of order {order.reference}: {order.title}", plain),
            _shown(f"Supplier: {order.supplier.name}", plain),
            Spacer(1, 6 * mm),
            warning,
            Spacer(1, 6 * mm),
            table,
            Spacer(1, 6 * mm),
            _shown(
                "Cover starts when the money has arrived. This paper shows what was open when it was made; the page of "
                f"the order shows it as it is: look up order {order.reference} after signing in.",
                small,
            ),
        ]
    )
    return written.getvalue()
