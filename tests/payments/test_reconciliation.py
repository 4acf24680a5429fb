"""Matching as pure logic: what each verdict and each suggestion says of itself (Rulebook 5, 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments import reconciliation
from payments.reconciliation import Arrived, Candidate, Expected, Open

BUYER = ("Northline Interiors",)


def expected(**changes):
    values = {
        "currency": "USD",
        "takes_money": True,
        "buyer_names": BUYER,
        "total_minor": 10_000_00,
        "instalments": (Open(1, 1, 3_000_00), Open(2, 2, 7_000_00)),
        "target": 1,
        "shortfall_borne_minor": 15_00,
        "surplus_kept_minor": 1_00,
    }
    return Expected(**values | changes)


def arrived(amount_minor, **changes):
    return Arrived(**{"amount_minor": amount_minor, "currency": "USD", "payer_name": "Northline Interiors"} | changes)


@pytest.mark.parametrize(
    ("credit", "awaited", "score", "words"),
    [
        (arrived(3_000_00), expected(), 100, "Exactly what is open"),
        (arrived(2_985_00), expected(), 95, "USD 15.00 short, within what we bear"),
        (arrived(2_900_00, charges_minor=100_00), expected(), 90, "explained by the USD 100.00 of charges"),
        (arrived(2_900_00), expected(), 80, "USD 100.00 short: a part"),
        (arrived(3_001_00), expected(), 95, "USD 1.00 over, kept against bank charges"),
        (arrived(3_001_01), expected(), 80, "USD 1.01 over what is open, which goes back"),
        (arrived(10_000_00), expected(), 95, "the order's total"),
        (arrived(100_00), expected(instalments=(Open(1, 1, 0), Open(2, 2, 7_000_00))), 60, "is paid already"),
        (arrived(100_00), expected(takes_money=False), 60, "takes no money any more"),
    ],
)
def test_each_verdict_says_why_in_words_and_how_sure_it_is(credit, awaited, score, words):
    verdict = reconciliation.judge(credit, awaited)
    assert (verdict.score, verdict.suspense) == (score, "") and words in verdict.because


@pytest.mark.parametrize(
    ("credit", "score", "words", "third_party"),
    [
        (arrived(3_000_00, currency="EUR"), 10, "It is in EUR", False),
        (arrived(3_000_00, payer_name="Holding Ltd"), 40, "not the buyer's", True),
    ],
)
def test_what_must_wait_says_why(credit, score, words, third_party):
    verdict = reconciliation.judge(credit, expected())
    assert (verdict.score, verdict.third_party) == (score, third_party) and words in verdict.suspense


@given(
    st.integers(1, 30_000_00),
    st.integers(0, 3_000_00),
    st.integers(0, 7_000_00),
    st.integers(0, 500_00),
    st.booleans(),
)
def test_no_verdict_loses_or_makes_a_cent(amount, first, second, charges, takes_money):
    awaited = expected(takes_money=takes_money, instalments=(Open(1, 1, first), Open(2, 2, second)))
    verdict = reconciliation.judge(arrived(amount, charges_minor=charges), awaited)
    assert sum(p.amount_minor for p in verdict.parts) + verdict.absorbed_minor + verdict.surplus_minor == amount
    open_of = {1: first, 2: second}
    assert all(0 < p.amount_minor and p.amount_minor + p.borne_minor <= open_of[p.instalment_id] for p in verdict.parts)
    assert sum(p.borne_minor for p in verdict.parts) <= max(15_00, charges) and verdict.because and verdict.score


def candidate(number, **changes):
    values = {
        "reference": f"TA-0000-000{number}",
        "rf_reference": f"RF0{number}",
        "label": "Deposit",
        "part": Open(number, 1, 3_000_00),
        "currency": "USD",
        "total_minor": 10_000_00,
        "buyer_names": BUYER,
        "shortfall_borne_minor": 15_00,
        "is_on_account": True,
        "is_named": False,
        "is_alone": True,
        "days_from_due": -2,
    }
    return Candidate(**values | changes)


def test_suggestions_come_likeliest_first_and_tell_why():
    perfect = candidate(1, is_named=True)
    unnamed = candidate(2)
    other_buyer = candidate(3, buyer_names=("Harbour Trade",))
    short = candidate(4, part=Open(4, 1, 3_010_00))
    related = candidate(5, buyer_names=("Northline Holding",), part=Open(5, 1, 9_000_00))
    nothing = candidate(6, buyer_names=("Harbour Trade",), part=Open(6, 1, 9_000_00))
    found = reconciliation.suggest(arrived(3_000_00), [nothing, related, other_buyer, short, unnamed, perfect])
    assert [one.candidate for one in found] == [perfect, unnamed, short, other_buyer, related]
    assert [one.score for one in found] == [100, 85, 80, 60, 32]
    assert "The payer's words name this order." in found[0].reasons
    assert "The amount is USD 10.00 short, which the rule for bank charges bears." in found[2].reasons
    assert any("northline in it" in said and "must name the payer" in said for said in found[4].reasons)
    assert "TA-0000-0001, Deposit, USD 3,000.00 open: 100 of 100." in found[0].words


@pytest.mark.parametrize(
    ("changes", "score", "words"),
    [
        ({"total_minor": 3_000_00}, 85, "same"),
        ({"part": Open(1, 1, 2_000_00), "total_minor": 3_000_00}, 80, "The amount is the order's total."),
        ({"part": Open(1, 1, 3_050_00)}, 65, "USD 50.00 short, within 2%"),
        ({"part": Open(1, 1, 2_000_00)}, 45, "USD 1,000.00 more than what is open"),
        ({"part": Open(1, 1, 4_000_00)}, 45, "USD 1,000.00 short: it would pay a part"),
        ({"is_on_account": False}, 77, "not this supplier's designated one"),
        ({"is_alone": False}, 80, "same"),
        ({"days_from_due": 15}, 81, "same"),
    ],
)
def test_what_is_weighed(changes, score, words):
    (one,) = reconciliation.suggest(arrived(3_000_00), [candidate(1, **changes)])
    assert one.score == score and words in " ".join(one.reasons)


def test_another_currency_is_named_only_when_the_payers_words_name_the_order():
    euro = arrived(3_000_00, currency="EUR")
    assert reconciliation.suggest(euro, [candidate(1)]) == []
    (one,) = reconciliation.suggest(euro, [candidate(1, is_named=True)])
    assert one.score == 0 and "can't pay it" in one.words


@pytest.mark.parametrize(
    ("text", "issued", "why"),
    [
        ("lamps", 0, "without a valid payment reference"),
        ("RF19 5390 0754 7034", 0, "has a wrong check digit"),
        ("RF18539007547034", 0, "none that we have issued"),
        ("RF18 5390 0754 7034 for lamps", 0, "RF18539007547034 is valid, and none that we have issued"),
        ("RF185390075470341", 0, "RF185390075470341 has a wrong check digit"),  # right only without its last letter
        ("RF18 5", 0, "RF185 has a wrong check digit"),
        ("anything", 2, "more than one"),
    ],
)
def test_why_what_was_written_names_no_order(text, issued, why):
    assert why in reconciliation.without_order(text, issued)
