"""Offers to settle, and the limits that each side may seal."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy
from django_fsm import FSMField, transition

from disputes.models.dispute import Dispute
from orders.models import Line, Order
from orders.models.conditions import nobody


class OfferQuerySet(models.QuerySet):
    def live(self):
        return self.filter(status=Offer.Status.LIVE)

    def to_expire(self, now):
        return self.live().filter(expires_at__lte=now)


class Offer(models.Model):
    """A proposed settlement. `side` made it; empty for the midpoint, which both must accept (Rulebook 15)."""

    class Status(models.TextChoices):
        LIVE = "live", _lazy("On the table")
        ACCEPTED = "accepted", _lazy("Accepted")
        REJECTED = "rejected", _lazy("Refused")
        COUNTERED = "countered", _lazy("Countered")
        REPLACED = "replaced", _lazy("Replaced by a newer one")
        WITHDRAWN = "withdrawn", _lazy("Withdrawn")
        EXPIRED = "expired", _lazy("Expired")
        VOID = "void", _lazy("Ended with the case")

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="offers")
    number = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=8, choices=Order.Side, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    key = models.UUIDField("of the form that made it", unique=True)
    amount_minor = models.BigIntegerField("the claimant gets")
    with_return = models.BooleanField("the goods go back first", default=False)
    freight_by = models.CharField("who pays the freight", max_length=8, choices=Order.Side, blank=True)
    replacement = models.TextField("what the supplier ships again", max_length=500, blank=True)
    replace_by_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(max_length=2000, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = FSMField(default=Status.LIVE, choices=Status.choices, protected=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    buyer_accepted_at = models.DateTimeField(null=True, blank=True)
    supplier_accepted_at = models.DateTimeField(null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispute", "number"], name="offer_number_once"),
            models.UniqueConstraint(
                fields=["dispute", "side"], condition=Q(status="live"), name="offer_one_live_a_side"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="offer_not_negative"),
            models.CheckConstraint(
                condition=Q(replacement="", replace_by_at__isnull=True)
                | ~Q(replacement="") & Q(replace_by_at__isnull=False),
                name="offer_replacement_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(with_return=False) | Q(replacement=""), name="offer_return_or_replacement"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(status="live"), name="offer_expire_due")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "dispute_id",
                    "number",
                    "side",
                    "amount_minor",
                    "with_return",
                    "freight_by",
                    "replacement",
                    "replace_by_at",
                    "note",
                    "made_at",
                    "expires_at",
                ),
            ),
            pgtrigger.Protect(
                name="end_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.status <> 'live' AND OLD.status IS DISTINCT FROM NEW.status"),
            ),
        ]

    def __str__(self):
        return f"{self.dispute} offer {self.number}"

    @transition(status, source=Status.LIVE, target=Status.ACCEPTED, permission=nobody)
    def accept(self, *, now):
        self.ended_at = now

    @transition(status, source=Status.LIVE, target=Status.REJECTED, permission=nobody)
    def reject(self, *, now):
        self.ended_at = now

    @transition(status, source=Status.LIVE, target=Status.COUNTERED, permission=nobody)
    def counter(self, *, now):
        self.ended_at = now

    @transition(status, source=Status.LIVE, target=Status.REPLACED, permission=nobody)
    def replace(self, *, now):
        self.ended_at = now

    @transition(status, source=Status.LIVE, target=Status.WITHDRAWN, permission=nobody)
    def withdraw(self, *, now):
        self.ended_at = now

    @transition(status, source=Status.LIVE, target=Status.EXPIRED, permission=nobody)
    def expire(self, *, now):
        self.ended_at = now

    @transition(status, source=Status.LIVE, target=Status.VOID, permission=nobody)
    def end(self, *, now):
        self.ended_at = now

    @property
    def is_midpoint(self) -> bool:
        return not self.side

    def accepted_by(self, side: str):
        return self.buyer_accepted_at if side == Order.Side.BUYER else self.supplier_accepted_at


class OfferLine(models.Model):
    """The part of an offer's amount that is for one line; the lines add up to the offer."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "line"], name="offer_line_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="offer_line_not_negative"),
        ]
        triggers = [pgtrigger.Protect(name="fixed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.offer}: {self.line}"


class SealedLimit(models.Model):
    """A side's true limit, encrypted; it lives until both are compared or the case leaves the talk, then it is deleted.

    Read by `sealing` alone: in no admin, no history, no event, no log (product.md §6.10).
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="sealed_limits")
    side = models.CharField(max_length=8, choices=Order.Side)
    ciphertext = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["dispute", "side"], name="sealed_once_a_side")]

    def __str__(self):
        return "sealed"
