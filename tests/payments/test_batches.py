"""Payment files: two persons, one hash, accounts that count, and nothing sent twice (Rulebook 22; I7)."""

import hashlib

import pytest
from django.db import DatabaseError, connection, transaction

from ledger import chart
from ledger.actions import balance
from ledger.models import ProofRun
from payments import actions
from payments.gateways import Outcome
from payments.models import BatchItem, PayoutBatch, Refund
from payments.waiting import waiting
from suppliers import actions as supplier_actions
from tests import stories
from tests.payments import batching
from tests.payments.batching import HONG_KONG, LAMPS, PAID_AT, account, finance, known, owed_to_supplier
from tests.payments.conftest import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn, NotAllowed, Refused


@pytest.fixture
def maker(world, settings):
    batching.use_files(settings)
    return finance()


@pytest.fixture
def checker(maker):
    return finance("checker")


@pytest.fixture
def waits(world, maker):
    """A payout of USD 7,000 that waits for a file."""
    account(world)
    owed_to_supplier(world)
    return batching.payout(world)


def bank_minor():
    return balance(chart.bank("USD"))


def test_a_payout_leaves_in_a_file_and_the_statement_confirms_it(world, maker, checker, waits):
    assert (waits.status, waits.why) == ("sending", "Waits for the next payment file.")
    had = bank_minor()
    batch = actions.make_batch(currency="USD", by=maker, now=PAID_AT)
    assert (batch.count, batch.total_minor, batch.state) == (1, 7_000_00, "made")
    batch = actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=checker, now=PAID_AT)
    assert actions.push_payout(payout_id=waits.id, now=PAID_AT).status == "sending"
    batch = actions.take_file(batch_id=batch.id, by=checker, now=PAID_AT)
    waits.refresh_from_db()
    assert (waits.status, waits.gateway_reference) == ("sent", f"TA-P{waits.id}")
    assert actions.push_payout(payout_id=waits.id, now=PAID_AT + DAY).status == "sent" and bank_minor() == had
    actions.record_payout(payout_id=waits.id, outcome=Outcome("cleared", "E-1"), now=PAID_AT + DAY)
    assert bank_minor() == had - 7_000_00 and balance(chart.clearing("bank", "USD")) == 0
    assert actions.end_batch(batch_id=batch.id, now=PAID_AT + DAY).state == "confirmed"
    again = actions.take_file(batch_id=batch.id, by=maker, now=PAID_AT + DAY)
    assert bytes(again.file) == bytes(batch.file)


@pytest.mark.parametrize("offset", [-SECOND, 0 * SECOND])
def test_a_payout_waits_until_its_account_has_stood_24_h(world, maker, offset):
    account(world, now=PAID_AT - DAY)
    owed_to_supplier(world)
    if offset:
        with pytest.raises(actions.NothingToSend, match="from Mon 21 Sep 2026, 09:00 UTC"):
            batching.payout(world, now=PAID_AT + offset)
        assert "new" in waiting(PAID_AT + offset)[0].why
    else:
        assert batching.payout(world, now=PAID_AT + offset).amount_minor == 7_000_00


def test_a_supplier_without_an_account_is_told_and_owed(world, maker):
    owed_to_supplier(world)
    with pytest.raises(actions.NothingToSend, match="No account for payouts in USD"):
        batching.payout(world)
    (row,) = waiting(PAID_AT)
    assert (row.what, row.amount, "No account" in row.why) == ("Lumenworks", "USD 7,000.00", True)
    assert balance(chart.supplier_payable(world.supplier.id, "USD")) == -7_000_00


def test_the_second_person_is_another_by_action_and_by_raw_sql(world, maker, checker, waits):
    batch = actions.make_batch(currency="USD", by=maker, now=PAID_AT)
    with pytest.raises(NotAllowed, match="another person"):
        actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=maker, now=PAID_AT)
    with pytest.raises(NotAllowed):
        actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=world.buyer, now=PAID_AT)
    for sql in (
        "UPDATE payments_payoutbatch SET released_by_id = made_by_id, released_at = now(), state = 'released'",
        "UPDATE payments_payoutbatch SET state = 'released'",
        "UPDATE payments_payoutbatch SET state = 'sent', sent_at = now(), sent_by_id = made_by_id",
        "UPDATE payments_payoutbatch SET total_minor = 1",
        "UPDATE payments_payoutbatch SET file = 'x'",
        "UPDATE payments_payoutbatch SET made_by_id = made_by_id + 1",
        "UPDATE payments_batchitem SET iban = 'GB82WEST12345698765432'",
        "DELETE FROM payments_batchitem",
        "DELETE FROM payments_payoutbatch",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=checker, now=PAID_AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        PayoutBatch.objects.update(released_by=maker)


def test_nobody_releases_money_to_their_own_company(world, maker, waits):
    inside = finance("inside")
    supplier_actions.add_member(supplier_id=world.supplier.id, user=inside, role="finance", by=world.seller, now=NOW)
    with pytest.raises(NotAllowed, match="your company"):
        actions.make_batch(currency="USD", by=inside, now=PAID_AT)
    batch = actions.make_batch(currency="USD", by=maker, now=PAID_AT)
    with pytest.raises(NotAllowed, match="your company"):
        actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=inside, now=PAID_AT)


