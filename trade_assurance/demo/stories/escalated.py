"""Cases that are with the staff: from the days for evidence to an appeal."""

from disputes import actions
from trade_assurance.demo import casework, papers
from trade_assurance.demo.casework import add, claim, decide, escalate, offer, pick_up, said
from trade_assurance.demo.stage import Stage, Story, days, hours


def evidence_from_both(stage: Stage) -> Story:
    """Escalated by the buyer; both sides add what they have."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Bedside lamps, 280 pieces"),
        [("Bedside lamp, touch dimmer", 280, "pieces", "34.00")],
        ago=13,
    )
    yield stage.present - days(8)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="Touch dimmer in three steps, tested one by one before packing.",
            came="31 of the 140 that we tried flicker on the lowest step or don't switch off.",
            inspected=140,
            critical=0,
            major=31,
            minor=0,
        ),
    )
    yield stage.present - days(6)
    offer(stage, dispute, "supplier", "240.00", "All were tested here. This is for the lamps that you can show us.")
    yield stage.present - days(4.6)
    casework.answer(stage, dispute, "buyer", actions.reject_offer)
    yield stage.present - days(3.5)
    escalate(stage, dispute)
    yield hours(3)
    rows = [(f"A{n:03}", "flickers" if n % 9 in (2, 5) else "good") for n in range(1, 141)]
    sheet = papers.count_sheet("touch-test.csv", ("lamp", "lowest step"), rows)
    add(stage, dispute, "buyer", sheet, "Every lamp that we tried, with its number")
    yield hours(20)
    lines = ("Order of 280 bedside lamps", "Burn-in 4 h, all 280 passed on 3 steps", "Tested by line 2, signed H. Zhao")
    report = papers.document("burn-in-report.pdf", "Test report 0418", lines)
    add(stage, dispute, "supplier", report, "Our test before packing")
    yield hours(12)
    label = ("TOUCH DIMMER", "LOT 2231", "220-240 V", "MADE IN FOSHAN")
    add(stage, dispute, "buyer", papers.photo("lot-2231.jpg", label), "All that flicker are of lot 2231")
    stage.say(order, "buyer", "The ones that flicker are all of one lot of dimmers, see the picture.")


def rebuttal(stage: Stage) -> Story:
    """The days for evidence are over; each may answer what the other added, for some hours yet."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Street lamp heads, 70 pieces"),
        [("Street lamp head 40 W", 70, "pieces", "128.00")],
        ago=19,
    )
    yield stage.present - days(12)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="IP66, so that no water enters at a jet test.",
            came="Of ten heads that we hosed down, two took water.",
            inspected=10,
            critical=0,
            major=2,
            minor=0,
        ),
    )
    yield stage.present - days(10)
    stage.say(order, "supplier", "Were the glands tightened with 5 Nm, as the sheet in each carton says?")
    yield stage.present - days(6.2)
    escalate(stage, dispute)
    yield hours(30)
    label = ("LAMP HEAD 40 W", "S/N 0077", "IP66", "WATER INSIDE")
    add(stage, dispute, "buyer", papers.photo("head-0077.jpg", label, damaged=True), "Head 0077 after the test")
    yield hours(60)
    statement = papers.note(
        "gland-torque.txt",
        "The glands of these heads seal at 5 Nm. At 3 Nm water enters at the jet test.",
        "Our sheet 11-B, which lies in each carton, says so on its first page.",
    )
    add(stage, dispute, "supplier", statement, "What our engineers say")
    pick_up(stage, dispute, "third")


