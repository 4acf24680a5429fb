"""What a card processor pays out: told by its report and by the bank's statement, booked once whichever is first."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledger import chart
from ledger.actions import balance
from payments import actions, closing_lists
from payments.actions import returning, settling
from payments.actions.closing import close_day
from payments.gateways import Settled, Settlement
from payments.models import BankEntry, GatewaySettlement
from tests import stories
from tests.orders.test_races import at_once
from tests.payments import desking
from tests.payments.bank_files import Line, camt, imported
from tests.payments.conftest import DAY, NOW, pay
from tests.payments.test_desk_pages import desk, proposals, sign_in
from tests.stories import fresh
from trade_assurance.refused import MovedOn, NotAllowed, Refused

OWN = "NL26VAYB8060476890"
COST, FEE = 80_00, 88_50
SENT = 3_000_00 + FEE - COST
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def bank(settings, tmp_path):
    settings.MEDIA_ROOT, settings.BANK_ACCOUNTS = tmp_path, [OWN]


@pytest.fixture
def card(world):
    """A card payment of USD 3,088.50 that the processor has."""
    return pay(stories.placed(world), world, "card", 1)


def report(payment, reference="po_1", amount=SENT, arrives_on=TODAY, now=NOW):
    """The processor's own word of a payout made of one payment."""
    rows = (Settled("txn", "payment", "charge", payment.gateway_reference, "USD", amount + COST, COST),)
    return settling.record_settlement(
        gateway_name="sandbox", settlement=Settlement(reference, "USD", amount, True, rows, arrives_on), now=now
    )


@pytest.fixture(autouse=True)
def processor(settings):
    """The pretend processor plays Stripe: its payouts have its word in the sender's name."""
    settings.PAYOUT_WORDS = {"sandbox": "STRIPE"}


def major(minor):
    return f"{Decimal(minor).scaleb(-2)}"


def line(amount=SENT, text="STRIPE PAYOUT", **more):
    return Line(major(amount), text, payer=more.pop("payer", "Stripe Technology Europe Ltd"), **more)


def told(*lines, number="1", **more):
    return imported(camt(OWN, *lines, number=number, **more))


def money():
    return balance(chart.bank("USD")), balance(chart.clearing("card", "USD")), balance(chart.suspense("USD"))


def test_the_report_first_then_the_line_is_the_same_money(card):
    report(card)
    assert told(line(ref="S1")).ours == 1
    entry = BankEntry.objects.get()
    assert (entry.status, entry.settlement.reference) == ("settled", "po_1")
    assert "the same amount, expected 01 Sep 2026, and the sender's name" in entry.why
    assert money() == (SENT, 0, 0)
    assert told(line(ref="S1"), number="2").known == 1 and money() == (SENT, 0, 0)


def test_the_line_first_waits_in_suspense_and_the_report_clears_it(card):
    assert told(line(ref="S1")).suspended == 1
    entry = BankEntry.objects.get()
    assert "which has not told of USD 3,008.50 yet" in entry.why
    assert money() == (SENT, 3_088_50, -SENT)
    for _ in range(2):
        assert report(card).state == "booked"
    entry.refresh_from_db()
    assert (entry.status, entry.settlement.reference, entry.return_at) == ("settled", "po_1", None)
    assert money() == (SENT, 0, 0) and balance(chart.gateway_costs("USD")) == COST


def test_a_second_line_of_the_same_payout_waits_with_the_reason(card):
    report(card)
    told(line(ref="S1", e2e="po_1"))
    assert told(line(ref="S2", e2e="po_1"), number="2").suspended == 1
    assert "came before as entry S1" in BankEntry.objects.get(status="suspense").why


@pytest.mark.parametrize("first", ["report", "line"])
@pytest.mark.parametrize("named", [True, False])
def test_another_amount_than_the_report_says_is_parked_with_both(card, first, named):
    acts = [lambda: report(card), lambda: told(line(SENT - 5_00, ref="S1", e2e="po_1" if named else ""))]
    for act in acts if first == "report" else reversed(acts):
        act()
    entry = BankEntry.objects.get()
    assert entry.status == "suspense" and GatewaySettlement.objects.get().state == "booked"
    if first == "report":
        assert "3,008.50" in entry.why and "3,003.50" in entry.why
    assert balance(chart.clearing("card", "USD")) == 0
    close = close_day(day=TODAY, now=NOW + DAY)
    assert not close.lines.filter(level="alarm", check_name="bank").exists(), [*close.lines.values("sentence")]
    assert close.lines.get(subject="sandbox po_1").found_minor == SENT
    fin = desking.finance()
    taken = actions.take_payout(entry_id=entry.id, reference="po_1", reason="Our bank's charge", by=fin, now=NOW)
    assert taken.status == "settled"
    assert money() == (SENT - 5_00, 0, 0) and balance(chart.bank_charges("USD")) == 5_00
    with pytest.raises(MovedOn):
        actions.take_payout(entry_id=entry.id, reference="po_1", reason="again", by=fin, now=NOW)
    assert not close_day(day=TODAY, now=NOW + DAY).lines.filter(subject="sandbox po_1").exists()


def test_who_may_take_a_payout_and_which(card, world):
    report(card)
    told(line(SENT - 500_00, ref="S1"))
    entry, fin = BankEntry.objects.get(), desking.finance()
    with pytest.raises(NotAllowed):
        actions.take_payout(entry_id=entry.id, reference="po_1", reason="x", by=world.buyer, now=NOW)
    for reference, reason, words in (("po_1", " ", "Say why"), ("po_9", "x", "No booked"), ("po_1", "x", "do not")):
        with pytest.raises(Refused, match=words):
            actions.take_payout(entry_id=entry.id, reference=reference, reason=reason, by=fin, now=NOW)
    assert BankEntry.objects.get().status == "suspense"


