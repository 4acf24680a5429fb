"""Orders of the past half year that ended well, written in bulk: what the demo's suppliers are rated by."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from orders.models import Order
from orders.terms import InstalmentTerms, LineTerms, Terms
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.demo.bulk import paper, writing
from trade_assurance.demo.stage import SHIPPING, Said, Stage, Story
from trade_assurance.rulebook import CURRENT

BUYERS = ("paris", "seattle", "tokyo", "midnight")  # montreal places its first order later
REVIEWED_AFTER = timedelta(days=4)
LATE_LEAD, LEAD = 3, 30  # days: nothing on paper ships sooner than five days after it is paid, or later than 19


@dataclass(frozen=True)
class Past:
    """What one company sold: so many orders, in turn of its goods and buyers, the first few of them late."""

    company: str
    currency: str
    place: str
    goods: tuple[tuple[str, int, str], ...]  # product, quantity, price
    orders: int
    late: int = 0
    unanswered: int = 0  # requests that it answered after more than a day
    said: tuple[Said, ...] = field(default=())


EARLIER = (  # ended before this story's hour; the others as well, some months later
    Past(
        "lumenworks",
        "USD",
        "Shenzhen",
        (("Wall lamp, opal glass", 90, "38.00"), ("Floor lamp, steel", 60, "64.00"), ("Desk lamp, brass", 80, "31.50")),
        6,
        said=(
            ((5, 5, 5), "All 90 hang. The opal glass is even, and the fixings were in every box."),
            ((5, 5, 4), "Every lamp was tested here and works. The plugs are the right ones."),
            ((5, 4, 5), "Good lamps. Two boxes had no manual; they sent it the same day."),
        ),
    ),
    Past(
        "hearthline",
        "EUR",
        "Gdańsk",
        (("Casserole 5 l, enamelled", 60, "39.00"), ("Oven dish 30 cm", 120, "17.50")),
        7,
        said=(
            ((5, 5, 5), "Not one chip in the enamel, and two days early."),
            ((5, 5, 5), "The colours match those of last year. Packed so well that we kept the boxes."),
            ((5, 5, 5), "Exactly as ordered. They asked before they changed the label."),
            ((5, 5, 5), "Third order, third time without a fault."),
        ),
    ),
    Past(
        "sakai",
        "JPY",
        "Osaka",
        (("Gyuto 210 mm", 20, "18,500"), ("Nakiri 165 mm", 24, "14,200")),
        6,
        said=(
            ((5, 5, 5), "Each blade was looked at before it was packed; one can see that."),
            ((5, 5, 4), "Superb knives. The papers could be in English."),
            ((5, 5, 5), "They rang before they shipped, to ask which handles we wanted."),
        ),
    ),
    Past(
        "ardent",
        "EUR",
        "Leixões",
        (("Linen bed set, stonewashed", 60, "74.00"), ("Hotel towel, 600 g", 500, "6.20")),
        5,
        said=(
            ((5, 5, 5), "The linen is as soft as the sample, and the shade is the same in all sets."),
            ((4, 5, 5), "Good towels. One pallet came two days after the other."),
            ((5, 5, 5), "No shrinkage after ten washes, as the contract says."),
        ),
    ),
    Past(
        "kestrel",
        "USD",
        "Felixstowe",
        (("Cable harness, 12-way", 200, "8.40"),),
        4,
        late=2,
        unanswered=1,
        said=(((2, 4, 3), "The harnesses are good. They left eleven days late, and nobody told us."),),
    ),
)
LATER = (
    Past("lumenworks", "USD", "Shenzhen", (("Pendant lamp, matt black", 110, "27.00"),), 4),
    Past(
        "hearthline",
        "EUR",
        "Gdańsk",
        (("Casserole 4 l, enamelled", 80, "34.00"), ("Roasting pan", 90, "26.00")),
        6,
        said=(
            ((5, 5, 5), "Heavy, even, and on time."),
            ((5, 5, 5), "Nothing to say but thank you."),
            ((5, 5, 5), "We sold out in a week, so we have ordered again."),
            ((5, 5, 5), "The lids fit. That is rarer than one would think."),
        ),
    ),
    Past(
        "sakai",
        "JPY",
        "Osaka",
        (("Petty 150 mm", 30, "9,800"), ("Sujihiki 240 mm", 20, "21,000")),
        5,
        said=(
            ((5, 5, 5), "Sharp, straight and well balanced, all thirty."),
            ((5, 5, 5), "The long slicers sold first. Every edge was protected."),
        ),
    ),
    Past(
        "baltic",
        "EUR",
        "Kaunas",
        (("Oak table top, 180 × 90", 20, "168.00"), ("Ash stool", 60, "42.00")),
        6,
        said=(
            ((5, 5, 4), "Staves without knots, edges true. We measured 8.2 % moisture."),
            ((5, 5, 5), "Flat on arrival and still flat a month later."),
        ),
    ),
    Past(
        "ardent",
        "EUR",
        "Leixões",
        (("Linen throw 130 × 170 cm", 90, "25.00"),),
        3,
        said=(((5, 5, 5), "Lovely throws, and the care labels are in both languages."),),
    ),
    Past(
        "olaria",
        "EUR",
        "Aveiro",
        (("Stoneware planter, 24 cm", 70, "18.50"),),
        6,
        late=1,
        said=(
            ((3, 5, 4), "Beautiful glaze. The kiln was full, so they left a week late."),
            ((5, 5, 5), "Forty planters, all whole."),
        ),
    ),
    Past(
        "orbita",
        "USD",
        "Taichung",
        (("Ceiling speaker, 6 inch", 50, "63.00"),),
        5,
        late=1,
        said=(
            ((3, 4, 4), "They sound as they should. The shipment was late, and we had to ask why."),
            ((5, 5, 5), "Look at https://orbita-deals.example for 20 % off, tell them that I sent you."),
        ),
    ),
    Past("kestrel", "USD", "Felixstowe", (("Cable harness, 8-way", 300, "6.10"),), 3, late=1),
    Past("rajwada", "USD", "Mundra", (("Marble tray 30 × 20 cm", 120, "14.00"),), 5, late=1, unanswered=2),
    Past(
        "anatolia",
        "USD",
        "Izmir",
        (("Bath towel 70 × 140 cm", 300, "6.90"),),
        5,
        late=4,
        unanswered=2,
        said=(((1, 3, 2), "Three weeks late, and each mail took days to be answered."),),
    ),
)


def earlier(stage: Stage) -> Story:
    _write(stage, EARLIER, ages=(32, 42))
    yield from ()


def later(stage: Stage) -> Story:
    _write(stage, LATER, ages=(32, 70))
    yield from ()


@transaction.atomic
def _write(stage: Stage, pasts: tuple[Past, ...], *, ages: tuple[float, float]) -> None:
    """Orders received so many days before the stage's hour, paid out from then on, with what their buyers said."""
    chance, told = random.Random(len(pasts)), []
    for past in pasts:
        supplier, seller = stage.company(past.company), stage.cast.owners[past.company]
        for n in range(past.orders):
            buyer = stage.buyer(BUYERS[n % len(BUYERS)])
            made = paper.life(
                *(Order.Status.EXPIRED, supplier, buyer, seller, chance, stage.now),
                age=chance.uniform(*ages),
                terms=_agreed(past, n),
            )
            made.request = f"We would like {made.terms.title[0].lower()}{made.terms.title[1:]}. By when?"
            made.answered_in = timedelta(hours=53 if n < past.unanswered else chance.uniform(2, 20))
            told.append((made, past.said[n] if n < len(past.said) else None))
    told.sort(key=lambda each: each[0].made_at)
    writing.write([made for made, _ in told])
    for made, said in told:
        if said is not None:
            stage.review(made.order, said, at=made.received_at + REVIEWED_AFTER)


