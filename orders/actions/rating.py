"""Reference rates: whole files of them are taken in; what stands is never changed by a file."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from accounts.models import User
from events.actions import record
from orders.models import ReferenceRate
from orders.rates import Row, judge
from trade_assurance.refused import NotAllowed


@dataclass
class Imported:
    """What became of a file's lines."""

    new: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)  # line, why

    def summary(self) -> str:
        return f"{self.new} new, {self.known} known before, {len(self.refused)} refused"


@transaction.atomic
def import_rates(*, rows: Iterable[Row], by: User | None, now: datetime) -> Imported:
    """Add the rates of dates that have none yet; a wrong line is refused with its reason and stops no other.

    `by` is None for the command. Contracts keep the rate that they were accepted at. Raises NotAllowed.
    """
    if by is not None and not by.has_perm("orders.add_referencerate"):
        raise NotAllowed("Only finance staff keep the reference rates.")
    with connection.cursor() as cursor:  # two files at once: the second sees what the first has added
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reference rates'))")
    stand: dict[str, dict] = {}
    for currency, on, rate in ReferenceRate.objects.values_list("currency", "on", "usd_per_unit"):
        stand.setdefault(currency, {})[on] = rate
    made, result, days = [], Imported(), {currency: sorted(rates) for currency, rates in stand.items()}
    for row in sorted(rows, key=lambda row: (str(row.on or ""), row.line)):
        rates = stand.setdefault(row.currency, {})
        stands = rates.get(row.on)
        before = _before(days.setdefault(row.currency, []), rates, row.on)
        if why := judge(row, stands=stands, before=before, today=now.date()):
            result.refused.append((row.line, why))
        elif stands is not None:
            result.known += 1
        else:
            rates[row.on] = row.usd_per_unit
            insort(days[row.currency], row.on)
            made.append(ReferenceRate(currency=row.currency, on=row.on, usd_per_unit=row.usd_per_unit))
    ReferenceRate.objects.bulk_create(made, batch_size=2000)
    result.new = len(made)
    result.refused.sort()
    if by is not None and made:
        User.objects.select_for_update().get(pk=by.pk)
        record("person", by.pk, "rates.imported", by=by, now=now, data={"rates": len(made)})
    return result


def _before(days: list, rates: dict, on):
    """The newest rate before a date."""
    place = bisect_left(days, on) if on else 0
    return rates[days[place - 1]] if place else None
