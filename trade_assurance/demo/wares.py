"""What the demo's suppliers offer, with photos drawn here."""

import io
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from suppliers import actions as supplier_actions
from suppliers.models import Category
from trade_assurance import money
from trade_assurance.demo.cast import Cast

SIZE = (960, 720)
# company, product, drawing and its colour, currency, unit, lead days, HS code, (quantity, price) steps, description
WARES = (
    (
        "lumenworks",
        ("Brass pendant lamp, 30 cm", "lamp", "#c08a2e", "USD", "pieces", 30, "940511"),
        ((100, "41.00"), (300, "38.50"), (600, "36.00")),
        "Spun brass shade, 30 cm across, 1.2 mm. E27, 220–240 V, 2 m of cloth cable. Cartons of 4, drop-tested.",
    ),
    (
        "lumenworks",
        ("Steel pendant lamp, matt black", "lamp", "#2d2f33", "USD", "pieces", 28, "940511"),
        ((100, "29.00"), (500, "26.40")),
        "Steel shade, 35 cm, powder-coated RAL 9005. E27, 220–240 V. CE and RCM test reports with each batch.",
    ),
    (
        "lumenworks",
        ("Blown-glass table lamp", "lamp", "#7fa8a0", "USD", "pieces", 35, "940521"),
        ((50, "54.00"), (200, "49.00")),
        "Opal glass, 22 cm, on a turned brass foot. E14, switch on the cable.",
    ),
    (
        "ardent",
        ("Linen bed set, stonewashed", "cloth", "#b9b29f", "EUR", "sets", 40, "630229"),
        ((60, "74.00"), (240, "68.00")),
        "European flax, 170 g/m², dyed by the metre, shrinkage at most 3 %. OEKO-TEX Standard 100.",
    ),
    (
        "ardent",
        ("Hotel towel, 600 g", "cloth", "#e8e4da", "EUR", "pieces", 30, "630260"),
        ((500, "6.20"), (2000, "5.60"), (5000, "5.10")),
        "Ring-spun cotton, 600 g/m², 70 × 140 cm, double-stitched hem.",
    ),
    (
        "kestrel",
        ("Cable harness, 12-way", "box", "#5b6570", "USD", "pieces", 21, "854442"),
        ((200, "8.40"), (1000, "7.10")),
        "12-way harness to drawing, UL 1007 AWG 22, each one tested for continuity.",
    ),
    (
        "olaria",
        ("Stoneware planter, 24 cm", "pot", "#a5643c", "EUR", "pieces", 45, "691490"),
        ((40, "18.50"), (160, "16.20")),
        "Stoneware, frost-proof to −10 °C, glazed by hand; shades differ within a series.",
    ),
    (
        "olaria",
        ("Terrace tile, 20 × 20", "tile", "#b5764f", "EUR", "m2", 50, "690721"),
        ((50, "34.00"), (200, "31.00")),
        "Extruded tile, 12 mm, R11. Water absorption below 3 %.",
    ),
    (
        "orbita",
        ("Ceiling speaker, 6 inch", "speaker", "#eceae4", "USD", "pieces", 30, "851821"),
        ((50, "63.00"), (250, "57.50")),
        "100 V line and 8 ohm, 80 Hz to 18 kHz ±3 dB. Metal grille, ready to paint.",
    ),
    (
        "baltic",
        ("Oak table top, 180 × 90", "board", "#b98b5a", "EUR", "pieces", 35, "940391"),
        ((20, "168.00"), (80, "154.00")),
        "European oak, full staves, 40 mm, kiln-dried to 8 % ±1, sanded to 180. FSC Mix.",
    ),
    (
        "hearthline",
        ("Cast-iron casserole, 5 l", "pot", "#8c2f2b", "EUR", "pieces", 30, "732392"),
        ((60, "39.00"), (240, "35.50")),
        "Enamelled cast iron, 26 cm, to 260 °C. Lid and knob included.",
    ),
    (
        "sakai",
        ("Gyuto kitchen knife, 210 mm", "knife", "#9aa1a8", "JPY", "pieces", 60, "821192"),
        ((20, "18500"), (100, "16800")),
        "Aogami 2, ground and sharpened by hand, magnolia handle. 62 HRC ±1.",
    ),
    (
        "rajwada",
        ("Marble table top, round 80 cm", "tile", "#d8d5cf", "USD", "pieces", 40, "680291"),
        ((15, "118.00"), (60, "104.00")),
        "Makrana marble, 20 mm, edge rounded, sealed twice. Veins differ.",
    ),
    (
        "anatolia",
        ("Bathrobe, waffle weave", "cloth", "#cfd6d8", "USD", "pieces", 35, "620891"),
        ((200, "14.80"), (1000, "12.90")),
        "Cotton waffle, 220 g/m², sizes S to XL mixed at will.",
    ),
    (
        "vidrios",
        ("Recycled glass carafe, 1 l", "glass", "#8fb8a8", "USD", "pieces", 30, "701337"),
        ((120, "7.90"), (600, "6.80")),
        "Blown from recycled bottles; bubbles are part of it. Dishwasher-safe.",
    ),
    (
        "hanoi",
        ("Rattan lounge chair", "chair", "#c69a5d", "USD", "pieces", 45, "940153"),
        ((30, "88.00"), (120, "79.00")),
        "Peeled rattan on a bent frame, carries 120 kg. Cushion not included.",
    ),
)


