"""What was noticed becomes a claim in one click; a delay that nobody answers is awarded; nothing is claimed twice."""

import re
import uuid

import pytest
import time_machine
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from disputes import actions, noticed, tasks
from disputes.actions import Item
from disputes.models import Dispute
from orders import actions as order_actions
from orders import facts
from orders.actions import Counted
from tests import cases, stories
from tests.orders.test_deadlines import only_from
from tests.orders.test_pages import client_of, text_of
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn

HOUR = DAY / 24


def page_of(order):
    return reverse("orders:detail", args=[order.reference])


def claim_url(order):
    return reverse("disputes:claim", args=[order.reference])


def file_url(order):
    return reverse("disputes:claim_noticed", args=[order.reference])


def shipped_late(world, *, days=4, units=None):
    """All shipped some days after the ship-by date."""
    order = stories.paid(world, cases.two_lines())
    stories.dispatch(order, world, now=order.ship_by_at + days * DAY - HOUR)
    return stories.fresh(order)


def keys(order, now):
    return {each.key: each for each in facts.noticed(stories.fresh(order), now)}


def claim(order, world, code, *, now):
    broken = noticed.chosen(stories.fresh(order), [code], now)
    items = noticed.items(order, broken)
    return actions.file_claim(order_id=order.id, key=uuid.uuid4(), items=items, by=world.buyer, now=now)


@pytest.mark.parametrize(
    "code", ["not_shipped", "part_not_shipped", "shipped_late", "no_movement", "short", "rejected"]
)
def test_what_is_noticed_is_worth_what_its_claim_is(world, code):
    order = stories.paid(world, cases.two_lines())
    one, two = order.lines.order_by("number")
    now = order.ship_by_at + DAY
    if code == "part_not_shipped":
        stories.dispatch(order, world, quantities={one.id: 20})
    elif code in ("shipped_late", "no_movement"):
        order = shipped_late(world)
        now = order.ship_by_at + 30 * DAY
    elif code in ("short", "rejected"):
        stories.dispatch(order, world)
        counts = [Counted(one.id, short=7, rejected=10), Counted(two.id, short=3, rejected=30)]
        order_actions.confirm_receipt(order_id=order.id, counts=counts, by=world.buyer, now=cases.RECEIVED)
        now = cases.FILED
    order = stories.fresh(order)
    broken = noticed.chosen(order, [code], now)
    assert broken
    for each in broken:
        (item,) = noticed.items(order, [each])
        assessment = actions.assess(order=stories.fresh(order), items=[item], now=now)
        assert assessment.claimed_minor == each.amount_minor > 0
        assert each.observed in item.came and all(fact.source in item.came for fact in each.evidence)


def test_nothing_is_noticed_of_an_order_that_is_kept_and_nothing_asked(world, django_assert_num_queries):
    order = stories.paid(world)
    facts.contract(order), order.is_part_shipped
    with django_assert_num_queries(1):  # its shipments
        assert facts.noticed(order, order.ship_by_at - SECOND) == ()
    assert facts.noticed(stories.placed(world), order.ship_by_at) == ()


def test_collecting_takes_as_many_queries_for_many_lines_as_for_few(world, django_assert_max_num_queries):
    from django.db import connection

    from orders.terms import LineTerms

    counts = []
    for n in (2, 40):
        lines = tuple(LineTerms(f"Part {i}", 10, "pieces", 10_00) for i in range(n))
        plan = (stories.InstalmentTerms("All", n * 100_00, "shipment", "2026-09-25"),)
        order = stories.paid(world, stories.terms(lines=lines, plan=plan))
        stories.dispatch(order, world, now=order.ship_by_at + 3 * DAY)
        order = stories.fresh(order)
        with CaptureQueriesContext(connection) as asked:
            assert len(facts.noticed(order, order.ship_by_at + 4 * DAY)) == n
        counts.append(len(asked))
        client = client_of(world.buyer)
        with time_machine.travel(order.ship_by_at + 4 * DAY, tick=False):
            client.get(page_of(order))
            with CaptureQueriesContext(connection) as asked:
                client.get(page_of(order))
        counts.append(len(asked))
    assert counts[:2] == counts[2:]


@pytest.mark.parametrize("state", ["late", "part", "late_shipped"])
def test_the_page_of_a_broken_order_asks_at_most_twelve_times(world, state, django_assert_max_num_queries):
    order = shipped_late(world) if state == "late_shipped" else stories.paid(world, cases.two_lines())
    if state == "part":
        stories.dispatch(order, world, quantities={order.lines.get(number=1).id: 20})
    for user in (world.buyer, world.seller):
        client = client_of(user)
        with time_machine.travel(order.ship_by_at + 5 * DAY, tick=False):
            client.get(page_of(order))
            with django_assert_max_num_queries(12):
                assert "We noticed" in text_of(client.get(page_of(order)))


