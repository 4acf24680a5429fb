"""Any sequence of actions keeps the invariants: a Hypothesis state machine beside a plain Python model.

More on demand: MACHINE_EXAMPLES=3000 MACHINE_STEPS=80 pytest tests/test_state_machine.py --hypothesis-show-statistics
"""

import os
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from ledger import chart, proof
from ledger.actions import balance
from orders import actions
from orders.models import Order
from orders.terms import InstalmentTerms, LineTerms
from tests import stories
from tests.stories import NOW
from trade_assurance.refused import Refused

PLANS = {
    "at once": ((100, "shipment"),),
    "deposit": ((30, "production"), (70, "shipment")),
    "later": ((50, "production"), (30, "delivery"), (20, "protection_end")),
}


@dataclass
class Model:
    """What one order should look like, by plain arithmetic."""

    id: int
    total: int
    plan: list[int]
    before: list[bool]
    status: str = "placed"
    paid: list[int] = field(default_factory=list)
    to_ship: int = 10
    released: int = 0
    reserve: int = 0
    marked: int = 0  # value of the goods short or rejected
    held: int = 0
    refunded: int = 0
    returned: int = 0

    @property
    def cleared(self):
        return sum(self.paid)

    @property
    def escrow(self):
        return self.cleared - self.released - self.refunded


