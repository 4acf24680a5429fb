"""Bank transfers: what each credit pays, and what waits in suspense (Rulebook 5, 6)."""

import itertools

import pytest
from django.contrib.auth.models import Permission
from stdnum import iso11649

from ledger import chart
from ledger.actions import balance
from payments import actions, reconciliation
from payments.models import BankEntry, Payment
from tests import stories
from tests.payments.conftest import DAY, NOW, SECOND, wire
from trade_assurance.refused import MovedOn, NotAllowed

# amount, changes; cleared, borne, absorbed, surplus of a USD 3,000 deposit of a USD 10,000 order (tolerance 15.00)
CASES = {
    "exact": (3_000_00, {}, (3_000_00, 0, 0, 0)),
    "short within 0.5 %": (2_985_00, {}, (2_985_00, 15_00, 0, 0)),
    "a cent more short is a part": (2_984_99, {}, (2_984_99, 0, 0, 0)),
    "short by what the statement explains": (2_900_00, {"charges_minor": 100_00}, (2_900_00, 100_00, 0, 0)),
    "charges explain less than is short": (2_900_00, {"charges_minor": 99_99}, (2_900_00, 0, 0, 0)),
    "over by a dollar is absorbed": (3_001_00, {}, (3_000_00, 0, 1_00, 0)),
    "over by more goes back": (3_001_01, {}, (3_000_00, 0, 0, 1_01)),
    "the order's total pays the next too": (10_000_00, {}, (10_000_00, 0, 0, 0)),
    "a cent above the total is no total": (10_000_01, {}, (3_000_00, 0, 0, 7_000_01)),
    "reference with spaces and words": (3_000_00, {"reference": "inv {spaced} thanks"}, (3_000_00, 0, 0, 0)),
    "payer written otherwise": (3_000_00, {"payer_name": "NORTHLINE, Ltd."}, (3_000_00, 0, 0, 0)),
    "payer is the person": (3_000_00, {"payer_name": "Whitlock Mere"}, (3_000_00, 0, 0, 0)),
}


def test_words_that_make_another_valid_reference_by_chance_do_not_hide_the_one_we_issued(world):
    order = stories.placed(world)
    ours = order.instalments.get(number=1).rf_reference
    words = ("".join(letters) for letters in itertools.product("ABCDEFGHIJ", repeat=3))
    chance = next(word for word in words if iso11649.is_valid(ours + word))
    assert wire(order, amount_minor=3_000_00, reference=f"{ours} {chance}").payment.cleared_minor == 3_000_00


def test_two_of_our_references_in_one_transfer_wait_for_a_person(world):
    order = stories.placed(world)
    both = " and ".join(order.instalments.order_by("number").values_list("rf_reference", flat=True))
    entry = wire(order, amount_minor=3_000_00, reference=both)
    assert (entry.payment, entry.status) == (None, "suspense")


@pytest.mark.parametrize("case", CASES)
def test_what_a_transfer_pays(world, case):
    amount, changes, expected = CASES[case]
    order = stories.placed(world)
    reference = order.instalments.get(number=1).rf_reference
    if "reference" in changes:
        spaced = " ".join(reference[i : i + 4] for i in range(0, len(reference), 4)).lower()
        changes = changes | {"reference": changes["reference"].format(spaced=spaced)}
    payment = wire(order, amount_minor=amount, **changes).payment
    order = stories.fresh(order)
    cleared, borne, _, surplus = expected
    assert (payment.cleared_minor, payment.borne_minor, payment.absorbed_minor, payment.surplus_minor) == expected
    assert payment.fee_minor == 0
    assert balance(chart.bank("USD")) == amount
    assert balance(chart.escrow(order.id, "USD")) == -(cleared + borne)
    assert balance(chart.refund_payable(order.id, "USD")) == -surplus
    assert order.covered_minor == cleared
    assert order.status == ("paid" if cleared == 10_000_00 else "placed")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reference": ""}, "reference"),
        ({"reference": "RF00NOTHING"}, "reference"),
        ({"reference": "RF18539007547034"}, "reference"),  # valid, but nobody's
        ({"currency": "EUR"}, "EUR"),
        ({"payer_name": "Someone Else"}, "payer"),
        ({"payer_name": ""}, "payer"),
    ],
)
def test_what_waits_in_suspense(world, changes, why):
    order = stories.placed(world)
    before = stories.snapshot(order)
    entry = wire(order, **changes)
    assert entry.status == "suspense" and why in entry.why and entry.return_at == NOW + 14 * DAY
    assert balance(chart.suspense(entry.currency)) == -entry.amount_minor
    after = stories.snapshot(order)
    assert after[:2] == before[:2] and after[2] - before[2] == ("payer" in why)  # the buyer is asked who paid


