"""Orders that were received, and those that are over."""

from orders import actions
from orders.models import Order
from trade_assurance.demo import papers
from trade_assurance.demo.stage import Stage, Story, days, hours
from trade_assurance.demo.stories import talking
from trade_assurance.rulebook import CURRENT


def day_13(stage: Stage) -> Story:
    order = yield from stage.agree(
        "northline",
        "lumenworks",
        "Brass pendant lamps, 600 pieces",
        [("Pendant lamp Ø 240, brass", 600, "pieces", "41.00")],
        quality="AQL 2.5 / 4.0. Finish as the sealed sample of 2 September. Burn-in 4 h.",
    )
    yield from stage.pay(order, by_card=False)
    yield days(3)
    stage.produce(order)
    yield days(18)
    stage.ship(order, carrier="Tasman Line", tracking="TSLU 771203-4")
    yield stage.present - days(13)
    stage.say(order, "buyer", "All 50 cartons are in the warehouse. We unpack this week.")
    stage.receive(order)


def one_line_rejected(stage: Stage) -> Story:
    """84 speakers were not as specified: their value is held, and the buyer claims it."""
    order = yield from stage.agree(
        "northline",
        "orbita",
        "Ceiling speakers, 400 pieces",
        [("Ceiling speaker 6.5 in", 320, "pieces", "48.00"), ("Wall speaker 5 in, white", 84, "pieces", "76.00")],
        place="Taichung",
    )
    yield from stage.pay(order)
    yield days(16)
    stage.ship(order, carrier="Formosa Line", tracking="FMSU 300918-2")
    yield stage.present - days(9)
    wall = order.lines.get(number=2)
    stage.say(order, "buyer", "The wall speakers came in black, not in white as the contract says.")
    for name, label in (("pallet.jpg", ("WALL SPEAKER", "5 in BLACK", "84 PCS")), ("carton-7.jpg", ("BLACK", "NO. 7"))):
        picture = papers.photo(name, label)
        actions.add_photo(order_id=order.id, line_id=wall.id, upload=picture, by=order.buyer, now=stage.now)
    black = actions.Counted(wall.id, rejected=84, note="Black instead of white, all cartons", inspected=13, major=13)
    stage.receive(order, [black])
    yield hours(7)
    stage.say(order, "supplier", "That is our mistake. We look into it and come back with an offer.")
    yield from talking.replacement_offered(stage, order)


def ends_within_the_hour(stage: Stage) -> Story:
    """Where this buyer is, day 30 ends within the hour."""
    order = yield from stage.agree(
        "midnight",
        "lumenworks",
        "Reading lamps, 300 pieces",
        [("Reading lamp, swivel arm", 300, "pieces", "27.00")],
        incoterm="FCA",
    )
    yield from stage.pay(order)
    yield days(10)
    stage.ship(order, transport="air", carrier="Orient Air Cargo", tracking="781-0042 5517")
    yield stage.present - days(CURRENT.protection_days) - hours(6)
    stage.receive(order)
    yield days(25)
    words = "All 300 work and look as in the photographs. Two cartons were crushed at a corner, the lamps inside not."
    yield from stage.feedback(order, ((5, 4, 5), words))


def sample(stage: Stage) -> Story:
    order = yield from stage.agree(
        "northline",
        "hanoi",
        "Rattan chair samples",
        [("Dining chair, natural rattan", 6, "pieces", "68.00")],
        is_sample=True,
        deposit_bp=10_000,
        lead=14,
        place="Hai Phong",
    )
    yield from stage.pay(order, by_card=True)
    stage.say(order, "supplier", "Six chairs in two weaves, so that you can choose.")


def completed(buyer, company, title, lines, *, words, feedback, transport="sea", by_card=False, **terms):
    """A story of an order that went well to the end."""

    def tell(stage: Stage) -> Story:
        terms.setdefault("incoterm", "FOB" if transport == "sea" else "FCA")
        order = yield from stage.agree(buyer, company, title, lines, **terms)
        yield from stage.pay(order, by_card=by_card)
        yield days(14)
        stage.ship(order, transport=transport, carrier="Pacific Line" if transport == "sea" else "Orient Air Cargo")
        yield days(12)
        stage.receive(order)
        stage.say(order, "buyer", words)
        yield days(9)
        yield from stage.feedback(order, *feedback)
        yield from stage.until_protection_ends(order)

    return tell


def cancelled_within_a_day(stage: Stage) -> Story:
    """Paid, and cancelled by the buyer within 24 hours: everything goes back."""
    order = yield from stage.agree(
        "northline",
        "lumenworks",
        "Candle holders, 500 pieces",
        [("Candle holder, brass", 500, "pieces", "9.40")],
    )
    yield days(1)
    first = order.instalments.get(number=1)
    stage.till.transfer(first, first.open_minor, now=stage.now)
    yield hours(10)
    stage.say(order, "buyer", "Our client has changed the design. We cancel while we may, with apologies.")
    actions.cancel(order_id=order.id, by=order.buyer, now=stage.now)


def cancelled_by_both(stage: Stage) -> Story:
    order = yield from stage.agree(
        "paris",
        "olaria",
        "Espresso cups, 900 pieces",
        [("Espresso cup, glazed", 900, "pieces", "3.80")],
        currency="EUR",
    )
    yield days(2)
    first = order.instalments.get(number=1)
    stage.till.transfer(first, first.open_minor, now=stage.now)
    yield days(6)
    actions.propose_cancel(order_id=order.id, by=stage.seller(order), now=stage.now)
    stage.say(order, "supplier", "Our kiln is down until spring. We propose to cancel; all money goes back to you.")
    yield hours(15)
    actions.propose_cancel(order_id=order.id, by=order.buyer, now=stage.now)


def refunded(stage: Stage) -> Story:
    """Nothing was shipped within 30 days of the ship-by date: everything was refunded by time."""
    order = yield from stage.agree(
        "northline",
        "kestrel",
        "Machined fittings, 800 pieces",
        [("Brass fitting M10", 800, "pieces", "6.20")],
        place="Felixstowe",
        lead=20,
    )
    yield from stage.pay(order, by_card=True)
    yield days(24)
    stage.say(order, "buyer", "The ship-by date was four days ago. When do the goods leave?")
    yield Order.objects.get(pk=order.id).award_at
    actions.award_unshipped(order_id=order.id, now=stage.now)
