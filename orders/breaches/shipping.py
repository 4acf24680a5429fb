"""Breaches on the way: not shipped, late, another way or country than agreed, lost (Rulebook 7-10, 13)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import remedies
from orders.breaches.found import Ask, Breach, breach
from orders.breaches.known import Fact, Facts, KnownLine, Sent, last_day
from orders.shipped import DATED_BY, FACTS
from orders.terms import Terms, day_of
from trade_assurance.rulebook import Rulebook, end_of_day
from trade_assurance.templatetags.ta import day

CARRIER = _lazy("Carrier")


def not_shipped(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """Something of a line was not shipped by the end of the ship-by date (Rulebook 9)."""
    if facts.status != "paid" or facts.ship_by_at is None or now < facts.ship_by_at:
        return
    for line in facts.lines:
        units = line.to_ship
        if units <= 0 or line.left_minor <= 0:
            continue
        part = line.shipped > 0
        of = f"{line.goods.quantity:,} {line.goods.unit}"
        yield breach(
            "part_not_shipped" if part else "not_shipped",
            line,
            term=_("Ship by"),
            expected=_("{of}, shipped by {by}").format(of=of, by=_by(facts)),
            observed=_("{shipped} of {of} shipped").format(shipped=f"{line.shipped:,}", of=of)
            if part
            else _("Nothing of it was shipped"),
            evidence=[*_shipments(facts, line), _deadline(facts), _entered(facts, now), *_letters(facts)],
            is_objective=True,
            ask=Ask("non_shipment", "refund", {"quantity": units}),
            remedy=remedies.missing(line.goods, units),
        )


def shipped_late(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """A shipment's fact is dated after the ship-by date: 0.5 % of its value a day, at most 10 % (Rulebook 9)."""
    if facts.ship_by_at is None:
        return
    for line in facts.lines:
        late = [pair for pair in days_late(facts, line) if pair[1] > 0]
        if not late or line.is_over(now) or line.left_minor <= 0 or facts.dealt_with(line, "late"):
            continue
        units, longest = sum(units for units, _unused in late), max(days for _unused, days in late)
        waits = facts.status == "paid" and line.to_ship > 0
        remedy = remedies.late(line.goods, days_late(facts, line), facts.rules)
        yield breach(
            "shipped_late",
            line,
            term=_("Ship by"),
            expected=_("Shipped by {by}").format(by=_by(facts)),
            observed=_("{units} {unit} shipped {which}{days} late").format(
                units=f"{units:,}",
                unit=line.goods.unit,
                which=_("up to ") if len(late) > 1 else "",
                days=_days(longest),
            ),
            evidence=[_deadline(facts), *_shipments(facts, line), *_dated(terms, facts, line)],
            is_objective=True,
            ask=None if waits else Ask("late", "compensation"),
            remedy=remedy,
            why_not=_(
                "A delay is claimed once a line: when the rest of this one was shipped or cancelled. So "
                "far it is worth {say}."
            ).format(say=line.goods.say(remedy.minor))
            if waits
            else "",
        )


