"""From event to receiver: each event once per success, through crashes, several workers, slow and failing receivers."""

import json
import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import Letter
from events.actions import record
from events.models import Event, Untold
from notifications import fanout, tasks
from notifications.models import Attempt, Delivery, Endpoint
from notifications.webhooks import actions, calling, catalogue, payloads, rounds, schedule
from notifications.webhooks.calling import Answer
from tests import cases, stories
from tests.notifications import receiving
from tests.orders.test_races import at_once
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn
from trade_assurance.rulebook import CURRENT

HOUR = timedelta(hours=1)
OK = Answer(status=200, took_ms=5)
BAD = Answer(status=500, problem="It answered 500.", text="oh no", took_ms=5)


def tell():
    while fanout.tell():
        pass


def happened(order, kind="message.sent", times=1, **data):
    for _ in range(times):
        record("order", order.pk, kind, now=timezone.now(), data=data)


def claimed(now, **more):
    return actions.claim(room=50, now=now, busy=Counter(), **({"laggards": False} | more))


def answered(answer, now):
    """One go over what is due, without a network; gives what was called."""
    rows = claimed(now) + claimed(now, laggards=True)
    actions.note(answers=[(row, answer) for row in rows], now=now)
    return rows


# what is told -----------------------------------------------------------------------------------------------------


def test_an_order_and_a_dispute_are_told_to_both_sides_and_verify(world, receiver, hook):
    _, of_buyer = hook(world.buyer, receiver.url)
    dispute = cases.claimed(world)
    order = dispute.order
    with time_machine.travel(NOW, tick=False):
        tell()
        rounds.run()
        messages = receiver.verified(of_buyer)
    kinds = {event.number: event.kind for event in Event.objects.about("order", order.pk)}
    for message in messages:
        about = message["data"]
        assert (about["object"], about["id"], about["reference"]) == ("order", str(order.public_id), order.reference)
        assert catalogue.OF_KIND[kinds[about["version"]]].name == message["type"]
    told = sorted(message["data"]["version"] for message in messages)
    assert told == [number for number, kind in kinds.items() if kind in catalogue.OF_KIND]
    by_type = {message["type"]: message["data"] for message in messages}
    assert by_type["dispute.opened"]["claimed"] == {"value": "2000.00", "currency": "USD"}
    assert by_type["dispute.opened"]["dispute"] == dispute.reference
    assert by_type["order.shipped"]["all"] is True and by_type["order.shipped"]["lines"] == {"1": 100}
    assert by_type["order.received"]["automatic"] is False
    assert len(set(receiver.ids())) == len(messages) and not Delivery.objects.waiting().exists()


def test_each_field_of_what_happened_has_a_value(world, hook):
    endpoint, _ = hook(world.seller, "https://a.example.com/", supplier=world.supplier)
    cases.claimed(world)
    tell()
    seen = set()
    for row in endpoint.deliveries.all():
        data = json.loads(row.body)["data"]
        kind = catalogue.NAMED[row.type]
        assert set(data) - {"object", "id", "reference", "version"} == {field.name for field in kind.fields}
        # payments of these stories have no row, so they have no public id
        assert [name for name, value in data.items() if value is None and name != "payment"] == []
        seen.add(row.type)
    assert {"contract.accepted", "payment.cleared", "order.shipped", "order.received", "dispute.opened"} <= seen


def test_nobody_hears_of_others_and_each_only_what_was_chosen(world, hook):
    mine, _ = hook(world.buyer, "https://a.example.com/", types=["order.shipped"])
    others = [hook(world.stranger, "https://b.example.com/")[0], hook(world.bookkeeper, "https://d.example.com/")[0]]
    rival, _ = hook(world.rival_seller, "https://c.example.com/", supplier=world.rival)
    Untold.objects.all().delete()  # of the companies' making
    stories.shipped(world)
    tell()
    assert list(mine.deliveries.values_list("type", flat=True)) == ["order.shipped"]
    assert not Delivery.objects.filter(endpoint__in=[*others, rival]).exists()


