"""Money by card and money that goes out, by clicking: refunds, payouts by file, payments that risk staff look at."""

import csv
import io
import json
import re
import time
import urllib.request
from copy import deepcopy
from dataclasses import replace
from importlib import resources

import pytest
from django.core import mail
from lxml import etree
from stripe import WebhookSignature

from ledger import chart
from ledger.actions import balance
from orders.terms import InstalmentTerms
from payments import tasks as payment_sweeps
from payments.models import Check, Payment, Payout, PayoutBatch, Refund
from tests import cases, stories
from tests.browsing import MARKS
from tests.papers import words_of
from tests.payments import batching
from tests.payments.bank_files import Line
from tests.payments.conftest import desk as stripe  # noqa: F401 - a fixture
from tests.payments.conftest import (
    localstripe,  # noqa: F401 - a fixture
)
from tests.payments.fraud import suspicious
from tests.payments.money_desks import day_ends, transfer
from tests.payments.stripe_desk import SECRET
from tests.payments.test_stripe_webhooks import event
from tests.stories import DAY, NOW
from tests.test_journey import WIDE, clock, desk, path_of  # noqa: F401 - fixtures
from tests.test_money_journey import bank, references, staff  # noqa: F401 - fixtures

pytestmark = MARKS
IBAN = "DE89370400440532013000"


@pytest.fixture
def with_stripe(stripe, settings, live_server, bank):  # noqa: F811
    """Stripe for cards, told to come back here, and let by the pages' policy as where it is chosen by setting."""
    settings.SITE_URL = live_server.url
    settings.CONTENT_SECURITY_POLICY = deepcopy(settings.CONTENT_SECURITY_POLICY)
    settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(stripe.url)
    stripe.pages = stripe.url  # in place of checkout.stripe.com
    return stripe


def told_by_stripe(url, payment, processor):
    """Stripe's report of a payment, signed, over HTTP."""
    body = json.dumps(event("checkout.session.completed", processor.session(payment)))
    signed = WebhookSignature.generate_signature_header(body, SECRET, int(time.time()))
    headers = {"Stripe-Signature": signed, "Content-Type": "application/json"}
    asked = urllib.request.Request(f"{url}/webhooks/stripe/", body.encode(), headers)
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.status == 200
    payment_sweeps.hear_webhooks()


def test_a_card_by_stripe_and_a_refund_of_part(desk, staff, clock, world, bank, with_stripe):  # noqa: F811
    """localstripe has no hosted page: the browser is led to one of the test's, and the card is put in behind it."""
    clock(NOW)
    contract = replace(cases.two_lines(), plan=(InstalmentTerms("All", 10_000_00, "shipment", "2026-09-25"),))
    order = stories.placed(world, contract)
    buyer, finance = desk(world.buyer), staff("wanjiru")
    clock(NOW, buyer, finance)
    buyer.look("money-card", path_of(order, "pay/1/"))
    buyer.reads("USD 10,295.00", "USD 295.00")  # 2.95 % on top
    buyer.click("Pay USD 10,295.00")
    assert buyer.page.url.startswith(with_stripe.url)
    payment = Payment.objects.get()
    with_stripe.pay(payment)
    told_by_stripe(buyer.url, payment, with_stripe)
    assert stories.fresh(order).status == "paid"  # before the browser is back
    buyer.page.get_by_role("link", name="Back").click()
    buyer.page.wait_for_url(f"{buyer.url}/**")
    buyer.look("money-card-paid")
    buyer.reads("The money has arrived", "Yes, USD 10,000.00 is covered", "USD 10,295.00")
    buyer.complaints[:] = [
        line for line in buyer.complaints if not line.startswith("a request to http")
    ]  # there and back

    payment = Payment.objects.get()
    cost = 10_295_00 * 29 // 1000
    with_stripe.pay_out(("charge", 10_295_00, cost, payment.gateway_reference))
    payment_sweeps.settle_stripe()
    clock(cases.RECEIVED, buyer, finance)
    stories.then_received(stories.fresh(order), world)
    clock(cases.FILED, buyer, finance)
    dispute = cases.file(stories.fresh(order), world, [cases.quality(stories.fresh(order).lines.get(number=1))])
    dispute = cases.settle(dispute, world, 800_00, now=cases.FILED)
    for _ in range(2):
        payment_sweeps.send_refunds()
    clock(cases.FILED + DAY, buyer, finance)
    buyer.look("money-card-refunded", payment.get_absolute_url())
    buyer.reads("Refunds of this payment", "Arrives up to 12 business days after it is sent.", "USD 800.00")
    buyer.look("money-card-order", path_of(order))
    buyer.reads("Refunded", "USD 800.00")
    assert Refund.objects.get().status == "confirmed"
    day_ends(finance, clock, cases.FILED, explained=["gateway"])


