"""What the rating is made of, read in sets from orders, messages, cases and reviews (Rulebook, "Credit rating").

Nothing is imported from the apps above: their tables are read, and only here. `counted` is the one place that says
which orders count for which indicator and how much; the sums of a supplier and the orders behind them are read from it.
Samples and orders that risk staff flagged count nowhere. Weights are thousandths of an order (ADR 16): what went well
counts by what the buyer paid and did not get back, what went wrong by the order's total.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps

from django.db import connection

from suppliers.models import PenaltyPoint, Supplier
from suppliers.rating import ANSWERS, CONFORMITY, FEEDBACK, ON_TIME, ORDER, Facts, Share
from trade_assurance import money
from trade_assurance.rulebook import CURRENT

COMPLETED = "completed"

COUNTED = """
WITH mine AS (
    SELECT o.*, o.total_minor * unit.usd AS usd,
           least(
               o.total_minor, o.cleared_minor + o.borne_minor - o.refunded_minor - o.charged_back_minor
           ) * unit.usd AS kept_usd
    FROM orders_order o,
    LATERAL (SELECT o.usd_per_unit * 100 / (%(units)s::jsonb ->> o.currency)::numeric AS usd) unit
    WHERE o.supplier_id = ANY(%(suppliers)s) AND NOT o.is_sample AND o.flagged_at IS NULL
      AND (o.closed_at IS NULL OR o.closed_at > %(since)s)
), orders AS (
    SELECT mine.*, least(%(order)s, floor(usd * %(order)s / %(full_weight)s))::bigint AS weight,
           least(%(order)s, floor(kept_usd * %(order)s / %(full_weight)s))::bigint AS kept
    FROM mine
), goods AS (
    SELECT l.order_id, bool_or(l.cancelled_quantity > 0) AS cut,
           bool_and(l.shipped_quantity >= l.quantity - l.cancelled_quantity) AS whole,
           sum(least(l.shipped_quantity, l.quantity) * l.unit_price_minor) AS delivered
    FROM orders_line l JOIN orders o ON o.id = l.order_id
    WHERE o.paid_at IS NOT NULL GROUP BY l.order_id
), dispatched AS (
    SELECT s.order_id, max(s.dispatched_at) AS at
    FROM orders_shipment s JOIN orders o ON o.id = s.order_id WHERE s.finding <> 'false' GROUP BY s.order_id
), shipping AS (
    SELECT o.*, g.whole AND NOT g.cut AND d.at <= o.ship_by_at AS fine,
           CASE WHEN g.whole THEN least(d.at, o.ship_by_at) ELSE o.ship_by_at END AS at
    FROM orders o JOIN goods g ON g.order_id = o.id LEFT JOIN dispatched d ON d.order_id = o.id
    WHERE o.ship_by_at IS NOT NULL AND (o.status <> 'cancelled' OR o.closed_at > o.ship_by_at)
), upheld AS (
    SELECT d.order_id, sum(c.amount_minor) AS minor, max(d.decided_at) AS at
    FROM disputes_dispute d
    JOIN orders o ON o.id = d.order_id
    JOIN disputes_decision n ON n.dispute_id = d.id AND n.status = 'final' AND n.at_fault = 'supplier'
    JOIN disputes_decidedclaim c ON c.decision_id = n.id AND c.reason NOT IN ('non_shipment', 'late', 'cost')
    WHERE d.claimant = 'buyer' AND d.status IN ('returning', 'replacing', 'closed')
    GROUP BY d.order_id
), asked AS (
    SELECT o.id, o.supplier_id, o.buyer_id, o.closed_at,
           least(m.at, CASE WHEN o.request <> '' THEN o.created_at END) AS asked_at
    FROM orders o
    LEFT JOIN LATERAL (SELECT min(sent_at) AS at FROM orders_message WHERE order_id = o.id AND side = 'buyer') m ON true
), answered AS (
    SELECT a.*, least(
        (SELECT min(sent_at) FROM orders_message WHERE order_id = a.id AND side = 'supplier' AND sent_at > a.asked_at),
        (SELECT min(v.sent_at) FROM orders_contractversion v
         WHERE v.order_id = a.id AND v.drafted_by = 'supplier' AND v.sent_at > a.asked_at),
        (SELECT min(v.supplier_accepted_at) FROM orders_contractversion v
         WHERE v.order_id = a.id AND v.supplier_accepted_at > a.asked_at)
    ) AS answered_at, a.asked_at + %(answer_time)s AS due_at
    FROM asked a WHERE a.asked_at > %(since)s AND a.asked_at <= %(now)s
), answers AS (
    SELECT id, supplier_id, buyer_id, asked_at AS at, answered_at, due_at, closed_at FROM answered
    UNION ALL
    SELECT o.id, o.supplier_id, o.buyer_id, d.filed_at, d.answered_at, d.filed_at + %(dispute_time)s, d.closed_at
    FROM disputes_dispute d JOIN orders o ON o.id = d.order_id
    WHERE d.claimant = 'buyer' AND d.filed_at > %(since)s AND d.filed_at <= %(now)s
), counted AS (
    SELECT 'on_time' AS kind, id AS order_id, supplier_id, buyer_id, at,
           CASE WHEN fine THEN kept ELSE weight END AS of, CASE WHEN fine THEN kept ELSE 0 END AS good,
           coalesce(fine, false) AS fine
    FROM shipping WHERE at > %(since)s AND at <= %(now)s AND (fine OR ship_by_at <= %(now)s)
    UNION ALL
    SELECT 'conformity', o.id, o.supplier_id, o.buyer_id, coalesce(o.received_at, u.at),
           least(o.weight - lost.of, o.kept) + lost.of, least(o.weight - lost.of, o.kept),
           u.minor IS NULL OR u.minor = 0
    FROM orders o JOIN goods g ON g.order_id = o.id LEFT JOIN upheld u ON u.order_id = o.id,
    LATERAL (SELECT least(
        o.weight, ceil(o.weight * %(scale)s * coalesce(u.minor, 0) / greatest(g.delivered, 1))
    )::bigint AS of) lost
    WHERE coalesce(o.received_at, u.at) > %(since)s AND coalesce(o.received_at, u.at) <= %(now)s
    UNION ALL
    SELECT 'answers', id, supplier_id, buyer_id, at, %(order)s,
           CASE WHEN answered_at <= due_at THEN %(order)s ELSE 0 END, coalesce(answered_at <= due_at, false)
    FROM answers
    WHERE answered_at IS NOT NULL OR (due_at <= %(now)s AND coalesce(closed_at > due_at, true))
    UNION ALL
    SELECT 'feedback', o.id, o.supplier_id, o.buyer_id, r.written_at,
           o.weight - o.weight * (r.on_time + r.as_agreed + r.service) / 15
           + o.kept * (r.on_time + r.as_agreed + r.service) / 15,
           o.kept * (r.on_time + r.as_agreed + r.service) / 15, r.on_time + r.as_agreed + r.service = 15
    FROM orders o JOIN orders_review r ON r.order_id = o.id
    WHERE r.removed_at IS NULL AND r.written_at > %(since)s AND r.written_at <= %(now)s
    UNION ALL
    SELECT 'completed', id, supplier_id, buyer_id, closed_at, kept, kept, true
    FROM orders WHERE status = 'expired' AND closed_at > %(since)s AND closed_at <= %(now)s
)
"""

SUMS = (
    COUNTED
    + """
