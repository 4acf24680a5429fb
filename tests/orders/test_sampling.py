"""ISO 2859-1 by its own tables: code letters of level II, and the master table of single normal sampling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.sampling import ZERO_AT, plan, verdict

AQLS = ("0.65", "1.0", "1.5", "2.5", "4.0", "6.5")
# lot, then (sample, accept) for each AQL above, as the standard prints them with its arrows followed
TABLE = [
    (8, [(8, 0), (8, 0), (8, 0), (5, 0), (3, 0), (2, 0)]),
    (15, [(15, 0), (13, 0), (8, 0), (5, 0), (3, 0), (2, 0)]),
    (25, [(20, 0), (13, 0), (8, 0), (5, 0), (3, 0), (8, 1)]),
    (50, [(20, 0), (13, 0), (8, 0), (5, 0), (13, 1), (8, 1)]),
    (90, [(20, 0), (13, 0), (8, 0), (20, 1), (13, 1), (13, 2)]),
    (150, [(20, 0), (13, 0), (32, 1), (20, 1), (20, 2), (20, 3)]),
    (280, [(20, 0), (50, 1), (32, 1), (32, 2), (32, 3), (32, 5)]),
    (500, [(80, 1), (50, 1), (50, 2), (50, 3), (50, 5), (50, 7)]),
    (1200, [(80, 1), (80, 2), (80, 3), (80, 5), (80, 7), (80, 10)]),
    (3200, [(125, 2), (125, 3), (125, 5), (125, 7), (125, 10), (125, 14)]),
    (10_000, [(200, 3), (200, 5), (200, 7), (200, 10), (200, 14), (200, 21)]),
    (35_000, [(315, 5), (315, 7), (315, 10), (315, 14), (315, 21), (200, 21)]),
    (150_000, [(500, 7), (500, 10), (500, 14), (500, 21), (315, 21), (200, 21)]),
    (500_000, [(800, 10), (800, 14), (800, 21), (500, 21), (315, 21), (200, 21)]),
    (500_001, [(1250, 14), (1250, 21), (800, 21), (500, 21), (315, 21), (200, 21)]),
]


@pytest.mark.parametrize(("lot", "row"), TABLE)
def test_the_plan_is_the_standards(lot, row):
    assert [(plan(lot, aql).sample, plan(lot, aql).accept) for aql in AQLS] == row


@pytest.mark.parametrize(("lot", "letter"), [(51, "E"), (90, "E"), (91, "F"), (501, "J"), (1200, "J"), (1201, "K")])
def test_a_letter_goes_from_its_first_lot_to_its_last(lot, letter):
    assert plan(lot, "1.5" if letter in "EF" else "2.5").letter == {"E": "D", "F": "G"}.get(letter, letter)


def judged(**changes):
    given_ = {"lot": 600, "inspected": 80, "critical": 0, "major": 0, "minor": 0, "aqls": ("2.5", "4.0")} | changes
    return verdict(**given_)


def test_six_hundred_lamps():
    assert judged(major=5, minor=7).accepted is True
    assert judged(major=6).accepted is False and "accepts up to 5 in 80" in judged(major=6).why
    assert judged(minor=8).accepted is False
    assert judged(critical=1).accepted is False
    assert judged(inspected=79).accepted is None and "Look at 1 more" in judged(inspected=79).why
    assert judged(inspected=10, major=6).accepted is False  # more will not make it better


def test_who_looks_at_all_is_judged_by_the_larger_plan():
    assert judged(inspected=600, major=21).accepted is True
    assert judged(inspected=600, major=22).accepted is False


@given(st.integers(1, 10**9), st.sampled_from(sorted(ZERO_AT)))
def test_a_plan_never_asks_for_more_than_there_is(lot, aql):
    found = plan(lot, aql)
    assert 1 <= found.sample <= lot and 0 <= found.accept < found.sample


@given(st.integers(1, 10**6), st.data())
def test_fewer_defects_never_turn_a_lot_down(lot, data):
    inspected = data.draw(st.integers(0, lot))
    major = data.draw(st.integers(0, inspected))
    worse = judged(lot=lot, inspected=inspected, major=major)
    better = judged(lot=lot, inspected=inspected, major=major // 2)
    assert not (worse.accepted and better.accepted is False)


def test_a_lot_of_nothing_is_no_lot():
    with pytest.raises(ValueError, match="at least one"):
        plan(0, "2.5")
