"""Bank entries that are no buyer's: bank charges and our own money, on the entry's page, by two persons when large."""

import pytest
from django.urls import reverse

from events.models import Event
from ledger import chart
from ledger.actions import balance
from orders.models import ReferenceRate
from payments import actions
from payments.actions.closing import close_day
from payments.models import BankEntry, MatchProposal
from tests import stories
from tests.orders.test_races import at_once
from tests.payments.bank_files import Line, camt, imported
from tests.payments.conftest import DAY, NOW, wire
from tests.payments.desking import finance, fresh, part
from tests.payments.test_desk_pages import desk, proposals, sign_in
from trade_assurance.refused import MovedOn, NotAllowed, Refused

OWN = "NL26VAYB8060476890"


@pytest.fixture(autouse=True)
def bank(settings, tmp_path):
    settings.MEDIA_ROOT, settings.BANK_ACCOUNTS = tmp_path, [OWN]


def told(*lines, number="1", **more):
    return imported(camt(OWN, *lines, number=number, **more))


def debit(amount="25.00", text="Account fee September", ref="FEE", **more) -> BankEntry:
    told(Line(amount, text, sign="DBIT", payer="Our bank", ref=ref, **more))
    return BankEntry.objects.get(bank_reference=ref)


def books():
    named = (chart.bank, chart.bank_charges, chart.own_funds, chart.suspense)
    return tuple(balance(book("USD")) for book in named)


def said_by_close():
    lines = close_day(day=NOW.date(), now=NOW + DAY).lines
    assert not lines.filter(level="alarm", check_name__in=("bank", "suspense", "proof")).exists(), [*lines.values()]
    return list(lines.filter(subject__startswith="entry").values_list("sentence", flat=True))


def test_a_bank_charge_is_booked_once_and_the_close_lists_it_no_more(world):
    entry, fin = debit(), finance()
    assert entry.status == "unknown" and len(said_by_close()) == 1
    done = actions.book_charge(entry_id=entry.id, reason="Monthly fee by our contract.", by=fin, now=NOW)
    assert (done.status, done.matched_by, books()) == ("charge", fin, (-25_00, 25_00, 0, 0))
    assert "A bank charge, by finance: Monthly fee by our contract." in done.why and "names no refund" in done.why
    assert said_by_close() == []
    for act in (actions.book_charge, actions.book_own_funds):
        with pytest.raises(MovedOn, match="a bank charge already"):
            act(entry_id=entry.id, reason="again", by=fin, now=NOW)
    event = Event.objects.about("bank_statement", entry.id).last()
    assert (event.kind, event.actor_id) == ("debit.booked_as_charge", fin.id)
    assert event.data["reason"] == "Monthly fee by our contract."
    assert told(Line("25.00", "Account fee September", sign="DBIT", ref="FEE"), number="2").known == 1
    assert books() == (-25_00, 25_00, 0, 0)


def test_own_funds_go_out_and_come_in(world):
    fin = finance()
    told(Line("900.00", "capital", payer="Our holding", ref="IN"))
    credit = BankEntry.objects.get(bank_reference="IN")
    assert credit.status == "suspense" and books() == (900_00, 0, 0, -900_00)
    actions.book_own_funds(entry_id=credit.id, reason="Put in by the holding.", by=fin, now=NOW)
    assert (fresh(credit).status, fresh(credit).return_at) == ("own", None) and books() == (900_00, 0, -900_00, 0)
    entry = debit("400.00", "to our other account", ref="OUT", day="2026-09-01")
    actions.book_own_funds(entry_id=entry.id, reason="To the account for taxes.", by=fin, now=NOW)
    assert fresh(entry).status == "own" and books() == (500_00, 0, -500_00, 0)
    assert not BankEntry.objects.to_return(NOW + 60 * DAY).exists()


