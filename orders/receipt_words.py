"""What the timeline says of photos at receipt and of a later receipt (Rulebook 11)."""

from datetime import date, datetime

from orders.wording import Moment
from trade_assurance.templatetags.ta import day, moment_end


def tell_photo(order, event, side) -> None:
    """Photos stand beside the receipt; each of them is not an entry of its own."""
    return None


def tell_later(order, event, side) -> Moment:
    """A later receipt: said, proven or not."""
    read = event.data
    match event.kind:
        case "later_receipt.asked":
            on = day(date.fromisoformat(read["received_on"]))
            return Moment(f"The buyer says that the goods came on {on}", "It gave its proof.", "action", event.at)
        case "later_receipt.granted":
            by = "The carrier says so." if read["by"] == "carrier" else "Our staff found it proven."
            ends = moment_end(datetime.fromisoformat(read["ends_at"]), order.protection_timezone)
            title = f"Receipt counts from {day(date.fromisoformat(read['received_on']))}"
            return Moment(title, f"{by} Protection ends {ends}.", "safe", event.at)
    return Moment("The later receipt is not proven", "Our staff looked at it. The dates stay.", "", event.at)
