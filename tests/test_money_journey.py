"""Money that comes in, by clicking: transfers of a bank's files, who sent them, and each day closed."""

import pytest

from ledger import chart
from ledger.actions import balance
from orders import actions as order_actions
from payments import actions as payment_actions
from payments import tasks as payment_sweeps
from payments.models import BankEntry, MatchProposal
from tests import stories
from tests.browsing import MARKS
from tests.papers import words_of
from tests.payments import batching
from tests.payments.bank_files import Line
from tests.payments.conftest import (
    localstripe,  # noqa: F401 - a fixture
    pay,
    wire,
)
from tests.payments.money_desks import Bank, Staff, day_ends, of_staff, set_up, transfer
from tests.stories import DAY, NOW
from tests.test_journey import WIDE, clock, desk, path_of  # noqa: F401 - fixtures
from trade_assurance.refused import NotAllowed

pytestmark = MARKS


@pytest.fixture
def bank(world, settings):
    set_up(settings)
    settings.SANDBOX = False  # no pretend senders on the pages
    return Bank()


@pytest.fixture
def staff(browser, live_server):
    """One of the staff at a screen; what the admin's own pages say to the console is held by its own tests."""

    def sit(name, group="finance"):
        return Staff(browser, live_server.url, of_staff(name, group))

    return sit


def references(order):
    return [part.rf_reference for part in order.instalments.order_by("number")]


@pytest.mark.parametrize("width", [WIDE])  # half of it is staff, who sit at desks
def test_a_transfer_with_its_reference(desk, staff, clock, world, bank, width):  # noqa: F811
    clock(NOW)
    order = stories.sent(world)
    buyer, seller, finance = desk(world.buyer, width=width), desk(world.seller, width=width), staff("wanjiru")
    clock(NOW, buyer, seller, finance)

    buyer.go(path_of(order, "contract/"))
    buyer.click("Accept version 1")
    buyer.reads("Pay Deposit", "You have paid nothing yet")
    buyer.go(path_of(order, "pay/1/?method=tt"))
    buyer.click("Payment instruction for your bank", role="link")
    buyer.look("money-instruction")
    deposit, rest = references(order)
    number = world.supplier.designated_account.number
    told = (number, deposit, "USD 3,000.00", "Money paid to any other account is not covered.", "Sat 5 Sep 2026")
    buyer.reads(*told)
    with buyer.page.expect_download() as taken:
        buyer.page.get_by_role("link", name="Download as PDF").click()
    paper = words_of(taken.value.path().read_bytes())
    for words in (number, deposit, "USD 3,000.00", "Money paid to any other account is not covered", "5 Sep 2026"):
        assert words in paper

    finance.upload(bank.tells(NOW, transfer(order, "3000.00", f"Deposit {deposit}")))
    finance.reads("1 entries, 1 matched")
    finance.keep("money-uploaded")
    buyer.look("money-deposit-in", path_of(order))
    buyer.reads("Yes, all USD 3,000.00 is covered", "Received, covered", "Pay Balance", "USD 3,000.00 received")
    seller.look("money-deposit-in-supplier", path_of(order))
    seller.reads("Yes, USD 3,000.00 is held for you", "Waiting for payment")

    clock(NOW + DAY, buyer, seller, finance)
    finance.upload(bank.tells(NOW + DAY, transfer(order, "7000.00", f"Balance {rest[:4]} {rest[4:].lower()}")))
    finance.reads("1 entries, 1 matched")
    assert stories.fresh(order).status == "paid"
    buyer.look("money-paid", path_of(order))
    buyer.reads("Yes, all USD 10,000.00 is covered", "Lumenworks is making the goods", "Nothing")
    seller.look("money-to-ship", path_of(order))
    seller.reads("Yes, USD 10,000.00 is held for you", "Ship by", "Enter the shipment")
    seller.look("money-portal", "/portal/orders/")
    seller.reads("To ship")
    day_ends(finance, clock, NOW + DAY)


