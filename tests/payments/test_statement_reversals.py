"""The bank takes a credit back: in suspense, asked about, split, held, matched, paid out; the books balance."""

import pytest

from events.models import Event
from ledger import chart
from ledger.actions import balance
from orders import wording
from payments import actions
from payments.actions import Part
from payments.models import BankEntry, Chargeback, Check, Payment
from tests import stories
from tests.payments import desking, fraud
from tests.payments.bank_files import Line, camt, imported
from tests.payments.conftest import NOW
from tests.stories import DAY, fresh
from trade_assurance.refused import MovedOn, NotAllowed


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def order(world):
    return stories.placed(world)


@pytest.fixture
def account(order):
    return order.supplier.designated_account.number


def came(account, amount, text="who", number="1", **more):
    imported(camt(account, Line(amount, text, ref="IN", **more), number=number))
    return BankEntry.objects.get(bank_reference="IN", direction="credit")


def undone(account, amount, number="9", now=NOW, **more):
    line = Line(amount, sign="DBIT", reversal=True, ref="IN", **more)
    return imported(camt(account, line, number=number), now=now)


def bank():
    return balance(chart.bank("USD"))


def suspense():
    return balance(chart.suspense("USD"))


def told(order, side="buyer"):
    events = Event.objects.filter(subject_kind="order", subject_id=order.id).order_by("number")
    return [(one.title, one.detail) for one in wording.timeline(fresh(order), list(events), side)]


def test_a_question_to_the_buyer_closes_with_it(order, account):
    entry = came(account, "3000.00", order.instalments.get(number=1).rf_reference, payer="Another Ltd")
    question = entry.questions.get()
    assert undone(account, "3000.00").ours == 1
    question.refresh_from_db()
    assert question.state == "closed" and (bank(), suspense()) == (0, 0)
    with pytest.raises((MovedOn, NotAllowed)):
        actions.name_payer(question_id=question.id, name="A", relation="b", by=order.buyer, now=NOW)


def test_a_proposal_lapses_with_it(world, account):
    order, ann = stories.placed(world, stories.simple_terms(20_000_00)), desking.finance("ann")
    entry = came(account, "20000.00", "lamps")
    proposal = desking.propose(entry, order, ann)
    assert undone(account, "20000.00").ours == 1
    proposal.refresh_from_db()
    assert (proposal.state, proposal.ended_because) == ("lapsed", "The bank took the transfer back.")
    with pytest.raises(MovedOn):
        desking.confirm(proposal, desking.finance("bob"))
    assert (bank(), suspense()) == (0, 0)


def split(world, account, *parts, amount="5000.00"):
    """A transfer split over the first instalments of two orders; what is left waits."""
    orders = [stories.placed(world) for _ in parts]
    entry = came(account, amount, "for two orders")
    wanted = [Part(desking.part(order).id, minor) for order, minor in zip(orders, parts, strict=True)]
    actions.split_entry(entry_id=entry.id, parts=wanted, by=desking.finance(), now=NOW)
    return entry, orders


def test_a_split_credit_is_taken_back_with_all_its_parts(world, account):
    entry, orders = split(world, account, 1_000_00, 2_000_00)
    assert undone(account, "5000.00").ours == 1, BankEntry.objects.last().why
    assert sorted(entry.parts.values_list("status", flat=True)) == ["matched", "matched", "reversed"]
    assert [(one.state, one.amount_minor) for one in Chargeback.objects.order_by("id")] == [
        ("lost", 1_000_00),
        ("lost", 2_000_00),
    ]
    assert (bank(), suspense()) == (0, 0)
    for order in orders:
        assert balance(chart.escrow(order.id, "USD")) == 0 and fresh(order).covered_minor == 0
        assert ("A transfer was taken back by the bank that sent it") in [title for title, _ in told(order)]
    assert undone(account, "5000.00", number="10").known == 1
    assert bank() == 0


def test_parts_of_parts_are_taken_back_too(world, account):
    entry, _ = split(world, account, 1_000_00)
    rest = entry.parts.get(status="suspense")
    order = stories.placed(world)
    part = Part(desking.part(order).id, 500_00)
    actions.split_entry(entry_id=rest.id, parts=[part], by=desking.finance("bea"), now=NOW)
    assert undone(account, "5000.00").ours == 1
    assert (bank(), suspense(), Chargeback.objects.count()) == (0, 0, 2)


def test_all_or_none_when_a_part_is_on_its_way_back(world, account):
    entry, _orders = split(world, account, 1_000_00)
    rest = entry.parts.get(status="suspense")
    actions.return_entry(entry_id=rest.id, reason="nobody's", by=desking.finance("bea"), now=NOW)
    had = bank()
    assert undone(account, "5000.00").unknown == 1
    why = BankEntry.objects.get(status="unknown").why
    assert "It takes back entry IN" in why and "on its way back" in why and "Stop that at the bank" in why
    assert bank() == had and not Chargeback.objects.exists()


