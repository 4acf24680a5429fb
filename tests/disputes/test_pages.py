"""The pages of disputes: for both sides in every state, with what was typed kept and every click done once."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from disputes import actions
from disputes.models import Dispute, Inspector
from orders.models import Order
from payments import actions as payment_actions
from tests import cases, stories
from tests.cases import FILED
from tests.disputes import staff
from tests.payments.conftest import wire
from tests.stories import DAY

HOUR = timedelta(hours=1)


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name, dispute, *args):
    return reverse(f"disputes:{name}", args=[dispute.reference, *args])


def claim_url(order):
    return reverse("disputes:claim", args=[order.reference])


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def settled(world):
    dispute = cases.claimed(world)
    return cases.settle(dispute, world, 1_000_00)


def offered(world):
    dispute = cases.claimed(world)
    actions.make_offer(
        dispute_id=dispute.id, key=uuid.uuid4(), amount_minor=700_00, by=world.seller, now=FILED + HOUR, note="A part."
    )
    return cases.fresh(dispute)


def returning(world):
    dispute = cases.claimed(world)
    return cases.settle(dispute, world, 1_000_00, with_return=True, freight_by="supplier")


def replacing(world):
    dispute = cases.claimed(world)
    again = {"replacement": "20 lamps", "replace_by_at": FILED + 10 * DAY}
    return cases.settle(dispute, world, 100_00, **again)


def withdrawn(world):
    dispute = cases.claimed(world)
    return actions.withdraw_claim(dispute_id=dispute.id, by=world.buyer, now=FILED + HOUR)


STATES = {
    "claimed": cases.claimed,
    "unshipped": cases.unshipped,
    "offered": offered,
    "escalated": cases.escalated,
    "deciding": cases.deciding,
    "settled": settled,
    "returning": returning,
    "replacing": replacing,
    "withdrawn": withdrawn,
}


@pytest.mark.parametrize("state", STATES)
def test_both_sides_read_the_case_in_every_state(world, state):
    dispute = cases.fresh(STATES[state](world))
    with time_machine.travel(max(FILED + 2 * HOUR, dispute.filed_at + HOUR), tick=False):
        for user in (world.buyer, world.seller, world.bookkeeper):
            client = client_of(user)
            page = text_of(client.get(url("detail", dispute)))
            assert dispute.reference in page and 'style="' not in page
            part = client.get(url("detail", dispute) + "?part=talk&seen=1", headers={"HX-Request": "true"})
            assert part.status_code == 200 and "<html" not in text_of(part) and "HX-Request" in part["Vary"]
            assert client.get(reverse("orders:detail", args=[dispute.order.reference])).status_code == 200
            assert dispute.reference in text_of(client.get(reverse("disputes:list")))
        for user in (world.stranger, world.rival_seller):
            assert client_of(user).get(url("detail", dispute)).status_code == 404


# the talk ----------------------------------------------------------------------------------------------------


def test_an_offer_shows_both_what_it_moves_and_is_made_once(world):
    dispute = cases.claimed(world, contract=cases.two_lines())
    seller = client_of(world.seller)
    sending = {"key": str(uuid.uuid4()), "amount": "700", "goods": "keep", "note": "A part."}
    with time_machine.travel(FILED + HOUR, tick=False):
        shown = text_of(seller.post(url("offer", dispute), sending | {"check": "1"}))
        assert "700.00" in shown and "500.00" in shown and dispute.offers.count() == 1
        bad = seller.post(url("offer", dispute), sending | {"send": "1", "amount": "1200.01"})
        assert bad.status_code == 422 and "USD 1,200.00" in text_of(bad) and "A part." in text_of(bad)
        bad = seller.post(url("offer", dispute), sending | {"send": "1", "goods": "return"})
        assert bad.status_code == 422 and "Say who pays the freight" in text_of(bad)
        bad = seller.post(url("offer", dispute), sending | {"send": "1", "goods": "replacement"})
        assert bad.status_code == 422
        for _ in range(2):
            assert seller.post(url("offer", dispute), sending | {"send": "1"}).status_code == 302
        assert dispute.offers.count() == 2
        for user in (world.buyer, world.seller):
            page = text_of(client_of(user).get(url("detail", dispute)))
            assert "From escrow" in page and "9,300.00" in page  # what the supplier keeps of this order


def test_an_offer_is_accepted_once_and_an_old_tab_is_told(world):
    dispute = offered(world)
    buyer = client_of(world.buyer)
    with time_machine.travel(FILED + 2 * HOUR, tick=False):
        page = text_of(buyer.get(url("accept_offer", dispute, 2)))
        assert "Accept USD 700.00" in page and "no appeal" in page
        own = text_of(buyer.post(url("reject_offer", dispute, 1), follow=True))
        assert "Nothing was changed" in own
        buyer.post(url("accept_offer", dispute, 2))
        assert cases.fresh(dispute).outcome == Dispute.Outcome.SETTLED
        again = text_of(buyer.post(url("accept_offer", dispute, 2), follow=True))
        assert "Nothing was changed" in again
        gone = text_of(buyer.get(url("accept_offer", dispute, 2), follow=True))
        assert "closed" in gone
    assert cases.fresh(dispute).awarded_minor == 700_00


def test_a_withdrawn_and_an_expired_offer_are_not_accepted(world):
    dispute = offered(world)
    buyer, seller = client_of(world.buyer), client_of(world.seller)
    with time_machine.travel(FILED + 80 * HOUR, tick=False):
        page = text_of(buyer.post(url("accept_offer", dispute, 2), follow=True))
        assert "has expired" in page
        seller.post(url("offer", dispute), {"key": str(uuid.uuid4()), "amount": "1", "goods": "keep", "send": "1"})
        seller.post(url("withdraw_offer", dispute, 3))
        page = text_of(buyer.post(url("accept_offer", dispute, 3), follow=True))
        assert "withdrawn" in page
    assert cases.fresh(dispute).is_open


def test_a_bookkeeper_reads_and_does_not_act(world):
    dispute = offered(world)
    books = client_of(world.bookkeeper)
    with time_machine.travel(FILED + 2 * HOUR, tick=False):
        page = text_of(books.get(url("detail", dispute)))
        assert "Accept USD" not in page and "Send message" not in page and "Withdraw this offer" not in page
        for name in ("offer", "seal", "extend", "escalate", "withdraw"):
            assert books.get(url(name, dispute)).status_code == 403
        assert books.post(url("withdraw_offer", dispute, 2)).status_code == 403
        assert books.post(url("accept_offer", dispute, 2)).status_code == 403
        assert client_of(world.seller).get(url("escalate", dispute)).status_code == 403  # the claimant's step
        assert client_of(world.stranger).post(url("reject_offer", dispute, 2)).status_code == 404


def test_a_limit_is_never_written_into_a_page(world):
    dispute = cases.claimed(world)
    buyer, seller = client_of(world.buyer), client_of(world.seller)
    with time_machine.travel(FILED + HOUR, tick=False):
        page = buyer.get(url("seal", dispute))
        assert 'autocomplete="off"' in text_of(page) and "nothing is revealed" in text_of(page)
        for typed_in in ("98765.43", "98765.43x", "-98765.43"):
            bad = buyer.post(url("seal", dispute), {"amount": typed_in})
            assert bad.status_code == 422 and "98765" not in text_of(bad) and "98,765" not in text_of(bad)
        page = text_of(buyer.post(url("seal", dispute), {"amount": "1234.56"}, follow=True))
        assert "Your limit is sealed" in page and "1,234.56" not in page and "1234.56" not in page
        theirs = text_of(seller.get(url("detail", dispute)))
        assert "1,234.56" not in theirs and "1234" not in theirs
        again = text_of(buyer.get(url("seal", dispute), follow=True))
        assert "each side may do so once" in again
        page = text_of(seller.post(url("seal", dispute), {"amount": "1,500"}, follow=True))
        assert "midpoint" in page and "1,367.28" in page


@pytest.mark.parametrize("name", ["extend", "withdraw"])
def test_a_step_asks_first_and_a_second_click_changes_nothing(world, name):
    dispute = cases.claimed(world)
    buyer = client_of(world.buyer)
    with time_machine.travel(FILED + HOUR, tick=False):
        assert "?" in text_of(buyer.get(url(name, dispute)))
        assert Dispute.objects.get().status == "open" and not Dispute.objects.get().buyer_extended_at
        buyer.post(url(name, dispute))
        done = Dispute.objects.values().get()
        again = buyer.post(url(name, dispute), follow=True)
        assert 'role="alert"' in text_of(again) and Dispute.objects.values().get() == done


def test_a_message_from_the_case_is_kept_with_the_order(world):
    dispute = cases.claimed(world)
    seller, key = client_of(world.seller), str(uuid.uuid4())
    with time_machine.travel(FILED + HOUR, tick=False):
        for _ in range(2):
            answer = seller.post(url("message", dispute), {"key": key, "body": "We look into it."})
            assert answer["Location"].startswith(dispute.get_absolute_url())
        assert dispute.order.messages.count() == 1
        assert "We look into it." in text_of(client_of(world.buyer).get(url("detail", dispute)))
        long = seller.post(url("message", dispute), {"key": str(uuid.uuid4()), "body": "y" * 5001})
        assert long.status_code == 422 and "y" * 5001 in text_of(long)


def test_the_goods_go_back_with_tracking_and_are_checked(world):
    dispute = returning(world)
    buyer, seller = client_of(world.buyer), client_of(world.seller)
    with time_machine.travel(FILED + 3 * DAY, tick=False):
        assert seller.get(url("ship_return", dispute)).status_code == 403
        bad = buyer.post(url("ship_return", dispute), {"carrier": "Sample Line", "tracking_number": " "})
        assert bad.status_code == 422 and "Sample Line" in text_of(bad)
        buyer.post(url("ship_return", dispute), {"carrier": "Sample Line", "tracking_number": "SL-1"})
        assert "SL-1" in text_of(seller.get(url("detail", dispute)))
    with time_machine.travel(FILED + 5 * DAY, tick=False):
        bad = seller.post(url("record_delivery", dispute), {"delivered_at": "2026-09-01T10:00"})
        assert bad.status_code == 422
        seller.post(url("record_delivery", dispute), {"delivered_at": "2026-10-01T08:00"})
        bad = seller.post(url("contest_performance", dispute), {"because": ""})
        assert bad.status_code == 422
        assert "1,000.00 is refunded" in text_of(seller.get(url("accept_performance", dispute)))
        seller.post(url("accept_performance", dispute))
    assert cases.fresh(dispute).awarded_minor == 1_000_00


# lists, homes, the register ------------------------------------------------------------------------------------------


def test_the_case_is_on_the_home_of_whose_move_it_is(world):
    dispute = cases.claimed(world)
    buyer, seller = client_of(world.buyer), client_of(world.seller)
    with time_machine.travel(FILED + HOUR, tick=False):
        assert "1 dispute to act on" in text_of(seller.get(reverse("portal:home")))
        assert "Nothing needs you" in text_of(buyer.get(reverse("orders:dashboard")))
        assert dispute.reference in text_of(seller.get(reverse("disputes:list") + "?tab=needs"))
        assert dispute.reference not in text_of(buyer.get(reverse("disputes:list") + "?tab=needs"))
        assert "In dispute" in text_of(buyer.get(reverse("orders:list")))
        actions.make_offer(dispute_id=dispute.id, key=uuid.uuid4(), amount_minor=1, by=world.seller, now=FILED + HOUR)
        assert "Answer the offer" in text_of(buyer.get(reverse("orders:dashboard")))
        assert "Nothing needs you" in text_of(seller.get(reverse("portal:home")))


@pytest.mark.parametrize("count", [2, 6])
def test_lists_ask_as_much_for_many_cases_as_for_few(world, count, django_assert_max_num_queries):
    supplier = world.supplier
    type(supplier).objects.filter(pk=supplier.pk).update(limit_minor=10**12)
    for _ in range(count):
        cases.claimed(world)
    with time_machine.travel(FILED + HOUR, tick=False):
        for user, home in ((world.buyer, "orders:dashboard"), (world.seller, "portal:home")):
            client = client_of(user)
            client.get(reverse("disputes:list"))
            with django_assert_max_num_queries(8):
                page = client.get(reverse("disputes:list") + "?tab=needs&q=lamps")
            assert text_of(page).count("rowlink") == (count if user == world.seller else 0)
            with django_assert_max_num_queries(30 if home == "portal:home" else 14):
                client.get(reverse(home))


@pytest.mark.parametrize("state", STATES)
def test_the_page_of_a_case_asks_at_most_twenty_times(world, state, django_assert_max_num_queries):
    dispute = cases.fresh(STATES[state](world))
    with time_machine.travel(max(FILED + 2 * HOUR, dispute.filed_at + HOUR), tick=False):
        for user in (world.buyer, world.seller):
            client = client_of(user)
            client.get(url("detail", dispute))
            with django_assert_max_num_queries(20):
                client.get(url("detail", dispute))


def test_paging_and_search_of_cases(world, monkeypatch):
    monkeypatch.setattr("disputes.views.lists.PAGE", 2)
    supplier = world.supplier
    type(supplier).objects.filter(pk=supplier.pk).update(limit_minor=10**12)
    made = [cases.claimed(world) for _ in range(3)]
    buyer = client_of(world.buyer)
    with time_machine.travel(FILED + HOUR, tick=False):
        first = text_of(buyer.get(reverse("disputes:list")))
        older = re.search(r'href="(\?page=[^"]+)"', first)[1]
        assert first.count("rowlink") == 2 and made[0].reference in text_of(buyer.get(reverse("disputes:list") + older))
        found = text_of(buyer.get(reverse("disputes:list"), {"q": made[1].reference.lower()}))
        assert found.count("rowlink") == 1
        assert "No dispute matches" in text_of(buyer.get(reverse("disputes:list"), {"q": "zebra\x00"}))


def test_a_decision_is_read_by_both_and_published_without_names_when_it_is_final(world):
    first = staff.adjudicator("first")
    dispute, now = staff.held(world, first, contract=cases.two_lines())
    staff.propose(dispute, first, now)
    decision = dispute.decisions.get()
    public = reverse("disputes:published", args=[decision.digest[:10]])
    with time_machine.travel(now + HOUR, tick=False):
        for user in (world.buyer, world.seller):
            page = text_of(client_of(user).get(url("detail", dispute)))
            assert "Where every cent goes" in page and "As the photos show." in page and "Remedies" in page
        assert Client().get(public).status_code == 404
        assert "No decisions yet" in text_of(Client().get(reverse("disputes:register")))
        bad = client_of(world.seller).post(url("appeal", dispute), {"ground": "rule", "rule": "", "reasons": "Because"})
        assert bad.status_code == 422 and "Name the rule" in text_of(bad) and "Because" in text_of(bad)
    actions.execute(dispute_id=dispute.id, now=now + 8 * DAY)
    with time_machine.travel(now + 9 * DAY, tick=False):
        closed = text_of(client_of(world.buyer).get(url("detail", dispute)))
        assert "is coming back to you" in closed and decision.digest[:10] in closed
        pages = [
            Client().get(address) for address in (public, reverse("disputes:register") + "?reason=quality&q=fifth")
        ]
        for page in pages:
            words = text_of(page)
            assert page.status_code == 200 and "Scratched lamps" in words and "100% of what was claimed" in words
            for secret in (
                world.supplier.name,
                world.buyer.display_name,
                "Mere",
                "Chen",
                dispute.reference,
                dispute.order.reference,
            ):
                assert secret not in words
        assert "No decision matches" in text_of(Client().get(reverse("disputes:register") + "?outcome=reject"))
        assert "No decision matches" in text_of(Client().get(reverse("disputes:register"), {"q": "zebra"}))
        for wrong in ("x" * 10, decision.digest, "0" * 10):
            assert Client().get(reverse("disputes:published", args=[wrong])).status_code == 404


def test_a_decision_is_appealed_and_waived_from_its_page(world):
    first = staff.adjudicator("first")
    dispute, now = staff.held(world, first, contract=cases.two_lines())
    staff.propose(dispute, first, now)
    with time_machine.travel(now + HOUR, tick=False):
        client_of(world.buyer).post(url("waive", dispute))
        sending = {"ground": "evidence", "reasons": "A new report."}
        seller = client_of(world.seller)
        for _ in range(2):
            seller.post(url("appeal", dispute), sending)
        page = text_of(seller.get(url("detail", dispute)))
    assert dispute.appeals.get().reasons == "A new report." and "A new report." in page
    assert cases.fresh(dispute).status == Dispute.Status.APPEALED


def test_an_inspector_is_chosen_from_the_list(world):
    first = staff.adjudicator("first")
    dispute, now = staff.held(world, first)
    listed = Inspector.objects.create(name="Sample Inspection Ltd", country="CN", contact="desk@inspect.test")
    gone = Inspector.objects.create(name="Gone Ltd", country="CN", contact="x@inspect.test", is_listed=False)
    actions.order_inspection(dispute_id=dispute.id, question="How many?", by=first, now=now)
    buyer = client_of(world.buyer)
    with time_machine.travel(now + HOUR, tick=False):
        assert client_of(world.seller).get(url("inspector", dispute)).status_code == 403
        assert "Gone Ltd" not in text_of(buyer.get(url("inspector", dispute)))
        assert buyer.post(url("inspector", dispute), {"inspector": gone.id, "fee": "1"}).status_code == 422
        assert buyer.post(url("inspector", dispute), {"inspector": listed.id, "fee": ""}).status_code == 422
        assert buyer.post(url("inspector", dispute), {"inspector": listed.id, "fee": "300"}).status_code == 302
        page = text_of(client_of(world.seller).get(url("detail", dispute)))
    assert "Sample Inspection Ltd" in page and "300.00" in page


def test_a_frozen_case_says_so_and_offers_nothing(world):
    dispute = offered(world)
    Order.objects.filter(pk=dispute.order_id).update(contested_minor=1_000_00)
    with time_machine.travel(FILED + 2 * HOUR, tick=False):
        page = text_of(client_of(world.buyer).get(url("detail", dispute)))
        assert "This case stands still" in page and "Accept USD" not in page
        tried = text_of(client_of(world.buyer).post(url("accept_offer", dispute, 2), follow=True))
        assert "contested at the bank" in tried
    Order.objects.filter(pk=dispute.order_id).update(contested_minor=0)
    assert cases.fresh(dispute).is_open


def test_the_buyers_page_shows_the_refund_and_when_it_arrives(world):
    order = stories.placed(world)
    for number in (1, 2):
        wire(order, number)
    order = stories.then_received(stories.fresh(order), world)
    dispute = cases.file(order, world, [cases.quality(order.lines.get())])
    cases.settle(dispute, world, 1_000_00)
    payment_actions.send_refunds(order_id=order.id, now=FILED + 2 * DAY)
    with time_machine.travel(FILED + 3 * DAY, tick=False):
        page = text_of(client_of(world.buyer).get(url("detail", dispute)))
        assert "3 to 7 business days" in page and "USD 1,000.00 is coming back to you" in page
        assert "How it ended" in text_of(client_of(world.seller).get(url("detail", dispute)))