def test_short_by_charges_and_short_by_more(desk, staff, clock, world, bank):  # noqa: F811
    clock(NOW)
    order = stories.placed(world)
    deposit, rest = references(order)
    buyer, finance = desk(world.buyer), staff("wanjiru")
    clock(NOW, buyer, finance)
    finance.upload(bank.tells(NOW, transfer(order, "2987.50", f"{deposit}")))
    finance.reads("1 entries, 1 matched")
    finance.open("payments_bankentry_change", BankEntry.objects.get().pk)
    finance.reads("USD 12.50 short, within what we bear as bank charges.")
    finance.keep("money-short-desk")
    buyer.look("money-short", path_of(order))
    buyer.reads("Received, covered", "Bank charges we bore", "USD 12.50 was missing as bank charges; we bear that")
    payment = BankEntry.objects.get().payment
    buyer.look("money-short-payment", payment.get_absolute_url())
    buyer.reads("The money has arrived", "Gap that we bear", "USD 12.50")
    assert (balance(chart.bank_charges("USD")), stories.fresh(order).escrow_minor) == (12_50, 3_000_00)

    finance.upload(bank.tells(NOW, transfer(order, "6600.00", rest)))
    buyer.look("money-part", path_of(order))
    buyer.reads("USD 400.00 of Balance is missing", "Send the rest with the same reference.", "Pay Balance")
    buyer.reads("Part-paid", "USD 400.00 open", "Pay USD 400.00", "Fri 25 Sep 2026")
    assert stories.fresh(order).status == "placed"
    buyer.click("Pay USD 400.00", role="link")
    buyer.page.get_by_label("T/T, bank wire").check()
    buyer.reads("Wire to this account, and no other", rest, "USD 400.00")
    buyer.click("Payment instruction for your bank", role="link")
    buyer.look("money-part-instruction")
    buyer.reads("USD 400.00 is open", "Of USD 7,000.00 for Balance.", rest, "Fri 25 Sep 2026")

    clock(NOW + DAY, buyer, finance)
    finance.upload(bank.tells(NOW + DAY, transfer(order, "400.00", rest)))
    buyer.look("money-rest", path_of(order))
    buyer.reads("Yes, all USD 9,987.50 is covered", "Lumenworks is making the goods")
    assert (stories.fresh(order).status, stories.fresh(order).borne_minor) == ("paid", 12_50)
    day_ends(finance, clock, NOW + DAY)


@pytest.mark.parametrize("width", [WIDE])  # half of it is staff, who sit at desks
def test_without_a_reference(desk, staff, clock, world, bank, width):  # noqa: F811
    clock(NOW)
    small, large = stories.placed(world), stories.placed(world, stories.simple_terms(20_000_00))
    buyer, ann, bob = desk(world.buyer, width=width), staff("ann"), staff("bob")
    clock(NOW, buyer, ann, bob)
    lines = transfer(small, "3000.00", f"lamps {small.reference}"), transfer(large, "20000.00", "lamps")
    ann.upload(bank.tells(NOW, *lines))
    ann.reads("2 entries, 0 matched, 2 to suspense")
    buyer.look("money-unmatched", path_of(small))
    buyer.reads("You have paid nothing yet", "Pay Deposit")

    first, second = BankEntry.objects.order_by("id")
    page = ann.open("payments_bankentry_change", first.pk)
    ann.keep("money-suggested")
    ann.reads(
        "It came without a valid payment reference.", "The payer's words name this order.", "The payer is the buyer."
    )
    row = page.locator(".staff-table tr", has_text=f"{small.reference}, Deposit")
    assert int(row.locator("td").first.inner_text().split()[0]) >= 80  # of 100
    ann.follow("Match")
    page.get_by_label("Creditor reference").fill(references(small)[0])
    ann.press("Match it")
    ann.reads("is matched")
    buyer.look("money-matched", path_of(small))
    buyer.reads("Yes, all USD 3,000.00 is covered")

    page = ann.open("payments_bankentry_change", second.pk)
    ann.reads("The amount is the same as what is open.")
    ann.follow("Match")
    page.get_by_label("Creditor reference").fill(references(large)[0])
    ann.press("Match it")
    ann.reads("A second person of finance confirms it")
    proposal = MatchProposal.objects.get()
    with pytest.raises(NotAllowed, match="somebody else must confirm it"):
        payment_actions.confirm_proposal(proposal_id=proposal.pk, digest=proposal.digest, by=ann.user, now=NOW)
    page = ann.open("payments_matchproposal_change", proposal.pk)
    assert ann.link("Decline").count() == 1 and ann.link("Confirm").count() == 0
    page.goto(page.url.replace("/change/", "/confirm"))
    assert page.get_by_role("button", name="Confirm and do it").count() == 0  # the action refuses it too
    buyer.look("money-proposed", path_of(large))
    buyer.reads("You have paid nothing yet")
    bob.open("payments_matchproposal_change", proposal.pk)
    bob.follow("Confirm")
    bob.reads(f"All of {large.reference}: USD 20,000.00 to escrow")
    bob.keep("money-second-person")
    bob.press("Confirm and do it")
    bob.reads("Done: ")
    buyer.look("money-confirmed", path_of(large))
    buyer.reads("Yes, all USD 20,000.00 is covered", "Lumenworks is making the goods")
    day_ends(ann, clock, NOW)


