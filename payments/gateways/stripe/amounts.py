"""Our minor units as Stripe's: its currencies without decimals, and those with three (its API's "amount")."""

from django.utils.translation import gettext as _

from trade_assurance import money
from trade_assurance.refused import Refused

# As Stripe lists them; every other currency has two decimals there, whatever ISO 4217 says.
WITHOUT_DECIMALS = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
WITH_THREE = frozenset("BHD JOD KWD OMR TND".split())
LEAST = {"USD": 50, "EUR": 50, "GBP": 30, "CNY": 400, "JPY": 50, "KWD": 200}  # what it charges at least
MOST = 99_999_999  # eight digits


def places(currency: str) -> int:
    """Decimal places of a currency at Stripe."""
    return 0 if currency in WITHOUT_DECIMALS else 3 if currency in WITH_THREE else 2


def to_stripe(minor: int, currency: str) -> int:
    """The amount that Stripe is told. Raises Refused where it can't express it: three decimals must end in 0."""
    amount, rest = divmod(minor * 10 ** places(currency), 10 ** money.digits(currency))
    if rest or (currency in WITH_THREE and amount % 10):
        shown = money.display(minor, currency)
        raise Refused(
            _(
                "The card processor counts {currency} in steps of {step}, so it can't take {amount} exactly. Choose "
                "another way to pay."
            ).format(currency=currency, step=money.display(10, currency), amount=shown),
            field="method",
        )
    return amount


def from_stripe(amount: int, currency: str) -> int:
    """Minor units of an amount that Stripe names. Raises BadAmount for a part of a unit, BadCurrency for a strange one.

    Nothing is rounded: what can't be counted exactly is a mistake somewhere, and somebody must look.
    """
    minor, rest = divmod(amount * 10 ** money.digits(currency), 10 ** places(currency))
    if rest:
        raise money.BadAmount(f"Stripe names {amount} of {currency}, which is no whole number of its smallest unit.")
    return minor


def check_amount(minor: int, currency: str) -> None:
    """Raise Refused with the reason when Stripe can't charge this amount."""
    amount = to_stripe(minor, currency)
    least = LEAST.get(currency, 50)
    if not least <= amount <= MOST:
        low, high = (money.display(from_stripe(value, currency), currency) for value in (least, MOST))
        raise Refused(
            _("The processor takes {low} to {high} at once. Choose another way to pay.").format(low=low, high=high),
            field="method",
        )
