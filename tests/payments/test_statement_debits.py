"""Debits of a statement: whole payment files, money that goes back to its sender, each confirmed once."""

import pytest

from ledger import chart
from ledger.actions import balance
from payments import actions
from payments.actions.closing import close_day
from payments.models import BankEntry, PayoutBatch, Refund
from tests.payments import batching
from tests.payments.bank_files import Line, camt, imported
from tests.payments.batching import PAID_AT, account, finance, known, owed_to_supplier
from tests.payments.conftest import DAY, NOW, wire
from tests.stories import placed

OWN = "GB82WEST12345698765432"
LATER = PAID_AT + 2 * DAY


@pytest.fixture
def maker(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    batching.use_files(settings)
    return finance()


@pytest.fixture
def file(world, maker) -> PayoutBatch:
    """A payment file with the bank: a payout of USD 7,000 and two refunds of USD 10,000 and 500."""
    account(world)
    owed_to_supplier(world)
    batching.payout(world)
    for total in (10_000_00, 500_00):
        known(batching.refund(world, total_minor=total), maker)
    batch = batching.released(maker, finance("checker"))
    assert (batch.count, batch.total_minor) == (3, 17_500_00)
    return actions.take_file(batch_id=batch.id, by=maker, now=PAID_AT)


@pytest.fixture
def left(file):
    """What has left our bank since the file was taken to it."""
    had = balance(chart.bank("USD"))
    return lambda: had - balance(chart.bank("USD"))


DAY_OF_IT = LATER.date().isoformat()


def summed(file, amount="17500.00", **more):
    """The bank books the file in one line; its name is in the payment information."""
    named = f"<NtryDtls><Btch><PmtInfId>{file.message_id}</PmtInfId><NbOfTxs>3</NbOfTxs></Btch></NtryDtls>"
    values = {"sign": "DBIT", "ref": "SUM", "day": DAY_OF_IT, "details": ("none",), "note": named} | more
    return Line(amount, **values)


def single(item, **more):
    values = {"sign": "DBIT", "e2e": item.end_to_end, "ref": f"S{item.id}", "day": DAY_OF_IT, "payer": item.holder}
    return Line(f"{item.amount_minor / 100:.2f}", **values | more)


def details(file, ref="SUM"):
    parts = tuple((f"{item.amount_minor / 100:.2f}", "", item.end_to_end) for item in file.items.order_by("id"))
    return Line("17500.00", sign="DBIT", ref=ref, day=DAY_OF_IT, details=parts)


def told(*lines, number="1", now=LATER, **more):
    return imported(camt(OWN, *lines, number=number, day=DAY_OF_IT, **more), now=now)


def state(file):
    file.refresh_from_db()
    statuses = {item.sending.status for item in file.items.select_related("refund", "payout")}
    return file.state, statuses


def test_the_last_transfer_ends_the_file(file, left):
    first, *rest = [single(item) for item in file.items.order_by("id")]
    assert told(first).ours == 1 and state(file)[0] == "sent"
    assert told(*rest, number="2").ours == 2
    assert state(file) == ("confirmed", {"confirmed"}) and left() == 17_500_00


@pytest.mark.parametrize("by", ["name", "text", "sum"])
def test_one_line_for_the_whole_file_confirms_each_transfer(file, left, by):
    line = {
        "name": summed(file),
        "text": Line("17500.00", f"file {file.message_id}", sign="DBIT", ref="SUM", day=DAY_OF_IT),
        "sum": Line("17500.00", "payments", sign="DBIT", ref="SUM", day=DAY_OF_IT),
    }[by]
    assert told(line).ours == 1
    assert state(file) == ("confirmed", {"confirmed"}) and left() == 17_500_00
    entry = BankEntry.objects.get(direction="debit")
    assert entry.payout_batch == file and "All 3 transfers" in entry.why
    assert balance(chart.clearing("bank", "USD")) == 0
    assert told(line, number="2").known == 1 and left() == 17_500_00
    moves = close_day(day=LATER.date(), now=LATER + DAY).lines.filter(check_name="bank", level="explained")
    assert "17,500" not in " ".join(moves.values_list("sentence", flat=True))  # it stands on the statement


@pytest.mark.parametrize("ref", ["SUM", "OTHER"])
@pytest.mark.parametrize("first", ["statement", "notification"])
def test_the_sum_and_its_details_in_either_order_are_the_same_money(file, left, first, ref):
    acts = [
        lambda: told(summed(file)),
        lambda: told(details(file, ref), kind="054", number="n"),
    ]
    one, other = acts if first == "statement" else reversed(acts)
    assert one().unknown == 0
    assert state(file) == ("confirmed", {"confirmed"}) and left() == 17_500_00
    second = other()
    assert (second.known, second.ours, second.unknown) == (second.entries, 0, 0)
    assert left() == 17_500_00 and balance(chart.clearing("bank", "USD")) == 0


def test_some_told_one_by_one_then_the_sum_confirms_the_rest(file, left):
    told(single(file.items.order_by("id")[0]), kind="054", number="n")
    assert told(summed(file)).ours == 1
    assert state(file) == ("confirmed", {"confirmed"}) and left() == 17_500_00


def test_the_same_file_on_two_statements_is_a_second_time(file, left):
    told(summed(file))
    assert told(summed(file, ref="AGAIN"), number="2").unknown == 1
    assert told(single(file.items.order_by("id")[0]), number="3").unknown == 1
    assert left() == 17_500_00
    whys = list(BankEntry.objects.filter(status="unknown").order_by("id").values_list("why", flat=True))
    assert "this is a second time" in whys[0] and "this is a second time" in whys[1]


def test_another_sum_than_the_file_is_listed_with_both_amounts(file, left):
    assert told(summed(file, "17499.00")).unknown == 1
    why = BankEntry.objects.get(status="unknown").why
    assert "USD 17,500.00" in why and "USD 17,499.00" in why and left() == 0
    assert state(file) == ("sent", {"sent"})


def test_what_was_refused_before_it_left_is_not_in_the_sum(file, left, maker):
    item = file.items.get(amount_minor=500_00)
    actions.mark_returned(sending=item.sending, why="AC01", by=maker, now=PAID_AT)
    assert told(summed(file, "17000.00")).ours == 1
    assert state(file) == ("confirmed", {"confirmed", "failed"}) and left() == 17_000_00


def test_a_file_that_nobody_took_to_the_bank_is_not_confirmed(world, maker):
    account(world)
    owed_to_supplier(world)
    batching.payout(world)
    batch = batching.released(maker, finance("checker"))
    assert told(summed(batch, "7000.00")).unknown == 1
    assert "nobody took that to the bank" in BankEntry.objects.get(status="unknown").why
    assert state(batch) == ("released", {"sending"})


def test_one_of_a_file_comes_back_after_its_sum(file, left):
    told(summed(file))
    item = file.items.get(amount_minor=500_00)
    back = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    assert told(Line("500.00", e2e=item.end_to_end, ref="B", more=back, day=DAY_OF_IT), number="2").ours == 1
    assert left() == 17_000_00 and Refund.objects.get(pk=item.refund_id).status == "failed"


def test_a_death_after_the_last_transfer_still_ends_the_file(file, left, monkeypatch):
    class Died(BaseException):
        pass

    def die(**_):
        raise Died

    lines = [single(item) for item in file.items.order_by("id")]
    with monkeypatch.context() as broken:
        broken.setattr("payments.actions.importing.end_ended_batches", die)
        with pytest.raises(Died):
            told(*lines)
    assert state(file) == ("sent", {"confirmed"})
    assert told(*lines).status == "complete"
    assert state(file) == ("confirmed", {"confirmed"}) and left() == 17_500_00


# money that goes back to its sender -------------------------------------------------------------------------------

RETURNED = "12.34"


@pytest.fixture
def going_back(world, maker):
    """Money in suspense that finance sends back to its sender."""
    designated = placed(world).supplier.designated_account.number
    imported(camt(designated, Line(RETURNED, "who", payer="Somebody Ltd", ref="IN1", e2e="THEIRS")))
    entry = BankEntry.objects.get()
    actions.return_entry(entry_id=entry.id, reason="nobody's", by=maker, now=NOW)
    actions.push_return(entry_id=entry.id, now=NOW)
    entry.refresh_from_db()
    assert entry.status == "returning" and f"TA-E{entry.id}" in entry.why
    return entry


@pytest.mark.parametrize("by", ["reference", "their name of it", "sender"])
def test_the_debit_of_a_return_ends_it(going_back, by):
    changes = {
        "reference": {"text": f"return TA-E{going_back.id}", "payer": "X"},
        "their name of it": {"e2e": "THEIRS", "payer": "X"},
        "sender": {"payer": "SOMEBODY LTD."},
    }[by]
    line = Line(RETURNED, sign="DBIT", ref="OUT", **changes)
    assert told(line).ours == 1, BankEntry.objects.get(direction="debit").why
    going_back.refresh_from_db()
    assert going_back.status == "returned" and going_back.left.get().bank_reference == "OUT"
    assert balance(chart.clearing("bank", "USD")) == balance(chart.suspense("USD")) == 0
    assert told(line, kind="054", number="n").known == 1
    assert told(Line(RETURNED, f"TA-E{going_back.id}", sign="DBIT", ref="OUT2"), number="2").unknown == 1
    assert balance(chart.bank("USD")) == 0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"payer": "Nobody"}, "goes back for entry IN1"),
        ({"amount": "12.00", "text": "TA-E{}"}, "USD 12.34, and USD 12.00 left"),
    ],
)
def test_a_debit_that_is_not_the_return_is_seen_with_its_reason_and_age(going_back, changes, why):
    changes = {"amount": RETURNED} | changes | {"text": changes.get("text", "").format(going_back.id)}
    assert told(Line(sign="DBIT", ref="OUT", **changes), now=NOW).unknown == 1
    assert why in BankEntry.objects.get(status="unknown").why
    going_back.refresh_from_db()
    assert going_back.status == "returning"
    close = close_day(day=(NOW + 9 * DAY).date(), now=NOW + 10 * DAY)
    seen = {line.subject: line for line in close.lines.filter(level="look")}
    assert seen[f"return of {going_back.entry}"].age_days == 10
    (debit,) = [line for line in seen.values() if "is not known" in line.sentence]
    assert debit.age_days == 10 and why in debit.sentence


