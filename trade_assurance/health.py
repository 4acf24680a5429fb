"""`/healthz`: are the database, the broker and a worker there?"""

import time

import redis
from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

HEARTBEAT = "worker-heartbeat"
LATE = 60  # seconds without a heartbeat after which we say that no worker lives; beat asks for one every 5


@shared_task
def heartbeat():
    """A worker's sign of life: it went from beat through the broker to a worker and back."""
    cache.set(HEARTBEAT, time.time(), timeout=LATE)


def database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def broker():
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as client:
        client.ping()


def worker():
    if time.time() - cache.get(HEARTBEAT, 0) > LATE:
        raise LookupError(f"no heartbeat for {LATE} seconds")


@never_cache
@require_safe
def healthz(request):
    """200 when all parts work, else 503; the body names each part as "ok" or by the kind of its failure."""
    parts = {}
    for check in (database, broker, worker):
        try:
            check()
            parts[check.__name__] = "ok"
        except Exception as error:  # noqa: BLE001  whatever it is, it is the answer; texts may hold addresses
            parts[check.__name__] = str(error) if isinstance(error, LookupError) else type(error).__name__
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)
