"""The rating in words: what each indicator says, what would raise it, and what that brings."""

from dataclasses import dataclass
from fractions import Fraction

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from suppliers.actions import facts_of_snapshot
from suppliers.models import RatingSnapshot, Supplier
from suppliers.rating import (
    ANSWERS,
    CONFORMITY,
    FEEDBACK,
    ON_TIME,
    STANDING,
    Facts,
    Need,
    Raise,
    Rating,
    next_raise,
    rate,
)
from trade_assurance.rulebook import CURRENT
from trade_assurance.templatetags.ta import moment, usd

NAMES = {
    ON_TIME: _lazy("Shipped on time"),
    CONFORMITY: _lazy("Goods as agreed"),
    ANSWERS: _lazy("Answers in time"),
    FEEDBACK: _lazy("Buyers’ feedback"),
    STANDING: _lazy("Standing"),
}


@dataclass(frozen=True)
class Told:
    """An indicator for a page."""

    kind: str
    name: str
    mark: str  # of 100, one decimal, rounded down
    percent: int
    step: int | None  # what the next star asks of it, where it is below
    fact: str
    how: str
    raised: str
    is_lowest: bool
    has_list: bool


def mark_words(mark: Fraction) -> str:
    """A mark with one decimal, rounded down, so that it never reads as a step that is not reached."""
    tenths = int(mark * 10)
    return f"{tenths // 10}.{tenths % 10}"


def _fact(kind: str, facts: Facts, now) -> str:
    if kind == STANDING:
        return _standing(facts.completed.count, facts.points_at(now))
    share = getattr(facts, kind)
    if not share.count:
        return {
            ON_TIME: _("No ship-by date has come yet."),
            CONFORMITY: _("No goods have been received yet."),
            ANSWERS: _("Nobody has asked anything yet."),
            FEEDBACK: _("No reviews yet."),
        }[kind]
    if kind == FEEDBACK:
        fifths = share.good * 50 // max(1, share.of)
        said = ngettext(
            "{mean} of 5 on average in {count} review.", "{mean} of 5 on average in {count} reviews.", share.count
        )
        return said.format(mean=f"{fifths // 10}.{fifths % 10}", count=share.count)
    return {
        ON_TIME: _("{fine} of {count} orders left by their ship-by date."),
        CONFORMITY: _("{fine} of {count} orders were received without an upheld claim."),
        ANSWERS: _("{fine} of {count} first answers came in time."),
    }[kind].format(fine=share.fine, count=share.count)


def _standing(done: int, points: int) -> str:
    if not points:
        said = ngettext(
            "{done} completed order, no penalty points.", "{done} completed orders, no penalty points.", done
        )
    elif done == 1:
        said = ngettext(
            "{done} completed order, {points} penalty point.",
            "{done} completed order, {points} penalty points.",
            points,
        )
    else:
        said = ngettext(
            "{done} completed orders, {points} penalty point.",
            "{done} completed orders, {points} penalty points.",
            points,
        )
    return said.format(done=done, points=points)


HOW = {
    ON_TIME: _lazy("All goods of the order had left, as its Incoterm says, by the end of the ship-by date."),
    CONFORMITY: format_lazy(
        _lazy("What was upheld against an order, as a share of what was delivered, counts {times} times."),
        times=CURRENT.conformity_scale,
    ),
    ANSWERS: format_lazy(
        _lazy("The first answer to a buyer within {hours} hours, to a dispute within {dispute_hours} hours."),
        hours=CURRENT.answer_hours,
        dispute_hours=CURRENT.dispute_answer_hours,
    ),
    FEEDBACK: _lazy("The mean of the three scores that buyers give."),
    STANDING: format_lazy(
        _lazy("Completed orders raise it; each penalty point takes {marks} off for {days} days."),
        marks=CURRENT.points_weight,
        days=CURRENT.points_days,
    ),
}