def test_wrong_acts_are_refused_in_words(world):
    entry, fin = debit(), finance()
    order = stories.placed(world)
    credit = wire(order, reference="lamps")
    for act, row, reason, error, words in (
        (actions.book_charge, entry, " ", Refused, "Say why"),
        (actions.book_charge, credit, "x", Refused, "only where the bank undoes one"),
        (actions.return_entry, entry, "x", Refused, "has left our bank"),
        (actions.book_own_funds, entry, "x", NotAllowed, "Only finance"),
    ):
        by = world.buyer if error is NotAllowed else fin
        with pytest.raises(error, match=words):
            act(entry_id=row.id, reason=reason, by=by, now=NOW)
    with pytest.raises(Refused, match="has left our bank"):
        actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=fin, now=NOW)
    with pytest.raises(Refused, match="no payout of a card processor"):
        actions.take_payout(entry_id=credit.id, reference="po_1", reason="x", by=fin, now=NOW)
    assert (fresh(entry).status, fresh(credit).status) == ("unknown", "suspense")


@pytest.mark.parametrize("sign", ["DBIT", "CRDT"])
def test_above_the_limit_a_second_person_confirms(world, client, sign):
    ann, bob = finance("ann"), finance("bob")
    told(Line("10000.01", "own money", sign=sign, payer="Our holding", ref="BIG"))
    entry = BankEntry.objects.get()
    sign_in(client, ann)
    page = client.post(desk(entry, "book_own_funds"), {"reason": "The owners decided so."}, follow=True)
    assert "A second person of finance confirms it" in page.content.decode()
    proposal = MatchProposal.objects.get()
    assert client.post(proposals(proposal, "confirm"), {"digest": proposal.digest}).status_code == 403
    with pytest.raises(MovedOn, match="A proposal waits"):
        actions.book_own_funds(entry_id=entry.id, reason="x", by=bob, now=NOW)
    assert said_by_close()
    sign_in(client, bob)
    page = client.get(proposals(proposal, "confirm")).content.decode()
    assert "Own funds are that much" in page and ("to Our holding" if sign == "DBIT" else "from Our holding") in page
    assert client.post(proposals(proposal, "confirm"), {"digest": proposal.digest}).status_code == 302
    moved = 10_000_01 * (-1 if sign == "DBIT" else 1)
    assert fresh(entry).status == "own" and books() == (moved, 0, -moved, 0)
    assert said_by_close() == []


def test_a_declined_proposal_leaves_the_debit_to_be_booked_otherwise(world):
    entry, ann = debit("20000.00"), finance("ann")
    actions.book_charge(entry_id=entry.id, reason="x", by=ann, now=NOW)
    (proposal,) = MatchProposal.objects.waiting()
    actions.decline_proposal(proposal_id=proposal.id, reason="That is no fee.", by=finance("bob"), now=NOW)
    assert fresh(entry).status == "unknown"
    actions.book_own_funds(entry_id=entry.id, reason="y", by=ann, now=NOW)
    assert MatchProposal.objects.waiting().get().kind == "own"


def test_another_currency_without_a_rate_takes_two_and_keeps_to_its_own_books(world):
    ReferenceRate.objects.all().delete()
    told(Line("5.00", "fee", sign="DBIT", ref="E"), currency="EUR")
    actions.book_charge(entry_id=BankEntry.objects.get().id, reason="fee", by=finance("ann"), now=NOW)
    proposal = MatchProposal.objects.get()
    actions.confirm_proposal(proposal_id=proposal.id, digest=proposal.digest, by=finance("bob"), now=NOW)
    assert balance(chart.bank_charges("EUR")) == 5_00 and books() == (0, 0, 0, 0)


