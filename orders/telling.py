"""What the parties of an order are told by mail."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse

from accounts import mails
from orders.models import Order, ReviewMail
from orders.steps.reviewing import reply_until, review_until, revise_until


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
