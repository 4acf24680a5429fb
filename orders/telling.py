"""What the parties of an order are told by mail."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse

from orders.models import Order
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
