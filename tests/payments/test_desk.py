"""The desk for money in suspense: match, split, refund, return; what each does, and what is refused (Rulebook 5, 6)."""

import pytest

from events.models import Event
from ledger import chart
from ledger.actions import balance
from orders import actions as order_actions
from payments import actions
from payments.actions import Part
from payments.models import BankEntry, Payment, Refund
from tests import stories
from tests.payments.conftest import DAY, NOW, wire
from tests.payments.desking import finance, fresh, part, untouched
from trade_assurance.refused import MovedOn, NotAllowed, Refused


@pytest.fixture
def fin(world):
    return finance()


def split(entry, by, *parts, now=NOW):
    return actions.split_entry(entry_id=entry.id, parts=[Part(p.id, amount) for p, amount in parts], by=by, now=now)


def parts_of(entry):
    return [(p.status, p.amount_minor) for p in BankEntry.objects.filter(split_of=entry).order_by("id")]


# match ----------------------------------------------------------------------------------------------------------------


def test_a_match_says_in_words_what_it_did(world, fin):
    order = stories.placed(world)
    entry = wire(order, reference="lamps", amount_minor=2_990_00)
    entry = actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=fin, now=NOW)
    assert entry.why == "USD 10.00 short, within what we bear as bank charges."
    assert (entry.payment.borne_minor, balance(chart.suspense("USD"))) == (10_00, 0)
    event = Event.objects.about("bank_statement", entry.id).last()
    assert (event.kind, event.actor_id) == ("credit.matched", fin.id)


def test_an_automatic_match_keeps_its_words_and_its_score(world):
    entry = wire(stories.placed(world))
    assert entry.why == "Exactly what is open of the instalment of its reference."
    assert Event.objects.about("bank_statement", entry.id).last().data["score"] == 100


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda order, world: wire(order), "is paid"),
        (lambda order, world: order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW), "takes no money"),
    ],
)
def test_a_paid_instalment_and_a_closed_order_take_no_match(world, fin, spoil, sentence):
    order = stories.placed(world)
    entry = wire(order, reference="lamps")
    spoil(order, world)
    before = untouched(entry)
    with pytest.raises(Refused, match=sentence):
        actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=fin, now=NOW)
    assert untouched(entry) == before


def test_another_currency_pays_nothing(world, fin):
    order = stories.placed(world)
    entry = wire(order, reference="lamps", currency="EUR")
    for act in (
        lambda: actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=fin, now=NOW),
        lambda: actions.refund_entry(entry_id=entry.id, instalment_id=part(order).id, reason="No", by=fin, now=NOW),
        lambda: split(entry, fin, (part(order), 1_00)),
    ):
        with pytest.raises(Refused, match="It is in EUR, order"):
            act()
    assert fresh(entry).status == "suspense"


def test_only_finance_and_no_party_decides(world, fin):
    order = stories.placed(world)
    entry = wire(order, reference="lamps")
    world.buyer.groups.add(*fin.groups.all())
    buyer = type(world.buyer).objects.get(pk=world.buyer.pk)
    for who, sentence in ((world.seller, "Only finance"), (buyer, "party")):
        with pytest.raises(NotAllowed, match=sentence):
            actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=who, now=NOW)
    assert fresh(entry).status == "suspense"


# split ----------------------------------------------------------------------------------------------------------------


def test_one_transfer_pays_two_orders_and_two_instalments(world, fin):
    first, second = stories.placed(world), stories.placed(world)
    entry = wire(first, reference="both", amount_minor=9_000_00)
    entry = split(entry, fin, (part(first), 3_000_00), (part(second), 3_000_00), (part(second, 2), 3_000_00))
    assert entry.status == "split" and parts_of(entry) == [("matched", 3_000_00)] * 3
    assert (stories.fresh(first).cleared_minor, stories.fresh(second).cleared_minor) == (3_000_00, 6_000_00)
    assert balance(chart.suspense("USD")) == 0
    assert Payment.objects.filter(gateway_reference=entry.entry).count() == 3


def test_what_a_split_leaves_goes_on_waiting_as_long_as_the_whole_would_have(world, fin):
    order = stories.placed(world)
    entry = wire(order, reference="lamps", amount_minor=5_000_00)
    split(entry, fin, (part(order), 3_000_00), now=NOW + 3 * DAY)
    rest = BankEntry.objects.get(status="suspense")
    assert (rest.amount_minor, rest.return_at, rest.split_of_id) == (2_000_00, entry.return_at, entry.id)
    assert balance(chart.suspense("USD")) == -2_000_00
    actions.match_entry(entry_id=rest.id, instalment_id=part(order, 2).id, by=fin, now=NOW + 4 * DAY)
    assert balance(chart.suspense("USD")) == 0 and stories.fresh(order).cleared_minor == 5_000_00


