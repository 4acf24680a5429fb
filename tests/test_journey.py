"""The whole order by clicking, as buyer and supplier, against a live server, on a wide screen and on a phone."""

import re

import pytest
from django.test import Client

from events.models import Event
from ledger import chart
from ledger.actions import balance
from orders import tasks as order_sweeps
from orders.models import Order
from payments import tasks as payment_sweeps
from payments.models import Payment, Payout
from tests import stories
from tests.browsing import MARKS, complaints_of, look
from tests.stories import DAY, NOW, SECOND

pytestmark = MARKS
WIDE, PHONE = 1280, 390


@pytest.fixture(autouse=True)
def at_once(settings):
    settings.SANDBOX_BANK_DELAY = 0


class Desk:
    """One person at one screen; what their pages complain of fails the test."""

    def __init__(self, browser, url, user, *, width=WIDE, scripts=True):
        self.url, self.user = url, user
        self.context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.complaints = complaints_of(self.page)
        self.scripts = scripts

    def sign_in(self):
        """A session without the sign-in page, which has a test of its own; sessions end while clocks are moved."""
        client = Client()
        client.force_login(self.user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
        self.context.add_cookies([cookie | {"url": self.url}])
        return self

    def type_in(self):
        """Sign in as people do."""
        self.page.goto(f"{self.url}/accounts/login/")
        self.page.get_by_label("E-mail address").fill(self.user.email)
        self.page.get_by_label("Password").fill("correct-horse-7")
        self.click("Sign in", exact=True)
        return self

    def go(self, path):
        self.page.goto(self.url + path)
        return self.page

    def look(self, name, path=None):
        if self.scripts:
            look(self.page, self.url + path if path else None, name)
        elif path:
            self.go(path)

    def click(self, name, role="button", **how):
        """Click what has this name and leads on, in the page itself: header and footer are not meant."""
        with self.page.expect_navigation():
            self.page.locator("#main").get_by_role(role, name=name, **how).first.click()

    def reads(self, *texts):
        for text in texts:
            self.page.locator("#main").get_by_text(text).locator("visible=true").first.wait_for(timeout=5000)


@pytest.fixture
def desk(browser, live_server):
    made = []

    def sit(user, **how):
        made.append(Desk(browser, live_server.url, user, **how))
        return made[-1]

    yield sit
    assert [line for one in made for line in one.complaints] == []


@pytest.fixture
def clock(time_machine):
    """Move the server's clock and, for the words that scripts write, that of each screen."""

    def move(now, *desks):
        time_machine.move_to(now, tick=False)
        for one in desks:
            one.context.clock.set_fixed_time(now)
            one.sign_in()

    return move


def path_of(order, rest=""):
    return f"{order.get_absolute_url()}{rest}"


def kinds(order):
    return list(Event.objects.about("order", order.id).values_list("kind", flat=True))


def write_line(page, number, product, quantity, price):
    line = page.get_by_role("group", name=f"Line {number}")
    line.get_by_label("Goods").fill(product)
    line.get_by_label("Quantity", exact=True).fill(quantity)
    line.get_by_label("Unit price").fill(price)


def test_an_order_from_request_to_the_end_of_protection(desk, clock, world):
    clock(NOW)
    buyer, seller = desk(world.buyer), desk(world.seller)
    clock(NOW, buyer, seller)
    buyer.context.clear_cookies()
    seller.context.clear_cookies()

    # The buyer asks for a draft.
    buyer.type_in()
    buyer.look("dashboard-empty", "/dashboard/")
    buyer.look("directory", "/suppliers/")
    buyer.click("Lumenworks", role="link")
    buyer.look("supplier")
    buyer.click("Ask for a draft", role="link")
    buyer.look("request")
    buyer.page.get_by_label("What do you want to order?").fill("Pendant lamps and cords")
    buyer.page.get_by_label("What you need").fill("120 lamps, matt black, with 30 spare cords, to Auckland.")
    buyer.click("Send the request")
    buyer.look("order-requested")
    order = Order.objects.get()

    # The supplier writes the contract.
    seller.type_in()
    seller.look("portal", "/portal/")
    seller.reads("120 lamps, matt black")
    with seller.page.expect_navigation():
        seller.page.locator("#main ol").get_by_role("link").first.click()
    seller.look("contract-form")
    page = seller.page
    write_line(page, 1, "Pendant lamp, matt black", "120", "36.37")
    page.get_by_role("button", name="Add a line").click()
    page.get_by_role("group", name="Line 2").wait_for()
    write_line(page, 2, "Spare cord, 2 m", "30", "7.55")
    assert page.get_by_role("textbox", name="Goods").first.input_value() == "Pendant lamp, matt black"
    page.get_by_label("What the goods must be").fill("Steel, RAL 9005 matt, E27, 2 m textile cord. AQL 2.5 major.")
    page.get_by_label("Incoterm").select_option("FOB")
    page.get_by_label("Named place").fill("Nansha")
    page.get_by_label("Country of destination").select_option("NZ")
    page.get_by_label("Delivery address").fill("12 Quay Street, Auckland")
    deposit, rest = (page.get_by_role("group", name=f"Instalment {n}") for n in (1, 2))
    assert deposit.get_by_label("Amount or %").input_value() == "30%"
    assert rest.get_by_label("Amount or %").input_value() == "70%"
    page.locator("#total").get_by_text("USD 4,590.90").first.wait_for()  # 120 × 36.37 + 30 × 7.55
    page.locator("#total").get_by_text("USD 1,377.27").wait_for()
    page.locator("#total").get_by_text("USD 3,213.63").wait_for()
    page.locator("#total").get_by_text("Covered in full.").wait_for()
    seller.look("contract-form-filled")
    seller.click("Sign and send")
    seller.look("contract-sent")

    # The buyer reads it and accepts.
    buyer.look("dashboard-to-accept", "/dashboard/")
    buyer.look("order-to-accept", path_of(order))
    buyer.look("contract", path_of(order, "contract/"))
    version = order.versions.sent().get()
    buyer.reads("Contract version 1", version.fingerprint, "Steel, RAL 9005 matt")
    buyer.click("Accept version 1")
    buyer.look("order-placed")
    order = stories.fresh(order)
    assert (order.status, order.total_minor) == ("placed", 4_590_90)

    # The deposit by card, the balance by bank wire.
    buyer.look("checkout-card", path_of(order, "pay/1/"))
    buyer.reads("USD 1,417.90", "USD 40.63", "Free, USD 0.00")  # 2.95 % on top
    buyer.click("Pay USD 1,417.90")
    buyer.look("bank-card")
    buyer.click("Pay", exact=True)
    buyer.look("payment-cleared")
    buyer.reads("The money has arrived", "USD 1,377.27 is covered")
    buyer.look("checkout-2", path_of(order, "pay/2/"))
    buyer.page.get_by_label("T/T, bank wire").check()
    buyer.reads("Wire to this account, and no other")
    buyer.look("checkout-tt")
    buyer.click("Play the sender", role="link")
    buyer.look("bank-wire")
    assert buyer.page.get_by_label("Amount you send").input_value() == "3,213.63"
    buyer.click("Send the wire")
    buyer.look("payment-wire")
    buyer.reads("The money has arrived", "USD 4,590.90 is covered")
    order = stories.fresh(order)
    assert (order.status, order.cleared_minor, order.fees_minor) == ("paid", 4_590_90, 40_63)
    buyer.look("order-paid", path_of(order))
    buyer.look("orders", "/orders/")

    # The supplier ships.
    clock(NOW + 10 * DAY, buyer, seller)
    seller.look("portal-to-ship", "/portal/")
    seller.look("portal-orders", "/portal/orders/")
    seller.look("order-supplier", path_of(order))
    seller.click("Enter the shipment", role="link")
    seller.look("shipment")
    page.get_by_label("Carrier").fill("Sample Ocean Line")
    page.get_by_label("Document number").fill("SOL-260911-7")
    seller.click("Enter the shipment")
    seller.look("order-supplier-shipped")
    assert stories.fresh(order).status == "shipped"

    # The buyer confirms line by line.
    clock(NOW + 30 * DAY, buyer, seller)
    buyer.look("order-shipped", path_of(order))
    buyer.click("Confirm receipt", role="link")
    buyer.look("receipt")
    buyer.reads("USD 3,213.63", "USD 1,377.27")  # released now, kept as reserve with 3 stars
    for line in order.lines.all():
        group = buyer.page.get_by_role("group", name=re.compile(re.escape(line.product)))
        assert group.get_by_label("Short").input_value() == ""  # empty is all there
    buyer.click("Confirm receipt")
    buyer.look("order-received")
    order = stories.fresh(order)
    assert (order.status, order.escrow_minor, order.reserve_minor) == ("received", 1_377_27, 1_377_27)
    payment_sweeps.send_payouts()
    payment_sweeps.send_payouts()
    assert [p.amount_minor for p in Payout.objects.all()] == [3_149_36]  # 3,213.63 less 2 %
    buyer.look("order-received-13", path_of(order))

    # The last second of day 30, and its end.
    ends = order.protection_ends_at
    clock(ends - SECOND, buyer, seller)
    order_sweeps.close_protection_windows()
    payment_sweeps.send_payouts()
    assert stories.fresh(order).status == "received"
    buyer.look("order-last-second", path_of(order))
    buyer.reads("Received, day 30 of 30", "USD 4,590.90")
    clock(ends, buyer, seller)
    for _ in range(2):
        order_sweeps.close_protection_windows()
        payment_sweeps.send_payouts()
    order = stories.fresh(order)
    assert (order.status, order.escrow_minor, order.covered_minor) == ("expired", 0, 0)
    buyer.look("order-expired", path_of(order))
    buyer.reads("Protection expired")
    seller.look("payouts", "/portal/payouts/")
    seller.reads("USD 3,149.36", "USD 1,349.72")  # the fee is 2 % of all: 64.27 and 27.55
    paid = sum(p.amount_minor for p in Payout.objects.filter(status="confirmed"))
    assert paid == 4_590_90 - 91_82
    assert balance(chart.supplier_payable(world.supplier.id, "USD")) == 0
    seller.look("order-supplier-expired", path_of(order))


def test_a_phone_pays_receives_and_reads_the_end(desk, clock, world):
    clock(NOW)
    order = stories.sent(world)
    buyer, seller = (desk(user, width=PHONE) for user in (world.buyer, world.seller))
    clock(NOW, buyer, seller)
    buyer.look("dashboard", "/dashboard/")
    buyer.look("contract", path_of(order, "contract/"))
    buyer.click("Accept version 1")
    buyer.look("order-placed")
    bar = buyer.page.get_by_role("region", name="Next step")
    assert bar.is_visible()
    with buyer.page.expect_navigation():
        bar.get_by_role("link").click()
    buyer.look("checkout-card")
    buyer.click("Pay USD 3,088.50")
    buyer.look("bank-card")
    buyer.click("Pay", exact=True)
    buyer.look("payment")
    buyer.look("checkout-tt", path_of(order, "pay/2/?method=tt"))
    buyer.click("Play the sender", role="link")
    buyer.look("bank-wire")
    buyer.click("Send the wire")
    buyer.look("payment-wire")
    clock(NOW + 10 * DAY, buyer, seller)
    seller.look("portal", "/portal/")
    seller.look("portal-orders", "/portal/orders/")
    seller.look("shipment", path_of(order, "ship/"))
    seller.page.get_by_label("Carrier").fill("Sample Ocean Line")
    seller.page.get_by_label("Document number").fill("SOL-260911-7")
    seller.click("Enter the shipment")
    seller.look("order-supplier")
    seller.look("contract-form", "/portal/contracts/new/")
    clock(NOW + 30 * DAY, buyer, seller)
    buyer.look("receipt", path_of(order, "receipt/"))
    line = order.lines.get()
    buyer.page.get_by_label("Short").fill("3")
    buyer.page.get_by_label("What is wrong").fill("Three boxes were empty")
    buyer.page.locator("#amounts").get_by_text("USD 300.00").wait_for()
    buyer.click("Confirm receipt")
    buyer.look("order-received")
    buyer.reads("Three boxes were empty")
    line.refresh_from_db()
    assert line.receipt.short_quantity == 3
    clock(stories.fresh(order).protection_ends_at, buyer, seller)
    order_sweeps.close_protection_windows()
    for _ in range(2):
        payment_sweeps.send_payouts()
    buyer.look("order-expired", path_of(order))
    buyer.reads("Protection expired")
    buyer.look("orders", "/orders/")
    seller.look("payouts", "/portal/payouts/")
    assert sum(p.amount_minor for p in Payout.objects.filter(status="confirmed")) == 10_000_00


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_two_clicks_have_one_effect(desk, clock, world, scripts):
    clock(NOW)
    order = stories.sent(world)
    buyer = desk(world.buyer, scripts=scripts)
    clock(NOW, buyer)

    def twice(path, name, done, **how):
        if path:
            buyer.go(path_of(order, path))
        buyer.page.locator("#main").get_by_role("button", name=name, **how).dblclick()
        for _ in range(100):  # on a busy machine an answer takes seconds
            if done(stories.fresh(order)):
                break
            buyer.page.wait_for_timeout(100)
        buyer.page.wait_for_timeout(500)  # the second click's answer
        buyer.page.wait_for_load_state("networkidle")

    twice("contract/", "Accept version 1", lambda order: order.status == "placed")
    assert stories.fresh(order).status == "placed"
    assert kinds(order).count("contract.accepted") == 1
    twice("pay/1/", "Pay USD 3,088.50", lambda order: order.payments.exists())
    assert Payment.objects.count() == 1
    twice(None, "Pay", lambda order: order.cleared_minor, exact=True)
    assert stories.fresh(order).cleared_minor == 3_000_00
    stories.clear(stories.fresh(order), 2, now=NOW)
    stories.dispatch(stories.fresh(order), world)
    clock(NOW + 20 * DAY, buyer)
    twice("receipt/", "Confirm receipt", lambda order: order.status == "received")
    order = stories.fresh(order)
    assert (order.status, order.released_minor) == ("received", 7_000_00)
    assert kinds(order).count("receipt.confirmed") == 1


def test_a_declined_card_charges_nothing_and_3d_secure_asks_first(desk, clock, world):
    clock(NOW)
    order = stories.placed(world)
    buyer = desk(world.buyer)
    clock(NOW, buyer)
    buyer.go(path_of(order, "pay/1/"))
    buyer.click("Pay USD 3,088.50")
    buyer.click("Decline")
    buyer.look("payment-declined")
    buyer.reads("The payment did not go through", "the bank declined it", "Nothing was charged")
    assert stories.fresh(order).cleared_minor == 0

    buyer.click("Pay Deposit", role="link")
    buyer.click("Pay USD 3,088.50")
    buyer.click("Pay, and the bank asks to confirm")
    buyer.look("bank-3ds")
    buyer.reads("Confirm the payment (3-D Secure)")
    assert stories.fresh(order).cleared_minor == 0
    buyer.click("Confirm USD 3,088.50")
    buyer.look("payment-3ds")
    buyer.reads("The money has arrived")
    assert stories.fresh(order).cleared_minor == 3_000_00
    assert sorted(Payment.objects.values_list("status", flat=True)) == ["cleared", "failed"]

    buyer.go(path_of(order, "pay/2/?method=tt"))
    buyer.click("Play the sender", role="link")
    buyer.page.get_by_label("Another account, sent to me by e-mail").check()
    buyer.click("Send the wire")
    buyer.look("not-covered")
    buyer.reads("This money is not covered")
    assert stories.fresh(order).cleared_minor == 3_000_00


def test_without_scripts_a_contract_is_written_and_paid(desk, clock, world):
    clock(NOW)
    order = stories.requested(world)
    buyer, seller = (desk(user, scripts=False) for user in (world.buyer, world.seller))
    buyer.sign_in()
    seller.sign_in()
    page = seller.go(path_of(order, "contract/edit/"))
    write_line(page, 1, "Lamp", "100", "90")
    page.get_by_label("Named place").fill("12 Quay Street, Auckland")
    seller.click("Add a line")
    write_line(page, 2, "Cord", "100", "10")
    assert page.get_by_role("textbox", name="Goods").first.input_value() == "Lamp"
    page.get_by_label("Country of destination").select_option("NZ")
    page.get_by_label("Delivery address").fill("12 Quay Street, Auckland")
    seller.click("Add an instalment")
    seller.click("Remove instalment 3")
    seller.click("Sign and send")
    assert order.versions.sent().get().terms.total_minor == 10_000_00
    buyer.go(path_of(order, "contract/"))
    buyer.click("Accept version 1")
    buyer.go(path_of(order, "pay/1/"))
    buyer.click("Pay USD 3,088.50")
    buyer.click("Pay", exact=True)
    buyer.reads("The money has arrived")
    page = buyer.go(path_of(order, "pay/2/"))
    page.get_by_label("T/T, bank wire").check()
    buyer.click("Show this way to pay")
    buyer.click("Play the sender", role="link")
    buyer.click("Send the wire")
    buyer.reads("The money has arrived")
    assert stories.fresh(order).status == "paid"
