"""Stories of disputes, walked through the real actions: claimed, escalated, decided and on."""

import uuid
from datetime import timedelta

from disputes import actions
from disputes.actions import Item
from disputes.models import Dispute
from orders.models import Order
from orders.terms import InstalmentTerms, LineTerms
from payments import actions as payment_actions
from tests import stories
from tests.stories import DAY, NOW, World

RECEIVED = NOW + 20 * DAY
FILED = NOW + 25 * DAY


def two_lines(**changes):
    """USD 10,000: 60 lamps at 100, 40 shades at 90, freight 400; shipped by 1 October."""
    return stories.terms(
        lines=(
            LineTerms(product="Pendant lamp", quantity=60, unit="pieces", unit_price_minor=100_00),
            LineTerms(product="Shade", quantity=40, unit="pieces", unit_price_minor=90_00),
        ),
        freight_minor=400_00,
        plan=(
            InstalmentTerms("Deposit", 3_000_00, "production", "2026-09-05"),
            InstalmentTerms("Balance", 7_000_00, "shipment", "2026-09-25"),
        ),
        **changes,
    )


def paid_by_wire(world):
    """USD 10,000 paid by T/T in two transfers; to be shipped by 1 October."""
    order = stories.placed(world, two_lines())
    for part in order.instalments.order_by("number"):
        credit = payment_actions.Credit(
            entry=uuid.uuid4().hex,
            account_number=world.supplier.designated_account.number,
            currency="USD",
            amount_minor=part.amount_minor,
            reference=part.rf_reference,
            payer_name=world.buyer.company_name,
        )
        payment_actions.record_bank_credit(credit=credit, now=NOW)
    return stories.fresh(order)


def quality(line, *, inspected=20, major=4, minor=0, critical=0, wish="refund", **fields) -> Item:
    """Defects found in a sample of a line."""
    facts = {"inspected": inspected, "major": major, "minor": minor, "critical": critical} | fields.pop("facts", {})
    return Item(line.id, "quality", wish, "Brass, no scratches", "Scratches", facts=facts, **fields)


def shortage(line, received: int, **fields) -> Item:
    return Item(
        line.id, "shortage", "refund", f"{line.quantity} pieces", f"{received}", {"received": received}, **fields
    )


def not_shipped(line, quantity: int | None = None) -> Item:
    units = line.to_ship if quantity is None else quantity
    return Item(line.id, "non_shipment", "refund", "Shipped by 1 October", "Nothing", {"quantity": units})


def file(order: Order, world: World, items, *, now=FILED) -> Dispute:
    return actions.file_claim(order_id=order.id, key=uuid.uuid4(), items=list(items), by=world.buyer, now=now)


def claimed(world: World, *, contract=None, now=FILED, items=None, counts=()) -> Dispute:
    """Received on day 20, claimed on day 25: 20 % of the first line's goods have major defects."""
    order = stories.received(world, contract, counts=list(counts))
    line = order.lines.get(number=1)
    return fresh(file(order, world, items(order) if items else [quality(line)], now=now))


def unshipped(world: World, contract=None) -> Dispute:
    """Nothing was shipped by the end of the ship-by date; claimed an hour later."""
    order = stories.paid(world, contract)
    items = [not_shipped(line) for line in order.lines.order_by("number")]
    return fresh(file(order, world, items, now=order.ship_by_at + timedelta(hours=1)))


def escalated(world: World, **story) -> Dispute:
    """Unresolved for 7 × 24 h, so escalated by time."""
    dispute = claimed(world, **story)
    return fresh(actions.escalate(dispute_id=dispute.id, by=None, now=dispute.escalate_at))


def deciding(world: World, **story) -> Dispute:
    """Evidence and rebuttal are over."""
    dispute = escalated(world, **story)
    actions.close_evidence(dispute_id=dispute.id, now=dispute.evidence_ends_at)
    return fresh(actions.close_rebuttal(dispute_id=dispute.id, now=dispute.rebuttal_ends_at))


def fresh(dispute: Dispute) -> Dispute:
    """The dispute as the database has it, with nothing cached."""
    return Dispute.objects.select_related("order__buyer", "order__supplier").get(pk=dispute.pk)


def settle(dispute: Dispute, world: World, amount_minor: int, *, now=FILED + DAY, **terms) -> Dispute:
    """The supplier offers, the buyer accepts an hour later."""
    offer = actions.make_offer(
        dispute_id=dispute.id, key=uuid.uuid4(), amount_minor=amount_minor, by=world.seller, now=now, **terms
    )
    actions.accept_offer(dispute_id=dispute.id, number=offer.number, by=world.buyer, now=now + timedelta(hours=1))
    return fresh(dispute)
