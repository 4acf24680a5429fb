"""Orders in production, late, on their way, and nearly confirmed."""

from trade_assurance.demo.stage import Stage, Story, days, hours


def late(stage: Stage) -> Story:
    """The ship-by date passed three days ago and nothing was shipped."""
    order = yield from stage.agree(
        *(
            "northline",
            "kestrel",
            "Cable harnesses, 2,400 pieces",
            [("Harness, 3 × 0.75, 2 m", 2400, "pieces", "4.15")],
        ),
        place="Felixstowe",
        ship_in=51,
    )
    yield from stage.pay(order)
    yield days(3)
    stage.produce(order)
    yield days(34)
    stage.say(order, "supplier", "The connectors are late. We ask for a new ship-by date, ten days later.")
    yield days(2)
    stage.say(order, "buyer", "Our fitters start on the 12th. We will think about it today.")


def part_shipped(stage: Stage) -> Story:
    order = yield from stage.agree(
        "northline",
        "lumenworks",
        "Garden lights, 700 pieces",
        [("Path light 12 V, bronze", 500, "pieces", "18.20"), ("Spike spot 12 V", 200, "pieces", "22.00")],
        lead=60,
    )
    yield from stage.pay(order)
    yield days(2)
    stage.produce(order)
    yield days(20)
    stage.ship(order, lines=[1])
    stage.say(order, "supplier", "The path lights are on board. The spots wait for gaskets and follow in two weeks.")


def at_sea(stage: Stage) -> Story:
    """On the water until four days ago, when the vessel reached its port."""
    order = yield from stage.agree(
        "northline",
        "olaria",
        "Floor tiles, 420 m²",
        [("Stoneware tile 200 × 200, ochre", 420, "m²", "34.00")],
        currency="EUR",
        incoterm="CIF",
        place="Tauranga",
        freight="1,950.00",
    )
    yield from stage.pay(order)
    yield days(18)
    stage.ship(
        order, carrier="Southern Cross Line", tracking="SCLU 402211-7", says=False, container_number="CSQU 305438 3"
    )
    shipment = stage.last_shipment
    stage.carrier_says(order, "on_board")
    yield stage.present - days(4)
    stage.last_shipment = shipment
    stage.carrier_says(order, "in_transit", ago=days(6), place="Singapore", country="SG")
    stage.carrier_says(order, "arrived", ago=hours(3), place="Tauranga")


def on_board(stage: Stage) -> Story:
    order = yield from stage.agree(
        "tokyo",
        "lumenworks",
        "Paper lanterns, 900 pieces",
        [("Lantern Ø 450, washi", 900, "pieces", "12.60")],
    )
    yield from stage.pay(order)
    yield days(15)
    stage.ship(order, carrier="Eastern Sea Line", tracking="ESLU 118834-0")


def nearly_confirmed(stage: Stage) -> Story:
    """Delivered six and a half days ago: in half a day receipt is confirmed by time."""
    order = yield from stage.agree(
        "northline",
        "ardent",
        "Bed linen, 350 sets",
        [("Duvet set, queen, washed cotton", 350, "sets", "39.00")],
        currency="EUR",
        incoterm="DAP",
        place="Auckland",
    )
    yield from stage.pay(order)
    yield days(12)
    stage.ship(order, transport="air", carrier="Iberian Air Cargo", tracking="075-4411 2093")
    shipment = stage.last_shipment
    yield stage.present - days(6.5)
    stage.last_shipment = shipment
    stage.carrier_says(order, "customs", ago=days(1), place="Auckland Airport")
    stage.carrier_says(order, "out_for_delivery", ago=hours(5), place="Auckland")
    stage.carrier_says(order, "delivered", place="Auckland")
    yield days(5)
    stage.say(order, "supplier", "The courier says it was delivered. Is everything as agreed?")


def knives_in_yen(stage: Stage) -> Story:
    order = yield from stage.agree(
        "northline",
        "sakai",
        "Kitchen knives, 240 pieces",
        [("Gyuto 210 mm, walnut", 240, "pieces", "9,800")],
        currency="JPY",
        incoterm="DDP",
        place="Auckland",
        freight="96,000",
    )
    yield from stage.pay(order)
    yield days(9)
    stage.ship(order, transport="express", carrier="Kita Express", tracking="KE 5520 1187 33")


def never_moved(stage: Stage) -> Story:
    """A number, but no carrier that has the goods: unverified since a day."""
    order = yield from stage.agree(
        *("northline", "lumenworks", "Desk lamps, 150 pieces", [("Desk lamp, clamp", 150, "pieces", "29.00")]),
        incoterm="FCA",
        place="Shenzhen",
    )
    yield from stage.pay(order)
    yield stage.present - days(4)
    stage.ship(order, transport="road", carrier="Pearl Road Freight", tracking="PR 7719 0042", says=False)
    yield days(2)
    stage.say(order, "buyer", "Your carrier does not know this number yet. Has the truck left?")


def to_another_country(stage: Stage) -> Story:
    """The carrier takes it elsewhere: risk staff look at it, and nothing is confirmed by time meanwhile."""
    order = yield from stage.agree(
        *("northline", "orbita", "Bookshelf speakers, 90 pairs", [("Bookshelf speaker, pair", 90, "pairs", "64.00")]),
        incoterm="FCA",
        place="Taichung",
    )
    yield from stage.pay(order)
    yield stage.present - days(3)
    stage.ship(order, transport="air", carrier="Formosa Air Cargo", tracking="297-5518 0046", says=False)
    shipment = stage.last_shipment
    yield days(1)
    stage.last_shipment = shipment
    stage.carrier_says(order, "picked_up", ago=hours(6))
    stage.carrier_says(order, "in_transit", place="Tocumen", country="PA", to="PA")
    stage.say(order, "supplier", "The forwarder goes over Panama. We send you the second waybill tomorrow.")