def test_two_returns_that_look_alike_are_for_a_person(world, maker, going_back):
    designated = world.supplier.designated_account.number
    imported(camt(designated, Line(RETURNED, "who", payer="Somebody Ltd", ref="IN2", e2e="OTHER"), number="2"))
    other = BankEntry.objects.get(bank_reference="IN2")
    actions.return_entry(entry_id=other.id, reason="nobody's", by=maker, now=NOW)
    assert told(Line(RETURNED, sign="DBIT", ref="OUT", payer="Somebody Ltd")).unknown == 1
    assert "could be the return of" in BankEntry.objects.get(status="unknown").why
    assert told(Line(RETURNED, sign="DBIT", ref="OUT3", e2e="OTHER"), number="2").ours == 1
    other.refresh_from_db()
    assert other.status == "returned"


def test_a_return_that_its_senders_bank_does_not_take_is_in_suspense_again(going_back):
    more = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    assert told(Line(RETURNED, f"TA-E{going_back.id}", ref="BACK", more=more)).suspended == 1
    going_back.refresh_from_db()
    back = BankEntry.objects.get(bank_reference="BACK")
    assert going_back.status == "returned" and "did not take it" in back.why and back.return_at
    assert balance(chart.suspense("USD")) == -12_34
    assert told(Line(RETURNED, f"TA-E{going_back.id}", sign="DBIT", ref="OUT"), number="2").ours == 1
    assert balance(chart.bank("USD")) == 12_34


def test_a_refund_from_the_desk_leaves_as_every_refund(world, maker):
    order = placed(world)
    entry = wire(order, reference="who", payer_name="Northline", amount_minor=50_00)
    actions.refund_entry(
        entry_id=entry.id, instalment_id=order.instalments.get(number=1).id, reason="too much", by=maker, now=NOW
    )
    (refund,) = actions.send_refunds(order_id=order.id, now=NOW)
    assert told(Line("50.00", refund.end_to_end, sign="DBIT", ref="OUT")).ours == 1
    refund.refresh_from_db()
    assert refund.status == "confirmed" and balance(chart.bank("USD")) == 0
