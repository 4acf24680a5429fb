"""A dispute by clicking, against a live server: one that the sides settle, one that staff decide with four eyes."""

import re

import pytest

from disputes import tasks as case_sweeps
from disputes.models import Decision, Dispute
from orders import actions as order_actions
from payments import tasks as payment_sweeps
from payments.models import Refund
from tests import cases, stories
from tests.browsing import MARKS
from tests.cases import FILED
from tests.disputes import staff
from tests.stories import DAY
from tests.test_journey import PHONE, WIDE, at_once, clock, desk  # noqa: F401 - fixtures

pytestmark = MARKS
HOUR = DAY / 24
PASSWORD = "correct-horse-7"


def received_by_wire(world):
    """USD 10,000 paid by T/T, all shipped, all received on day 20."""
    order = cases.paid_by_wire(world)
    stories.dispatch(order, world)
    order_actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=cases.RECEIVED)
    return stories.fresh(order)


def file_claim(buyer, order):
    """Four of twenty lamps are scratched: USD 1,200 of 6,000."""
    line = order.lines.get(number=1)
    page = buyer.go(order.get_absolute_url())
    buyer.click("File a claim", role="link")
    page.locator(f"[name='{line.id}-quality-pick']").check()
    for name, value in {"inspected": "20", "critical": "0", "major": "4", "minor": "0"}.items():
        page.locator(f"[name='{line.id}-quality-{name}']").fill(value)
    page.locator(f"[name='{line.id}-quality-agreed']").fill("Brass without scratches.")
    page.locator(f"[name='{line.id}-quality-came']").fill("Four of twenty lamps are scratched.")
    page.get_by_role("button", name="File the claim for USD 1,200.00").wait_for()
    buyer.look("journey-claim")
    buyer.click("File the claim for USD 1,200.00")
    return Dispute.objects.get()


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_buyer_and_supplier_settle(desk, clock, world, width):  # noqa: F811
    order = received_by_wire(world)
    buyer, seller = desk(world.buyer, width=width), desk(world.seller, width=width)
    clock(FILED, buyer, seller)
    dispute = file_claim(buyer, order)
    buyer.reads(re.compile("Wait for the answer|Nothing", re.I))

    clock(FILED + HOUR, buyer, seller)
    seller.go(dispute.get_absolute_url())
    seller.reads("Answer the claim")
    seller.click("Make a counter-offer", role="link")
    seller.page.locator("[name=amount]").fill("800.00")
    seller.page.locator("[name=note]").fill("The scratches polish out.")
    seller.click("Send the offer")

    clock(FILED + 2 * HOUR, buyer, seller)
    buyer.look("journey-offer", dispute.get_absolute_url())
    buyer.reads("800.00", "From escrow", "The scratches polish out.")
    buyer.click("Accept USD 800.00", role="link")
    buyer.click("Accept USD 800.00")
    assert Dispute.objects.get().outcome == "settled"

    payment_sweeps.send_refunds()
    buyer.look("journey-settled", dispute.get_absolute_url())
    buyer.reads("800.00", re.compile("3 to 7 business days|arrives", re.I))
    assert Refund.objects.get().amount_minor == 800_00
    old_tab = seller.go(dispute.get_absolute_url())
    assert old_tab.get_by_role("link", name="Make a counter-offer").count() == 0


@pytest.mark.parametrize("width", [WIDE])  # half of it is staff, who sit at desks
def test_a_stalled_case_is_escalated_by_the_sweep_decided_approved_and_refunded(desk, clock, world, width):  # noqa: F811
    order = received_by_wire(world)
    first, second = staff.adjudicator("first"), staff.adjudicator("second")
    buyer, seller = desk(world.buyer, width=width), desk(world.seller, width=width)
    clock(FILED, buyer, seller)
    dispute = file_claim(buyer, order)

    clock(FILED + DAY, buyer, seller)
    seller.go(dispute.get_absolute_url())
    seller.click("Refuse the offer")
    seller.page.locator("#id_body").fill("They left our works without a scratch.")
    seller.click("Send message")

    clock(FILED + 7 * DAY, buyer, seller)
    case_sweeps.escalate_stalled_disputes()
    buyer.go(dispute.get_absolute_url())
    buyer.page.locator("input[type=file]").first.set_input_files(
        {"name": "count.txt", "mimeType": "text/plain", "buffer": b"20 opened, 4 scratched. Signed at the quay."}
    )
    buyer.page.get_by_role("button", name="Add these files").click()
    buyer.page.get_by_role("link", name="count.txt").first.wait_for()

    dispute = cases.fresh(dispute)
    for due in (dispute.evidence_ends_at, dispute.rebuttal_ends_at):
        clock(due, buyer, seller)
        case_sweeps.close_phases()
    one, two = desk(first, width=width), desk(second, width=width)
    clock(dispute.rebuttal_ends_at + HOUR, one, two)
    one.complaints.clear()
    page = one.go("/admin/disputes/dispute/")
    page.get_by_role("link", name=dispute.reference).click()
    page.get_by_role("link", name="Pick up").click()
    page.get_by_role("button", name="Pick it up").click()
    confirm(page)
    page.get_by_role("link", name="Decide", exact=True).click()
    page.get_by_label("Facts found").fill("Four of twenty lamps were scratched, as both sides' words agree.")
    page.locator('input[name$=".amount"]').first.fill("1,000.00")
    page.locator("textarea[name=reasons]").fill("The count was signed at the quay; the lamps were sold at a discount.")
    page.locator("textarea[name=deviation_reason]").fill("The lamps were sold at a discount.")
    page.locator("textarea[name=summary]").fill("Scratched lamps: refunded in part.")
    page.get_by_role("button", name="See what moves").last.click()
    page.get_by_role("button", name="Propose this decision").click()
    page.get_by_text("A second adjudicator reads it next.").wait_for()
    page = two.go(f"/admin/disputes/dispute/{dispute.id}/change/")
    page.get_by_role("link", name="Read the proposed decision").click()
    page.get_by_role("button", name="Approve exactly this").click()
    confirm(page)
    page.get_by_text("is approved and published").wait_for()
    assert Decision.objects.get().approved_by == second

    dispute = cases.fresh(dispute)
    clock(dispute.appeal_ends_at, buyer, seller)
    case_sweeps.execute_decisions()
    payment_sweeps.send_refunds()
    assert (cases.fresh(dispute).outcome, Refund.objects.get().amount_minor) == ("decided", 1_000_00)
    buyer.look("journey-decided", dispute.get_absolute_url())
    buyer.reads("1,000.00", re.compile("3 to 7 business days|arrives", re.I))
    for staff_desk in (one, two):
        staff_desk.complaints.clear()  # the desk is unfold's, held to axe and its console by its own test


def confirm(page):
    """The fresh sign-in that deciding asks for."""
    page.get_by_label(re.compile("password", re.I)).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("confirm", re.I)).click()
