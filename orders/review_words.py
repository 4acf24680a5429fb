"""What became of a review, in the words of the order's timeline."""

from django.utils.translation import gettext as _

from orders.models import Order, Review
from orders.wording import Moment


def tell(order: Order, event, side: str) -> Moment | None:
    """One event of the review; that the buyer was asked for one stays unsaid."""
    buyer = _("You") if side == Order.Side.BUYER else order.buyer.display_name
    supplier = _("You") if side == Order.Side.SUPPLIER else order.supplier.name
    match event.kind:
        case "review.written":
            return Moment(_("{buyer} reviewed the order").format(buyer=buyer), _scores(event.data), "", event.at)
        case "review.replied":
            return Moment(_("{supplier} replied to the review").format(supplier=supplier), "", "", event.at)
        case "review.revised":
            return Moment(_("{buyer} revised the review").format(buyer=buyer), _scores(event.data), "", event.at)
        case "review.removed":
            why = Review.Removed(event.data["because"]).label
            return Moment(_("Our staff removed the review"), f"{why}.", "", event.at)
    return None


def _scores(read: dict) -> str:
    return _("On time {on_time}, as agreed {as_agreed}, service {service}, of 5.").format(
        on_time=read["on_time"], as_agreed=read["as_agreed"], service=read["service"]
    )
