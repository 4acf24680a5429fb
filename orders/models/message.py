"""What the parties write to each other on the order; it is evidence by itself (Rulebook 16)."""

from django.conf import settings
from django.db import models

from orders.models.order import Order

BODY_MAX = 5000


class Message(models.Model):
    """One message; never changed or deleted."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="messages")
    key = models.UUIDField("of the form that sent it, so that a double click sends one", unique=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=8, choices=Order.Side)
    body = models.TextField(max_length=BODY_MAX)
    sent_at = models.DateTimeField()

    def __str__(self):
        return self.body[:60]