def test_a_late_order_shows_its_three_choices_with_their_amounts(world):
    order = stories.paid(world, cases.two_lines())
    with time_machine.travel(order.ship_by_at + DAY, tick=False):
        page = text_of(client_of(world.buyer).get(page_of(order)))
        assert "your three choices" in page and "Cancel it and be refunded" in page
        assert "USD 10,000.00" in page and "business days to arrive" in page
        assert "96.00" in page and "48.00" in page and "960.00" in page  # two days, one, the most
        theirs = text_of(client_of(world.seller).get(page_of(order)))
        assert "This order is late" in theirs and "You can prove shipment" in theirs
        assert "Cancel it and be refunded" not in theirs and "Claim this" not in theirs


def hidden(page, name):
    return re.findall(rf'name="{name}" value="([^"]*)"', page)


def test_cancelling_is_one_click_and_time_does_the_rest(world):
    order = stories.paid(world, cases.two_lines())
    buyer = client_of(world.buyer)
    with time_machine.travel(order.ship_by_at + HOUR, tick=False):
        page = text_of(buyer.get(page_of(order)))
        form = {"key": hidden(page, "key")[0], "shown": hidden(page, "shown")[0], "breach": hidden(page, "breach")}
        assert form["breach"] == ["not_shipped:1", "not_shipped:2"]
        for _ in range(2):  # a double click files one
            assert buyer.post(file_url(order), form).status_code == 302
        dispute = Dispute.objects.get()
        assert (dispute.claimed_minor, dispute.is_breach, dispute.awards_silence) == (10_000_00, True, False)
        again = text_of(buyer.get(page_of(order)))
        assert dispute.reference in again and "Cancel it and be refunded" not in again
        assert buyer.post(file_url(order), form | {"key": str(uuid.uuid4())}, follow=True).status_code == 200
        assert Dispute.objects.count() == 1
    with time_machine.travel(order.ship_by_at + 72 * HOUR, tick=False):
        tasks.award_what_was_not_shipped()
    assert (cases.fresh(dispute).outcome, stories.fresh(order).status) == ("awarded", "refunded")


def test_an_amount_that_has_changed_is_shown_before_it_is_filed(world):
    order = stories.paid(world, cases.two_lines())
    buyer = client_of(world.buyer)
    form = {"key": str(uuid.uuid4()), "shown": "1", "breach": ["not_shipped:1"]}
    with time_machine.travel(order.ship_by_at + HOUR, tick=False):
        answer = buyer.post(file_url(order), form, follow=True)
        assert "The amount has changed" in text_of(answer) and "File the claim for" in text_of(answer)
        for bad in ({"breach": ["nothing:9"]}, {"breach": []}, {"breach": ["short:1"]}):
            assert "This has changed meanwhile" in text_of(buyer.post(file_url(order), form | bad, follow=True))
        assert client_of(world.seller).post(file_url(order), form).status_code == 403
        assert client_of(world.stranger).post(file_url(order), form).status_code == 404
        assert buyer.get(file_url(order)).status_code == 405
    assert not Dispute.objects.exists()


def test_a_delay_is_ready_to_claim_with_its_facts_and_is_filed_as_it_stands(world):
    order = shipped_late(world, days=4)
    buyer = client_of(world.buyer)
    now = order.ship_by_at + 5 * DAY
    with time_machine.travel(now, tick=False):
        assert "Claim this" in text_of(buyer.get(page_of(order)))
        page = text_of(buyer.get(claim_url(order) + "?breach=shipped_late:1&breach=shipped_late:2"))
        assert "Filled in from what we noticed" in page and "Entered by the supplier" in page
        amount = (60 * 100_00 + 40 * 90_00) * 3 // 200  # 3 days
        assert "File the claim for USD 144.00" in page and amount == 144_00
        lines = list(order.lines.order_by("number"))
        form = {"key": str(uuid.uuid4()), "file": "1", "shown": f"{amount}/{amount}"}
        for line in lines:
            prefix = f"{line.id}-late"
            form |= {f"{prefix}-pick": "on", f"{prefix}-agreed": "1 Oct", f"{prefix}-came": "later"}
            form |= {f"{prefix}-wish": "compensation", f"{prefix}-asked": ""}
        assert buyer.post(claim_url(order), form).status_code == 302
    dispute = Dispute.objects.get()
    assert (dispute.is_breach, dispute.awards_silence, dispute.award_at) == (True, True, now + 72 * HOUR)
    actions.escalate(dispute_id=dispute.id, by=world.buyer, now=now + HOUR)  # at once, on a detected breach (14)