def test_nothing_that_people_wrote_and_no_name_leaves(world, hook):
    hook(world.buyer, "https://a.example.com/")
    hook(world.seller, "https://b.example.com/", supplier=world.supplier)
    cases.claimed(world)
    tell()
    sent = "".join(Delivery.objects.values_list("body", flat=True))
    names = [world.buyer.full_name, world.buyer.email, world.buyer.company_name, world.seller.full_name, "scratches"]
    assert sent and [name for name in names if name.lower() in sent.lower()] == []
    assert not any(f'"{key}"' in sent for key in ("commitment", "actor", "email", "note"))


def test_who_was_shut_out_is_told_nothing(world, hook):
    endpoint, _ = hook(world.buyer, "https://a.example.com/")
    world.buyer.is_active = False
    world.buyer.save()
    happened(stories.requested(world))
    tell()
    assert not endpoint.deliveries.exists()


def test_an_event_is_one_row_for_each_endpoint_however_often_it_is_told(world, hook):
    endpoint, _ = hook(world.buyer, "https://a.example.com/")
    stories.sent(world)
    tell()
    events = list(Event.objects.order_by("id"))
    before = endpoint.deliveries.count()
    payloads.deliver(events)
    assert endpoint.deliveries.count() == before > 0


def test_the_number_of_queries_does_not_grow_with_events_or_endpoints(world, hook):
    def asked(times):
        happened(order, times=times)
        events = list(Event.objects.order_by("-id")[:times])
        with CaptureQueriesContext(connection) as seen:
            payloads.deliver(events)
        return len(seen)

    order = stories.requested(world)
    hook(world.buyer, "https://a.example.com/")
    few = asked(2)
    for n in range(5):
        hook(world.buyer, f"https://a{n}.example.com/")
    assert asked(40) == few <= 5


# attempts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(world, hook):
    """A webhook of the buyer with one message that is due at NOW."""
    endpoint, _ = hook(world.buyer, "https://a.example.com/")
    with time_machine.travel(NOW, tick=False):
        happened(stories.requested(world))
        endpoint.deliveries.all().delete()
        tell()
    endpoint.deliveries.exclude(type="message.sent").delete()
    return endpoint


def test_the_attempts_come_when_the_rulebook_says(waiting):
    waits = schedule.waits()
    assert [wait.total_seconds() for wait in waits[:8]] == list(CURRENT.webhook_waits)
    assert set(waits[8:]) == {12 * HOUR} and sum(waits, timedelta()) <= 72 * HOUR < sum(waits, 12 * HOUR)
    now, ids = NOW, set()
    for number, wait in enumerate(waits, 1):
        row = waiting.deliveries.get()
        assert wait <= row.next_at - now <= wait * 1.05
        assert not claimed(row.next_at - SECOND / 1000) and not claimed(row.next_at - SECOND / 1000, laggards=True)
        now = row.next_at
        [call] = answered(BAD, now)
        ids.add((call.message_id, call.body))
        assert waiting.deliveries.get().attempts == number
    row = waiting.deliveries.get()
    assert row.state == "failed" and row.ended_at == now and len(ids) == 1
    assert list(row.tries.order_by("number").values_list("number", "status")) == [
        (n, 500) for n in range(1, len(waits) + 1)
    ]
    assert answered(BAD, now + 30 * DAY) == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Tue, 01 Sep 2026 09:10:00 GMT", 600),
        ("Tue, 01 Sep 2026 08:00:00 GMT", 0),
        ("999999999", 12 * 3600),
        ("-5", 0),
        ("soon", 0),
        ("9" * 50, 0),
        ("", 0),
    ],
)
def test_what_a_receiver_asks_for_puts_the_next_attempt_off(waiting, header, seconds):
    answered(Answer(status=503, problem="It answered 503.", retry_after=header), NOW)
    wait = (waiting.deliveries.get().next_at - NOW).total_seconds()
    assert wait == seconds if seconds > 10 else 5 <= wait <= 5.25


