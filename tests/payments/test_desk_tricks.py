"""Money of a buyer or a supplier that a clerk would take for something else, and money that would go out twice."""

import pytest

from ledger import chart
from ledger.actions import balance
from payments import actions
from payments.actions.returning import begin_return
from payments.models import BankEntry, Payout
from tests import stories
from tests.payments.bank_files import Line, camt, imported
from tests.payments.conftest import DAY, NOW, wire
from tests.payments.desking import finance, fresh, part
from trade_assurance.refused import MovedOn, NotAllowed, Refused

OWN = "NL26VAYB8060476890"
PAID = NOW + 20 * DAY


@pytest.fixture(autouse=True)
def bank(settings, tmp_path):
    settings.MEDIA_ROOT, settings.BANK_ACCOUNTS = tmp_path, [OWN]


@pytest.fixture
def order(world):
    return stories.placed(world)


def told(*lines, number="1", now=NOW, **more):
    return imported(camt(OWN, *lines, number=number, **more), now=now)


def refused_as_own(entry, words):
    with pytest.raises(Refused, match=words):
        actions.book_own_funds(entry_id=entry.id, reason="ours", by=finance(), now=NOW)
    assert fresh(entry).status == "suspense" and balance(chart.own_funds("USD")) == 0


def test_what_came_to_a_designated_account_is_never_our_own(order):
    refused_as_own(wire(order, reference="lamps"), "designated account")


def test_what_names_an_instalment_is_never_our_own(order):
    told(Line("12.00", part(order).rf_reference, payer="Somebody", ref="A"))
    refused_as_own(BankEntry.objects.get(), "payment reference")


def test_what_a_buyer_is_asked_about_is_never_our_own(order):
    told(Line("12.00", "lamps", payer="Somebody", ref="A"))
    entry = BankEntry.objects.get()
    actions.ask_payer(entry_id=entry.id, instalment_id=part(order).id, by=finance("ann"), now=NOW)
    refused_as_own(entry, "asked")


def a_payout(order, world) -> Payout:
    wire(order), wire(order, 2)
    stories.then_received(stories.fresh(order), world)
    return actions.send_payout(supplier_id=order.supplier_id, currency="USD", now=PAID)


def line(payout, sign="CRDT", **more):
    return Line(f"{payout.amount_minor / 100:.2f}", sign=sign, e2e=payout.end_to_end, payer="Lumen", **more)


BACK = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"


def test_marked_by_staff_and_told_by_the_bank_it_came_back_once(order, world):
    payout, fin = a_payout(order, world), finance()
    told(line(payout, "DBIT", ref="OUT"), now=PAID)
    had = balance(chart.bank("USD"))
    payout.refresh_from_db()
    actions.mark_returned(sending=payout, why="AC04", by=fin, now=PAID)
    assert balance(chart.bank("USD")) == had + payout.amount_minor
    with pytest.raises(NotAllowed, match="another person"):
        actions.let_send_again(sending=payout, by=fin, now=PAID)
    told(line(payout, ref="BACK", more=BACK), number="2", now=PAID)
    entry = BankEntry.objects.get(bank_reference="BACK")
    assert (entry.status, entry.payout_id) == ("ours", payout.id)
    assert balance(chart.bank("USD")) == had + payout.amount_minor
    told(line(payout, ref="AGAIN", more=BACK), number="3", now=PAID)
    assert BankEntry.objects.get(bank_reference="AGAIN").status == "suspense"
    actions.let_send_again(sending=payout, by=fin, now=PAID)  # the bank has told of it


def test_a_sending_that_came_back_does_not_go_to_its_sender_by_itself(order, world):
    payout = a_payout(order, world)
    told(line(payout, "DBIT", ref="OUT"), line(payout, ref="BACK", more=BACK), now=PAID)
    told(line(payout, ref="AGAIN", more=BACK), number="2", now=PAID)
    entry = BankEntry.objects.get(bank_reference="AGAIN")
    assert entry.status == "suspense" and entry not in BankEntry.objects.to_return(PAID + 60 * DAY)
    with pytest.raises(MovedOn):
        begin_return(entry_id=entry.id, now=PAID + 60 * DAY)


def test_a_claim_of_the_processor_is_no_bank_charge_while_its_report_may_come(world, settings):
    settings.PAYOUT_WORDS = {"sandbox": "PRETEND"}
    told(Line("30.00", "PRETEND negative payout", sign="DBIT", payer="PRETEND", ref="NEG"))
    entry = BankEntry.objects.get()
    assert (entry.status, entry.gateway) == ("unknown", "sandbox")
    fin = finance()
    for act in (actions.book_charge, actions.book_own_funds):
        with pytest.raises(Refused, match="wait until"):
            act(entry_id=entry.id, reason="x", by=fin, now=NOW)
    actions.book_charge(entry_id=entry.id, reason="No report came", by=fin, now=NOW + 15 * DAY)
    assert fresh(entry).status == "charge"