def test_the_rest_goes_back_to_its_sender_when_its_days_are_over(world, fin):
    order = stories.placed(world)
    entry = wire(order, reference="lamps", amount_minor=5_000_00)
    split(entry, fin, (part(order), 3_000_00))
    rest = BankEntry.objects.get(status="suspense")
    actions.begin_return(entry_id=rest.id, now=rest.return_at)
    for _ in range(2):
        actions.push_return(entry_id=rest.id, now=rest.return_at)
    assert fresh(rest).status == "returned" and balance(chart.bank("USD")) == 3_000_00


def test_a_gap_is_borne_only_when_nothing_of_the_transfer_is_left(world, fin):
    order, other = stories.placed(world), stories.placed(world)
    entry = wire(order, reference="lamps", amount_minor=3_100_00)
    split(entry, fin, (part(order), 2_990_00))
    assert part(order).open_minor == 10_00
    entry = wire(other, reference="lamps", amount_minor=5_990_00)
    split(entry, fin, (part(other), 2_990_00), (part(other, 2), 3_000_00))
    assert part(other).open_minor == 0


@pytest.mark.parametrize(
    ("amounts", "sentence"),
    [
        ((3_000_00, 2_000_01), "add up to USD 0.01 more than the USD 5,000.00 that came"),
        ((3_000_01, 1_00), "has USD 3,000.00 open, which is less than its part"),
        ((0, 1_00), "more than zero"),
        ((-1, 1_00), "more than zero"),
    ],
)
def test_a_split_that_cannot_be_is_refused(world, fin, amounts, sentence):
    order = stories.placed(world)
    entry = wire(order, reference="lamps", amount_minor=5_000_00)
    before = untouched(entry)
    with pytest.raises(Refused, match=sentence):
        split(entry, fin, *zip((part(order), part(order, 2)), amounts, strict=True))
    assert untouched(entry) == before and balance(chart.suspense("USD")) == -5_000_00


def test_the_same_instalment_twice_and_one_part_for_all_are_no_split(world, fin):
    order = stories.placed(world)
    entry = wire(order, reference="lamps", amount_minor=3_000_00)
    with pytest.raises(Refused, match="named twice"):
        split(entry, fin, (part(order), 1_00), (part(order), 2_00))
    with pytest.raises(Refused, match="match it instead"):
        split(entry, fin, (part(order), 3_000_00))
    with pytest.raises(Refused, match="no such instalment"):
        actions.split_entry(entry_id=entry.id, parts=[Part(10**9, 1_00)], by=fin, now=NOW)


# refund and return ----------------------------------------------------------------------------------------------------


def test_a_refund_to_the_payer_is_owed_and_sent_as_the_orders_refund(world, fin):
    order = stories.placed(world)
    entry = wire(order, payer_name="Holding Ltd")
    actions.refund_entry(entry_id=entry.id, instalment_id=part(order).id, reason="Not theirs", by=fin, now=NOW)
    assert (balance(chart.suspense("USD")), balance(chart.refund_payable(order.id, "USD"))) == (0, -3_000_00)
    assert (stories.fresh(order).cleared_minor, part(order).open_minor) == (0, 3_000_00)
    actions.send_refunds(order_id=order.id, now=NOW)
    assert Refund.objects.get().payment == fresh(entry).payment
    event = Event.objects.about("bank_statement", entry.id).last()
    assert (event.kind, event.data["reason"]) == ("credit.refunded", "Not theirs")


def test_finance_sends_money_back_before_its_days_are_over(world, fin):
    entry = wire(stories.placed(world), reference="")
    with pytest.raises(Refused, match="Say why"):
        actions.return_entry(entry_id=entry.id, reason=" ", by=fin, now=NOW)
    actions.return_entry(entry_id=entry.id, reason="Sent by mistake, says the payer", by=fin, now=NOW)
    for _ in range(2):
        actions.push_return(entry_id=entry.id, now=NOW)
    assert fresh(entry).status == "returned" and balance(chart.bank("USD")) == 0


