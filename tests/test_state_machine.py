"""Any sequence of actions keeps the invariants: a Hypothesis state machine beside a plain Python model.

More on demand: MACHINE_EXAMPLES=3000 MACHINE_STEPS=80 pytest tests/test_state_machine.py --hypothesis-show-statistics
"""

import os
import uuid
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from disputes import actions as disputes
from disputes.models import Dispute
from ledger import chart, proof
from ledger.actions import balance
from orders import actions
from orders.amending import Standing, key_of, pair, settled_plan
from orders.models import ContractVersion, Order
from orders.terms import DUE_BEFORE, BadTerms, InstalmentTerms, LineTerms
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
class Proposed:
    """An amendment that is open: its number, the plan it would give, and the state that it was proposed upon."""

    number: int
    fingerprint: str
    plan: list[int]
    before: list[bool]
    count: int
    upon: tuple


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
    count: int = 10
    amended_back: int = 0  # of what was refunded
    proposed: "Proposed | None" = None

    @property
    def cleared(self):
        return sum(self.paid) + self.amended_back

    @property
    def kept(self):
        return self.cleared - self.refunded

    @property
    def escrow(self):
        return self.cleared - self.released - self.refunded_escrow

    @property
    def covered(self):
        return min(self.kept, max(0, self.reserved - self.refunded + self.amended_back, self.escrow))

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
        assert model.status in ("placed", "paid") and model.to_ship == model.count and model.dispute is None
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
            due_back = due_back or Dispute.objects.to_award(self.now).filter(pk=model.dispute).exists()
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
            assert model.status != "shipped" or max(short, cancelled) + rejected > model.count or late
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
        facts = (
            {"received": model.count - line.refunded_quantity - units} if kind == "shortage" else {"quantity": units}
        )
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

    @rule(
        which=st.integers(0, 3),
        change=st.sampled_from(["less", "more", "fewer", "plan", "date"]),
        answer=st.sampled_from(["sign", "sign", "sign", "decline", "withdraw", "later"]),
    )
    @precondition(lambda self: self.orders)
    def amend(self, which, change, answer):
        """The seller proposes a change; it is answered at once, or left open."""
        model = self.orders[which % len(self.orders)]
        standing = Standing.of(Order.objects.get(pk=model.id))
        self.note_overtaken(model, standing.order)
        terms = None if model.status not in ("placed", "paid") else self.changed(model, standing, change)
        if terms is None:
            return
        try:
            version = actions.propose_amendment(
                order_id=model.id, terms=terms, because="It suits us.", by=self.world.seller, now=self.now
            )
        except BadTerms:
            frozen = model.line_refunded or model.shipped or model.to_ship < model.count
            assert frozen or change != "less" or standing.order.is_late(self.now) or model.status == "placed"
            return
        except Refused:
            order = standing.order
            over = any(at and at <= self.now for at in (order.award_at, order.cancels_at))
            assert model.proposed or model.dispute or over
            return
        assert not model.proposed and not model.dispute
        moved = [
            next((p.terms for p in pair(standing.parts, terms.plan) if p.part and p.part.number == n + 1), None)
            for n in range(len(model.plan))
        ]
        moved += [p.terms for p in pair(standing.parts, terms.plan) if p.part is None]
        model.proposed = Proposed(
            version.number,
            version.fingerprint,
            [part.amount_minor if part else 0 for part in moved],
            [
                part.before_shipment if part else before
                for part, before in zip(moved, [*model.before, True], strict=False)
            ],
            terms.lines[0].quantity,
            self.state_of(model),
        )
        if answer != "later":
            self.answer(which=which, answer=answer)

    def note_overtaken(self, model, row):
        """An open proposal ends when what it was made upon has moved, such as by a payment that came late."""
        if model.proposed and not row.amendment_by:
            assert self.state_of(model) != model.proposed.upon
            model.proposed = None

    def state_of(self, model):
        return self.now, model.status, tuple(model.paid), model.to_ship, model.dispute

    def changed(self, model, standing, change):
        """The terms of one kind of change, by plain arithmetic; None where it makes no sense."""
        terms, line = standing.terms, standing.terms.lines[0]
        today = self.now.astimezone(stories.zone(standing.order)).date()
        if change == "date":
            if terms.lead_days is not None:
                return replace(terms, lead_days=terms.lead_days + 1)
            day = max(today, date.fromisoformat(terms.ship_by_on)) + timedelta(days=3)
            return replace(terms, ship_by_on=day.isoformat())
        if change == "plan":
            open_ones = [n for n, before in enumerate(model.before) if before and model.plan[n] and not model.paid[n]]
            if not open_ones or sum(b and p > 0 for b, p in zip(model.before, model.plan, strict=True)) < 2:
                return None
            moved = next(part for part in standing.parts if part.number == open_ones[-1] + 1)
            later = InstalmentTerms(
                moved.label, moved.amount_minor, "delivery", (today + timedelta(days=9)).isoformat()
            )
            kept = [
                part
                for part in settled_plan(standing, terms.total_minor, label="", now=self.now)
                if key_of(part) != key_of(moved)
            ]
            ranks = list(DUE_BEFORE)
            return replace(terms, plan=tuple(sorted([*kept, later], key=lambda part: ranks.index(part.due_before))))
        quantity, price = line.quantity, line.unit_price_minor
        match change:
            case "fewer":
                quantity -= 1
            case "less":
                price = price * 4 // 5
            case "more":
                price = min(price + price // 4 + 1, 50_000)
        if quantity < max(1, model.shipped) or price < 1:
            return None
        new = replace(terms, lines=(replace(line, quantity=quantity, unit_price_minor=price),))
        label = f"Added {len(model.plan)}"
        plan = settled_plan(standing, new.total_minor, label=label, now=self.now, ship_by_on=new.ship_by_on)
        return replace(new, plan=plan)

    @rule(which=st.integers(0, 3), answer=st.sampled_from(["sign", "decline"]))
    @precondition(lambda self: any(model.proposed for model in self.orders))
    def answer(self, which, answer):
        """Sign, decline or take back; what happened since may have overtaken it."""
        model = self.orders[which % len(self.orders)]
        self.note_overtaken(model, Order.objects.get(pk=model.id))
        proposed = model.proposed
        if proposed is None:
            return
        about = {"order_id": model.id, "version": proposed.number, "now": self.now}
        if answer != "sign":
            act, by = (
                (actions.decline_amendment, self.world.buyer)
                if answer == "decline"
                else (actions.withdraw_amendment, self.world.seller)
            )
            act(by=by, **about)
            model.proposed = None
            return
        paid = [*model.paid, *[0] * (len(proposed.plan) - len(model.paid))]
        back = sum(max(0, p - amount) for p, amount in zip(paid, proposed.plan, strict=True))
        try:
            actions.accept_amendment(
                fingerprint=proposed.fingerprint, cover_minor=0, refund_minor=back, by=self.world.buyer, **about
            )
        except Refused:
            assert self.state_of(model) != proposed.upon
            return
        model.proposed = None
        model.paid = [min(p, amount) for p, amount in zip(paid, proposed.plan, strict=True)]
        model.plan, model.before = proposed.plan, proposed.before
        model.refunded += back
        model.refunded_escrow += back
        model.amended_back += back
        model.to_ship -= model.count - proposed.count
        model.count = proposed.count
        model.reserved = Order.objects.get(pk=model.id).reserved_minor
        assert model.reserved <= sum(model.plan)
        parts = list(zip(model.paid, model.plan, model.before, strict=True))
        is_settled = any(p for p, _, b in parts if b) and all(p == a for p, a, b in parts if b)
        model.status = "paid" if is_settled else "placed"
        if is_settled and model.shipped and model.to_ship == 0:
            model.status = "shipped"

    @rule(days=st.integers(1, 40))
    def wait(self, days):
        self.now += timedelta(days=days)

    @rule()
    def sweep(self):
        """What the sweeps do, at this moment, for every order that is due."""
        for version in ContractVersion.objects.open_amendments().filter(lapses_at__lte=self.now):
            actions.lapse_amendment(order_id=version.order_id, now=self.now)
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
def test_any_sequence_keeps_the_invariants(kept_world):
    from django.db import transaction

    outer = {}

    def make_world():
        outer["point"] = transaction.savepoint()
        return kept_world.get()

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
