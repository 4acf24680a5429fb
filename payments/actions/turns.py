"""Statement files of one account are booked in turn, so that a sum and its details in two files count once.

What is booked of an account is compared with what was booked before. So a file lets those that began before it end
first; should their worker have died, it books them itself. No lock is held meanwhile.
"""

from collections.abc import Iterable

from django.db import connection

from payments.models import Statement, StatementFile


def begin_in_turn(accounts: Iterable[str]) -> None:
    """Let two files that begin with the same account wait for each other; part of the transaction that begins one."""
    with connection.cursor() as cursor:
        for account in sorted(set(accounts)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"statements of {account}"])


def begun_before(rows: list[Statement]) -> list[StatementFile]:
    """The unfinished files that began with an account of these statements before they did, the first one first."""
    if not rows:
        return []
    before = Statement.objects.filter(account__in={row.account for row in rows}, id__lt=min(row.id for row in rows))
    files = StatementFile.objects.unfinished().exclude(pk=rows[0].file_id)
    return sorted(files.filter(pk__in=before.values("file")), key=lambda file: file.id)


def continuity(row: Statement, before: list[Statement]) -> tuple[str, int]:
    """How a statement goes on from the one before it: the latest of its account that closed with a balance."""
    if row.opening_minor is None:
        return Statement.Continuity.UNKNOWN, 0
    same = Statement.objects.filter(account=row.account, currency=row.currency).exclude(closing_minor=None)
    told = [each for each in before if each.closing_minor is not None]
    former = told[-1] if told else same.order_by("-to_on", "-id").first()
    if former is None:
        return Statement.Continuity.FIRST, 0
    missing = row.opening_minor - former.closing_minor
    again = row.number and same.filter(number=row.number, page=row.page, to_on=row.to_on).exists()
    if again or (missing and row.from_on and former.to_on and row.from_on < former.to_on):
        return Statement.Continuity.OVERLAP, missing
    return (Statement.Continuity.GAP if missing else Statement.Continuity.FOLLOWS), missing