def test_what_has_left_suspense_is_left_alone(world, fin):
    order = stories.placed(world)
    entry = wire(order, reference="")
    actions.return_entry(entry_id=entry.id, reason="Unknown", by=fin, now=NOW)
    for act in (
        lambda: actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=fin, now=NOW),
        lambda: split(entry, fin, (part(order), 1_00)),
        lambda: actions.refund_entry(entry_id=entry.id, instalment_id=part(order).id, reason="x", by=fin, now=NOW),
        lambda: actions.return_entry(entry_id=entry.id, reason="x", by=fin, now=NOW),
        lambda: actions.ask_payer(entry_id=entry.id, instalment_id=part(order).id, by=fin, now=NOW),
    ):
        with pytest.raises(MovedOn, match="on its way back"):
            act()


# who paid (Rulebook 6) ------------------------------------------------------------------------------------------------


def test_a_payer_with_another_name_counts_once_the_buyer_named_it_and_finance_confirmed(world, fin):
    order = stories.placed(world)
    entry = wire(order, payer_name="Holding Ltd")
    question = entry.questions.get()
    assert (question.state, question.order, question.asked_by) == ("asked", order, None)
    match = {"entry_id": entry.id, "instalment_id": part(order).id, "by": fin, "now": NOW}
    with pytest.raises(Refused, match="Ask the buyer who paid"):
        actions.match_entry(**match)
    name = {"question_id": question.id, "name": "Holding Ltd", "relation": "Our parent", "now": NOW}
    with pytest.raises(NotAllowed):
        actions.name_payer(**name, by=world.seller)
    with pytest.raises(Refused, match="Write the name"):
        actions.name_payer(**name | {"name": " "}, by=world.buyer)
    with pytest.raises(Refused, match="Say why"):
        actions.name_payer(**name | {"relation": ""}, by=world.buyer)
    actions.name_payer(**name, by=world.buyer)
    with pytest.raises(MovedOn, match="named the payer already"):
        actions.name_payer(**name, by=world.buyer)
    assert stories.fresh(order).cleared_minor == 0  # naming alone moves nothing
    assert actions.match_entry(**match).payment.cleared_minor == 3_000_00
    question.refresh_from_db()
    assert (question.state, question.ended_by) == ("confirmed", fin)
    event = Event.objects.about("order", order.id).get(kind="payer.named")
    assert "Holding" not in str(event.data) and event.data["commitment"]


def test_without_a_reference_finance_asks_a_buyer_and_after_a_no_another(world, fin):
    first, second = stories.placed(world), stories.placed(world)
    entry = wire(first, reference="lamps", payer_name="Holding Ltd")
    assert not entry.questions.exists()
    question = actions.ask_payer(entry_id=entry.id, instalment_id=part(first).id, by=fin, now=NOW)
    with pytest.raises(MovedOn, match="is asked already"):
        actions.ask_payer(entry_id=entry.id, instalment_id=part(second).id, by=fin, now=NOW)
    actions.disown_payer(question_id=question.id, by=world.buyer, now=NOW)
    again = actions.ask_payer(entry_id=entry.id, instalment_id=part(second).id, by=fin, now=NOW)
    actions.name_payer(question_id=again.id, name="Holding", relation="Parent", by=world.buyer, now=NOW)
    with pytest.raises(Refused, match="Ask the buyer"):  # named for the other order
        actions.match_entry(entry_id=entry.id, instalment_id=part(first).id, by=fin, now=NOW)
    actions.match_entry(entry_id=entry.id, instalment_id=part(second).id, by=fin, now=NOW)


def test_a_question_closes_when_the_money_goes_back(world, fin):
    order = stories.placed(world)
    entry = wire(order, payer_name="Holding Ltd")
    question = entry.questions.get()
    actions.begin_return(entry_id=entry.id, now=entry.return_at)
    question.refresh_from_db()
    assert question.state == "closed"
    with pytest.raises(MovedOn):
        actions.name_payer(question_id=question.id, name="H", relation="P", by=world.buyer, now=entry.return_at)


def test_naming_counts_for_the_parts_of_a_split_too(world, fin):
    order = stories.placed(world)
    entry = wire(order, payer_name="Holding Ltd", amount_minor=5_000_00)
    question = entry.questions.get()
    actions.name_payer(question_id=question.id, name="Holding", relation="Parent", by=world.buyer, now=NOW)
    split(entry, fin, (part(order), 3_000_00))
    rest = BankEntry.objects.get(status="suspense")
    actions.match_entry(entry_id=rest.id, instalment_id=part(order, 2).id, by=fin, now=NOW)
    assert stories.fresh(order).cleared_minor == 5_000_00
