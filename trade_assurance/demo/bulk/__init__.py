"""Thousands of orders in every state, written in bulk and yet true to the books: `ledger.proof` holds after it.

Each order is first reckoned on `paper` (what happened when, and its money), then `writing` puts a batch in at once.
"""

import random
from datetime import datetime

from django.db import transaction

from accounts import actions as account_actions
from accounts.models import User
from suppliers import actions as supplier_actions
from suppliers.models import Supplier
from trade_assurance.demo import rates
from trade_assurance.demo.bulk import disputing, paper, writing
from trade_assurance.rulebook import CURRENT

BATCH = 1_000
ORDERS_A_SUPPLIER = 200
BUYER = "bulk-buyer@demo.test"
SELLER = "bulk-supplier@demo.test"


def make_orders(count: int, *, disputes: int = 0, buyer: User | None = None, now: datetime, seed: int = 1) -> int:
    """Write `count` orders in every state for `buyer` (a bulk buyer unless given), and so many with an open dispute.

    Says how many orders were made in all.
    """
    rates.store(now)
    chance = random.Random(seed)
    buyer = buyer or _person(BUYER, "Bulk Buyers Ltd", now)
    seller = _person(SELLER, "", now)
    total = count + disputes
    suppliers = _suppliers(-(-total // ORDERS_A_SUPPLIER), seller, now)
    staff = disputing.deciders()
    for begin in range(0, total, BATCH):
        lives, cases = [], []
        for n in range(begin, min(begin + BATCH, total)):
            people = (suppliers[n % len(suppliers)], buyer, seller)
            if n < count:
                lives.append(paper.life(paper.STATES[n % len(paper.STATES)], *people, chance, now))
            else:
                cases.append(disputing.case(n, *people, staff, chance, now))
        lives += [case.life for case in cases]
        lives.sort(key=lambda life: life.made_at)
        with transaction.atomic():
            writing.write(lives, cases)
    return total


def _person(email: str, company: str, now: datetime) -> User:
    return User.objects.filter(email=email).first() or account_actions.register(
        email=email, password=None, now=now, verified=True, company_name=company, timezone="Pacific/Auckland"
    )


def _suppliers(count: int, owner: User, now: datetime) -> list[Supplier]:
    """Fresh suppliers with the largest limit that there is, so that every order finds cover."""
    found = []
    for n in range(count):
        supplier = supplier_actions.register_supplier(name=f"Bulk Trading {n + 1}", country="CN", owner=owner, now=now)
        supplier_actions.verify_supplier(supplier_id=supplier.id, level="inspected", by=None, now=now)
        supplier_actions.set_stars(supplier_id=supplier.id, stars=n % 6, reason="Bulk data", by=None, now=now)
        found.append(
            supplier_actions.set_limit(
                supplier_id=supplier.id, limit_minor=CURRENT.limit_max_usd, reason="Bulk data", by=None, now=now
            )
        )
    return found