def test_a_payout_never_goes_back_to_the_processor_by_itself(card):
    told(line(ref="S1"))
    entry = BankEntry.objects.get()
    assert not BankEntry.objects.to_return(entry.return_at + DAY).exists()
    with pytest.raises(MovedOn):
        returning.begin_return(entry_id=entry.id, now=entry.return_at + DAY)


def test_what_the_processor_takes_is_known_whichever_is_first(card):
    for n, first in enumerate(("report", "line")):
        reference, claim = f"po_{n}", line(20_00, ref=f"D{n}", sign="DBIT")
        acts = [lambda r=reference: report(card, r, -20_00), lambda c=claim, n=n: told(c, number=f"{n}")]
        for act in acts if first == "report" else reversed(acts):
            act()
        entry = BankEntry.objects.get(bank_reference=f"D{n}")
        assert (entry.status, entry.settlement.reference) == ("settled", reference)
    assert balance(chart.bank("USD")) == -40_00


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"payer": "Northline", "text": "we pay like stripe"}, "without a valid payment reference"),
        ({"payer": "Stripes Textile Co"}, "without a valid payment reference"),
        ({"day": (TODAY + timedelta(days=8)).isoformat()}, "has not told of"),
    ],
)
def test_what_is_no_payout_of_it_waits_as_other_money_does(card, changes, why):
    report(card)
    assert told(line(ref="S1", **changes)).suspended == 1
    assert why in BankEntry.objects.get().why


def test_a_transfer_that_names_an_instalment_is_that_payment_whoever_sends_it(world):
    order = stories.placed(world)
    order.buyer.company_name = "Stripe Lamps"
    told(line(3_000_00, order.instalments.get(number=1).rf_reference, payer="Stripe Lamps", ref="S1"))
    assert "not the buyer's" in BankEntry.objects.get().why  # judged by the rules for orders


def test_the_close_lists_payouts_that_are_on_no_statement_with_their_age(card, world):
    told(Line("1.00", "x", ref="A"))
    report(card)
    close = close_day(day=TODAY, now=NOW + DAY)
    found = close.lines.get(subject="sandbox po_1")
    assert (found.level, found.age_days) == ("explained", 1)
    assert "is on no bank statement" in found.sentence
    assert not close.lines.filter(level="alarm", check_name="bank").exists()
    old = close_day(day=TODAY + timedelta(days=9), now=NOW + 10 * DAY).lines.get(subject="sandbox po_1")
    assert (old.level, old.age_days) == ("look", 10)
    told(line(ref="S1", day="2026-09-02"), number="2", opening="1.00")
    close = close_day(day=TODAY + timedelta(days=9), now=NOW + 10 * DAY)
    assert not close.lines.filter(subject="sandbox po_1").exists()
    assert not close.lines.filter(level="alarm", check_name="bank").exists()
    assert fresh(card.order).cleared_minor == 3_000_00


def test_payouts_from_before_the_first_statement_are_expected_on_none(card):
    report(card, arrives_on=date(2026, 8, 1))
    told(Line("1.00", "x", ref="A"), opening=major(SENT))
    assert list(closing_lists.payouts_to_come()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(3))
def test_report_and_line_at_once_are_booked_once(_, transactional_db):
    world = stories.build_world()
    payment = pay(stories.placed(world), world, "card", 1)
    found = at_once(lambda: report(payment), lambda: told(line(ref="S1")), lambda: report(payment))
    assert not [one for one in found if isinstance(one, Exception)], found
    assert BankEntry.objects.get().status == "settled"
    assert money() == (SENT, 0, 0)


def test_finance_accepts_a_short_payout_by_page_and_a_large_one_by_two(card, client):
    """With the processor's reference, a reason and a fresh sign-in; what fits no payout stays at its field."""
    ann, bob = desking.finance("ann"), desking.finance("bob")
    report(card)
    told(line(SENT - 5_00, ref="S1"))
    entry = BankEntry.objects.get()
    sign_in(client, ann)
    assert desk(entry, "take_payout") in client.get(desk(entry, "change")).content.decode()
    refused = client.post(desk(entry, "take_payout"), {"reference": "po_9", "reason": "x"})
    assert refused.status_code == 422 and "No booked payout of sandbox" in refused.content.decode()
    assert client.post(desk(entry, "take_payout"), {"reference": "po_1", "reason": ""}).status_code == 422
    given = {"reference": " po_1 ", "reason": "Our bank's charge"}
    assert "is paid out by a gateway" in client.post(desk(entry, "take_payout"), given, follow=True).content.decode()
    report(card, "po_2", 20_000_00)
    told(line(19_990_00, ref="S2", e2e="po_2"), number="2")
    large = BankEntry.objects.get(bank_reference="S2")
    client.post(desk(large, "take_payout"), {"reference": "po_2", "reason": "Our bank's charge"})
    proposal = large.proposals.get()
    assert (proposal.kind, proposal.state, desking.fresh(large).status) == ("payout", "open", "suspense")
    with pytest.raises(NotAllowed):
        desking.confirm(proposal, ann)
    sign_in(client, bob)
    asked = client.get(proposals(proposal, "confirm")).content.decode()
    assert "It is payout po_2 of sandbox, of USD 20,000.00. USD 10.00 is booked as bank charges." in asked
    assert client.post(proposals(proposal, "confirm"), {"digest": proposal.digest}).status_code == 302
    assert desking.fresh(large).settlement.reference == "po_2"
    assert balance(chart.bank_charges("USD")) == 15_00 and balance(chart.suspense("USD")) == 0
