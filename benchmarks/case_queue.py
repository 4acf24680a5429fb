"""The case queue with many open disputes: queries and milliseconds of the first page, beside the same with few.

DEMO=1 python manage.py shell -c "from benchmarks.case_queue import main; main(100, 10_000)" fills the database that
DATABASE_URL names, which must be empty.
"""

import statistics
import time

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from disputes.models import Dispute
from trade_assurance.demo import bulk

ROUNDS = 15


def fill(count: int) -> None:
    """As many open disputes as asked, all of them with staff: their clocks are set straight in the table."""
    missing = count - Dispute.objects.count()
    if missing > 0:
        bulk.make_orders(0, disputes=missing, buyer=None, now=timezone.now())
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE disputes_dispute SET status = 'deciding', escalated_at = filed_at, escalated_by = 'time', "
            "decide_by_at = %s::timestamptz + (id %% 240 - 24) * interval '1 hour', "
            "staff_due_at = %s::timestamptz + (id %% 240 - 24) * interval '1 hour' WHERE closed_at IS NULL",
            [now, now],
        )
        cursor.execute("ANALYZE disputes_dispute")


def measure(client: Client, asked: dict) -> tuple[int, float]:
    address = reverse("admin:disputes_dispute_changelist")
    client.get(address, asked)
    queries = []

    def count(execute, sql, params, many, context):
        queries.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        shown = client.get(address, asked)
    assert b"field-reference" in shown.content, "this is not the queue"
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(address, asked)
        took.append((time.perf_counter() - began) * 1000)
    return len(queries), statistics.median(took)


def main(few: int = 100, many: int = 10_000) -> None:
    call_command("migrate", verbosity=0)
    user, _ = User.objects.get_or_create(email="queue@bench.test", defaults={"is_staff": True})
    user.groups.add(Group.objects.get(name="adjudicator"))
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    views = {
        "with staff": {},
        "nobody's": {"who": "nobody"},
        "overdue": {"due": "over"},
        "all open": {"stage": "any_open"},
    }
    found = {}
    for count in (few, many):
        fill(count)
        for name, asked in views.items():
            found[count, name] = measure(client, asked)
            queries, ms = found[count, name]
            print(f"{count:>7,} disputes, {name:<10} {queries} queries, {ms:.0f} ms (median of {ROUNDS})")
    for name in views:
        (before, few_ms), (after, many_ms) = found[few, name], found[many, name]
        print(f"{name:<10} {before} and {after} queries; {many_ms / few_ms:.2f} times as long with {many:,} as {few:,}")
