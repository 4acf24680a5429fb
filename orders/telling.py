"""What the parties of an order are told by mail."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts import mails
from orders.models import LaterReceipt, Order, ReviewMail, Shipment
from orders.steps.reviewing import reply_until, review_until, revise_until
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

    def send():
        mails.send("orders.available", [address.email], context)

    transaction.on_commit(send, robust=True)


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

    def send():
        for email, words in told:
            mails.send("orders.late", [email], words)

    transaction.on_commit(send, robust=True)


def tell_later_receipt(order: Order, later: LaterReceipt) -> None:
    """Once this is committed, tell both sides whether the later receipt is proven, and what follows (Rulebook 11)."""
    context = {
        "order": order,
        "later": later,
        "is_granted": later.state == LaterReceipt.State.GRANTED,
        "link": f"{settings.SITE_URL}{reverse('orders:detail', args=[order.reference])}#receipt",
    }
    addresses = [address.email for address in _parties(order).order_by("id")]

    def send():
        mails.send("orders.later_receipt", addresses, context)

    transaction.on_commit(send, robust=True)


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
