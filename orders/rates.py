"""Reference rates from files: read with the line of every mistake, judged, and never changing what stands.

Rates are dollars for one unit of a currency; they set limits and thresholds only, money is never converted.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db.models import Max
from lxml import etree

from orders.models import ReferenceRate
from trade_assurance import business_days
from trade_assurance.money import CURRENCIES
from trade_assurance.refused import Refused

FILE_MAX = 10 * 1024 * 1024  # bytes; the European Central Bank's whole history has 8 MB
LINES_MAX = 200_000
PLACES = Decimal("0.000000001")
JUMP = Decimal("0.25")  # a rate that is further than this from the one before is typed in by a person, or wrong


class Unreadable(Refused):
    """The file as a whole is nothing that rates can be read from."""


@dataclass(frozen=True, slots=True)
class Row:
    """One rate of a file, or with `why` the reason why the line is none."""

    line: int
    currency: str = ""
    on: date | None = None
    usd_per_unit: Decimal | None = None
    why: str = ""


def read(content: bytes) -> list[Row]:
    """The rates of a CSV file (currency,on,usd_per_unit) or of XML as the European Central Bank publishes it.

    Raises Unreadable.
    """
    if len(content) > FILE_MAX:
        raise Unreadable(f"The file is larger than {FILE_MAX // 2**20} MB.")
    if not content.strip():
        raise Unreadable("The file is empty.")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return list(_read_xml(content))
    return list(_read_csv(content))


def _read_csv(content: bytes) -> Iterator[Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("The file is not text in UTF-8.") from error
    if "\x00" in text:
        raise Unreadable("The file is not text in UTF-8.")
    rows = csv.DictReader(io.StringIO(text))
    try:
        missing = {"currency", "on", "usd_per_unit"} - {(name or "").strip() for name in rows.fieldnames or ()}
        if missing:
            raise Unreadable("The first line must name the columns currency, on and usd_per_unit.")
        for number, row in enumerate(rows):
            if number >= LINES_MAX:
                raise Unreadable(f"The file has more than {LINES_MAX:,} lines.")
            values = {(name or "").strip(): value.strip() for name, value in row.items() if isinstance(value, str)}
            if any(values.values()):
                yield _row(rows.line_num, *(values.get(name, "") for name in ("currency", "on", "usd_per_unit")))
    except csv.Error as error:
        raise Unreadable(f"Line {rows.line_num} is no CSV: {error}.") from error


def _row(line: int, currency: str, on: str, rate: str) -> Row:
    currency = currency.upper()
    if currency not in CURRENCIES:
        return Row(line, why=f"{currency[:10] or 'No currency'} is not traded here")
    try:
        day = date.fromisoformat(on)
    except ValueError:
        return Row(line, why=f"{on[:20] or 'nothing'} is no date such as 2026-11-23")
    value = _decimal(rate)
    if value is None:
        return Row(line, why=f"{rate[:20] or 'nothing'} is no rate above zero such as 1.0842")
    return Row(line, currency, day, value)


def _decimal(text: str) -> Decimal | None:
    """A rate as it is kept, nine places; None for anything but a plain number above zero and below a thousand."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 < value < 1000 or len(text) > 30:
        return None
    return value.quantize(PLACES) or None


def _read_xml(content: bytes) -> Iterator[Row]:
    """Days of rates per euro; a day without the dollar says nothing of dollars. Other currencies are left out."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"The file is no XML: {error.msg}.") from error
    if root.getroottree().docinfo.doctype:
        raise Unreadable("XML with a document type is not read.")
    days = [element for element in root.iter("{*}Cube") if element.get("time") is not None]
    if not days:
        raise Unreadable("No rates as the European Central Bank publishes them were found in the XML.")
    for day in days:
        per_euro = {rate.get("currency"): rate for rate in day.iter("{*}Cube") if rate.get("currency")}
        dollars = _decimal(per_euro["USD"].get("rate", "")) if "USD" in per_euro else None
        if dollars is None:
            yield Row(day.sourceline, why=f"{day.get('time')[:20]} has no rate of the dollar")
            continue
        yield _row(day.sourceline, "USD", day.get("time"), "1")
        yield _row(day.sourceline, "EUR", day.get("time"), str(dollars))
        for currency, rate in per_euro.items():
            if currency == "USD" or currency not in CURRENCIES:
                continue
            units = _decimal_per_euro(rate.get("rate", ""))
            if units is None:
                yield Row(rate.sourceline, why=f"{rate.get('rate', '')[:20] or 'nothing'} is no rate of {currency}")
            else:
                yield _row(rate.sourceline, currency, day.get("time"), str((dollars / units).quantize(PLACES)))


def _decimal_per_euro(text: str) -> Decimal | None:
    """Units for a euro: of some currencies many thousands."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 < value < 10**7 and len(text) <= 30 else None


def judge(row: Row, *, stands: Decimal | None, before: Decimal | None, today: date) -> str:
    """Why a rate is not taken; "" when it is. `stands` is the day's own rate, `before` the newest one before it."""
    if row.why:
        return row.why
    if row.on > today:
        return f"{row.on} has not come yet"
    if row.currency == "USD" and row.usd_per_unit != 1:
        return "a dollar is a dollar"
    if stands is not None and stands != row.usd_per_unit:
        return f"{row.currency} of {row.on} stands at {stands.normalize():f}; contracts may be made at it"
    if before is not None and abs(row.usd_per_unit - before) > before * JUMP:
        was = f"{before.normalize():f}"
        return f"{row.currency} at {row.usd_per_unit.normalize():f} is more than a quarter from {was} before it"
    return ""


def stale(now: datetime) -> list[tuple[str, date | None]]:
    """Currencies whose newest rate is older than settings.RATES_STALE_DAYS business days, with its date or None."""
    newest = dict(
        ReferenceRate.objects.filter(currency__in=CURRENCIES, on__lte=now.date())
        .values_list("currency")
        .annotate(newest=Max("on"))
    )
    late = []
    for currency in CURRENCIES:
        on = newest.get(currency)
        if currency == "USD" and on:  # a dollar is a dollar
            continue
        if on is None or _over(on, now.date()):
            late.append((currency, on))
    return late


def _over(on: date, today: date) -> bool:
    noon = datetime.combine(on, datetime.min.time(), tzinfo=business_days.UTC)
    return business_days.after(noon, settings.RATES_STALE_DAYS).date() < today
