"""Shipments of many orders as a table in a CSV file: the template that a supplier fills in, and what its lines say."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from orders.models import Order, Shipment
from trade_assurance.refused import Refused
from trade_assurance.sheets import cell, typed_cell

COLUMNS = ("reference", "transport", "carrier", "document", "tracking number", "date")
OPTIONAL = ("container number",)  # a file may leave them out
FOR_READING = ("goods", "buyer", "ship by")  # the template names them; a file that comes back need not
LINES_MAX = 500
FILE_MAX = 2**20
TRANSPORT = {value: value for value in Shipment.Transport.values} | {  # as it may be written
    "express courier": "express",
    "air freight": "air",
    "sea freight": "sea",
    "road, to the door": "road",
}


class Unreadable(Refused):
    """Nothing of the file can be read; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file as typed, or with `why` the reason why it is none. `how` is keyed as the form's fields."""

    number: int
    reference: str = ""
    how: dict[str, str] | None = None
    why: str = ""

    @property
    def is_filled_in(self) -> bool:
        """Whether more than the order's number was typed."""
        return any((self.how or {}).values())


def template(orders: Iterable[Order]) -> str:
    """The file to fill in: a line for each order, with what it is in columns that nobody reads when it comes back."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow((*COLUMNS, *OPTIONAL, *FOR_READING))
    for order in orders:
        about = (cell(order.title), cell(order.buyer.display_name), _last_day(order))
        writer.writerow((order.reference, *[""] * (len(COLUMNS) + len(OPTIONAL) - 1), *about))
    return "\ufeff" + text.getvalue()


def _last_day(order: Order) -> str:
    """The ship-by date; it is stored as the midnight that follows."""
    at: datetime | None = order.ship_by_at
    return (at.astimezone(ZoneInfo(order.timezone)) - timedelta(microseconds=1)).date().isoformat() if at else ""


def read(content: bytes) -> list[Line]:
    """The lines of a file in the template's columns, in its order; empty ones are left out. Raises Unreadable."""
    if len(content) > FILE_MAX:
        sentence = _("The file is larger than {most} MB, so it is not the template. Nothing was read.")
        raise Unreadable(sentence.format(most=FILE_MAX // 2**20))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(_("The file is not text in UTF-8. Save it from your spreadsheet as “CSV UTF-8”.")) from error
    if "\x00" in text:
        raise Unreadable(_("The file is not text in UTF-8. Save it from your spreadsheet as “CSV UTF-8”."))
    if not text.strip():
        raise Unreadable(_("The file is empty. Download the template and fill it in."))
    first = text.lstrip().splitlines()[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    found, places = [], None
    try:
        for row in rows:
            if not any(words.strip() for words in row):
                continue
            if places is None:
                places = _places(row)
                continue
            if len(found) == LINES_MAX:
                sentence = _("The file has more than {most} lines. Split it; nothing of it was read.")
                raise Unreadable(sentence.format(most=f"{LINES_MAX:,}"))
            found.append(_line(rows.line_num, row, places))
    except csv.Error as error:
        sentence = _("Line {line} is not CSV ({error}). Save it from your spreadsheet as “CSV UTF-8”.")
        raise Unreadable(sentence.format(line=rows.line_num, error=error)) from error
    if not found:
        raise Unreadable(_("The file has no line below the first. Fill in one line for each order."))
    return _once(found)


def _places(row: list[str]) -> tuple[list[int], int]:
    """Where each of our columns stands, past the end for one that is left out, and how many there are."""
    names = [" ".join(name.lower().replace("_", " ").split()) for name in row]
    if any(names.count(name) != 1 for name in COLUMNS) or any(names.count(name) > 1 for name in OPTIONAL):
        sentence = _("The first line must name the columns {columns} and {last}, each once. Start from the template.")
        raise Unreadable(sentence.format(columns=", ".join(COLUMNS[:-1]), last=COLUMNS[-1]))
    places = [names.index(name) if name in names else len(names) for name in (*COLUMNS, *OPTIONAL)]
    return places, len(names)


def _line(number: int, row: list[str], places: tuple[list[int], int]) -> Line:
    where, width = places
    if any(words.strip() for words in row[width:]):
        return Line(number, why=_("it has more cells than the first line; put text with a comma in quotation marks."))
    values = [typed_cell(row[place].strip()).strip() if place < len(row) else "" for place in where]
    reference, transport, carrier, document, tracking_number, on, container_number = values
    reference = reference.upper()
    if not reference:
        return Line(number, why=_("it names no order."))
    if transport and transport.lower() not in TRANSPORT:
        known = ", ".join(Shipment.Transport.values)
        return Line(
            number,
            reference,
            why=_("“{transport}” is no transport; write one of {known}.").format(transport=transport[:20], known=known),
        )
    how = {
        "transport": TRANSPORT.get(transport.lower(), ""),
        "carrier": carrier,
        "document": document,
        "tracking_number": tracking_number,
        "dispatched_on": on,
        "container_number": container_number,
    }
    return Line(number, reference, how)


def _once(lines: list[Line]) -> list[Line]:
    """The same lines, but of several for one order none counts: nobody knows which is meant."""
    numbers: dict[str, list[int]] = {}
    for line in lines:
        if line.reference:
            numbers.setdefault(line.reference, []).append(line.number)
    return [
        line
        if len(named := numbers.get(line.reference, ())) < 2
        else Line(
            line.number,
            line.reference,
            why=_("the order is on lines {lines}; keep one.").format(lines=", ".join(map(str, named))),
        )
        for line in lines
    ]
