"""Going over what is due: many calls at a time, each endpoint few, and the slow ones apart from the others.

No call is made inside a transaction, and the threads that call touch no database: rows are claimed before and noted
after by this one. Whoever is stopped in between leaves rows whose lease ends.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime

import structlog
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from notifications.webhooks import actions, calling, signing
from notifications.webhooks.actions.deliveries import Claimed
from notifications.webhooks.calling import Answer

logger = structlog.get_logger()
THREADS = 32
LAGGARDS = 8  # of these threads, at most, for endpoints that fail or are slow
SECONDS = 20  # in which one run takes new rows; the next run goes on
NAP = 0.05  # seconds between two looks while calls are under way
KEPT = 10  # seconds until the place of a run that was killed is free for another


def run_in_turn() -> int:
    """`run`, unless as many runs as the settings allow are under way: slow receivers do not take every worker."""
    for place in range(settings.WEBHOOK_RUNS):
        key = f"webhooks:run:{place}"
        if cache.add(key, 1, timeout=KEPT):
            try:
                return run(alive=lambda key=key: cache.touch(key, KEPT))
            finally:
                cache.delete(key)
    return 0


def run(
    *,
    clock: Callable[[], datetime] = timezone.now,
    seconds: float = SECONDS,
    alive: Callable[[], object] = lambda: None,
) -> int:
    """Send what is due until nothing is, or the time is over; gives how many calls were made."""
    until, made = time.perf_counter() + seconds, 0
    with ThreadPoolExecutor(THREADS, thread_name_prefix="webhook") as pool:
        under_way: dict[Future, Claimed] = {}
        while True:
            alive()
            if time.perf_counter() < until:
                for claimed in _claim(under_way.values(), clock()):
                    under_way[pool.submit(_send, claimed, clock())] = claimed
            if not under_way:
                return made
            done, _unused = wait(under_way, timeout=NAP, return_when=FIRST_COMPLETED)
            answers = [(under_way.pop(future), _answer(future)) for future in done]
            if answers:
                made += len(answers)
                actions.note(answers=answers, now=clock())


def _claim(under_way, now: datetime) -> list[Claimed]:
    under_way = list(under_way)
    busy = Counter(claimed.endpoint_id for claimed in under_way)
    slow = sum(claimed.is_laggard for claimed in under_way)
    room = THREADS - LAGGARDS - (len(under_way) - slow)
    quick = actions.claim(room=room, laggards=False, busy=busy, now=now)
    return quick + actions.claim(room=LAGGARDS - slow, laggards=True, busy=busy, now=now)


def _send(claimed: Claimed, now: datetime) -> Answer:
    headers = signing.headers(claimed.keys, message_id=claimed.message_id, body=claimed.body, at=now)
    return calling.call(claimed.url, claimed.body, headers)


def _answer(future: Future) -> Answer:
    try:
        return future.result()
    except Exception:
        logger.exception("a webhook could not be sent")
        return Answer(problem="We could not send it. Our engineers were told.")
