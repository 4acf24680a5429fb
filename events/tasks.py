"""What the event stream needs by itself: its root, every night."""

import structlog
from celery import shared_task
from django.utils import timezone

from events import actions

logger = structlog.get_logger(__name__)


@shared_task(ignore_result=True)
def publish_root():
    """Publish the day's root over the heads of all chains; it is in the log too, so that it is kept elsewhere."""
    root = actions.publish_root(now=timezone.now())
    logger.info("root published", day=str(root.day), root=root.root, chains=root.chains)
