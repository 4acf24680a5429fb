"""The linter's own measures: what it calls short, near or much. Promises are the rulebook's."""

from django.utils.translation import gettext_lazy as _lazy

SHORT_LEAD_DAYS = 2  # to produce and ship in that time, goods must lie in stock
CLEARING_DAYS = 3  # a bank transfer abroad is on its way for so long
PAID_AHEAD_DAYS = 5  # so long before shipment a mended balance falls due
DEPOSIT_MUCH_BP = 5000
MENDED_TOLERANCE_BP = 200
LONG_BREAK_DAYS = 5  # that many closed days in a row are a long holiday
NEW_YEAR_BEFORE_DAYS = 3  # factories of the lunar new year close before its holidays, and open long after them
NEW_YEAR_AFTER_DAYS = 10
DAY_OF_WORK_HOURS = 17  # a deadline earlier than this on a day leaves no working day on it
TRANSIT_DAYS = {"express": 2, "air": 4, "sea": 10, "": 4}  # the least from dispatch to a door abroad
BULK_UNITS = frozenset(
    (
        _lazy(
            "kg g t ton tons tonne tonnes mt m metre metres meter meters m2 m² sqm m3 m³ cbm l litre "
            "litres liter liters yd yard yards ft feet foot lb lbs pound pounds"
        )
    ).split()
)
LENGTHS = frozenset(_lazy("mm cm m km µm um in inch inches ft").split())
WEIGHTS = frozenset(_lazy("mg g kg t lb oz").split())
PLAIN_NUMBERS = frozenset(("ph", "cri", "ra", "ugr", "ip", _lazy("ip rating"), "index", "count"))  # have no unit
EEA = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split())
# Goods that may not be sold in the EEA without the CE mark: what tells them, and the law. Far from all; only sure ones.
CE_GOODS = (
    (
        _lazy("lamps?|luminaires?|led (?:bulbs?|strips?|panels?|lights?)|light fittings?|chandeliers?"),
        "lighting",
        _lazy("the low voltage directive (2014/35/EU) and RoHS (2011/65/EU)"),
    ),
    (
        _lazy(
            "chargers?|power "
            "(?:supply|supplies|banks?)|adapters?|headphones?|speakers?|routers?|smartphones?|kettles?|hair "
            "?dryers?|vacuum cleaners?|power tools?"
        ),
        "electronics",
        _lazy("the EMC (2014/30/EU) or radio equipment directive (2014/53/EU) and RoHS (2011/65/EU)"),
    ),
    (_lazy("toys?|dolls?|plush|teddy bears?|puzzles?"), "toys", _lazy("the toy safety directive (2009/48/EC)")),
    (r"machines?|lathes?|compressors?|conveyors?|pumps?", "machinery", _lazy("the machinery directive (2006/42/EC)")),
    (
        _lazy("safety (?:helmets?|shoes|gloves|goggles)|respirators?|ffp[23]|life ?jackets?"),
        "protective-equipment",
        _lazy("the regulation on personal protective equipment (EU 2016/425)"),
    ),
)
