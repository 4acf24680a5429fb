"""What people are told of payers, chargebacks and refunds: an order's timeline in the words of each side, and mails."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils.translation import gettext as _

from accounts import mails
from orders.models import Order
from orders.wording import METHODS, Moment
from payments import return_reasons
from trade_assurance import money
from trade_assurance.arrival import business_days


def tell_chargeback(order: Order, event, side: str) -> Moment | None:
    """One event about money that a card's bank, or the bank that sent a transfer, takes back."""
    price = money.display(event.data.get("price") or 0, order.currency)
    by_wire = event.data.get("method") == "tt"
    ended = event.data.get("ended")
    match event.kind:
        case "chargeback.opened" if not by_wire:  # a wire's bank does not ask: what follows is told at once
            detail = _("{price} of it counts as this order's. It is set aside until the bank decides.").format(
                price=price
            )
            return Moment(_("A card payment is contested at its bank"), detail, "breach", event.at)
        case "chargeback.won":
            detail = _("{price} is back with this order.").format(price=price)
            return Moment(_("The card's bank decided for the supplier"), detail, "safe", event.at)
        case "chargeback.lost" if by_wire:
            detail = (
                _(
                    "{price} of it had counted for this order, and does no more. Nothing is left of this order's "
                    "money, so it is closed."
                )
                if ended
                else _("{price} of it had counted for this order, and does no more.")
            ).format(price=price)
            return Moment(_("A transfer was taken back by the bank that sent it"), detail, "breach", event.at)
        case "chargeback.lost":
            detail = (
                _("It has returned {price} to the card. Nothing is left of this order's money, so it is closed.")
                if ended
                else _("It has returned {price} to the card.")
            ).format(price=price)
            return Moment(_("The card's bank decided for the cardholder"), detail, "breach", event.at)
    return None


def tell_payer(order: Order, event, side: str) -> Moment | None:
    """One event about who paid; None for a kind that is not told."""
    mine, buyer = side == Order.Side.BUYER, order.buyer.display_name
    match event.kind:
        case "payer.asked":
            title = _("{amount} in another name waits").format(
                amount=money.display(event.data["amount"], order.currency)
            )
            detail = _("It counts once the buyer has named who sent it and our finance staff have confirmed it.")
            return Moment(title, detail, "action", event.at)
        case "payer.named":
            title = (
                _("You named who sent the transfer")
                if mine
                else _("{buyer} named who sent the transfer").format(buyer=buyer)
            )
            return Moment(title, _("Our finance staff look at it next."), "", event.at)
        case "payer.disowned":
            title = (
                _("You said that the transfer is somebody else’s")
                if mine
                else _("{buyer} said that the transfer is somebody else’s").format(buyer=buyer)
            )
            return Moment(title, _("It goes back to its sender."), "", event.at)
    return None


def tell_refund(order: Order, event, side: str) -> Moment | None:
    """One event about a refund on its way (Rulebook 22); None for what only staff need to know."""
    mine = side == Order.Side.BUYER
    amount = money.display(event.data.get("amount") or 0, order.currency)
    method = METHODS.get(event.data.get("method"))
    match event.kind:
        case "refund.sent":
            title = (
                _("Your refund of {amount} is on its way")
                if mine
                else _("The buyer’s refund of {amount} is on its way")
            )
            span = dict(order.rulebook.refund_arrival_days).get(event.data.get("method"))
            detail = _("By {method}.").format(method=method) if method else _("By the way it was paid.")
            if method and span:
                detail = _("By {method}. It arrives within {business_days}.").format(
                    method=method, business_days=business_days(span)
                )
            return Moment(title.format(amount=amount), detail, "safe", event.at)
        case "refund.confirmed":
            title = _("Your refund of {amount} was sent") if mine else _("The buyer’s refund of {amount} was sent")
            return Moment(title.format(amount=amount), _("The bank has confirmed it."), "safe", event.at)
        case "refund.failed":
            title = _("Your refund of {amount} came back") if mine else _("The buyer’s refund of {amount} came back")
            detail = _("The money is with us and is sent again.")
            if mine:
                because = return_reasons.told(event.data.get("because") or "") or _("the bank gave none")
                detail = _(
                    "The reason: {because}. The money is with us and still owed to you; our finance staff send it."
                ).format(because=because)
            return Moment(title.format(amount=amount), detail, "action", event.at)
        case "refund.let_again":
            title = _("Your refund is sent again") if mine else _("The buyer’s refund is sent again")
            return Moment(title, _("By {method}.").format(method=method) if method else "", "", event.at)
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
        "method": METHODS[refund.method],
        "link": f"{settings.SITE_URL}{refund.order.get_absolute_url()}",
    }
    mails.post(
        "payments.refund_came_back",
        addresses,
        lambda reader: context | {"amount": money.display(refund.amount_minor, refund.currency)},
    )
