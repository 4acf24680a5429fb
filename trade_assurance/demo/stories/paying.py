"""Orders that are paid in part, in full, oddly, or not at all."""

from trade_assurance.demo.stage import Stage, Story, days, hours


def unpaid(stage: Stage) -> Story:
    yield from stage.agree(
        *(
            "northline",
            "olaria",
            "Stoneware bowls, 800 pieces",
            [("Stoneware bowl 16 cm, sage", 800, "pieces", "7.20")],
        ),
        currency="EUR",
        incoterm="FCA",
        place="Aveiro",
        freight="310.00",
    )


def part_paid(stage: Stage) -> Story:
    order = yield from stage.agree(
        *(
            "northline",
            "lumenworks",
            "Pendant lamps, 320 pieces",
            [("Pendant lamp Ø 300, brass", 320, "pieces", "36.00")],
        )
    )
    yield days(1)
    stage.till.card(order.instalments.get(number=1), now=stage.now)
    stage.say(order, "supplier", "Deposit seen, thank you. The spinning tools are booked for next week.")


def part_paid_short(stage: Stage) -> Story:
    """A transfer came 400 short, more than charges explain: the instalment stays open."""
    order = yield from stage.agree(
        "seattle",
        "lumenworks",
        "Desk lamps, 200 pieces",
        [("Desk lamp with dimmer", 200, "pieces", "31.50")],
    )
    yield days(2)
    first = order.instalments.get(number=1)
    stage.till.transfer(first, first.open_minor - 400_00, now=stage.now)
    stage.say(order, "buyer", "Our bank sent less than we told it to. The rest follows on Monday.")


def short_by_charges(stage: Stage) -> Story:
    """A transfer came 18.00 short; that is within what we bear, so the order is paid."""
    order = yield from stage.agree(
        "northline",
        "lumenworks",
        "Wall lamps, 260 pieces",
        [("Wall lamp, opal glass", 260, "pieces", "42.00")],
        lead=45,
    )
    yield days(2)
    stage.till.card(order.instalments.get(number=1), now=stage.now)
    yield days(5)
    second = order.instalments.get(number=2)
    stage.till.transfer(second, second.open_minor, charges_minor=18_00, now=stage.now)
    stage.say(order, "supplier", "Both payments are here. On board in about five weeks.")


def in_production(stage: Stage) -> Story:
    order = yield from stage.agree(
        "northline",
        "lumenworks",
        "Chandeliers for a lobby, 24 pieces",
        [("Ring chandelier Ø 1,200, 2700 K", 24, "pieces", "615.00"), ("Spare driver 60 W", 12, "pieces", "28.00")],
        lead=60,
        freight="1,180.00",
        notes="One piece is assembled and photographed before packing.",
    )
    yield from stage.pay(order, by_card=True)
    yield hours(30)
    stage.produce(order)
    stage.say(order, "supplier", "Production has begun. Photographs of the first ring come on Friday.")


def in_suspense(stage: Stage) -> Story:
    """Money came without a reference: it waits in suspense until finance has found its instalment."""
    order = yield from stage.agree(
        "northline",
        "lumenworks",
        "Track lights, 500 pieces",
        [("Track light 20 W, white", 500, "pieces", "17.40")],
    )
    yield days(2)
    first = order.instalments.get(number=1)
    stage.till.stray(first, first.open_minor, now=stage.now)
    yield hours(5)
    stage.say(
        order, "buyer", "We paid the deposit today but forgot the RF reference. The payer is Northline Interiors."
    )


def paid_elsewhere(stage: Stage) -> Story:
    """The buyer paid an account that somebody mailed: that money is not covered, and the order says so."""
    order = yield from stage.agree(
        "northline",
        "kestrel",
        "Lamp drivers, 1,500 pieces",
        [("LED driver 20 W", 1500, "pieces", "5.60")],
        place="Hull",
    )
    yield days(2)
    first = order.instalments.get(number=1)
    stage.till.elsewhere(first, first.open_minor, now=stage.now)
    yield hours(2)
    stage.say(order, "buyer", "We paid the deposit to the account in your e-mail of Tuesday. Please confirm.")
    yield hours(4)
    stage.say(order, "supplier", "We sent no such e-mail! Pay only to the designated account on the order's page.")


def being_checked(stage: Stage) -> Story:
    """A first large order, and bank details in the supplier's messages: the payment waits for risk staff."""
    order = yield from stage.agree(
        "montreal",
        "kestrel",
        "LED drivers, 1,800 pieces",
        [("LED driver 40 W, dimmable", 1800, "pieces", "9.80")],
        place="Hull",
    )
    yield hours(1)
    stage.say(order, "supplier", "For spare parts you may pay our own account directly: GB82 WEST 1234 5698 7654 32.")
    stage.till.card(order.instalments.get(number=1), now=stage.now)


def in_yuan(stage: Stage) -> Story:
    order = yield from stage.agree(
        "northline",
        "lumenworks",
        "Glass shades, 1,200 pieces",
        [("Opal shade Ø 180", 1200, "pieces", "46.00")],
        currency="CNY",
        place="Nansha",
        lead=50,
    )
    yield from stage.pay(order)
    yield days(1)
    stage.produce(order)
