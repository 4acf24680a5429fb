"""Every story of the demo's world, with the number of days ago on which it began.

Each tells one order from its request to where it stands today.
"""

from trade_assurance.demo.stories import agreeing, ending, paying, shipping

STORIES = (
    (
        165,
        ending.completed(
            *(
                "northline",
                "lumenworks",
                "Table lamps, 180 pieces",
                [("Table lamp, linen shade", 180, "pieces", "33.00")],
            ),
            words="Well packed, nothing broken. Thank you.",
        ),
    ),
    (
        150,
        ending.completed(
            *(
                "northline",
                "hearthline",
                "Casseroles, 160 pieces",
                [("Casserole 4.5 l, enamelled", 160, "pieces", "32.00")],
            ),
            words="Right colours, on time.",
            currency="EUR",
            transport="air",
        ),
    ),
    (120, ending.refunded),
    (
        118,
        ending.completed(
            "tokyo",
            "sakai",
            "Paring knives, 300 pieces",
            [("Petty 120 mm", 300, "pieces", "5,400")],
            words="Beautifully ground.",
            currency="JPY",
            transport="express",
        ),
    ),
    (
        110,
        ending.completed(
            *(
                "northline",
                "lumenworks",
                "Bulkhead lights, 120 pieces",
                [("Bulkhead light IP65", 120, "pieces", "24.00")],
            ),
            words="All 120 work. We will order more.",
            by_card=True,
            transport="air",
        ),
    ),
    (95, ending.cancelled_by_both),
    (80, agreeing.lapsed),
    (75, ending.ends_within_the_hour),
    (70, shipping.at_sea),
    (62, ending.day_13),
    (58, ending.one_line_rejected),
    (55, shipping.late),
    (48, shipping.part_shipped),
    (44, ending.cancelled_within_a_day),
    (40, shipping.nearly_confirmed),
    (38, shipping.on_board),
    (28, agreeing.declined),
    (26, shipping.knives_in_yen),
    (22, paying.in_production),
    (18, paying.in_yuan),
    (16, paying.short_by_charges),
    (14, ending.sample),
    (9, paying.part_paid_short),
    (8, paying.paid_elsewhere),
    (7, paying.in_suspense),
    (6, paying.part_paid),
    (5, paying.unpaid),
    (5, agreeing.countered_for_ardent),
    (4, agreeing.sent_by_baltic),
    (4, agreeing.countered_for_lumenworks),
    (2, agreeing.requested_of_vidrios),
    (1, paying.being_checked),
    (1, agreeing.requested_of_lumenworks),
)
