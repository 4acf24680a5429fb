from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

import pytest
from babel.numbers import format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from trade_assurance import money
from trade_assurance.money import BadAmount, BadCurrency

currencies = st.sampled_from(money.CURRENCIES)
amounts = st.integers(0, money.MAX_MINOR)
signed = st.integers(-money.MAX_MINOR, money.MAX_MINOR)


@pytest.mark.parametrize("currency, places", [("USD", 2), ("EUR", 2), ("GBP", 2), ("CNY", 2), ("JPY", 0), ("KWD", 3)])
def test_digits_are_those_of_iso_4217(currency, places):
    assert money.digits(currency) == places


@pytest.mark.parametrize("currency", ["", "usd", "XXX", "CHF"])
def test_a_currency_that_we_do_not_trade_is_refused(currency):
    with pytest.raises(BadCurrency, match="USD, EUR, GBP, CNY, JPY, KWD"):
        money.digits(currency)


@pytest.mark.parametrize(
    "text, currency, minor",
    [
        ("24,600.00", "USD", 2_460_000),
        ("24600", "USD", 2_460_000),
        ("24600.5", "USD", 2_460_050),
        (" 24,600.05 ", "USD", 2_460_005),
        ("1,234,567.89", "EUR", 123_456_789),
        ("1,500", "USD", 150_000),
        (".5", "USD", 50),
        ("5.", "USD", 500),
        ("0", "USD", 0),
        ("007", "USD", 700),
        ("٢٤٦٠٠", "USD", 2_460_000),
        ("２４,６００.００", "USD", 2_460_000),
        ("1,500", "JPY", 1_500),
        ("1500", "KWD", 1_500_000),
        ("1.500", "KWD", 1_500),
        ("1,500.000", "KWD", 1_500_000),
        ("100,000,000,000.00", "USD", money.MAX_MINOR),
    ],
)
def test_amounts_are_read_as_people_write_them(text, currency, minor):
    assert money.parse(text, currency) == minor


@pytest.mark.parametrize(
    "text, currency, sentence",
    [
        ("", "USD", "Enter an amount, such as 24,600.00."),
        ("   ", "USD", "Enter an amount"),
        (None, "USD", "Enter an amount"),
        ("-5", "USD", "cannot be negative"),
        ("−5", "USD", "cannot be negative"),
        ("(5.00)", "USD", "cannot be negative"),
        ("five", "USD", "in figures only"),
        ("USD 5", "USD", "in figures only"),
        ("5e3", "USD", "in figures only"),
        ("½", "USD", "in figures only"),
        (".", "USD", "in figures only"),
        ("NaN", "USD", "in figures only"),
        ("1 000", "USD", "in figures only"),
        ("24.600,00", "USD", "24.600,00 can be misread"),
        ("24600,50", "USD", "can be misread"),
        ("1,50", "USD", "can be misread"),
        ("1,2345", "USD", "can be misread"),
        ("1.2.3", "USD", "can be misread"),
        (",500", "USD", "can be misread"),
        ("1,500", "KWD", "two ways. Enter 1500 or 1.500."),
        ("1.234", "USD", "USD has at most 2 decimals"),
        ("1.2345", "KWD", "KWD has at most 3 decimals"),
        ("1500.00", "JPY", "JPY has no decimals"),
        ("100,000,000,000.01", "USD", "The most that can be entered is USD 100,000,000,000.00."),
        ("9" * 5_000, "USD", "too large"),
    ],
)
def test_what_cannot_be_read_without_guessing_is_refused_with_a_sentence(text, currency, sentence):
    with pytest.raises(BadAmount) as refusal:
        money.parse(text, currency)
    assert sentence in str(refusal.value)


@settings(deadline=None)
@given(st.text(max_size=60), currencies)
def test_any_text_is_read_or_refused(text, currency):
    try:
        assert 0 <= money.parse(text, currency) <= money.MAX_MINOR
    except BadAmount as refusal:
        assert str(refusal).endswith(".")


@settings(deadline=None)
@given(amounts, currencies)
def test_what_is_shown_can_be_typed_back(minor, currency):
    shown = money.format_amount(minor, currency)
    assert money.parse(shown, currency) == minor
    assert money.parse(str(money.to_decimal(minor, currency)), currency) == minor


@settings(deadline=None)
@given(signed, currencies)
def test_decimals_come_and_go_exactly(minor, currency):
    assert money.from_decimal(money.to_decimal(minor, currency), currency) == minor


@settings(deadline=None)
@given(signed, currencies)
def test_english_display_is_babels(minor, currency):
    places = money.digits(currency)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    assert money.format_amount(minor, currency) == format_decimal(
        money.to_decimal(minor, currency), format=pattern, locale="en"
    )


