"""How every sweep goes over what is due: one action each, and a bad row does not hold up the rest."""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from trade_assurance.refused import Refused

logger = structlog.get_logger()
SWEEP = 500  # rows that one run takes at most


def sweep(due: Iterable[dict], action: Callable, *, now: datetime) -> int:
    """Call `action` with each due row's arguments; gives how many were done. What was refused is no longer due."""
    done = 0
    for arguments in due:
        try:
            action(**arguments, now=now)
            done += 1
        except Refused as refused:
            logger.info("not now", action=action.__name__, why=str(refused), **arguments)
        except Exception:
            logger.exception("sweep failed on a row", action=action.__name__, **arguments)
    return done
