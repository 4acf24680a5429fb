"""Cases that were settled, decided, withdrawn or awarded, and those whose goods are still on their way."""

from disputes import actions
from orders.models import Order
from trade_assurance.demo import casework, papers
from trade_assurance.demo.casework import add, claim, decide, escalate, offer, pick_up, said
from trade_assurance.demo.stage import Stage, Story, days, hours


def return_to_check(stage: Stage) -> Story:
    """The goods are back at the supplier, who checks them."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Dining pendants, 200 pieces"),
        [("Dining pendant, smoked glass", 110, "pieces", "47.00"), ("Ceiling rose, brass", 90, "pieces", "12.00")],
        ago=26,
        marks=[(2, 0, 90, "Steel, not brass")],
    )
    yield stage.present - days(22)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 2, "wrong"),
            agreed="Ceiling roses of solid brass.",
            came="A magnet sticks to all 90: they are steel with a brass colour.",
            wish="return",
            quantity=90,
        ),
    )
    yield stage.present - days(20)
    stage.say(order, "supplier", "You are right, the wrong bin was packed. Send them back at our cost.")
    casework.answer(stage, dispute, "supplier", actions.accept_offer)
    yield stage.present - days(16)
    actions.send_goods(
        dispute_id=dispute.id, carrier="Kita Express", tracking_number="KE 7719 0042 61", by=order.buyer, now=stage.now
    )
    yield stage.present - days(3)
    actions.record_delivery(
        dispute_id=dispute.id, delivered_at=stage.now - hours(4), by=stage.seller(order), now=stage.now
    )


def return_to_send(stage: Stage) -> Story:
    """A return was agreed; the buyer is to send the goods with tracking."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Vanity lights, 84 pieces"),
        [("Vanity light, six bulbs", 84, "pieces", "61.00")],
        ago=15,
    )
    yield stage.present - days(9)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="Mirror-polished chrome.",
            came="20 of 84 bars are dull over half of their length.",
            inspected=84,
            critical=0,
            major=20,
            minor=0,
        ),
    )
    yield stage.present - days(5)
    offer(
        *(stage, dispute, "supplier", "1,220.00"),
        "Please send the 20 dull bars back, we polish and sell them here. We refund their price when they are with us.",
        with_return=True,
        freight_by="supplier",
    )
    yield stage.present - days(2.5)
    casework.answer(stage, dispute, "buyer", actions.accept_offer)


def replacement_on_its_way(stage: Stage) -> Story:
    """A replacement was agreed and is in the air; the buyer says when it has arrived."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Bar pendants, 96 pieces"),
        [("Bar pendant, amber glass", 96, "pieces", "44.00")],
        ago=20,
    )
    yield stage.present - days(14)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "shortage"),
            agreed="96 pendants.",
            came="Eight glasses were broken inside unbroken cartons, so 88 can be used.",
            wish="replacement",
            received=88,
        ),
    )
    label = ("BAR PENDANT AMBER", "CTN 11 OF 12", "FRAGILE", "QTY 8")
    add(stage, dispute, "buyer", papers.photo("carton-11.jpg", label), "Carton 11 from outside")
    yield stage.present - days(11)
    offer(
        *(stage, dispute, "supplier", "0.00"),
        "We blow eight more and send them by air within a week.",
        replacement="8 glasses, amber, by air",
        replace_by_at=stage.now + days(14),
    )
    yield stage.present - days(9)
    casework.answer(stage, dispute, "buyer", actions.accept_offer)
    yield stage.present - days(3)
    actions.send_goods(
        dispute_id=dispute.id,
        carrier="Orient Air Cargo",
        tracking_number="781-0057 2204",
        by=stage.seller(order),
        now=stage.now,
    )


def settled(stage: Stage) -> Story:
    """Settled on the second offer, without staff."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Hall lanterns, 140 pieces"),
        [("Hall lantern, antique brass", 140, "pieces", "39.00")],
        ago=33,
    )
    yield stage.present - days(25)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="Doors that close flush.",
            came="18 of 140 doors don't close without force.",
            inspected=140,
            critical=0,
            major=18,
            minor=0,
        ),
    )
    yield days(1.5)
    offer(stage, dispute, "supplier", "350.00", "A drop of oil and a turn of the hinge helps with most of them.")
    yield days(1)
    offer(stage, dispute, "buyer", "560.00", "We tried: it helps with half of them. 560 and it is settled.")
    yield hours(19)
    casework.answer(stage, dispute, "supplier", actions.accept_offer)
    stage.say(order, "supplier", "Agreed. The next lot gets a new hinge.")


