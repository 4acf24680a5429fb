"""Deliveries: claimed for a worker, noted when they were answered, sent again, forgotten after their days."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from notifications.webhooks import catalogue, payloads, schedule, signing
from notifications.webhooks.actions.endpoints import disable, is_failing_too_long, locked_for
from notifications.webhooks.calling import GONE, Answer
from notifications.webhooks.models import Attempt, Delivery, Endpoint
from trade_assurance.refused import MovedOn
from trade_assurance.rulebook import CURRENT

LEASE = timedelta(seconds=90)  # longer than a call can take, name look-up included; after it the row is due again
AT_ONCE = 8  # calls of one endpoint at a time
S = Delivery.State

# Rows that are due, a few of each endpoint and the endpoints in turn: it leaps from endpoint to endpoint along the
# index, so what waits for one costs the others nothing.
DUE = """
WITH RECURSIVE told AS (
    (SELECT endpoint_id FROM notifications_delivery WHERE state = 'waiting' ORDER BY endpoint_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.endpoint_id FROM notifications_delivery d
            WHERE d.state = 'waiting' AND d.endpoint_id > h.endpoint_id ORDER BY d.endpoint_id LIMIT 1)
    FROM told h WHERE h.endpoint_id IS NOT NULL
)
SELECT due.id, e.id
FROM told h
JOIN notifications_endpoint e ON e.id = h.endpoint_id
CROSS JOIN LATERAL (
    SELECT d.id, row_number() OVER (ORDER BY d.next_at, d.id) AS turn FROM (
        SELECT id, next_at FROM notifications_delivery
        WHERE endpoint_id = e.id AND state = 'waiting' AND next_at <= %(now)s ORDER BY next_at, id LIMIT %(each)s
    ) d
) due
WHERE (e.failing_since_at IS NOT NULL OR e.is_slow) = %(laggards)s AND e.id <> ALL(%(full)s::bigint[])
ORDER BY due.turn, e.id LIMIT %(room)s
"""


@dataclass(frozen=True)
class Claimed:
    """A delivery that this worker sends: where to, what, signed with which secrets, and until when it is ours."""

    delivery_id: int
    endpoint_id: int
    url: str
    message_id: str
    body: str
    keys: tuple[str, ...]
    leased_until: datetime
    is_laggard: bool


@transaction.atomic
@sensitive_variables()
def claim(*, room: int, laggards: bool, busy: Counter, now: datetime) -> list[Claimed]:
    """Take at most `room` due deliveries for this worker, by a lease; `busy` counts its calls of each endpoint now.

    Endpoints that fail or are slow are `laggards`: they are asked for apart, one call of each at a time, so that they
    hold up no other.
    """
    each = 1 if laggards else AT_ONCE
    full = [endpoint_id for endpoint_id, calls in busy.items() if calls >= each]
    if room <= 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": now, "each": each, "laggards": laggards, "full": full, "room": room})
        found = cursor.fetchall()
    free = {endpoint_id: each - busy[endpoint_id] for _unused, endpoint_id in found}
    chosen = []
    for delivery_id, endpoint_id in found:
        if free[endpoint_id] > 0:
            free[endpoint_id] -= 1
            chosen.append(delivery_id)
    if not chosen:
        return []
    due = Delivery.objects.waiting().filter(pk__in=chosen, next_at__lte=now)
    rows = list(due.select_for_update(skip_locked=True).order_by("id"))
    until = now + LEASE
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(next_at=until)
    endpoints = Endpoint.objects.prefetch_related("secrets").in_bulk({row.endpoint_id for row in rows})
    keys = {pk: _keys(endpoint, now) for pk, endpoint in endpoints.items()}
    return [
        Claimed(
            row.pk,
            row.endpoint_id,
            endpoints[row.endpoint_id].url,
            row.message_id,
            row.body,
            keys[row.endpoint_id],
            until,
            laggards,
        )
        for row in rows
    ]


@sensitive_variables()
def _keys(endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
    """The secrets that sign now, the newest first."""
    signing_now = [one for one in endpoint.secrets.all() if one.ends_at is None or one.ends_at > now]
    signing_now.sort(key=lambda one: -one.pk)
    return tuple(signing.unseal(one.sealed, endpoint.pk) for one in signing_now)


def note(*, answers: Iterable[tuple[Claimed, Answer]], now: datetime) -> None:
    """Write down what was answered: delivered, tried again later, or given up; then turn off what is gone or failing.

    An answer that comes after its lease still counts when it is a success, and never moves a row that is another
    worker's by now.
    """
    for endpoint_id, because in _note(list(answers), now):
        try:
            disable(endpoint_id=endpoint_id, because=because, now=now)
        except MovedOn:
            continue


@transaction.atomic
def _note(answers: list[tuple[Claimed, Answer]], now: datetime) -> list[tuple[int, str]]:
    ids = {claimed.endpoint_id for claimed, _unused in answers}
    endpoints = {e.pk: e for e in Endpoint.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("id")}
    pks = [claimed.delivery_id for claimed, _unused in answers]
    found = Delivery.objects.filter(pk__in=pks).defer("body").select_for_update().order_by("id")
    rows = {row.pk: row for row in found}
    tries, delivered, later = [], [], []
    for claimed, answer in answers:
        row = rows.get(claimed.delivery_id)
        if row is None:  # forgotten meanwhile
            continue
        row.attempts += 1
        tries.append(_attempt(row, answer, now))
        if row.state != S.WAITING:
            later.append(row)
        elif answer.is_delivered:
            row.state = S.DELIVERED
            delivered.append(row)
        else:
            if row.next_at == claimed.leased_until:
                _put_off(row, answer, now)
            later.append(row)
    Attempt.objects.bulk_create(tries)
    if delivered:
        _save_delivered(delivered, now)
    Delivery.objects.bulk_update(later, ["state", "attempts", "round_attempts", "next_at", "ended_at"])
    return _follow(endpoints, answers, now)


def _attempt(row: Delivery, answer: Answer, now: datetime) -> Attempt:
    return Attempt(
        delivery=row,
        number=row.attempts,
        at=now - timedelta(milliseconds=answer.took_ms),
        took_ms=answer.took_ms,
        status=answer.status,
        problem=answer.problem[:200],
        answer=answer.text,
    )


def _put_off(row: Delivery, answer: Answer, now: datetime) -> None:
    row.round_attempts += 1
    asked = schedule.asked_wait(answer.retry_after, now=now)
    row.next_at = schedule.next_at(made=row.round_attempts, asked=asked, now=now)
    if row.next_at is None or answer.status == GONE:
        row.state, row.next_at, row.ended_at = S.FAILED, None, now


def _save_delivered(rows: list[Delivery], now: datetime) -> None:
    """In one statement for each number of attempts, which is the same for nearly all."""
    by_attempts: dict[int, list[int]] = {}
    for row in rows:
        by_attempts.setdefault(row.attempts, []).append(row.pk)
    for attempts, pks in by_attempts.items():
        Delivery.objects.filter(pk__in=pks).update(state=S.DELIVERED, attempts=attempts, next_at=None, ended_at=now)


def _follow(endpoints: dict[int, Endpoint], answers, now: datetime) -> list[tuple[int, str]]:
    """Note on each endpoint whether it fails and whether it is slow; gives those to turn off, and why."""
    off = {}
    before = {pk: (one.failing_since_at, one.is_slow) for pk, one in endpoints.items()}
    for claimed, answer in answers:
        endpoint = endpoints[claimed.endpoint_id]
        endpoint.is_slow = answer.is_slow
        if answer.is_delivered:
            endpoint.failing_since_at = None
            continue
        endpoint.failing_since_at = endpoint.failing_since_at or now
        if answer.status == GONE:
            off[endpoint.pk] = Endpoint.Off.GONE
    for pk, endpoint in endpoints.items():
        if before[pk] != (endpoint.failing_since_at, endpoint.is_slow):
            endpoint.save(update_fields=["failing_since_at", "is_slow"])
        if is_failing_too_long(endpoint, now):
            off.setdefault(pk, Endpoint.Off.FAILING)
    return list(off.items())


# by hand ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def send_test(*, endpoint_id: int, by: User, now: datetime) -> Delivery:
    """Send a message of the kind `webhook.test`. Raises NotAllowed, and MovedOn when it is off or one is on its way."""
    endpoint = _on(endpoint_id, by)
    if endpoint.deliveries.waiting().filter(type=catalogue.TEST).exists():
        raise MovedOn(_("A test is on its way already. Its attempts are in the log."))
    return Delivery.objects.create(
        endpoint=endpoint,
        type=catalogue.TEST,
        body=payloads.test_body(endpoint, now),
        made_at=now,
        next_at=now,
        round_at=now,
    )


@transaction.atomic
def replay(*, delivery_id: int, by: User, now: datetime) -> Delivery:
    """Send a message again, from the first attempt on, with the same id and body. Raises NotAllowed, MovedOn."""
    endpoint = _on(Delivery.objects.values_list("endpoint_id", flat=True).get(pk=delivery_id), by)
    row = endpoint.deliveries.select_for_update().get(pk=delivery_id)
    if row.state == S.WAITING:
        raise MovedOn(_("It is on its way already."))
    row.state, row.next_at, row.round_at, row.round_attempts, row.ended_at = S.WAITING, now, now, 0, None
    row.save()
    return row


@transaction.atomic
def replay_failed(*, endpoint_id: int, since: datetime, by: User, now: datetime) -> int:
    """Send everything again that failed since then; gives how many messages. Raises NotAllowed, MovedOn."""
    endpoint = _on(endpoint_id, by)
    rows = endpoint.deliveries.failed().filter(ended_at__gte=since)
    return rows.update(state=S.WAITING, next_at=now, round_at=now, round_attempts=0, ended_at=None)


def _on(endpoint_id: int, by: User) -> Endpoint:
    endpoint = locked_for(endpoint_id, by)
    if not endpoint.is_on:
        raise MovedOn(_("This webhook is off. Turn it on first."))
    return endpoint


@transaction.atomic
def forget(*, limit: int, now: datetime) -> int:
    """Delete the oldest messages that are past the days of the log; gives how many. What still waits stays."""
    before = now - timedelta(days=CURRENT.webhook_log_days)
    old = Delivery.objects.exclude(state=S.WAITING).filter(made_at__lt=before).order_by("made_at")
    pks = list(old.select_for_update(skip_locked=True).values_list("id", flat=True)[:limit])
    Attempt.objects.filter(delivery__in=pks).delete()
    Delivery.objects.filter(pk__in=pks).delete()
    return len(pks)
