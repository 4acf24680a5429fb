"""An owner names the payout account and reads the statement in Chromium, wide and on a phone."""

import pytest
import time_machine

from ledger.models import ProofRun
from orders import books
from orders.models import Order
from payments import actions
from tests import browsing, stories
from tests.browsing import look
from tests.payments.batching import HONG_KONG, account, owed_to_supplier
from tests.payments.conftest import DAY, NOW
from tests.payments.test_chargeback_browser import signed_in

pytestmark = browsing.MARKS
LATER = NOW + 20 * DAY


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


@pytest.mark.parametrize("width", [1280, 390])
def test_account_payouts_and_statement(live_server, browser, world, width):
    from django.db import transaction

    account(world, HONG_KONG)
    order = owed_to_supplier(world)
    payout = actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=LATER)
    actions.push_payout(payout_id=payout.id, now=LATER)
    with transaction.atomic():
        order = Order.objects.locked(order.pk)
        books.refund(order, 3_700_00, cause="test", now=LATER)
        order.reserve_minor = 0
        order.save()
    with time_machine.travel(LATER + DAY):
        page, complaints = signed_in(browser, live_server, world.seller, width)
        look(page, f"{live_server.url}/portal/statement/?month=2026-09", "statement-owing")
        assert page.get_by_text("is kept until this is paid back").is_visible()
        owed_to_supplier(world, 5_000_00)
        ProofRun.objects.create(at=LATER, proved=9, breaches=1, sentences=["I1: x"])
        look(page, f"{live_server.url}/portal/payouts/", "payouts-waiting")
        page.get_by_role("link", name="Statement").click()
        look(page, f"{live_server.url}/portal/statement/?month=2026-09", "statement")
        look(page, f"{live_server.url}/portal/payouts/account/", "payout-account")
        page.get_by_label("IBAN").fill("DE00")
        page.get_by_role("button", name="Use this account").click()
        look(page, None, "payout-account-errors")
        page.get_by_label("IBAN").fill("DE89 3704 0044 0532 0130 00")
        page.get_by_role("button", name="Use this account").click()
        look(page, None, "payout-account-pending")
        assert page.get_by_text("Counts from").is_visible()
    assert complaints == []
