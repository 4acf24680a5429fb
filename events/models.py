"""The event stream: what happened to a subject, numbered and hash-chained. Written once; the database keeps it so."""

import pgtrigger
from django.db import models
from django.db.models import Q


class EventQuerySet(models.QuerySet):
    def about(self, subject_kind, subject_id):
        """A subject's events, first to last."""
        return self.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("number")


class Event(models.Model):
    """One change of one subject. It holds ids, amounts and salted commitments; personal values lie in PersonalValue."""

    class SubjectKind(models.TextChoices):
        ORDER = "order"
        SUPPLIER = "supplier"
        PERSON = "person"
        BANK_STATEMENT = "bank_statement"
        PAYOUT_BATCH = "payout_batch"

    subject_kind = models.CharField(max_length=20, choices=SubjectKind)
    subject_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    actor_id = models.BigIntegerField(null=True, blank=True)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id", "number"], name="event_number_once"),
            models.CheckConstraint(
                name="event_subject_known",
                condition=Q(subject_kind__in=("order", "supplier", "person", "bank_statement", "payout_batch")),
            ),
            models.CheckConstraint(
                name="event_first_has_no_previous",
                condition=Q(number=1, previous="") | Q(number__gt=1) & ~Q(previous=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="event_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="event_to_tell",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="added"),
                func="INSERT INTO events_untold (event_id) SELECT id FROM added; RETURN NULL;",
            ),
        ]

    def __str__(self):
        return f"{self.subject_kind} {self.subject_id} #{self.number} {self.kind}"


class PersonalValue(models.Model):
    """Personal values of an event, erasable: the chain holds a commitment to them and verifies without them."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="personal", primary_key=True)
    salt = models.CharField(max_length=64)
    values = models.JSONField()

    def __str__(self):
        return f"personal values of event {self.event_id}"


class Untold(models.Model):
    """An event that people and systems have not been told of yet: the outbox. The database adds each by itself.

    A row, and no position in the stream: transactions end in another order than they take their numbers in, and
    numbers start anew in a restored database.
    """

    event = models.OneToOneField(  # no check by the database: events are never deleted, and a million are added at once
        Event, on_delete=models.CASCADE, related_name="untold", primary_key=True, db_constraint=False
    )

    def __str__(self):
        return f"event {self.event_id} to tell"


class Root(models.Model):
    """One hash a day that fixes the head of every chain, published for everybody; `events.roots` says how it is made.

    `chains` counts the chains that went on since the root before it; those that stood still are fixed by that one.
    """

    number = models.PositiveIntegerField(unique=True)
    day = models.DateField("in UTC", unique=True)
    root = models.CharField("SHA-256", max_length=64, unique=True)
    previous = models.CharField("the root before it", max_length=64, blank=True)
    chains = models.PositiveIntegerField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="root_first_has_no_previous",
                condition=Q(number=1, previous="") | Q(number__gt=1) & ~Q(previous=""),
            ),
        ]
        triggers = [pgtrigger.Protect(name="root_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"root of {self.day}"


class RootEntry(models.Model):
    """That a chain's head was this event when a root was published."""

    root = models.ForeignKey(Root, on_delete=models.PROTECT, related_name="entries")
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="root_entry")

    class Meta:
        triggers = [pgtrigger.Protect(name="root_entry_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.event_id} in root {self.root_id}"
