"""The decision guide: each row of its table by worked examples to the cent, in USD, JPY and KWD."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disputes import guide
from disputes.guide import Asked, Found
from disputes.models import Claim, DecidedClaim
from orders.remedies import Goods
from trade_assurance.refused import Refused
from trade_assurance.rulebook import CURRENT

R, W, Outcome = Claim.Reason, Claim.Wish, DecidedClaim.Outcome
# 60 lamps at USD 100.00 with USD 250.00 freight; 700 bolts at JPY 13; 90 valves at KWD 7.125 with KWD 10.001 freight
USD = Goods(60, "pieces", 100_00, 250_00, "USD")
JPY = Goods(700, "pieces", 13, 999, "JPY")
KWD = Goods(90, "pieces", 7_125, 10_001, "KWD", tolerance_bp=300)
SHOWN = Found(buyer_evidence=True)


def asked(reason, goods=USD, wish=W.REFUND, **changes) -> Asked:
    whole = goods.quantity * goods.unit_price_minor + goods.freight_minor
    plain = Asked(
        reason=reason,
        wish=wish,
        asked_minor=whole,
        cap_minor=whole,
        whole_minor=whole,
        rules=CURRENT,
        goods=goods,
        units=goods.quantity,
        aqls=("2.5", "4.0"),
    )
    return replace(plain, **changes)


def found(**facts) -> Found:
    return SHOWN.adjusted(facts)


LATE_USD = {"wish": W.COMPENSATION, "shipped": ((20, 5), (40, -1))}
COST = Asked(R.COST, W.REFUND, asked_minor=1_500_00, cap_minor=1_200_00, whole_minor=1_500_00, rules=CURRENT)

EXAMPLES = [
    # code, claim, facts, outcome, amount
    ("sample", asked(R.QUALITY, is_sample=True), found(inspected=10, critical=1), Outcome.OUT_OF_SCOPE, 0),
    ("sample", asked(R.DOCUMENTS, is_sample=True), found(certificate_missing=True), Outcome.OUT_OF_SCOPE, 0),
    ("not_received", asked(R.NON_RECEIPT, is_sample=True), found(missing=60), Outcome.FULL_REFUND, 6_250_00),
    # never shipped (rule 9): price and freight; a third of it; nothing once shipment is proven
    ("not_shipped", asked(R.NON_SHIPMENT), found(missing=60), Outcome.FULL_REFUND, 6_250_00),
    ("not_shipped", asked(R.NON_SHIPMENT), found(missing=20), Outcome.PARTIAL_REFUND, 2_083_33),
    ("not_shipped", asked(R.NON_SHIPMENT, JPY), found(missing=333), Outcome.PARTIAL_REFUND, 333 * 13 + 475),
    ("not_shipped", asked(R.NON_SHIPMENT, KWD), found(missing=7), Outcome.PARTIAL_REFUND, 7 * 7_125 + 777),
    ("shipped", asked(R.NON_SHIPMENT), found(missing=60, shipment_proven=True), Outcome.REJECT, 0),
    ("shipped", asked(R.NON_SHIPMENT), found(missing=0), Outcome.REJECT, 0),
    # never arrived
    ("not_received", asked(R.NON_RECEIPT, JPY), found(missing=700), Outcome.FULL_REFUND, 700 * 13 + 999),
    ("delivered", asked(R.NON_RECEIPT), found(missing=60, delivery_proven=True), Outcome.REJECT, 0),
    # late (rule 9b): 20 of 60 five days late = 2.5 % of USD 2,000; at most 10 %
    ("late", asked(R.LATE, **LATE_USD), found(), Outcome.COMPENSATION, 50_00),
    ("late", asked(R.LATE, **LATE_USD), found(days_late=30), Outcome.COMPENSATION, 200_00),
    ("late", asked(R.LATE, JPY, shipped=((700, 3),)), found(), Outcome.COMPENSATION, 137),  # 1.5 % of 9,100 = 136.5
    ("late", asked(R.LATE, KWD, shipped=((7, 1),)), found(), Outcome.COMPENSATION, 249),  # 0.5 % of 49.875 = 0.249375
    ("in_time", asked(R.LATE, shipped=((60, 0),)), found(), Outcome.REJECT, 0),
    ("in_time", asked(R.LATE, **LATE_USD), found(days_late=0), Outcome.REJECT, 0),
    # short: within the tolerance nothing, beyond it all of it counts
    ("short", asked(R.SHORTAGE), found(received=55), Outcome.PARTIAL_REFUND, 5 * 100_00 + 20_83),
    ("in_tolerance", asked(R.SHORTAGE, KWD), found(received=88), Outcome.REJECT, 0),
    ("short", asked(R.SHORTAGE, KWD), found(received=87), Outcome.PARTIAL_REFUND, 3 * 7_125 + 333),
    ("in_tolerance", asked(R.SHORTAGE), found(received=60), Outcome.REJECT, 0),
    ("short", asked(R.SHORTAGE, JPY), found(received=0), Outcome.FULL_REFUND, 700 * 13 + 999),
    # defects up to 30 %: major × 1.0, minor × 0.3
    ("defects", asked(R.QUALITY), found(inspected=20, major=4), Outcome.PARTIAL_REFUND, 1_200_00),
    ("defects", asked(R.QUALITY), found(inspected=20, minor=3), Outcome.PARTIAL_REFUND, 270_00),
    ("defects", asked(R.QUALITY, JPY), found(inspected=7, major=1), Outcome.PARTIAL_REFUND, 1_300),
    ("defects", asked(R.QUALITY, KWD), found(inspected=90, major=4, minor=9), Outcome.PARTIAL_REFUND, 28_500 + 19_238),
    ("defects", asked(R.PACKAGING), found(inspected=60, minor=6), Outcome.PARTIAL_REFUND, 180_00),
    ("in_aql", asked(R.QUALITY), found(inspected=40, major=1), Outcome.REJECT, 0),  # 2.5 % exactly
    ("defects", asked(R.QUALITY), found(inspected=39, major=1), Outcome.PARTIAL_REFUND, 153_85),
    ("in_aql", asked(R.QUALITY), found(inspected=25, minor=1), Outcome.REJECT, 0),  # 4.0 % exactly
    ("in_aql", asked(R.QUALITY), found(inspected=25), Outcome.REJECT, 0),
    ("not_counted", asked(R.QUALITY), found(), Outcome.REJECT, 0),
    ("no_evidence", asked(R.QUALITY), Found(inspected=20, major=4), Outcome.REJECT, 0),
    ("no_evidence", asked(R.WRONG), Found(wrong=True), Outcome.REJECT, 0),
    # from 30 %: by the buyer's wish all of it back with freight, or 50 % off at 30 % to 80 % off at 100 %
    ("severe_return", asked(R.QUALITY, wish=W.RETURN), found(inspected=10, major=3), Outcome.RETURN_REFUND, 6_250_00),
    ("severe_kept", asked(R.QUALITY), found(inspected=10, major=3), Outcome.PARTIAL_REFUND, 3_000_00),
    ("severe_kept", asked(R.QUALITY), found(inspected=20, major=13), Outcome.PARTIAL_REFUND, 3_900_00),
    ("severe_kept", asked(R.QUALITY), found(inspected=10, major=10), Outcome.PARTIAL_REFUND, 4_800_00),
    ("severe_kept", asked(R.QUALITY, JPY), found(inspected=10, major=4), Outcome.PARTIAL_REFUND, 4_940),
    ("severe_kept", asked(R.QUALITY, KWD), found(inspected=9, major=4), Outcome.PARTIAL_REFUND, 360_321),
    ("critical_kept", asked(R.QUALITY), found(inspected=50, critical=1), Outcome.PARTIAL_REFUND, 4_800_00),
    ("critical_kept", asked(R.QUALITY, JPY), found(inspected=50, critical=1), Outcome.PARTIAL_REFUND, 7_280),
    (
        "severe_return",
        asked(R.QUALITY, KWD, wish=W.RETURN),
        found(inspected=9, critical=1),
        Outcome.RETURN_REFUND,
        651_251,
    ),
    ("wrong_kept", asked(R.WRONG, units=7), found(wrong=True), Outcome.PARTIAL_REFUND, 560_00),
    ("wrong_return", asked(R.WRONG, wish=W.RETURN), found(wrong=True), Outcome.RETURN_REFUND, 6_250_00),
    ("as_agreed", asked(R.WRONG), found(), Outcome.REJECT, 0),
    ("papers_kept", asked(R.DOCUMENTS, KWD), found(certificate_missing=True), Outcome.PARTIAL_REFUND, 320_625),
    (
        "papers_return",
        asked(R.DOCUMENTS, wish=W.RETURN),
        found(certificate_missing=True),
        Outcome.RETURN_REFUND,
        625000,
    ),
    ("certified", asked(R.DOCUMENTS), found(), Outcome.REJECT, 0),
    # replacement by consent alone (rule 18)
    (
        "replacement",
        asked(R.QUALITY, wish=W.REPLACEMENT),
        found(inspected=10, major=5, replacement_agreed=True),
        Outcome.REPLACEMENT,
        0,
    ),
    (
        "severe_return",
        asked(R.QUALITY, wish=W.REPLACEMENT),
        found(inspected=10, major=5),
        Outcome.RETURN_REFUND,
        6_250_00,
    ),
    # the supplier is silent (rule 17): as claimed, but what the file itself disproves stays disproved
    (
        "silent",
        asked(R.QUALITY, asked_minor=900_00, cap_minor=900_00),
        found(supplier_silent=True, inspected=20, major=4),
        Outcome.PARTIAL_REFUND,
        900_00,
    ),
    ("silent", asked(R.NON_RECEIPT), found(supplier_silent=True, missing=60), Outcome.FULL_REFUND, 6_250_00),
    (
        "silent_return",
        asked(R.WRONG, wish=W.RETURN),
        found(supplier_silent=True, wrong=True),
        Outcome.RETURN_REFUND,
        6_250_00,
    ),
    (
        "silent_return",
        asked(R.QUALITY, wish=W.REPLACEMENT, is_severe=True),
        found(supplier_silent=True, inspected=10, major=5),
        Outcome.RETURN_REFUND,
        6_250_00,
    ),
    # what the order itself shows is computed, whoever is silent
    ("late", asked(R.LATE, **LATE_USD), found(supplier_silent=True), Outcome.COMPENSATION, 50_00),
    ("not_shipped", asked(R.NON_SHIPMENT), found(supplier_silent=True, missing=20), Outcome.PARTIAL_REFUND, 2_083_33),
    ("no_evidence", asked(R.QUALITY), Found(supplier_silent=True, inspected=20, major=9), Outcome.REJECT, 0),
    ("in_aql", asked(R.QUALITY), found(supplier_silent=True, inspected=40, major=1), Outcome.REJECT, 0),
    ("delivered", asked(R.NON_RECEIPT), found(supplier_silent=True, delivery_proven=True), Outcome.REJECT, 0),
    ("short", asked(R.SHORTAGE), Found(supplier_silent=True, received=55), Outcome.PARTIAL_REFUND, 520_83),
    # a supplier's cost of an overdue order (rule 2), never above the cap
    ("cost", COST, Found(cost_minor=800_00), Outcome.PARTIAL_REFUND, 800_00),
    ("cost", COST, Found(cost_minor=1_500_00), Outcome.PARTIAL_REFUND, 1_200_00),
    ("no_cost", COST, Found(), Outcome.REJECT, 0),
]


@pytest.mark.parametrize(("code", "claim", "facts", "outcome", "amount"), EXAMPLES)
def test_worked_examples_to_the_cent(code, claim, facts, outcome, amount):
    advised = guide.recommend(claim, facts)
    assert (advised.code, advised.outcome, advised.amount_minor) == (code, outcome, amount)
    assert advised.version == guide.VERSION == 1


def test_each_row_has_an_example_and_the_words_of_its_rule():
    rows = guide.guide(1)
    assert {row.code for row in rows} == {example[0] for example in EXAMPLES}
    assert all(row.sentence.endswith(".") and row.rule for row in rows)
    assert len({row.code for row in rows}) == len(rows)


def test_a_version_that_never_was():
    with pytest.raises(KeyError):
        guide.guide(2)


def test_every_reason_has_a_last_row_that_always_fits():
    for reason in R:
        last = [row for row in guide.guide() if reason in row.reasons][-1]
        claim = COST if reason == R.COST else asked(reason)
        assert last.when(claim, Found(inspected=10, missing=1))


def test_the_cap_bounds_what_is_recommended_and_the_working_says_so():
    advised = guide.recommend(asked(R.NON_RECEIPT, cap_minor=4_000_00), found(missing=60))
    assert (advised.outcome, advised.amount_minor) == (Outcome.FULL_REFUND, 4_000_00)
    assert advised.working[-1] == ("At most what was asked and is covered", 4_000_00)


@pytest.mark.parametrize(
    ("given_facts", "field"),
    [
        ({"inspected": -1}, "inspected"),
        ({"inspected": "20"}, "inspected"),
        ({"inspected": True}, "inspected"),
        ({"inspected": 10**13}, "inspected"),
        ({"wrong": 1}, "wrong"),
        ({"missing": None}, "missing"),
        ({"verdict": 1}, "verdict"),
    ],
)
def test_facts_that_cannot_be(given_facts, field):
    with pytest.raises(Refused) as refused:
        Found().adjusted(given_facts)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


def test_more_defects_than_were_inspected_are_refused_at_their_field():
    with pytest.raises(Refused) as refused:
        guide.recommend(asked(R.QUALITY), found(inspected=5, major=6))
    assert refused.value.field == "major"


@given(
    inspected=st.integers(1, 60),
    counts=st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)),
    cap=st.integers(1, 6_250_00),
    wish=st.sampled_from([W.REFUND, W.RETURN, W.REPLACEMENT]),
    silent=st.booleans(),
)
def test_never_above_the_cap_and_never_nothing_where_something_is_upheld(inspected, counts, cap, wish, silent):
    critical, major, minor = counts
    if sum(counts) > inspected:
        return
    claim = asked(R.QUALITY, wish=wish, asked_minor=cap, cap_minor=cap)
    advised = guide.recommend(
        claim, found(inspected=inspected, critical=critical, major=major, minor=minor, supplier_silent=silent)
    )
    assert 0 <= advised.amount_minor <= cap
    assert (advised.amount_minor == 0) == (advised.outcome in (Outcome.REJECT, Outcome.OUT_OF_SCOPE))