, of_buyer AS (
    SELECT supplier_id, kind, buyer_id, sum(of)::bigint AS of, sum(good)::bigint AS good,
           count(*) FILTER (WHERE fine) AS fine, count(*) AS n
    FROM counted GROUP BY supplier_id, kind, buyer_id
)
SELECT supplier_id, kind,
       sum(CASE WHEN of > %(buyer_max)s THEN good * %(buyer_max)s / of ELSE good END)::bigint,
       sum(least(of, %(buyer_max)s))::bigint, sum(fine)::bigint, sum(n)::bigint
FROM of_buyer GROUP BY supplier_id, kind
"""
)

VOLUMES = """
WITH completed AS (
    SELECT o.supplier_id, o.buyer_id,
           floor((o.cleared_minor - o.refunded_minor - o.charged_back_minor) * o.usd_per_unit * 100
                 / (%(units)s::jsonb ->> o.currency)::numeric)::bigint AS usd
    FROM orders_order o
    WHERE o.supplier_id = ANY(%(suppliers)s) AND NOT o.is_sample AND o.flagged_at IS NULL
      AND o.status = 'expired' AND o.closed_at > %(since)s AND o.closed_at <= %(now)s
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY supplier_id, buyer_id ORDER BY usd DESC) AS place FROM completed
)
SELECT supplier_id, sum(usd)::bigint FROM placed WHERE place <= %(orders_max)s GROUP BY supplier_id
"""

BEHIND = (
    COUNTED
    + """
