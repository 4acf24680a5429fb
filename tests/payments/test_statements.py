"""Statement files booked: each entry once, matched or in suspense, and nothing of a file that is refused."""

import io

import pytest
from django.db.models import Sum

from ledger import chart
from ledger.actions import balance
from ledger.models import Account, Transfer
from orders import actions as order_actions
from payments import actions
from payments.actions import importing
from payments.models import BankEntry, Chargeback, Payment, Payout, Refund, Statement, StatementFile
from tests import stories
from tests.payments.bank_files import Line, camt, document, imported, mt940, statement
from tests.payments.conftest import DAY, NOW, wire


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def order(world):
    return stories.placed(world)


@pytest.fixture
def account(order):
    return order.supplier.designated_account.number


def ref(order, number=1):
    return order.instalments.get(number=number).rf_reference


def bank_moved(currency="USD"):
    """What transfers have moved on our bank account."""
    account = Account.objects.filter(kind="bank", currency=currency).first()
    if account is None:
        return 0
    sums = [Transfer.objects.filter(**{side: account}).aggregate(n=Sum("amount_minor"))["n"] or 0 for side in SIDES]
    return sums[0] - sums[1]


SIDES = ("debit", "credit")


def state():
    return (BankEntry.objects.count(), Payment.objects.count(), Transfer.objects.count())


@pytest.mark.parametrize("version", [2, 3, 4, 6, 8, 10])
@pytest.mark.parametrize("kind", ["053", "054"])
def test_each_version_pays_the_instalment(order, account, kind, version):
    file = imported(camt(account, Line("3000.00", f"lamps {ref(order)}"), kind=kind, version=version))
    assert (file.status, file.entries, file.matched, file.suspended) == ("complete", 1, 1, 0), file.why
    entry = BankEntry.objects.get()
    assert entry.payment.cleared_minor == 3_000_00
    assert (str(entry.booked_on), entry.direction, entry.payer_name) == ("2026-09-01", "credit", "Northline")
    assert bank_moved() == 3_000_00


def test_mt940_pays_the_instalment(order, account):
    file = imported(mt940(account, Line("3000.00", f"lamps {ref(order)}", ref="B1")))
    assert (file.status, file.kind, file.matched) == ("complete", "mt940", 1), file.why


def test_one_file_of_everything(world, order, account):
    """Several statements and currencies, a batch with details, charges, a wrong check digit, debits, pending."""
    wrong = f"RF{'12' if ref(order)[2:4] == '11' else '11'}{ref(order)[4:]}"
    usd = statement(
        account,
        [
            Line("2900.00", ref(order), more="<Chrgs><Amt Ccy='USD'>100.00</Amt></Chrgs>"),
            Line("30.00", details=(("10.00", "nothing", "A"), ("20.00", wrong, "B"))),
            Line("12.50", "bank fee", sign="DBIT"),
            Line("5.00", "announced", status="PDNG"),
        ],
        opening="100.00",
    )
    eur = statement(account, [Line("50.00", ref(order, 2))], currency="EUR", number="2")
    file = imported(document(usd, eur))
    assert (file.entries, file.matched, file.suspended, file.unknown) == (5, 1, 3, 1), file.why
    payment = Payment.objects.get()
    assert (payment.cleared_minor, payment.borne_minor) == (2_900_00, 100_00)
    whys = set(BankEntry.objects.filter(status="suspense").values_list("why", flat=True))
    assert {why for why in whys if "wrong check digit" in why} and {why for why in whys if "is in EUR" in why}
    assert set(BankEntry.objects.filter(payment=None).values_list("batch", flat=True)) == {"batch", ""}
    assert BankEntry.objects.get(status="unknown").why
    for told in Statement.objects.all():
        assert told.closing_minor - told.opening_minor == told.credits_minor - told.debits_minor
    assert bank_moved() == 2_930_00  # all that is booked: the unknown debit waits for a person
    assert bank_moved("EUR") == 50_00


def test_the_same_file_twice_and_the_same_entries_in_another(order, account):
    lines = [Line("3000.00", ref(order), ref="S1"), Line("7.00", "who", ref="S2"), Line("7.00", "who", e2e="X")]
    first = camt(account, *lines)
    imported(first)
    before = state()
    assert imported(first).matched == 1
    notified = imported(camt(account, *lines, kind="054", number="n1"))
    overlapping = imported(camt(account, *lines, Line("8.00", "new", ref="S3"), number="2"))
    assert (notified.known, notified.matched + notified.suspended) == (3, 0)
    assert (overlapping.known, overlapping.suspended) == (3, 1)
    assert state() == (before[0] + 1, before[1], before[2] + 1)
    assert overlapping.statements.get().continuity == "gap"
    assert overlapping.statements.get().missing_minor == -3_014_00


