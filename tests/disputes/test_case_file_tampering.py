"""Whatever is done to a case file, the verifier finds it; what it cannot know, our page does."""

import copy
import json
import random
import uuid

import pytest

from disputes.casefile import verify
from events import chain
from events.actions import publish_root
from tests import cases
from tests.disputes import casefiles
from tests.disputes.casefiles import chained, events_of, is_withheld, listed, made, with_events, wrong, zipped
from tests.stories import DAY, NOW

LATER = NOW + 60 * DAY


@pytest.fixture
def files(world, settings, tmp_path):
    """The buyer's case file of a case with evidence, after the root of the night."""
    settings.MEDIA_ROOT = tmp_path
    dispute = cases.claimed(world)
    for by in (world.buyer, world.seller):
        casefiles.prove(dispute, by, uuid.uuid4(), now=cases.FILED + DAY)
    casefiles.write(dispute.order, world.buyer, "Look at the photos", uuid.uuid4(), cases.FILED + DAY)
    publish_root(now=LATER)
    found = made(dispute.order, world.buyer, LATER)
    assert wrong(found) == []
    return found


def test_one_byte_changed_in_any_file_is_found(files):
    """In every file, at its beginning, its end and somewhere between; of the signature our page has the say."""
    dice = random.Random(20261123)
    for name, content in files.items():
        if name == "manifest.sig" or not content:
            continue
        for at in {0, len(content) - 1, dice.randrange(len(content))}:
            changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            assert wrong(files | {name: changed}), f"{name}, byte {at}"


def test_a_file_that_was_removed_added_or_put_in_twice_is_found(files):
    for name in files:
        if name not in ("manifest.json", "manifest.sig"):
            less = {each: content for each, content in files.items() if each != name}
            assert f"{name} was removed." in wrong(less)
    assert "private/evidence/extra.pdf was added." in wrong(files | {"private/evidence/extra.pdf": b"x"})
    twice = [*files.items(), ("private/order.json", b"{}")]
    with pytest.warns(UserWarning, match="Duplicate name"):
        box = zipped(twice)
    assert "private/order.json is there 2 times." in verify.check(box).wrong


def test_an_event_that_was_changed_is_found_although_the_list_was_made_anew(files):
    for at in range(len(events_of(files))):
        events = events_of(files)
        said = events[at]["said"]
        if isinstance(said, str):
            events[at]["said"] = said[:-1] + ("0" if said[-1] != "0" else "1")
        else:
            said["data"]["amount"] = 1
        found = wrong(with_events(files, events))
        assert f"Event {at + 1} was changed." in found


@pytest.mark.parametrize("field, value", [("kind", "x.y"), ("at", "2020-01-01T00:00:00.000000+00:00"), ("actor_id", 9)])
def test_who_when_and_what_of_an_event_are_fixed(files, field, value):
    events = events_of(files)
    events[0]["said"][field] = value
    assert any("Event 1" in said for said in wrong(with_events(files, events)))


def test_an_event_that_was_removed_is_found_wherever_it_stood(files):
    for at in range(len(events_of(files))):
        events = events_of(files)
        del events[at]
        assert wrong(with_events(files, events)), at + 1


def test_events_in_another_order_are_found(files):
    events = events_of(files)
    for at in range(len(events) - 1):
        moved = copy.deepcopy(events)
        moved[at], moved[at + 1] = moved[at + 1], moved[at]
        assert any("follows" in said for said in wrong(with_events(files, moved)))


def test_an_event_that_was_added_is_found_wherever_it_is_put(files):
    events = events_of(files)
    for at in range(len(events) + 1):
        added = copy.deepcopy(events)
        added.insert(at, events[0] | {"number": at + 1})
        assert wrong(with_events(files, added)), at + 1


