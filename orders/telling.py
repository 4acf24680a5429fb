"""What the parties of an order are told by mail."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from orders.models import Order, Shipment
from orders.steps.reviewing import review_until


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
    get_adapter().render_mail("orders/email/review", address.email, context).send()


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
        get_adapter().render_mail("orders/email/available", address.email, context).send()

    transaction.on_commit(send, robust=True)
