"""The rating in words: what each indicator says, what would raise it, and what that brings."""

from dataclasses import dataclass
from fractions import Fraction

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
    ON_TIME: "Shipped on time",
    CONFORMITY: "Goods as agreed",
    ANSWERS: "Answers in time",
    FEEDBACK: "Buyers’ feedback",
    STANDING: "Standing",
}
MORE = {
    ON_TIME: ("more order shipped on time", "more orders shipped on time"),
    CONFORMITY: ("more order received without an upheld claim", "more orders received without an upheld claim"),
    ANSWERS: ("more answer in time", "more answers in time"),
    FEEDBACK: ("more review with full marks", "more reviews with full marks"),
    STANDING: ("more completed order", "more completed orders"),
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
        orders = f"{done} completed order{'' if done == 1 else 's'}"
        if not points:
            return f"{orders}, no penalty points."
        return f"{orders}, {points} penalty point{'' if points == 1 else 's'}."
    share = getattr(facts, kind)
    if not share.count:
        return {
            ON_TIME: "No ship-by date has come yet.",
            CONFORMITY: "No goods have been received yet.",
            ANSWERS: "Nobody has asked anything yet.",
            FEEDBACK: "No reviews yet.",
        }[kind]
    if kind == FEEDBACK:
        fifths = share.good * 50 // max(1, share.of)
        mean = f"{fifths // 10}.{fifths % 10}"
        return f"{mean} of 5 on average in {share.count} review{'' if share.count == 1 else 's'}."
    return {
        ON_TIME: f"{share.fine} of {share.count} orders left by their ship-by date.",
        CONFORMITY: f"{share.fine} of {share.count} orders were received without an upheld claim.",
        ANSWERS: f"{share.fine} of {share.count} first answers came in time.",
    }[kind]


HOW = {
    ON_TIME: "All goods of the order had left, as its Incoterm says, by the end of the ship-by date.",
    CONFORMITY: (
        f"What was upheld against an order, as a share of what was delivered, counts {CURRENT.conformity_scale} times."
    ),
    ANSWERS: (
        f"The first answer to a buyer within {CURRENT.answer_hours} hours, to a dispute within "
        f"{CURRENT.dispute_answer_hours} hours."
    ),
    FEEDBACK: "The mean of the three scores that buyers give.",
    STANDING: (
        f"Completed orders raise it; each penalty point takes {CURRENT.points_weight} off "
        f"for {CURRENT.points_days} days."
    ),
}


def need_words(need: Need) -> str:
    """What one indicator needs, exactly."""
    said = ""
    if need.more:
        said = f"{need.more} {MORE[need.indicator][need.more != 1]}"
    if need.after_at is not None:
        expiry = f"penalty points expire on {moment(need.after_at, 'UTC')}"
        said = f"{said} after {expiry}" if said else f"waiting until {expiry}"
    if need.otherwise is not None:
        said += f", or {need_words(need.otherwise)}"
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
    return f"under USD {below:,}" if below else "USD 1,000,000 or more"
