"""What became of a review, in the words of the order's timeline."""

from django.utils.translation import gettext as _

from orders.models import Order, Review
from orders.wording import Moment


def tell(order: Order, event, side: str) -> Moment | None:
    """One event of the review; that the buyer was asked for one stays unsaid."""
    buyer, supplier, you_buy = order.buyer.display_name, order.supplier.name, side == Order.Side.BUYER
    match event.kind:
        case "review.written":
            title = _("You reviewed the order") if you_buy else _("{buyer} reviewed the order").format(buyer=buyer)
            return Moment(title, _scores(event.data), "", event.at)
        case "review.replied":
            title = _("You replied to the review")
            if you_buy:
                title = _("{supplier} replied to the review").format(supplier=supplier)
            return Moment(title, "", "", event.at)
        case "review.revised":
            title = _("You revised the review") if you_buy else _("{buyer} revised the review").format(buyer=buyer)
            return Moment(title, _scores(event.data), "", event.at)
        case "review.removed":
            why = Review.Removed(event.data["because"]).label
            return Moment(_("Our staff removed the review"), _("{because}.").format(because=why), "", event.at)
    return None


def _scores(read: dict) -> str:
    return _("On time {on_time}, as agreed {as_agreed}, service {service}, of 5.").format(
        on_time=read["on_time"], as_agreed=read["as_agreed"], service=read["service"]
    )
