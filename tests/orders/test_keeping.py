"""A buyer keeps goods that are late: chosen before shipment, worth more each day, and time cancels nothing (rule 9)."""

import pytest
import time_machine

from events.models import Event
from orders import actions, lateness, tasks
from orders.coming import coming
from orders.steps import steps_for
from tests import cases, stories
from tests.orders.test_pages import client_of, text_of, url
from tests.orders.test_races import at_once
from tests.stories import DAY, SECOND
from trade_assurance.refused import MovedOn, NotAllowed


def keep(order, world, now):
    actions.keep_late_goods(order_id=order.id, by=world.buyer, now=now)
    return stories.fresh(order)


def shown(order, world, now):
    return lateness.late(order, (), steps_for(order, world.buyer, now), now)


def test_it_is_chosen_from_the_ship_by_second_until_the_award_and_once(world):
    order = stories.paid(world)
    for now, words in ((order.ship_by_at - SECOND, "ship-by date has passed"), (order.award_at, "goes back to you")):
        with pytest.raises(MovedOn, match=words):
            keep(order, world, now)
    with pytest.raises(NotAllowed):
        actions.keep_late_goods(order_id=order.id, by=world.seller, now=order.ship_by_at)
    kept = keep(order, world, order.award_at - SECOND)
    assert (kept.kept_at, kept.award_at) == (order.award_at - SECOND, None)
    with pytest.raises(MovedOn, match="You have chosen to keep"):
        keep(order, world, order.award_at)
    event = Event.objects.about("order", order.id).get(kind="order.kept")
    assert event.data == {"due": order.ship_by_at.isoformat(), "left": {"1": 100}}


def test_time_cancels_nothing_any_more_and_the_goods_still_ship(world):
    order = stories.paid(world)
    stop_at = order.award_at
    order = keep(order, world, order.ship_by_at)
    assert [one.kinds for one in coming(order, order.ship_by_at)] == [("order.late",)]
    with pytest.raises(MovedOn):
        actions.award_unshipped(order_id=order.id, now=stop_at)
    with time_machine.travel(stop_at + 30 * DAY, tick=False):
        tasks.award_unshipped_orders()
    assert stories.fresh(order).status == "paid"
    stories.dispatch(order, world, now=stop_at + 31 * DAY)
    assert stories.fresh(order).status == "shipped"


def test_its_worth_grows_each_day_to_its_cap(world):
    order = stories.paid(world)
    late = order.ship_by_at + SECOND
    found = [shown(order, world, late + n * DAY).worth for n in (0, 1, 18, 19, 40)]
    assert [worth.days for worth in found] == [1, 2, 19, 20, 41]
    daily = found[0].daily_minor
    assert [worth.today_minor for worth in found] == [daily, 2 * daily, 19 * daily, 20 * daily, 20 * daily]
    assert [worth.is_full for worth in found] == [False, False, False, True, True]
    assert {(worth.most_minor, worth.most_on.isoformat()) for worth in found} == {(20 * daily, "2026-10-21")}


def test_cancelling_afterwards_follows_the_rulebook_and_before_it_keeping_waits(world):
    order = keep(stories.paid(world, cases.two_lines()), world, stories.paid(world).ship_by_at + DAY)
    late = order.ship_by_at + 2 * DAY
    dispute = cases.file(order, world, [cases.not_shipped(line) for line in order.lines.all()], now=late)
    assert dispute.award_at == order.ship_by_at + 3 * DAY
    other = stories.paid(world)
    cases.file(other, world, [cases.not_shipped(other.lines.get())], now=late)
    with pytest.raises(MovedOn, match="claim on this order is open"):
        keep(other, world, late)


def test_what_restarts_the_clock_of_cancelling_ends_the_choice(world):
    order = keep(stories.paid(world), world, stories.paid(world).ship_by_at + DAY)
    order.award_at = order.ship_by_at + 40 * DAY  # as an amendment of the ship-by date, or a false shipment, sets it
    order.save()
    assert shown(order, world, order.ship_by_at + 2 * DAY).kept_at is None
    assert keep(order, world, order.ship_by_at + 3 * DAY).award_at is None


def test_both_sides_see_the_choice_with_its_amounts(world):
    order = stories.paid(world)
    with time_machine.travel(order.ship_by_at + DAY, tick=False):
        buyer, seller = client_of(world.buyer), client_of(world.seller)
        before = buyer.get(order.get_absolute_url())
        assert "your three choices" in text_of(before) and url("keep_late", order) in before.content.decode()
        asked = text_of(buyer.get(url("keep_late", order)))
        assert "if it ships today, at most" in asked and "Time does not cancel the order any more" in asked
        assert client_of(world.stranger).get(url("keep_late", order)).status_code == 404
        assert seller.post(url("keep_late", order)).status_code == 403
        chosen = text_of(buyer.post(url("keep_late", order), follow=True))
        assert (
            "you keep the goods" in chosen and "You chose this on" in chosen and "Cancel it and be refunded" in chosen
        )
        again = text_of(buyer.post(url("keep_late", order), follow=True))
        assert "You have chosen to keep the goods" in again
        told = text_of(seller.get(order.get_absolute_url()))
        assert "The buyer chose" in told and "To keep the goods" in told and "Shipped today, it may claim" in told
        assert "until you ship or the buyer chooses again" in told


@pytest.mark.django_db(transaction=True)
def test_choosing_and_the_award_at_once_have_one_winner(transactional_db):
    world = stories.build_world()
    order = stories.paid(world)
    at_once(
        lambda: keep(order, world, order.award_at - SECOND),
        lambda: actions.award_unshipped(order_id=order.id, now=order.award_at),
    )
    after = stories.fresh(order)
    assert (after.status, after.kept_at is None) in {("paid", False), ("refunded", True)}
