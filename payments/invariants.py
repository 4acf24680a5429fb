"""The money invariants that payments know (quality.md §1); registered with ledger.proof."""

from collections.abc import Iterator

from django.db import connection

from ledger.proof import Breach

# kinds of transfer by which money leaves through bank clearing, or comes back
MOVES = ["send_refund", "send_payout", "send_unmatched", "confirm", "came_back", "owed_again"]
# kinds of transfer that fill what a lost chargeback took
LOSSES = ["lost_escrow", "lost_from_payable", "lost_guarantee", "lost_owed", "lost_fee", "lost_beyond"]


def _rows(sql: str, **values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()


def refunds_within_payment() -> Iterator[Breach]:
    """No payment is refunded more than it brought in, and it counts exactly the refunds that did not come back."""
    for payment, counted, sent in _rows(
        """
        SELECT p.id, p.refunded_minor + p.surplus_returned_minor + p.fee_returned_minor,
               COALESCE(SUM(r.amount_minor) FILTER (WHERE r.status <> 'failed'), 0)
        FROM payments_payment p LEFT JOIN payments_refund r ON r.payment_id = p.id
        GROUP BY p.id
        HAVING p.refunded_minor + p.surplus_returned_minor + p.fee_returned_minor
               <> COALESCE(SUM(r.amount_minor) FILTER (WHERE r.status <> 'failed'), 0)
            OR COALESCE(SUM(r.amount_minor) FILTER (WHERE r.status <> 'failed'), 0)
               > p.cleared_minor + p.surplus_minor + p.fee_kept_minor
        """
    ):
        yield Breach("I4b", f"counts {counted} as refunded, its refunds are {sent}", f"payment {payment}")
    for payment, back, brought in _rows(
        """
        SELECT id, refunded_minor + surplus_returned_minor + fee_returned_minor
                   + charged_back_minor + surplus_charged_back_minor + fee_charged_back_minor,
               cleared_minor + surplus_minor + fee_kept_minor
        FROM payments_payment
        WHERE refunded_minor + charged_back_minor > cleared_minor
           OR surplus_returned_minor + surplus_charged_back_minor > surplus_minor
           OR fee_returned_minor + fee_charged_back_minor > fee_kept_minor
        """
    ):
        yield Breach("I4b", f"{back} went back or is contested of {brought} that it brought", f"payment {payment}")
    for payment, brought, booked in _rows(
        """
        SELECT p.id, p.cleared_minor + p.fee_kept_minor + p.absorbed_minor + p.surplus_minor,
               COALESCE(SUM(t.amount_minor), 0)
        FROM payments_payment p LEFT JOIN ledger_transfer t
          ON t.order_id = p.order_id AND t.key IN ('payment:' || p.id || ':clear', 'payment:' || p.id || ':fee',
                                                   'payment:' || p.id || ':absorb', 'payment:' || p.id || ':return')
        GROUP BY p.id
        HAVING p.cleared_minor + p.fee_kept_minor + p.absorbed_minor + p.surplus_minor
               <> COALESCE(SUM(t.amount_minor), 0)
        """
    ):
        yield Breach("I4b", f"brought {brought}, the books say {booked}", f"payment {payment}")


def owed_is_sent_once() -> Iterator[Breach]:
    """Every refund and payout left the books once, ended in them as at the bank, and is asked until it ends."""
    for table, prefix, confirms in (
        ("payments_refund", "refund_sent:", "s.method = 'tt'"),
        ("payments_payout", "payout:", "TRUE"),
    ):
        for pk, status, amount, sent, confirmed, again in _rows(
            f"""
            SELECT s.id, s.status, s.amount_minor, COALESCE(a.amount_minor, 0), COALESCE(b.amount_minor, 0),
                   COALESCE(c.amount_minor, 0)
            FROM {table} s
            LEFT JOIN ledger_transfer a ON a.key = '{prefix}' || s.id || ':send'
            LEFT JOIN ledger_transfer b ON b.key = '{prefix}' || s.id || ':confirm'
            LEFT JOIN ledger_transfer c ON c.key = '{prefix}' || s.id || ':owed_again'
            LEFT JOIN ledger_transfer d ON d.key = '{prefix}' || s.id || ':came_back'
            WHERE COALESCE(a.amount_minor, 0) <> s.amount_minor
               OR COALESCE(b.amount_minor, 0) <> CASE WHEN s.status = 'confirmed' AND {confirms}
                                                      THEN s.amount_minor
                                                      ELSE COALESCE(d.amount_minor, 0) END
               OR COALESCE(d.amount_minor, 0) > CASE WHEN s.status = 'failed' THEN s.amount_minor ELSE 0 END
               OR COALESCE(c.amount_minor, 0) <> CASE WHEN s.status = 'failed' THEN s.amount_minor ELSE 0 END
               OR (s.status IN ('sending', 'sent') AND s.next_ask_at IS NULL)
            """  # nosec B608 - both names are ours
        ):
            yield Breach(
                "I7",
                f"{status} of {amount}: the books sent {sent}, confirmed {confirmed}, owe {again} again",
                f"{table} {pk}",
            )
    for key in _rows(
        """
        SELECT t.key FROM ledger_transfer t
        WHERE (t.kind = 'send_refund'
               AND NOT EXISTS (SELECT FROM payments_refund r WHERE t.key = 'refund_sent:' || r.id || ':send'))
           OR (t.kind = 'send_payout'
               AND NOT EXISTS (SELECT FROM payments_payout p WHERE t.key = 'payout:' || p.id || ':send'))
        """
    ):
        yield Breach("I7", "left the books and is no refund or payout that anybody follows", f"transfer {key[0]}")
    for pk, amount, lines in _rows(
        """
        SELECT p.id, p.amount_minor, COALESCE(SUM(l.amount_minor), 0)
        FROM payments_payout p LEFT JOIN payments_payoutline l ON l.payout_id = p.id
        GROUP BY p.id HAVING p.amount_minor <> COALESCE(SUM(l.amount_minor), 0)
        """
    ):
        yield Breach("I7", f"pays {amount}, what it carries adds up to {lines}", f"payout {pk}")


def suspense_is_listed() -> Iterator[Breach]:
    """What is in suspense is a list of bank entries and held payments; what is to leave the bank, one of sendings."""
    for currency, balance, listed in _rows(
        """
        WITH books AS (
            SELECT currency, SUM(minor) AS minor FROM (
                SELECT a.currency, t.amount_minor AS minor FROM ledger_transfer t
                JOIN ledger_account a ON a.id = t.credit_id WHERE a.kind = 'suspense'
                UNION ALL
                SELECT a.currency, -t.amount_minor FROM ledger_transfer t
                JOIN ledger_account a ON a.id = t.debit_id WHERE a.kind = 'suspense'
            ) AS side GROUP BY currency
        ), entries AS (
            SELECT currency, SUM(minor) AS minor FROM (
                SELECT currency, amount_minor AS minor FROM payments_bankentry WHERE status = 'suspense'
                UNION ALL
                SELECT currency, amount_minor + fee_minor FROM payments_payment WHERE status = 'held'
            ) AS waiting GROUP BY currency
        )
        SELECT currency, COALESCE(books.minor, 0), COALESCE(entries.minor, 0)
        FROM books FULL JOIN entries USING (currency)
        WHERE COALESCE(books.minor, 0) <> COALESCE(entries.minor, 0)
        """
    ):
        yield Breach("I8", f"suspense holds {balance}, its entries and held payments add up to {listed}", currency)
    for currency, balance, flying in _rows(
        """
        WITH books AS (
            SELECT currency, SUM(minor) AS minor FROM (
                SELECT a.currency, t.amount_minor AS minor FROM ledger_transfer t
                JOIN ledger_account a ON a.id = t.credit_id WHERE a.kind = 'clearing'
                  AND a.name = 'bank' AND t.kind = ANY(%(moves)s)
                UNION ALL
                SELECT a.currency, -t.amount_minor FROM ledger_transfer t
                JOIN ledger_account a ON a.id = t.debit_id WHERE a.kind = 'clearing'
                  AND a.name = 'bank' AND t.kind = ANY(%(moves)s)
            ) AS side GROUP BY currency
        ), flying AS (
            SELECT currency, SUM(amount_minor) AS minor FROM (
                SELECT currency, amount_minor FROM payments_refund WHERE method = 'tt' AND status IN ('sending', 'sent')
                UNION ALL
                SELECT currency, amount_minor FROM payments_payout WHERE status IN ('sending', 'sent')
                UNION ALL
                SELECT currency, amount_minor FROM payments_bankentry WHERE status = 'returning'
            ) AS sent GROUP BY currency
        )
        SELECT currency, COALESCE(books.minor, 0), COALESCE(flying.minor, 0)
        FROM books FULL JOIN flying USING (currency)
        WHERE COALESCE(books.minor, 0) <> COALESCE(flying.minor, 0)
        """,
        moves=MOVES,
    ):
        yield Breach("I8", f"clearing of the bank has {balance} to go, what was told to go is {flying}", currency)


def own_entries_are_booked() -> Iterator[Breach]:
    """A bank entry is ours alone exactly where the books have it as a bank charge or as own funds, for its amount."""
    for entry, status, amount, booked in _rows(
        """
        WITH own AS (
            SELECT entry, status, amount_minor,
                   'entry:' || entry || CASE status WHEN 'own' THEN ':own_funds' ELSE ':bank_charge' END AS key
            FROM payments_bankentry WHERE status IN ('own', 'charge')
        ), booked AS (
            SELECT key, entry, amount_minor FROM ledger_transfer
            WHERE kind IN ('own_funds', 'bank_charge') AND starts_with(key, 'entry:')
        )
        SELECT COALESCE(own.entry, booked.entry), COALESCE(own.status, 'not ours'), COALESCE(own.amount_minor, 0),
               COALESCE(booked.amount_minor, 0)
        FROM own FULL JOIN booked ON booked.key = own.key
        WHERE own.amount_minor IS DISTINCT FROM booked.amount_minor
        """
    ):
        yield Breach("I8", f"{status} with {amount}, the books have {booked}", f"entry {entry}")


def checks_are_true() -> Iterator[Breach]:
    """A payment is held exactly while its check is, and its money lies in suspense by its own name."""
    for payment, status, verdict, total, suspended in _rows(
        """
        SELECT p.id, p.status, COALESCE(c.verdict, 'none'), p.amount_minor + p.fee_minor, t.amount_minor
        FROM payments_payment p
        LEFT JOIN payments_check c ON c.payment_id = p.id
        LEFT JOIN ledger_transfer t ON t.key = 'payment:' || p.id || ':hold'
        WHERE (p.status = 'held' OR c.verdict = 'held' OR t.id IS NOT NULL)
          AND ((p.status = 'held') <> (COALESCE(c.verdict, 'none') = 'held')
               OR p.held_at IS NULL
               OR COALESCE(t.amount_minor, p.amount_minor + p.fee_minor) <> p.amount_minor + p.fee_minor)
        """
    ):
        yield Breach("I8", f"{status}, its check {verdict}: {suspended} of {total} was suspended", f"payment {payment}")


def chargebacks_are_listed() -> Iterator[Breach]:
    """What card networks have taken back is the list of chargebacks: in the books, on its payment and on its order."""
    for pk, state, amount, opened, won, lost in _rows(
        """
        SELECT c.id, c.state, c.amount_minor, COALESCE(opened.minor, 0), COALESCE(won.minor, 0), COALESCE(lost.minor, 0)
        FROM payments_chargeback c
        LEFT JOIN LATERAL (SELECT SUM(amount_minor) AS minor FROM ledger_transfer
            WHERE key = 'chargeback:' || c.id || ':opened') opened ON TRUE
        LEFT JOIN LATERAL (SELECT SUM(amount_minor) AS minor FROM ledger_transfer
            WHERE key = 'chargeback:' || c.id || ':won') won ON TRUE
        LEFT JOIN LATERAL (SELECT SUM(amount_minor) AS minor FROM ledger_transfer
            WHERE key = ANY(ARRAY(
                SELECT 'chargeback:' || c.id || ':' || kind FROM UNNEST(%(losses)s) AS kind))) lost ON TRUE
        WHERE COALESCE(opened.minor, 0) <> c.amount_minor
           OR COALESCE(won.minor, 0) <> CASE WHEN c.state = 'won' THEN c.amount_minor ELSE 0 END
           OR COALESCE(lost.minor, 0) <> CASE WHEN c.state = 'lost' THEN c.amount_minor ELSE 0 END
        """,
        losses=LOSSES,
    ):
        said = f"{state} with {amount}: the books opened {opened}, won {won}, lost {lost}"
        yield Breach("I8", said, f"chargeback {pk}")
    for order, balance, listed in _rows(
        """
        WITH listed AS (
            SELECT order_id, currency, SUM(amount_minor) AS minor FROM payments_chargeback
            WHERE state = 'open' GROUP BY 1, 2
        )
        SELECT COALESCE(a.order_id, listed.order_id), COALESCE(a.balance_minor, 0), COALESCE(listed.minor, 0)
        FROM (SELECT * FROM ledger_account WHERE kind = 'chargebacks') a
        FULL JOIN listed ON listed.order_id = a.order_id AND listed.currency = a.currency
        WHERE COALESCE(a.balance_minor, 0) <> COALESCE(listed.minor, 0)
        """
    ):
        yield Breach("I8", f"chargebacks hold {balance}, the open ones add up to {listed}", f"order id {order}")
    for payment, counted, listed in _rows(
        """
        SELECT p.id, p.charged_back_minor + p.surplus_charged_back_minor + p.fee_charged_back_minor,
               COALESCE(c.price + c.surplus + c.fee, 0)
        FROM payments_payment p LEFT JOIN (
            SELECT payment_id, SUM(of_cleared_minor) AS price, SUM(of_surplus_minor) AS surplus,
                   SUM(of_fee_minor) AS fee
            FROM payments_chargeback WHERE state <> 'won' GROUP BY 1
        ) c ON c.payment_id = p.id
        WHERE p.charged_back_minor <> COALESCE(c.price, 0) OR p.surplus_charged_back_minor <> COALESCE(c.surplus, 0)
           OR p.fee_charged_back_minor <> COALESCE(c.fee, 0)
        """
    ):
        yield Breach("I4b", f"counts {counted} as charged back, its chargebacks are {listed}", f"payment {payment}")
    for order, contested, opened, charged_back, lost in _rows(
        """
        SELECT o.reference, o.contested_minor, COALESCE(c.open, 0), o.charged_back_minor, COALESCE(c.lost, 0)
        FROM orders_order o LEFT JOIN (
            SELECT order_id,
                   SUM(of_cleared_minor - owed_cleared_minor) FILTER (WHERE state = 'open') AS open,
                   SUM(of_cleared_minor - owed_cleared_minor) FILTER (WHERE state = 'lost') AS lost
            FROM payments_chargeback GROUP BY 1
        ) c ON c.order_id = o.id
        WHERE o.contested_minor <> COALESCE(c.open, 0) OR o.charged_back_minor <> COALESCE(c.lost, 0)
        """
    ):
        said = f"says {contested} contested and {charged_back} lost, its chargebacks say {opened} and {lost}"
        yield Breach("I4b", said, f"order {order}")