def test_notified_first_then_the_statement_sums_them_up(order, account):
    """camt.054 tells the details of a batch, camt.053 its sum: it is the same money."""
    details = (("3000.00", ref(order), "A"), ("20.00", "who", "B"))
    assert imported(camt(account, Line("3020.00", ref="BATCH", details=details), kind="054")).matched == 1
    plain = camt(account, Line("3020.00", ref="BATCH"), number="2")
    cut = plain.replace(plain[plain.index(b"<NtryDtls>") : plain.index(b"</Ntry>")], b"")
    assert imported(cut).known == 1
    assert bank_moved() == 3_020_00


def test_summed_up_first_then_details_adds_nothing(order, account):
    plain = camt(account, Line("3020.00", ref="BATCH"))
    summed = b"<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch></NtryDtls>"
    cut = plain.replace(plain[plain.index(b"<NtryDtls>") : plain.index(b"</Ntry>")], summed)
    assert imported(cut).suspended == 1
    assert "sums up 2 movements" in BankEntry.objects.get().why
    details = (("3000.00", ref(order), "A"), ("20.00", "who", "B"))
    assert imported(camt(account, Line("3020.00", ref="BATCH", details=details), kind="054")).known == 2
    assert bank_moved() == 3_020_00


def test_two_movements_that_are_alike_are_two(account):
    file = imported(camt(account, Line("7.00", "coffee"), Line("7.00", "coffee")))
    assert file.suspended == 2
    assert (
        imported(camt(account, Line("7.00", "coffee"), Line("7.00", "coffee"), number="1", day="2026-09-02")).known == 2
    )


def test_details_that_do_not_add_up_are_parked_whole(order, account):
    file = imported(camt(account, Line("3000.00", details=(("1.00", ref(order), "A"), ("2.00", "x", "B")))))
    assert file.suspended == 1 and "do not add up" in BankEntry.objects.get().why
    assert balance(chart.suspense("USD")) == -3_000_00


def test_our_own_account_with_the_suppliers_address_named(world, order, account, settings):
    settings.BANK_ACCOUNTS = ["NL26 VAYB 8060 4768 90"]
    own = "NL26VAYB8060476890"
    rival = world.rival.designated_account.number
    other = stories.placed(world)
    file = imported(
        camt(
            own,
            Line("3000.00", ref(order), own=account, e2e="1"),
            Line("3000.00", ref(other), own=rival, e2e="2"),
            Line("7000.00", ref(order, 2), e2e="3"),
        )
    )
    assert (file.matched, file.suspended) == (2, 1), file.why
    assert "another supplier" in BankEntry.objects.get(status="suspense").why
    assert stories.fresh(order).cleared_minor == 10_000_00


# continuity -------------------------------------------------------------------------------------------------------


def test_continuity_over_files(account):
    def went_on(day, opening, number):
        line = Line("10.00", "x", day=day, e2e=number)
        return imported(camt(account, line, opening=opening, number=number)).statements.get()

    assert went_on("2026-09-01", "0", "1").continuity == "first"
    assert went_on("2026-09-02", "10", "2").continuity == "follows"
    gap = went_on("2026-09-05", "50", "5")
    assert (gap.continuity, gap.missing_minor) == ("gap", 30_00)
    assert went_on("2026-09-03", "0", "3").continuity == "overlap"


# what is refused --------------------------------------------------------------------------------------------------


def cut_off(account, order):
    return camt(account, Line("3000.00", ref(order)))[:-80]


