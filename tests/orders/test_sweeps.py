"""Sweeps find what is due and do it once, by a real worker too; messages that are lost lose nothing."""

import time
import uuid
from datetime import UTC, datetime

import pytest
import time_machine
from celery.contrib.testing.worker import start_worker

from events.models import Event
from ledger import proof
from orders import actions, tasks
from orders.models import Order
from tests import stories
from tests.stories import DAY, NOW, SECOND
from trade_assurance.celery import app

DUE = {
    # sweep: story, when it is due, the state after it
    tasks.lapse_unanswered_contracts: (stories.sent, lambda o: o.lapses_at, "cancelled"),
    tasks.cancel_unpaid_orders: (stories.placed, lambda o: o.cancels_at, "cancelled"),
    tasks.award_unshipped_orders: (stories.paid, lambda o: o.award_at, "refunded"),
    tasks.auto_confirm_receipts: (stories.shipped, lambda o: o.auto_confirm_at, "received"),
    tasks.close_protection_windows: (stories.received, lambda o: o.protection_ends_at, "expired"),
}


@pytest.mark.parametrize("sweep", DUE, ids=lambda sweep: sweep.name)
def test_a_sweep_does_what_is_due_at_the_second_and_only_once(world, sweep):
    story, due, after = DUE[sweep]
    order = story(world)
    before = stories.snapshot(order)
    with time_machine.travel(due(order) - SECOND, tick=False):
        sweep()
    assert stories.snapshot(order) == before
    with time_machine.travel(due(order), tick=False):
        sweep()
        done = stories.snapshot(order)
        sweep()
    assert stories.fresh(order).status == after
    assert stories.snapshot(order) == done


def test_a_payment_on_its_way_keeps_time_from_cancelling(world):
    order = stories.placed(world)
    actions.payment_began(order_id=order.id, payment_id=1, now=NOW)
    with time_machine.travel(order.cancels_at + DAY, tick=False):
        tasks.cancel_unpaid_orders()
        assert stories.fresh(order).status == "placed"
        actions.payment_ended(order_id=order.id, payment_id=1, because="declined", now=order.cancels_at + DAY)
        tasks.cancel_unpaid_orders()
    assert stories.fresh(order).status == "cancelled"


def test_one_bad_row_does_not_hold_up_the_rest(world, monkeypatch):
    bad, good = (stories.placed(world, stories.simple_terms(100_00)) for _ in range(2))
    real = actions.cancel_unpaid

    def fails_for_one(*, order_id, now):
        if order_id == bad.id:
            raise RuntimeError("boom")
        return real(order_id=order_id, now=now)

    monkeypatch.setattr(actions, "cancel_unpaid", fails_for_one)
    with time_machine.travel(good.cancels_at, tick=False):
        tasks.cancel_unpaid_orders()
    assert [stories.fresh(o).status for o in (bad, good)] == ["placed", "cancelled"]


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_closes_a_protection_window_although_a_message_was_lost(settings):
    world = stories.build_world()
    order = stories.received(world)
    # the window is over by the worker's own clock, whatever day these tests run on
    Order.objects.filter(pk=order.pk).update(protection_ends_at=datetime(2020, 1, 1, tzinfo=UTC))
    queue = f"test-{uuid.uuid4().hex}"
    tasks.close_protection_windows.apply_async(queue=queue)
    with app.connection_for_write() as connection:
        assert connection.default_channel.queue_purge(queue) == 1  # the message is lost
    with start_worker(app, queues=[queue], perform_ping_check=False):
        for _ in range(2):  # and the next sweep comes twice
            tasks.close_protection_windows.apply_async(queue=queue)
        end = time.monotonic() + 15
        while stories.fresh(order).status != "expired" and time.monotonic() < end:
            time.sleep(0.1)
    order = stories.fresh(order)
    assert (order.status, order.escrow_minor, order.released_minor) == ("expired", 0, 10_000_00)
    assert Event.objects.filter(subject_id=order.id, kind="protection.expired").count() == 1
    assert proof.prove() == []
