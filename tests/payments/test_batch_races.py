"""Two at a payment file at once: one effect, a sentence for the other; a death at any point leaves one effect."""

import pytest

from ledger import chart
from ledger.actions import balance
from payments import actions
from payments.actions import batching as files
from payments.gateways import Outcome
from payments.models import BankEntry, PayoutBatch
from tests import stories
from tests.orders.test_races import at_once
from tests.payments import batching
from tests.payments.batching import PAID_AT, account, finance, owed_to_supplier
from tests.payments.test_statement_debits import OWN, summed, told
from trade_assurance.refused import MovedOn, Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waits(transactional_db, settings, tmp_path):
    """A payout of USD 7,000 that waits for a file."""
    settings.MEDIA_ROOT = tmp_path
    batching.use_files(settings)
    assert settings.PAYING_ACCOUNTS["USD"]["iban"] == OWN
    world = stories.build_world()
    account(world)
    owed_to_supplier(world)
    return batching.payout(world)


@pytest.fixture
def people(waits):
    return [finance(name) for name in ("ann", "bob", "cleo")]


def made(by):
    return actions.make_batch(currency="USD", by=by, now=PAID_AT)


def release(batch, by):
    return actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=by, now=PAID_AT)


def losers(found):
    return [one for one in found if isinstance(one, Exception)]


def test_two_files_made_at_once_hold_each_transfer_once(waits, people):
    found = at_once(*[lambda who=who: made(who) for who in people])
    assert len(losers(found)) == 2 and all(isinstance(one, MovedOn) for one in losers(found)), found
    assert waits.batch_items.filter(is_dropped=False).count() == 1
    assert PayoutBatch.objects.count() == 1


def test_two_who_release_at_once_are_one_release(waits, people):
    ann, bob, cleo = people
    batch = made(ann)
    found = at_once(lambda: release(batch, bob), lambda: release(batch, cleo))
    assert len(losers(found)) == 1 and isinstance(losers(found)[0], MovedOn)
    batch.refresh_from_db()
    assert batch.state == "released" and batch.released_by in (bob, cleo)


def test_release_and_drop_at_once_leave_one_or_the_other_and_nothing_sent(waits, people):
    ann, bob, _ = people
    batch = made(ann)
    found = at_once(
        lambda: release(batch, bob),
        lambda: actions.drop_batch(batch_id=batch.id, because="wrong", by=ann, now=PAID_AT),
    )
    batch.refresh_from_db()
    assert batch.state == "dropped"  # a released file may still be dropped, so dropping always ends it
    assert all(isinstance(one, MovedOn) for one in losers(found)), found
    with pytest.raises(MovedOn):
        actions.take_file(batch_id=batch.id, by=bob, now=PAID_AT)
    waits.refresh_from_db()
    assert waits.status == "sending" and made(ann).count == 1


def test_taking_and_dropping_a_released_file_at_once_have_one_winner(waits, people):
    ann, bob, _ = people
    batch = release(made(ann), bob)
    found = at_once(
        lambda: actions.take_file(batch_id=batch.id, by=bob, now=PAID_AT),
        lambda: actions.drop_batch(batch_id=batch.id, because="wrong", by=ann, now=PAID_AT),
    )
    assert len(losers(found)) == 1 and isinstance(losers(found)[0], MovedOn), found
    batch.refresh_from_db()
    waits.refresh_from_db()
    assert (batch.state, waits.status) in (("sent", "sent"), ("dropped", "sending"))


def test_taking_a_file_while_its_transfer_ends_otherwise_has_one_winner(waits, people):
    ann, bob, _ = people
    batch = release(made(ann), bob)
    found = at_once(
        lambda: actions.take_file(batch_id=batch.id, by=bob, now=PAID_AT),
        lambda: actions.record_payout(payout_id=waits.id, outcome=Outcome("failed", why="told so"), now=PAID_AT),
    )
    waits.refresh_from_db()
    assert waits.status == "failed"
    assert all(isinstance(one, Refused) for one in losers(found)), found
    assert balance(chart.supplier_payable(waits.supplier_id, "USD")) == -7_000_00


