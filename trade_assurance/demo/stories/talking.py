"""Cases in which both sides still talk: claims, offers and answers of every kind."""

import uuid

from disputes import actions
from orders.models import Order
from trade_assurance import money
from trade_assurance.demo import casework, papers
from trade_assurance.demo.casework import add, claim, offer, said
from trade_assurance.demo.stage import Stage, Story, days, hours

NORTHLINE = ("northline", "lumenworks")


def just_filed(stage: Stage) -> Story:
    """The claim is three hours old; the supplier has 72 hours to answer."""
    order = yield from casework.received(
        stage,
        "lumenworks",
        "Corridor wall lamps, 240 pieces",
        [("Wall lamp, brushed brass", 240, "pieces", "29.00")],
        ago=6,
    )
    yield stage.present - hours(3)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="Brushed brass, lacquered, free of scratches and stains at arm's length.",
            came="We opened every third carton. Nine lamps have scratches through the lacquer, four have water stains.",
            inspected=80,
            critical=0,
            major=9,
            minor=4,
        ),
    )
    label = ("WALL LAMP BRASS", "CTN 17 OF 40", "QTY 6", "N.W. 9.6 KG")
    add(stage, dispute, "buyer", papers.photo("carton-17.jpg", label, damaged=True), "Carton 17, as it was unloaded")


def offer_on_the_table(stage: Stage) -> Story:
    """Eight pieces were short; the supplier offers a part, and the buyer is to answer."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Garden bollards, 120 pieces"),
        [("Bollard light, 800 mm, graphite", 120, "pieces", "64.00")],
        ago=9,
        marks=[(1, 8, 0, "Two cartons of four are missing")],
    )
    yield stage.present - days(4)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "shortage"),
            agreed="120 bollards in 30 cartons of four.",
            came="28 cartons came, 112 bollards. The delivery note of the forwarder says 28 as well.",
            received=112,
        ),
    )
    rows = [(n, 4) for n in range(1, 29)]
    sheet = papers.count_sheet("count-bollards.csv", ("carton", "pieces"), rows)
    add(stage, dispute, "buyer", sheet, "Our count on the day of arrival")
    yield stage.present - days(2)
    stage.say(
        order, "supplier", "Our loading list says 30 cartons. We are asking the port whether two were left there."
    )
    yield stage.present - hours(20)
    offer(
        *(stage, dispute, "supplier", "300.00"),
        "The port has not answered yet. We offer a part now, so that you need not wait for it.",
    )


def both_countering(stage: Stage) -> Story:
    """Offer and counter-offer: the buyer's last one waits for the supplier."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Reading-room lamps, 160 pieces"),
        [("Library lamp, green glass shade", 160, "pieces", "58.00")],
        ago=11,
    )
    yield stage.present - days(5)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="Shades of one colour, RAL 6005, within the sealed samples.",
            came="26 of the 160 shades are visibly lighter. Side by side on one table they can't be used.",
            inspected=160,
            critical=0,
            major=26,
            minor=0,
        ),
    )
    yield stage.present - days(4)
    offer(
        *(stage, dispute, "supplier", "600.00"),
        "The glass was blown in two batches. The difference is small; we offer this as goodwill.",
    )
    yield stage.present - days(3)
    offer(
        *(stage, dispute, "buyer", "1,300.00"),
        "The library lights its tables in rows, so the difference shows. We can use the 26 in the offices.",
    )
    yield stage.present - days(2)
    offer(stage, dispute, "supplier", "850.00", "New shades alone would cost us less than your figure. Please meet us.")
    yield stage.present - hours(15)
    offer(stage, dispute, "buyer", "1,150.00", "Our last word but one: 1,150 and we keep all lamps.")


