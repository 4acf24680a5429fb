"""Sweeps of what people and systems are told. Safe to run twice, at once, and after being lost."""

from celery import shared_task

from notifications import fanout

BATCHES = 50  # that one run takes at most; the next one goes on


@shared_task
def tell_what_happened():
    """Hand new events to the inbox and to whoever else is told."""
    for _ in range(BATCHES):
        if fanout.tell() == 0:
            break