def sent_back(line: Line, why: str) -> Line:
    """The credit by which the bank gives a debit back."""
    reason = f"<RtrInf><Rsn><Cd>{why}</Cd></Rsn></RtrInf>"
    return replace(line, sign="CRDT", more=reason, ref="")


@pytest.mark.parametrize("width", [WIDE])  # half of it is staff, who sit at desks
def test_a_payout_by_file_and_one_that_comes_back(desk, staff, clock, world, bank, width):  # noqa: F811
    clock(NOW)
    order = stories.placed(world, stories.simple_terms(10_000_00))
    seller, maker, checker = desk(world.seller, width=width), staff("maker"), staff("checker")
    clock(NOW, maker)
    maker.upload(bank.tells(NOW, transfer(order, "10000.00", references(order)[0])))
    stories.then_received(stories.fresh(order), world)
    day = batching.PAID_AT
    clock(day, seller, maker, checker)

    payment_sweeps.send_payouts()
    seller.look("money-no-account", "/portal/payouts/")
    seller.reads("USD: No account for payouts in USD is named.", "USD 7,000.00")
    seller.click("Account", role="link")
    seller.look("money-account")
    seller.page.get_by_label("IBAN").fill("DE89 3704 0044 0532 0130 00")
    seller.click("Use this account")
    seller.look("money-account-new")
    seller.page.get_by_text("Payouts go to this account in 24 hours; your team was told by mail.").wait_for()
    seller.reads("Counts from")
    told = mail.outbox[-1]
    assert sorted(one.to[0] for one in mail.outbox) == ["books@test.test", "seller@test.test"]
    for words in ("22 Sep 2026, 09:00 UTC", "3000", "Until then payouts wait.", "take it back before that time"):
        assert words in told.body
    payment_sweeps.send_payouts()
    seller.look("money-account-waits", "/portal/payouts/")
    seller.reads("Payouts go to it from Tue 22 Sep 2026, 09:00 UTC")
    assert not Payout.objects.exists()

    day += DAY
    clock(day, seller, maker, checker)
    payment_sweeps.send_payouts()
    seller.look("money-payout-waits", "/portal/payouts/")
    seller.reads("Waits", "payment file")
    page = maker.open("payments_payoutbatch_changelist")
    maker.follow("What waits, and a new file")
    maker.reads("USD 7,000.00")
    maker.keep("money-to-leave")
    page.get_by_label("Currency").select_option("USD")
    maker.press("Make a file")
    batch = PayoutBatch.objects.get()
    maker.keep("money-file")
    maker.reads("Another person releases it.", "USD 7,000.00", batch.file_sha256)
    page.locator("a[href^='#']", has_text="Transfers").first.click()
    maker.keep("money-file-items")
    maker.reads("DE89370400440532013000", "Lumenworks")
    assert maker.link("Drop").count() == 1
    assert maker.link("Release").count() == 0  # another person's; the action and the database refuse it too
    page = checker.open("payments_payoutbatch_change", batch.pk)
    checker.follow("Release")
    checker.press("Release it")
    checker.reads("Take the file to the bank.")
    checker.follow("Take the file")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take the file").last.click()
    file = taken.value.path().read_bytes()
    schema = resources.files("sepaxml").joinpath("schemas/pain.001.001.09.xsd").read_bytes()
    etree.XMLSchema(etree.fromstring(schema)).assertValid(etree.fromstring(file))
    assert b">7000.00<" in file and b"DE89370400440532013000" in file
    seller.look("money-payout-sent", "/portal/payouts/")
    seller.reads("On its way")

    (payout,) = Payout.objects.all()
    debit = Line("7000.00", payout.end_to_end, sign="DBIT", payer="Lumenworks", e2e=payout.end_to_end)
    maker.upload(bank.tells(day, debit))
    maker.reads("1 entries, 0 matched")
    maker.keep("money-left")
    payment_sweeps.send_payouts()
    seller.look("money-payout-paid", "/portal/payouts/")
    seller.reads("Paid")
    assert "7,000.00" in seller.page.locator("#sent table.stack > tbody > tr").first.inner_text()
    said = statement_of(seller)
    assert said["rows"] == [("Released", "7000.00", "7000.00"), ("Paid out", "-7000.00", "0.00")]
    for words in ("Statement of Lumenworks", "Paid out", order.reference, "7,000.00"):
        assert words in said["paper"]
    assert PayoutBatch.objects.get().state == "confirmed"
    day_ends(maker, clock, day)

    day += DAY
    clock(day, seller, maker)
    maker.upload(bank.tells(day, sent_back(debit, "AC04")))
    payout = Payout.objects.get()
    assert (payout.status, balance(chart.supplier_payable(world.supplier.id, "USD"))) == ("failed", -7_000_00)
    seller.look("money-came-back", "/portal/payouts/")
    seller.reads("Came back, staff look at it")
    assert "7,000.00" in seller.page.get_by_label("To come").inner_text()
    said = statement_of(seller)
    assert said["rows"][-1] == ("Payout came back", "7000.00", "7000.00")
    page = maker.open("payments_payout_change", payout.pk)
    maker.reads("AC04")
    maker.follow("Send again")
    maker.press("Send again")
    maker.reads("It is sent with the next sweep.")
    payment_sweeps.send_payouts()
    seller.look("money-sent-again", "/portal/payouts/")
    seller.reads("Waits", "Came back")
    day_ends(maker, clock, day, explained=["sending"])