@pytest.mark.parametrize("meddle", ["change", "remove", "reorder", "add"])
def test_a_chain_that_was_made_anew_no_longer_leads_to_the_published_root(files, meddle):
    """Every hash computed again, the list too: against that stands the root, which is not in the meddler's hands."""
    events = events_of(files)
    shown = [event for event in events if not is_withheld(event)]
    if meddle == "change":
        shown[0]["said"]["data"] = {"changed": True}  # an event that is withheld follows
    elif meddle == "remove":
        del events[-1]
    elif meddle == "reorder":
        events.remove(shown[3])
        events.insert(events.index(shown[2]), shown[3])
    else:
        events.append(events[0])
    anew = chained(events)
    meddled = listed(with_events(files, anew), events=len(anew), head=anew[-1]["hash"])
    if meddle == "add":  # what happens after the night is fixed by the next root, and known to our page alone
        assert json.loads(files["public/root.json"])["event"] == len(anew) - 1
        return
    assert any("does not lead" in said for said in wrong(meddled))
    root = json.loads(files["public/root.json"])
    own = {"event": len(anew), "head": anew[-1]["hash"], "steps": [], "day": root["day"]}
    leaf = verify.hashlib.sha256(b"\x00" + bytes.fromhex(anew[-1]["hash"])).hexdigest()
    forged = listed(meddled | {"public/root.json": json.dumps(own | {"root": leaf}).encode()})
    forged = listed(forged, events=len(anew), head=anew[-1]["hash"])
    assert verify.check(zipped(forged)).facts["root"] != root["root"]


@pytest.mark.parametrize("name", ["contract/version-1.json", "evidence", "personal.jsonl"])
def test_what_an_event_names_cannot_be_swapped_although_the_list_was_made_anew(files, name):
    [path] = [each for each in files if each.startswith(f"private/{name}")][:1]
    content = files[path]
    swapped = content.replace(b"a", b"e", 1) if b"a" in content else content + b"x"
    assert wrong(listed(files | {path: swapped}))


def test_evidence_that_no_event_names_is_found_although_the_list_was_made_anew(files):
    [first, *_] = [name for name in files if name.startswith("private/evidence/")]
    extra = first.replace("001.", "009.")
    assert f"{extra} is named by no event." in wrong(listed(files | {extra: b"forged"}))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [*rows[:1], *rows[2:]],
        lambda rows: [*rows, rows[-1]],
        lambda rows: [rows[0], rows[1].replace(b"escrow", b"bank"), *rows[2:]],
        lambda rows: [rows[0], rows[1].replace(b"000.00,", b"999.00,"), *rows[2:]],
        lambda rows: rows[:-1],
    ],
)
def test_a_ledger_that_does_not_add_up_is_found_although_the_list_was_made_anew(files, change):
    rows = change(files["public/ledger.csv"].splitlines(keepends=True))
    assert any("ledger" in said for said in wrong(listed(files | {"public/ledger.csv": b"".join(rows)})))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"files": 1}', b"\xff\xfe", b'{"files": [{}]}', b"[" * 5000, b'{"order": 1e999}'],
)
def test_a_list_that_is_none_is_said_and_breaks_nothing(files, content):
    assert wrong(files | {"manifest.json": content})


@pytest.mark.parametrize("content", [b"", b"x", b"{}\n", b'{"number": "1"}\n', b'{"number": 1.5, "previous": ""}\n'])
def test_events_that_are_none_are_said_and_break_nothing(files, content):
    assert wrong(listed(files | {"public/events.jsonl": content}))


def test_what_is_no_case_file_is_said_to_be_none():
    assert wrong({"a.txt": b"x"}) == ["This is no case file: it has no manifest.json."]
    assert verify.check(zipped({}) and verify.io.BytesIO(b"no zip")).wrong


def test_events_of_the_first_kind_of_hash_hold_and_a_change_of_them_is_found(world, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    with monkeypatch.context() as before:
        before.setattr("events.actions.event_hash", chain._flat_hash)
        dispute = cases.claimed(world)
    casefiles.write(dispute.order, world.buyer, "Look at the photos", uuid.uuid4(), cases.FILED + DAY)
    files = made(dispute.order, world.buyer, LATER)

    assert wrong(files) == []
    events = events_of(files)
    at = next(at for at, event in enumerate(events) if not is_withheld(event))
    events[at]["said"]["kind"] = "order.cancelled"
    assert any("was changed" in sentence for sentence in wrong(listed(with_events(files, events))))