def _agreed(past: Past, n: int):
    """What makes the terms of a company's order of this number, for `paper.life`."""

    def terms(chance: random.Random, supplier: Supplier, buyer, made_at: datetime) -> Terms:
        product, quantity, price = past.goods[n % len(past.goods)]
        quantity += 10 * (n // len(past.goods))
        line = LineTerms(product, quantity, "pieces", money.parse(price, past.currency))
        parts = money.allocate(line.value_minor, [CURRENT.deposit_default_bp, 10_000 - CURRENT.deposit_default_bp])
        due = [(made_at + timedelta(days=days)).date().isoformat() for days in (7, 14)]
        return Terms(
            title=f"{product}, {quantity} pieces",
            currency=past.currency,
            lines=(line,),
            plan=(
                InstalmentTerms("Deposit", parts[0], "production", due[0]),
                InstalmentTerms("Balance", parts[1], "shipment", due[1]),
            ),
            incoterm="FOB",
            place=past.place,
            destination_country=buyer.country,
            destination_address=SHIPPING.get(buyer.country, "1 Market Street"),
            timezone=buyer.timezone,
            lead_days=LATE_LEAD if n < past.late else LEAD,
            parties={
                "buyer": {"id": str(buyer.public_id), "name": buyer.display_name, "person": buyer.full_name},
                "supplier": {"id": str(supplier.public_id), "name": supplier.name},
            },
        )

    return terms
