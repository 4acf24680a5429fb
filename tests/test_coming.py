"""The list of what comes next and what the sweeps then do are the same thing (product.md §6.3, §6.11)."""

import uuid
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from disputes import actions as disputes
from disputes.models import Dispute
from events.models import Event
from orders import actions
from orders.coming import coming
from orders.models import Order
from tests import cases, stories
from tests.stories import DAY, NOW, SECOND
from trade_assurance.celery import SWEEPS
from trade_assurance.refused import Refused

OURS = ("orders.tasks.", "disputes.tasks.")
LONG = 400 * DAY


def sweep_all(at):
    """Every sweep that acts on orders and cases, once, at this instant."""
    with time_machine.travel(at, tick=False):
        for name, _ in SWEEPS:
            if name.startswith(OURS):
                module, _, task = name.rpartition(".")
                getattr(import_module(module), task)()


def kinds_since(order, number) -> list[str]:
    return [event.kind for event in Event.objects.about("order", order.id) if event.number > number]


def newest(order) -> int:
    return Event.objects.about("order", order.id).order_by("-number").values_list("number", flat=True).first()


def play_out(order, now):
    """Let time go on with nobody acting; each automatic event was announced, to the second, and nothing else comes."""
    happened = []
    for _ in range(20):
        ahead = coming(stories.fresh(order), now)
        if not ahead:
            break
        at = ahead[0].at
        before = newest(order)
        if at - SECOND > now:
            sweep_all(at - SECOND)
            assert kinds_since(order, before) == [], (ahead, at)
        sweep_all(max(at, now))
        came = kinds_since(order, before)
        announced = [one for one in ahead if one.at == at]
        for one in announced:
            assert set(one.kinds) & set(came), (one, came)
        assert set(came) <= {kind for one in announced for kind in one.kinds} | FOLLOWS, (announced, came)
        happened += came
        now = max(at, now)
    before = newest(order)
    sweep_all(now + LONG)
    assert kinds_since(order, before) == []
    return happened


FOLLOWS = {"dispute.frozen", "dispute.goes_on"}


@pytest.mark.parametrize(
    ("story", "kinds"),
    [
        (stories.sent, ["contract.lapsed"]),
        (stories.requested, ["contract.lapsed"]),
        (stories.placed, ["order.cancelled"]),
        (stories.paid, ["order.refunded"]),
        (stories.shipped, ["receipt.confirmed", "review.asked", "protection.expired"]),
        (stories.received, ["review.asked", "protection.expired"]),
    ],
)
def test_nobody_acts(world, story, kinds):
    order = story(world)
    happened = play_out(order, NOW + 11 * DAY)
    assert [kind for kind in happened if kind != "order.late"] == kinds


def test_the_whole_of_a_shipped_orders_future_is_listed_at_once(world):
    order = stories.shipped(world)
    listed = [(one.at, one.kinds[0]) for one in coming(stories.fresh(order), NOW + 11 * DAY)]
    play_out(order, NOW + 11 * DAY)
    told = Event.objects.about("order", order.id).filter(actor_id=None).order_by("number")
    assert listed == [(event.at, event.kind) for event in told if event.at > NOW + 11 * DAY]


def test_what_is_final_has_nothing_to_come(world):
    for story in (stories.expired, stories.cancelled):
        assert coming(stories.fresh(story(world)), NOW) == []


def _claim(order, world, now, reason):
    line = order.lines.order_by("id").first()
    item = cases.not_shipped(line) if reason else cases.quality(line)
    return cases.file(order, world, [item], now=now)


def _moves(order, world, now):
    """What people may do, by name; what the rules refuse is refused, and nothing has happened."""
    case = Dispute.objects.filter(order=order).order_by("-id").first()
    lines = list(order.lines.order_by("id"))
    return {
        "pay": lambda: stories.clear(order, 1, now=now),
        "pay rest": lambda: stories.clear(order, 2, now=now),
        "ship": lambda: stories.dispatch(order, world, now=now),
        "ship part": lambda: stories.dispatch(order, world, now=now, quantities={lines[0].id: 1}),
        "extend": lambda: actions.extend_confirm(order_id=order.id, by=world.buyer, now=now),
        "receive": lambda: actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=now),
        "receive short": lambda: actions.confirm_receipt(
            order_id=order.id, counts=[actions.Counted(lines[0].id, short=2, rejected=1)], by=world.buyer, now=now
        ),
        "not shipped": lambda: _claim(order, world, now, True),
        "poor": lambda: _claim(order, world, now, False),
        "offer": lambda: disputes.make_offer(
            dispute_id=case.id, amount_minor=1_00, key=uuid.uuid4(), by=world.seller, now=now
        ),
        "accept": lambda: disputes.accept_offer(
            dispute_id=case.id, number=case.offers.filter(side="supplier").last().number, by=world.buyer, now=now
        ),
        "withdraw": lambda: disputes.withdraw_claim(dispute_id=case.id, by=world.buyer, now=now),
        "escalate": lambda: disputes.escalate(dispute_id=case.id, by=world.buyer, now=now),
        "write": lambda: actions.write_message(
            order_id=order.id, key=uuid.uuid4(), body="Where is it?", by=world.seller, now=now
        ),
    }


MOVES = (
    "pay", "pay rest", "ship", "ship part", "extend", "receive", "receive short", "not shipped", "poor", "offer",
    "accept", "withdraw", "escalate", "write",
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 40 * 24), st.sampled_from(MOVES)), max_size=10))
@example([(0, "pay"), (0, "pay rest"), (240, "ship part")])
@example([(0, "pay"), (0, "pay rest"), (240, "ship"), (24, "receive short"), (24, "poor")])
@example([(0, "pay"), (0, "pay rest"), (31 * 24, "not shipped")])
@example([(0, "pay"), (0, "pay rest"), (240, "ship"), (24, "receive"), (24, "poor"), (24, "offer")])
@example([(0, "pay"), (0, "pay rest"), (240, "ship"), (24, "receive"), (24, "poor"), (73, "escalate")])
def test_after_any_moves_the_list_and_the_sweeps_agree(moves):
    with transaction.atomic():
        point = transaction.savepoint()
        world = stories.build_world(email_suffix=uuid.uuid4().hex[:6])
        order, now = stories.placed(world), NOW
        for hours, name in moves:
            now += timedelta(hours=hours)
            sweep_all(now)
            order = Order.objects.get(pk=order.pk)
            try:
                with transaction.atomic():
                    _moves(order, world, now)[name]()
            except (Refused, AttributeError):
                continue
        play_out(order, now)
        transaction.savepoint_rollback(point)
