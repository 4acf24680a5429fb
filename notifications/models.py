"""How people are told."""

from django.conf import settings
from django.db import models

from notifications.webhooks.models import Attempt, Delivery, Endpoint, Secret

__all__ = ["Attempt", "CalendarFeed", "Delivery", "Endpoint", "Secret"]


class CalendarFeed(models.Model):
    """A person's calendar of deadlines and what is in it; its address is secret, and counting `number` up renews it."""

    class Alarm(models.IntegerChoices):
        NONE = 0, "None"
        HOUR = 1, "1 hour before"
        DAY = 24, "24 hours before"
        THREE_DAYS = 72, "3 days before"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    number = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField("when this address was made; none when it was ended", null=True, blank=True)
    read_at = models.DateTimeField("when a calendar last asked, to the hour", null=True, blank=True)
    alarm_hours = models.PositiveSmallIntegerField(choices=Alarm, default=Alarm.DAY)
    with_moves = models.BooleanField("what the person must do is in it", default=True)
    with_events = models.BooleanField("what happens by itself is in it", default=True)
    as_buyer = models.BooleanField("its own purchases are in it", default=True)
    companies_out = models.ManyToManyField(
        "suppliers.Supplier", verbose_name="companies whose orders are not in it", related_name="+", blank=True
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(alarm_hours__in=(0, 1, 24, 72)), name="calendar_alarm_is_one"),
            models.CheckConstraint(
                condition=models.Q(with_moves=True) | models.Q(with_events=True), name="calendar_has_something"
            ),
        ]

    def __str__(self):
        return f"calendar of {self.user}"
