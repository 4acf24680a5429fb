"""Row b of quality.md §4: one ledger transfer, with its guards, against django-hordak's transfer on the same server.

Run as `python -m benchmarks.ledger [transfers]` with DATABASE_URL of a server that may be written to; both sides get a
database of their own there, dropped afterwards. hordak is installed into an environment beside the data, never into
ours. Where that can't be done, the limit is the two rows of a booking inserted plainly, and the table says so.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
HOME = CHECKOUT / ".data" / "bench-hordak"
NEEDS = ("django-hordak==2.0.0", "Django==5.2.*", "psycopg2-binary")
ROUNDS = 5
ACCOUNTS = 500


def ours(transfers: int, start: int) -> float:
    """Seconds for as many transfers into the guarded accounts of orders, each with its key and in its transaction."""
    from django.db import transaction
    from django.utils import timezone

    from ledger import chart
    from ledger.actions import Line, post

    bank = chart.bank("USD")
    held = [chart.escrow(number + 1, "USD") for number in range(ACCOUNTS)]
    began = time.perf_counter()
    for number in range(start, start + transfers):
        with transaction.atomic():
            book = held[number % ACCOUNTS]
            post([Line(bank, book, 1234, "clear", f"bench:{number}", order_id=book.order_id)], now=timezone.now())
    return time.perf_counter() - began


def plain(transfers: int) -> float:
    """Seconds for two bare inserts a transfer, each pair in its transaction."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_leg (id bigserial PRIMARY KEY, account bigint, minor bigint)")
        began = time.perf_counter()
        for number in range(transfers):
            with transaction.atomic():
                cursor.execute("INSERT INTO bench_leg (account, minor) VALUES (%s, %s)", [0, 1234])
                cursor.execute("INSERT INTO bench_leg (account, minor) VALUES (%s, %s)", [number % ACCOUNTS, -1234])
    return time.perf_counter() - began


def hordak(database: dict) -> subprocess.Popen | None:
    """A process that makes hordak's transfers when told; None where it can't be installed or does not start."""
    python = HOME / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    try:
        if not python.exists():
            subprocess.run([uv, "venv", "-q", "--python", sys.executable, HOME], check=True, capture_output=True)
        found = subprocess.run([python, "-c", "import hordak"], capture_output=True)
        if found.returncode:
            install = [uv, "pip", "install", "-q", "--python", python, *NEEDS]
            subprocess.run(install, check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        return None
    named = [str(database[part] or "") for part in ("NAME", "HOST", "PORT", "USER", "PASSWORD")]
    script = CHECKOUT / "benchmarks" / "hordak_transfer.py"
    process = subprocess.Popen(
        [python, script, *named], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return process if process.stdout.readline().strip() == "ready" else None


def run(transfers: int) -> dict:
    """The rates of both sides: the median of rounds that take turns, so that other work hits both."""
    from django.db import connection

    database = connection.settings_dict
    name = f"{database['NAME']}_hordak"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
    other = hordak(database | {"NAME": name})
    try:
        mine, theirs = [], []
        ours(ACCOUNTS, 0)  # opens the accounts
        for number in range(ROUNDS):
            mine.append(transfers / ours(transfers, ACCOUNTS + number * transfers))
            if other is None:
                theirs.append(transfers / plain(transfers))
                continue
            other.stdin.write(f"{transfers}\n")
            other.stdin.flush()
            theirs.append(transfers / float(other.stdout.readline()))
    finally:
        if other is not None:
            other.stdin.close()
            other.wait(30)
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    from ledger import proof

    assert proof.prove() == [], "the books do not balance"
    return {
        "transfers": transfers * ROUNDS,
        "ours": statistics.median(mine),
        "limit": statistics.median(theirs),
        "against": "django-hordak 2.0.0" if other is not None else "two plain inserts (hordak is not installable here)",
    }


def main() -> None:
    import django
    from django.test.runner import DiscoverRunner

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    transfers = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    runner = DiscoverRunner(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        row = run(transfers)
    finally:
        runner.teardown_databases(made)
    print(
        f"b  one ledger transfer, median of {ROUNDS} rounds of {transfers:,}\n"
        f"   {row['against']}: {row['limit']:,.0f} a second\n   ours: {row['ours']:,.0f} a second\n"
        f"   ratio {row['ours'] / row['limit']:.2f} (target 1.5)"
    )


if __name__ == "__main__":
    main()
