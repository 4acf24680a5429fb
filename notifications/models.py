"""How people are told."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from notifications.push.models import Browser, Push
from notifications.webhooks.models import Attempt, Delivery, Endpoint, Secret

__all__ = ["Attempt", "Browser", "CalendarFeed", "Delivery", "Endpoint", "Push", "Secret"]


class CalendarFeed(models.Model):
    """A person's calendar of deadlines and what is in it; its address is secret, and counting `number` up renews it."""

    class Alarm(models.IntegerChoices):
        NONE = 0, pgettext_lazy("alarm", "None")
        HOUR = 1, _lazy("1 hour before")
        DAY = 24, _lazy("24 hours before")
        THREE_DAYS = 72, _lazy("3 days before")

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


class Reminder(models.Model):
    """That one side was reminded of one deadline; a deadline that has moved is another one."""

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="+")
    dispute = models.ForeignKey("disputes.Dispute", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    what = models.CharField(max_length=24)
    side = models.CharField(max_length=8)
    deadline_at = models.DateTimeField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "dispute", "what", "side", "deadline_at"],
                nulls_distinct=False,
                name="reminder_once_a_deadline",
            )
        ]

    def __str__(self):
        return f"{self.order}: {self.what}, {self.side}"


class NoticeQuerySet(models.QuerySet):
    def unread(self):
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """One thing that one person is told of: an event of the stream, or a deadline that is near. Its words are made
    when it is read."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    event = models.ForeignKey("events.Event", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, null=True, blank=True, related_name="notices")
    kind = models.CharField(max_length=60)
    group = models.CharField(max_length=10)
    side = models.CharField("as which side of the order, if any", max_length=8, blank=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField("when it happened")
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "event"], name="notice_once_an_event"),
            models.UniqueConstraint(fields=["user", "reminder"], name="notice_once_a_reminder"),
            models.CheckConstraint(
                condition=models.Q(event__isnull=False, reminder__isnull=True)
                | models.Q(event__isnull=True, reminder__isnull=False, order__isnull=False),
                name="notice_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_of_user"),
            models.Index(fields=["user", "group", "-id"], name="notice_of_user_group"),
            models.Index(fields=["user", "-id"], condition=models.Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self):
        return f"{self.user_id}: {self.kind}"


class MailingQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(done_at__isnull=True, due_at__lte=now)


class Mailing(models.Model):
    """That a notice is to be mailed, and what became of it. Due ones of one order, or of one day, leave in one mail."""

    class Outcome(models.TextChoices):
        MAILED = "mailed", "Mailed"
        OLD = "old", "Too old to be mailed"
        UNWANTED = "unwanted", "Not wanted, or no address"
        READ = "read", "Read before the daily mail"
        LEFT = "left", "Concerns the person no longer"
        PAST = "past", "Of a past that was made up"

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="mailing", primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField("of mail", max_length=40)
    is_daily = models.BooleanField("with the daily mail", default=False)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)

    objects = MailingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=True, outcome="")
                | models.Q(done_at__isnull=False) & ~models.Q(outcome=""),
                name="mailing_done_with_outcome",
            )
        ]
        indexes = [
            models.Index(fields=["due_at", "notice"], condition=models.Q(done_at=None), name="mailing_due"),
            models.Index(fields=["user", "order"], condition=models.Q(done_at=None), name="mailing_of_user_due"),
        ]

    def __str__(self):
        return f"{self.kind} to {self.user_id}"