def need_words(need: Need, *, begins: bool = False) -> str:
    """What one indicator needs, exactly; `begins` is whether a sentence begins with it."""
    said = _need(need, begins)
    if need.otherwise is None:
        return said
    return _("{this}, or {that}").format(this=said, that=_need(need.otherwise, begins=False))


def _need(need: Need, begins: bool) -> str:
    day = "" if need.after_at is None else moment(need.after_at, "UTC")
    if not need.more:
        waiting = _("Waiting until penalty points expire on {day}")
        return (waiting if begins else _("waiting until penalty points expire on {day}")).format(day=day)
    if day:  # points weigh on the standing alone
        said = ngettext(
            "{n} more completed order after penalty points expire on {day}",
            "{n} more completed orders after penalty points expire on {day}",
            need.more,
        )
        return said.format(n=need.more, day=day)
    return {
        ON_TIME: ngettext("{n} more order shipped on time", "{n} more orders shipped on time", need.more),
        CONFORMITY: ngettext(
            "{n} more order received without an upheld claim",
            "{n} more orders received without an upheld claim",
            need.more,
        ),
        ANSWERS: ngettext("{n} more answer in time", "{n} more answers in time", need.more),
        FEEDBACK: ngettext("{n} more review with full marks", "{n} more reviews with full marks", need.more),
        STANDING: ngettext("{n} more completed order", "{n} more completed orders", need.more),
    }[need.indicator].format(n=need.more)


def told(facts: Facts, rating: Rating, promise: Raise | None, now) -> list[Told]:
    """The five indicators, each with its fact and what would raise it."""
    needs = {need.indicator: need for need in promise.needs} if promise else {}
    step = None if rating.stars in (None, len(CURRENT.star_steps)) else CURRENT.star_steps[rating.stars]
    return [
        Told(
            kind=kind,
            name=name,
            mark=mark_words(rating.marks[kind]),
            percent=int(rating.marks[kind]),
            step=step if kind in needs else None,
            fact=_fact(kind, facts, now),
            how=HOW[kind],
            raised=need_words(needs[kind]) if kind in needs else "",
            is_lowest=kind == rating.lowest,
            has_list=getattr(facts, "completed" if kind == STANDING else kind).count > 0,
        )
        for kind, name in NAMES.items()
    ]


def raise_words(promise: Raise) -> str:
    """All that is needed for the next star, as a sentence begins."""
    said, *others = (need_words(need, begins=not n) for n, need in enumerate(promise.needs))
    for other in others:
        said = _("{this} and {that}").format(this=said, that=other)
    return said


def standing_raise(supplier: Supplier, now) -> tuple[str, int] | None:
    """What would raise the rating as it was last worked out, and to how many stars; None where nothing would."""
    kept = RatingSnapshot.objects.latest_of(supplier.pk)
    if kept is None or supplier.stars_reason:
        return None
    promise = next_raise(facts_of_snapshot(kept.facts), now)
    return (raise_words(promise), promise.stars) if promise else None


def public(supplier: Supplier, now) -> dict | None:
    """What anybody may know of a rating: indicators in words, volume as a range; None before the first one."""
    kept = RatingSnapshot.objects.latest_of(supplier.pk)
    if kept is None:
        return None
    found = facts_of_snapshot(kept.facts)
    rated = rate(found, kept.at)
    return {
        "at": kept.at,
        "stars": rated.stars,
        "indicators": told(found, rated, None, kept.at),
        "completed": found.completed.count,
        "volume": volume_range(found.volume_minor) if found.volume_minor else "",
    }


def volume_range(volume_minor: int) -> str:
    """A volume as the public sees it: in ranges, so that nobody's trade can be worked out."""
    below = next((top for top in (10_000, 50_000, 250_000, 1_000_000) if volume_minor < top * 100), None)
    if below is None:
        return _("{amount} or more").format(amount=usd(100_000_000))
    return _("under {amount}").format(amount=usd(below * 100))