def test_a_delay_that_nobody_answers_is_awarded_at_the_second_as_computed(world):
    order = shipped_late(world, days=4)
    now = order.ship_by_at + 5 * DAY
    dispute = claim(order, world, "shipped_late", now=now)
    assert dispute.claimed_minor == 144_00
    order = only_from(
        now + 72 * HOUR, lambda at: actions.award_by_time(dispute_id=dispute.id, now=at), stories.fresh(order)
    )
    assert (order.status, order.refunded_minor) == ("shipped", 144_00)
    assert (cases.fresh(dispute).outcome, cases.fresh(dispute).awarded_minor) == ("awarded", 144_00)
    assert world.supplier.penalty_points.get().kind == "late"
    assert not any(each.code == "shipped_late" for each in facts.noticed(order, now + 80 * HOUR))
    with pytest.raises(MovedOn):
        cases.file(order, world, [late_item(order)], now=now + 80 * HOUR)


def late_item(order):
    return Item(order.lines.first().id, "late", "compensation", "1 October", "5 October")


@pytest.mark.parametrize("answer", ["offer", "refusal", "message"])
def test_an_answer_ends_what_silence_would_award(world, answer):
    order = shipped_late(world)
    now = order.ship_by_at + 5 * DAY
    dispute = claim(order, world, "shipped_late", now=now)
    at = now + 71 * HOUR
    if answer == "offer":
        actions.make_offer(dispute_id=dispute.id, key=uuid.uuid4(), amount_minor=50_00, by=world.seller, now=at)
    elif answer == "refusal":
        actions.reject_offer(dispute_id=dispute.id, number=1, by=world.seller, now=at)
    else:
        order_actions.write_message(order_id=order.id, key=uuid.uuid4(), body="The port shut.", by=world.seller, now=at)
    with time_machine.travel(now + 72 * HOUR, tick=False):
        tasks.award_what_was_not_shipped()
        tasks.award_what_was_not_shipped()
    dispute = cases.fresh(dispute)
    assert (dispute.status, dispute.award_at, dispute.answered_at) == ("open", None, at)
    assert stories.fresh(order).refunded_minor == 0
    actions.escalate(dispute_id=dispute.id, by=None, now=dispute.escalate_at)
    with pytest.raises(MovedOn):
        actions.award_by_time(dispute_id=dispute.id, now=dispute.escalate_at + DAY)


def test_a_late_shipment_ends_the_cancelling_and_leaves_the_compensation(world):
    order = stories.paid(world, cases.two_lines())
    dispute = claim(order, world, "not_shipped", now=order.ship_by_at + HOUR)
    stories.dispatch(order, world, now=order.ship_by_at + 2 * DAY)
    actions.award_by_time(dispute_id=dispute.id, now=dispute.award_at)
    assert cases.fresh(dispute).outcome == "lapsed"
    found = keys(order, dispute.award_at)
    assert set(found) == {"shipped_late:1", "shipped_late:2"} and found["shipped_late:1"].is_claimable


def test_one_line_is_in_one_open_case_and_the_other_stays_claimable(world):
    order = shipped_late(world)
    now = order.ship_by_at + 5 * DAY
    claim(order, world, "shipped_late:1", now=now)
    found = keys(order, now)
    assert found["shipped_late:1"].claimed and not found["shipped_late:1"].is_claimable
    assert found["shipped_late:2"].is_claimable
    page = client_of(world.buyer)
    with time_machine.travel(now, tick=False):
        text = text_of(page.get(page_of(order)))
        assert text.count("Claim this") == 1 and "In case D-" in text
        assert "File the claim for" not in text_of(page.get(claim_url(order) + "?breach=shipped_late:1"))


def test_lost_goods_may_go_to_staff_at_once(world):
    order = stories.shipped(world)
    now = order.shipments.get().dispatched_at + 21 * DAY
    dispute = claim(order, world, "no_movement", now=now)
    assert (dispute.is_breach, dispute.award_at) == (True, None)
    actions.escalate(dispute_id=dispute.id, by=world.buyer, now=now + SECOND)


def test_short_and_rejected_goods_are_claimed_together_within_the_line(world):
    order = stories.shipped(world, cases.two_lines())
    line = order.lines.get(number=1)
    counts = [Counted(line.id, short=12, rejected=24, note="Two cartons wet")]
    order_actions.confirm_receipt(order_id=order.id, counts=counts, by=world.buyer, now=cases.RECEIVED)
    with time_machine.travel(cases.FILED, tick=False):
        buyer = client_of(world.buyer)
        page = text_of(buyer.get(page_of(order)))
        assert "Claim all of these" in page and "Two cartons wet" in page
        page = text_of(buyer.get(claim_url(order) + "?breach=short:1&breach=rejected:1"))
        assert page.count(" data-pick checked") == 2 and 'value="48"' in page and 'value="24"' in page
    dispute = actions.file_claim(
        order_id=order.id,
        key=uuid.uuid4(),
        items=noticed.items(order, noticed.chosen(stories.fresh(order), ["short", "rejected"], cases.FILED)),
        by=world.buyer,
        now=cases.FILED,
    )
    assert dispute.claimed_minor <= line.whole_minor and dispute.is_breach is False
    assert NOW < cases.FILED
