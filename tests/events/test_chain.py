import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pgtrigger
import pytest
import rfc8785
from django.db import Error, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc8785 import CanonicalizationError

from events import actions, chain
from events.actions import Entry, erase_personal, record, record_firsts, record_many
from events.models import Event, PersonalValue

NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)
ANNA = SimpleNamespace(pk=42)


def tell(subject_id=1, kind="order.placed", **more):
    return record("order", subject_id, kind, now=NOW, **more)


@pytest.mark.django_db
def test_events_are_numbered_and_chained_per_subject():
    first, second, other = tell(by=ANNA, data={"amount_minor": 500}), tell(kind="order.accepted"), tell(2)
    assert [(e.number, e.previous) for e in (first, second, other)] == [(1, ""), (2, first.hash), (1, "")]
    assert (first.actor_id, second.actor_id, first.data) == (42, None, {"amount_minor": 500})
    assert list(Event.objects.about("order", 1)) == [first, second]
    assert chain.verify("order", 1) == chain.verify("order", 2) == list(chain.verify_all()) == []


@pytest.mark.django_db
def test_the_hash_is_the_one_that_anyone_can_compute():
    event = tell(data={"b": 1, "a": "é"})
    said = '{"actor_id":null,"at":"2026-11-23T09:00:00.123456+00:00","data":{"a":"é","b":1},"kind":"order.placed"}'
    digest = hashlib.sha256(said.encode()).hexdigest()
    canonical = f'{{"number":1,"previous":"","said":"{digest}","subject_id":1,"subject_kind":"order"}}'
    assert event.hash == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.django_db
def test_an_event_that_is_withheld_still_shows_its_place_and_what_it_says_cannot_change():
    event = tell(data={"reason": "linked"})
    shown, withheld = json.loads(chain.line(event)), json.loads(chain.line(event, withheld=True))
    assert shown["said"]["data"] == {"reason": "linked"} and "linked" not in str(withheld)
    assert withheld["said"] == hashlib.sha256(chain.canonical(shown["said"])).hexdigest()
    place = {name: withheld[name] for name in ("subject_kind", "subject_id", "number", "previous", "said")}
    assert hashlib.sha256(chain.canonical(place)).hexdigest() == event.hash == withheld["hash"]


@pytest.mark.django_db
def test_the_hash_does_not_depend_on_the_zone_in_which_the_moment_was_written():
    record("order", 1, "x", now=NOW.astimezone(timezone(timedelta(hours=8))))
    assert chain.verify("order", 1) == []


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=5), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@pytest.mark.django_db(transaction=False)
@settings(deadline=None)  # how long PostgreSQL takes is not what is tested
@given(data=st.dictionaries(st.sampled_from(["amount_minor", "reason", "é", "z"]), json_values, max_size=4))
def test_whatever_data_an_event_has_it_verifies_after_the_database_kept_it(data):
    with transaction.atomic():
        tell(data=data)
        assert chain.verify("order", 1) == []
        transaction.set_rollback(True)


@given(data=st.dictionaries(st.text(max_size=4), json_values | st.floats(allow_nan=False, allow_infinity=False)))
def test_canonical_json_is_that_of_the_standard(data):
    assert chain.canonical(data) == rfc8785.dumps(data)


