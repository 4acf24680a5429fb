"""The sweep of mails that are still to leave. Safe to run twice, at once, and after being lost."""

from celery import shared_task
from django.utils import timezone

from accounts import mails
from accounts.models import Letter

LETTERS = 100  # that one run hands over at most


@shared_task
def send_letters():
    """Hand what is due to the mail server."""
    now = timezone.now()
    due = Letter.objects.due(now).order_by("due_at", "id").values_list("pk", flat=True)
    mails.deliver(list(due[:LETTERS]), now=now)
