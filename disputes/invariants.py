"""The money invariants that disputes know (quality.md §1); registered with ledger.proof."""

from collections.abc import Iterator

from django.db import connection

from ledger.proof import Breach


def _rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def awards_within_cover() -> Iterator[Breach]:
    """No dispute was awarded more than its covered cap and an inspection's fee; no line more than it cost."""
    for reference, awarded, most in _rows(
        """
        SELECT d.reference, d.awarded_minor, d.cap_minor + COALESCE(i.fee_minor, 0)
        FROM disputes_dispute d LEFT JOIN disputes_inspection i ON i.dispute_id = d.id
        WHERE d.awarded_minor > d.cap_minor + COALESCE(i.fee_minor, 0)
        """
    ):
        yield Breach("I4c", f"was awarded {awarded}, at most {most} is covered", f"dispute {reference}")
    for line, refunded, whole in _rows(
        """
        SELECT id, refunded_minor, quantity * unit_price_minor + freight_minor FROM orders_line
        WHERE refunded_minor > quantity * unit_price_minor + freight_minor
        """
    ):
        yield Breach("I4c", f"was refunded {refunded}, more than the {whole} it cost", f"line {line}")


def disputes_hold() -> Iterator[Breach]:
    """Each open dispute holds what it disputes, as far as escrow had it; each disputed hold has its open dispute."""
    for reference, cap, wanted in _rows(
        """
        SELECT d.reference, d.cap_minor - d.awarded_minor, COALESCE(SUM(h.wanted_minor), 0)
        FROM disputes_dispute d
        LEFT JOIN disputes_disputedline l ON l.dispute_id = d.id
        LEFT JOIN orders_hold h ON h.order_id = d.order_id AND h.reason = 'disputed' AND h.closed_at IS NULL
             AND (h.line_id = l.line_id OR (d.claimant = 'supplier' AND h.line_id IS NULL))
        WHERE d.status <> 'closed' GROUP BY d.id
        HAVING d.cap_minor - d.awarded_minor <> COALESCE(SUM(h.wanted_minor), 0)
        """
    ):
        yield Breach("I5b", f"holds {wanted} for a claim of {cap}", f"dispute {reference}")
    for reference, stored, counted in _rows(
        """
        SELECT o.reference, o.open_disputes, COUNT(d.id)
        FROM orders_order o LEFT JOIN disputes_dispute d ON d.order_id = o.id AND d.status <> 'closed'
        WHERE o.open_disputes > 0 OR d.id IS NOT NULL
        GROUP BY o.id HAVING o.open_disputes <> COUNT(d.id)
        """
    ):
        yield Breach("I5b", f"stores {stored} open disputes and has {counted}", f"order {reference}")
