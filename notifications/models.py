"""How people are told."""

from django.conf import settings
from django.db import models

from notifications.webhooks.models import Attempt, Delivery, Endpoint, Secret

__all__ = ["Attempt", "CalendarFeed", "Delivery", "Endpoint", "Secret"]


class CalendarFeed(models.Model):
    """A person's calendar of deadlines; its address is secret, and counting `number` up makes a new one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    number = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField("when this address was made; none when it was ended", null=True, blank=True)
    read_at = models.DateTimeField("when a calendar last asked, to the hour", null=True, blank=True)

    def __str__(self):
        return f"calendar of {self.user}"
