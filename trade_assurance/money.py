"""Money as whole minor units: parsing, display, shares, splits, conversion. No float; Decimal only at the edges."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache

from babel import Locale
from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _

from trade_assurance.refused import Refused

CURRENCIES = ("USD", "EUR", "GBP", "CNY", "JPY", "KWD")
MAX_MINOR = 10**13  # the largest amount of one entry; sums of a hundred thousand of them still fit a bigint
_LONGEST_INPUT = 40


class BadAmount(Refused):
    """The text is not an amount that we can read without guessing."""


class BadCurrency(Refused):
    """The currency is not one that we trade."""


@cache
def digits(currency: str) -> int:
    """Decimal places of the currency's minor unit (ISO 4217, from CLDR): JPY 0, USD 2, KWD 3. Raises BadCurrency."""
    if currency not in CURRENCIES:
        raise BadCurrency(
            _("{currency} is not traded here. Choose one of {join}.").format(
                currency=currency or _("No currency"), join=", ".join(CURRENCIES)
            )
        )
    return get_currency_precision(currency)


def parse(text: str, currency: str) -> int:
    """Minor units of an amount that a person typed: "24,600.00", "24600" or "24600.5". Zero is an amount.

    A comma only groups thousands. What could be read in two ways is refused. Raises BadAmount.
    """
    places = digits(currency)
    example = format_amount(24_600 * 10**places, currency)
    typed = _plain_digits(text)
    if not typed:
        raise BadAmount(_("Enter an amount, such as {example}.").format(example=example))
    if len(typed) > _LONGEST_INPUT:
        raise BadAmount(_too_large(currency))
    if typed[0] in "-−(":
        raise BadAmount(
            _("The amount cannot be negative. Enter it without a sign, such as {example}.").format(example=example)
        )
    if not re.fullmatch(r"[0-9.,]+", typed) or not re.search(r"[0-9]", typed):
        raise BadAmount(_("Enter the amount in figures only, such as {example}.").format(example=example))
    if not re.fullmatch(r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.[0-9]*)?", typed):
        sentence = (
            _(
                "{typed} can be misread. Put commas only between thousands and a point before the decimals, such as "
                "{example}."
            )
            if places
            else _("{typed} can be misread. Put commas only between thousands, such as {example}.")
        )
        raise BadAmount(sentence.format(typed=typed, example=example))
    whole, point, decimals = typed.partition(".")
    if places == 3 and whole.count(",") == 1 and not point:
        raise BadAmount(
            _("{typed} {currency} can be read in two ways. Enter {whole} or {whole2}.").format(
                typed=typed, currency=currency, whole=whole.replace(",", ""), whole2=whole.replace(",", ".")
            )
        )
    if point and not places:
        raise BadAmount(
            _("{currency} has no decimals. Enter a whole amount, such as {example}.").format(
                currency=currency, example=example
            )
        )
    if len(decimals) > places:
        raise BadAmount(
            _("{currency} has at most {places} decimals. Enter the amount as in {example}.").format(
                currency=currency, places=places, example=example
            )
        )
    minor = int((whole.replace(",", "") or "0") + decimals.ljust(places, "0"))
    if minor > MAX_MINOR:
        raise BadAmount(_too_large(currency))
    return minor


def format_amount(minor: int, currency: str, locale: str = "en") -> str:
    """The amount with grouping and all its decimals in the locale's own way: "24,600.00"."""
    places = digits(currency)
    if locale == "en":  # the pages' usual case, without Babel's cost per number
        whole, rest = divmod(abs(minor), 10**places)
        return f"{'-' * (minor < 0)}{whole:,}" + (f".{rest:0{places}d}" if places else "")
    parsed = Locale.parse(locale.replace("-", "_"))
    return parsed.decimal_formats[None].apply(to_decimal(minor, currency), parsed, currency=currency)


def display(minor: int, currency: str, locale: str = "en") -> str:
    """The amount with its currency code before it: "USD 24,600.00"."""
    return f"{currency} {format_amount(minor, currency, locale)}"


def to_decimal(minor: int, currency: str) -> Decimal:
    """The amount in major units, exactly: 2460000 USD is Decimal("24600.00")."""
    return Decimal(minor).scaleb(-digits(currency))


def from_decimal(amount: Decimal | int, currency: str) -> int:
    """Minor units of an exact amount in major units. Raises BadAmount when it has more decimals than the currency."""
    amount = Decimal(amount)
    if not amount.is_finite():
        raise BadAmount(_("The amount is not a number."))
    minor = Fraction(amount) * 10 ** digits(currency)
    if minor.denominator != 1:
        raise BadAmount(
            _("{amount} has more decimals than {currency} allows ({digits}).").format(
                amount=amount, currency=currency, digits=digits(currency)
            )
        )
    if abs(minor) > MAX_MINOR:
        raise BadAmount(_too_large(currency))
    return minor.numerator


def share(minor: int, numerator: int, denominator: int, rounding: str = "half_up") -> int:
    """minor × numerator / denominator in exact integers; `rounding` is half_up, up (away from zero) or down."""
    return _rounded(minor * numerator, denominator, rounding)


def percent(minor: int, basis_points: int, rounding: str = "half_up") -> int:
    """A share in hundredths of a percent: 295 is 2.95 %."""
    return _rounded(minor * basis_points, 10_000, rounding)


def basis_points(percent: str) -> int:
    """A percentage as it is written, "2.5", in basis points."""
    return int(Decimal(percent) * 100)


def allocate(minor: int, weights: Sequence[int]) -> list[int]:
    """Split by largest remainder, so that the parts add up to the whole; ties go to the first.

    A zero weight gets nothing, unless all are zero: then the split is even. Raises ValueError on bad weights.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be one or more numbers that are not negative")
    if minor < 0:
        return [-part for part in allocate(-minor, weights)]
    if not any(weights):
        weights = [1] * len(weights)
    total = sum(weights)
    parts = [minor * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(minor * weights[i] % total), i))
    for i in by_remainder[: minor - sum(parts)]:
        parts[i] += 1
    return parts


def convert(
    minor: int, from_currency: str, to_currency: str, rate: Decimal | Fraction, rounding: str = "half_up"
) -> int:
    """Minor units of `to_currency`, rounded once; `rate` is major units of it per one of `from_currency`."""
    exact = minor * Fraction(rate) * Fraction(10) ** (digits(to_currency) - digits(from_currency))
    return _rounded(exact.numerator, exact.denominator, rounding)


def _rounded(numerator: int, denominator: int, rounding: str) -> int:
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    match rounding:
        case "half_up":
            quotient += 2 * remainder >= abs(denominator)
        case "up":
            quotient += remainder > 0
        case "down":
            pass
        case _:
            raise ValueError(f"unknown rounding {rounding!r}")
    return sign * quotient


def _plain_digits(text: str) -> str:
    """Any script's decimal digits as 0-9, full-width forms as plain ones."""
    typed = unicodedata.normalize("NFKC", str(text or "")).strip()
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in typed[: _LONGEST_INPUT + 1]
    )


def _too_large(currency: str) -> str:
    return _("The amount is too large. The most that can be entered is {MAX_MINOR}.").format(
        MAX_MINOR=display(MAX_MINOR, currency)
    )
