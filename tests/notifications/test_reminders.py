"""Reminders: each once, at its second, only to a side that can act and has not (Rulebook 1, 10, 14-21)."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from disputes import actions
from disputes.actions import evidencing
from disputes.models import Inspector
from notifications import reminding
from notifications.models import Mailing, Notice, Reminder
from notifications.words import say
from orders import actions as order_actions
from orders.models import Order
from tests import cases, stories
from tests.disputes import staff
from tests.stories import DAY, NOW, SECOND
from trade_assurance.rulebook import CURRENT
from trade_assurance.sweeping import sweep

HOUR = timedelta(hours=1)


def run(now) -> int:
    return sweep(reminding.due(now, 100), reminding.remind, now=now)


def said() -> set[tuple[str, str]]:
    return set(Reminder.objects.values_list("what", "side"))


def at_its_second(at, *, expected) -> None:
    """Nothing the second before; each of these at it; nothing again after."""
    run(at - SECOND)
    before = said()
    assert not before & expected
    run(at)
    assert said() - before == expected
    made = Notice.objects.filter(reminder__isnull=False).count()
    assert run(at) == run(at + SECOND) == 0
    assert Notice.objects.filter(reminder__isnull=False).count() == made


# orders -------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_order_that_nobody_paid_is_reminded_of_on_day_7_30_and_53(world):
    order = stories.placed(world, stories.simple_terms(1_000_00, due_on="2026-10-25", ship_by_on="2026-11-20"))
    assert CURRENT.unpaid_reminder_days == (7, 30, 53)
    for days in CURRENT.unpaid_reminder_days:
        at_its_second(order.placed_at + days * DAY, expected={(f"pay:{days}", "buyer")})
    assert set(Notice.objects.filter(reminder__isnull=False).values_list("user", flat=True)) == {world.buyer.pk}


@pytest.mark.django_db
def test_who_has_paid_something_is_not_reminded_and_an_old_day_is_not_made_up_for(world):
    order = stories.placed(world, stories.simple_terms(1_000_00))
    run(order.placed_at + 11 * DAY)
    assert said() == set(), "the machine was away on day 7; a mail on day 11 would say what is not so"
    stories.clear(order, 1, amount_minor=300_00)
    run(order.placed_at + 30 * DAY)
    assert said() == set()


@pytest.mark.django_db
def test_receipt_is_reminded_of_7_days_3_days_and_24_hours_before_and_anew_when_it_is_moved(world):
    order = stories.shipped(world)
    for hours in (168, 72, 24):
        at_its_second(order.auto_confirm_at - hours * HOUR, expected={(f"confirm:{hours}", "buyer")})
    order_actions.extend_confirm(order_id=order.id, by=world.buyer, now=order.auto_confirm_at - HOUR)
    moved = stories.fresh(order).auto_confirm_at
    assert moved == order.auto_confirm_at + 15 * DAY

    assert run(moved - 168 * HOUR - SECOND) == 0
    assert run(moved - 168 * HOUR) == 1
    assert Reminder.objects.filter(what="confirm:168").count() == 2


@pytest.mark.django_db
def test_who_has_confirmed_is_not_reminded(world):
    order = stories.shipped(world)
    due = order.auto_confirm_at
    order_actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=due - 8 * DAY)
    assert run(due - 7 * DAY) == run(due - DAY) == 0


# cases --------------------------------------------------------------------------------------------------------------


def _answer(world):
    case = cases.claimed(world)
    return case.answer_due_at, {("answer", "supplier")}


def _award(world):
    case = cases.unshipped(world)
    return case.award_at, {("answer", "supplier")}


def _agree(world):
    case = cases.claimed(world)
    staff.says(case, world.seller, "We look at it.")
    actions.extend_talk(dispute_id=case.id, by=world.seller, now=case.filed_at + HOUR)
    return cases.fresh(case).escalate_at, {("escalate", "buyer")}


def _prove(world):
    return cases.escalated(world).evidence_ends_at, {("evidence", "buyer"), ("evidence", "supplier")}


def _offer(world):
    case = cases.claimed(world)
    actions.make_offer(
        dispute_id=case.id, key=uuid.uuid4(), amount_minor=100_00, by=world.seller, now=case.filed_at + 40 * HOUR
    )
    offer = case.offers.get(side="supplier")
    return offer.expires_at, {(f"offer:{offer.number}", "buyer")}


def _decided(world):
    ada = staff.adjudicator("ada")
    case, now = staff.held(world, ada)
    staff.propose(case, ada, now)
    return cases.fresh(case)


def _appeal(world):
    return _decided(world).appeal_ends_at, {("appeal", "buyer"), ("appeal", "supplier")}


def _waived(world):
    case = _decided(world)
    actions.waive_appeal(dispute_id=case.id, by=world.buyer, now=case.decided_at + HOUR)
    return case.appeal_ends_at, {("appeal", "supplier")}


def _inspector(world):
    ada = staff.adjudicator("ada")
    Inspector.objects.create(name="Harbour Inspections", country="NZ", contact="desk@inspections.test")
    case, now = staff.held(
        world, ada, items=lambda order: [cases.quality(order.lines.get(), major=10, facts={"keep_bp": 5000})]
    )
    actions.order_inspection(dispute_id=case.id, question="Are the lamps scratched?", by=ada, now=now)
    return cases.fresh(case).inspection_ends_at, {("inspector", "buyer")}


def _returning(world):
    return cases.settle(cases.claimed(world), world, 500_00, with_return=True, freight_by="supplier")


def _return(world):
    return _returning(world).performance_due_at, {("send_return", "buyer")}


def _check(world):
    case = _returning(world)
    sent = case.performance_due_at - 5 * DAY
    actions.send_goods(dispute_id=case.id, carrier="DHL", tracking_number="JD0146", by=world.buyer, now=sent)
    actions.record_delivery(dispute_id=case.id, delivered_at=sent + DAY, by=world.seller, now=sent + DAY)
    return case.performances.get().check_by_at, {("check_return", "supplier")}


def _replace(world):
    by = cases.FILED + 20 * DAY
    case = cases.settle(cases.claimed(world), world, 500_00, replacement="12 lamps", replace_by_at=by)
    return case.performance_due_at, {("send_replacement", "supplier")}


CASES = (
    _answer,
    _award,
    _agree,
    _prove,
    _offer,
    _appeal,
    _waived,
    _inspector,
    _return,
    _check,
    _replace,
)


@pytest.mark.django_db
@pytest.mark.parametrize("story", CASES, ids=lambda story: story.__name__[1:])
def test_each_deadline_of_a_case_is_reminded_of_24_hours_before(world, story):
    deadline, expected = story(world)
    at_its_second(deadline - DAY, expected=expected)
    for notice in Notice.objects.filter(reminder__isnull=False).select_related("event", "reminder__dispute"):
        [told] = say([notice], deadline - DAY)
        assert told.title.startswith("Reminder: ") and told.detail and "/disputes/" in told.url


@pytest.mark.django_db
def test_who_has_acted_or_stands_still_is_not_reminded(world):
    case = cases.claimed(world)
    actions.make_offer(
        dispute_id=case.id, key=uuid.uuid4(), amount_minor=100_00, by=world.seller, now=case.filed_at + HOUR
    )
    assert run(case.answer_due_at - DAY) == 0
    Order.objects.filter(pk=case.order_id).update(contested_minor=1)
    assert run(case.escalate_at - DAY) == 0
    Order.objects.filter(pk=case.order_id).update(contested_minor=0)


@pytest.mark.django_db
def test_the_answer_to_new_evidence_is_reminded_of_only_for_whom_there_is_some(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    case = cases.escalated(world)
    evidencing.add_evidence(
        dispute_id=case.id,
        key=uuid.uuid4(),
        upload=SimpleUploadedFile("a.txt", b"The photos show it."),
        note="",
        by=world.buyer,
        now=case.escalated_at + HOUR,
    )
    run(case.evidence_ends_at - DAY)
    assert said() == {("evidence", "supplier")}
    actions.close_evidence(dispute_id=case.id, now=case.evidence_ends_at)
    at_its_second(case.rebuttal_ends_at - DAY, expected={("rebuttal", "supplier")})


@pytest.mark.django_db
def test_a_reminder_is_mailed_to_who_can_act_and_to_no_bookkeeper(world, monkeypatch):
    deadline, _ = _answer(world)
    run(deadline - DAY)
    assert list(Mailing.objects.values_list("user", "kind")) == [(world.seller.pk, "orders.reminder")]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_remind_once():
    world = stories.build_world()
    deadline, _ = _answer(world)
    together = threading.Barrier(2)

    def work():
        near = reminding.due(deadline - DAY, 10)
        together.wait()
        sweep(near, reminding.remind, now=deadline - DAY)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]

    assert Reminder.objects.count() == 1
    assert Notice.objects.filter(reminder__isnull=False).count() == 1


@pytest.mark.django_db
def test_looking_for_what_is_near_costs_as_much_for_many_as_for_none(world, django_assert_max_num_queries):
    for _ in range(3):
        order = stories.placed(world, stories.simple_terms(100_00))
    with django_assert_max_num_queries(18):
        assert len(reminding.due(order.placed_at + 7 * DAY, 100)) == 3
    assert order.placed_at == NOW
