"""Messages between the parties of an order."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from orders.models import Message, Order
from orders.models.message import BODY_MAX
from orders.steps import demand
from trade_assurance.refused import Refused


@transaction.atomic
def write_message(*, order_id: int, key: UUID, body: str, by: User, now: datetime) -> Message:
    """Add a message to the order; the same key twice adds one. Raises Refused for an empty or too long text."""
    order = Order.objects.locked(order_id)
    if (sent := order.messages.filter(key=key).first()) is not None:
        return sent
    demand("message", order, by=by, now=now)
    body = body.strip()
    if not body:
        raise Refused(_("Write something first."), field="body")
    if len(body) > BODY_MAX:
        sentence = _("Keep a message to {most} characters; this has {count}.")
        raise Refused(sentence.format(most=f"{BODY_MAX:,}", count=f"{len(body):,}"), field="body")
    message = Message.objects.create(order=order, key=key, author=by, side=order.side_of(by), body=body, sent_at=now)
    record("order", order.id, "message.sent", by=by, now=now, personal={"body": body})
    return message
