"""The remedy formulas by worked examples, to the minor unit; parts always add up to the whole (product.md §4)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import remedies
from orders.remedies import Found, Goods
from trade_assurance import money
from trade_assurance.refused import Refused
from trade_assurance.rulebook import CURRENT

AQLS = ("2.5", "4.0")
USD = Goods(1500, "pieces", 20_70, 0, "USD")
USD_FREIGHT = Goods(60, "pieces", 100_00, 251_03, "USD")
JPY = Goods(300, "knives", 5_400, 10_001, "JPY")
KWD = Goods(7, "rolls", 12_345, 1_000, "KWD")


@pytest.mark.parametrize(
    ("goods", "received", "minor"),
    [
        (USD, 1416, 84 * 20_70),  # the mockup's: 1,738.80
        (USD, 1500, 0),
        (USD_FREIGHT, 50, 10 * 100_00 + 41_83),  # floor of 251.03 × 10/60
        (JPY, 299, 5_400 + 33),
        (JPY, 0, 300 * 5_400 + 10_001),
        (KWD, 5, 2 * 12_345 + 285),
        (KWD, 0, 7 * 12_345 + 1_000),
    ],
)
def test_shortage(goods, received, minor):
    assert remedies.shortage(goods, received, CURRENT).minor == minor


@pytest.mark.parametrize(
    ("tolerance_bp", "received", "minor"),
    [
        (200, 980, 0),  # 2 % of 1,000: just within
        (200, 979, 21_00),  # beyond it all of it counts
        (500, 950, 0),
        (900, 949, 51_00),  # a tolerance counts as 5 % at most
    ],
)
def test_tolerance(tolerance_bp, received, minor):
    goods = Goods(1000, "pieces", 1_00, 0, "USD", tolerance_bp=tolerance_bp)
    assert remedies.shortage(goods, received, CURRENT).minor == minor


@pytest.mark.parametrize(
    ("goods", "units", "found", "minor", "severe"),
    [
        (USD_FREIGHT, 60, Found(40, major=1), 0, False),  # 2.5 %: within the AQL
        (USD_FREIGHT, 60, Found(39, major=1), 153_85, False),  # 1/39 of 6,000
        (USD_FREIGHT, 60, Found(25, minor=1), 0, False),  # 4 %
        (USD_FREIGHT, 60, Found(24, minor=1), 75_00, False),  # 1/24 of 6,000, × 0.3
        (USD_FREIGHT, 60, Found(20, major=4, minor=2), 1_200_00 + 180_00, False),
        (USD, 1500, Found(1000, major=299), 9_283_95, False),  # 29.9 %
        (USD_FREIGHT, 60, Found(10, major=3), 0, True),  # from 30 %
        (USD_FREIGHT, 60, Found(10, minor=3), 0, True),
        (USD, 1500, Found(1000, critical=1), 0, True),
        (JPY, 300, Found(80, major=7), 141_750, False),
        (KWD, 7, Found(7, major=2), 24_690, False),
        (KWD, 7, Found(9, minor=1), 0, None),
    ],
)
def test_nonconformity(goods, units, found, minor, severe):
    if severe is None:
        with pytest.raises(Refused, match="No more than"):
            remedies.nonconformity(goods, units, found, CURRENT, AQLS)
        return
    remedy = remedies.nonconformity(goods, units, found, CURRENT, AQLS)
    assert (remedy.minor, remedy.is_severe) == (minor, severe)


@pytest.mark.parametrize(
    "found",
    [Found(0), Found(10, major=-1), Found(10, major=6, minor=5), Found(10, critical=11)],
)
def test_counts_that_cannot_be(found):
    with pytest.raises(Refused):
        remedies.nonconformity(USD, 1500, found, CURRENT, AQLS)


def test_severe_is_sent_back_with_its_freight_or_kept_with_50_to_80_percent():
    assert remedies.send_back(USD_FREIGHT, 60).minor == 6_251_03
    assert remedies.keep(USD_FREIGHT, 60, 5000, CURRENT).minor == 3_000_00
    assert remedies.keep(JPY, 299, 6667, CURRENT).minor == 1_076_454
    assert remedies.keep(KWD, 7, 8000, CURRENT).minor == 69_132
    for bp in (4999, 8001):
        with pytest.raises(Refused, match="Choose between 50 % and 80 %"):
            remedies.keep(USD_FREIGHT, 60, bp, CURRENT)


@pytest.mark.parametrize(
    ("goods", "shipped", "minor"),
    [
        (USD_FREIGHT, [(60, 1)], 30_00),
        (USD_FREIGHT, [(60, 20)], 600_00),
        (USD_FREIGHT, [(60, 21)], 600_00),  # at most 10 %
        (USD_FREIGHT, [(30, 0), (30, 4)], 60_00),
        (JPY, [(300, 3)], 24_300),
        (KWD, [(1, 1), (6, 7)], 62 + 2_592),
        (USD_FREIGHT, [(60, -3)], 0),
    ],
)
def test_late(goods, shipped, minor):
    assert remedies.late(goods, shipped, CURRENT).minor == minor


@given(
    quantity=st.integers(1, 5_000),
    price=st.integers(0, 10**7),
    freight=st.integers(0, 10**9),
    cuts=st.lists(st.integers(0, 5_000), max_size=6),
)
def test_any_split_of_a_line_adds_up_to_the_whole(quantity, price, freight, cuts):
    """However a line is claimed in parts, all parts together pay its price and its freight, to the minor unit."""
    places = sorted({0, quantity, *(cut % (quantity + 1) for cut in cuts)})
    paid = sum(
        remedies.missing(Goods(quantity, "pieces", price, freight, "USD", paid_quantity=begin), end - begin).minor
        for begin, end in pairwise(places)
    )
    assert paid == quantity * price + freight


@given(amount=st.integers(0, 10**12), weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_any_split_of_an_award_adds_up_to_it(amount, weights):
    assert sum(money.allocate(amount, weights if any(weights) else [1, *weights])) == amount
