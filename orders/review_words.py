"""What became of a review, in the words of the order's timeline."""

from orders.models import Order, Review
from orders.wording import Moment


def tell(order: Order, event, side: str) -> Moment | None:
    """One event of the review; that the buyer was asked for one stays unsaid."""
    buyer = "You" if side == Order.Side.BUYER else order.buyer.display_name
    supplier = "You" if side == Order.Side.SUPPLIER else order.supplier.name
    match event.kind:
        case "review.written":
            return Moment(f"{buyer} reviewed the order", _scores(event.data), "", event.at)
        case "review.replied":
            return Moment(f"{supplier} replied to the review", "", "", event.at)
        case "review.revised":
            return Moment(f"{buyer} revised the review", _scores(event.data), "", event.at)
        case "review.removed":
            why = Review.Removed(event.data["because"]).label
            return Moment("Our staff removed the review", f"{why}.", "", event.at)
    return None


def _scores(read: dict) -> str:
    return f"On time {read['on_time']}, as agreed {read['as_agreed']}, service {read['service']}, of 5."