class Orders(RuleBasedStateMachine):
    """Several orders of one supplier, pushed about in any order while time goes on."""

    def __init__(self):
        super().__init__()
        self.world = self.make_world()
        self.now = NOW
        self.orders: list[Model] = []

    @rule(plan=st.sampled_from(sorted(PLANS)), total=st.integers(10, 400_000))
    @precondition(lambda self: len(self.orders) < 4)
    def place(self, plan, total):
        unit = total // 10
        total = unit * 10
        parts = [total * share // 100 for share, _ in PLANS[plan]]
        parts[-1] += total - sum(parts)
        due = (self.now + timedelta(days=20)).date().isoformat()
        contract = stories.terms(
            lines=(LineTerms("Goods", 10, "boxes", unit),),
            plan=tuple(
                InstalmentTerms(f"Part {n}", amount, before, due)
                for n, (amount, (_, before)) in enumerate(zip(parts, PLANS[plan], strict=True))
            ),
            ship_by_on=None,
            lead_days=20,
        )
        if min(parts) < 1:
            return
        order = stories.sent(self.world, contract, now=self.now)
        stories.accept(order, by=self.world.buyer, now=self.now)
        self.orders.append(
            Model(
                order.id, total, parts, [b in ("production", "shipment") for _, b in PLANS[plan]], paid=[0] * len(parts)
            )
        )

    @rule(which=st.integers(0, 3), part=st.integers(0, 2), share=st.integers(1, 100))
    @precondition(lambda self: self.orders)
    def pay(self, which, part, share):
        model = self.orders[which % len(self.orders)]
        part %= len(model.plan)
        open_minor = model.plan[part] - model.paid[part]
        amount = max(1, open_minor * share // 100)
        order = Order.objects.get(pk=model.id)
        final = model.status in ("expired", "cancelled", "refunded")
        try:
            stories.clear(order, part + 1, now=self.now, amount_minor=amount)
        except Refused:
            assert final or open_minor == 0
            return
        assert not final and amount <= open_minor
        model.paid[part] += amount
        if model.status == "placed" and all(
            p == a for p, a, b in zip(model.paid, model.plan, model.before, strict=True) if b
        ):
            model.status = "paid"
        if model.status == "received":
            fills = min(amount, model.marked - model.held)
            reserve = -(-(amount - fills) * 3000 // 10_000)
            model.held += fills
            model.reserve += reserve
            model.released += amount - fills - reserve

    @rule(which=st.integers(0, 3), by=st.sampled_from(["buyer", "seller"]))
    @precondition(lambda self: self.orders)
    def cancel(self, which, by):
        model = self.orders[which % len(self.orders)]
        try:
            actions.cancel(order_id=model.id, by=getattr(self.world, by), now=self.now)
        except Refused:
            return
        assert model.status in ("placed", "paid") and model.to_ship == 10
        model.status, model.refunded = "cancelled", model.cleared

    @rule(which=st.integers(0, 3), quantity=st.integers(1, 12))
    @precondition(lambda self: self.orders)
    def ship(self, which, quantity):
        model = self.orders[which % len(self.orders)]
        order = Order.objects.get(pk=model.id)
        try:
            stories.dispatch(
                order,
                self.world,
                now=self.now,
                quantities={order.lines.get().id: quantity},
                dispatched_on=self.now.astimezone(stories.zone(order)).date(),
            )
        except Refused:
            due_back = order.award_at and self.now >= order.award_at and model.to_ship == 10
            assert model.status != "paid" or quantity > model.to_ship or due_back
            return
        assert model.status == "paid"
        model.to_ship -= quantity
        if model.to_ship == 0:
            model.status = "shipped"

    @rule(which=st.integers(0, 3), short=st.integers(0, 6), rejected=st.integers(0, 6), late=st.booleans())
    @precondition(lambda self: self.orders)
    def receive(self, which, short, rejected, late):
        model = self.orders[which % len(self.orders)]
        order = Order.objects.get(pk=model.id)
        line = order.lines.get()
        try:
            if late:
                short = rejected = 0
                actions.auto_confirm(order_id=model.id, now=self.now)
            else:
                counts = [actions.Counted(line.id, short=short, rejected=rejected)]
                actions.confirm_receipt(order_id=model.id, counts=counts, by=self.world.buyer, now=self.now)
        except Refused:
            assert model.status != "shipped" or short + rejected > 10 or late
            return
        assert model.status == "shipped"
        model.status = "received"
        free = model.escrow
        model.marked = (short + rejected) * line.unit_price_minor
        model.held = min(free, model.marked)
        model.reserve = -(-(free - model.held) * 3000 // 10_000)
        model.released = free - model.held - model.reserve

    @rule(days=st.integers(1, 40))
    def wait(self, days):
        self.now += timedelta(days=days)

    @rule()
    def sweep(self):
        """What the sweeps do, at this moment, for every order that is due."""
        for query, action, after in (
            (Order.objects.unpaid_too_long, actions.cancel_unpaid, "cancelled"),
            (Order.objects.unshipped_too_long, actions.award_unshipped, "refunded"),
            (Order.objects.to_auto_confirm, actions.auto_confirm, "received"),
            (Order.objects.protection_over, actions.expire_protection, "expired"),
        ):
            for order_id in query(self.now).due_ids(limit=100):
                model = next(m for m in self.orders if m.id == order_id)
                try:
                    action(order_id=order_id, now=self.now)
                except Refused:
                    assert after == "refunded" and model.to_ship < 10
                    continue
                model.status = after
                if after in ("cancelled", "refunded"):
                    model.refunded = model.cleared
                elif after == "received":
                    model.reserve = -(-model.escrow * 3000 // 10_000)
                    model.released = model.escrow - model.reserve
                else:
                    model.released = model.cleared

    @invariant()
    def the_rows_are_what_the_model_says(self):
        rows = Order.objects.in_bulk([model.id for model in self.orders])
        for model in self.orders:
            row = rows[model.id]
            assert row.status == model.status
            assert (row.cleared_minor, row.released_minor, row.refunded_minor, row.escrow_minor) == (
                model.cleared,
                model.released,
                model.refunded,
                model.escrow,
            )
            assert 0 <= row.covered_minor <= model.cleared

    def teardown(self):
        assert proof.prove() == []
        for model in self.orders:
            row = Order.objects.get(pk=model.id)
            assert -balance(chart.escrow(model.id, "USD")) == row.escrow_minor
            assert -balance(chart.refund_payable(model.id, "USD")) == model.refunded
        self.leave_world()


@pytest.mark.django_db
def test_any_sequence_keeps_the_invariants():
    from django.db import transaction

    outer = {}

    def make_world():
        outer["point"] = transaction.savepoint()
        return stories.build_world(email_suffix=uuid.uuid4().hex[:6])

    Orders.make_world = staticmethod(make_world)
    Orders.leave_world = staticmethod(lambda: transaction.savepoint_rollback(outer["point"]))
    run_state_machine_as_test(
        Orders,
        settings=settings(
            max_examples=int(os.environ.get("MACHINE_EXAMPLES", 300)),
            stateful_step_count=int(os.environ.get("MACHINE_STEPS", 50)),
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