def test_a_success_ends_it_and_what_failed_before(waiting):
    answered(BAD, NOW)
    waiting.refresh_from_db()
    assert waiting.failing_since_at == NOW
    [call] = answered(OK, NOW + 6 * SECOND)
    waiting.refresh_from_db()
    row = waiting.deliveries.get()
    assert (row.state, row.attempts, waiting.failing_since_at) == ("delivered", 2, None)
    assert row.message_id == call.message_id


def test_410_turns_it_off_at_once_with_a_mail(waiting):
    answered(Answer(status=410, problem="It answered 410."), NOW)
    waiting.refresh_from_db()
    assert (waiting.off_at, waiting.off_because) == (NOW, "gone")
    assert waiting.deliveries.get().state == "failed"
    assert [letter.to for letter in Letter.objects.all()] == ["buyer@test.test"] or mail.outbox


def test_endless_500s_turn_it_off_after_five_days_and_not_a_second_sooner(world, waiting):
    order = stories.requested(world)
    now = NOW
    answered(BAD, now)
    while now < NOW + 5 * DAY - 6 * HOUR:
        now += 6 * HOUR
        with time_machine.travel(now, tick=False):
            happened(order)
            tell()
        answered(BAD, now)
    waiting.refresh_from_db()
    assert waiting.is_on and waiting.failing_since_at == NOW
    with pytest.raises(MovedOn):
        actions.disable(endpoint_id=waiting.pk, because="failing", now=NOW + 5 * DAY - SECOND)
    with time_machine.travel(NOW + 5 * DAY, tick=False):
        happened(order)
        tell()
    answered(BAD, NOW + 5 * DAY)
    waiting.refresh_from_db()
    assert (waiting.off_because, waiting.off_at) == ("failing", NOW + 5 * DAY)
    assert not waiting.deliveries.waiting().exists()
    kinds = Event.objects.about("person", world.buyer.pk).values_list("kind", flat=True)
    assert list(kinds).count("person.webhook_off") == 1
    with time_machine.travel(NOW + 6 * DAY, tick=False):
        happened(order)
        tell()
    assert not waiting.deliveries.waiting().exists()


# crashes, several workers, fairness -------------------------------------------------------------------------------


def test_a_worker_that_dies_in_mid_delivery_leaves_a_lease_that_ends(waiting):
    [lost] = claimed(NOW)
    assert claimed(NOW + SECOND) == []
    until = NOW + actions.deliveries.LEASE
    assert claimed(until - SECOND) == []
    [again] = answered(OK, until)
    assert again.message_id == lost.message_id
    assert waiting.deliveries.get().state == "delivered"


def test_an_answer_that_comes_after_its_lease_counts_as_a_success_and_moves_nothing_else(waiting):
    [first] = claimed(NOW)
    later = NOW + actions.deliveries.LEASE
    [second] = claimed(later)
    actions.note(answers=[(first, BAD)], now=later)
    row = waiting.deliveries.get()
    assert (row.state, row.next_at, row.attempts) == ("waiting", second.leased_until, 1)
    actions.note(answers=[(first, OK)], now=later)
    actions.note(answers=[(second, BAD)], now=later)
    row = waiting.deliveries.get()
    assert (row.state, row.attempts) == ("delivered", 3)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_message_once(receiver, hook):
    world = stories.build_world()
    endpoint, secret = hook(world.buyer, receiver.url, now=timezone.now(), types=["message.sent"])
    order = stories.requested(world)
    Untold.objects.all().delete()
    with transaction.atomic():
        happened(order, times=30)
    results = at_once(tell, tell)
    assert results == [None, None]
    results = at_once(rounds.run, rounds.run, rounds.run)
    assert sum(results) == 30
    assert len(set(receiver.ids())) == len(receiver.heard) == 30
    assert len(receiver.verified(secret)) == 30
    assert endpoint.deliveries.filter(state="delivered", attempts=1).count() == 30
    assert Attempt.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_slow_endpoint_does_not_hold_up_the_others(receiver, papers, hook, monkeypatch):
    world = stories.build_world()
    monkeypatch.setattr(calling, "SLOW_MS", 300)
    with receiving.receiver(*papers) as slow:
        slow.wait = 0.6
        bad, _ = hook(world.buyer, slow.url, now=timezone.now(), types=["message.sent"])
        good, _ = hook(world.buyer, receiver.url, now=timezone.now(), types=["message.sent"])
        order = stories.requested(world)
        Untold.objects.all().delete()
        with transaction.atomic():
            happened(order, times=40)
        tell()
        rounds.run(seconds=1.5)
    assert len(receiver.heard) == 40
    assert len(slow.heard) < 40
    bad.refresh_from_db()
    good.refresh_from_db()
    assert bad.is_slow and not good.is_slow


