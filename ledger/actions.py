"""Writing the books: transfers go in together or not at all, and no guarded account crosses zero."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from ledger.chart import Book
from ledger.models import PER_ORDER, Account, Kind, Transfer
from trade_assurance.copying import copy_rows
from trade_assurance.money import display
from trade_assurance.refused import Refused

_WRITTEN = (
    "debit_id",
    "credit_id",
    "amount_minor",
    "currency",
    "kind",
    "order_id",
    "supplier_id",
    "key",
    "at",
    "entry",
)
FEW = 20  # lines that one statement writes sooner than COPY
_KEY = _WRITTEN.index("key")
_READ = ("id", "kind", "currency", "order_id", "supplier_id", "name", "guarded", "balance_minor")
_ACCOUNT = ", ".join(_READ)


class Overdrawn(Refused):
    """A guarded account would cross zero, nothing was written; `book` lacks `missing_minor`."""

    def __init__(self, book: Book, missing_minor: int):
        self.book, self.missing_minor = book, missing_minor
        super().__init__(
            _("{account} has {amount} less than this needs. Nothing was moved; look at the order again.").format(
                account=Kind(book.kind).label, amount=display(missing_minor, book.currency)
            )
        )


class AlreadyPosted(Refused):
    """A transfer with this key exists; nothing was written."""

    def __init__(self):
        super().__init__(_("This was already recorded. Nothing was moved a second time."))


@dataclass(frozen=True, slots=True)
class Line:
    """One transfer to write: `amount_minor` from credit to debit, under a key that is used once for ever."""

    debit: Book
    credit: Book
    amount_minor: int
    kind: str
    key: str
    order_id: int | None = None
    supplier_id: int | None = None
    entry: str = ""


def post(lines: Sequence[Line], *, now: datetime) -> list[Transfer]:
    """Write the lines as transfers, all or none, in the caller's transaction; returns them in the lines' order.

    Lines of zero are skipped. Accounts that do not exist are opened. Guarded accounts are locked in the order of their
    ids. Raises Overdrawn or AlreadyPosted, and ValueError for lines that no caller should build.
    """
    lines = _sound(lines)
    if not lines:
        return []
    accounts, moved = _prepared(lines)
    rows = _rows(lines, accounts, now)
    ids = _write(rows, moved)
    return [Transfer.from_db(connection.alias, ("id", *_WRITTEN), (ids[row[_KEY]], *row)) for row in rows]


def post_many(lines: Sequence[Line], *, now: datetime) -> int:
    """Write thousands of lines as post() does, with each of its guards, by COPY; gives how many were written.

    Nothing is read back. Raises what post() raises, and leaves the caller's transaction usable as it does.
    """
    if len(lines) < FEW:
        return len(post(lines, now=now))
    lines = _sound(lines)
    if not lines:
        return 0
    accounts, moved = _prepared(lines)
    with _keys_once(), transaction.atomic():
        copy_rows("ledger_transfer", _WRITTEN, _rows(lines, accounts, now))
        if moved:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"""
                    UPDATE ledger_account SET balance_minor = balance_minor + moved.delta
                    FROM (VALUES {", ".join(["(%s, %s)"] * len(moved))}) AS moved (id, delta)
                    WHERE ledger_account.id = moved.id
                    """,  # nosec B608: only placeholders are put in
                    [value for pair in moved.items() for value in pair],
                )
    return len(lines)


def balance(book: Book) -> int:
    """Debits minus credits in minor units: stored for guarded accounts, added up for the others; 0 before the first."""
    account = Account.objects.filter(**_named(book)).first()
    if account is None:
        return 0
    if account.guarded:
        return account.balance_minor
    return account.debits.total_minor() - account.credits.total_minor()


def balances_of_order(order_id: int, *, currency: str | None = None) -> dict[str, int]:
    """The order's escrow, refund_payable and chargebacks by kind, as debits minus credits (so escrow is ≤ 0).

    Raises ValueError when the order has accounts in several currencies and none was named.
    """
    accounts = Account.objects.of_order(order_id)
    if currency:
        accounts = accounts.filter(currency=currency)
    found = list(accounts.values_list("kind", "currency", "balance_minor"))
    if len({of for _kind, of, _minor in found}) > 1:
        raise ValueError(f"order {order_id} has accounts in several currencies")
    return dict.fromkeys(PER_ORDER, 0) | {kind: minor for kind, _of, minor in found}


def _sound(lines: Sequence[Line]) -> list[Line]:
    """The lines that move something. Raises ValueError for what no caller should build, and outside a transaction."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "post() belongs inside the transaction of the change that it books"
        )
    for line in lines:
        if line.amount_minor < 0:
            raise ValueError(f"{line.key}: an amount is never negative; swap the accounts")
        if line.debit == line.credit:
            raise ValueError(f"{line.key}: debit and credit are the same account")
        if line.debit.currency != line.credit.currency:
            raise ValueError(f"{line.key}: a transfer has one currency")
        if not line.key:
            raise ValueError("a line needs a key")
    lines = [line for line in lines if line.amount_minor]
    if len({line.key for line in lines}) < len(lines):
        raise ValueError("two lines have the same key")
    return lines


