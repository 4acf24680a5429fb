"""How often each rule fired and was right: declined by a person, or charged back later (product.md §4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from payments.fraud.rules import RULES

PERIOD = timedelta(days=180)


@dataclass(frozen=True)
class Figure:
    """One rule over a period: how many payments it fired on, how many were held, and what became of those judged."""

    name: str
    title: str
    fired: int = 0
    held: int = 0
    right: int = 0
    wrong: int = 0

    @property
    def precision_percent(self) -> int | None:
        """Of the payments whose truth is known, how many were bad; None while none is known."""
        known = self.right + self.wrong
        return self.right * 100 // known if known else None


def by_rule(*, now: datetime) -> list[Figure]:
    """Every rule over the last 180 days, the ones that fired most first, in one query.

    Right: the payment was declined, or a bank took it back and has not given in. Wrong: a person approved it and no
    bank took it back. What nobody looked at and nobody contested proves nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH checks AS (
                SELECT c.id, c.verdict, c.rules, c.verdict = 'declined' OR EXISTS (
                    SELECT FROM payments_chargeback b WHERE b.payment_id = c.payment_id AND b.state <> 'won'
                ) AS bad
                FROM payments_check c WHERE c.rules <> '[]' AND c.at > %s AND c.at <= %s
            )
            SELECT fired ->> 'name', COUNT(*), COUNT(*) FILTER (WHERE verdict <> 'clear'),
                   COUNT(*) FILTER (WHERE bad), COUNT(*) FILTER (WHERE verdict = 'approved' AND NOT bad)
            FROM checks, jsonb_array_elements(rules) AS fired GROUP BY 1
            """,
            [now - PERIOD, now],
        )
        found = {name: counts for name, *counts in cursor.fetchall()}
    titles = {name: rule.title for name, rule in RULES.items()}
    titles |= {name: name for name in found if name not in titles}  # a rule of earlier days
    figures = [Figure(name, title, *found.get(name, ())) for name, title in titles.items()]
    return sorted(figures, key=lambda each: (-each.fired, each.title))


@dataclass(frozen=True)
class Totals:
    """Checks over a period by what became of them."""

    checked: int
    held: int
    approved: int
    declined: int
    waiting: int
    overdue: int


def totals(*, now: datetime) -> Totals:
    """The counts of the last 180 days; what waits, and what of it is overdue, as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT COUNT(*), COUNT(*) FILTER (WHERE verdict <> 'clear'), COUNT(*) FILTER (WHERE verdict = 'approved'),
                   COUNT(*) FILTER (WHERE verdict = 'declined'), COUNT(*) FILTER (WHERE verdict = 'held'),
                   COUNT(*) FILTER (WHERE verdict = 'held' AND due_at <= %s)
            FROM payments_check WHERE at > %s AND at <= %s OR verdict = 'held'
            """,
            [now, now - PERIOD, now],
        )
        return Totals(*cursor.fetchone())
