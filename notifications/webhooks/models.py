"""Where systems are told: endpoints, their secrets, and each delivery with its attempts (Standard Webhooks)."""

from datetime import datetime

import uuid_utils.compat as uuid
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from events.models import Event
from suppliers.models import Member, Supplier


class EndpointQuerySet(models.QuerySet):
    def standing(self):
        """Those that were not deleted."""
        return self.filter(removed_at__isnull=True)

    def on(self):
        """Those that are told of new events."""
        return self.standing().filter(off_at__isnull=True)

    def visible_to(self, user):
        """A person's own, and those of companies that it owns."""
        owned = Member.objects.filter(user=user, role=Member.Role.OWNER).values("supplier_id")
        return self.standing().filter(Q(user=user) | Q(supplier__in=owned))

    def locked(self, pk):
        """One endpoint under a row lock; taken after its owner's row and before its deliveries."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=pk)


class Endpoint(models.Model):
    """An address that is told of the events that its owner chose: a person, as buyer, or a company."""

    class Off(models.TextChoices):
        PERSON = "person", _lazy("Turned off by hand")
        GONE = "gone", _lazy("It answered 410 Gone")
        FAILING = "failing", _lazy("It failed for days")

    public_id = models.UUIDField(default=uuid.uuid7, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="webhooks"
    )
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="webhooks")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    types = ArrayField(models.CharField(max_length=60), verbose_name="events that it is told of")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    off_at = models.DateTimeField(null=True, blank=True)
    off_because = models.CharField(max_length=8, choices=Off, blank=True)
    failing_since_at = models.DateTimeField("first failure since the last success", null=True, blank=True)
    is_slow = models.BooleanField("its last answer took long", default=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="endpoint_has_one_owner",
                condition=Q(user__isnull=False, supplier__isnull=True) | Q(user__isnull=True, supplier__isnull=False),
            ),
            models.CheckConstraint(
                name="endpoint_off_has_a_reason",
                condition=Q(off_at__isnull=True, off_because="") | Q(off_at__isnull=False) & ~Q(off_because=""),
            ),
        ]

    def __str__(self):
        return self.url

    @property
    def is_on(self) -> bool:
        return self.off_at is None

    @property
    def owner(self):
        """The person or the company that it belongs to."""
        return self.supplier or self.user


class SecretQuerySet(models.QuerySet):
    def signing(self, now: datetime):
        """Those that sign a message now, the newest first."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).order_by("-id")


class Secret(models.Model):
    """What an endpoint's messages are signed with, encrypted; after a rotation the old one signs along for a day."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField("when it signs no more; none while it is the newest", null=True, blank=True)

    objects = SecretQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint"], condition=Q(ends_at__isnull=True), name="secret_newest_once"),
        ]

    def __str__(self):
        return f"secret of endpoint {self.endpoint_id}"


class DeliveryQuerySet(models.QuerySet):
    def waiting(self):
        """Those that are still to be told."""
        return self.filter(state=Delivery.State.WAITING)

    def failed(self):
        """Those that were given up."""
        return self.filter(state=Delivery.State.FAILED)


class Delivery(models.Model):
    """One event for one endpoint: the body as it is sent each time, and how far it got."""

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("Waiting")
        DELIVERED = "delivered", _lazy("Delivered")
        FAILED = "failed", _lazy("Failed")

    public_id = models.UUIDField(default=uuid.uuid7, unique=True, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(  # no check by the database: events are never deleted, and many are told at once
        Event, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False, db_constraint=False
    )
    type = models.CharField(max_length=60)
    body = models.TextField("JSON, byte for byte what is sent")
    made_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    next_at = models.DateTimeField("when it is due, or the end of a worker's lease", null=True, blank=True)
    attempts = models.PositiveIntegerField("attempts in all", default=0)
    round_at = models.DateTimeField("when this round of attempts began")
    round_attempts = models.PositiveIntegerField("attempts in this round", default=0)
    ended_at = models.DateTimeField("delivered, or given up", null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], condition=Q(event__isnull=False), name="delivery_once_an_event"
            ),
            models.CheckConstraint(
                name="delivery_due_while_waiting",
                condition=Q(state="waiting", next_at__isnull=False, ended_at__isnull=True)
                | ~Q(state="waiting") & Q(next_at__isnull=True, ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "next_at", "id"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["endpoint", "id"], name="delivery_of_endpoint"),
            models.Index(fields=["endpoint", "ended_at"], condition=Q(state="failed"), name="delivery_failed"),
            models.Index(fields=["made_at"], name="delivery_by_age"),
        ]

    def __str__(self):
        return self.message_id

    @property
    def message_id(self) -> str:
        """The webhook-id: the same for every attempt, so that a receiver knows what it has had."""
        return f"msg_{self.public_id.hex}"


class Attempt(models.Model):
    """One call of an endpoint: what it answered, or why there was no answer."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries", db_index=False)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField("HTTP status", null=True, blank=True)
    problem = models.CharField("why it did not count as delivered", max_length=200, blank=True)
    answer = models.TextField("beginning of what it answered", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once")]

    def __str__(self):
        return f"attempt {self.number} of delivery {self.delivery_id}"
