"""Die inside what a statement or finance writes down, go on: one effect, as in the life that did not die."""

from importlib import import_module
from itertools import count

import pytest

from ledger import chart
from ledger.actions import balance
from payments import actions
from payments.actions import settling
from payments.gateways import Settled, Settlement
from payments.models import BankEntry, Chargeback, MatchProposal
from suppliers.models import Supplier
from tests import stories
from tests.payments.bank_files import Line, camt, imported
from tests.payments.conftest import NOW, pay
from tests.payments.desking import finance, part
from tests.payments.dying import deaths, everywhere
from trade_assurance.refused import MovedOn

__all__ = ["deaths"]  # the fixture
OWN = "NL26VAYB8060476890"
POINTS = (
    "payments.actions.leaving._record",
    "payments.actions.undoing._undo",
    "payments.actions.undoing.reverse_transfer",
    "payments.actions.undoing.keep",
    "payments.actions.importing._complete",
    "payments.actions.desk._decided",
    "payments.actions.desk._confirm",
    "payments.actions.desk.take_short",
    "payments.actions.desk._ours",
    "payments.actions.arriving.end_waiting",
)


@pytest.fixture(autouse=True)
def points(settings, tmp_path, world, monkeypatch, deaths):
    settings.MEDIA_ROOT, settings.BANK_ACCOUNTS, settings.FRAUD_THRESHOLD = tmp_path, [OWN], 10**6
    settings.PAYOUT_WORDS = {"sandbox": "STRIPE"}
    Supplier.objects.filter(pk=world.supplier.pk).update(limit_minor=1_000_000_00)
    for path in POINTS:
        owner, _, name = path.rpartition(".")
        monkeypatch.setattr(path, deaths.around(getattr(import_module(owner), name), path, records=True))


def books():
    named = (chart.bank, chart.suspense, chart.bank_charges, chart.own_funds)
    return [balance(book("USD")) for book in named]


def since(before):
    return [now - then for now, then in zip(books(), before, strict=True)]


def acted(act, **words):
    """What a person does again when its page broke; that it is done already is an answer too."""
    try:
        act(now=NOW, **words)
    except MovedOn:
        pass


def test_a_reversal_of_a_split_credit_is_undone_once(world, deaths):
    numbers, fin = count(1), finance()

    def story():
        number, orders, before = next(numbers), [stories.placed(world) for _ in range(2)], books()
        account = orders[0].supplier.designated_account.number
        imported(camt(account, Line("5000.00", "for two", ref=f"IN{number}"), number=f"a{number}"))
        entry = BankEntry.objects.get(bank_reference=f"IN{number}")
        parts = [actions.Part(part(order).id, 2_000_00) for order in orders]
        actions.split_entry(entry_id=entry.id, parts=parts, by=fin, now=NOW)
        back = camt(account, Line("5000.00", sign="DBIT", reversal=True, ref=f"IN{number}"), number=f"b{number}")

        def go_on():
            return imported(back).status == "complete"

        def state():
            cases = Chargeback.objects.filter(order__in=orders).values_list("state", "amount_minor")
            debits = BankEntry.objects.filter(bank_reference=f"IN{number}", direction="debit")
            ends = sorted(entry.parts.values_list("status", flat=True))
            covered = [stories.fresh(order).covered_minor for order in orders]
            return since(before), sorted(cases), list(debits.values_list("status", flat=True)), ends, covered

        return go_on, state

    passed = everywhere(deaths, story)
    assert sum(name == "before payments.actions.undoing._undo" for name in passed) == 3  # two payments and the rest
    assert "payments.actions.leaving._record, before its commit" in passed
    assert set(BankEntry.objects.filter(direction="debit").values_list("status", flat=True)) == {"reversal"}
    assert books() == [0, 0, 0, 0]


def test_a_payout_that_came_short_is_taken_once(world, deaths):
    numbers, ann, bob = count(1), finance("ann"), finance("bob")

    def story():
        number, before = next(numbers), books()
        charge = pay(stories.placed(world), world).gateway_reference
        rows = (Settled("txn", "payment", "charge", charge, "USD", 20_000_00, 0),)
        settling.record_settlement(
            gateway_name="sandbox",
            settlement=Settlement(f"po_{number}_x", "USD", 20_000_00, True, rows, NOW.date()),
            now=NOW,
        )
        line = Line("19990.00", f"STRIPE po_{number}_x", payer="Stripe Payments", ref=f"P{number}")
        imported(camt(OWN, line, number=f"p{number}"))
        entry = BankEntry.objects.get(bank_reference=f"P{number}")

        def go_on():
            if not entry.proposals.exists():
                words = {"reference": f"po_{number}_x", "reason": "Our bank's charge"}
                acted(actions.take_payout, entry_id=entry.id, by=ann, **words)
            proposal = MatchProposal.objects.get(entry=entry)
            acted(actions.confirm_proposal, proposal_id=proposal.id, digest=proposal.digest, by=bob)
            return BankEntry.objects.get(pk=entry.pk).status == "settled"

        def state():
            return since(before), list(entry.proposals.values_list("state", "kind"))

        return go_on, state

    passed = everywhere(deaths, story)
    for name in ("desk._decided", "desk._confirm", "desk.take_short", "arriving.end_waiting"):
        assert f"payments.actions.{name}, before its commit" in passed, passed
    settled = BankEntry.objects.filter(status="settled").count()
    assert books() == [19_990_00 * settled, 0, 10_00 * settled, 0]


def test_a_bank_charge_is_booked_once(world, deaths):
    numbers, fin = count(1), finance()

    def story():
        number, before = next(numbers), books()
        file = camt(OWN, Line("25.00", "fee", sign="DBIT", ref=f"F{number}"), number=f"f{number}")

        def go_on():
            imported(file)
            entry = BankEntry.objects.get(bank_reference=f"F{number}")
            acted(actions.book_charge, entry_id=entry.id, reason="Fee", by=fin)
            return BankEntry.objects.get(pk=entry.pk).status == "charge"

        return go_on, lambda: since(before)

    passed = everywhere(deaths, story)
    assert {"payments.actions.desk._ours, before its commit", "after payments.actions.desk._decided"} <= set(passed)
    assert books()[0] == -books()[2] == -25_00 * BankEntry.objects.count()
