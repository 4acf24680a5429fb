"""The rating as a table of worked examples, and what must hold for any facts (Rulebook, "Credit rating")."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers import rating
from suppliers.rating import ORDER, SHARES, Facts, Share, followed, limit, next_raise, rate
from trade_assurance.rulebook import CURRENT

NOW = datetime(2026, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def share(fine: int, count: int) -> Share:
    return Share(fine * ORDER, count * ORDER, fine, count)


def facts(count: int = 40, **changes) -> Facts:
    """A verified supplier with so many faultless orders, but for the changes."""
    return Facts(
        **(
            {"level": "verified", "completed": share(count, count)}
            | {name: share(count, count) for name in SHARES}
            | changes
        )
    )


@pytest.mark.parametrize(
    ("fine", "count", "mark"),
    [
        (0, 0, Fraction(80)),  # nobody knows: the prior
        (5, 5, Fraction(1300, 15)),  # 86.67
        (10, 10, Fraction(90)),
        (45, 48, Fraction(5300, 58)),  # 91.38
        (0, 10, Fraction(40)),
        (0, 1, Fraction(800, 11)),  # one bad order: 72.73, not 0
    ],
)
def test_an_indicator_is_drawn_towards_80_by_ten_orders(fine, count, mark):
    assert rate(facts(on_time=share(fine, count)), NOW).marks["on_time"] == mark


@pytest.mark.parametrize(
    ("fine", "count", "stars"),
    [
        (40, 40, 5),
        (37, 40, 5),  # (3700 + 800) / 50 = 90 exactly
        (36, 40, 4),  # 88
        (35, 40, 4),  # 86
        (34, 40, 3),  # 84
        (32, 40, 3),  # 80
        (31, 40, 2),  # 78
        (27, 40, 2),  # 70
        (26, 40, 1),  # 68
        (22, 40, 1),  # 60
        (21, 40, 0),  # 58
    ],
)
@pytest.mark.parametrize("name", SHARES)
def test_the_lowest_indicator_makes_the_stars(name, fine, count, stars):
    assert rate(facts(**{name: share(fine, count)}), NOW).stars == stars
    assert rate(facts(**{name: share(fine, count)}), NOW).lowest == (name if stars < 5 or fine < 40 else "on_time")


@pytest.mark.parametrize(
    ("points", "mark", "stars"), [(0, 96, 5), (3, 90, 5), (4, 88, 4), (6, 84, 3), (24, 48, 0), (48, 0, 0), (60, 0, 0)]
)
def test_each_penalty_point_takes_two_from_standing(points, mark, stars):
    rated = rate(facts(points=((points, NOW + DAY),)), NOW)
    assert (rated.marks["standing"], rated.stars) == (mark, stars)


def test_a_point_counts_to_the_second_before_it_expires():
    late = facts(points=((4, NOW),))
    assert rate(late, NOW - SECOND).stars == 4
    assert rate(late, NOW).stars == 5


@pytest.mark.parametrize(("completed", "stars"), [(0, None), (4, None), (5, 4), (9, 4), (10, 5)])
def test_below_five_completed_orders_a_supplier_is_new(completed, stars):
    assert rate(facts(completed=share(completed, completed)), NOW).stars == stars


@pytest.mark.parametrize(
    ("level", "volume", "stars", "whole"),
    [
        ("unverified", 0, None, 1_000_00),
        ("verified", 0, 5, 10_000_00),
        ("inspected", 0, 0, 25_000_00),
        ("verified", 100_000_00, None, 10_000_00),  # new: the base
        ("verified", 100_000_00, 3, 40_000_00),  # 10,000 + 50 % × 100,000 × 3 / 5
        ("verified", 100_000_00, 5, 60_000_00),
        ("inspected", 3_33, 1, 25_000_33),  # 33.3 cents, rounded down
        ("inspected", 1_950_000_00, 5, 1_000_000_00),
        ("inspected", 9_000_000_00, 5, 1_000_000_00),  # never above a million
    ],
)
def test_the_limit_is_base_and_half_the_volume_by_stars(level, volume, stars, whole):
    assert limit(level, volume, stars) == whole


def test_it_says_exactly_what_would_raise_it():
    late = facts(on_time=share(31, 40), volume_minor=100_000_00)
    found = next_raise(late, NOW)
    # (3100 + 100 n + 800) / (50 + n) >= 80 from n = 5; limit 10,000 + 50,000 × 2/5 -> × 3/5; reserve 60 % -> 30 %
    assert [(need.indicator, need.more, need.after_at) for need in found.needs] == [("on_time", 5, None)]
    assert (found.stars, found.limit_minor, found.limit_more_minor) == (3, 40_000_00, 10_000_00)
    assert (found.reserve_bp, found.reserve_less_bp) == (3000, 3000)


def test_points_are_made_up_for_by_orders_or_waited_for():
    first, second = NOW + 30 * DAY, NOW + 90 * DAY
    found = next_raise(facts(points=((2, second), (12, first))), NOW)  # 96 - 28 = 68
    (need,) = found.needs  # 98 without points: (100 n + 800) / (n + 10) from n = 90
    assert (found.stars, need.more, need.after_at) == (2, 50, None)
    assert (need.otherwise.more, need.otherwise.after_at) == (0, first)  # 96 - 4 = 92


def test_points_that_no_number_of_orders_makes_up_for_are_waited_for():
    found = next_raise(facts(points=((20, NOW + 30 * DAY),)), NOW)  # 96 - 40
    (need,) = found.needs
    assert (found.stars, need.more, need.after_at, need.otherwise) == (5, 0, NOW + 30 * DAY, None)


def test_a_new_supplier_hears_how_many_orders_are_missing():
    found = next_raise(facts(completed=share(2, 2)), NOW)
    assert (found.needs[0].more, found.stars) == (3, 4)


def test_five_stars_need_nothing():
    assert next_raise(facts(), NOW) is None


shares = st.builds(
    lambda good, bad, count: Share(good, good + bad, 0, count),
    st.integers(0, 60_000),
    st.integers(0, 30_000),
    st.integers(0, 60),
)
completed = st.integers(0, 60_000).map(lambda of: Share(of, of, of // ORDER, of // ORDER))
points = st.lists(st.tuples(st.integers(1, 24), st.integers(1, 365).map(lambda days: NOW + days * DAY)), max_size=6)
any_facts = st.builds(
    Facts,
    level=st.sampled_from(["unverified", "verified", "inspected"]),
    completed=completed,
    points=points.map(tuple),
    volume_minor=st.integers(0, 3_000_000_00),
    **dict.fromkeys(SHARES, shares),
)


def as_good(after, before) -> bool:
    return (
        all(after.marks[name] >= before.marks[name] for name in rating.INDICATORS)
        and (before.stars is None or after.stars >= before.stars)
        and (before.stars is None or after.limit_minor >= before.limit_minor)
    )


@given(any_facts, st.sampled_from((*SHARES, "completed")), st.integers(1, 10))
def test_good_news_never_lowers(found, name, more):
    better = replace(found, **{name: getattr(found, name) + more})
    assert as_good(rate(better, NOW), rate(found, NOW))


@given(any_facts, st.sampled_from(SHARES), st.integers(1, ORDER), st.integers(0, 24))
def test_bad_news_never_raises(found, name, lost, more_points):
    had = getattr(found, name)
    worse = replace(found, **{name: replace(had, good=max(0, had.good - lost))})
    worse = replace(worse, points=(*found.points, (more_points, NOW + 365 * DAY)))
    assert as_good(rate(found, NOW), rate(worse, NOW))


@given(any_facts)
def test_following_what_would_raise_it_reaches_the_promised_star_and_less_does_not(found):
    before, promise = rate(found, NOW), next_raise(found, NOW)
    if promise is None:
        assert before.stars == 5
        return
    after = rate(*followed(found, promise.needs, NOW))
    assert (after.stars, after.limit_minor) == (promise.stars, promise.limit_minor)
    assert after.stars > (-1 if before.stars is None else before.stars)
    if any(need.otherwise for need in promise.needs):
        otherwise = rate(*followed(found, [need.otherwise or need for need in promise.needs], NOW))
        assert otherwise.stars >= before.stars + 1
    for need in promise.needs:
        if need.more:
            less = [replace(each, more=each.more - 1) if each is need else each for each in promise.needs]
        else:
            less = [replace(each, after_at=each.after_at - SECOND) if each is need else each for each in promise.needs]
        short = rate(*followed(found, less, NOW))
        if before.stars is None:
            assert short.stars is None
        else:
            assert short.stars == before.stars


def test_the_numbers_are_the_rulebooks():
    assert CURRENT.star_steps == (60, 70, 80, 85, 90)
    assert (CURRENT.rating_prior, CURRENT.rating_prior_orders, CURRENT.rating_days) == (80, 10, 180)