def test_a_payer_in_another_name(desk, staff, clock, world, bank):  # noqa: F811
    clock(NOW)
    order = stories.placed(world)
    (deposit, _) = references(order)
    buyer, finance = desk(world.buyer), staff("wanjiru")
    clock(NOW, buyer, finance)
    finance.upload(bank.tells(NOW, transfer(order, "3000.00", deposit, payer="Whitlock Holding Ltd")))
    finance.reads("1 entries, 0 matched, 1 to suspense")
    entry = BankEntry.objects.get()
    page = finance.open("payments_bankentry_match", entry.pk)
    page.get_by_label("Creditor reference").fill(deposit)
    finance.press("Match it")
    finance.reads("The payer's name is not the buyer's. Ask the buyer who paid")

    buyer.look("money-third-party", path_of(order))
    buyer.reads("USD 3,000.00 in another name waits with us, not covered yet", "Tue 15 Sep 2026")
    assert buyer.page.locator("#main .a").last.inner_text() == "Say who sent USD 3,000.00"  # not: pay it again
    buyer.click("Say who sent USD 3,000.00", role="link")
    buyer.look("money-payer")
    buyer.reads("It is held, not covered yet", "15 Sep 2026", "it goes back to its sender")
    assert buyer.page.get_by_text("Whitlock Holding").count() == 0
    buyer.page.get_by_role("textbox", name="Who sent it").fill("Whitlock Holding Ltd")
    buyer.page.get_by_role("textbox", name="Why they pay for you").fill("Our parent company")
    buyer.click("Name the payer")
    buyer.look("money-payer-named")
    buyer.reads("You named who sent the transfer", "Our finance staff look at it next.")

    page = finance.open("payments_bankentry_change", entry.pk)
    finance.reads("Whitlock Holding Ltd: Our parent company")
    finance.keep("money-payer-desk")
    finance.follow("Match")
    page.get_by_label("Creditor reference").fill(deposit)
    finance.press("Match it")
    finance.reads("is matched")
    assert entry.questions.get().state == "confirmed"
    buyer.look("money-payer-confirmed", path_of(order))
    buyer.reads("Yes, all USD 3,000.00 is covered", "Pay Balance")
    day_ends(finance, clock, NOW)


def test_a_day_with_everything_closes(staff, clock, world, bank):  # noqa: F811
    """Money on orders in two currencies, in suspense, at the card's processor, and on its way to both sides."""
    clock(NOW)
    finance = staff("wanjiru")
    clock(NOW, finance)
    day, gone = batching.PAID_AT, stories.placed(world, stories.simple_terms(500_00))
    dollars, done = stories.placed(world), stories.placed(world, stories.simple_terms(4_000_00))
    euros = stories.placed(world, stories.simple_terms(900_00, "EUR"))
    finance.upload(bank.tells(NOW, transfer(done, "4000.00", *references(done))))
    stories.then_received(stories.fresh(done), world)
    batching.account(world, now=NOW)

    clock(day, finance)
    sent = transfer(dollars, "3000.00", references(dollars)[0]), transfer(gone, "500.00", *references(gone))
    finance.upload(bank.tells(day, *sent, Line("75.00", "who knows")))
    finance.reads("3 entries, 2 matched, 1 to suspense")
    wire(euros, now=day)
    pay(dollars, world, "card", 2, now=day)
    order_actions.cancel(order_id=gone.id, by=world.buyer, now=day)
    payment_sweeps.send_refunds()
    payment_sweeps.send_payouts()
    day_ends(finance, clock, day, explained=["gateway", "gateway", "sending", "sending", "suspense"])
    finance.keep("money-finance")
    finance.reads("It came without a valid payment reference.")
