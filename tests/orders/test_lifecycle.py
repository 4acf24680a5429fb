"""Every state × action × actor: who may do what, and that a refusal changes nothing."""

import uuid
from pathlib import Path

import pytest
from django.db import transaction

from orders import actions
from orders.lifecycle import written
from orders.models import Order
from tests import stories
from trade_assurance.refused import MovedOn, NotAllowed, Refused

NOW = stories.NOW + stories.DAY / 2

# state: {action: actors that may}; an actor or action that is not named is refused
ALLOWED = {
    "requested": {"save_draft": "seller", "cancel": "buyer seller"},
    "sent": {"accept": "buyer", "save_draft": "buyer", "cancel": "buyer seller"},
    "placed": {"cancel": "buyer seller"},
    "paid": {
        "ship": "seller",
        "propose_cancel": "buyer seller",
        "cancel": "buyer",
        "confirm_production": "seller",
    },
    "shipped": {"confirm_receipt": "buyer", "extend_confirm": "buyer seller"},
    "received": {},
    "expired": {},
    "cancelled": {},
    "refunded": {},
}
ALWAYS = {"write_message": "buyer seller bookkeeper"}
ACTIONS = {
    "save_draft": lambda o, by: actions.save_draft(order_id=o.id, terms=stories.terms(), by=by, now=NOW),
    "accept": lambda o, by: accept_newest(o, by),
    "cancel": lambda o, by: actions.cancel(order_id=o.id, by=by, now=NOW),
    "propose_cancel": lambda o, by: actions.propose_cancel(order_id=o.id, by=by, now=NOW),
    "withdraw_proposal": lambda o, by: actions.withdraw_proposal(order_id=o.id, by=by, now=NOW),
    "confirm_production": lambda o, by: actions.confirm_production(order_id=o.id, by=by, now=NOW),
    "ship": lambda o, by: ship_all(o, by),
    "confirm_receipt": lambda o, by: actions.confirm_receipt(order_id=o.id, counts=[], by=by, now=NOW),
    "extend_confirm": lambda o, by: actions.extend_confirm(order_id=o.id, by=by, now=NOW),
    "write_message": lambda o, by: actions.write_message(order_id=o.id, key=uuid.uuid4(), body="hi", by=by, now=NOW),
}
ACTORS = ("buyer", "seller", "bookkeeper", "stranger", "rival_seller")


def accept_newest(order, by):
    version = order.versions.sent().order_by("-number").first()
    return actions.accept(
        order_id=order.id,
        version=version.number if version else 1,
        fingerprint=version.fingerprint if version else "",
        cover_minor=0,
        by=by,
        now=NOW,
    )


def ship_all(order, by):
    return actions.ship(
        order_id=order.id,
        key=uuid.uuid4(),
        transport="sea",
        dispatched_on=NOW.date(),
        carrier="Carrier",
        document="D-1",
        quantities={line.id: line.to_ship for line in order.lines.all()},
        by=by,
        now=NOW,
    )


@pytest.mark.parametrize("state", ALLOWED)
def test_each_action_is_for_those_that_the_table_names(world, state):
    order = stories.STORIES[state](world)
    for name, act in ACTIONS.items():
        for actor in ACTORS:
            may = actor in (ALLOWED[state] | ALWAYS).get(name, "").split()
            before = stories.snapshot(order)
            point = transaction.savepoint()
            try:
                act(stories.fresh(order), getattr(world, actor))
                done = True
            except (NotAllowed, MovedOn) as refusal:
                done = False
                assert str(refusal).endswith((".", "?")), f"{refusal!r} is no sentence"
                assert stories.snapshot(order) == before, f"{name} by {actor} was refused and changed something"
            assert done == may, f"{state}: {name} by {actor} was {'done' if done else 'refused'}"
            if done:
                assert stories.snapshot(order) != before
            transaction.savepoint_rollback(point)


SYSTEM = {
    "requested": "lapse",
    "sent": "lapse",
    "placed": "cancel_unpaid",
    "paid": "award_unshipped",
    "shipped": "auto_confirm",
    "received": "expire_protection",
}


@pytest.mark.parametrize("state", ALLOWED)
def test_time_does_only_what_the_state_is_due_for(world, state):
    order = stories.STORIES[state](world)
    long_after = stories.NOW + 400 * stories.DAY
    for name in sorted(set(SYSTEM.values())):
        before = stories.snapshot(order)
        point = transaction.savepoint()
        try:
            getattr(actions, name)(order_id=order.id, now=long_after)
            done = True
        except Refused:
            done = False
            assert stories.snapshot(order) == before
        transaction.savepoint_rollback(point)
        assert done == (SYSTEM.get(state) == name), f"{state}: {name}"


def test_a_transition_that_nobody_may_make_is_not_open_to_everyone(world):
    order = stories.placed(world)
    for name in ("settle", "expire", "refund"):
        for known in getattr(Order, name)._django_fsm.transitions.values():
            assert known.permission is not None
            assert not known.permission(order, world.buyer)


def test_the_written_lifecycle_is_the_one_in_the_code():
    path = Path(__file__).parents[2] / "docs" / "lifecycle.md"
    assert path.read_text() == written(), "run `manage.py write_lifecycle`"
