"""What the books need by themselves: their rollup every minute, their proof every night."""

import structlog
from celery import shared_task
from django.utils import timezone

from ledger import proof, rollup

logger = structlog.get_logger(__name__)


@shared_task(ignore_result=True)
def prove_ledger():
    """Prove every money invariant and keep the result; each breach is an error in the log, which alarms staff."""
    _, breaches = proof.run(timezone.now())
    for breach in breaches:
        logger.error("money invariant broken", code=breach.code, subject=breach.subject, sentence=breach.sentence)
    logger.info("ledger proved", invariants=len(proof.invariants()), breaches=len(breaches))


@shared_task(ignore_result=True)
def roll_up():
    """Bring the platform-wide balances by day up to date."""
    added = rollup.roll_up()
    if added:
        logger.info("ledger rolled up", transfers=added)