def one_limit_sealed(stage: Stage) -> Story:
    """The supplier has sealed its limit; the buyer may seal one too."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Opal pendants, 300 pieces"),
        [("Opal pendant Ø 200", 300, "pieces", "31.00")],
        ago=12,
    )
    yield stage.present - days(4)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "packaging"),
            agreed="Each pendant in its own box with a moulded insert.",
            came="54 boxes came without the insert. The glass is whole, but we had to repack them all for our shops.",
            inspected=300,
            damaged=54,
        ),
    )
    yield stage.present - days(3)
    offer(stage, dispute, "supplier", "150.00", "We pay for new inserts and leave the packing to you.")
    yield stage.present - days(2)
    casework.answer(stage, dispute, "buyer", actions.reject_offer)
    stage.say(order, "buyer", "It was two days of work for two people, so the inserts alone don't cover it.")
    yield stage.present - days(1)
    actions.seal_limit(
        dispute_id=dispute.id,
        amount_minor=money.share(dispute.cap_minor, 3, 5),
        by=stage.seller(order),
        now=stage.now,
    )
    stage.say(order, "supplier", "We have sealed our limit. If yours meets it, we both save time.")


def escalates_in_minutes(stage: Stage) -> Story:
    """Seven days of talk are over in eight minutes; then the case goes to staff by itself."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Mirrors with light, 60 pieces"),
        [("Mirror 600 × 800 with LED, 4000 K", 60, "pieces", "88.00")],
        ago=14,
    )
    yield stage.present - days(7) + hours(8 / 60)
    claim(
        stage,
        order,
        said(
            *(order, 1, "wrong"),
            agreed="All 60 mirrors at 4000 K, neutral white.",
            came="12 of them are marked 2700 K on the driver and are clearly yellow when lit.",
            quantity=12,
            keep_bp=5000,
        ),
    )
    yield stage.present - days(4)
    stage.say(order, "supplier", "The packing line is checking its records. We come back to you as soon as we know.")
    yield stage.present - days(1)
    stage.say(order, "buyer", "Three days without a word. If that stays so, the case goes to the staff tomorrow.")


def more_time(stage: Stage) -> Story:
    """Both sides agreed to seven more days of talk."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Spot rails, 90 sets"),
        [("Spot rail with four heads, white", 90, "sets", "72.00")],
        ago=18,
    )
    yield stage.present - days(9)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="Heads hold every position over their whole range.",
            came="On 11 of 90 sets at least one head sinks within a minute.",
            inspected=90,
            critical=0,
            major=11,
            minor=0,
        ),
    )
    yield stage.present - days(7.5)
    stage.say(order, "supplier", "We know this joint. A stronger washer is being made and we want to try it first.")
    yield stage.present - days(4)
    actions.extend_talk(dispute_id=dispute.id, by=stage.seller(order), now=stage.now)
    yield stage.present - days(3.5)
    actions.extend_talk(dispute_id=dispute.id, by=order.buyer, now=stage.now)
    stage.say(order, "buyer", "Fine, one more week. Please send the washers by air.")
    yield stage.present - days(1)
    offer(stage, dispute, "supplier", "320.00", "Washers left today, with this for the work of changing them.")


def not_shipped(stage: Stage) -> Story:
    """The ship-by date has passed and the buyer has claimed: without proof of shipment it is refunded by time."""
    order = yield from stage.agree(
        *(*NORTHLINE, "Stair lights, 200 pieces", [("Stair light, recessed, IP54", 200, "pieces", "26.00")]), ship_in=38
    )
    yield from stage.pay(order)
    yield days(2)
    stage.produce(order)
    yield Order.objects.get(pk=order.id).ship_by_at - days(4)
    stage.say(order, "supplier", "The drivers reached us a week late. We try to load on Friday.")
    yield Order.objects.get(pk=order.id).ship_by_at + hours(5)
    claim(
        stage,
        order,
        said(
            *(order, 1, "non_shipment"),
            agreed="On board by the ship-by date of the contract.",
            came="Nothing has been shipped, and no new date was agreed.",
            quantity=200,
        ),
    )


def late_on_arrival(stage: Stage) -> Story:
    """The goods left nine days after the ship-by date; the supplier offers half of the compensation."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Terrace lanterns, 220 pieces"),
        [("Terrace lantern, galvanised", 220, "pieces", "37.50")],
        ago=4,
        after=24,
        lead=15,
    )
    yield stage.present - days(2)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "late"),
            agreed="On board 15 days after the balance was paid.",
            came="The bill of lading is dated nine days later. We paid two extra weeks for the scaffold.",
            wish="compensation",
        ),
    )
    yield stage.present - hours(26)
    offer(stage, dispute, "supplier", "185.00", "The port was closed for some of these days. Half seems fair to us.")


