"""What the parties of an order are told by mail."""

from collections.abc import Callable, Collection
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from accounts import mails
from orders import amend_words
from orders.amending import Moves
from orders.models import ContractVersion, LaterReceipt, Order, ReviewMail, Shipment
from orders.receipts import reason_of
from orders.steps.reviewing import reply_until, review_until, revise_until
from orders.terms import Terms, differences
from suppliers.models import Member


def ask_for_review(order: Order) -> None:
    """Ask the buyer at its confirmed address how the order went; raises what the mail server raises."""
    address = EmailAddress.objects.filter(user=order.buyer_id, verified=True, primary=True).first()
    if address is None:
        return
    context = {
        "order": order,
        "until": review_until(order),
        "link": f"{settings.SITE_URL}{reverse('orders:review', args=[order.reference])}",
    }
    mails.send("reviews.ask", [address.email], context)


def tell_of_notice(shipment: Shipment) -> None:
    """Once this is committed, notify the buyer of goods that are made available to it (EXW, Rulebook 7)."""
    order = shipment.order
    address = EmailAddress.objects.filter(user=order.buyer_id, verified=True, primary=True).first()
    if address is None:
        return
    context = {
        "order": order,
        "shipment": shipment,
        "link": f"{settings.SITE_URL}{reverse('orders:detail', args=[order.reference])}#shipment",
    }
    mails.post("orders.available", [address.email], context)


def _parties(order: Order):
    """The confirmed addresses of the buyer and of who sells for the supplier."""
    sellers = Member.objects.filter(supplier_id=order.supplier_id, role__in=(Member.Role.OWNER, Member.Role.SALES))
    whose = Q(user=order.buyer_id) | Q(user__in=sellers.values("user"))
    return EmailAddress.objects.filter(whose, verified=True, primary=True)


def tell_late(order: Order) -> None:
    """Once this is committed, tell the buyer and who sells for the supplier that the order is late (Rulebook 9)."""
    rules = order.rulebook
    context = {
        "order": order,
        "prove_by": order.ship_by_at + timedelta(hours=rules.late_proof_hours),
        "link": f"{settings.SITE_URL}{reverse('orders:detail', args=[order.reference])}",
    }
    told = [
        (address.email, context | {"is_buyer": address.user_id == order.buyer_id, "zone": address.user.timezone})
        for address in _parties(order).select_related("user").order_by("id")
    ]
    for email, words in told:
        mails.post("orders.late", [email], words)


def tell_later_receipt(order: Order, later: LaterReceipt) -> None:
    """Once this is committed, tell both sides whether the later receipt is proven, and what follows (Rulebook 11)."""
    context = {
        "order": order,
        "later": later,
        "is_granted": later.state == LaterReceipt.State.GRANTED,
        "link": f"{settings.SITE_URL}{reverse('orders:detail', args=[order.reference])}#receipt",
    }
    addresses = [address.email for address in _parties(order).order_by("id")]
    mails.post("orders.later_receipt", addresses, lambda _reader: context | {"reason": reason_of(later)})


def _tell_amendment(kind: str, version: ContractVersion, sides: Collection[str], words: Callable[[str], dict]) -> None:
    """Write to the people of these sides, each in its own time zone and language, in the caller's transaction."""
    order = version.order
    page = "orders:amendment" if version.closed_at is None else "orders:contract"
    names = {Order.Side.BUYER: order.buyer.display_name, Order.Side.SUPPLIER: order.supplier.name}
    around = {
        "order": order,
        "version": version,
        "proposer": names[version.drafted_by],
        "link": f"{settings.SITE_URL}{reverse(page, args=[order.reference])}",
    }
    for address in _parties(order).select_related("user").order_by("id"):
        side = Order.Side.BUYER if address.user_id == order.buyer_id else Order.Side.SUPPLIER
        if side not in sides:
            continue

        def context(reader, side=side) -> dict:
            return around | {"own": side == version.drafted_by, "zone": reader.timezone} | words(side)

        mails.post(kind, [address.email], context)


def _amended(version: ContractVersion, before: Terms, moves: Moves) -> Callable[[str], dict]:
    """What changes and what moves, for one side in the language that is set when it is asked."""

    def words(side: str) -> dict:
        changes = differences(before, version.terms)
        return {
            "changes": amend_words.figures(changes),
            "others": amend_words.others(changes),
            "money": amend_words.money_words(version.order, moves, side),
        }

    return words


def tell_amendment_proposed(version: ContractVersion, before: Terms, moves: Moves) -> None:
    """Ask the other side to answer: what changes, what the money does, until when, and what if it does not (ADR 21)."""
    other = Order.Side.SUPPLIER if version.drafted_by == Order.Side.BUYER else Order.Side.BUYER
    _tell_amendment("orders.amendment_proposed", version, [other], _amended(version, before, moves))


def tell_amended(version: ContractVersion, before: Terms, moves: Moves) -> None:
    """Tell both sides that the contract in force is the changed one now (ADR 21)."""
    _tell_amendment("orders.amended", version, list(Order.Side), _amended(version, before, moves))


def tell_amendment_closed(version: ContractVersion) -> None:
    """Tell whoever did not do it that a proposed change is declined, taken back, lapsed or overtaken (ADR 21)."""
    by_proposer = version.closed_because == ContractVersion.Closed.WITHDRAWN
    by_other = version.closed_because == ContractVersion.Closed.DECLINED
    sides = [side for side in Order.Side if not (by_proposer if side == version.drafted_by else by_other)]
    _tell_amendment("orders.amendment_closed", version, sides, lambda side: {"why": version.closed_because})


def tell_of_review(mail: ReviewMail) -> None:
    """Tell one person of a review, its revision or its reply; raises what the mail server raises.

    The words of the other side are only on the page: a mail of ours carries nobody else's links.
    """
    address = EmailAddress.objects.filter(user=mail.to_id, verified=True, primary=True).first()
    if address is None:
        return
    review, order = mail.review, mail.review.order
    page, until = "", None
    if mail.what == ReviewMail.What.REPLIED and review.revised_at is None:
        page, until = "orders:revise", revise_until(order, review)
    elif mail.what == ReviewMail.What.WRITTEN and review.replied_at is None:
        page, until = "orders:reply", reply_until(order, review)
    place = reverse(page, args=[order.reference]) if page else f"{order.get_absolute_url()}#review"
    context = {"order": order, "review": review, "to": mail.to, "until": until, "link": f"{settings.SITE_URL}{place}"}
    mails.send(f"reviews.{mail.what}", [address.email], context)
