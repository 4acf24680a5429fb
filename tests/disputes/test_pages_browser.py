"""The pages of disputes in Chromium, wide and on a phone: accessible, within the screen, quiet; and a claim by hand."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from disputes import actions
from disputes.models import Dispute, Inspector
from tests import cases, stories
from tests.browsing import MARKS, complaints_of, look, look_at_widths
from tests.cases import FILED
from tests.disputes import staff
from tests.disputes.test_pages import HOUR, offered, replacing, returning, settled
from tests.stories import DAY, NOW

pytestmark = MARKS
WIDE, PHONE = 1280, 390


@pytest.fixture
def sit(browser, live_server, time_machine):
    """A page of one person, at a moment; what it complains of fails the test."""
    made = []

    def open_for(user, now, width=WIDE, **how):
        time_machine.move_to(now, tick=False)
        context = browser.new_context(viewport={"width": width, "height": 900}, **how)
        page = context.new_page()
        context.clock.set_fixed_time(now)
        if user is not None:
            client = Client()
            client.force_login(user)
            context.add_cookies(
                [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
            )
        page.complaints = complaints_of(page)
        made.append(page)
        return page

    yield open_for
    assert [line for page in made for line in page.complaints] == []


def look_at_both(page, address, name):
    look_at_widths(page, address, name, (WIDE, PHONE))


def address(live_server, name, *args):
    return live_server.url + reverse(f"disputes:{name}", args=args)


def test_pages_of_a_talk(sit, live_server, world):
    dispute = offered(world)
    buyer, seller = (sit(user, FILED + 2 * HOUR) for user in (world.buyer, world.seller))
    ref = dispute.reference
    look_at_both(buyer, address(live_server, "detail", ref), "dispute-buyer")
    look_at_both(seller, address(live_server, "detail", ref), "dispute-supplier")
    look_at_both(buyer, address(live_server, "accept_offer", ref, 2), "dispute-accept")
    look_at_both(buyer, address(live_server, "offer", ref), "dispute-offer")
    look_at_both(seller, address(live_server, "seal", ref), "dispute-seal")
    look_at_both(buyer, address(live_server, "withdraw", ref), "dispute-withdraw")
    look_at_both(buyer, address(live_server, "list"), "disputes")
    look_at_both(seller, address(live_server, "list"), "disputes-supplier")
    look_at_both(buyer, live_server.url + reverse("orders:detail", args=[dispute.order.reference]), "order-in-dispute")
    look_at_both(buyer, live_server.url + reverse("orders:dashboard"), "home-with-a-dispute")
    look_at_both(seller, live_server.url + reverse("portal:home"), "portal-with-a-dispute")


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_pages_of_a_claim(sit, live_server, world, width):
    order = stories.received(world, cases.two_lines())
    buyer = sit(world.buyer, FILED, width)
    look(buyer, address(live_server, "claim", order.reference), "claim")
    line = order.lines.get(number=1)
    buyer.locator(f"[name='{line.id}-quality-pick']").check()
    buyer.locator(f"[name='{line.id}-quality-came']").fill("Scratches on the shade, 4 of 20.")
    buyer.locator(f"[name='{line.id}-quality-inspected']").fill("20")
    buyer.locator(f"[name='{line.id}-quality-major']").fill("4")
    buyer.get_by_role("button", name="File the claim for USD 1,200.00").wait_for()
    look(buyer, None, "claim-worked-out")
    with buyer.expect_navigation():
        buyer.get_by_role("button", name="File the claim for USD 1,200.00").click()
    look(buyer, None, "claim-filed")
    dispute = Dispute.objects.get()
    assert (dispute.claimed_minor, dispute.order_id) == (1_200_00, order.id)


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_pages_of_a_late_order(sit, live_server, world, width):
    order = stories.paid(world, cases.two_lines())
    buyer = sit(world.buyer, order.ship_by_at + 2 * DAY, width)
    look(buyer, live_server.url + order.get_absolute_url(), "order-late")
    look(buyer, address(live_server, "claim", order.reference) + "?reason=non_shipment", "claim-late")
    buyer.get_by_role("button", name="Work out the amount").click()
    buyer.get_by_role("button", name="File the claim for USD 10,000.00").wait_for()
    look(buyer, None, "claim-late-worked-out")


def test_pages_of_a_decision(sit, live_server, world):
    first = staff.adjudicator("first")
    dispute, now = staff.held(world, first, contract=cases.two_lines())
    staff.propose(dispute, first, now)
    buyer, seller = (sit(user, now + HOUR) for user in (world.buyer, world.seller))
    ref = dispute.reference
    look_at_both(buyer, address(live_server, "detail", ref), "decided-buyer")
    look_at_both(seller, address(live_server, "detail", ref), "decided-supplier")
    look_at_both(seller, address(live_server, "appeal", ref), "appeal")
    look_at_both(buyer, address(live_server, "waive", ref), "waive")
    actions.execute(dispute_id=dispute.id, now=now + 8 * DAY)
    look_at_both(sit(world.buyer, now + 9 * DAY), address(live_server, "detail", ref), "decided-closed")
    visitor = sit(None, now + 9 * DAY)
    look_at_both(visitor, address(live_server, "register"), "register")
    decision = dispute.decisions.get()
    look_at_both(visitor, address(live_server, "published", decision.digest[:10]), "published")


def test_pages_of_goods_that_travel(sit, live_server, world):
    dispute = returning(world)
    buyer, seller = (sit(user, FILED + 3 * DAY) for user in (world.buyer, world.seller))
    ref = dispute.reference
    look_at_both(buyer, address(live_server, "detail", ref), "returning")
    look_at_both(buyer, address(live_server, "ship_return", ref), "ship-return")
    actions.send_goods(
        dispute_id=dispute.id, carrier="Sample Line", tracking_number="SL-1", by=world.buyer, now=FILED + 3 * DAY
    )
    look_at_both(seller, address(live_server, "detail", ref), "returning-supplier")
    look_at_both(seller, address(live_server, "record_delivery", ref), "record-delivery")
    look_at_both(seller, address(live_server, "contest_performance", ref), "contest")
    look_at_both(seller, address(live_server, "accept_performance", ref), "accept-return")


def test_pages_of_an_inspection_and_ends(sit, live_server, world):
    first = staff.adjudicator("first")
    dispute, now = staff.held(world, first)
    Inspector.objects.create(name="Sample Inspection Ltd", country="CN", contact="desk@inspect.test")
    actions.order_inspection(dispute_id=dispute.id, question="How many are scratched?", by=first, now=now)
    buyer = sit(world.buyer, now + HOUR)
    look_at_both(buyer, address(live_server, "detail", dispute.reference), "inspection")
    look_at_both(buyer, address(live_server, "inspector", dispute.reference), "inspector")


@pytest.mark.parametrize("story", [settled, replacing, cases.unshipped, cases.escalated])
def test_pages_of_other_states(sit, live_server, world, story):
    dispute = story(world)
    page = sit(world.buyer, max(FILED + 2 * DAY, dispute.filed_at + HOUR), PHONE)
    look(page, address(live_server, "detail", dispute.reference), f"state-{story.__name__}")


def test_cost_of_an_overdue_order(sit, live_server, world):
    order = stories.clear(stories.placed(world), 1)
    now = order.instalments.get(number=2).due_at + 15 * DAY
    assert now > NOW
    seller = sit(world.seller, now, PHONE)
    look(seller, address(live_server, "claim_cost", order.reference), "cost")
    seller.get_by_label("Your cost").fill("500")
    seller.get_by_label("What the cost is for").fill("Brass")
    seller.get_by_role("button", name="Cancel and claim USD 500.00").wait_for()
    look(seller, None, "cost-worked-out")
    with seller.expect_navigation():
        seller.get_by_role("button", name="Cancel and claim USD 500.00").click()
    look(seller, None, "cost-filed")


def test_new_offers_appear_by_themselves_and_never_under_the_readers_hands(sit, live_server, world):
    dispute = cases.claimed(world)
    page = sit(world.seller, FILED + HOUR)
    page.goto(address(live_server, "detail", dispute.reference))
    page.locator("#offers summary").click()
    actions.withdraw_offer(dispute_id=dispute.id, number=1, by=world.buyer, now=FILED + HOUR)
    actions.make_offer(
        dispute_id=dispute.id, key=uuid.uuid4(), amount_minor=1_500_00, by=world.buyer, now=FILED + HOUR, note="Less."
    )
    page.locator("#offers button[type=submit]").first.focus()
    page.evaluate("htmx.trigger('#offers', 'poll')")
    page.wait_for_timeout(400)
    assert page.locator("#offers").get_by_text("1,500.00").count() == 0
    page.locator("#id_body").fill("A letter half-way")
    page.evaluate("htmx.trigger('#offers', 'poll')")
    page.locator("#offers").get_by_text("1,500.00").first.wait_for()
    page.get_by_text("This case has moved on.").wait_for()
    assert page.locator("#id_body").input_value() == "A letter half-way"
    assert page.evaluate("document.activeElement.id") == "id_body"


def test_a_claim_without_scripts(sit, live_server, world):
    order = stories.received(world, cases.two_lines())
    page = sit(world.buyer, FILED, PHONE, java_script_enabled=False)
    page.goto(address(live_server, "claim", order.reference))
    line = order.lines.get(number=2)
    page.locator(f"[name='{line.id}-shortage-pick']").check()
    page.locator(f"[name='{line.id}-shortage-received']").fill("30")
    page.locator(f"[name='{line.id}-shortage-came']").fill("A carton is missing.")
    with page.expect_navigation():
        page.get_by_role("button", name="Work out the amount").click()
    with page.expect_navigation():
        page.get_by_role("button", name="File the claim for USD 937.50").click()  # 10 × 90 and a quarter of 150
    assert Dispute.objects.get().claimed_minor == 937_50
