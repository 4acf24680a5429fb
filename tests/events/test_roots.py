import hashlib
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import Error, connection, transaction

from events import merkle, roots
from events.actions import Entry, erase_personal, publish_root, record, record_many
from events.models import Event, Root, RootEntry

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def tell(subject_id=1, kind="order.placed", **more):
    with transaction.atomic():
        return record("order", subject_id, kind, now=NOW, **more)


def climbed(found):
    return merkle.climb(merkle.leaf(bytes.fromhex(found.event.hash)), found.steps)


def test_the_tree_is_that_of_the_standard():
    """RFC 9162 §2.1.1: for five leaves the root is node(node(node(a, b), node(c, d)), e)."""
    a, b, c, d, e = (merkle.leaf(bytes([n])) for n in range(5))
    assert a == hashlib.sha256(b"\x00\x00").digest()

    def node(left, right):
        return hashlib.sha256(b"\x01" + left + right).digest()

    assert merkle.root([a, b, c, d, e]) == node(node(node(a, b), node(c, d)), e).hex()
    assert merkle.root([a]) == a.hex()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 100])
def test_each_leaf_has_a_proof_and_no_other_leaf_fits_it(count):
    tree = [merkle.leaf(bytes([n])) for n in range(count)]
    root = merkle.root(tree)
    for at, leaf in enumerate(tree):
        steps = merkle.proof(tree, at)
        assert merkle.climb(leaf, steps) == root
        assert merkle.climb(merkle.leaf(b"other"), steps) != root


@pytest.mark.django_db
def test_a_root_holds_the_head_of_every_chain_and_names_the_root_before_it():
    tell(1), tell(1), tell(2)
    first = publish_root(now=NOW)
    assert (first.number, first.previous, first.chains) == (1, "", 2)
    head = tell(2)
    second = publish_root(now=NOW + DAY)
    assert (second.number, second.previous, second.chains) == (2, first.root, 1)
    assert list(roots.problems()) == []
    one, two = roots.inclusion("order", 1), roots.inclusion("order", 2)
    assert (one.root, one.event.number, climbed(one)) == (first, 2, first.root)
    assert (two.root, two.event, climbed(two)) == (second, head, second.root)
    assert roots.inclusion("order", 3) is None


@pytest.mark.django_db
def test_a_day_has_one_root_and_a_quiet_day_has_one_too():
    tell()
    first = publish_root(now=NOW)
    tell(2)
    assert publish_root(now=NOW + timedelta(hours=3)) == first
    assert publish_root(now=NOW + DAY).chains == 1
    quiet = publish_root(now=NOW + 2 * DAY)
    assert quiet.chains == 0
    assert len(set(Root.objects.values_list("root", flat=True))) == 3
    assert list(roots.problems()) == []


@pytest.mark.django_db
def test_erasing_personal_values_changes_no_root():
    event = tell(personal={"name": "Anna"})
    root = publish_root(now=NOW)
    erase_personal(event_id=event.pk)
    assert roots.recomputed(root) == root.root


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE events_event SET data = '{\"amount_minor\": 9}' WHERE number = 2",
        "UPDATE events_event SET actor_id = 7 WHERE number = 2",
        "DELETE FROM events_rootentry WHERE id = (SELECT MIN(id) FROM events_rootentry)",
        "UPDATE events_root SET previous = root WHERE number = 2",
    ],
)
def test_a_root_no_longer_follows_from_what_was_changed_behind_the_databases_back(sql):
    tell(1), tell(1), tell(2)
    publish_root(now=NOW)
    publish_root(now=NOW + DAY)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert list(roots.problems())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda: Root.objects.update(root="0" * 64),
        lambda: Root.objects.filter(number=1).delete(),
        lambda: RootEntry.objects.update(event_id=1),
        lambda: RootEntry.objects.all().delete(),
    ],
)
def test_the_database_refuses_to_change_a_published_root(change):
    tell()
    publish_root(now=NOW)
    with pytest.raises(Error), transaction.atomic():
        change()
    assert list(roots.problems()) == []


@pytest.mark.django_db
def test_a_restored_database_gives_the_same_roots():
    """Ids may differ after a restore: a root follows from subjects, numbers and hashes alone."""
    with transaction.atomic():
        record_many([Entry("order", n, kind, NOW) for n in (3, 1, 2) for kind in ("a", "b")])
    root = publish_root(now=NOW)
    kept = list(Event.objects.order_by("-subject_id", "number").values())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in ("events_rootentry", "events_root", "events_untold", "events_event"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("SET LOCAL session_replication_role = origin")
    Event.objects.bulk_create(Event(**row | {"id": row["id"] + 1_000}) for row in kept)
    assert publish_root(now=NOW + DAY).root == root.root


@pytest.mark.django_db(transaction=True)
def test_two_that_publish_at_once_publish_one():
    tell(1), tell(2)
    found, start = [], threading.Barrier(2)

    def publish():
        start.wait()
        try:
            found.append(publish_root(now=NOW).root)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(found) == 2 and len(set(found)) == Root.objects.count() == 1
    assert RootEntry.objects.count() == 2


@pytest.mark.django_db
def test_publishing_takes_the_same_few_queries_however_many_chains(django_assert_max_num_queries):
    for size in (3, 40):
        for n in range(size):
            tell(size * 100 + n)
        with django_assert_max_num_queries(8):
            publish_root(now=NOW + size * DAY)
