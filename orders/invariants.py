"""The money invariants that orders know (quality.md §1); registered with ledger.proof."""

from collections.abc import Iterator

from django.db import connection

from events import chain
from ledger.proof import Breach


def _rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


# What the ledger says of each order by kind of transfer, beside what the order's row says.
_BY_ORDER = """
    WITH moved AS (
        SELECT t.order_id, t.kind,
               SUM(t.amount_minor) AS minor,
               SUM(t.amount_minor) FILTER (WHERE d.kind = 'escrow') AS out_minor,
               SUM(t.amount_minor) FILTER (WHERE c.kind = 'escrow') AS in_minor
        FROM ledger_transfer t
        JOIN ledger_account d ON d.id = t.debit_id JOIN ledger_account c ON c.id = t.credit_id
        WHERE t.order_id IS NOT NULL GROUP BY 1, 2
    ), sums AS (
        SELECT order_id,
               COALESCE(SUM(minor) FILTER (WHERE kind = 'clear'), 0) AS cleared,
               COALESCE(SUM(minor) FILTER (WHERE kind = 'bear'), 0) AS borne,
               COALESCE(SUM(minor) FILTER (WHERE kind = 'fee'), 0) AS fees,
               COALESCE(SUM(minor) FILTER (WHERE kind = 'release'), 0) AS released,
               COALESCE(SUM(minor) FILTER (WHERE kind = 'service_fee'), 0) AS service_fee,
               COALESCE(SUM(minor) FILTER (WHERE kind = 'refund'), 0) AS refunded_escrow,
               COALESCE(SUM(minor) FILTER (WHERE kind IN ('refund', 'refund_from_payable', 'guarantee')), 0)
                   AS refunded,
               COALESCE(SUM(minor) FILTER (WHERE kind = 'unbear'), 0) AS unborne,
               COALESCE(SUM(minor) FILTER (WHERE kind = 'lost_escrow'), 0) AS charged_back_escrow,
               COALESCE(SUM(in_minor), 0) - COALESCE(SUM(out_minor), 0) AS escrow
        FROM moved GROUP BY order_id
    )
"""


_ESCROW = (
    "o.cleared_minor + o.borne_minor - o.released_minor - o.refunded_escrow_minor - o.charged_back_escrow_minor "
    "- o.unborne_minor"
)


def escrow_adds_up() -> Iterator[Breach]:
    """Escrow of each order = cleared + bank charges borne - released - refunded from it."""
    for reference, *pairs in _rows(
        _BY_ORDER
        + """
        SELECT o.reference, o.cleared_minor, s.cleared, o.borne_minor, s.borne, o.fees_minor, s.fees,
               o.released_minor, s.released, o.service_fee_minor, s.service_fee,
               o.refunded_escrow_minor, s.refunded_escrow, o.refunded_minor, s.refunded, o.unborne_minor, s.unborne,
               o.charged_back_escrow_minor, s.charged_back_escrow,
               """
        + _ESCROW
        + """, s.escrow,
               GREATEST(s.escrow, 0), -COALESCE(a.balance_minor, 0)
        FROM orders_order o
        LEFT JOIN (SELECT * FROM sums) s ON s.order_id = o.id
        LEFT JOIN ledger_account a ON a.kind = 'escrow' AND a.order_id = o.id AND a.currency = o.currency
        WHERE s.order_id IS NOT NULL OR o.cleared_minor <> 0 OR o.released_minor <> 0 OR o.refunded_minor <> 0
        """
    ):
        names = (
            "cleared borne fees released service_fee refunded_from_escrow refunded unborne "
            "charged_back_from_escrow escrow escrow_account"
        )
        for name, row, books in zip(names.split(), pairs[::2], pairs[1::2], strict=True):
            if row != books:
                yield Breach("I3", f"{name} is {row} by one side and {books} by the other", f"order {reference}")


def refunds_within_cleared() -> Iterator[Breach]:
    """Refunds of an order's cleared money, whatever their source, never exceed what cleared."""
    for reference, refunded, cleared in _rows(
        _BY_ORDER
        + """
        SELECT o.reference, s.refunded + o.charged_back_minor + o.contested_minor, s.cleared
        FROM sums s JOIN orders_order o ON o.id = s.order_id
        WHERE s.refunded + o.charged_back_minor + o.contested_minor > s.cleared
        """
    ):
        yield Breach("I4", f"refunded or charged back {refunded} of {cleared} that cleared", f"order {reference}")


def held_stays() -> Iterator[Breach]:
    """Nothing held is released; the reserve leaves only when protection has ended, or as a refund."""
    for reference, escrow, held in _rows(
        f"""
        SELECT o.reference, {_ESCROW}, h.minor
        FROM orders_order o
        JOIN (SELECT order_id, SUM(amount_minor) AS minor FROM orders_hold WHERE closed_at IS NULL GROUP BY 1) h
          ON h.order_id = o.id
        WHERE h.minor > {_ESCROW}
        """
    ):
        yield Breach("I5", f"escrow has {escrow}, less than the {held} that is held", f"order {reference}")
    for reference, escrow, kept in _rows(
        f"""
        SELECT o.reference, {_ESCROW}, o.reserve_minor + COALESCE(h.minor, 0)
        FROM orders_order o
        LEFT JOIN (SELECT order_id, SUM(amount_minor) AS minor FROM orders_hold WHERE closed_at IS NULL GROUP BY 1) h
          ON h.order_id = o.id
        WHERE o.status = 'received' AND {_ESCROW} <> o.reserve_minor + COALESCE(h.minor, 0)
        """
    ):
        yield Breach("I5", f"escrow has {escrow}, reserve and holds are {kept}", f"order {reference}")
    for reference, released in _rows(
        """
        SELECT reference, released_minor FROM orders_order
        WHERE (status IN ('draft', 'placed', 'paid', 'shipped') AND released_minor <> 0)
           OR (status = 'cancelled' AND released_minor > 0 AND winding_up_at IS NULL)
        """
    ):
        yield Breach("I5", f"{released} was released before receipt", f"order {reference}")


def events_chain() -> Iterator[Breach]:
    """A subject's events are numbered without a gap and their hashes chain."""
    for subject_kind, subject_id, sentence in chain.verify_all():
        yield Breach("I6", sentence, f"{subject_kind} {subject_id}")


def reservations_add_up() -> Iterator[Breach]:
    """Reserved limit of a supplier = the sum of its open orders' reservations; only open orders reserve."""
    for supplier, stored, summed in _rows(
        """
        SELECT s.name, s.reserved_minor, COALESCE(SUM(r.usd_minor), 0)
        FROM suppliers_supplier s LEFT JOIN suppliers_reservation r ON r.supplier_id = s.id AND r.freed_at IS NULL
        GROUP BY s.id HAVING s.reserved_minor <> COALESCE(SUM(r.usd_minor), 0)
        """
    ):
        yield Breach("I9", f"stores {stored}, reservations add up to {summed}", f"supplier {supplier}")
    for reference, status in _rows(
        """
        SELECT o.reference, o.status FROM orders_order o
        LEFT JOIN suppliers_reservation r ON r.order_id = o.id AND r.freed_at IS NULL
        WHERE (r.id IS NOT NULL) <> (o.status IN ('placed', 'paid', 'shipped', 'received'))
        """
    ):
        yield Breach("I9", f"is {status} and its reservation says otherwise", f"order {reference}")
