"""The money invariants: each app registers its own, and one call proves them all (quality.md §1)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken promise: the invariant's code, a sentence, and what it is about ("order 12")."""

    code: str
    sentence: str
    subject: str = ""

    def __str__(self):
        return f"{self.code} {self.subject}: {self.sentence}" if self.subject else f"{self.code}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Invariant:
    code: str
    title: str
    breaches: Callable[[], Iterable[Breach]]
    count: Callable[[], int] | None


_invariants: dict[str, Invariant] = {}
KEPT = 100  # breaches that a run keeps in words


def register(
    code: str,
    function: Callable[[], Iterable[Breach]],
    *,
    title: str = "",
    count: Callable[[], int] | None = None,
) -> None:
    """Join the proof, from an app's ready(). The function yields breaches; `count` says how many things it looks at.

    The title is the first line of the function's docstring unless given. Registering a code again replaces it.
    """
    title = title or (function.__doc__ or code).strip().splitlines()[0]
    _invariants[code] = Invariant(code, title, function, count)


def invariants() -> list[Invariant]:
    """All registered invariants by code: I1, I2, …, I10."""
    return sorted(_invariants.values(), key=lambda known: (len(known.code), known.code))


def prove() -> list[Breach]:
    """Every breach of every registered invariant; an empty list is the proof."""
    return [breach for invariant in invariants() for breach in invariant.breaches()]


@contextmanager
def one_moment():
    """Read everything inside as it stood at one moment, whoever pays meanwhile; nothing can be written inside."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def run(now: datetime):
    """Prove everything as of one moment and keep what came out; gives the ledger.ProofRun and its breaches."""
    with one_moment():
        breaches = prove()
    return keep(breaches, now), breaches


def keep(breaches: list[Breach], now: datetime):
    """Write down what a proof found, as a ledger.ProofRun."""
    from ledger.models import ProofRun  # the apps' registry imports this module before there are models

    return ProofRun.objects.create(
        at=now,
        proved=len(_invariants),
        breaches=len(breaches),
        sentences=[str(breach) for breach in breaches[:KEPT]],
    )


def last_result():
    """The last kept proof, None before the first; payouts stand still while it does not hold."""
    from ledger.models import ProofRun

    return ProofRun.objects.order_by("-at", "-pk").first()


def transfers_balance() -> Iterator[Breach]:
    """Each currency adds up to zero; each transfer has two accounts, one currency and an amount above zero."""
    for currency, total in _rows(
        """
        SELECT currency, SUM(minor) FROM (
            SELECT account.currency, SUM(amount_minor) AS minor
            FROM ledger_transfer JOIN ledger_account account ON account.id = debit_id GROUP BY 1
            UNION ALL
            SELECT account.currency, -SUM(amount_minor)
            FROM ledger_transfer JOIN ledger_account account ON account.id = credit_id GROUP BY 1
        ) AS side GROUP BY currency HAVING SUM(minor) <> 0
        """
    ):
        yield Breach("I1", f"all balances in {currency} add up to {total}, not to zero", currency)
    for (pk,) in _rows(
        """
        SELECT transfer.id FROM ledger_transfer transfer
        JOIN ledger_account debit ON debit.id = transfer.debit_id
        JOIN ledger_account credit ON credit.id = transfer.credit_id
        WHERE debit.id = credit.id OR transfer.amount_minor <= 0
           OR debit.currency <> transfer.currency OR credit.currency <> transfer.currency
        """
    ):
        yield Breach("I1", "not two accounts, one currency and an amount above zero", f"transfer {pk}")


def balances_equal_transfers() -> Iterator[Breach]:
    """Each stored balance equals the sum of its transfers."""
    for pk, stored, added_up in _rows(
        """
        SELECT account.id, account.balance_minor, COALESCE(summed.minor, 0)
        FROM ledger_account account LEFT JOIN (
            SELECT id, SUM(minor) AS minor FROM (
                SELECT debit_id AS id, SUM(amount_minor) AS minor FROM ledger_transfer GROUP BY 1
                UNION ALL
                SELECT credit_id, -SUM(amount_minor) FROM ledger_transfer GROUP BY 1
            ) AS side GROUP BY id
        ) AS summed ON summed.id = account.id
        WHERE account.guarded AND account.balance_minor IS DISTINCT FROM COALESCE(summed.minor, 0)
        """
    ):
        yield Breach("I2", f"stores {stored}, its transfers add up to {added_up}", f"account {pk}")


def rollup_equals_transfers() -> Iterator[Breach]:
    """The rollup's days and balances equal the sum of the transfers that they stand for."""
    for kind, name, currency, day, stored, added_up in _rows(
        """
        WITH mark AS (SELECT COALESCE(MAX(transfer_id), 0) AS transfer_id FROM ledger_rollupmark), summed AS (
            SELECT kind, name, currency, day, SUM(debit) AS debit, SUM(credit) AS credit,
                   SUM(SUM(debit - credit)) OVER (PARTITION BY kind, name, currency ORDER BY day) AS balance
            FROM (
                SELECT a.kind, a.name, a.currency, (t.at AT TIME ZONE 'UTC')::date AS day,
                       t.amount_minor AS debit, 0 AS credit
                FROM ledger_transfer t JOIN ledger_account a ON a.id = t.debit_id, mark WHERE t.id <= mark.transfer_id
                UNION ALL
                SELECT a.kind, a.name, a.currency, (t.at AT TIME ZONE 'UTC')::date, 0, t.amount_minor
                FROM ledger_transfer t JOIN ledger_account a ON a.id = t.credit_id, mark WHERE t.id <= mark.transfer_id
            ) AS side GROUP BY 1, 2, 3, 4
        )
        SELECT kind, name, currency, day,
               CONCAT_WS(' / ', r.debit_minor, r.credit_minor, r.balance_minor),
               CONCAT_WS(' / ', s.debit, s.credit, s.balance)
        FROM ledger_rollup r FULL JOIN summed s USING (kind, name, currency, day)
        WHERE (r.debit_minor, r.credit_minor, r.balance_minor) IS DISTINCT FROM (s.debit, s.credit, s.balance)
        """
    ):
        about = ":".join(filter(None, (kind, name, currency)))
        said = f"the rollup has {stored or 'nothing'}, its transfers add up to {added_up or 'nothing'}"
        yield Breach("I2b", f"{said} (debits / credits / balance)", f"{about} {day}")


def _rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
