"""The score of a payment: the weights of the rules that fire, added up, with each one's sentence beside it.

Read-only and outside of any transaction that books money. A rule that crashes is logged and counts as not fired.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import connection, transaction

from payments.fraud.facts import Arriving, Facts
from payments.fraud.rules import RULES

logger = structlog.get_logger()


@dataclass(frozen=True)
class Fired:
    """A rule that fired: its name, the weight it had then, and why."""

    name: str
    weight: int
    why: str


@dataclass(frozen=True)
class Assessment:
    """What the rules say of a payment: below the threshold it clears, from it on a person looks."""

    fired: tuple[Fired, ...]
    crashed: tuple[str, ...]
    threshold: int
    card: str = ""
    account: str = ""

    @property
    def score(self) -> int:
        return sum(each.weight for each in self.fired)

    @property
    def is_high(self) -> bool:
        return self.score >= self.threshold


def weight_of(name: str) -> int:
    """What a rule counts here: settings.FRAUD_WEIGHTS, else its own weight."""
    return settings.FRAUD_WEIGHTS.get(name, RULES[name].weight)


def assess(arriving: Arriving, *, now: datetime) -> Assessment:
    """Ask every rule about money that has arrived; nothing is written, and no rule can keep the money from booking."""
    facts = Facts(arriving, now=now)
    fired, crashed = [], []
    for name, rule in RULES.items():
        weight = weight_of(name)
        if weight <= 0:
            continue
        try:
            with _apart():
                why = rule.look(facts)
        except Exception:
            logger.exception("fraud rule failed", rule=name, order_id=arriving.order_id)
            crashed.append(name)
            continue
        if why:
            fired.append(Fired(name, weight, why))
    return Assessment(tuple(fired), tuple(crashed), settings.FRAUD_THRESHOLD, facts.card, facts.account)


def _apart() -> AbstractContextManager:
    """Within somebody's transaction, a query that fails takes nothing of theirs with it."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()
