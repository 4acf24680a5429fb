"""Nightly work on the books."""

import structlog
from celery import shared_task

from ledger import proof

logger = structlog.get_logger(__name__)


@shared_task(ignore_result=True)
def prove_ledger():
    """Prove every money invariant; each breach is an error in the log, which alarms staff."""
    breaches = proof.prove()
    for breach in breaches:
        logger.error("money invariant broken", code=breach.code, subject=breach.subject, sentence=breach.sentence)
    logger.info("ledger proved", invariants=len(proof.invariants()), breaches=len(breaches))
