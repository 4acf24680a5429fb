"""The credit rating: a pure function of facts and the time, and what would raise it (Rulebook, "Credit rating").

Five indicators from 0 to 100, each drawn towards 80 as if ten more orders of that mark were among them; the lowest one
makes the stars. All in whole numbers: what is counted comes in thousandths of an order (ADR 16), marks are fractions.
Good news never lowers an indicator and bad news never raises one, so the page can promise what would raise it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction

from trade_assurance import money
from trade_assurance.rulebook import CURRENT, Rulebook

ORDER = 1_000  # thousandths: what one order of full weight counts
ON_TIME, CONFORMITY, ANSWERS, FEEDBACK, STANDING = "on_time", "conformity", "answers", "feedback", "standing"
SHARES = (ON_TIME, CONFORMITY, ANSWERS, FEEDBACK)
INDICATORS = (*SHARES, STANDING)


@dataclass(frozen=True)
class Share:
    """What counts for one indicator and how much of it was good, in thousandths of an order; and in plain numbers."""

    good: int = 0
    of: int = 0
    fine: int = 0  # orders or answers without fault
    count: int = 0

    def __add__(self, more: int) -> "Share":
        """With so many more faultless orders of full weight."""
        return Share(self.good + ORDER * more, self.of + ORDER * more, self.fine + more, self.count + more)


@dataclass(frozen=True)
class Facts:
    """What the rating is made of, within its 180 days. Amounts are US cents."""

    level: str = "unverified"
    completed: Share = Share()  # orders that ended with protection expired
    on_time: Share = Share()
    conformity: Share = Share()
    answers: Share = Share()
    feedback: Share = Share()
    points: tuple[tuple[int, datetime], ...] = ()  # how many, and when they expire
    volume_minor: int = 0

    def points_at(self, now: datetime) -> int:
        """Penalty points that have not expired."""
        return sum(points for points, expires_at in self.points if expires_at > now)


@dataclass(frozen=True)
class Rating:
    """Stars with the indicators behind them, and the limit that follows; `stars` is None for a new supplier."""

    stars: int | None
    marks: dict[str, Fraction] = field(hash=False)
    limit_minor: int = 0

    @property
    def lowest(self) -> str:
        """The indicator that decides; of equals the first."""
        return min(INDICATORS, key=lambda name: self.marks[name])


def _mark(share: Share, rules: Rulebook) -> Fraction:
    """Of 100, drawn towards the prior by its pseudo-orders."""
    prior = rules.rating_prior_orders * ORDER
    return Fraction(100 * share.good + rules.rating_prior * prior, share.of + prior)


def stars_of(lowest: Fraction, rules: Rulebook = CURRENT) -> int:
    """Stars of the lowest indicator, 0 to 5."""
    return sum(lowest >= step for step in rules.star_steps)


def limit(level: str, volume_minor: int, stars: int | None, rules: Rulebook = CURRENT) -> int:
    """The protection limit in US cents: base + 50 % of the volume × stars / 5, at most a million dollars."""
    share = money.share(volume_minor, rules.volume_share_bp * (stars or 0), 10_000 * len(rules.star_steps), "down")
    return min(rules.base_limit(level) + share, rules.limit_max_usd)


def rate(facts: Facts, now: datetime, rules: Rulebook = CURRENT) -> Rating:
    """The rating that the facts give at `now`; below 5 completed orders no stars, however good or bad they are.

    Small orders count by their share here too, so that a handful of tiny ones makes nobody known.
    """
    marks = {name: _mark(getattr(facts, name), rules) for name in SHARES}
    marks[STANDING] = max(Fraction(0), _mark(facts.completed, rules) - rules.points_weight * facts.points_at(now))
    new = facts.completed.of < rules.stars_from_orders * ORDER
    stars = None if new else stars_of(min(marks.values()), rules)
    return Rating(stars, marks, limit(facts.level, facts.volume_minor, stars, rules))


# what would raise it ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """What one indicator needs: so many more faultless orders (or answers), from `after_at` when points must expire.

    `otherwise` does as well with fewer orders, by waiting longer.
    """

    indicator: str
    more: int
    after_at: datetime | None = None
    otherwise: "Need | None" = None


@dataclass(frozen=True)
class Raise:
    """What would bring the next star, all of it together, and what that is worth."""

    stars: int
    needs: tuple[Need, ...]
    limit_minor: int
    reserve_bp: int
    limit_more_minor: int
    reserve_less_bp: int


def _more(share: Share, step: Fraction | int, rules: Rulebook) -> int | None:
    """How many more faultless orders bring a mark to `step`; None when no number does."""
    prior = rules.rating_prior_orders * ORDER
    missing = step * (share.of + prior) - 100 * share.good - rules.rating_prior * prior
    if missing <= 0:
        return 0
    return None if step >= 100 else -(-missing // (ORDER * (100 - step)))


def _standing(facts: Facts, step: int, now: datetime, rules: Rulebook) -> Need:
    """So many more completed orders as soon as they can be enough, or fewer once more points have expired."""
    ways: list[Need] = []
    for at in (now, *sorted(expires_at for _, expires_at in facts.points if expires_at > now)):
        more = _more(facts.completed, step + rules.points_weight * facts.points_at(at), rules)
        if more is not None and (not ways or more < ways[-1].more):
            ways.append(Need(STANDING, more, at if at > now else None))
    return replace(ways[0], otherwise=ways[-1]) if len(ways) > 1 else ways[0]


def followed(facts: Facts, needs: Iterable[Need], now: datetime) -> tuple[Facts, datetime]:
    """The facts, and the time, once all that is needed has come and nothing else changed."""
    for need in needs:
        name = "completed" if need.indicator == STANDING else need.indicator
        facts = replace(facts, **{name: getattr(facts, name) + need.more})
        now = max(now, need.after_at or now)
    return facts, now


def next_raise(facts: Facts, now: datetime, rules: Rulebook = CURRENT) -> Raise | None:
    """What would bring the next star, exactly; None with all five. A new supplier needs its first five orders.

    Each further order counts in full: USD 500 or more, from a buyer of whom fewer than five count already.
    """
    rating = rate(facts, now, rules)
    if rating.stars == len(rules.star_steps):
        return None
    if rating.stars is None:
        needs = [Need(STANDING, -(-(rules.stars_from_orders * ORDER - facts.completed.of) // ORDER))]
    else:
        step = rules.star_steps[rating.stars]
        needs = [Need(name, _more(getattr(facts, name), step, rules)) for name in SHARES if rating.marks[name] < step]
        if rating.marks[STANDING] < step:
            needs.append(_standing(facts, step, now, rules))
    then = rate(*followed(facts, needs, now), rules)
    before = rules.reserve_bp[rating.stars or 0]
    return Raise(
        stars=then.stars,
        needs=tuple(needs),
        limit_minor=then.limit_minor,
        reserve_bp=rules.reserve_bp[then.stars],
        limit_more_minor=then.limit_minor - rating.limit_minor,
        reserve_less_bp=before - rules.reserve_bp[then.stars],
    )