def test_the_banks_line_and_staff_confirm_a_file_at_once_and_it_leaves_once(waits, people):
    ann, bob, _ = people
    batch = actions.take_file(batch_id=release(made(ann), bob).id, by=bob, now=PAID_AT)
    had = balance(chart.bank("USD"))
    found = at_once(
        lambda: told(summed(batch, "7000.00")),
        lambda: told(summed(batch, "7000.00"), kind="054", number="n"),
        lambda: actions.confirm_batch(batch_id=batch.id, by=bob, now=PAID_AT),
    )
    assert all(isinstance(one, MovedOn) for one in losers(found)), found
    batch.refresh_from_db()
    assert batch.state == "confirmed" and had - balance(chart.bank("USD")) == 7_000_00
    assert BankEntry.objects.filter(direction="debit", status="ours").count() == 1


# deaths -----------------------------------------------------------------------------------------------------------


class Died(BaseException):
    """The process ended here."""


def die(*_, **__):
    raise Died


@pytest.mark.parametrize("point", ["_still_right", "_note", "after"])
def test_a_death_while_the_file_is_taken_hands_it_out_once(waits, people, monkeypatch, point):
    ann, bob, _ = people
    batch = release(made(ann), bob)
    with monkeypatch.context() as broken:
        if point == "after":  # the transaction is committed, the answer never came
            actions.take_file(batch_id=batch.id, by=bob, now=PAID_AT)
        else:
            broken.setattr(files, point, die)
            with pytest.raises(Died):
                actions.take_file(batch_id=batch.id, by=bob, now=PAID_AT)
            waits.refresh_from_db()
            batch.refresh_from_db()
            assert (batch.state, waits.status) == ("released", "sending")
    again = actions.take_file(batch_id=batch.id, by=bob, now=PAID_AT)
    waits.refresh_from_db()
    assert (again.state, waits.status, bytes(again.file)) == ("sent", "sent", bytes(batch.file))
    assert actions.push_payout(payout_id=waits.id, now=PAID_AT).status == "sent"


@pytest.mark.parametrize("action", ["make", "release", "drop"])
def test_a_death_before_the_commit_of_a_step_leaves_the_step_undone(waits, people, monkeypatch, action):
    ann, bob, _ = people
    batch = None if action == "make" else made(ann)
    step = {
        "make": lambda: made(ann),
        "release": lambda: release(batch, bob),
        "drop": lambda: actions.drop_batch(batch_id=batch.id, because="wrong", by=ann, now=PAID_AT),
    }[action]
    with monkeypatch.context() as broken:
        broken.setattr(files, "_note", die)
        with pytest.raises(Died):
            step()
    assert [one.state for one in PayoutBatch.objects.all()] == ([] if action == "make" else ["made"])
    assert step().state == {"make": "made", "release": "released", "drop": "dropped"}[action]


@pytest.mark.parametrize("point", ["batching.end_batch", "keep"])
def test_a_death_inside_the_confirming_of_a_whole_file_confirms_none_or_all(waits, people, monkeypatch, point):
    ann, bob, _ = people
    batch = actions.take_file(batch_id=release(made(ann), bob).id, by=bob, now=PAID_AT)
    had = balance(chart.bank("USD"))
    with monkeypatch.context() as broken:
        broken.setattr(f"payments.actions.debiting.{point}", die)
        with pytest.raises(Died):
            told(summed(batch, "7000.00"))
    waits.refresh_from_db()
    assert waits.status == "sent" and balance(chart.bank("USD")) == had
    assert told(summed(batch, "7000.00")).ours == 1
    batch.refresh_from_db()
    assert batch.state == "confirmed" and had - balance(chart.bank("USD")) == 7_000_00
