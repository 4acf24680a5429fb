"""Reference rates that demo and bulk orders are measured by; round figures, kept like finance keeps real ones."""

from datetime import datetime, timedelta
from decimal import Decimal

from orders.models import ReferenceRate

USD_PER_UNIT = {
    "USD": Decimal(1),
    "EUR": Decimal("1.15"),
    "GBP": Decimal("1.32"),
    "CNY": Decimal("0.14"),
    "JPY": Decimal("0.0065"),
    "KWD": Decimal("3.25"),
}
REACH_DAYS = 420


def store(now: datetime) -> None:
    """Store a rate a month for the past year, where there is none yet."""
    ReferenceRate.objects.bulk_create(
        [
            ReferenceRate(currency=currency, on=(now - timedelta(days=days)).date(), usd_per_unit=rate)
            for days in range(REACH_DAYS, -1, -30)
            for currency, rate in USD_PER_UNIT.items()
        ],
        ignore_conflicts=True,
    )