REFUSED = {
    "wrong account": (lambda a, o: camt("DE02120300000000202051", Line("3000.00", ref(o))), "not one of ours"),
    "cut off": (cut_off, "cut off"),
    "cut between entries": (
        lambda a, o: camt(a, Line("3000.00", ref(o)), Line("1.00")).rpartition(b"<Ntry>")[0],
        "cut off",
    ),
    "balance is wrong": (lambda a, o: camt(a, Line("3000.00", ref(o)), closing="2999.99"), "does not add up"),
    "comma": (lambda a, o: camt(a, Line("3000.00", ref(o))).replace(b">3000.00<", b">3000,00<"), "is not an amount"),
    "negative": (
        lambda a, o: camt(a, Line("3000.00", ref(o))).replace(b">3000.00<", b">-3000.00<"),
        "is not an amount",
    ),
    "too many decimals": (lambda a, o: camt(a, Line("3000.00001", ref(o))), "more decimals"),
    "currency of nobody": (lambda a, o: camt(a, Line("3000.00", ref(o)), currency="SEK"), "SEK is not traded"),
    "two currencies in one balance": (
        lambda a, o: camt(a, Line("3.00", currency="EUR"), Line("4.00"), closing="7"),
        "has entries or balances in",
    ),
    "no sign": (lambda a, o: camt(a, Line("3000.00")).replace(b"CRDT", b"PLUS"), "CdtDbtInd"),
    "unknown element": (
        lambda a, o: camt(a, Line("3000.00", ref(o), note="<Geld>1</Geld>")),
        "Unexpected element Geld",
    ),
    "unknown message": (
        lambda a, o: camt(a, Line("3000.00")).replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt"),
        "Unexpected element BkToCstmrAcctRpt",
    ),
    "intraday report": (lambda a, o: camt(a, Line("3000.00")).replace(b"camt.053", b"camt.052"), "camt.052.001.08"),
    "no account": (lambda a, o: camt(a, Line("3000.00")).replace(b"Acct", b"RltdAcct", 2), "Acct is missing"),
    "no statement": (lambda a, o: document(), "Stmt is missing"),
    "a page of the web": (lambda a, o: b"<html><body>503</body></html>", "Unexpected element html"),
    "something else": (lambda a, o: b"%PDF-1.7 nothing", "no statement"),
    "mt940 cut off": (lambda a, o: mt940(a, Line("3000.00", ref(o))).partition(b":62F")[0], "field 62 is missing"),
    "mt940 balance is wrong": (
        lambda a, o: mt940(a, Line("3000.00", ref(o))).replace(b"USD3000,00", b"USD2999,00"),
        "does not add up",
    ),
    "mt940 decimals": (lambda a, o: mt940(a, Line("3000.12345", ref(o))), "more decimals"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_and_why(order, account, case):
    made, why = REFUSED[case]
    before = state()
    file = imported(made(account, order))
    assert file.status == "refused" and why in file.why, file.why
    assert state() == before and not Statement.objects.exists()
    assert file.summary().startswith("statement.xml: refused: ")


def test_refused_file_may_come_again_once_the_account_is_known(order, settings):
    settings.BANK_ACCOUNTS = []
    content = camt("DE02120300000000202051", Line("3000.00", ref(order)))
    assert imported(content).status == "refused"
    settings.BANK_ACCOUNTS = ["DE02120300000000202051"]
    assert imported(content).matched == 1
    assert StatementFile.objects.count() == 1


# crashes ----------------------------------------------------------------------------------------------------------


class Died(BaseException):
    """The process ended here."""


@pytest.mark.parametrize("dies", ["before booking", "between batches", "inside a batch", "before the end"])
def test_a_file_goes_on_where_it_died(order, account, monkeypatch, dies):
    monkeypatch.setattr(importing, "BATCH", 2)
    content = camt(account, *[Line("7.00", "x", e2e=f"E{n}") for n in range(5)], Line("3000.00", ref(order)))
    points = {"before booking": "_begin", "before the end": "_complete", "inside a batch": "record_bank_credit"}
    real, calls = importing._book, []

    def book(batch, now):
        calls.append(batch)
        if len(calls) == 2:
            raise Died
        return real(batch, now)

    with monkeypatch.context() as broken:
        if dies == "between batches":
            broken.setattr(importing, "_book", book)
        else:
            broken.setattr(importing, points[dies], lambda *_, **__: (_ for _ in ()).throw(Died))
        with pytest.raises(Died):
            imported(content)
    assert StatementFile.objects.get().status == "received"
    file = importing.import_statement(file_id=StatementFile.objects.get().id, now=NOW)
    assert (file.status, file.entries, file.matched, file.suspended, file.known) == ("complete", 6, 1, 5, 0)
    assert bank_moved() == 3_035_00 and Payment.objects.count() == 1


# our sendings -----------------------------------------------------------------------------------------------------


def a_refund(world) -> Refund:
    order = stories.placed(world)
    wire(order)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    return actions.send_refunds(order_id=order.id, now=NOW)[0]


def a_payout(world) -> Payout:
    order = stories.placed(world)
    wire(order), wire(order, 2)
    stories.then_received(stories.fresh(order), world)
    return actions.send_payout(supplier_id=order.supplier_id, currency="USD", now=NOW + 20 * DAY)


@pytest.mark.parametrize("made", [a_refund, a_payout])
def test_a_sending_that_left_is_confirmed_and_comes_back(world, made):
    sending = made(world)
    account = world.supplier.designated_account.number
    amount = f"{sending.amount_minor // 100}.00"
    before = bank_moved()
    left = Line(amount, sign="DBIT", e2e=sending.key.hex, payer="Them", ref="OUT1")
    back = Line(
        amount, e2e=sending.key.hex, payer="Them", ref="BACK1", more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    )
    assert imported(camt(account, left)).ours == 1
    sending.refresh_from_db()
    assert sending.status == "confirmed" and bank_moved() == before - sending.amount_minor
    assert imported(camt(account, back, number="2")).ours == 1
    sending.refresh_from_db()
    assert (sending.status, sending.why) == ("failed", "AC04") and bank_moved() == before
    assert balance(sending.payable) == -sending.amount_minor
    assert balance(chart.clearing("bank", "USD")) == 0
    assert imported(camt(account, left, back, number="3")).known == 2
    late = imported(camt(account, Line(amount, e2e=sending.key.hex, ref="BACK2", reversal=True), number="4"))
    assert late.suspended == 1 and "come back before" in BankEntry.objects.get(status="suspense").why


def test_came_back_before_we_saw_it_leave(world):
    refund = a_refund(world)
    account = world.supplier.designated_account.number
    before = bank_moved()
    back = Line("3000.00", e2e=refund.key.hex, ref="BACK", more="<RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf>")
    left = Line("3000.00", sign="DBIT", e2e=refund.key.hex, ref="OUT")
    imported(camt(account, back))
    assert imported(camt(account, left, number="2")).ours == 1
    assert bank_moved() == before and balance(refund.payable) == -3_000_00


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (Line("12.50", "bank fee", sign="DBIT"), "names no refund or payout"),
        (Line("12.50", sign="DBIT", reversal=True, e2e="NOBODY"), "not known"),
    ],
)
def test_debits_that_nobody_knows_are_listed(account, line, why):
    assert imported(camt(account, line)).unknown == 1
    assert why in BankEntry.objects.get().why and not Transfer.objects.exists()


