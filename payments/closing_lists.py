"""Lists that explain a balance at closing: what a gateway has not settled, what the bank has not told yet."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Min

from ledger.models import Account, Kind, Transfer
from orders.models import Order
from payments.models import GatewaySettlement, Statement

WALKED = 2000  # newest moves that are gone through for a run that makes a balance
SETTLES = ("settle", "gateway_cost")


def moves_of_clearing(name: str, currency: str, balance_minor: int) -> tuple[list[tuple[str, int, datetime]], int]:
    """The newest moves that make up a gateway's balance, as (what, signed minor, at), and what they leave unexplained.

    A gateway settles the oldest first, so the run of newest ones that adds up to the balance is what it still has.
    """
    account = Account.objects.get(kind=Kind.CLEARING, name=name, currency=currency)
    moves = []
    for side, sign in (("debit", 1), ("credit", -1)):
        rows = Transfer.objects.filter(**{side: account}).exclude(kind__in=SETTLES).order_by("-id")
        fields = rows.values_list("id", "kind", "key", "order_id", "amount_minor", "at")[:WALKED]
        moves += [(pk, kind, key, order, sign * minor, at) for pk, kind, key, order, minor, at in fields]
    moves.sort(reverse=True)
    run, best = 0, None
    for count, move in enumerate(moves, 1):
        run += move[4]
        if run == balance_minor:
            best = count
            break
    explained = moves[:best][::-1] if best else []
    references = dict(
        Order.objects.filter(pk__in={move[3] for move in explained if move[3]}).values_list("pk", "reference")
    )
    items = [
        (f"{kind.replace('_', ' ')} {references.get(order, '') or key}", minor, at)
        for _, kind, key, order, minor, at in explained
    ]
    return items, 0 if best else balance_minor


def last_statements() -> dict[str, list[Statement]]:
    """The newest statement with a closing balance of each account, by currency."""
    newest = (
        Statement.objects.filter(closing_minor__isnull=False, file__status="complete")
        .select_related("file")
        .order_by("account", "currency", "-to_on", "-id")
        .distinct("account", "currency")
    )
    found = defaultdict(list)
    for statement in newest:
        found[statement.currency].append(statement)
    return found


def bank_moves_to_come(currency: str, since: datetime) -> int:
    """What moved our bank in the books from `since` on and stands on no statement: a sum, debits less credits.

    Payouts of card processors are not in it, see `payouts_to_come`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT COALESCE(SUM(CASE WHEN debit.kind = 'bank' THEN t.amount_minor ELSE -t.amount_minor END), 0)::bigint
            FROM ledger_transfer t
            JOIN ledger_account debit ON debit.id = t.debit_id
            JOIN ledger_account credit ON credit.id = t.credit_id
            WHERE t.at >= %(since)s AND t.currency = %(currency)s
              AND (debit.kind = 'bank') <> (credit.kind = 'bank')
              AND NOT EXISTS (SELECT FROM payments_bankentry e
                              WHERE e.statement_id IS NOT NULL AND t.entry <> '' AND e.entry = t.entry)
              AND NOT EXISTS (SELECT FROM payments_gatewaysettlement s
                              WHERE t.kind = 'settle' AND s.gateway = split_part(t.entry, ':', 1)
                                AND s.reference = split_part(t.entry, ':', 2))
              AND NOT (t.kind = 'confirm' AND t.key = ANY(ARRAY(
                    SELECT 'refund_sent:' || e.refund_id || ':confirm' FROM payments_bankentry e
                    WHERE e.statement_id IS NOT NULL AND e.direction = 'debit' AND e.refund_id IS NOT NULL
                      AND e.arrived_at >= %(since)s
                    UNION ALL
                    SELECT 'payout:' || e.payout_id || ':confirm' FROM payments_bankentry e
                    WHERE e.statement_id IS NOT NULL AND e.direction = 'debit' AND e.payout_id IS NOT NULL
                      AND e.arrived_at >= %(since)s
                    UNION ALL
                    SELECT CASE WHEN i.refund_id IS NULL THEN 'payout:' || i.payout_id
                                ELSE 'refund_sent:' || i.refund_id END || ':confirm'
                    FROM payments_bankentry e JOIN payments_batchitem i ON i.batch_id = e.payout_batch_id
                    WHERE e.status = 'ours' AND e.arrived_at >= %(since)s
                    UNION ALL
                    SELECT 'unmatched:' || o.entry || CASE WHEN o.returns > 1 THEN '#' || o.returns ELSE '' END
                           || ':confirm'
                    FROM payments_bankentry e JOIN payments_bankentry o ON o.id = e.return_of_id
                    WHERE e.status = 'ours' AND e.arrived_at >= %(since)s)))
            """,
            {"since": since, "currency": currency},
        )
        return cursor.fetchone()[0]


def payouts_to_come() -> Iterator[GatewaySettlement]:
    """Payouts of card processors that are in the books, and on no statement though one has been imported for the day.

    In a currency without statements none is expected, nor one from before the first of them.
    """
    closed = Statement.objects.filter(closing_minor__isnull=False, file__status="complete")
    first = {
        row["currency"]: row["begin"] or row["end"]
        for row in closed.values("currency").annotate(begin=Min("from_on"), end=Min("to_on")).order_by()
    }
    rows = GatewaySettlement.objects.filter(state=GatewaySettlement.State.BOOKED, bank_entry=None)
    for row in rows.exclude(amount_minor=0).filter(currency__in=first).order_by("id"):
        day = row.arrives_on or row.seen_at.date()
        if first[row.currency] is None or day >= first[row.currency]:
            yield row


def told_back_at(entries: list[str]) -> dict[str, datetime]:
    """When money of these attempts, by their names in the books, was told to go back to its sender."""
    keys = {f"unmatched:{name}:send": name for name in entries}
    rows = Transfer.objects.filter(key__in=keys).values_list("key", "at")
    return {keys[key]: at for key, at in rows}


def owed_since(limit: int) -> list[tuple[Account, datetime]]:
    """Accounts that owe and nothing has moved on for longest: with the moment of their last transfer."""
    accounts = list(Account.objects.owed().order_by("id")[: limit * 10])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, (SELECT MAX(at) FROM (
                (SELECT at FROM ledger_transfer WHERE debit_id = owing.id ORDER BY id DESC LIMIT 1) UNION ALL
                (SELECT at FROM ledger_transfer WHERE credit_id = owing.id ORDER BY id DESC LIMIT 1)) AS last)
            FROM UNNEST(%s::bigint[]) AS owing (id)
            """,
            [[account.id for account in accounts]],
        )
        last = dict(cursor.fetchall())
    return sorted(((account, last[account.id]) for account in accounts), key=lambda pair: pair[1])[:limit]