SELECT c.order_id, o.reference, o.title, c.at, c.of, c.good, c.fine
FROM counted c JOIN orders_order o ON o.id = c.order_id
WHERE c.kind = %(kind)s AND (c.at, c.order_id) < (%(before_at)s, %(before_id)s)
ORDER BY c.at DESC, c.order_id DESC LIMIT %(size)s
"""
)


@dataclass(frozen=True)
class Counted:
    """One order behind an indicator: how much of it counts, in thousandths, and how much of that was good."""

    order_id: int
    reference: str
    title: str
    at: datetime
    of: int
    good: int
    fine: bool

    @property
    def weight(self) -> str:
        """How much of an order counts: 1.00 is all of it."""
        return f"{self.of // ORDER}.{self.of % ORDER // 10:02}"

    @property
    def share(self) -> str:
        """How much of what counts was good."""
        return f"{self.good * 100 // self.of if self.of else 0} %"


def _parameters(supplier_ids: Iterable[int], now: datetime) -> dict:
    return {
        "suppliers": list(supplier_ids),
        "now": now,
        "since": now - CURRENT.rating_time,
        "units": dumps({currency: 10 ** money.digits(currency) for currency in money.CURRENCIES}),
        "order": ORDER,
        "full_weight": CURRENT.full_weight_usd,
        "buyer_max": CURRENT.buyer_counts_max * ORDER,
        "orders_max": CURRENT.buyer_counts_max,
        "scale": CURRENT.conformity_scale,
        "answer_time": timedelta(hours=CURRENT.answer_hours),
        "dispute_time": timedelta(hours=CURRENT.dispute_answer_hours),
    }


def facts_of(supplier_ids: Iterable[int], now: datetime) -> dict[int, Facts]:
    """The facts of the last 180 days of each supplier, in three queries however many there are."""
    parameters = _parameters(supplier_ids, now)
    levels = dict(Supplier.objects.filter(pk__in=parameters["suppliers"]).values_list("id", "level"))
    found: dict[int, dict] = {pk: {"level": level} for pk, level in levels.items()}
    with connection.cursor() as cursor:
        cursor.execute(SUMS, parameters)
        for supplier_id, kind, good, of, fine, count in cursor.fetchall():
            found[supplier_id][kind] = Share(good, of, fine, count)
        cursor.execute(VOLUMES, parameters)
        for supplier_id, volume_minor in cursor.fetchall():
            found[supplier_id]["volume_minor"] = max(0, volume_minor)
    points = PenaltyPoint.objects.filter(supplier__in=parameters["suppliers"]).counting(now).filter(at__lte=now)
    for supplier_id, number, expires_at in points.order_by("expires_at", "id").values_list(
        "supplier_id", "points", "expires_at"
    ):
        known = found[supplier_id].get("points", ())
        found[supplier_id]["points"] = (*known, (number, expires_at))
    return {supplier_id: Facts(**each) for supplier_id, each in found.items()}


def behind(*, supplier_id: int, kind: str, now: datetime, before: tuple[datetime, int] | None, size: int) -> list:
    """The orders behind an indicator, the newest first; `before` is the last one of the page before."""
    if kind not in (ON_TIME, CONFORMITY, ANSWERS, FEEDBACK, COMPLETED):
        raise ValueError(kind)
    before_at, before_id = before or (now, 2**62)
    parameters = _parameters([supplier_id], now) | {
        "kind": kind,
        "before_at": before_at,
        "before_id": before_id,
        "size": size,
    }
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, parameters)
        return [Counted(*row) for row in cursor.fetchall()]
