"""What comes to a supplier next: what time releases is exactly what the home page said."""

from datetime import timedelta

import pytest
import time_machine

from orders import actions, desk, releasing
from payments import actions as payment_actions
from payments.models import SandboxSending
from suppliers import actions as supplier_actions
from suppliers.models import Supplier
from tests import cases, stories
from tests.orders.test_pages import client_of, text_of
from tests.stories import DAY, NOW, fresh

pytestmark = pytest.mark.django_db


def stars(world, count) -> None:
    Supplier.objects.filter(pk=world.supplier.pk).update(stars=count)
    world.supplier.refresh_from_db()


@pytest.mark.parametrize("count", [None, 2, 5])
@pytest.mark.parametrize("total", [999_99, 12_345_67])
def test_what_time_releases_is_what_was_said(world, count, total):
    stars(world, count)
    order = stories.shipped(world, stories.simple_terms(total))
    [said] = releasing.releases(world.supplier).releases or [None]
    actions.auto_confirm(order_id=order.id, now=order.auto_confirm_at)
    got = sum(balance.to_send_minor for balance in desk.balances(world.supplier))
    if count is None:
        assert said is None and got == 0  # all of it is kept until protection ends
    else:
        assert (said.order, said.at, said.is_receipt, said.minor) == (order, order.auto_confirm_at, True, got)
    order = fresh(order)
    [said] = releasing.releases(world.supplier).releases
    assert (said.at, said.is_receipt) == (order.protection_ends_at, False)
    actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    after = sum(balance.to_send_minor for balance in desk.balances(world.supplier))
    assert said.minor == after - got > 0
    assert releasing.releases(world.supplier).releases == []


def test_the_nearest_comes_first_and_currencies_stay_apart(world):
    stars(world, 3)
    stories.received(world, stories.simple_terms(1_000_00))
    late = stories.shipped(world, stories.simple_terms(2_000_00, "EUR"), now=NOW + 5 * DAY)
    found = releasing.releases(world.supplier)
    assert [one.at for one in found.releases] == sorted(one.at for one in found.releases)
    assert found.sums == [("EUR", found.releases[-1].minor), ("USD", found.releases[0].minor)] and found.is_all
    assert found.releases[-1].order == late
    assert releasing.releases(world.rival).releases == []


def test_what_is_disputed_is_left_out_and_what_is_marked_short_is_not(world):
    stars(world, 3)
    order = stories.received(world)
    before = releasing.releases(world.supplier).sums
    dispute = cases.file(order, world, [cases.quality(order.lines.get())], now=order.received_at + DAY)
    assert dispute.pk and releasing.releases(world.supplier).sums != before
    other = stories.shipped(world, stories.simple_terms(1_000_00))
    line = other.lines.get()
    short = actions.Counted(line.id, short=1)
    actions.confirm_receipt(order_id=other.id, counts=[short], by=world.buyer, now=NOW + 20 * DAY)
    [said] = [one for one in releasing.releases(world.supplier).releases if one.order.pk == other.pk]
    other = fresh(other)
    assert said.minor == other.escrow_minor - other.rulebook.service_fee(
        other.escrow_minor, other.total_minor, "USD", 1
    )


def test_the_home_page_says_what_comes_and_what_is_under_way_to_those_who_keep_the_books(world):
    stars(world, 3)
    order = stories.shipped(world)
    stories.received(world, stories.simple_terms(9_000_00, "EUR"))
    at = NOW + 20 * DAY
    payment_actions.send_payout(supplier_id=world.supplier.id, currency="EUR", now=at)
    said = "Coming payouts"
    with time_machine.travel(NOW + 26 * DAY, tick=False):
        page = text_of(client_of(world.seller).get("/portal/"))
        assert said in page and order.reference in page and "receipt is confirmed by time" in page
        assert "All that has a date, USD" in page and "7,000.00" in page and "2,700.00" in page
        assert "Payouts under way" in page and "6,300.00" in page and "On its way to your bank" in page
        assert said in text_of(client_of(world.bookkeeper).get("/portal/"))
        sales = stories.person("sales@test.test")
        supplier_actions.add_member(supplier_id=world.supplier.id, user=sales, role="sales", by=world.seller, now=NOW)
        assert said not in text_of(client_of(sales).get("/portal/"))
        assert "Nothing has a date yet" in text_of(client_of(world.rival_seller).get("/portal/"))


def test_many_orders_cost_as_much_as_few_and_the_page_says_when_it_counts_no_further(
    world, monkeypatch, django_assert_max_num_queries
):
    stars(world, 3)
    monkeypatch.setattr(releasing, "COUNTED", 2)
    for n in range(3):
        stories.shipped(world, stories.simple_terms(100_00), now=NOW + timedelta(hours=n))
    with django_assert_max_num_queries(1):
        found = releasing.releases(world.supplier)
    assert len(found.releases) == 2 and not found.is_all
    with time_machine.travel(NOW + 12 * DAY, tick=False):
        assert "Of the nearest orders, USD" in text_of(client_of(world.seller).get("/portal/"))


def test_a_payout_that_came_back_is_said_with_its_reason(world, settings):
    settings.SANDBOX_BANK_DELAY = 60
    stars(world, 3)
    stories.received(world)
    at = NOW + 20 * DAY
    payout = payment_actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=at)
    payment_actions.push_payout(payout_id=payout.id, now=at)
    [said] = releasing.under_way(world.supplier, [], at)
    assert (said.words, said.minor, said.at) == ("On its way to your bank", 7_000_00, at)
    SandboxSending.objects.update(fails_because="account closed")
    payment_actions.push_payout(payout_id=payout.id, now=at + DAY)
    [said] = releasing.under_way(world.supplier, ["USD"], at + DAY)
    assert said.words.startswith("Came back: account closed") and said.tone == "breach"
    assert releasing.under_way(world.rival, [], at) == []