def test_money_on_another_suppliers_account_waits(world):
    entry = wire(stories.placed(world), account_number=world.rival.designated_account.number)
    assert entry.status == "suspense" and "another supplier" in entry.why


def test_money_on_a_strange_account_is_none_of_ours(world):
    with pytest.raises(actions.receiving.NotOurAccount, match="not covered"):
        wire(stories.placed(world), account_number="OTHER")
    assert not BankEntry.objects.exists()


def test_same_entry_twice_counts_once(world):
    order = stories.placed(world)
    first, second = wire(order, entry="E1"), wire(order, entry="E1", amount_minor=3_000_00)
    assert first.id == second.id and Payment.objects.count() == 1
    assert stories.fresh(order).cleared_minor == 3_000_00


def test_two_short_transfers_pay_the_rest_by_the_rule(world):
    order = stories.placed(world)
    wire(order, amount_minor=2_000_00)
    payment = wire(order, amount_minor=995_00).payment  # 5.00 of 1,000.00: exactly 0.5 %
    assert (payment.cleared_minor, payment.borne_minor) == (995_00, 5_00)
    assert order.instalments.get(number=1).open_minor == 0


def test_money_for_a_closed_order_is_owed_back(world):
    order = stories.cancelled(world)
    payment = wire(order).payment
    assert (payment.cleared_minor, payment.surplus_minor) == (0, 3_000_00)


@pytest.fixture
def finance(world):
    person = stories.person("finance@test.test", full_name="Fin Ance", is_staff=True)
    person.user_permissions.add(*Permission.objects.filter(codename__in=("match_entry", "send_again")))
    return person


def test_finance_matches_what_is_in_suspense(world, finance):
    order = stories.placed(world)
    entry = wire(order, reference="for the lamps")
    part = order.instalments.get(number=1)
    with pytest.raises(NotAllowed):
        actions.match_entry(entry_id=entry.id, instalment_id=part.id, by=world.buyer, now=NOW)
    entry = actions.match_entry(entry_id=entry.id, instalment_id=part.id, by=finance, now=NOW)
    assert (entry.status, entry.payment.cleared_minor, entry.matched_by) == ("matched", 3_000_00, finance)
    assert balance(chart.suspense("USD")) == 0
    with pytest.raises(MovedOn):
        actions.match_entry(entry_id=entry.id, instalment_id=part.id, by=finance, now=NOW)


def test_unmatched_money_goes_back_after_14_days(world):
    entry = wire(stories.placed(world), reference="")
    end = NOW + 14 * DAY
    with pytest.raises(MovedOn):
        actions.begin_return(entry_id=entry.id, now=end - SECOND)
    actions.begin_return(entry_id=entry.id, now=end)
    assert (balance(chart.suspense("USD")), balance(chart.clearing("bank", "USD"))) == (0, -3_000_00)
    for _ in range(2):
        assert actions.push_return(entry_id=entry.id, now=end).status == "returned"
    assert (balance(chart.clearing("bank", "USD")), balance(chart.bank("USD"))) == (0, 0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Müller GmbH & Co. KG", "MUELLER", False),
        ("Müller GmbH & Co. KG", "muller gmbh", True),
        ("Northline Interiors Ltd", "INTERIORS NORTHLINE", True),
        ("Northline", "Northline Interiors", False),
        ("Ltd", "Ltd", False),
    ],
)
def test_names_that_are_the_same_payer(one, other, same):
    assert reconciliation.same_payer(one, (other,)) is same


def test_taking_the_payers_name_after_signing_does_not_make_it_the_buyers(world):
    order = stories.placed(world)
    world.buyer.company_name = world.buyer.full_name = "Holding Ltd"
    world.buyer.save()
    entry = wire(stories.fresh(order), payer_name="Holding Ltd")
    assert entry.status == "suspense" and "payer" in entry.why
    assert wire(order, payer_name="Northline").status == "matched"
