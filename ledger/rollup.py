"""Platform-wide balances by day: kept by a sweep, so that no posting touches a shared row and no page adds up all."""

import time
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction

from ledger.models import Kind, RollupMark

BATCH = 200_000  # transfers that one transaction adds up
PATIENCE = 3  # seconds to wait for those that write now
PAUSE = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True)
class Balance:
    """All accounts of one kind and name in one currency, together; debits less credits in minor units."""

    kind: str
    name: str
    currency: str
    minor: int

    @property
    def label(self) -> str:
        """ "Clearing: card"."""
        return f"{Kind(self.kind).label}: {self.name}" if self.name else Kind(self.kind).label


def roll_up() -> int:
    """Add the transfers since the last time to the days that they belong to; gives how many. Safe twice and at once.

    A transfer can commit after one with a higher id, so it goes only as far as nobody who writes now can reach back.
    """
    last = _settled()
    done = 0
    while True:
        added = _add_batch(last)
        if added is None:
            return done
        done += added


def _settled() -> int:
    """An id below which every transfer is committed or will never be: no row can appear there any more.

    Whoever draws an id holds the table's lock for writers from before it does until it ends. So when all those have
    ended who held it after the sequence was read, every id up to that reading is decided.
    """
    last = _scalar("SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('ledger_transfer', 'id')), 0)")
    waiting = _writers()
    until = time.monotonic() + PATIENCE
    while waiting and time.monotonic() < until:
        time.sleep(PAUSE.total_seconds())
        waiting &= _writers()
    if waiting:  # somebody writes for long: stay where we were, "as of now" adds the rest up meanwhile
        return RollupMark.objects.values_list("transfer_id", flat=True).first() or 0
    return last


def _writers() -> set[str]:
    """The other transactions that have written transfers, or are about to."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT virtualtransaction FROM pg_locks
            WHERE locktype = 'relation' AND relation = 'ledger_transfer'::regclass
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
            """
        )
        return {row[0] for row in cursor.fetchall()}


@transaction.atomic
def _add_batch(last: int) -> int | None:
    """Add one batch up to `last` under the mark's lock; None when nothing is left or another sweep is at it."""
    RollupMark.objects.bulk_create([RollupMark(pk=1)], ignore_conflicts=True)
    mark = RollupMark.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if mark is None or mark.transfer_id >= last:
        return None
    since, to = mark.transfer_id, min(mark.transfer_id + BATCH, last)
    mark.transfer_id = to
    mark.save(update_fields=["transfer_id"])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH moved AS ({_SUMMED}), kept AS (
                INSERT INTO ledger_rollup AS row (kind, name, currency, day, debit_minor, credit_minor, balance_minor)
                SELECT kind, name, currency, day, debit_minor, credit_minor, 0 FROM moved
                ON CONFLICT (kind, name, currency, day) DO UPDATE
                SET debit_minor = row.debit_minor + EXCLUDED.debit_minor,
                    credit_minor = row.credit_minor + EXCLUDED.credit_minor
            )
            SELECT COALESCE(MAX(transfers), 0), MIN(day) FROM moved,
            LATERAL (SELECT COUNT(*) AS transfers FROM ledger_transfer WHERE id > %(since)s AND id <= %(to)s) AS counted
            """,  # nosec B608: the SQL is ours
            {"since": since, "to": to},
        )
        added, first_day = cursor.fetchone()
        if added:
            cursor.execute(_CARRIED, {"first": first_day})
    return added


_SUMMED = """
    SELECT kind, name, currency, day, SUM(debit)::bigint AS debit_minor, SUM(credit)::bigint AS credit_minor FROM (
        SELECT account.kind, account.name, account.currency, (t.at AT TIME ZONE 'UTC')::date AS day,
               t.amount_minor AS debit, 0 AS credit
        FROM ledger_transfer t JOIN ledger_account account ON account.id = t.debit_id
        WHERE t.id > %(since)s AND t.id <= %(to)s
        UNION ALL
        SELECT account.kind, account.name, account.currency, (t.at AT TIME ZONE 'UTC')::date, 0, t.amount_minor
        FROM ledger_transfer t JOIN ledger_account account ON account.id = t.credit_id
        WHERE t.id > %(since)s AND t.id <= %(to)s
    ) AS side GROUP BY 1, 2, 3, 4