@pytest.mark.django_db
@pytest.mark.parametrize("data", [{"at": NOW}, {"amount": 2**60}, {"ratio": float("nan")}])
def test_data_that_has_no_canonical_form_is_refused(data):
    with pytest.raises(CanonicalizationError):
        tell(data=data)
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_the_callers_data_is_left_as_it_was():
    data = {"amount_minor": 5}
    tell(data=data, personal={"name": "Anna"})
    assert data == {"amount_minor": 5}


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"data": {}}, {"kind": "other"}, {"at": NOW + timedelta(days=1)}, {"hash": "0"}])
def test_the_database_refuses_to_change_an_event(change):
    event = tell(data={"amount_minor": 5})
    with pytest.raises(Error, match="Cannot update or delete"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(**change)
    assert chain.verify("order", 1) == []


@pytest.mark.django_db
def test_the_database_refuses_to_delete_an_event():
    event = tell()
    with pytest.raises(Error, match="Cannot update or delete"), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_a_second_event_of_the_same_number_is_refused():
    first = tell()
    with pytest.raises(IntegrityError, match="event_number_once"), transaction.atomic():
        Event.objects.create(subject_kind="order", subject_id=1, number=1, kind="fork", at=NOW, hash=first.hash)


@pytest.mark.django_db
def test_an_unknown_kind_of_subject_is_refused():
    with pytest.raises(IntegrityError, match="event_subject_known"), transaction.atomic():
        record("planet", 1, "x", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_an_event_is_recorded_only_inside_the_transaction_of_a_change():
    with pytest.raises(TransactionManagementError):
        tell()
    assert not Event.objects.exists()


def _tamper(sql):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql, sentence",
    [
        ("UPDATE events_event SET data = '{\"amount_minor\": 9}' WHERE number = 2", "event 2 is not what was hashed"),
        ("UPDATE events_event SET actor_id = 7 WHERE number = 1", "event 1 is not what was hashed"),
        ("UPDATE events_event SET at = at + interval '1 us' WHERE number = 3", "event 3 is not what was hashed"),
        ("DELETE FROM events_event WHERE number = 2", "event 3 follows event 1"),
        ("UPDATE events_event SET previous = hash WHERE number = 2", "does not chain to the event before it"),
        ("DELETE FROM events_event WHERE number = 1", "event 2 follows event 0"),
    ],
)
def test_tampering_with_any_event_shows(sql, sentence):
    for number in range(3):
        tell(data={"amount_minor": number})
    _tamper(sql)
    assert any(sentence in problem for problem in chain.verify("order", 1))
    assert all(subject[:2] == ("order", 1) for subject in chain.verify_all())


@pytest.mark.django_db
def test_personal_values_lie_beside_the_event_and_can_be_erased():
    event = tell(data={"amount_minor": 5}, personal={"name": "Anna Berg", "phone": "+46 70"})
    assert "Anna" not in str(event.data)
    assert set(event.data) == {"amount_minor", "commitment"}
    assert event.personal.values == {"name": "Anna Berg", "phone": "+46 70"}
    assert chain.verify("order", 1) == []
    assert erase_personal(event_id=event.pk) is True
    assert erase_personal(event_id=event.pk) is False
    assert chain.verify("order", 1) == []


@pytest.mark.django_db
def test_changed_personal_values_show():
    event = tell(personal={"name": "Anna Berg"})
    PersonalValue.objects.filter(event=event).update(values={"name": "Eve"})
    assert chain.verify("order", 1) == ["the personal values of event 1 are not those that were committed to"]


@pytest.mark.django_db
def test_equal_personal_values_have_different_commitments():
    first, second = tell(personal={"name": "Anna"}), tell(personal={"name": "Anna"})
    assert first.data["commitment"] != second.data["commitment"]


@pytest.mark.django_db
def test_recording_many_gives_the_same_chains_in_few_queries(django_assert_num_queries):
    tell(1)
    entries = [Entry("order", subject, kind, NOW) for kind in ("a", "b") for subject in range(1, 21)]
    entries.append(Entry("supplier", 1, "c", NOW, personal={"name": "Anna"}))
    with django_assert_num_queries(4):  # heads of orders, heads of suppliers, events, personal values
        record_many(entries)
    assert [event.number for event in Event.objects.about("order", 1)] == [1, 2, 3]
    assert [event.kind for event in Event.objects.about("order", 2)] == ["a", "b"]
    assert Event.objects.count() == 42
    assert list(chain.verify_all(batch=7)) == []
    assert record_many([]) == []


@pytest.mark.django_db
def test_the_first_events_of_many_subjects_are_those_that_one_by_one_would_be(django_assert_num_queries):
    words = {"why": "a\tb\nc\\d \\N é \U0001f600 \x7f", "minor": 5}
    with transaction.atomic(), django_assert_num_queries(1):
        record_firsts([Entry("order", subject, "a", NOW, ANNA, words) for subject in range(1, 6)])
    one = tell(9, "a", by=ANNA, data=words)
    first = Event.objects.about("order", 3).get()
    assert (first.number, first.previous, first.actor_id, first.data) == (1, "", 42, one.data)
    assert list(chain.verify_all()) == []
    with pytest.raises(IntegrityError, match="event_number_once"), transaction.atomic():
        record_firsts([Entry("order", 3, "b", NOW)])
    with pytest.raises(ValueError):
        record_firsts([Entry("order", 30, "b", NOW, personal={"name": "Anna"})])


@pytest.mark.django_db
def test_recording_one_event_takes_two_queries(django_assert_num_queries):
    tell()
    with django_assert_num_queries(2):
        tell()


@pytest.mark.django_db
def test_verifying_a_chain_takes_one_query(django_assert_num_queries):
    for _ in range(5):
        tell(personal={"name": "Anna"})
    with django_assert_num_queries(1):
        assert chain.verify("order", 1) == []


@pytest.mark.django_db
def test_events_that_were_hashed_before_the_hash_had_two_parts_still_verify(monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(actions, "event_hash", chain._flat_hash)
        first = record("order", 1, "contract.sent", now=NOW, data={"version": 1}, personal={"because": "x"})
    record("order", 1, "contract.accepted", now=NOW, data={"version": 1})

    assert chain.verify("order", 1) == []
    assert json.loads(chain.line(first, withheld=True))["said"] == ""  # nothing of it can stand in its place
    with pgtrigger.ignore("events.Event:event_append_only"):
        Event.objects.filter(pk=first.pk).update(data=first.data | {"version": 2})
    assert chain.verify("order", 1) == ["event 1 is not what was hashed"]
