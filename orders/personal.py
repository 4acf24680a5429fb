"""What orders keep about a person: the contracts it made, what it wrote, and the files it added."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from accounts.personal import Holding
from orders.actions.cancelling import cancel
from orders.models import Attachment, ContractVersion, LaterReceipt, Message, Order, ReceiptPhoto, Review
from suppliers.personal import alone
from trade_assurance import money

NAMED = 3  # orders that a sentence names


def of_person(user: User):
    """Orders that end with the person: what it bought, and those of companies that nobody else works for."""
    companies = [member.supplier_id for member in alone(user)]
    return Order.objects.filter(buyer=user) | Order.objects.filter(supplier__in=companies)


def named(orders: list[Order]) -> str:
    """The first few references, as a sentence says them."""
    first = ", ".join(order.reference for order in orders[:NAMED])
    if len(orders) <= NAMED:
        return first
    return _("{orders} and {count} more").format(orders=first, count=len(orders) - NAMED)


def waits(user: User, now: datetime) -> list[str]:
    """An order that is not closed delays erasure; a draft does not, it ends with its person."""
    still = list(of_person(user).open().exclude(status=Order.Status.DRAFT).order_by("id"))
    if not still:
        return []
    return [_("Orders are still open: {orders}. They protect both sides until they close.").format(orders=named(still))]


def erase(user: User, now: datetime) -> None:
    """End the person's drafts, and take the words of its reviews away; their scores go on counting."""
    for order in of_person(user).filter(status=Order.Status.DRAFT).order_by("id"):
        cancel(order_id=order.pk, by=user, now=now)
    Review.objects.filter(by=user).update(text="", first=None)


def rows(user: User) -> list[dict]:
    """Each order that the person bought, with its contract, and what it wrote on any."""
    bought = Order.objects.filter(buyer=user).select_related("supplier").order_by("id")
    sent = ContractVersion.objects.sent().filter(order__in=bought).order_by("order_id", "number")
    contracts: dict[int, list[dict]] = {}
    for version in sent:
        contracts.setdefault(version.order_id, []).append({"version": version.number, "terms": version.document})
    written = Message.objects.filter(author=user).select_related("order").order_by("id")
    reviews = Review.objects.filter(by=user).select_related("order").order_by("id")
    return [
        *(
            {
                "order": order.reference,
                "supplier": order.supplier.name,
                "title": order.title,
                "status": order.status,
                "currency": order.currency,
                "total": str(money.to_decimal(order.total_minor, order.currency)),
                "placed": order.placed_at,
                "closed": order.closed_at,
                "request": order.request,
                "contracts": contracts.get(order.pk, []),
            }
            for order in bought
        ),
        *({"message_on": each.order.reference, "at": each.sent_at, "text": each.body} for each in written),
        *(
            {
                "review_of": each.order.reference,
                "on_time": each.on_time,
                "as_agreed": each.as_agreed,
                "service": each.service,
                "text": each.text,
                "at": each.written_at,
            }
            for each in reviews
        ),
    ]


def files(user: User) -> list[tuple]:
    """Contract files, receipt photos and proofs that the person added and that are still kept."""
    attached = Attachment.objects.filter(added_by=user, removed_at__isnull=True).exclude(file="")
    photos = ReceiptPhoto.objects.filter(added_by=user).exclude(file="")
    proofs = LaterReceipt.objects.filter(asked_by=user).exclude(proof="")
    return [
        *((f"contracts/{each.pk}-{each.name}", each.file) for each in attached.order_by("id")),
        *((f"receipts/{each.pk}-{each.name}", each.file) for each in photos.order_by("id")),
        *((f"receipts/proof-{each.pk}-{each.name}", each.proof) for each in proofs.order_by("id")),
    ]


HOLDING = Holding(
    "orders", _lazy("Orders, contracts, messages, reviews"), rows=rows, files=files, waits=waits, erase=erase
)
