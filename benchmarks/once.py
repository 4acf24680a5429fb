"""1,000 keys × 64 simultaneous POSTs have exactly 1,000 effects (quality.md §2).

Run as `python -m benchmarks.once [keys] [at once]` with DATABASE_URL of a server that may be written to. Every request
goes through all middleware in a thread with a connection of its own; who is told to wait asks again.
"""

import logging
import os
import sys
import threading
import time
from collections import Counter
from queue import Empty, SimpleQueue


def work(asks: SimpleQueue, answers: Counter, secret: str, body: dict, together: threading.Barrier) -> None:
    """Send what is asked until nothing is left."""
    from django.db import connection
    from django.test import Client

    client = Client(raise_request_exception=False)
    together.wait()
    while True:
        try:
            key = asks.get_nowait()
        except Empty:
            break
        headers = {"authorization": f"Bearer {secret}", "idempotency-key": key}
        while True:
            answer = client.post("/api/v1/orders/requests/", body, content_type="application/json", headers=headers)
            if answer.status_code != 409:
                break
            answers["told to wait"] += 1
            time.sleep(0.25)
        answers[answer.status_code, answer.headers.get("Idempotent-Replayed", "new")] += 1
    connection.close()


def run(keys: int, at_once: int) -> None:
    from django.conf import settings
    from django.utils import timezone

    from accounts import actions
    from accounts.models import KeptAnswer
    from events.models import Event
    from orders.models import Order
    from tests import stories

    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, 10**9)
    world = stories.build_world()
    _, secret = actions.make_key(
        user_id=world.buyer.pk, name="bench", scope="write", by=world.buyer, now=timezone.now()
    )
    body = {"supplier": world.supplier.slug, "title": "Lamps", "request": "100 lamps"}
    asks, answers, together = SimpleQueue(), Counter(), threading.Barrier(at_once)
    for number in range(keys):
        for _ in range(at_once):
            asks.put(f"key-{number}")
    threads = [threading.Thread(target=work, args=(asks, answers, secret, body, together)) for _ in range(at_once)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    told = Event.objects.filter(kind="contract.requested").count()
    effects = {Order.objects.count(), KeptAnswer.objects.count(), told, answers[201, "new"]}
    print(f"   {keys * at_once:,} requests in {took:,.0f} s, {answers['told to wait']:,} told to wait: {dict(answers)}")
    assert effects == {keys} and answers[201, "true"] == keys * (at_once - 1), effects
    print(f"   exactly {keys:,} effects")


def main() -> None:
    import django
    from django.test.runner import DiscoverRunner

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    logging.getLogger("django.request").setLevel(logging.ERROR)  # each 409 would be a line
    keys = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    at_once = int(sys.argv[2]) if len(sys.argv) > 2 else 64
    print(f"i  once: {keys:,} keys × {at_once} POSTs at once")
    runner = DiscoverRunner(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        run(keys, at_once)
    finally:
        runner.teardown_databases(made)


if __name__ == "__main__":
    main()
