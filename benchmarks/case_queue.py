"""Row h of quality.md §4, the case queue: its first page with many open disputes beside the same with few.

Run as `python -m benchmarks.case_queue [few [many]]` with DATABASE_URL of a server that may be written to; it makes a
database of its own there and drops it again.
"""

import os
import statistics
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.contrib.auth.models import Group  # noqa: E402 - after django.setup()
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from disputes.models import Dispute  # noqa: E402
from trade_assurance.demo import bulk  # noqa: E402

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


def run(few: int, many: int) -> dict:
    """Milliseconds of each view with few and with many open disputes; told as it goes, and given by their names."""
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
            print(f"   {count:>7,} disputes, {name:<10} {queries} queries, {ms:.0f} ms (median of {ROUNDS})")
    return {name: found[many, name][1] / found[few, name][1] for name in views}


def main() -> None:
    few = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    many = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    runner = DiscoverRunner(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        print(f"h  case queue, first page: {many:,} open disputes beside {few:,}")
        times = run(few, many)
    finally:
        runner.teardown_databases(made)
    worst = max(times, key=times.get)
    print(f"   worst is {worst}\n   ratio {times[worst]:.2f} (target at most 1.25)")


if __name__ == "__main__":
    main()