def test_only_the_file_that_was_looked_at_is_released(world, maker, checker, waits):
    batch = actions.make_batch(currency="USD", by=maker, now=PAID_AT)
    assert batch.file_sha256 == hashlib.sha256(bytes(batch.file)).hexdigest()
    for wrong in ("", "0" * 64, batch.digest):
        with pytest.raises(Refused, match="not the file"):
            actions.release_batch(batch_id=batch.id, file_sha256=wrong, by=checker, now=PAID_AT)
    with pytest.raises(MovedOn, match="not released"):
        actions.take_file(batch_id=batch.id, by=checker, now=PAID_AT)
    actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=checker, now=PAID_AT)
    with pytest.raises(MovedOn):
        actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=checker, now=PAID_AT)


def test_nothing_is_in_two_files_and_a_dropped_one_lets_go(world, maker, checker, waits):
    batch = actions.make_batch(currency="USD", by=maker, now=PAID_AT)
    with pytest.raises(actions.NothingToBatch):
        actions.make_batch(currency="USD", by=checker, now=PAID_AT)
    item = batch.items.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        BatchItem.objects.create(
            batch=batch, payout=waits, end_to_end="again", amount_minor=1, holder="x", country="DE"
        )
    with pytest.raises(Refused, match="Say why"):
        actions.drop_batch(batch_id=batch.id, because=" ", by=maker, now=PAID_AT)
    actions.drop_batch(batch_id=batch.id, because="wrong day", by=maker, now=PAID_AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        BatchItem.objects.filter(pk=item.pk).update(is_dropped=False)
    batch = batching.released(maker, checker)
    actions.take_file(batch_id=batch.id, by=checker, now=PAID_AT)
    with pytest.raises(MovedOn):
        actions.drop_batch(batch_id=batch.id, because="late", by=maker, now=PAID_AT)


def test_an_account_replaced_meanwhile_is_not_paid(world, maker, checker, waits):
    batch = batching.released(maker, checker)
    account(world, HONG_KONG, now=PAID_AT)
    with pytest.raises(Refused, match="replaced"):
        actions.take_file(batch_id=batch.id, by=checker, now=PAID_AT + DAY)
    actions.drop_batch(batch_id=batch.id, because="new account", by=checker, now=PAID_AT + DAY)
    batch = batching.released(maker, checker, now=PAID_AT + DAY)
    assert batch.items.get().details == HONG_KONG


def test_a_failed_proof_stops_payouts_and_not_refunds_until_one_passes(world, maker, checker, waits):
    refund = batching.refund(world)
    known(refund, maker)
    batch = actions.make_batch(currency="USD", by=maker, now=PAID_AT)
    ProofRun.objects.create(at=PAID_AT, proved=9, breaches=1, sentences=["I1: x"])
    with pytest.raises(Refused, match="proof"):
        actions.release_batch(batch_id=batch.id, file_sha256=batch.file_sha256, by=checker, now=PAID_AT)
    actions.drop_batch(batch_id=batch.id, because="proof", by=maker, now=PAID_AT)
    owed_to_supplier(world)
    with pytest.raises(actions.NothingToSend, match="proof"):
        batching.payout(world)
    assert "proof" in actions.push_payout(payout_id=waits.id, now=PAID_AT).why
    batch = batching.released(maker, checker)
    assert [item.sending for item in batch.items.all()] == [refund]
    assert {row.why for row in waiting(PAID_AT) if "payout" in row.what or row.what == "Lumenworks"} == {
        actions.push_payout(payout_id=waits.id, now=PAID_AT).why
    }
    ProofRun.objects.create(at=PAID_AT + SECOND, proved=9, breaches=0)
    assert batching.payout(world).amount_minor == 7_000_00


def test_in_the_sandbox_too_a_failed_proof_stops_payouts(world):
    owed_to_supplier(world)
    ProofRun.objects.create(at=PAID_AT, proved=9, breaches=1, sentences=["I1: x"])
    with pytest.raises(actions.NothingToSend, match="proof"):
        batching.payout(world)
    with pytest.raises(Refused, match="gateway"):
        actions.make_batch(currency="USD", by=finance(), now=PAID_AT)


def test_a_refund_waits_until_it_is_known_where_it_came_from(world, maker, checker):
    batching.refund(world)
    with pytest.raises(actions.NothingToBatch):
        actions.make_batch(currency="USD", by=maker, now=PAID_AT)


def test_why_a_refund_waits_is_kept_beside_others_that_go(world, maker, checker, waits):
    refund = batching.refund(world)
    batch = actions.make_batch(currency="USD", by=maker, now=PAID_AT)
    assert batch.count == 1
    refund.refresh_from_db()
    assert (
        "not known which account" in refund.why
        and "not known" in {row.what: row for row in waiting(PAID_AT)}[f"TA-R{refund.id}, refund of {refund.order}"].why
    )
    with pytest.raises(NotAllowed):
        known(refund, world.buyer)
    known(refund, maker)
    assert actions.make_batch(currency="USD", by=maker, now=PAID_AT).items.get().refund == refund


@pytest.mark.parametrize("had_left", [False, True])
def test_what_comes_back_is_owed_again_and_waits_for_staff(world, maker, checker, waits, had_left):
    had = bank_minor()
    batch = batching.released(maker, checker)
    actions.take_file(batch_id=batch.id, by=checker, now=PAID_AT)
    if had_left:
        assert actions.confirm_batch(batch_id=batch.id, by=checker, now=PAID_AT + DAY).state == "confirmed"
        assert bank_minor() == had - 7_000_00
    with pytest.raises(NotAllowed):
        actions.mark_returned(sending=waits, why="AC04", by=world.buyer, now=PAID_AT + DAY)
    actions.mark_returned(sending=waits, why="AC04 account closed", by=maker, now=PAID_AT + DAY)
    with pytest.raises(MovedOn):
        actions.mark_returned(sending=waits, why="AC04 account closed", by=maker, now=PAID_AT + DAY)
    waits.refresh_from_db()
    assert (waits.status, waits.why) == ("failed", "AC04 account closed")
    assert bank_minor() == had and balance(chart.clearing("bank", "USD")) == 0
    assert balance(chart.supplier_payable(world.supplier.id, "USD")) == -7_000_00
    with pytest.raises(actions.NothingToSend, match="staff"):
        batching.payout(world)
    with pytest.raises(NotAllowed, match="another person"):
        actions.let_send_again(sending=waits, by=maker, now=PAID_AT + DAY)
    actions.let_send_again(sending=waits, by=checker, now=PAID_AT + DAY)
    assert batching.payout(world, now=PAID_AT + DAY).end_to_end != waits.end_to_end


def test_a_refund_that_comes_back_counts_no_more(world, maker, checker):
    refund = batching.refund(world)
    known(refund, maker)
    batch = batching.released(maker, checker)
    actions.take_file(batch_id=batch.id, by=checker, now=PAID_AT)
    actions.confirm_batch(batch_id=batch.id, by=checker, now=PAID_AT)
    actions.mark_returned(sending=refund, why="closed", by=maker, now=PAID_AT + DAY)
    assert Refund.objects.get().payment.refunded_minor == 0
    assert balance(chart.refund_payable(refund.order_id, "USD")) == -10_000_00


def test_what_ended_otherwise_is_not_sent_with_the_file(world, maker, checker, waits):
    batch = batching.released(maker, checker)
    actions.record_payout(payout_id=waits.id, outcome=Outcome("failed", why="told so"), now=PAID_AT)
    with pytest.raises(Refused, match="has ended"):
        actions.take_file(batch_id=batch.id, by=checker, now=PAID_AT)


def test_one_file_a_currency(world, maker, checker):
    account(world, LAMPS)
    for currency, total in (("USD", 10_000_00), ("JPY", 1_000_000), ("KWD", 3_000_000)):
        owed_to_supplier(world, total, currency)
        batching.payout(world, currency)
    for currency in ("USD", "JPY", "KWD"):
        assert {item.payout.currency for item in batching.released(maker, checker, currency).items.all()} == {currency}
    with pytest.raises(actions.NothingToBatch):
        actions.make_batch(currency="EUR", by=maker, now=PAID_AT)
    with pytest.raises(Refused, match="PAYING_ACCOUNTS"):
        actions.make_batch(currency="GBP", by=maker, now=PAID_AT)


def test_events_tell_who_did_what_with_a_file(world, maker, checker, waits):
    from events.models import Event

    batch = batching.released(maker, checker)
    actions.take_file(batch_id=batch.id, by=checker, now=PAID_AT)
    told = Event.objects.filter(subject_kind="payout_batch", subject_id=batch.id).order_by("number")
    assert [(event.kind, event.actor_id) for event in told] == [
        ("batch.made", maker.id),
        ("batch.released", checker.id),
        ("batch.taken", checker.id),
    ]


def test_expected_arrival_is_a_date_of_business_days(world, maker):
    refund = batching.refund(world)  # Tuesday 1 September, and 7 business days: over Labor Day or not by country
    assert refund.arrives_in == "3 to 7 business days"
    assert refund.arrives_by.isoformat() in ("2026-09-10", "2026-09-11")
    assert stories.fresh(refund.order).reference in refund.towards