def test_laggards_are_asked_apart_and_one_call_at_a_time(world, hook):
    quick, _ = hook(world.buyer, "https://a.example.com/", types=["message.sent"])
    slow, _ = hook(world.buyer, "https://b.example.com/", types=["message.sent"])
    Endpoint.objects.filter(pk=slow.pk).update(is_slow=True)
    order = stories.requested(world)
    with time_machine.travel(NOW, tick=False):
        happened(order, times=20)
        tell()
    assert [row.endpoint_id for row in claimed(NOW, laggards=True)] == [slow.pk]
    assert Counter(row.endpoint_id for row in claimed(NOW)) == {quick.pk: actions.deliveries.AT_ONCE}
    busy = Counter({quick.pk: actions.deliveries.AT_ONCE - 1})
    assert len(actions.claim(room=50, laggards=False, busy=busy, now=NOW)) == 1
    assert actions.claim(room=0, laggards=False, busy=Counter(), now=NOW) == []


def test_endpoints_take_turns_when_there_is_room_for_few(world, hook):
    for n in range(4):
        hook(world.buyer, f"https://a{n}.example.com/", types=["message.sent"])
    order = stories.requested(world)
    with time_machine.travel(NOW, tick=False):
        happened(order, times=5)
        tell()
    rows = actions.claim(room=4, laggards=False, busy=Counter(), now=NOW)
    assert len({row.endpoint_id for row in rows}) == 4


def test_claiming_and_noting_ask_as_much_for_many_as_for_few(world, hook, django_assert_max_num_queries):
    for n in range(4):
        hook(world.buyer, f"https://a{n}.example.com/", types=["message.sent"])
    order = stories.requested(world)
    with time_machine.travel(NOW, tick=False):
        happened(order, times=8)
        tell()
    with django_assert_max_num_queries(
        8
    ):  # savepoint and its end, what is due, its rows, the lease, endpoints, secrets
        rows = claimed(NOW)
    assert len(rows) == 32
    with django_assert_max_num_queries(8):
        actions.note(answers=[(row, OK) for row in rows], now=NOW)
    assert Delivery.objects.filter(state="delivered").count() == 32


def test_as_many_runs_as_are_allowed(monkeypatch, settings):
    ran = []
    monkeypatch.setattr(rounds, "run", lambda alive: ran.append(rounds.run_in_turn()) or 7)
    assert rounds.run_in_turn() == 7 and ran == [0]
    assert cache.get("webhooks:run:0") is None


def test_what_can_not_be_sent_at_all_is_tried_again(waiting, monkeypatch):
    def broken(*args):
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(calling, "call", broken)
    with time_machine.travel(NOW, tick=False):
        assert rounds.run() == 1
    assert "Our engineers" in waiting.deliveries.get().tries.get().problem


# secrets ----------------------------------------------------------------------------------------------------------