def test_a_sending_of_another_amount_is_listed(world):
    refund = a_refund(world)
    account = world.supplier.designated_account.number
    imported(camt(account, Line("2999.00", sign="DBIT", e2e=refund.key.hex)))
    assert "which is of USD 3,000.00" in BankEntry.objects.get(direction="debit").why
    refund.refresh_from_db()
    assert refund.status == "sending"


# reversals --------------------------------------------------------------------------------------------------------


def test_the_bank_takes_back_what_is_in_suspense(account):
    imported(camt(account, Line("7.00", "who", ref="IN1")))
    file = imported(camt(account, Line("7.00", "who", sign="DBIT", reversal=True, ref="IN1"), number="2"))
    assert file.ours == 1
    assert set(BankEntry.objects.values_list("status", flat=True)) == {"reversed", "reversal"}
    assert bank_moved() == 0 and balance(chart.suspense("USD")) == 0


def test_the_bank_takes_back_a_matched_transfer(world, order, account):
    line = Line("3000.00", ref(order), ref="IN1", e2e="E1")
    imported(camt(account, line))
    file = imported(camt(account, Line("3000.00", sign="DBIT", reversal=True, ref="R1", e2e="E1"), number="2"))
    assert file.ours == 1, BankEntry.objects.last().why
    chargeback = Chargeback.objects.get()
    assert (chargeback.state, chargeback.of_cleared_minor) == ("lost", 3_000_00)
    assert bank_moved() == 0
    assert balance(chart.escrow(order.id, "USD")) == 0 and balance(chart.chargebacks(order.id, "USD")) == 0
    again = imported(camt(account, Line("3000.00", sign="DBIT", reversal=True, ref="R2", e2e="E1"), number="3"))
    assert again.unknown == 1 and bank_moved() == 0


# in and out -------------------------------------------------------------------------------------------------------


def test_who_may_import(world):
    from trade_assurance.refused import NotAllowed

    with pytest.raises(NotAllowed):
        importing.receive_statement(source=io.BytesIO(b"x"), name="x", by=world.buyer, now=NOW)


def test_command_says_one_line_a_file(order, account, tmp_path, capsys):
    from django.core.management import CommandError, call_command

    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(camt(account, Line("3000.00", ref(order)), Line("1.00", "x")))
    bad.write_bytes(b"<x/>")
    with pytest.raises(CommandError, match="1 of 2"):
        call_command("import_statement", str(good), str(bad))
    call_command("import_statement", str(good))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0] == "good.xml: 2 entries, 1 matched, 1 to suspense, 0 of ours, 0 not known, 0 known before"
    assert lines[1].startswith("bad.xml: refused: Unexpected element x")
    assert lines[2].endswith("(imported before, nothing changed)")