def test_another_amount_than_came_is_listed_with_both(account):
    came(account, "7.00")
    assert undone(account, "5.00").unknown == 1
    why = BankEntry.objects.get(status="unknown").why
    assert "USD 7.00" in why and "USD 5.00" in why and bank() == 7_00


def test_after_the_order_released_the_money_the_supplier_owes_it(world, account):
    order = stories.placed(world, stories.simple_terms(10_000_00))
    came(account, "10000.00", order.instalments.get(number=1).rf_reference)
    order = stories.then_received(fresh(order), world)
    stories.actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    later = order.protection_ends_at + DAY
    payout = actions.send_payout(supplier_id=order.supplier_id, currency="USD", now=later)
    actions.push_payout(payout_id=payout.id, now=later)
    released = balance(chart.supplier_payable(order.supplier_id, "USD"))
    assert (bank(), released) == (0, 0)
    assert undone(account, "10000.00", now=later).ours == 1
    assert bank() == -10_000_00
    assert balance(chart.supplier_receivable(order.supplier_id, "USD")) == 10_000_00
    chargeback = Chargeback.objects.get()
    assert (chargeback.state, chargeback.of_cleared_minor, chargeback.payment.order_id) == ("lost", 10_000_00, order.id)
    for side in ("buyer", "supplier"):
        title, detail = told(order, side)[0]
        assert title == "A transfer was taken back by the bank that sent it" and "USD 10,000.00" in detail


def test_what_is_owed_to_the_supplier_pays_before_the_guarantee(world, account):
    order = stories.placed(world, stories.simple_terms(10_000_00))
    came(account, "10000.00", order.instalments.get(number=1).rf_reference)
    order = stories.then_received(fresh(order), world)
    owed = -balance(chart.supplier_payable(order.supplier_id, "USD"))
    assert 0 < owed < 10_000_00
    assert undone(account, "10000.00", now=NOW + 21 * DAY).ours == 1
    for book in (
        chart.supplier_payable(order.supplier_id, "USD"),
        chart.supplier_receivable(order.supplier_id, "USD"),
        chart.escrow(order.id, "USD"),
        chart.chargebacks(order.id, "USD"),
    ):
        assert balance(book) == 0
    assert bank() == 0


# held by the fraud checks -----------------------------------------------------------------------------------------


@pytest.fixture
def held(world, order, account, settings):
    fraud.suspicious(world, settings)
    entry = came(account, "3000.00", order.instalments.get(number=1).rf_reference)
    assert entry.payment.status == "held"
    return entry


def test_a_held_transfer_that_the_bank_takes_back_ends_the_hold(world, order, account, held, client):
    assert undone(account, "3000.00").ours == 1, BankEntry.objects.last().why
    payment, check = Payment.objects.get(), Check.objects.get()
    assert (payment.status, payment.failed_because) == ("failed", "its bank took the transfer back")
    assert (check.verdict, check.reason) == ("reversed", "The bank took the transfer back.")
    order = fresh(order)
    assert (order.processing_payments, order.cleared_minor, order.status) == (0, 0, "placed")
    assert order.instalments.get(number=1).open_minor == 3_000_00
    assert (bank(), suspense()) == (0, 0) and not Chargeback.objects.exists()
    for side in ("buyer", "supplier"):
        title, detail = told(order, side)[0]
        assert title == "USD 3,000.00 was taken back by the bank that sent it"
        assert "open again" in detail
    client.force_login(world.buyer)
    assert "was taken back by the bank that sent it" in client.get(order.get_absolute_url()).content.decode()
    page = client.get(payment.get_absolute_url()).content.decode()
    assert "its bank took the transfer back" in page
    with pytest.raises(MovedOn, match="taken back by the bank"):
        fraud.approve(payment, fraud.risk())
    stories.actions.cancel(order_id=order.id, by=world.buyer, now=NOW)  # nothing stands in the way any more


def test_a_held_part_of_a_split_goes_with_the_others(world, account, settings):
    fraud.suspicious(world, settings)
    _entry, orders = split(world, account, 1_000_00, 2_000_00)
    assert set(Payment.objects.values_list("status", flat=True)) == {"held"}
    assert undone(account, "5000.00").ours == 1, BankEntry.objects.last().why
    assert set(Payment.objects.values_list("status", flat=True)) == {"failed"}
    assert (bank(), suspense()) == (0, 0)
    assert {fresh(order).processing_payments for order in orders} == {0}


def test_approved_before_it_is_taken_back_is_as_every_matched_one(order, account, held):
    fraud.approve(held.payment, fraud.risk())
    assert undone(account, "3000.00").ours == 1
    assert (bank(), suspense(), Chargeback.objects.get().state) == (0, 0, "lost")


def test_declined_before_it_is_taken_back_is_owed_to_nobody(order, account, held):
    fraud.decline(held.payment, fraud.risk())
    assert undone(account, "3000.00").ours == 1
    assert (bank(), suspense(), balance(chart.refund_payable(order.id, "USD"))) == (0, 0, 0)
