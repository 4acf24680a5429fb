"""From the outbox to signed messages, without HTTP, against a bare drain that reads and writes the same rows.

Run as `python -m benchmarks.webhooks [events]` with DATABASE_URL of a server that may be written to. The bare one knows
no endpoints, makes no bodies and signs nothing: it takes rows and writes rows, in the same batches.
"""

import os
import sys
import time
from collections import Counter

TARGET = 0.8
ORDERS = 60
BATCH = 500  # deliveries that are claimed at a time


def happen(orders, events: int, now) -> None:
    """Record shipments, so that each is told to the order's buyer."""
    from django.db import transaction

    from events.actions import Entry, record_many
    from events.models import Untold

    Untold.objects.all().delete()
    told = {"shipment": 1, "dispatched_on": "2026-09-10", "lines": {"1": 60}, "all": True}
    with transaction.atomic():
        record_many(
            [Entry("order", orders[n % len(orders)], "shipment.entered", now, None, told) for n in range(events)]
        )


def ours() -> int:
    """Tell, claim, sign and note, as the sweeps do, with each call answered at once."""
    from django.utils import timezone

    from notifications import fanout
    from notifications.webhooks import actions, signing
    from notifications.webhooks.calling import Answer

    while fanout.tell():
        pass
    made, answer = 0, Answer(status=200, took_ms=5)
    now = timezone.now()
    while rows := actions.claim(room=BATCH, laggards=False, busy=Counter(), now=now):
        for row in rows:
            signing.headers(row.keys, message_id=row.message_id, body=row.body, at=now)
        actions.note(answers=[(row, answer) for row in rows], now=now)
        made += len(rows)
    return made


def bare(endpoint_id: int, body: str, now) -> int:
    """The same reads and writes of rows and nothing else."""
    import uuid

    from django.db import connection, transaction
    from psycopg2.extras import execute_values

    made = 0
    with connection.cursor() as cursor:
        while True:
            with transaction.atomic():
                cursor.execute("SELECT event_id FROM events_untold ORDER BY event_id LIMIT 200 FOR UPDATE SKIP LOCKED")
                ids = [pk for (pk,) in cursor.fetchall()]
                if not ids:
                    break
                cursor.execute("SELECT * FROM events_event WHERE id = ANY(%s) ORDER BY id", [ids])
                rows = [
                    (str(uuid.uuid4()), endpoint_id, row[0], "order.shipped", body, now, "waiting", now, 0, now, 0)
                    for row in cursor.fetchall()
                ]
                execute_values(
                    cursor.cursor,
                    "INSERT INTO notifications_delivery (public_id, endpoint_id, event_id, type, body, made_at, state, "
                    "next_at, attempts, round_at, round_attempts) VALUES %s",
                    rows,
                    page_size=200,
                )
                cursor.execute("DELETE FROM events_untold WHERE event_id = ANY(%s)", [ids])
        while True:
            with transaction.atomic():
                cursor.execute(
                    "SELECT * FROM notifications_delivery WHERE state = 'waiting' AND next_at <= %s ORDER BY id "
                    "LIMIT %s FOR UPDATE SKIP LOCKED",
                    [now, BATCH],
                )
                ids = [row[0] for row in cursor.fetchall()]
                if not ids:
                    return made
                cursor.execute(
                    "UPDATE notifications_delivery SET next_at = %s + interval '90 s' WHERE id = ANY(%s)", [now, ids]
                )
            with transaction.atomic():
                cursor.execute("SELECT * FROM notifications_delivery WHERE id = ANY(%s) FOR UPDATE", [ids])
                rows = [(row[0], 1, now, 5, 200, "", "") for row in cursor.fetchall()]
                execute_values(
                    cursor.cursor,
                    "INSERT INTO notifications_attempt (delivery_id, number, at, took_ms, status, problem, answer) "
                    "VALUES %s",
                    rows,
                    page_size=BATCH,
                )
                cursor.execute(
                    "UPDATE notifications_delivery SET state = 'delivered', attempts = 1, next_at = NULL, "
                    "ended_at = %s WHERE id = ANY(%s)",
                    [now, ids],
                )
            made += len(ids)


def run(events: int) -> None:
    from django.utils import timezone

    from notifications import fanout
    from notifications.models import Delivery, Endpoint, Secret
    from notifications.webhooks import payloads, signing
    from notifications.webhooks.actions import deliveries
    from orders.models import Order
    from trade_assurance.demo import bulk

    now = timezone.now()
    bulk.make_orders(ORDERS, now=now)
    fanout._consumers[:] = [payloads.deliver]  # the inbox is measured elsewhere
    deliveries.AT_ONCE = BATCH  # nothing is called, so no endpoint is in need of care
    for buyer in Order.objects.order_by("buyer_id").values_list("buyer_id", flat=True).distinct():
        endpoint = Endpoint.objects.create(
            user_id=buyer, url="https://a.example.com/", types=["order.shipped"], made_at=now, made_by_id=buyer
        )
        Secret.objects.create(endpoint=endpoint, sealed=signing.seal(signing.new_secret(), endpoint.pk), made_at=now)
    orders = list(Order.objects.order_by("id").values_list("id", flat=True))
    happen(orders, BATCH, now)
    ours()  # warm
    body = Delivery.objects.first().body
    seconds = {ours: [], bare: []}
    for _ in range(3):
        for way, given in ((ours, ()), (bare, (endpoint.pk, body, now))):
            happen(orders, events, now)
            began = time.perf_counter()
            made = way(*given)
            seconds[way].append(time.perf_counter() - began)
            assert made == events, f"{made} of {events}"
    best = {way.__name__: events / min(took) for way, took in seconds.items()}
    print(f"   ours {best['ours']:,.0f} messages a second, bare drain {best['bare']:,.0f}")
    print(f"   ratio {best['ours'] / best['bare']:.2f} (target {TARGET})")


def main() -> None:
    import django
    from django.test.runner import DiscoverRunner

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print(f"i  webhooks: {events:,} events from the outbox to signed messages, without HTTP")
    runner = DiscoverRunner(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        run(events)
    finally:
        runner.teardown_databases(made)


if __name__ == "__main__":
    main()