def _prepared(lines: list[Line]) -> tuple[dict[Book, Account], dict[int, int]]:
    """The accounts of the lines, guarded ones locked and able to bear them, and what each of those is moved by."""
    moved = defaultdict(int)
    for line in lines:
        moved[line.debit] += line.amount_minor
        moved[line.credit] -= line.amount_minor
    accounts = _opened(moved)
    deltas = {}
    for book, delta in moved.items():
        if not book.guarded:
            continue
        account = accounts[book]
        after = account.balance_minor + delta
        if after * book.sign < 0:
            if Transfer.objects.filter(key__in=[line.key for line in lines]).exists():
                raise AlreadyPosted
            raise Overdrawn(book, abs(after))
        if delta:
            deltas[account.pk] = delta
    return accounts, deltas


def _rows(lines: list[Line], accounts: dict[Book, Account], now: datetime) -> list[tuple]:
    ids = {book: account.pk for book, account in accounts.items()}
    return [
        (
            ids[line.debit],
            ids[line.credit],
            line.amount_minor,
            line.debit.currency,
            line.kind,
            line.order_id,
            line.supplier_id,
            line.key,
            now,
            line.entry,
        )
        for line in lines
    ]


def _named(book: Book) -> dict:
    return {
        "order_id": book.order_id,
        "supplier_id": book.supplier_id,
        "kind": book.kind,
        "currency": book.currency,
        "name": book.name,
    }


def _opened(books) -> dict[Book, Account]:
    """The accounts of these books, opened where they do not exist yet, the guarded ones locked."""
    accounts = lock(books)
    missing = [book for book in books if book not in accounts]
    if missing:
        # Another connection may open the same account now: then our insert waits for it and does nothing.
        Account.objects.bulk_create(
            [
                Account(**_named(book), guarded=book.guarded, balance_minor=0 if book.guarded else None)
                for book in missing
            ],
            ignore_conflicts=True,
        )
        accounts = lock(books)
    return accounts


def lock(books, locking: str = "FOR NO KEY UPDATE") -> dict[Book, Account]:
    """The existing accounts of these books in one query. Guarded ones stay locked, in the order of their ids.

    The others are only read: they are the ones that every order meets. An empty `locking` is for the test that shows
    what the lock prevents.
    """
    guarded, guarded_values = _matching([book for book in books if book.guarded])
    hot, hot_values = _matching([book for book in books if not book.guarded])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH guarded AS (SELECT {_ACCOUNT} FROM ledger_account WHERE {guarded} ORDER BY id {locking})
            SELECT * FROM guarded UNION ALL SELECT {_ACCOUNT} FROM ledger_account WHERE {hot}
            """,  # nosec B608: only column names and placeholders are put in
            [*guarded_values, *hot_values],
        )
        found = [Account.from_db(connection.alias, _READ, row) for row in cursor.fetchall()]
    return {
        Book(account.kind, account.currency, account.order_id, account.supplier_id, account.name): account
        for account in found
    }


def _matching(books) -> tuple[str, list]:
    """A condition that the unique index answers; IS NOT DISTINCT FROM would not use it."""
    conditions, values = [], []
    for book in books:
        columns = _named(book).items()
        conditions.append(
            " AND ".join(f"{name} IS NULL" if value is None else f"{name} = %s" for name, value in columns)
        )
        values += [value for _name, value in columns if value is not None]
    return " OR ".join(f"({condition})" for condition in conditions) or "FALSE", values


def _write(rows: list[tuple], deltas: dict[int, int]) -> dict[str, int]:
    """Insert transfers and move the stored balances in one statement, which writes nothing when a key is known.

    Gives the ids by their keys.
    """
    row = "(%s::bigint, %s::bigint, %s::bigint, %s, %s, %s::bigint, %s::bigint, %s, %s::timestamptz, %s)"
    moved = ", ".join(["(%s, %s)"] * len(deltas)) or "(NULL::bigint, 0)"
    values = [value for row in rows for value in row]
    values.append([row[_KEY] for row in rows])
    values += [value for pair in deltas.items() for value in pair]
    with _keys_once(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH written AS (
                INSERT INTO ledger_transfer ({", ".join(_WRITTEN)})
                SELECT * FROM (VALUES {", ".join([row] * len(rows))}) AS line
                WHERE NOT EXISTS (SELECT FROM ledger_transfer WHERE key = ANY(%s))
                RETURNING key, id
            ), stored AS (
                UPDATE ledger_account SET balance_minor = balance_minor + moved.delta
                FROM (VALUES {moved}) AS moved (id, delta)
                WHERE ledger_account.id = moved.id AND EXISTS (SELECT FROM written)
            )
            SELECT key, id FROM written
            """,  # nosec B608: only column names and placeholders are put in
            values,
        )
        ids = dict(cursor.fetchall())
    if not ids:
        raise AlreadyPosted
    return ids


@contextmanager
def _keys_once():
    """The database's word that a key is known, committed by another connection while we wrote, is AlreadyPosted."""
    try:
        yield
    except IntegrityError as error:
        if "transfer_key_once" in str(error):
            raise AlreadyPosted from error
        raise