def withdrawn(stage: Stage) -> Story:
    """The missing cartons turned up, so the buyer took its claim back."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Cabinet strips, 900 pieces"),
        [("Cabinet light strip, 500 mm", 900, "pieces", "8.40")],
        ago=21,
    )
    yield stage.present - days(17)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "shortage"),
            agreed="900 strips in 18 cartons.",
            came="17 cartons were counted, 850 strips.",
            received=850,
        ),
    )
    yield days(2)
    stage.say(
        order, "buyer", "The eighteenth carton stood behind the door of the other hall. We withdraw, with apologies."
    )
    actions.withdraw_claim(dispute_id=dispute.id, by=order.buyer, now=stage.now)


def rejected(stage: Stage) -> Story:
    """A quality claim without any evidence: rejected."""
    order = yield from casework.received(
        *(stage, "ardent", "Table linen, 420 pieces"),
        [("Tablecloth 150 × 250 cm, ecru", 420, "pieces", "18.50")],
        ago=58,
        currency="EUR",
    )
    yield stage.present - days(52)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="Even dye over the whole cloth.",
            came="40 of 200 cloths are said to have spots.",
            inspected=200,
            critical=0,
            major=40,
            minor=0,
        ),
    )
    yield days(2)
    stage.say(order, "supplier", "We see no picture of a spot. Please show us at least one cloth.")
    yield days(3)
    escalate(stage, dispute)
    yield days(1)
    pick_up(stage, dispute, "second")
    yield casework.until_decided_upon(dispute) + days(2)
    decide(
        *(stage, dispute, "second"),
        found="Nothing was shown: no picture, no cloth, no count, though the supplier asked for it.",
        reasons="A claim of quality needs some evidence. Five days for it have passed without any.",
        summary="Spots on table linen were claimed and nothing was shown: rejected.",
        rules=("Rule 17",),
        at_fault="",
    )


def decided_before(buyer, company, title, lines, *, ago, item, words, by="adjudicator", feedback=(), **terms):
    """A story of a case that was decided and carried out long ago; `item` is (line, reason, wish, figures)."""

    def tell(stage: Stage) -> Story:
        number, reason, wish, figures = item
        order = yield from casework.received(stage, company, title, lines, ago=ago, buyer=buyer, **terms)
        yield days(4)
        dispute = claim(
            stage, order, said(order, number, reason, wish=wish, agreed=words["agreed"], came=words["came"], **figures)
        )
        yield hours(40)
        stage.say(order, "buyer", words["buyer"])
        yield hours(14)
        if "supplier" in words:
            stage.say(order, "supplier", words["supplier"])
        yield hours(30)
        escalate(stage, dispute)
        yield hours(16)
        sheet = papers.note("statement.txt", words["came"], words["buyer"])
        add(stage, dispute, "buyer", sheet, "What our warehouse wrote down")
        pick_up(stage, dispute, by)
        yield casework.until_decided_upon(dispute) + days(2)
        decide(
            *(stage, dispute, by),
            found=words["found"],
            reasons=words["reasons"],
            summary=words["summary"],
            rules=words.get("rules", ("Remedies",)),
        )
        if feedback:
            yield days(9)  # the decision is carried out by then
            yield from stage.feedback(order, *feedback)

    return tell


def never_arrived(stage: Stage) -> Story:
    """Shipped, and not seen for three weeks: refunded in full."""
    order = yield from stage.agree(
        *("paris", "olaria", "Serving bowls, 240 pieces"),
        [("Serving bowl, sea green", 240, "pieces", "14.50")],
        currency="EUR",
    )
    yield from stage.pay(order)
    yield days(10)
    stage.ship(order, carrier="Southern Cross Line", tracking="SCLU 118402-9")
    yield days(24)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "non_receipt"),
            agreed="Delivery to Lille, by sea.",
            came="Nothing has come, and the carrier has not moved the container for three weeks.",
            quantity=240,
        ),
    )
    yield days(2)
    stage.say(order, "buyer", "The carrier writes that the container can't be found.")
    yield days(1)
    stage.say(order, "supplier", "We have asked the carrier too and have no other answer.")
    yield days(1)
    escalate(stage, dispute)
    yield days(1)
    pick_up(stage, dispute, "second")
    yield casework.until_decided_upon(dispute) + days(1)
    decide(
        *(stage, dispute, "second"),
        found="There is no proof of delivery. Both sides say that the carrier can't find the container.",
        reasons="Without proof of delivery to the contract's address the line and its freight are refunded.",
        summary="A container that the carrier could not find: the goods were refunded in full.",
    )


def awarded_by_time(stage: Stage) -> Story:
    """Nothing was shipped and no proof came within 72 hours: refunded by time."""
    order = yield from stage.agree(
        *("seattle", "kestrel", "Lamp holders, 1,200 pieces"),
        [("Lamp holder E26, phenolic", 1200, "pieces", "3.10")],
        place="Felixstowe",
        ship_in=30,
    )
    yield from stage.pay(order, by_card=True)
    yield Order.objects.get(pk=order.id).ship_by_at + hours(10)
    claim(
        stage,
        order,
        said(
            *(order, 1, "non_shipment"),
            agreed="Shipped by the date of the contract.",
            came="No shipment was entered and nobody answers our messages.",
            quantity=1200,
        ),
    )
