"""What of a contract was broken, by the facts: pure, the same for pages, claims and the list of what was noticed.

`detect` holds the contract in force against what is known at an instant. Each breach says its term, what was expected
and observed, by which facts, what may be claimed for it and what that is worth by the remedies (product.md §6.2).
"""

from datetime import datetime

from orders.breaches import arriving, shipping
from orders.breaches.found import Breach
from orders.breaches.known import Facts
from orders.terms import Terms


def detect(terms: Terms, facts: Facts, now: datetime) -> tuple[Breach, ...]:
    """Every breach that the facts show at `now`, in the order of the rules; each line and code at most once."""
    if facts.status not in ("paid", "shipped", "received"):
        return ()
    rules = (*shipping.RULES, *arriving.RULES)
    return tuple(found for rule in rules for found in rule(terms, facts, now))


__all__ = ["Breach", "detect"]
