"""A late order by clicking, against a live server: cancelled, left to time, shipped in part, kept with compensation."""

import re

import pytest

from disputes import tasks as case_sweeps
from disputes.models import Dispute
from orders import tasks as order_sweeps
from payments import tasks as payment_sweeps
from payments.models import Refund
from tests import cases, stories
from tests.browsing import MARKS
from tests.stories import DAY, SECOND
from tests.test_journey import PHONE, WIDE, at_once, clock, desk  # noqa: F401 - fixtures

pytestmark = MARKS
HOUR = DAY / 24


def sweep():
    """Everything that time does to orders, cases and refunds."""
    order_sweeps.note_late_orders()
    order_sweeps.award_unshipped_orders()
    case_sweeps.award_what_was_not_shipped()
    payment_sweeps.send_refunds()


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_the_buyer_cancels_the_supplier_proves_nothing_and_the_refund_is_sent(desk, clock, world, width):  # noqa: F811
    order = cases.paid_by_wire(world)
    buyer, seller = desk(world.buyer, width=width), desk(world.seller, width=width)
    clock(order.ship_by_at, buyer, seller)
    sweep()
    buyer.look("late-buyer", order.get_absolute_url())
    buyer.reads("The supplier missed the ship-by date", "Cancel what is not shipped", "Grant more time", "We noticed")
    buyer.reads(re.compile("3 to 7 business days"), re.compile("USD 10,000.00"), "The order is late")
    seller.look("late-supplier", order.get_absolute_url())
    seller.reads("You missed the ship-by date", "You can prove shipment", "If nobody does anything")

    buyer.click("Cancel it and be refunded")
    dispute = Dispute.objects.get()
    buyer.reads(re.compile("Your claim is filed"))
    assert dispute.award_at == order.ship_by_at + 72 * HOUR
    seller.go(order.get_absolute_url())
    seller.reads(re.compile(dispute.reference))

    clock(dispute.award_at - SECOND, buyer, seller)
    sweep()
    assert not Refund.objects.exists()
    clock(dispute.award_at, buyer, seller)
    sweep()
    assert (Dispute.objects.get().outcome, stories.fresh(order).status) == ("awarded", "refunded")
    assert {refund.status for refund in Refund.objects.all()} == {"confirmed"}
    assert sum(refund.amount_minor for refund in Refund.objects.all()) == 10_000_00
    buyer.look("late-refunded", order.get_absolute_url())
    buyer.reads("The order was refunded", re.compile("10,000.00"))


def test_with_no_choice_made_it_happens_thirty_days_after(desk, clock, world):  # noqa: F811
    order = cases.paid_by_wire(world)
    buyer = desk(world.buyer)
    clock(order.award_at - SECOND, buyer)
    sweep()
    assert stories.fresh(order).status == "paid"
    clock(order.award_at, buyer)
    sweep()
    assert sum(refund.amount_minor for refund in Refund.objects.all()) == 10_000_00
    buyer.go(order.get_absolute_url())
    buyer.reads("The order was refunded")


def test_a_part_shipped_order_loses_only_the_rest(desk, clock, world):  # noqa: F811
    order = cases.paid_by_wire(world)
    buyer, seller = desk(world.buyer), desk(world.seller)
    stories.dispatch(order, world, quantities={order.lines.get(number=1).id: 60})
    clock(order.ship_by_at + DAY, buyer, seller)
    sweep()
    buyer.look("late-part", order.get_absolute_url())
    buyer.reads(re.compile("What was shipped goes on as before"), "Nothing of it was shipped.")
    seller.look("late-part-supplier", order.get_absolute_url())
    clock(order.award_at, buyer, seller)
    sweep()
    line = order.lines.get(number=2)
    rest = line.whole_minor
    assert stories.fresh(order).status == "shipped"
    assert sum(refund.amount_minor for refund in Refund.objects.all()) == rest
    buyer.look("late-part-over", order.get_absolute_url())
    buyer.reads("The goods are on their way", re.compile("refunded for what was not shipped"))


def test_another_buyer_keeps_the_goods_and_takes_the_compensation(desk, clock, world):  # noqa: F811
    order = cases.paid_by_wire(world)
    buyer, seller = desk(world.buyer), desk(world.seller)
    late = order.ship_by_at + 4 * DAY
    stories.dispatch(order, world, now=late, dispatched_on=(late - HOUR).date())
    clock(late + HOUR, buyer, seller)
    buyer.look("late-kept", order.get_absolute_url())
    buyer.reads("We noticed", re.compile("shipped 4 days late"))
    buyer.click("Claim all of these", role="link")
    buyer.look("late-kept-claim")
    buyer.reads("Filled in from what we noticed.")
    buyer.click("File the claim for USD 192.00")
    dispute = Dispute.objects.get()
    seller.look("late-kept-case", dispute.get_absolute_url())
    seller.reads(re.compile("Without an answer"))
    clock(dispute.award_at, buyer, seller)
    sweep()
    assert (Dispute.objects.get().outcome, stories.fresh(order).status) == ("awarded", "shipped")
    assert Refund.objects.get().amount_minor == 192_00
    buyer.go(order.get_absolute_url())
    buyer.reads(re.compile("192.00 awarded by time"))
