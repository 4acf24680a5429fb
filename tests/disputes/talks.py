"""Cases in the talk, reached through the real actions: what offers, limits and their races are tested on."""

import uuid

from disputes import actions
from disputes.assessing import Item
from disputes.models import Dispute
from orders.models import Order
from orders.terms import LineTerms
from suppliers.models import Supplier
from tests import stories
from tests.stories import DAY, NOW

OPENED = NOW + 31 * DAY
CAP = 200_000_000  # two lines, 10 short of each at 100,000.00


def two_lines():
    """60 lamps and 40 shades at USD 100,000.00 each: amounts so long that a test finds them if they are anywhere."""
    lines = (
        LineTerms(product="Lamp", quantity=60, unit="pieces", unit_price_minor=10_000_000),
        LineTerms(product="Shade", quantity=40, unit="pieces", unit_price_minor=10_000_000),
    )
    plan = stories.simple_terms(1_000_000_000).plan
    return stories.terms(lines=lines, plan=plan)


def open_case(world, *, now=OPENED) -> Dispute:
    """The buyer claims that 10 of each line never came, USD 2,000,000.00; its offer number 1 asks for all of it."""
    Supplier.objects.filter(pk=world.supplier.pk).update(limit_minor=10**12)
    order = stories.received(world, two_lines())
    items = [
        Item(
            line_id=line.id,
            reason="shortage",
            wish="refund",
            agreed=f"{line.quantity} pieces",
            came=f"{line.quantity - 10} pieces",
            facts={"received": line.quantity - 10},
        )
        for line in order.lines.order_by("number")
    ]
    return actions.file_claim(order_id=order.id, key=uuid.uuid4(), items=items, by=world.buyer, now=now)


def overdue_case(world, amount_minor: int = 1_000_00) -> Dispute:
    """The balance is 14 days overdue, the supplier cancels and claims its cost: the order has USD 3,000 of it."""
    order = stories.clear(stories.placed(world), 1)
    due = order.instalments.get(number=2).due_at
    return actions.claim_cost(
        order_id=order.id,
        key=uuid.uuid4(),
        amount_minor=amount_minor,
        statement="Brass bought for it",
        by=world.seller,
        now=due + 15 * DAY,
    )


def offer(dispute: Dispute, by, amount_minor: int = 50_000_000, *, now=OPENED, **values):
    """An offer by one side, in a form of its own."""
    return actions.make_offer(
        dispute_id=dispute.id, amount_minor=amount_minor, by=by, now=now, **{"key": uuid.uuid4()} | values
    )


def fresh(dispute: Dispute) -> Dispute:
    """The case as the database has it, with its order."""
    found = Dispute.objects.get(pk=dispute.pk)
    found.order = Order.objects.get(pk=found.order_id)
    return found
