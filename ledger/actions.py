"""Writing the books: transfers go in together or not at all, and no guarded account crosses zero."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from ledger.chart import Book
from ledger.models import PER_ORDER, Account, Kind, Transfer
from trade_assurance.money import display
from trade_assurance.refused import Refused


class Overdrawn(Refused):
    """A guarded account would cross zero, nothing was written; `book` lacks `missing_minor`."""

    def __init__(self, book: Book, missing_minor: int):
        self.book, self.missing_minor = book, missing_minor
        super().__init__(
            f"{Kind(book.kind).label} has {display(missing_minor, book.currency)} less than this needs. "
            "Nothing was moved; look at the order again."
        )


class AlreadyPosted(Refused):
    """A transfer with this key exists; nothing was written."""

    def __init__(self):
        super().__init__("This was already recorded. Nothing was moved a second time.")


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
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "post() belongs inside the transaction of the change that it books"
        )
    lines = [line for line in lines if _is_sound(line) and line.amount_minor]
    if not lines:
        return []
    if len({line.key for line in lines}) < len(lines):
        raise ValueError("two lines have the same key")

    moved = defaultdict(int)
    for line in lines:
        moved[line.debit] += line.amount_minor
        moved[line.credit] -= line.amount_minor
    accounts = _opened(moved)
    for book, delta in moved.items():
        if book.guarded and (accounts[book].balance_minor + delta) * book.sign < 0:
            if Transfer.objects.filter(key__in=[line.key for line in lines]).exists():
                raise AlreadyPosted
            raise Overdrawn(book, abs(accounts[book].balance_minor + delta))
    transfers = [
        Transfer(
            debit=accounts[line.debit],
            credit=accounts[line.credit],
            amount_minor=line.amount_minor,
            currency=line.debit.currency,
            kind=line.kind,
            order_id=line.order_id,
            supplier_id=line.supplier_id,
            key=line.key,
            at=now,
            entry=line.entry,
        )
        for line in lines
    ]
    _write(transfers, {accounts[book].pk: delta for book, delta in moved.items() if book.guarded and delta})
    for book, delta in moved.items():
        if book.guarded:
            accounts[book].balance_minor += delta
    return transfers


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
    if len({of for _, of, _ in found}) > 1:
        raise ValueError(f"order {order_id} has accounts in several currencies")
    return dict.fromkeys(PER_ORDER, 0) | {kind: minor for kind, _, minor in found}


def _is_sound(line: Line) -> bool:
    if line.amount_minor < 0:
        raise ValueError(f"{line.key}: an amount is never negative; swap the accounts")
    if line.debit == line.credit:
        raise ValueError(f"{line.key}: debit and credit are the same account")
    if line.debit.currency != line.credit.currency:
        raise ValueError(f"{line.key}: a transfer has one currency")
    if not line.key:
        raise ValueError("a line needs a key")
    return True


def _named(book: Book) -> dict:
    return {
        "order_id": book.order_id,
        "supplier_id": book.supplier_id,
        "kind": book.kind,
        "currency": book.currency,
        "name": book.name,
    }


def _known_keys(lines: Sequence[Line]) -> bool:
    return Transfer.objects.filter(key__in=[line.key for line in lines]).exists()


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
    found = Account.objects.raw(
        f"""
        WITH guarded AS (SELECT * FROM ledger_account WHERE {guarded} ORDER BY id {locking})
        SELECT * FROM guarded UNION ALL SELECT * FROM ledger_account WHERE {hot}
        """,  # nosec B608: only column names and placeholders are put in
        [*guarded_values, *hot_values],
    )
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
        values += [value for _, value in columns if value is not None]
    return " OR ".join(f"({condition})" for condition in conditions) or "FALSE", values


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


def _write(transfers: list[Transfer], deltas: dict[int, int]) -> None:
    """Insert the transfers and move the stored balances in one statement, which writes nothing when a key is known."""
    row = "(%s::bigint, %s::bigint, %s::bigint, %s, %s, %s::bigint, %s::bigint, %s, %s::timestamptz, %s)"
    rows = ", ".join([row] * len(transfers))
    moved = ", ".join(["(%s, %s)"] * len(deltas)) or "(NULL::bigint, 0)"
    values = [getattr(transfer, column) for transfer in transfers for column in _WRITTEN]
    values.append([transfer.key for transfer in transfers])
    values += [value for pair in deltas.items() for value in pair]
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH written AS (
                    INSERT INTO ledger_transfer ({", ".join(_WRITTEN)}) SELECT * FROM (VALUES {rows}) AS line
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
    except IntegrityError as error:  # the same key, committed by another connection while we wrote
        if "transfer_key_once" in str(error):
            raise AlreadyPosted from error
        raise
    if not ids:
        raise AlreadyPosted
    for transfer in transfers:
        transfer.pk = ids[transfer.key]
        transfer._state.adding, transfer._state.db = False, connection.alias
