"""Rules about delivery: the Incoterm against freight, carrier, place and promised days."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.places import countries, country_name
from orders.linting.finding import Change, Context, Finding, Mend, cash, changing
from orders.linting.measures import TRANSIT_DAYS
from orders.linting.words import texts
from orders.terms import INCOTERMS, Terms, spelled_day
from trade_assurance import money

BUYER_CARRIES = ("EXW", "FCA", "FAS", "FOB")  # the buyer books and pays the main carriage
SEA_ONLY = {"FAS": "FCA", "FOB": "FCA", "CFR": "CPT", "CIF": "CIP"}  # and the term for any other way
ARRIVES = ("DAP", "DPU", "DDP")
EXPRESS = re.compile(r"\b(?:DHL|FedEx|UPS|TNT|EMS|Aramex|SF Express|courier|express|parcel service)\b", re.IGNORECASE)
AIR = re.compile(
    r"\b(?:by air|air ?(?:freight|cargo|way ?bill)|AWB|HAWB|airport|air mail|by plane|flight)\b", re.IGNORECASE
)
CONTAINER = re.compile(
    r"\b(?:containers?|FCL|LCL|TEU|FEU|(?:20|40|45) ?(?:ft|feet|foot|'|’)? ?(?:HC|HQ|GP|DV|DC)|container yard)\b|"
    r"\b(?:20|40|45)(?:'|’| ?ft\b)",
    re.IGNORECASE,
)
SEA = re.compile(r"\b(?:by sea|sea ?freight|ocean|vessel|FCL|LCL|bill of lading|B/L)\b", re.IGNORECASE)
ANY_PLACE = re.compile(
    r"\b(?:any|main|major|all) (?:\w+ )?(?:sea ?|air ?)?ports?\b|\bport of (?:loading|destination|discharge)\b|"
    r"\b(?:tbd|tba|to be \w+)\b",
    re.IGNORECASE,
)
ALSO_COUNTRIES = {
    "usa": "US", "u.s.a.": "US", "america": "US", "uk": "GB", "great britain": "GB", "england": "GB", "uae": "AE",
    "prc": "CN", "p.r. china": "CN", "mainland china": "CN", "korea": "KR", "turkey": "TR", "holland": "NL",
    "czech republic": "CZ", "vietnam": "VN", "viet nam": "VN", "hong kong": "HK", "taiwan": "TW", "russia": "RU",
}  # fmt: skip
SHOWN_SEPARATELY = frozenset(("HK", "MO", "SG", "MC", "LU", "VA", "GI", "SM"))  # a country that is one place


def freight_not_in_term(terms: Terms, context: Context) -> Iterator[Finding]:
    """EXW, FCA, FAS and FOB leave the carriage to the buyer, yet the contract charges freight."""
    if terms.incoterm not in BUYER_CARRIES or terms.freight_minor <= 0:
        return
    yield Finding(
        "freight_not_in_term",
        "freight",
        "contradictory",
        _("{incoterm} with {freight_minor} of freight.").format(
            incoterm=terms.incoterm, freight_minor=cash(terms.freight_minor, terms)
        ),
        _(
            "Under {incoterm} the buyer books and pays the carriage itself. So it is open what this "
            "money is for, who carries the goods, and whose loss a delay is."
        ).format(incoterm=terms.incoterm),
        _without_freight(terms),
    )


def _without_freight(terms: Terms) -> Mend | None:
    """Freight 0, and the plan in the same shares of what is left."""
    if not terms.plan or terms.goods_minor <= 0 or any(part.amount_minor <= 0 for part in terms.plan):
        return Mend(_("Take the freight out"), changing(freight_minor=0)) if not terms.plan else None

    def change(now: Terms) -> Terms:
        shares = money.allocate(now.goods_minor, [part.amount_minor for part in now.plan])
        return changing(freight_minor=0, plan=with_amounts(now.plan, shares))(now)

    return Mend(_("Take the freight out, the plan in the same shares"), change)


def with_amounts(plan, amounts):
    """The plan with these amounts, part by part."""
    return tuple(
        type(part)(part.label, minor, part.due_before, part.due_on) for part, minor in zip(plan, amounts, strict=True)
    )


def sea_term_other_way(terms: Terms, context: Context) -> Iterator[Finding]:
    """FAS, FOB, CFR and CIF are for ships; for a courier, a plane or a container another term fits (Incoterms)."""
    if terms.incoterm not in SEA_ONLY:
        return
    better = SEA_ONLY[terms.incoterm]
    mend = Mend(
        _("Make it {better}, {INCOTERMS}").format(better=better, INCOTERMS=INCOTERMS[better][0].lower()),
        _incoterm(better),
    )
    words = _carriage(terms)
    if found := EXPRESS.search(words) or AIR.search(words):
        yield Finding(
            "sea_term_by_air",
            "incoterm",
            "contradictory",
            _("{incoterm} is a term for ships only, but the contract says “{found}”.").format(
                incoterm=terms.incoterm, found=found[0]
            ),
            _(
                "“Shipped” would be: {INCOTERMS}. A courier or an airline never gives that, so the "
                "supplier could never prove that it shipped in time."
            ).format(INCOTERMS=INCOTERMS[terms.incoterm][1].lower()),
            mend,
        )
    elif found := CONTAINER.search(words):
        yield Finding(
            "sea_term_container",
            "incoterm",
            "risky",
            _("{incoterm} for goods in a container (“{found}”).").format(incoterm=terms.incoterm, found=found[0]),
            _(
                "A container is handed over at a terminal days before it is on board. Who bears what "
                "happens to it in between is often disputed, and “shipped” counts only from on board. "
                "{better} counts from the hand-over."
            ).format(better=better),
            mend,
        )


def _incoterm(code: str) -> Change:
    return changing(incoterm=code)


def _carriage(terms: Terms) -> str:
    """All words of the contract that may say how the goods travel."""
    return " · ".join((terms.title, terms.place, *(text for _unused, _unused, text in texts(terms))))


def vague_place(terms: Terms, context: Context) -> Iterator[Finding]:
    """An Incoterm without a named place, or with one that is a whole country."""
    place = terms.place.strip()
    if terms.incoterm not in INCOTERMS:
        return
    if not place:
        what = _("{incoterm} without a named place.").format(incoterm=terms.incoterm)
    elif _country_of(place) and _country_of(place) not in SHOWN_SEPARATELY:
        what = _("{incoterm} {place}: a whole country is no place.").format(incoterm=terms.incoterm, place=place)
    elif ANY_PLACE.search(place):
        what = _("{incoterm} {place} names no certain place.").format(incoterm=terms.incoterm, place=place)
    else:
        return
    yield Finding(
        "vague_place",
        "place",
        "missing" if not place else "unmeasurable",
        what,
        _(
            "Where risk and cost pass from one to the other, and what counts as shipped, depends on "
            "the port, terminal or address. Name it, with its city."
        ),
    )


def place_elsewhere(terms: Terms, context: Context) -> Iterator[Finding]:
    """The named place of E- and F-terms lies with the supplier, that of C- and D-terms with the buyer."""
    last = terms.place.rpartition(",")[2].strip()
    named = _country_of(last)
    origin, destination = context.country, terms.destination_country
    if terms.incoterm not in INCOTERMS or not named or not origin or not destination or origin == destination:
        return
    here, there = (origin, destination) if terms.incoterm in BUYER_CARRIES else (destination, origin)
    if named == there and named != here:
        yield Finding(
            "place_elsewhere",
            "place",
            "contradictory",
            _("The place of {incoterm} lies in {country_name}, but {place} is in {country_name2}.").format(
                incoterm=terms.incoterm,
                country_name=country_name(here),
                place=terms.place.strip(),
                country_name2=country_name(there),
            ),
            _(
                "{incoterm} names the place {meaning}. With a place at the other end it is open who pays "
                "the carriage and whose loss it is when goods are damaged on the way."
            ).format(incoterm=terms.incoterm, meaning=_meaning(terms.incoterm)),
        )


def _meaning(incoterm: str) -> str:
    return _("where the buyer takes over") if incoterm in BUYER_CARRIES else _("up to which the supplier pays")


def freight_missing(terms: Terms, context: Context) -> Iterator[Finding]:
    """C- and D-terms make the supplier carry, yet no freight is named."""
    if terms.incoterm in INCOTERMS and terms.incoterm not in BUYER_CARRIES and terms.freight_minor == 0:
        yield Finding(
            "freight_missing",
            "freight",
            "risky",
            _("{incoterm} makes the supplier pay the freight, but none is named.").format(incoterm=terms.incoterm),
            _(
                "If it is in the prices, that is fine. But a refund for short goods gives their share of "
                "the freight back only where freight is named."
            ),
        )


def same_country(terms: Terms, context: Context) -> Iterator[Finding]:
    """The goods go to the country that they come from."""
    if context.country and terms.destination_country == context.country:
        yield Finding(
            "same_country",
            "destination_country",
            "risky",
            _("The goods stay in {country_name}, the supplier’s own country.").format(
                country_name=country_name(context.country)
            ),
            _(
                "If they are carried abroad later, that journey is outside this contract: protection "
                "counts to the delivery address that stands here."
            ),
        )


def deliver_by_missing(terms: Terms, context: Context) -> Iterator[Finding]:
    """A D-term without a promised day of delivery: only the dispatch has a date (Rulebook 13)."""
    if terms.incoterm not in ARRIVES or terms.deliver_by_on:
        return
    mend, ship = None, context.ship_by(terms)
    if ship is not None:
        way = _way(terms) or "sea"
        day = ship + timedelta(days=TRANSIT_DAYS[way] * 3)
        mend = Mend(
            _("Promise delivery by {spelled_day}").format(spelled_day=spelled_day(day.isoformat())),
            changing(deliver_by_on=day.isoformat()),
        )
    yield Finding(
        "deliver_by_missing",
        "deliver_by_on",
        "missing",
        _("{incoterm} promises delivery, but no day is set for it.").format(incoterm=terms.incoterm),
        _(
            "Goods that are under way for months are then not late: only the dispatch has a date. "
            "With one, a claim for goods that don’t come is possible soon after it."
        ),
        mend,
    )


def deliver_by_too_near(terms: Terms, context: Context) -> Iterator[Finding]:
    """The promised day of delivery leaves less time than the way takes."""
    ship, deliver = context.ship_by(terms), context.day(terms.deliver_by_on)
    if terms.incoterm not in ARRIVES or ship is None or deliver is None:
        return
    way = _way(terms)
    need, takes = (
        TRANSIT_DAYS[way],
        _("By {way} it takes {TRANSIT_DAYS} days at the least.").format(
            way=way or _("any way abroad"), TRANSIT_DAYS=TRANSIT_DAYS[way]
        ),
    )
    if context.country == terms.destination_country:
        need, takes = 1, _("Even within one country it takes a day.")
    first = ship + timedelta(days=need)
    if deliver >= first:
        return
    days = (deliver - ship).days
    yield Finding(
        "deliver_by_too_near",
        "deliver_by_on",
        "contradictory" if days < 0 else "risky",
        _("Delivery is promised before the ship-by date.")
        if days < 0
        else _("Delivery is promised {days} day{which} after the ship-by date.").format(
            days=days, which="" if days == 1 else "s"
        ),
        _("{takes} A promise that can’t be kept gives a dispute, not goods in time.").format(takes=takes),
        Mend(
            _("Promise delivery by {spelled_day}").format(spelled_day=spelled_day(first.isoformat())),
            changing(deliver_by_on=first.isoformat()),
        ),
    )


def deliver_by_not_owed(terms: Terms, context: Context) -> Iterator[Finding]:
    """A day of delivery under a term whose supplier only has to ship (Incoterms 2020)."""
    if terms.incoterm in INCOTERMS and terms.incoterm not in ARRIVES and terms.deliver_by_on:
        yield Finding(
            "deliver_by_not_owed",
            "deliver_by_on",
            "contradictory",
            _("A day of delivery with {incoterm}, under which the supplier only has to ship.").format(
                incoterm=terms.incoterm
            ),
            _(
                "The supplier has done its part when this is done: {INCOTERMS}. What the carrier does "
                "later is not its breach. For a promised arrival agree DAP, DPU or DDP."
            ).format(INCOTERMS=INCOTERMS[terms.incoterm][1].lower()),
            Mend(_("Take the day of delivery out"), changing(deliver_by_on=None)),
        )


def _way(terms: Terms) -> str:
    """How the goods travel, as far as the words say it: a key of TRANSIT_DAYS."""
    words = _carriage(terms)
    return next((way for way, said in (("express", EXPRESS), ("air", AIR), ("sea", SEA)) if said.search(words)), "")


@cache
def _countries() -> dict[str, str]:
    """Countries by their names in the site's languages, lower case."""
    spoken = (countries(language) for language, _name in reversed(settings.LANGUAGES))
    return {name.casefold(): code for named in spoken for code, name in named} | ALSO_COUNTRIES


def _country_of(text: str) -> str:
    """The country whose name `text` is; empty when it is more or other than that."""
    return _countries().get(text.strip(" .").casefold(), "")
