"""Bank statement files: stored as they came, checked to their end, then booked entry by entry (Rulebook 5, 6).

Nothing of a file is booked before all of it was read and its balances were right. Booking goes in batches, each with a
commit of its own; whoever dies between leaves a file that is unfinished, and going on books what is missing.
"""

import hashlib
import pickle  # nosec B403 - of temporary files that nobody else can write
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum

from accounts.models import User
from orders.models import Instalment
from payments import reconciliation
from payments.actions.arriving import gateway_of
from payments.actions.batching import end_ended_batches
from payments.actions.leaving import record_movement
from payments.actions.movements import Movement
from payments.actions.receiving import Credit, record_bank_credit, suspend_credits
from payments.actions.turns import begin_in_turn, begun_before, continuity
from payments.models import BankEntry, Statement, StatementFile
from payments.statements import Closed, Entry, Opened, Unreadable, open_statement
from payments.statements.camt import SUMMED_UP
from payments.statements.reading import MAX_BYTES
from suppliers.models import DesignatedAccount
from trade_assurance.money import BadCurrency, digits, display
from trade_assurance.refused import NotAllowed, Refused

BATCH = 1_000  # entries that are booked with one look at what is known
AT_ONCE = 2 * 2**20  # bytes of a file that is booked while somebody waits; larger ones are for the sweep
Status = BankEntry.Status
OURS = (Status.OURS, Status.REVERSAL, Status.SETTLED, Status.CHARGE, Status.OWN)


class NotOurStatement(Unreadable):
    """A statement of an account that is not one of ours."""


@dataclass
class Told:
    """What a statement of the file tells, added up while it is read."""

    opened: Opened
    account: str  # as it is known here
    currency: str
    closed: Closed | None = None
    credits_minor: int = 0
    debits_minor: int = 0
    entries: int = 0
    others: set[str] = field(default_factory=set)  # currencies of entries in another one


