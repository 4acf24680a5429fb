"""What people are told of payers, chargebacks and refunds: an order's timeline in the words of each side, and mails."""

from allauth.account.models import EmailAddress
from django.conf import settings

from accounts import mails
from orders.models import Order
from orders.wording import METHODS, Moment
from trade_assurance import money


def tell_chargeback(order: Order, event, side: str) -> Moment | None:
    """One event about money that a card's bank, or the bank that sent a transfer, takes back."""
    price = money.display(event.data.get("price") or 0, order.currency)
    by_wire = event.data.get("method") == "tt"
    closed = " Nothing is left of this order's money, so it is closed." if event.data.get("ended") else ""
    match event.kind:
        case "chargeback.opened" if not by_wire:  # a wire's bank does not ask: what follows is told at once
            detail = f"{price} of it counts as this order's. It is set aside until the bank decides."
            return Moment("A card payment is contested at its bank", detail, "breach", event.at)
        case "chargeback.won":
            detail = f"{price} is back with this order."
            return Moment("The card's bank decided for the supplier", detail, "safe", event.at)
        case "chargeback.lost" if by_wire:
            detail = f"{price} of it had counted for this order, and does no more.{closed}"
            return Moment("A transfer was taken back by the bank that sent it", detail, "breach", event.at)
        case "chargeback.lost":
            detail = f"It has returned {price} to the card.{closed}"
            return Moment("The card's bank decided for the cardholder", detail, "breach", event.at)
    return None


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


def tell_refund(order: Order, event, side: str) -> Moment | None:
    """One event about a refund on its way (Rulebook 22); None for what only staff need to know."""
    whose = "Your refund" if side == Order.Side.BUYER else "The buyer’s refund"
    amount = money.display(event.data.get("amount") or 0, order.currency)
    match event.kind:
        case "refund.sent":
            how = METHODS.get(event.data.get("method"), "the way it was paid")
            days = dict(order.rulebook.refund_arrival_days).get(event.data.get("method"))
            detail = f"By {how}. It arrives within {days} business days." if days else f"By {how}."
            return Moment(f"{whose} of {amount} is on its way", detail, "safe", event.at)
        case "refund.confirmed":
            return Moment(f"{whose} of {amount} was sent", "The bank has confirmed it.", "safe", event.at)
        case "refund.failed":
            detail = "The money is with us and is sent again."
            if side == Order.Side.BUYER:
                because = event.data.get("because") or "the bank gave none"
                detail = (
                    f"The reason: {because}. The money is with us and still owed to you; our finance staff send it."
                )
            return Moment(f"{whose} of {amount} came back", detail, "action", event.at)
        case "refund.let_again":
            how = METHODS.get(event.data.get("method"), "")
            return Moment(f"{whose} is sent again", f"By {how}." if how else "", "", event.at)
    return None


def mail_refund_came_back(refund) -> None:
    """Once this is committed, tell the buyer that a refund came back, is owed to it still, and what happens next."""
    addresses = list(
        EmailAddress.objects.filter(user=refund.order.buyer_id, verified=True)
        .order_by("email")
        .values_list("email", flat=True)
    )
    context = {
        "refund": refund,
        "order": refund.order,
        "amount": money.display(refund.amount_minor, refund.currency),
        "method": METHODS[refund.method],
        "link": f"{settings.SITE_URL}{refund.order.get_absolute_url()}",
    }
    mails.post("payments.refund_came_back", addresses, context)
