"""The rating in words: what each indicator says, what would raise it, and what that brings."""

from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

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
from trade_assurance.templatetags.ta import moment

NAMES = {
    ON_TIME: _lazy("Shipped on time"),
    CONFORMITY: _lazy("Goods as agreed"),
    ANSWERS: _lazy("Answers in time"),
    FEEDBACK: _lazy("Buyers’ feedback"),
    STANDING: _lazy("Standing"),
}
MORE = {
    ON_TIME: (_lazy("more order shipped on time"), _lazy("more orders shipped on time")),
    CONFORMITY: (
        _lazy("more order received without an upheld claim"),
        _lazy("more orders received without an upheld claim"),
    ),
    ANSWERS: (_lazy("more answer in time"), _lazy("more answers in time")),
    FEEDBACK: (_lazy("more review with full marks"), _lazy("more reviews with full marks")),
    STANDING: (_lazy("more completed order"), _lazy("more completed orders")),
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
        points = facts.points_at(now)
        done = facts.completed.count
        orders = _("{done} completed order{which}").format(done=done, which="" if done == 1 else "s")
        if not points:
            return _("{orders}, no penalty points.").format(orders=orders)
        return _("{orders}, {points} penalty point{which}.").format(
            orders=orders, points=points, which="" if points == 1 else "s"
        )
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
        mean = f"{fifths // 10}.{fifths % 10}"
        return _("{mean} of 5 on average in {count} review{which}.").format(
            mean=mean, count=share.count, which="" if share.count == 1 else "s"
        )
    return {
        ON_TIME: _("{fine} of {count} orders left by their ship-by date.").format(fine=share.fine, count=share.count),
        CONFORMITY: _("{fine} of {count} orders were received without an upheld claim.").format(
            fine=share.fine, count=share.count
        ),
        ANSWERS: _("{fine} of {count} first answers came in time.").format(fine=share.fine, count=share.count),
    }[kind]


HOW = {
    ON_TIME: _lazy("All goods of the order had left, as its Incoterm says, by the end of the ship-by date."),
    CONFORMITY: (
        _lazy(
            "What was upheld against an order, as a share of what was delivered, counts {conformity_scale} times."
        ).format(conformity_scale=CURRENT.conformity_scale)
    ),
    ANSWERS: (
        _lazy(
            "The first answer to a buyer within {answer_hours} hours, to a dispute within {dispute_answer_hours} hours."
        ).format(answer_hours=CURRENT.answer_hours, dispute_answer_hours=CURRENT.dispute_answer_hours)
    ),
    FEEDBACK: _lazy("The mean of the three scores that buyers give."),
    STANDING: (
        _lazy("Completed orders raise it; each penalty point takes {points_weight} off for {points_days} days.").format(
            points_weight=CURRENT.points_weight, points_days=CURRENT.points_days
        )
    ),
}


def need_words(need: Need) -> str:
    """What one indicator needs, exactly."""
    said = ""
    if need.more:
        said = f"{need.more} {MORE[need.indicator][need.more != 1]}"
    if need.after_at is not None:
        expiry = _("penalty points expire on {after_at}").format(after_at=moment(need.after_at, "UTC"))
        said = (
            _("{said} after {expiry}").format(said=said, expiry=expiry)
            if said
            else _("waiting until {expiry}").format(expiry=expiry)
        )
    if need.otherwise is not None:
        said += _(", or {need_words}").format(need_words=need_words(need.otherwise))
    return said


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
    """All that is needed for the next star, in one sentence."""
    said = " and ".join(need_words(need) for need in promise.needs)
    return said[:1].upper() + said[1:]


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
    return _("under USD {below}").format(below=f"{below:,}") if below else _("USD 1,000,000 or more")