@pytest.mark.parametrize(
    "minor, currency, locale, shown",
    [
        (2_460_000, "USD", "en", "24,600.00"),
        (-5, "USD", "en", "-0.05"),
        (2_460_000, "JPY", "en", "2,460,000"),
        (2_460_000, "KWD", "en", "2,460.000"),
        (2_460_000, "USD", "de", "24.600,00"),
        (246_000_000, "KWD", "de", "246.000,000"),
        (2_460_000, "JPY", "de", "2.460.000"),
        (2_460_000_00, "USD", "hi", "24,60,000.00"),
        (2_460_000, "CNY", "zh-hans", "24,600.00"),
    ],
)
def test_amounts_are_shown_in_the_readers_way(minor, currency, locale, shown):
    assert money.format_amount(minor, currency, locale) == shown


def test_display_names_the_currency_first():
    assert money.display(2_460_000, "USD") == "USD 24,600.00"


@pytest.mark.parametrize("amount", [Decimal("1.001"), Decimal("NaN"), Decimal("Infinity"), Decimal("1E+20")])
def test_a_decimal_that_is_no_amount_is_refused(amount):
    with pytest.raises(BadAmount):
        money.from_decimal(amount, "USD")


@pytest.mark.parametrize(
    "minor, basis_points, rounding, expected",
    [
        (300_000, 295, "half_up", 8_850),  # the example of architecture.md §8: 2.95 % of 3,000.00
        (350_000, 200, "half_up", 7_000),
        (50, 100, "half_up", 1),
        (49, 100, "half_up", 0),
        (1, 1, "up", 1),
        (9_999, 1, "down", 0),
        (-50, 100, "half_up", -1),
        (0, 295, "up", 0),
    ],
)
def test_percentages_round_as_asked(minor, basis_points, rounding, expected):
    assert money.percent(minor, basis_points, rounding) == expected


@settings(deadline=None)
@given(
    signed,
    st.integers(-(10**6), 10**6),
    st.integers(1, 10**6),
    st.sampled_from([("half_up", ROUND_HALF_UP), ("up", ROUND_UP), ("down", ROUND_DOWN)]),
)
def test_a_share_is_the_exact_quotient_rounded_once(minor, numerator, denominator, rounding):
    ours, theirs = rounding
    exact = Fraction(minor * numerator, denominator)
    got = money.share(minor, numerator, denominator, ours)
    assert abs(got - exact) < 1 if ours != "half_up" else abs(got - exact) <= Fraction(1, 2)
    if exact.denominator in (1, 2, 4, 5, 10, 20, 25):
        assert got == int((Decimal(exact.numerator) / exact.denominator).quantize(Decimal(1), rounding=theirs))


def test_an_unknown_rounding_is_a_bug():
    with pytest.raises(ValueError):
        money.share(1, 1, 2, "bankers")


@settings(deadline=None)
@given(signed, st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_an_allocation_adds_up_to_the_whole(minor, weights):
    parts = money.allocate(minor, weights)
    assert sum(parts) == minor
    assert len(parts) == len(weights)
    if any(weights):
        total = sum(weights)
        assert all(abs(part - Fraction(minor * weight, total)) < 1 for part, weight in zip(parts, weights, strict=True))
        assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if not weight)


@pytest.mark.parametrize(
    "minor, weights, parts",
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (100, [0, 1, 0], [0, 100, 0]),
        (5, [0, 0], [3, 2]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (0, [3, 7], [0, 0]),
        (10, [70, 20, 10], [7, 2, 1]),
        (1, [1, 9], [0, 1]),
    ],
)
def test_the_remainder_goes_to_the_largest_and_ties_to_the_first(minor, weights, parts):
    assert money.allocate(minor, weights) == parts


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_weights_that_mean_nothing_are_a_bug(weights):
    with pytest.raises(ValueError):
        money.allocate(100, weights)


@pytest.mark.parametrize(
    "minor, source, target, rate, rounding, expected",
    [
        (10_000, "USD", "JPY", Decimal("151.37"), "half_up", 15_137),
        (15_137, "JPY", "USD", Decimal("0.0066"), "half_up", 9_990),
        (100, "USD", "KWD", Decimal("0.307"), "half_up", 307),
        (1, "JPY", "KWD", Decimal("0.0020305"), "up", 3),
        (1, "JPY", "KWD", Decimal("0.0020305"), "down", 2),
        (100, "USD", "EUR", Fraction(1, 3), "half_up", 33),
    ],
)
def test_conversion_is_exact_and_rounded_once(minor, source, target, rate, rounding, expected):
    assert money.convert(minor, source, target, rate, rounding) == expected