def test_the_buttons_are_where_they_fit_and_the_pages_ask_for_a_fresh_sign_in(world, client):
    entry = debit()
    told(Line("7.00", "who", ref="IN"), number="2")
    credit, fin = BankEntry.objects.get(bank_reference="IN"), finance()
    sign_in(client, fin, is_fresh=False)
    assert "reauthenticate" in client.post(desk(entry, "book_charge"), {"reason": "x"}).url
    assert fresh(entry).status == "unknown"
    sign_in(client, fin)
    shown = {}
    for row in (entry, credit):
        page = client.get(reverse("admin:payments_bankentry_change", args=[row.pk])).content.decode()
        acts = ("match", "book_charge", "book_own_funds", "take_payout")
        shown[row.pk] = [name for name in acts if desk(row, name) in page]
    assert shown == {entry.pk: ["book_charge", "book_own_funds"], credit.pk: ["match", "book_own_funds"]}
    page = client.get(desk(entry, "book_charge")).content.decode()
    assert "USD 25.00 left our bank, to Our bank" in page and "Account fee September" in page
    assert client.post(desk(entry, "book_charge"), {"reason": ""}).status_code == 422
    page = client.post(desk(entry, "book_charge"), {"reason": "Fee"}, follow=True).content.decode()
    assert "is a bank charge" in page and desk(entry, "book_charge") not in page
    page = client.get(desk(entry, "book_own_funds"), follow=True).content.decode()
    assert "is a bank charge already" in page
    page = client.get(desk(entry, "match"), follow=True).content.decode()
    assert "is a bank charge already" in page


def test_a_reversal_of_no_known_entry_is_readable_and_can_be_ended(world, client):
    """The bank takes back a credit nobody knows, and undoes a debit nobody knows: both wait with the reason."""
    fin = finance()
    told(Line("70.00", sign="DBIT", reversal=True, ref="NEVER"), Line("25.00", reversal=True, ref="FEEBACK"))
    taken, given = (BankEntry.objects.get(bank_reference=ref) for ref in ("NEVER", "FEEBACK"))
    assert (taken.status, given.status) == ("unknown", "suspense")
    assert "takes a credit back that is not known" in taken.why and "came back" in given.why
    assert len(said_by_close()) == 2
    sign_in(client, fin)
    for row in (taken, given):
        page = client.get(reverse("admin:payments_bankentry_change", args=[row.pk])).content.decode()
        assert desk(row, "book_charge") in page and row.why.partition("'")[0] in page
    with pytest.raises(Refused, match="of bank charges are in the books"):
        actions.book_charge(entry_id=given.id, reason="x", by=fin, now=NOW)
    told(Line("25.00", "Fee", sign="DBIT", ref="FEE"), number="2", opening="-45.00")
    fee = BankEntry.objects.get(bank_reference="FEE")
    actions.book_charge(entry_id=fee.id, reason="Fee", by=fin, now=NOW)
    actions.book_charge(entry_id=given.id, reason="The fee was given back", by=fin, now=NOW)
    actions.book_own_funds(entry_id=taken.id, reason="Bank's error, borne by us", by=fin, now=NOW)
    assert books() == (-70_00, 0, 70_00, 0)
    assert said_by_close() == []


def test_own_funds_that_the_bank_takes_back_wait_with_their_name(world):
    fin = finance()
    told(Line("900.00", "capital", ref="IN"))
    actions.book_own_funds(entry_id=BankEntry.objects.get().id, reason="Put in", by=fin, now=NOW)
    told(Line("900.00", sign="DBIT", reversal=True, ref="IN"), number="2", opening="900.00")
    entry = BankEntry.objects.get(direction="debit")
    assert entry.status == "unknown" and "our own money" in entry.why
    actions.book_own_funds(entry_id=entry.id, reason="Its bank took it back", by=fin, now=NOW)
    assert books() == (0, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_persons_at_once_book_it_once(transactional_db):
    stories.build_world()
    entry, ann, bob = debit(), finance("ann"), finance("bob")
    found = at_once(
        lambda: actions.book_charge(entry_id=entry.id, reason="Fee", by=ann, now=NOW),
        lambda: actions.book_own_funds(entry_id=entry.id, reason="Ours", by=bob, now=NOW),
    )
    (late,) = [one for one in found if isinstance(one, Exception)]
    assert isinstance(late, MovedOn) and "already. Nothing was changed." in str(late)
    assert books()[0] == -25_00 and sorted(map(abs, books()[1:])) == [0, 0, 25_00]
