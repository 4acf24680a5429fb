"""What the timeline says of photos at receipt and of a later receipt (Rulebook 11)."""

from datetime import date, datetime

from django.utils.translation import gettext as _

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
            return Moment(
                _("The buyer says that the goods came on {on}").format(on=on),
                _("It gave its proof."),
                "action",
                event.at,
            )
        case "later_receipt.granted":
            more = _("Our staff found it proven. Protection ends {ends}.")
            if read["by"] == "carrier":
                more = _("The carrier says so. Protection ends {ends}.")
            ends = moment_end(datetime.fromisoformat(read["ends_at"]), order.protection_timezone)
            title = _("Receipt counts from {day}").format(day=day(date.fromisoformat(read["received_on"])))
            return Moment(title, more.format(ends=ends), "safe", event.at)
    return Moment(_("The later receipt is not proven"), _("Our staff looked at it. The dates stay."), "", event.at)