def offer(cast: Cast, now: datetime) -> None:
    """Every supplier's products with a photo of each, some days after it has registered."""
    for n, (key, product, steps, description) in enumerate(WARES):
        name, kind, colour, currency, unit, lead_days, hs_code = product
        supplier, owner = cast.companies[key], cast.owners[key]
        then = now + timedelta(days=4, minutes=n)
        made = supplier_actions.add_product(
            supplier_id=supplier.pk,
            key=uuid.uuid4(),
            name=name,
            category=Category.objects.get(suppliers=supplier),
            description=description,
            currency=currency,
            unit=unit,
            minimum_quantity=steps[0][0],
            lead_days=lead_days,
            hs_code=hs_code,
            is_listed=True,
            steps=[(quantity, money.parse(price, currency)) for quantity, price in steps],
            by=owner,
            now=then,
        )
        picture = ContentFile(_photo(DRAWINGS[kind], colour), name=f"{kind}.jpg")
        supplier_actions.add_photo(product_id=made.pk, upload=picture, by=owner, now=then)


def _photo(draw_on: Callable, colour: str) -> bytes:
    """The thing on a table before a wall, as JPEG."""
    picture = Image.new("RGB", SIZE, "#e9e5dc")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 540, 960, 720), fill="#d3ccbd")
    draw_on(draw, colour)
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=85)
    return kept.getvalue()


INK = "#33302b"


def _lamp(draw, colour):
    draw.line([(480, 0), (480, 250)], fill=INK, width=6)
    draw.rectangle((455, 230, 505, 275), fill=INK)
    draw.polygon([(430, 270), (530, 270), (700, 470), (260, 470)], fill=colour)
    draw.ellipse((430, 430, 530, 530), fill="#fff6dd")
    draw.rectangle((260, 462, 700, 474), fill=INK)


def _cloth(draw, colour):
    for n in range(4):
        top = 300 + 70 * n
        draw.rounded_rectangle((250, top, 710, top + 64), radius=30, fill=colour, outline="#8d8879", width=3)
        draw.line([(290, top + 44), (670, top + 44)], fill="#8d8879", width=3)


def _box(draw, colour):
    draw.rounded_rectangle((330, 340, 630, 560), radius=18, fill=colour)
    for n, wire in enumerate(("#ae1f2d", "#c08a2e", "#0b6848", "#29557a")):
        draw.arc((140 + 40 * n, 200 + 14 * n, 560, 520), 180, 300, fill=wire, width=10)
    for n in range(6):
        draw.rectangle((352 + 46 * n, 520, 382 + 46 * n, 560), fill="#e9e5dc")


def _pot(draw, colour):
    draw.polygon([(300, 320), (660, 320), (610, 590), (350, 590)], fill=colour)
    draw.rounded_rectangle((280, 290, 680, 345), radius=14, fill=colour, outline=INK, width=3)
    draw.arc((230, 330, 330, 450), 90, 270, fill=INK, width=14)
    draw.arc((630, 330, 730, 450), 270, 90, fill=INK, width=14)


def _tile(draw, colour):
    for row in range(3):
        for column in range(4):
            left, top = 230 + 128 * column, 220 + 118 * row
            draw.rectangle((left, top, left + 120, top + 110), fill=colour, outline="#8d8879", width=2)
            draw.arc((left + 20, top + 14, left + 150, top + 120), 180, 265, fill="#ffffff", width=3)


def _speaker(draw, colour):
    draw.ellipse((260, 140, 700, 580), fill=colour, outline="#8d8879", width=8)
    for n in range(5):
        draw.ellipse((310 + 40 * n, 190 + 40 * n, 650 - 40 * n, 530 - 40 * n), outline="#676258", width=4)


def _board(draw, colour):
    draw.polygon([(140, 400), (760, 330), (870, 420), (230, 510)], fill=colour)
    draw.polygon([(230, 510), (870, 420), (870, 450), (230, 545)], fill="#8f6840")
    for n in range(4):
        draw.line([(160 + 24 * n, 420 + 22 * n), (780 + 24 * n, 345 + 20 * n)], fill="#a37747", width=3)


def _knife(draw, colour):
    draw.polygon([(150, 380), (600, 330), (600, 420), (330, 425)], fill=colour, outline=INK)
    draw.line([(170, 388), (600, 412)], fill="#ffffff", width=3)
    draw.rounded_rectangle((600, 335, 830, 400), radius=18, fill="#c9b28a", outline=INK, width=2)


def _glass(draw, colour):
    draw.polygon([(420, 160), (540, 160), (530, 300), (620, 600), (340, 600), (430, 300)], fill=colour, outline=INK)
    draw.line([(470, 180), (462, 300), (400, 560)], fill="#ffffff", width=8)


def _chair(draw, colour):
    draw.arc((290, 120, 670, 560), 180, 360, fill=colour, width=26)
    for n in range(9):
        draw.line([(325 + 39 * n, 250), (325 + 39 * n, 440)], fill=colour, width=8)
    draw.rounded_rectangle((280, 430, 680, 490), radius=24, fill=colour, outline=INK, width=2)
    for left in (310, 630):
        draw.line([(left, 490), (left + (20 if left > 480 else -20), 640)], fill=colour, width=20)


DRAWINGS = {
    "lamp": _lamp,
    "cloth": _cloth,
    "box": _box,
    "pot": _pot,
    "tile": _tile,
    "speaker": _speaker,
    "board": _board,
    "knife": _knife,
    "glass": _glass,
    "chair": _chair,
}
