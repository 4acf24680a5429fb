"""What a buyer says of an order afterwards, and what the supplier answers (Rulebook, "Feedback")."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy

from orders.models.order import Order
from suppliers.models import Supplier
from trade_assurance.rulebook import CURRENT


class ReviewQuerySet(models.QuerySet):
    def shown(self):
        """Reviews that staff have not removed."""
        return self.filter(removed_at__isnull=True)

    def waiting_for_reply(self, now):
        """Reviews that the supplier may still reply to."""
        since = now - timedelta(days=CURRENT.reply_days)
        return self.shown().filter(replied_at__isnull=True, written_at__gt=since)


class Review(models.Model):
    """One buyer's feedback on one order: three scores from 1 to 5, and text."""

    class Removed(models.TextChoices):
        INSULT = "insult", _lazy("Insulting or threatening")
        PRIVATE = "private", _lazy("Names a person or private data")
        ADVERT = "advert", _lazy("Advertising or a link")
        OTHER_ORDER = "other", _lazy("About something else than this order")
        BOUGHT = "bought", _lazy("Given or withheld for a favour")
        SELF = "self", _lazy("Buyer and supplier are linked")

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="review")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="reviews")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_time = models.PositiveSmallIntegerField()
    as_agreed = models.PositiveSmallIntegerField()
    service = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    written_at = models.DateTimeField()
    reply = models.TextField(blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    replied_at = models.DateTimeField(null=True, blank=True)
    revised_at = models.DateTimeField(null=True, blank=True)
    first = models.JSONField("scores and text before the revision", null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    removed_because = models.CharField(max_length=8, choices=Removed, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(on_time__range=(1, 5), as_agreed__range=(1, 5), service__range=(1, 5)),
                name="review_scores_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(revised_at__isnull=True) | Q(replied_at__isnull=False, first__isnull=False),
                name="review_revised_after_reply",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True, removed_because="")
                | (Q(removed_at__gte=F("written_at"), removed_by__isnull=False) & ~Q(removed_because="")),
                name="review_removed_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["supplier", "-id"], condition=Q(removed_at__isnull=True), name="review_of_supplier"),
            models.Index(
                fields=["supplier", "-written_at", "-id"],
                condition=Q(replied_at__isnull=True, removed_at__isnull=True),
                name="review_without_reply",
            ),
        ]
        permissions = [("remove_review", "Can remove a review for a listed reason")]

    def __str__(self):
        return f"{self.order}: {self.on_time}, {self.as_agreed}, {self.service}"


class ReviewRequestQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(due_at__lte=now)


class ReviewRequest(models.Model):
    """That a buyer is still to be asked for its review by mail; gone when it was asked, or nothing is left to ask."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="review_request")
    due_at = models.DateTimeField("when to ask; moved on while a mail is being sent", db_index=True)

    objects = ReviewRequestQuerySet.as_manager()

    def __str__(self):
        return f"{self.order}: to be asked for a review"


class ReviewMailQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(due_at__lte=now)


class ReviewMail(models.Model):
    """That one person is still to be told by mail of a review, its revision or its reply; gone when it was sent."""

    class What(models.TextChoices):
        WRITTEN = "written", "A review was written"
        REVISED = "revised", "A review was revised"
        REPLIED = "replied", "A reply was written"

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="mails")
    what = models.CharField(max_length=8, choices=What)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField("when to send it; moved on while it is being sent", db_index=True)

    objects = ReviewMailQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "what", "to"], name="review_mail_once_a_person")]

    def __str__(self):
        return f"{self.review_id}: {self.get_what_display()}, to {self.to_id}"
