"""The certificate of coverage as one page to hand on; its code opens the page that says what is true now."""

from datetime import UTC, datetime

from django.utils import translation
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Spacer, Table, TableStyle

from orders.certificate import certificate, link, number_of
from orders.contract_pdf import PART, RULED
from orders.models import Order
from trade_assurance import money
from trade_assurance.paper import BOLD, HEAD, PLAIN, SMALL, WIDTH, built, qr_code, said_if_lost, shown

QR_SIDE = 38 * mm
LARGE = ParagraphStyle("large", parent=BOLD, fontSize=22, leading=28)


@translation.override("en")  # one paper for both sides, banks and courts
def pdf(order: Order, now: datetime) -> bytes:
    """The certificate of a placed order as of `now`."""
    told = certificate(order, now)
    amount = money.display(order.covered_minor, order.currency)
    as_of = f"{now.astimezone(UTC):%d %b %Y, %H:%M} UTC"
    rows = [
        ("Order", f"{order.reference}, {order.title}"),
        ("Supplier", order.supplier.name),
        ("Buyer", order.buyer.display_name),
        ("Order total", money.display(order.total_minor, order.currency)),
        ("Covered since", told.since),
        ("Covered until", told.until),
        ("After receipt", told.after_receipt),
        ("State", told.headline),
    ]
    head = [
        shown("Certificate of coverage", HEAD),
        Spacer(1, 3 * mm),
        shown(f"Covered amount on {as_of}", SMALL),
        shown(amount, LARGE),
        Spacer(1, 2 * mm),
        shown(f"No. {number_of(order)}", PLAIN),
    ]
    code = [qr_code(link(order), QR_SIDE), shown("Scan to see what is true now.", SMALL)]
    bare = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    story = [
        Table([[head, code]], colWidths=[WIDTH - 44 * mm, 44 * mm], style=bare, hAlign="LEFT"),
        Spacer(1, 4 * mm),
        Table(
            [[shown(label, SMALL), shown(words, PLAIN)] for label, words in rows],
            colWidths=[36 * mm, WIDTH - 36 * mm],
            style=RULED,
            hAlign="LEFT",
        ),
        shown("What is covered", PART),
        *(shown(f"•  {words}", PLAIN) for words in told.covers),
        shown("What to know", PART),
        *(shown(f"•  {words}", PLAIN) for words in told.limits),
        shown("•  This paper says what was true on its date. The page behind its code says what is true now.", PLAIN),
        Spacer(1, 5 * mm),
        shown(f"Check it at {link(order)}", SMALL),
        *said_if_lost(*(words for _, words in rows)),
    ]
    return built(story, title=f"Certificate of coverage {order.reference}")