def nobody_has_it(stage: Stage) -> Story:
    """The file is complete, and no adjudicator has picked it up."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Ceiling fans with light, 48 pieces"),
        [("Ceiling fan 1,320 mm with light", 48, "pieces", "142.00")],
        ago=22,
    )
    yield stage.present - days(14)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "documents"),
            agreed="RCM test report with the goods: the contract asks for it.",
            came="No report came, and without one we may not sell or fit these fans here.",
            keep_bp=5000,
        ),
    )
    yield stage.present - days(12)
    stage.say(order, "supplier", "The laboratory has the report, it is being typed. It will be with you soon.")
    yield stage.present - days(8.5)
    escalate(stage, dispute)
    yield days(2)
    lines = ("Fan 1,320 mm: tested, report follows.", "This letter is not a test report.")
    letter = papers.document("laboratory-letter.pdf", "To whom it may concern", lines)
    add(stage, dispute, "supplier", letter, "Letter of the laboratory")


def picked_up(stage: Stage) -> Story:
    """An adjudicator works on it and has asked the supplier for something."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Shop spotlights, 150 pieces"),
        [("Shop spotlight 30 W, CRI 95", 150, "pieces", "49.00")],
        ago=24,
    )
    yield stage.present - days(15)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="CRI 95 or more, measured.",
            came="Our lighting planner measured 20 spotlights: five have a CRI of 83 to 86.",
            inspected=20,
            critical=0,
            major=5,
            minor=0,
        ),
    )
    yield stage.present - days(12)
    stage.say(order, "supplier", "All modules are of the 95 series. A measurement in a shop is not one in a sphere.")
    yield stage.present - days(9)
    escalate(stage, dispute)
    yield hours(26)
    lines = (
        "20 spotlights, spectrometer GL Spectis 1.0",
        "Nos. 4, 9, 11, 16, 18: CRI 83 to 86",
        "Others: CRI 95 to 97",
    )
    report = papers.document("cri-measurement.pdf", "Measurement of 20 spotlights", lines)
    add(stage, dispute, "buyer", report, "Measurement of our lighting planner")
    yield hours(20)
    pick_up(stage, dispute, "adjudicator")
    yield stage.present - hours(20)
    actions.ask(
        dispute_id=dispute.id,
        side="supplier",
        text="Please add the delivery notes of the LED modules of this order, with their lot numbers.",
        days=3,
        by=stage.cast.people["adjudicator"],
        now=stage.now,
    )


def waits_for_a_second(stage: Stage) -> Story:
    """An award above USD 5,000 is proposed and waits for a second adjudicator."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Ballroom chandeliers, 40 pieces"),
        [("Chandelier, twelve arms, crystal", 40, "pieces", "385.00")],
        ago=25,
        marks=[(1, 0, 40, "Bare wires at the canopy, see the claim")],
    )
    yield stage.present - days(16)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="Double insulation at the canopy, IEC 60598.",
            came="Three of the 40 have a bare wire at the canopy that one can touch. All 40 must be opened.",
            inspected=40,
            critical=3,
            major=0,
            minor=0,
            keep_bp=6500,
        ),
    )
    yield stage.present - days(14)
    stage.say(
        order, "supplier", "We regret this. Three of forty can be rewired in an hour; your demand is far too high."
    )
    yield stage.present - days(10)
    escalate(stage, dispute)
    yield hours(28)
    lines = ("40 chandeliers opened by a registered electrician", "Nos. 6, 21 and 33: live conductor can be touched")
    report = papers.document("electrician-report.pdf", "Report on 40 chandeliers", lines)
    add(stage, dispute, "buyer", report, "Report of a registered electrician")
    yield hours(22)
    pick_up(stage, dispute, "adjudicator")
    yield stage.present - hours(5)
    decide(
        *(stage, dispute, "adjudicator"),
        found="A registered electrician found a live part that can be touched on 3 of 40. Nobody denies it.",
        reasons="One unit that is dangerous is a critical defect, whatever the number. The buyer keeps the goods and "
        "asks for 65 % off, which is within what the rulebook gives.",
        summary="Chandeliers with live parts that can be touched: the buyer keeps them with 65 % off.",
    )


def inspector_to_choose(stage: Stage) -> Story:
    """The facts are contested: an inspection was ordered, and the buyer chooses who does it."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Office panels, 200 pieces"),
        [("LED panel 600 × 600, UGR 16", 200, "pieces", "46.00")],
        ago=25,
    )
    yield stage.present - days(16)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "quality"),
            agreed="UGR 16 or less, no dark edges.",
            came="14 of 50 panels show a dark edge of a hand's width after an hour.",
            inspected=50,
            critical=0,
            major=14,
            minor=0,
        ),
    )
    yield stage.present - days(13)
    stage.say(order, "supplier", "No panel of this series has a dark edge. We would like somebody neutral to look.")
    yield stage.present - days(9.5)
    escalate(stage, dispute)
    yield hours(25)
    label = ("LED PANEL 600X600", "UGR 16", "CTN 09 OF 50", "QTY 4")
    add(stage, dispute, "buyer", papers.photo("panel-09.jpg", label), "One of the cartons that we opened")
    pick_up(stage, dispute, "fourth")
    yield stage.present - days(1)
    actions.order_inspection(
        dispute_id=dispute.id,
        question="Light 50 panels of at least ten cartons for an hour: how many show a dark edge, and how wide?",
        by=stage.cast.people["fourth"],
        now=stage.now,
    )


