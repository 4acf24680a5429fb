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

from disputes import actions as disputes
from disputes.models import Dispute
from ledger import chart, proof
from ledger.actions import balance
from orders import actions
from orders.models import Order
from orders.terms import InstalmentTerms, LineTerms
from tests import stories
from tests.stories import NOW
from trade_assurance import money
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
    refunded_escrow: int = 0
    reserved: int = 0
    shipped: int = 0
    line_refunded: int = 0
    dispute: int | None = None
    withdrawn: int = 0
    kind: str = ""
    units: int = 0
    cap: int = 0
    disputed: int = 0  # held for the dispute

    @property
    def cleared(self):
        return sum(self.paid)

    @property
    def kept(self):
        return self.cleared - self.refunded

    @property
    def escrow(self):
        return self.cleared - self.released - self.refunded_escrow

    @property
    def covered(self):
        return min(self.kept, max(0, self.reserved - self.refunded, self.escrow))

    def give_all_back(self):
        self.refunded_escrow += self.kept
        self.refunded += self.kept

    def fill(self, amount):
        """Fresh or freed money into holds that lack it, the disputed one first; what is left of it."""
        for wanted, name in ((self.cap if self.dispute else 0, "disputed"), (self.marked, "held")):
            more = min(amount, max(0, wanted - getattr(self, name)))
            setattr(self, name, getattr(self, name) + more)
            amount -= more
        return amount

    def free(self, amount):
        amount = self.fill(amount)
        if self.status == "received":
            kept = -(-amount * 3000 // 10_000)
            self.reserve += kept
            self.released += amount - kept

    def end_dispute(self, award, units=0):
        """Pay an award, by rule 22's sources, and end the claim."""
        from_escrow = min(award, self.escrow - self.held)
        left = max(0, self.disputed - from_escrow)
        self.reserve -= max(0, from_escrow - self.disputed) if self.status == "received" else 0
        self.refunded += award
        self.refunded_escrow += from_escrow
        self.line_refunded += award
        self.dispute, self.disputed, self.cap = None, 0, 0
        if self.kept == 0 and award:
            self.status, self.reserve, self.held, self.marked = "refunded", 0, 0, 0
            return
        self.to_ship -= units
        self.free(left)
        if self.status == "paid" and self.shipped and self.to_ship == 0:
            self.status = "shipped"


class Orders(RuleBasedStateMachine):
    """Several orders of one supplier, pushed about in any order while time goes on."""

    def __init__(self):
        super().__init__()
        self.world = self.make_world()
        self.now = NOW
        self.orders: list[Model] = []

    @rule(
        plan=st.sampled_from(sorted(PLANS)),
        total=st.integers(10, 400_000),
        upto=st.sampled_from(["placed", "paid", "shipped", "received", "received"]),
        short=st.sampled_from([0, 0, 2]),
    )
    @precondition(lambda self: len(self.orders) < 4)
    def place(self, plan, total, upto, short):
        """A new order, walked on at once so that the later states are met as often as the early ones."""
        known = len(self.orders)
        self.agree(plan, total)
        if len(self.orders) == known or upto == "placed":
            return
        for part, before in enumerate(self.orders[-1].before):
            if before:
                self.pay(which=known, part=part, share=100)
        if upto in ("shipped", "received"):
            self.ship(which=known, quantity=10)
        if upto == "received":
            self.receive(which=known, short=short, rejected=0, late=False)

    def agree(self, plan, total):
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
                order.id,
                total,
                parts,
                [b in ("production", "shipment") for _, b in PLANS[plan]],
                paid=[0] * len(parts),
                reserved=Order.objects.get(pk=order.id).reserved_minor,
            )
        )

    @rule(which=st.integers(0, 3), part=st.integers(0, 2), share=st.sampled_from([100, 100, 100, 60, 1]))
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
            model.free(amount)
        else:
            model.fill(amount)

    @rule(which=st.integers(0, 3), by=st.sampled_from(["buyer", "seller"]))
    @precondition(lambda self: self.orders)
    def cancel(self, which, by):
        model = self.orders[which % len(self.orders)]
        try:
            actions.cancel(order_id=model.id, by=getattr(self.world, by), now=self.now)
        except Refused:
            return
        assert model.status in ("placed", "paid") and model.to_ship == 10 and model.dispute is None
        model.status = "cancelled"
        model.give_all_back()

    @rule(which=st.integers(0, 3), quantity=st.sampled_from([10, 10, 7, 3, 1, 12]))
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
            due_back = order.award_at and self.now >= order.award_at and (model.shipped == 0 or not model.dispute)
            assert model.status != "paid" or quantity > model.to_ship or due_back
            return
        assert model.status == "paid"
        model.to_ship -= quantity
        model.shipped += quantity
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
            cancelled = line.cancelled_quantity
            assert model.status != "shipped" or max(short, cancelled) + rejected > 10 or late
            return
        assert model.status == "shipped"
        model.status = "received"
        self.received(model, line, short, rejected)

    @staticmethod
    def received(model, line, short, rejected):
        """Receipt by plain arithmetic: what a dispute holds or an award paid back is not held a second time."""
        free, model.marked, model.held = model.escrow - model.disputed, 0, 0
        known = model.cap + model.line_refunded
        for quantity in (max(short, line.cancelled_quantity), rejected):
            value = quantity * line.unit_price_minor
            model.marked += max(0, value - known)
            known = max(0, known - value)
        model.held = min(free, model.marked)
        model.reserve = -(-(free - model.held) * 3000 // 10_000)
        model.released = free - model.held - model.reserve

    @rule(which=st.integers(0, 3), units=st.integers(1, 10))
    @precondition(lambda self: self.orders)
    def claim(self, which, units):
        """What the state allows to claim of some units: not shipped, not received, or short."""
        model = self.orders[which % len(self.orders)]
        order = Order.objects.get(pk=model.id)
        line = order.lines.get() if model.status != "draft" else None
        kind = {"paid": "non_shipment", "shipped": "non_receipt", "received": "shortage"}.get(model.status)
        if kind is None:
            return
        facts = {"received": 10 - line.refunded_quantity - units} if kind == "shortage" else {"quantity": units}
        if kind == "shortage" and facts["received"] < 0:
            return
        item = disputes.Item(line.id, kind, "refund", "10 boxes", "fewer", facts)
        before = (model.covered, line.left_minor)
        try:
            dispute = disputes.file_claim(
                order_id=model.id, key=uuid.uuid4(), items=[item], by=self.world.buyer, now=self.now
            )
        except Refused:
            sure = model.dispute is None and min(before) > 0 and line.unit_price_minor > 0
            if kind == "shortage":
                assert not sure or line.window_closed_at or line.window_ends_at <= self.now
            if kind == "non_shipment":
                assert not sure or units > model.to_ship or self.now < order.ship_by_at
            return
        assert model.dispute is None
        model.cap = min(units * line.unit_price_minor, *before)
        assert (dispute.cap_minor, dispute.claimed_minor) == (model.cap, units * line.unit_price_minor)
        model.dispute, model.kind, model.units = dispute.id, kind, units
        marked, model.held, model.marked = model.held, 0, 0
        if model.status == "received":
            model.reserve += marked
            model.disputed = min(model.cap, model.reserve)
            model.reserve -= model.disputed
            rest = max(0, marked - model.disputed)
            model.reserve -= rest
            model.free(rest)
        else:
            model.disputed = min(model.cap, model.escrow)

    @rule(which=st.integers(0, 3), share=st.integers(0, 100))
    @precondition(lambda self: any(model.dispute for model in self.orders))
    def settle(self, which, share):
        """The supplier offers a share of the claim, the buyer accepts."""
        open_ones = [model for model in self.orders if model.dispute]
        model = open_ones[which % len(open_ones)]
        amount = model.cap * share // 100
        try:
            offer = disputes.make_offer(
                dispute_id=model.dispute, key=uuid.uuid4(), amount_minor=amount, by=self.world.seller, now=self.now
            )
            disputes.accept_offer(dispute_id=model.dispute, number=offer.number, by=self.world.buyer, now=self.now)
        except Refused:
            raise AssertionError("an open case takes an offer and its acceptance") from None
        cancels = model.kind == "non_shipment" and amount and amount >= model.cap
        model.end_dispute(amount, min(model.units, model.to_ship) if cancels else 0)

    @rule(which=st.integers(0, 3))
    @precondition(lambda self: any(model.dispute for model in self.orders))
    def withdraw(self, which):
        open_ones = [model for model in self.orders if model.dispute]
        model = open_ones[which % len(open_ones)]
        try:
            disputes.withdraw_claim(dispute_id=model.dispute, by=self.world.buyer, now=self.now)
        except Refused:
            assert model.withdrawn == 3
            return
        assert model.withdrawn < 3
        model.withdrawn += 1
        model.end_dispute(0)

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
                line = Order.objects.get(pk=order_id).lines.first()
                action(order_id=order_id, now=self.now)
                if after == "refunded" and model.shipped:
                    rest = min(model.to_ship * line.unit_price_minor, line.left_minor, model.covered)
                    model.end_dispute(rest, model.to_ship)
                    continue
                model.status = after
                if after in ("cancelled", "refunded"):
                    model.give_all_back()
                elif after == "received":
                    line = Order.objects.get(pk=order_id).lines.get()
                    self.received(model, line, 0, 0)
                else:
                    model.released += model.escrow
        for case in Dispute.objects.to_award(self.now).order_by("id"):
            model = next(m for m in self.orders if m.dispute == case.id)
            still = min(model.units, model.to_ship)
            disputes.award_by_time(dispute_id=case.id, now=self.now)
            model.end_dispute(money.share(model.cap, still, model.units), still)
        for case in Dispute.objects.stalled(self.now).order_by("id"):
            disputes.escalate(dispute_id=case.id, by=None, now=self.now)

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