def delivered_late(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """The carrier delivered after the date that the contract promises."""
    promised = day_of(terms.deliver_by_on)
    if promised is None:
        return
    ends = end_of_day(promised, facts.timezone)
    for sent in facts.shipments:
        if sent.delivered_at is None or sent.delivered_at < ends:
            continue
        days = (sent.delivered_at - ends).days + 1
        for line in _held(facts, sent):
            yield breach(
                "delivered_late",
                line,
                term=_("Deliver by"),
                expected=_("Delivered by {promised}").format(promised=day(promised)),
                observed=_("Shipment {number} delivered {days} late").format(number=sent.number, days=_days(days)),
                evidence=[
                    *_told(sent, "delivered"),
                    _sent(sent),
                    signed(facts, _("Delivery by {promised}").format(promised=day(promised))),
                ],
                is_objective=True,
                why_not=_delay_on_the_way(line, sent, days, facts.rules),
            )


def lost(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """Nothing moved for 10 or 21 days, or nothing was delivered 5 days after a promised date (Rulebook 10, 13)."""
    if facts.receipt is not None:
        return
    promise = day_of(terms.deliver_by_on)
    for line in facts.lines:
        gone = [each for each in facts.shipments if each.holds.get(line.number) and _is_lost(each, promise, facts, now)]
        done = sum(each.units for each in facts.dealt_with(line, "non_receipt"))
        paid = line.goods.quantity - line.goods.paid_quantity
        units = min(sum(each.holds[line.number] for each in gone) - done, paid)
        if units <= 0 or line.left_minor <= 0:
            continue
        broken = [each for each in gone if _overdue(each, promise, facts, now)]
        first = (broken or gone)[0]
        evidence = [_sent(each) for each in gone] + [fact for each in gone for fact in _told(each)][-3:]
        still = (now - first.last_moved_at).days
        promised = promise or first.promised_on
        yield breach(
            "not_delivered" if broken else "no_movement",
            line,
            term=_("Deliver by") if broken else _("Delivery"),
            expected=_("Delivered by {promised}").format(promised=day(promised))
            if broken
            else _("Delivered to {destination_address}").format(destination_address=terms.destination_address),
            observed=_("{units} {unit} not delivered").format(units=f"{units:,}", unit=line.goods.unit)
            + (
                _(", {days} after that date").format(days=_days((now - end_of_day(promised, facts.timezone)).days))
                if broken
                else ""
            )
            + ("" if broken else _("; no movement for {days}").format(days=_days(still))),
            evidence=[*evidence, *_letters(facts)],
            is_objective=True,
            ask=Ask("non_receipt", "refund", {"quantity": units}),
            remedy=remedies.missing(line.goods, units),
        )


def wrong_way(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """Goods travel in a way that the Incoterm does not have."""
    known = FACTS.get(terms.incoterm)
    for sent in facts.shipments:
        if known is None or sent.transport in known.documents:
            continue
        for line in _held(facts, sent):
            yield breach(
                "wrong_way",
                line,
                term=_("Incoterm"),
                expected=f"{terms.incoterm} {terms.place}: {known.words.lower()}",
                observed=_("Shipment {number} went by {way}").format(number=sent.number, way=sent.way.lower()),
                evidence=[_sent(sent), *_told(sent)[:1], signed(facts, f"{terms.incoterm} {terms.place}")],
                why_not=_(
                    "The rulebook has no amount for the way alone. What comes late, short or damaged because "
                    "of it is claimed for itself, of this line up to {say}."
                ).format(say=line.goods.say(line.left_minor)),
            )


def wrong_country(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """The carrier delivered to another country than the contract names (Rulebook 8)."""
    for sent in facts.shipments:
        elsewhere = [
            each
            for each in sent.told
            if each.code == "delivered" and each.country and each.country != terms.destination_country
        ]
        for line in _held(facts, sent) if elsewhere else ():
            yield breach(
                "wrong_country",
                line,
                term=_("Destination"),
                expected=f"{terms.destination_address}, {terms.destination_country}",
                observed=_("The carrier delivered shipment {number} in {country}").format(
                    number=sent.number, country=elsewhere[-1].country
                ),
                evidence=[_say(each) for each in elsewhere],
                is_objective=True,
                why_not=_("Our risk staff look at it; receipt is not confirmed by time meanwhile."),
            )


RULES = (not_shipped, shipped_late, delivered_late, lost, wrong_way, wrong_country)


# what grounds of claims ask too -----------------------------------------------------------------------------------


def days_after(dispatched_on: date, ship_by_at: datetime, timezone: str) -> int:
    """Days from the ship-by date to the date of the fact; 0 or less is on time."""
    return (dispatched_on - last_day(ship_by_at, timezone)).days


def days_late(facts: Facts, line: KnownLine) -> list[tuple[int, int]]:
    """(units, days after the ship-by date) of each shipment that holds some of a line, as far as they are kept."""
    found = [
        Late(
            sent.holds[line.number],
            days_after(sent.counts_on or sent.dispatched_on, facts.ship_by_at, facts.timezone),
            sent.delivered_at is not None,
        )
        for sent in facts.shipments
        if sent.holds.get(line.number)
    ]
    return kept(found, line.goods.paid_quantity - line.cancelled)


@dataclass(frozen=True)
class Late:
    """Units of a line in one shipment, how many days after the ship-by date, and whether they are known to be there."""

    units: int
    days: int
    is_delivered: bool = False


def kept(found: Iterable[Late], paid: int) -> list[tuple[int, int]]:
    """(units, days) without the `paid` units that were shipped and paid back whole: a delay is due for goods kept (9).

    Those are taken from what was not delivered first, the last shipment first.
    """
    left = list(enumerate(found))
    for n, each in sorted(left, key=lambda one: (one[1].is_delivered, -one[0])):
        gone = min(each.units, max(0, paid))
        paid -= gone
        left[n] = (n, replace(each, units=each.units - gone))
    return [(each.units, each.days) for _unused, each in left if each.units]


def still_from(transport: str, moved_at: datetime, rules: Rulebook) -> datetime:
    """From when goods that last moved then may be claimed as not received (Rulebook 10)."""
    days = dict(rules.no_movement_days).get(transport, rules.no_movement_days_else)
    return moved_at + timedelta(days=days)


def overdue_from(promised_on: date, timezone: str, rules: Rulebook) -> datetime:
    """From when goods promised for that date may be claimed as not received (Rulebook 13)."""
    return end_of_day(promised_on, timezone) + timedelta(days=rules.not_delivered_days)


def signed(facts: Facts, words: str) -> Fact:
    """A term as the contract has it, since both have signed it."""
    return Fact(_("{words} agreed").format(words=words), facts.contract, facts.agreed_at)


# parts ------------------------------------------------------------------------------------------------------------


def _delay_on_the_way(line: KnownLine, sent: Sent, days: int, rules: Rulebook) -> str:
    """What a buyer can do about goods that came late but were perhaps shipped in time, and what that would be worth."""
    like = remedies.late(line.goods, [(sent.holds[line.number], days)], rules).minor
    return _(
        "The rulebook has no amount for a delay on the way: what is shipped late is claimed for "
        "itself. Ask the supplier for a compensation in a message; at the rate for late shipment "
        "it would be {say}. It also counts in your review."
    ).format(say=line.goods.say(like))


def _overdue(sent: Sent, promise: date | None, facts: Facts, now: datetime) -> bool:
    promised = promise or sent.promised_on
    return promised is not None and now >= overdue_from(promised, facts.timezone, facts.rules)


def _is_lost(sent: Sent, promise: date | None, facts: Facts, now: datetime) -> bool:
    if sent.delivered_at is not None:
        return False
    still = still_from(sent.transport, sent.last_moved_at, facts.rules)
    return now >= still or _overdue(sent, promise, facts, now)


def _held(facts: Facts, sent: Sent) -> list[KnownLine]:
    return [line for line in facts.lines if sent.holds.get(line.number)]


def _by(facts: Facts) -> str:
    return day(last_day(facts.ship_by_at, facts.timezone))


def _deadline(facts: Facts) -> Fact:
    return Fact(
        _("Ship-by date {by}, which ends in {timezone}").format(by=_by(facts), timezone=facts.timezone),
        facts.contract,
        facts.agreed_at,
    )


def _entered(facts: Facts, now: datetime) -> Fact:
    n = len(facts.shipments)
    return Fact(
        _("{n} shipment{which} entered by the supplier").format(n=n or "No", which="" if n == 1 else "s"),
        _("This order"),
        now,
    )


def _shipments(facts: Facts, line: KnownLine) -> list[Fact]:
    return [_sent(sent) for sent in facts.shipments if sent.holds.get(line.number)]


def _sent(sent: Sent) -> Fact:
    words = _("Shipment {number}: {fact}{fact2} {dispatched_on}").format(
        number=sent.number, fact=sent.fact[:1].lower(), fact2=sent.fact[1:], dispatched_on=day(sent.dispatched_on)
    )
    return Fact(f"{words}, {sent.document}", _("Entered by the supplier"), sent.entered_at)


def _dated(terms: Terms, facts: Facts, line: KnownLine) -> list[Fact]:
    """The carrier's word for the fact, where it and not the date entered counts."""
    sent = [each for each in facts.shipments if each.holds.get(line.number) and each.counts_on]
    return [fact for each in sent for fact in _told(each, DATED_BY[terms.incoterm])[:1]]


def _told(sent: Sent, *codes: str) -> list[Fact]:
    return [_say(each) for each in sent.told if not codes or each.code in codes]


def _say(told) -> Fact:
    where = ", ".join(part for part in (told.place, told.country) if part)
    return Fact(
        f"{told.words}{f' in {where}' if where else ''}",
        _("{CARRIER}, by {source}").format(CARRIER=CARRIER, source=told.source),
        told.at,
    )


def _letters(facts: Facts) -> list[Fact]:
    return [
        Fact(
            _("{count} message{which} of the {side}").format(
                count=f"{each.count:,}", which="" if each.count == 1 else "s", side=each.side
            ),
            _("This order"),
            each.last_at,
        )
        for each in facts.letters
    ]


def _days(n: int) -> str:
    return _("{n} day{which}").format(n=n, which="" if n == 1 else "s")