def decided(title: str, line, *, ago: float, words: dict, decided_ago: float, **figures):
    """A story of a case that was decided so many days ago; its appeal window is open still."""

    def tell(stage: Stage) -> Story:
        order = yield from casework.received(stage, "lumenworks", title, [line], ago=ago)
        yield stage.present - days(decided_ago + 14)
        dispute = claim(stage, order, said(order, 1, "quality", agreed=words["agreed"], came=words["came"], **figures))
        yield hours(50)
        stage.say(order, "supplier", words["answer"])
        yield hours(40)
        escalate(stage, dispute)
        yield hours(18)
        label = (title.split(",")[0].upper(), "CTN 02 OF 18", "OPENED", "AS FOUND")
        add(stage, dispute, "buyer", papers.photo("as-found.jpg", label, damaged=True), "As we found it")
        pick_up(stage, dispute, "adjudicator")
        yield stage.present - days(decided_ago)
        decide(
            *(stage, dispute, "adjudicator"), found=words["found"], reasons=words["reasons"], summary=words["summary"]
        )

    return tell


appeal_open = decided(
    "Picture lights, 190 pieces",
    ("Picture light, 400 mm", 190, "pieces", "36.00"),
    ago=24,
    decided_ago=2,
    words={
        "agreed": "Arms that hold the lamp at any angle.",
        "came": "23 of 190 arms sink within minutes.",
        "answer": "The arms are adjustable with a key that lies in the box.",
        "found": "23 of 190 arms can't be tightened: the thread is worn. The key does not help.",
        "reasons": "12.1 % of the lamps have a major defect, which is beyond the acceptable limit of 2.5 %.",
        "summary": "Picture lights whose arms sink: the value of the defective share was refunded.",
    },
    inspected=190,
    critical=0,
    major=23,
    minor=0,
)
appeal_ends_within_the_hour = decided(
    "Entrance lights, 110 pieces",
    ("Entrance light with sensor", 110, "pieces", "52.00"),
    ago=27,
    decided_ago=6.98,
    words={
        "agreed": "Sensor for 8 m, adjustable.",
        "came": "12 of 110 sensors see no farther than 2 m.",
        "answer": "The range depends on the height of mounting, as the manual says.",
        "found": "At 2.5 m height, as in the manual, 12 of 110 sensors reach 2 m.",
        "reasons": "10.9 % with a major defect is beyond the acceptable limit of 2.5 %.",
        "summary": "Sensors that see 2 m and not 8 m: the value of the defective share was refunded.",
    },
    inspected=110,
    critical=0,
    major=12,
    minor=0,
)


def appealed(stage: Stage) -> Story:
    """Decided above USD 5,000 with four eyes and appealed by the supplier: two other adjudicators are needed."""
    order = yield from casework.received(
        *(stage, "lumenworks", "Facade projectors, 60 pieces"),
        [("Facade projector 120 W, bronze", 60, "pieces", "210.00")],
        ago=28,
        marks=[(1, 0, 60, "Grey, not bronze")],
    )
    yield stage.present - days(22)
    dispute = claim(
        stage,
        order,
        said(
            *(order, 1, "wrong"),
            agreed="Housing anodised in bronze, C34.",
            came="All 60 housings are grey. The architect does not accept them on the listed facade.",
            quantity=60,
            keep_bp=6000,
        ),
    )
    yield stage.present - days(20)
    stage.say(order, "supplier", "Bronze was sold out. Grey is what the drawing shows, and the light is the same.")
    yield stage.present - days(17.5)
    escalate(stage, dispute)
    yield hours(20)
    label = ("PROJECTOR 120 W", "FINISH: GREY", "CTN 01 OF 60", "QTY 1")
    add(stage, dispute, "buyer", papers.photo("projector-grey.jpg", label), "As all of them came")
    yield hours(20)
    pick_up(stage, dispute, "adjudicator")
    yield stage.present - days(6)
    decide(
        *(stage, dispute, "adjudicator"),
        found="The contract says bronze. All 60 are grey, and the supplier says so itself.",
        reasons="Goods of another finish than agreed are wrong goods. The buyer keeps them and asks for 60 % off.",
        summary="Projectors in grey and not in bronze: the buyer keeps them with 60 % off.",
        approved_by="second",
    )
    yield stage.present - days(2)
    actions.appeal(
        dispute_id=dispute.id,
        ground="rule",
        rule="Remedies, non-conformity",
        reasons="Grey housings are worth almost as much as bronze ones. A reduction of 60 % is out of proportion; "
        "the rule's lowest rate of 50 % would already be more than the difference.",
        by=stage.seller(order),
        now=stage.now,
    )
    yield stage.present - days(1.4)
    casework.waive(stage, dispute, "buyer")
