"""An order's timeline, for transfers in another name: what happened, in the words of each side (Rulebook 6)."""

from orders.models import Order
from orders.wording import Moment
from trade_assurance import money


def tell_payer(order: Order, event, side: str) -> Moment | None:
    """One event about who paid; None for a kind that is not told."""
    by = "You" if side == Order.Side.BUYER else order.buyer.display_name
    match event.kind:
        case "payer.asked":
            title = f"{money.display(event.data['amount'], order.currency)} in another name waits"
            detail = "It counts once the buyer has named who sent it and our finance staff have confirmed it."
            return Moment(title, detail, "action", event.at)
        case "payer.named":
            return Moment(f"{by} named who sent the transfer", "Our finance staff look at it next.", "", event.at)
        case "payer.disowned":
            return Moment(
                f"{by} said that the transfer is somebody else’s", "It goes back to its sender.", "", event.at
            )
    return None