def test_after_a_rotation_both_secrets_sign_for_a_day(world, waiting, receiver):
    actions.change(endpoint_id=waiting.pk, url=receiver.url, types=["message.sent"], by=world.buyer, now=NOW)
    actions.rotate(endpoint_id=waiting.pk, by=world.buyer, now=NOW)
    new = actions.reveal(endpoint_id=waiting.pk, by=world.buyer, now=NOW)
    [call] = claimed(NOW + DAY - SECOND)
    assert len(call.keys) == 2 and call.keys[0] == new
    with time_machine.travel(NOW + DAY - SECOND, tick=False):
        headers = rounds._send(call, timezone.now()) and receiver.heard[0][0]
        assert len(headers["webhook-signature"].split(" ")) == 2
        for key in call.keys:
            Webhook(key).verify(call.body, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "A" * 43 + "=").verify(call.body, headers)
    [call] = claimed(NOW + DAY + actions.deliveries.LEASE)
    assert call.keys == (new,)


# by hand ----------------------------------------------------------------------------------------------------------


def test_a_test_goes_once_and_a_replay_keeps_id_and_body(world, waiting):
    answered(OK, NOW)
    made = actions.send_test(endpoint_id=waiting.pk, by=world.buyer, now=NOW)
    with pytest.raises(MovedOn):
        actions.send_test(endpoint_id=waiting.pk, by=world.buyer, now=NOW)
    assert json.loads(made.body)["type"] == "webhook.test"
    with pytest.raises(MovedOn):
        actions.replay(delivery_id=made.pk, by=world.buyer, now=NOW)
    answered(OK, NOW)
    actions.replay(delivery_id=made.pk, by=world.buyer, now=NOW + DAY)
    [call] = answered(OK, NOW + DAY)
    assert (call.message_id, call.body) == (made.message_id, made.body)
    assert made.tries.count() == 2


def test_all_that_failed_since_is_sent_again_from_the_first_attempt_on(world, waiting):
    order = stories.requested(world)
    with time_machine.travel(NOW, tick=False):
        happened(order, times=3)
        tell()
    actions.turn_off(endpoint_id=waiting.pk, by=world.buyer, now=NOW + DAY)
    with pytest.raises(MovedOn):
        actions.replay_failed(endpoint_id=waiting.pk, since=NOW, by=world.buyer, now=NOW + DAY)
    actions.turn_on(endpoint_id=waiting.pk, by=world.buyer, now=NOW + 2 * DAY)
    count = waiting.deliveries.count()
    later = NOW + 2 * DAY
    assert actions.replay_failed(endpoint_id=waiting.pk, since=NOW + DAY + SECOND, by=world.buyer, now=later) == 0
    assert actions.replay_failed(endpoint_id=waiting.pk, since=NOW + DAY, by=world.buyer, now=later) == count > 3
    assert len(answered(OK, later)) > 3


def test_the_log_forgets_what_ended_long_ago_and_nothing_that_waits(waiting):
    answered(BAD, NOW)
    days = timedelta(days=CURRENT.webhook_log_days)
    assert actions.forget(limit=10, now=NOW + days + SECOND) == 0
    answered(OK, NOW + HOUR)
    assert actions.forget(limit=10, now=NOW + days) == 0
    assert actions.forget(limit=10, now=NOW + days + SECOND) == 1
    assert not Attempt.objects.exists()


def test_the_sweeps_run(world, waiting, receiver, monkeypatch):
    hurried = []
    monkeypatch.setattr(tasks.send_webhooks, "apply_async", lambda **how: hurried.append(how))
    actions.change(endpoint_id=waiting.pk, url=receiver.url, types=["message.sent"], by=world.buyer, now=NOW)
    happened(stories.requested(world))
    tasks.tell_what_happened()
    assert len(hurried) == 1
    tasks.send_webhooks()
    tasks.forget_webhooks()
    assert not waiting.deliveries.waiting().exists() and receiver.heard
    assert threading.active_count() < 20
