"""The packing list of a shipment as a PDF to print and lay on the goods; its code opens the receipt on a phone."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Spacer, Table, TableStyle

from accounts.places import country_name
from orders.models import Order, Shipment
from orders.terms.typed import PACKAGES, Packaging
from trade_assurance.paper import BOLD, HEAD, INK, RIGHT, RULE, SMALL, built, qr_code, said_if_lost, shown
from trade_assurance.templatetags.ta import day

QR_SIDE = 34 * mm
SPECIFIED = 300  # characters of a specification


def receipt_link(order: Order, shipment: Shipment) -> str:
    """Where the code leads: the receipt of the order, with this shipment's lines first."""
    return f"{settings.SITE_URL}{reverse('orders:receipt', args=[order.reference])}?shipment={shipment.number}"


def packages(quantity: int, unit: str, packaging: Packaging | None) -> str:
    """How a quantity is packed by the contract: the kind, how many packages, what else was agreed."""
    if packaging is None:
        return ""
    kind = str(PACKAGES.get(packaging.kind, packaging.kind))
    if packaging.units_each:
        full, rest = divmod(quantity, packaging.units_each)
        count = full + bool(rest)
        kind = f"{count:,} × {kind.lower()} of {packaging.units_each:,} {unit}"
        if rest:
            kind += f", the last of {rest:,}"
    return "\n".join(filter(None, (kind, packaging.words)))


def _address(name: str, *rows: str) -> list[Paragraph]:
    return [shown(name, BOLD), *(shown(row) for row in rows if row)]


@translation.override("en")  # one paper for both sides, carriers and customs
def pdf(order: Order, shipment: Shipment) -> bytes:
    """One shipment with all that is in it, as pages to print."""
    terms = order.versions.in_force().terms
    lines = {line.id: line for line in order.lines.all()}
    parts = sorted(shipment.lines.all(), key=lambda part: lines[part.line_id].number)
    plain = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    rows = [[shown(head, BOLD) for head in ("No.", "Goods", "Packed", "Quantity")]]
    for part in parts:
        line = lines[part.line_id]
        agreed = terms.lines[line.number - 1] if line.number <= len(terms.lines) else None
        goods = [shown(line.product, BOLD)]
        if agreed is not None and agreed.specification:
            goods.append(shown(agreed.specification[:SPECIFIED], SMALL))
        packed = packages(part.quantity, line.unit, agreed.packaging if agreed else None)
        quantity = f"{part.quantity:,} {line.unit}"
        if part.quantity != line.quantity:
            quantity += f"\nof {line.quantity:,}"
        packed = packed or "As the supplier packs"
        rows.append([shown(str(line.number)), goods, shown(packed), shown(quantity, RIGHT)])
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
            [shown("Shipper", SMALL), shown("Consignee", SMALL)],
            [
                _address(order.supplier.name, country_name(order.supplier.country, "en")),
                _address(
                    order.buyer.display_name,
                    terms.destination_address,
                    country_name(terms.destination_country, "en"),
                ),
            ],
        ],
        colWidths=[83 * mm, 83 * mm],
        style=plain,
    )
    about = Table(
        [[shown(label, SMALL), shown(value)] for label, value in travels if value],
        colWidths=[24 * mm, 98 * mm],
        style=plain,
    )
    code = [qr_code(receipt_link(order, shipment), QR_SIDE), shown("At the dock: scan, sign in, count.", SMALL)]
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
    texts = [order.title, order.supplier.name, order.buyer.display_name, terms.destination_address, shipment.carrier]
    texts += [line.product for line in lines.values()] + [line.specification[:SPECIFIED] for line in terms.lines]
    return built(
        [
            shown("Packing list", HEAD),
            shown(order.title),
            Spacer(1, 5 * mm),
            parties,
            Spacer(1, 5 * mm),
            Table([[about, code]], colWidths=[124 * mm, 42 * mm], style=plain),
            Spacer(1, 5 * mm),
            goods,
            Spacer(1, 5 * mm),
            shown(
                "The code opens the receipt of this order for its buyer, who signs in. Count line by line, photograph "
                "what is wrong, and confirm once all shipments are there.",
                SMALL,
            ),
            *said_if_lost(*texts),
        ],
        title=f"Packing list {order.reference}-{shipment.number}: {order.title}",
    )