def receive_statement(*, source: BinaryIO, name: str, by: User | None, now: datetime) -> StatementFile:
    """Keep a file as it came; `import_statement` books it. The same bytes again are the same row.

    One that was refused may be given again. Raises NotAllowed, Refused.
    """
    if by is not None and not by.has_perm("payments.import_statement"):
        raise NotAllowed("Only finance staff import bank statements.")
    digest, size = hashlib.sha256(), 0
    source.seek(0)
    while chunk := source.read(2**20):
        size += len(chunk)
        if size > MAX_BYTES:
            raise Refused(
                f"The file is larger than {MAX_BYTES // 2**20} MB. Ask the bank for smaller ones.", field="file"
            )
        digest.update(chunk)
    if not size:
        raise Refused("The file is empty.", field="file")
    known = _again(digest.hexdigest())
    if known is not None:
        return known
    row = StatementFile(sha256=digest.hexdigest(), name=name[-200:], size=size, imported_at=now, imported_by=by)
    source.seek(0)
    row.content.save(name, File(source), save=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # the same file from another connection
        row.content.delete(save=False)
        return StatementFile.objects.get(sha256=row.sha256)
    return row


@transaction.atomic
def _again(sha256: str) -> StatementFile | None:
    known = StatementFile.objects.select_for_update().filter(sha256=sha256).first()
    if known is not None and known.status == StatementFile.Status.REFUSED:
        known.status, known.why, known.ended_at = StatementFile.Status.RECEIVED, "", None
        known.save(update_fields=["status", "why", "ended_at"])
    return known


def import_statement(*, file_id: int, now: datetime, somebody_waits: bool = False) -> StatementFile:
    """Check a file to its end, then book what is not booked yet. Refused, it says why, and nothing of it is booked.

    Going on after a crash, a second run at once, and another file that tells the same entries: each entry counts once.
    What began before with the same account is booked first; while somebody waits, no large file is.
    """
    file = StatementFile.objects.get(pk=file_id)
    if file.status != StatementFile.Status.RECEIVED:
        return file
    with tempfile.TemporaryFile() as spool:
        try:
            with file.content.open("rb") as source:
                kind, statements = _check(source, spool)
        except Unreadable as refused:
            return _refuse(file_id, str(refused), now)
        rows = _begin(file_id, kind, statements)
        for earlier in begun_before(rows):
            if somebody_waits and earlier.size > AT_ONCE:
                return file
            import_statement(file_id=earlier.id, now=now)
        spool.seek(0)
        for batch in _batches(spool):
            _book([(rows[position], entry) for position, entry in batch], now)
    end_ended_batches(now=now)
    return _complete(file_id, sum(told.entries for told in statements), now)


def import_at_once(*, source: BinaryIO, name: str, by: User | None, now: datetime) -> StatementFile:
    """Take in a file and, unless it is large, book it while somebody waits; the sweep books the others."""
    file = receive_statement(source=source, name=name, by=by, now=now)
    return import_statement(file_id=file.id, now=now, somebody_waits=True) if file.size <= AT_ONCE else file


# checking ---------------------------------------------------------------------------------------------------------


def _check(source: BinaryIO, spool: BinaryIO) -> tuple[str, list[Told]]:
    """Read all of a file and put its entries into the spool. Raises Unreadable."""
    kind, stream = open_statement(source)
    statements, batch = [], []
    for part in stream:
        if isinstance(part, Entry):
            _add(statements[-1], part)
            batch.append((len(statements) - 1, part))
            if len(batch) == BATCH:
                pickle.dump(batch, spool, pickle.HIGHEST_PROTOCOL)
                batch = []
        elif isinstance(part, Opened):
            statements.append(Told(part, _our_account(part.account), part.currency))
        else:
            _close(statements[-1], part)
    if batch:
        pickle.dump(batch, spool, pickle.HIGHEST_PROTOCOL)
    return kind, statements


def _batches(spool: BinaryIO) -> Iterator[list[tuple[int, Entry]]]:
    while True:
        try:
            yield pickle.load(spool)  # nosec B301 - written by _check
        except EOFError:
            return


def _our_account(account: str) -> str:
    """The account as it is known here; a bank code before its number is forgiven. Raises NotOurStatement."""
    paying = [told.get(key, "") for told in settings.PAYING_ACCOUNTS.values() for key in ("iban", "number")]
    ours = {"".join(number.split()).upper() for number in (*settings.BANK_ACCOUNTS, *paying) if number}
    for shown in (account, account.rpartition("/")[2]):
        if shown in ours or DesignatedAccount.objects.filter(number=shown).exists():
            return shown
    raise NotOurStatement(
        f"Account {account} is not one of ours, so nothing of this file is. Is it missing in BANK_ACCOUNTS?"
    )


def _add(told: Told, entry: Entry) -> None:
    told.currency = told.currency or entry.currency
    told.entries += 1
    if entry.currency != told.currency:
        told.others.add(entry.currency)
    elif entry.is_credit:
        told.credits_minor += entry.amount_minor
    else:
        told.debits_minor += entry.amount_minor


def _close(told: Told, closed: Closed) -> None:
    told.closed = closed
    told.currency = told.currency or closed.currency
    name = f"Statement {told.opened.number} of {told.account}"
    if closed.opening_minor is None or closed.closing_minor is None:
        told.currency = _traded(told.currency, name)
        return
    if told.others or closed.currency != told.currency:
        found = ", ".join(sorted(told.others | {closed.currency}))
        raise Unreadable(f"{name} is in {told.currency}, and has entries or balances in {found}.")
    moved = told.credits_minor - told.debits_minor
    if closed.opening_minor + moved != closed.closing_minor:
        shown = [display(minor, closed.currency) for minor in (closed.opening_minor, moved, closed.closing_minor)]
        raise Unreadable(
            f"{name} does not add up: it opens with {shown[0]}, its entries ({told.entries}) add up to {shown[1]}, "
            f"and it closes with {shown[2]}. Something is missing or was changed; ask the bank for the file again."
        )


def _traded(currency: str, name: str) -> str:
    try:
        digits(currency)
    except BadCurrency as error:
        raise Unreadable(f"{name}: {error}") from error
    return currency


# statements -------------------------------------------------------------------------------------------------------


@transaction.atomic
def _refuse(file_id: int, why: str, now: datetime) -> StatementFile:
    file = StatementFile.objects.locked(file_id)
    if file.status == StatementFile.Status.RECEIVED:
        file.status, file.why, file.ended_at = StatementFile.Status.REFUSED, why[:500], now
        file.save(update_fields=["status", "why", "ended_at"])
    return file


@transaction.atomic
def _begin(file_id: int, kind: str, statements: list[Told]) -> list[Statement]:
    """The rows of a file's statements, made once; by position."""
    file = StatementFile.objects.locked(file_id)
    rows = list(file.statements.order_by("position"))
    if rows:
        return rows
    begin_in_turn(told.account for told in statements)
    StatementFile.objects.filter(pk=file_id).update(kind=kind)
    before: dict[tuple[str, str], list[Statement]] = {}
    for position, told in enumerate(statements):
        closed = told.closed
        row = Statement(
            file=file,
            position=position,
            account=told.account,
            currency=told.currency,
            number=told.opened.number,
            page=told.opened.page,
            from_on=closed.from_on,
            to_on=closed.to_on,
            opening_minor=closed.opening_minor,
            closing_minor=closed.closing_minor,
            credits_minor=told.credits_minor,
            debits_minor=told.debits_minor,
            entry_count=told.entries,
        )
        series = before.setdefault((row.account, row.currency), [])
        row.continuity, row.missing_minor = continuity(row, series)
        series.append(row)
        rows.append(row)
    return Statement.objects.bulk_create(rows, batch_size=1_000)


@transaction.atomic
def _complete(file_id: int, entries: int, now: datetime) -> StatementFile:
    file = StatementFile.objects.locked(file_id)
    if file.status != StatementFile.Status.RECEIVED:
        return file
    booked = dict(
        BankEntry.objects.filter(statement__file=file).values_list("status").annotate(n=Count("id")).order_by()
    )
    file.entries = entries
    file.matched = booked.pop(Status.MATCHED, 0)
    file.ours = sum(booked.pop(status, 0) for status in OURS)
    file.unknown = booked.pop(Status.UNKNOWN, 0)
    file.suspended = sum(booked.values())
    file.known = entries - file.matched - file.ours - file.unknown - file.suspended
    file.status, file.ended_at = StatementFile.Status.COMPLETE, now
    file.save()
    return file


# booking ----------------------------------------------------------------------------------------------------------


def _book(batch: list[tuple[Statement, Entry]], now: datetime) -> None:
    """Book what of a batch is not known: new money first, then what leaves, then what is undone."""
    batch = _unknown(batch)
    designated = set(
        DesignatedAccount.objects.filter(
            number__in={entry.own_account for _, entry in batch} | {statement.account for statement, _ in batch}
        ).values_list("number", flat=True)
    )
    plain, others = [], []
    for statement, entry in batch:
        is_new = entry.is_credit and not entry.is_reversal and not entry.is_return
        if is_new and not gateway_of(entry.other_name, entry.text):
            plain.append(_credit(statement, entry, designated))
        else:
            credit = _credit(statement, entry, designated) if entry.is_credit else None
            told = _told(statement, entry)
            others.append(Movement(entry, statement.account, told, credit))
    _book_credits(plain, now)
    others.sort(key=lambda movement: movement.entry.is_reversal or movement.entry.is_return)
    for movement in others:
        record_movement(movement=movement, now=now)


def _unknown(batch: list[tuple[Statement, Entry]]) -> list[tuple[Statement, Entry]]:
    """What is not booked yet: neither by its number, nor as the details of its booking, nor as the booking of them."""
    numbers = [entry.number for _, entry in batch]
    known = set(BankEntry.objects.filter(entry__in=numbers).values_list("entry", flat=True))
    batch = [(statement, entry) for statement, entry in batch if entry.number not in known]
    rows = BankEntry.objects.filter(bank_reference__in={e.bank_reference for _, e in batch} - {""})
    if not rows.exists():
        return batch
    of = ("statement__account", "bank_reference", "direction", "currency")
    whole = set(rows.filter(batch="").values_list(*of, "amount_minor"))
    whole |= set(rows.exclude(batch="").filter(why__startswith=SUMMED_UP).values_list(*of, "amount_minor"))
    details = rows.exclude(Q(batch="") | Q(why__startswith=SUMMED_UP))
    parts = {tuple(row[:4]): row[4] for row in details.values_list(*of).annotate(Sum("amount_minor"))}

    def told_before(statement: Statement, entry: Entry) -> bool:
        direction = BankEntry.Direction.CREDIT if entry.is_credit else BankEntry.Direction.DEBIT
        booking = (statement.account, entry.bank_reference, direction.value, entry.currency)
        if not entry.bank_reference or entry.is_reversal:
            return False
        if entry.booking_minor:
            return (*booking, entry.booking_minor) in whole
        return parts.get(booking) == entry.amount_minor

    return [(statement, entry) for statement, entry in batch if not told_before(statement, entry)]


def _told(statement: Statement, entry: Entry) -> dict:
    direction = BankEntry.Direction.CREDIT if entry.is_credit else BankEntry.Direction.DEBIT
    return {
        "statement": statement,
        "direction": direction,
        "booked_on": entry.booked_on,
        "value_on": entry.value_on,
        "bank_reference": entry.bank_reference,
        "end_to_end_id": entry.end_to_end_id,
        "batch": entry.batch,
        "other_account": entry.other_account,
        "is_reversal": entry.is_reversal,
        "is_return": entry.is_return,
    }


def _credit(statement: Statement, entry: Entry, designated: set[str]) -> Credit:
    account = entry.own_account if entry.own_account in designated else statement.account
    text = entry.text if entry.end_to_end_id in entry.text else f"{entry.text} {entry.end_to_end_id}"
    return Credit(
        entry=entry.number,
        account_number=account,
        currency=entry.currency,
        amount_minor=entry.amount_minor,
        reference=text.strip(),
        payer_name=entry.other_name,
        charges_minor=entry.charges_minor,
        own_account=account not in designated,
        odd=entry.odd,
        told=_told(statement, entry),
    )


def _book_credits(credits: Iterable[Credit], now: datetime) -> None:
    named = {credit.entry: reconciliation.references_in(credit.reference) for credit in credits if not credit.odd}
    wanted = {reference for found in named.values() for reference in found}
    issued = set(Instalment.objects.filter(rf_reference__in=wanted).values_list("rf_reference", flat=True))
    for_orders, nameless = [], []
    for credit in credits:
        found = named.get(credit.entry, ())
        if issued.intersection(found):
            for_orders.append(credit)
        else:
            nameless.append((credit, credit.odd or reconciliation.without_order(credit.reference, 0)))
    try:
        if nameless:
            suspend_credits(credits=nameless, now=now)
    except IntegrityError as error:  # some of them were booked by another run at once
        if "payments_bankentry_entry" not in str(error):
            raise
        for_orders = [credit for credit, _ in nameless] + for_orders
    for credit in for_orders:
        record_bank_credit(credit=credit, now=now)