def overdue_order_cancelled(stage: Stage) -> Story:
    """The balance is more than 14 days overdue: the supplier cancels and claims what it has spent."""
    order = yield from stage.agree(
        *(*NORTHLINE, "Lobby sculpture lights, 14 pieces"),
        [("Sculpture light, blown glass, to drawing", 14, "pieces", "700.00")],
        lead=60,
    )
    yield days(1)
    stage.till.transfer(order.instalments.get(number=1), order.instalments.get(number=1).open_minor, now=stage.now)
    yield days(2)
    stage.produce(order)
    yield days(22)
    stage.say(order, "supplier", "The moulds are made and the balance was due two days ago. When can we expect it?")
    yield days(4)
    stage.say(order, "buyer", "Our client has stopped the project. We are trying to find out what becomes of it.")
    yield order.instalments.get(number=2).due_at + days(14) + hours(2)
    dispute = actions.claim_cost(
        order_id=order.id,
        key=uuid.uuid4(),
        amount_minor=money.parse("1,450.00", order.currency),
        statement="Two moulds to the drawing of the buyer, which fit no other order. The invoice of the mould maker "
        "is in the file. The glass itself had not been begun.",
        by=stage.seller(order),
        now=stage.now,
    )
    lines = ("Foshan Mould Works", "2 moulds, sculpture light, to drawing NL-14", "Total USD 1,450.00, paid")
    invoice = papers.document("mould-invoice.pdf", "Invoice 2291", lines)
    add(stage, dispute, "supplier", invoice, "Invoice of the mould maker")


def contested_at_the_bank(stage: Stage) -> Story:
    """The buyer's accounts department contested the card payment while the case was open: everything stands still."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Kitchen pendants, 130 pieces"),
        [("Kitchen pendant, enamel, black", 130, "pieces", "33.00")],
        ago=10,
        by_card=True,
    )
    yield stage.present - days(5)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="Enamel without chips, AQL 2.5 for major defects.",
            came="17 of 130 have chips at the rim, two of them down to bare steel.",
            inspected=130,
            critical=0,
            major=17,
            minor=0,
        ),
    )
    yield stage.present - days(3)
    offer(stage, dispute, "supplier", "200.00", "We offer this for touching up the rims.")
    yield stage.present - days(1.5)
    casework.contest(stage, order, "Goods not as described")
    yield stage.present - hours(30)
    stage.say(order, "buyer", "Our accounts department contested the card payment without asking us. We look into it.")


def replacement_offered(stage: Stage, order) -> Story:
    """What follows when a rejected line becomes a claim: the supplier offers to ship again."""
    yield stage.present - days(6)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 2, "wrong"),
            agreed="Wall speaker 5 in, white, as in line 2 of the contract.",
            came="All 84 wall speakers are black. The cartons say white, the speakers inside are not.",
            wish="replacement",
            quantity=84,
        ),
    )
    label = ("WALL SPEAKER 5 IN", "COLOUR: WHITE", "CTN 03 OF 14", "QTY 6")
    add(stage, dispute, "buyer", papers.photo("carton-03.jpg", label), "The label says white")
    yield stage.present - days(1)
    offer(
        *(stage, dispute, "supplier", "0.00"),
        "We found the white ones: they went to another customer. We ship yours by air at our cost; keep the black "
        "ones until our agent collects them.",
        replacement="84 wall speakers 5 in, white, by air",
        replace_by_at=stage.present + days(24),
    )