"""
# The balances from the first touched day on: what stood before it, and the days added up.
_CARRIED = """
    UPDATE ledger_rollup AS row SET balance_minor = carried.minor FROM (
        SELECT later.id, COALESCE(before.balance_minor, 0)
               + SUM(later.debit_minor - later.credit_minor) OVER (
                     PARTITION BY later.kind, later.name, later.currency ORDER BY later.day) AS minor
        FROM ledger_rollup later LEFT JOIN LATERAL (
            SELECT balance_minor FROM ledger_rollup earlier
            WHERE earlier.kind = later.kind AND earlier.name = later.name AND earlier.currency = later.currency
              AND earlier.day < %(first)s ORDER BY earlier.day DESC LIMIT 1
        ) AS before ON TRUE
        WHERE later.day >= %(first)s
    ) AS carried
    WHERE row.id = carried.id AND row.balance_minor <> carried.minor
"""


def balances() -> list[Balance]:
    """Every platform-wide balance as of now: the rollup and the transfers since, in one reading of the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH mark AS (SELECT COALESCE(MAX(transfer_id), 0) AS transfer_id FROM ledger_rollupmark),
            since AS ({_SINCE}), stood AS (
                SELECT DISTINCT ON (kind, name, currency) kind, name, currency, balance_minor FROM ledger_rollup
                ORDER BY kind, name, currency, day DESC
            )
            SELECT kind, name, currency, SUM(minor)::bigint FROM (
                SELECT kind, name, currency, balance_minor AS minor FROM stood UNION ALL SELECT * FROM since
            ) AS side GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """  # nosec B608: the SQL is ours
        )
        return [Balance(*row) for row in cursor.fetchall()]


_SINCE = """
    SELECT account.kind, account.name, account.currency, t.amount_minor
    FROM ledger_transfer t JOIN ledger_account account ON account.id = t.debit_id
    WHERE t.id > (SELECT transfer_id FROM mark)
    UNION ALL
    SELECT account.kind, account.name, account.currency, -t.amount_minor
    FROM ledger_transfer t JOIN ledger_account account ON account.id = t.credit_id
    WHERE t.id > (SELECT transfer_id FROM mark)
"""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one kind in one currency, all names together; minor units, the balance at the day's end."""

    day: date
    debit_minor: int
    credit_minor: int
    balance_minor: int


def days(currency: str, first: date, last: date) -> dict[str, list[Day]]:
    """By kind, each day from `first` to `last` as the rollup has it; quiet days keep the balance before them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH named AS (SELECT DISTINCT kind, name FROM ledger_rollup WHERE currency = %(currency)s),
            calendar AS (SELECT day::date FROM generate_series(%(first)s::date, %(last)s::date, '1 day') AS day)
            SELECT named.kind, calendar.day, SUM(COALESCE(moved.debit_minor, 0))::bigint,
                   SUM(COALESCE(moved.credit_minor, 0))::bigint, SUM(COALESCE(stood.balance_minor, 0))::bigint
            FROM named CROSS JOIN calendar
            LEFT JOIN ledger_rollup moved ON moved.kind = named.kind AND moved.name = named.name
                AND moved.currency = %(currency)s AND moved.day = calendar.day
            LEFT JOIN LATERAL (
                SELECT balance_minor FROM ledger_rollup r WHERE r.kind = named.kind AND r.name = named.name
                AND r.currency = %(currency)s AND r.day <= calendar.day ORDER BY r.day DESC LIMIT 1
            ) AS stood ON TRUE
            GROUP BY 1, 2 ORDER BY 1, 2
            """,
            {"currency": currency, "first": first, "last": last},
        )
        found: dict[str, list[Day]] = {}
        for kind, *row in cursor.fetchall():
            found.setdefault(kind, []).append(Day(*row))
        return found


def _scalar(sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