def statement_of(seller) -> dict:
    """A supplier's statement of the month, read on its page, as CSV and as PDF."""
    seller.look("money-statement", "/portal/statement/?month=2026-09")
    files = {}
    for name in ("CSV", "PDF"):
        with seller.page.expect_download() as taken:
            seller.page.get_by_role("link", name=name, exact=True).click()
        files[name] = taken.value.path().read_bytes()
    table = list(csv.reader(io.StringIO(files["CSV"].decode("utf-8-sig"))))
    rows = [(row[1], row[3], row[5]) for row in table[2:-1]]
    seller.reads(*(words for words, _, _ in rows), "Balance after")
    return {"rows": rows, "paper": words_of(files["PDF"])}


def test_payments_that_risk_staff_look_at(desk, staff, clock, world, bank, settings):  # noqa: F811
    suspicious(world, settings)
    clock(NOW)
    good, bad = (stories.placed(world, stories.simple_terms(total)) for total in (900_00, 800_00))
    buyer, risk, finance = desk(world.buyer), staff("tomas", "risk"), staff("wanjiru")
    clock(NOW, buyer, risk, finance)
    lines = [
        transfer(order, amount, references(order)[0], iban=IBAN)
        for order, amount in ((good, "900.00"), (bad, "800.00"))
    ]
    finance.upload(bank.tells(NOW, *lines))
    buyer.look("money-held", path_of(good))
    buyer.reads("The payment is being checked", "within 24 hours")

    page = risk.open("payments_check_changelist")
    risk.reads(good.reference, bad.reference, "40 of 40")
    risk.keep("money-reviews")
    page = risk.open("payments_check_change", Check.objects.get(payment__order=good).pk)
    risk.reads("Disposable mail address", "The threshold was 40, so it was held.")
    risk.keep("money-review")
    risk.follow("Approve")
    risk.press("Approve")
    risk.reads("Say why: the reason is kept with the change.")
    page.get_by_label("Reason").fill("The company answers its phone.")
    risk.press("Approve")
    risk.reads("The payment is approved and has cleared.")
    buyer.look("money-approved", path_of(good))
    buyer.reads("Yes, all USD 900.00 is covered", "The payment was checked and approved")

    risk.open("payments_check_change", Check.objects.get(payment__order=bad).pk)
    risk.follow("Decline")
    page.get_by_label("Reason").fill("Nobody answers.")
    risk.press("Decline")
    risk.reads("The payment is declined; the money goes back with the next sweep.")
    buyer.look("money-declined", path_of(bad))
    buyer.reads("The payment was not accepted", "USD 800.00 goes back", re.compile("or was not accepted"))
    payment = Payment.objects.get(order=bad)
    buyer.look("money-declined-payment", payment.get_absolute_url())
    buyer.reads("Our staff did not accept this payment.", "USD 800.00", "3 to 7 business days")

    payment_sweeps.send_refunds()
    refund = Refund.objects.get()
    checker = staff("checker")
    batch = batching.released(finance.user, checker.user, now=NOW)
    batching.actions.take_file(batch_id=batch.pk, by=checker.user, now=NOW)
    debit = Line("800.00", refund.end_to_end, sign="DBIT", payer="Northline", e2e=refund.end_to_end, iban=IBAN)
    finance.upload(bank.tells(NOW, debit))
    buyer.look("money-declined-back", payment.get_absolute_url())
    buyer.reads("Refunds of this payment", "USD 800.00")
    assert Refund.objects.get().status == "confirmed"
    day_ends(finance, clock, NOW)
