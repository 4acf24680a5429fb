"""Each breach from a contract that was broken, and none from one that was kept; amounts are those of the remedies."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from orders import remedies
from orders.breaches import detect
from orders.breaches.known import Came, Dealt, Facts, KnownLine, Letters, Paper, Received, Sent, Told
from orders.remedies import Goods
from orders.terms import Certificate, DueDocument
from tests import stories
from trade_assurance.rulebook import CURRENT, end_of_day

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
ZONE = "Pacific/Auckland"
SHIP_BY = end_of_day(date(2026, 10, 1), ZONE)
GOODS = Goods(
    quantity=100, unit="pieces", unit_price_minor=100_00, freight_minor=500_00, currency="USD", tolerance_bp=200
)
LINE = KnownLine(1, "Pendant lamp", GOODS, left_minor=10_500_00)
TERMS = stories.terms(freight_minor=500_00)


def sent(on=date(2026, 9, 28), units=100, **fields) -> Sent:
    at = end_of_day(on, ZONE)
    values = {
        "number": 1,
        "transport": "sea",
        "dispatched_on": on,
        "dispatched_at": at,
        "entered_at": at,
        "fact": "On-board date of the bill of lading",
        "document": "SOL-1",
        "holds": {1: units},
    }
    return Sent(**values | fields)


def facts(*shipments, status=None, line=LINE, **fields) -> Facts:
    units = sum(each.holds.get(1, 0) for each in shipments)
    status = status or ("shipped" if units + line.cancelled >= GOODS.quantity else "paid")
    return Facts(
        currency="USD",
        timezone=ZONE,
        rules=CURRENT,
        status=status,
        lines=(replace(line, shipped=units),),
        ship_by_at=SHIP_BY,
        shipments=shipments,
        **fields,
    )


def received(came=None, **fields) -> Facts:
    at = SHIP_BY + 20 * DAY
    fields = {"receipt": Received(at, False, {1: came or Came()})} | fields
    return facts(sent(delivered_at=at), status="received", **fields)


def found(code, known, now=SHIP_BY + 21 * DAY, terms=TERMS):
    """The one breach of a code, or None; no code comes twice for a line."""
    all_of_it = detect(terms, known, now)
    assert len({each.key for each in all_of_it}) == len(all_of_it)
    return next((each for each in all_of_it if each.code == code), None)


def sourced(breach):
    return all(fact.words and fact.source for fact in breach.evidence) and bool(breach.evidence)


def test_nothing_is_broken_when_the_contract_is_kept():
    assert detect(TERMS, facts(sent()), SHIP_BY + 5 * DAY) == ()
    assert detect(TERMS, received(), SHIP_BY + 21 * DAY) == ()
    assert detect(TERMS, facts(), SHIP_BY - SECOND) == ()


def test_not_shipped_by_the_date_from_its_second():
    assert found("not_shipped", facts(), SHIP_BY - SECOND) is None
    broken = found("not_shipped", facts(letters=(Letters("buyer", 2, SHIP_BY),)), SHIP_BY)
    assert (broken.amount_minor, broken.is_objective, broken.key) == (10_500_00, True, "not_shipped:1")
    assert (broken.ask.reason, broken.ask.wish, broken.ask.figures) == ("non_shipment", "refund", {"quantity": 100})
    assert "Thu 1 Oct 2026" in broken.expected and broken.observed == "Nothing of it was shipped"
    assert sourced(broken) and any("2 messages of the buyer" in fact.words for fact in broken.evidence)
    assert any("1 Oct 2026" in fact.words and fact.source == "Contract" for fact in broken.evidence)


def test_a_part_that_was_not_shipped_is_worth_its_price_and_freight():
    broken = found("part_not_shipped", facts(sent(units=60)), SHIP_BY)
    assert broken.amount_minor == 40 * 100_00 + 200_00
    assert broken.observed == "60 of 100 pieces shipped"
    assert found("not_shipped", facts(sent(units=60)), SHIP_BY) is None


def test_shipped_late_is_half_a_percent_a_day_and_ten_at_most():
    assert found("shipped_late", facts(sent(date(2026, 10, 1)))) is None
    one = found("shipped_late", facts(sent(date(2026, 10, 2))))
    assert (one.amount_minor, one.is_objective) == (50_00, True)
    assert (one.ask.reason, one.ask.wish) == ("late", "compensation")
    assert found("shipped_late", facts(sent(date(2026, 10, 21)))).amount_minor == 1_000_00
    assert found("shipped_late", facts(sent(date(2026, 10, 29)))).amount_minor == 1_000_00


def test_a_delay_is_claimed_once_a_line_when_all_of_it_was_shipped():
    part = found("shipped_late", facts(sent(date(2026, 10, 5), units=60)))
    assert part.ask is None and "once a line" in part.why_not and not part.is_claimable
    dealt = facts(sent(date(2026, 10, 5)), dealt=(Dealt(1, "late"),))
    assert found("shipped_late", dealt) is None


def test_delivered_after_the_promised_date_is_noticed_and_worth_nothing():
    terms = replace(TERMS, deliver_by_on="2026-10-20")
    ends = end_of_day(date(2026, 10, 20), ZONE)
    assert found("delivered_late", facts(sent(delivered_at=ends - SECOND)), terms=terms) is None
    broken = found("delivered_late", facts(sent(delivered_at=ends)), terms=terms)
    assert broken.observed == "Shipment 1 delivered 1 day late"
    assert broken.ask is None and broken.amount_minor == 0
    assert "no amount for a delay on the way" in broken.why_not and "it would be USD" in broken.why_not
    assert [(each.source, each.at) for each in broken.evidence][-1] == ("Contract", None)
    assert found("delivered_late", facts(sent(delivered_at=ends + DAY))) is None


@pytest.mark.parametrize(("way", "days"), [("express", 10), ("air", 10), ("sea", 21), ("rail", 21), ("road", 21)])
def test_no_movement_makes_it_lost(way, days):
    moved = SHIP_BY + DAY
    known = facts(sent(transport=way, moved_at=moved), status="shipped")
    assert found("no_movement", known, moved + days * DAY - SECOND) is None
    broken = found("no_movement", known, moved + days * DAY)
    assert (broken.amount_minor, broken.is_objective) == (10_500_00, True)
    assert (broken.ask.reason, broken.ask.figures) == ("non_receipt", {"quantity": 100})
    assert f"no movement for {days} days" in broken.observed
    delivered = facts(sent(transport=way, moved_at=moved, delivered_at=moved), status="shipped")
    assert found("no_movement", delivered, moved + 40 * DAY) is None


@pytest.mark.parametrize("by", ["contract", "carrier"])
def test_not_delivered_five_days_after_the_promise(by):
    promised = date(2026, 10, 10)
    terms = replace(TERMS, deliver_by_on="2026-10-10") if by == "contract" else TERMS
    known = facts(sent(moved_at=end_of_day(date(2026, 10, 14), ZONE), promised_on=promised))
    due = end_of_day(promised, ZONE) + 5 * DAY
    assert found("not_delivered", known, due - SECOND, terms) is None
    broken = found("not_delivered", known, due, terms)
    assert broken.amount_minor == 10_500_00 and "5 days after" in broken.observed
    assert found("no_movement", known, due, terms) is None


def test_what_a_case_has_dealt_with_of_the_lost_goods_is_not_lost_again():
    known = facts(sent(), dealt=(Dealt(1, "non_receipt", 30),))
    assert found("no_movement", known, SHIP_BY + 60 * DAY).ask.figures == {"quantity": 70}
    all_of_it = facts(sent(), dealt=(Dealt(1, "non_receipt", 100),))
    assert found("no_movement", all_of_it, SHIP_BY + 60 * DAY) is None


def test_short_at_receipt_beyond_the_tolerance():
    assert found("short", received(Came(short=2))) is None
    broken = found("short", received(Came(short=3, note="One carton missing")))
    assert broken.amount_minor == remedies.shortage(GOODS, 97, CURRENT).minor == 3 * 100_00 + 15_00
    assert (broken.ask.reason, broken.ask.figures, broken.is_objective) == ("shortage", {"received": 97}, False)
    assert any("One carton missing" in fact.words for fact in broken.evidence)


def test_what_was_cancelled_and_refunded_is_not_short():
    line = replace(LINE, cancelled=40, goods=replace(GOODS, paid_quantity=40))
    known = received(Came(short=40), line=line)
    assert found("short", known) is None
    assert found("short", received(Came(short=45), line=line)).amount_minor == 5 * 100_00 + 25_00


def test_rejected_at_receipt_is_a_share_of_what_came():
    assert found("rejected", received(Came(rejected=2))) is None  # within the AQL of 2.5 %
    broken = found("rejected", received(Came(rejected=10)))
    assert (broken.amount_minor, broken.ask.reason, broken.ask.wish) == (1_000_00, "quality", "refund")
    severe = found("rejected", received(Came(rejected=30)))
    assert (severe.ask.wish, severe.amount_minor) == ("return", 10_500_00)


def test_defects_above_the_aql():
    assert found("defects", received(Came(inspected=80, major=2, minor=3))) is None
    broken = found("defects", received(Came(inspected=80, major=8, rejected=8)))
    assert broken.amount_minor == 1_000_00
    assert broken.ask.figures == {"inspected": 80, "critical": 0, "major": 8, "minor": 0}
    assert found("rejected", received(Came(inspected=80, major=8, rejected=8))) is None
    assert found("defects", received(Came(inspected=80, critical=1))).ask.wish == "return"


def test_a_sample_has_no_quality_protection():
    broken = found("defects", received(Came(inspected=10, major=5), is_sample=True))
    assert broken.ask is None and broken.amount_minor == 0 and "Samples" in broken.why_not


def certified(**fields):
    return replace(TERMS, lines=(replace(TERMS.lines[0], certificates=(Certificate("CE"), Certificate("ISO 9001"))),))


def test_a_mandatory_certificate_that_is_missing():
    papers = (Paper("ce-declaration.pdf", "The supplier’s evidence", SHIP_BY),)
    broken = found("certificate", received(papers=papers), terms=certified())
    assert (broken.expected, broken.ask.reason, broken.amount_minor) == ("ISO 9001", "documents", 10_500_00)
    both = (*papers, Paper("Lumenworks_ISO9001_2026.pdf", "The supplier’s evidence", SHIP_BY))
    assert found("certificate", received(papers=both), terms=certified()) is None
    assert found("certificate", received()) is None
    notes = (Paper("balance sheet.pdf", "", SHIP_BY), Paper("price.pdf", "", SHIP_BY))  # no "CE" of its own
    assert "CE" in found("certificate", received(papers=notes), terms=certified()).expected


def test_a_document_that_is_due_and_missing():
    due = (DueDocument("packing_list"), DueDocument("transport"), DueDocument("origin", "receipt"))
    terms = replace(TERMS, documents=due)
    assert found("document_packing_list", facts(), SHIP_BY - SECOND, terms) is None
    known = facts(sent())
    broken = found("document_packing_list", known, terms=terms)
    assert "no amount for this paper" in broken.why_not and "Ask for it in a message" in broken.why_not
    assert [each.words for each in broken.evidence] == [
        "No file of the supplier’s",
        "Packing list, with the shipment, agreed",
    ]
    assert broken.evidence[0].at is not None
    assert found("document_transport", known, terms=terms) is None  # its number stands in the shipment
    assert found("document_origin", known, terms=terms) is None
    assert found("document_origin", received(), terms=terms)
    papers = (Paper("Packing list 7.pdf", "", SHIP_BY), Paper("Certificate of Origin.pdf", "", SHIP_BY))
    assert not [each for each in detect(terms, received(papers=papers), SHIP_BY) if each.term == "Documents"]


def test_another_way_than_the_incoterm_has():
    known = facts(sent(transport="air"))
    broken = found("wrong_way", known, SHIP_BY)
    assert "FOB Nansha" in broken.expected and "air freight" in broken.observed and broken.ask is None
    assert "no amount for the way alone" in broken.why_not and "of this line up to USD" in broken.why_not
    assert found("wrong_way", known, SHIP_BY, replace(TERMS, incoterm="FCA")) is None
    assert found("wrong_way", facts(sent()), SHIP_BY) is None


def test_delivered_in_another_country():
    def told(country):
        return (Told("delivered", "Delivered", SHIP_BY, "Suva", country, "sandbox"),)

    broken = found("wrong_country", facts(sent(told=told("FJ"))), SHIP_BY)
    assert "in FJ" in broken.observed and broken.evidence[0].source == "Carrier, by sandbox"
    assert found("wrong_country", facts(sent(told=told("NZ"))), SHIP_BY) is None


def test_a_line_in_an_open_case_is_noticed_and_not_claimed_again():
    broken = found("not_shipped", facts(line=replace(LINE, claimed="D-22222222")), SHIP_BY)
    assert broken.claimed == "D-22222222" and not broken.is_claimable


def test_nothing_is_noticed_of_what_is_paid_back_or_closed():
    assert detect(TERMS, facts(line=replace(LINE, left_minor=0)), SHIP_BY) == ()
    closed = received(Came(short=50, rejected=50), line=replace(LINE, is_closed=True))
    over = received(Came(short=50, rejected=50), line=replace(LINE, window_ends_at=SHIP_BY))
    for known in (closed, over):
        assert detect(TERMS, known, SHIP_BY + 60 * DAY) == ()
    for status in ("draft", "placed", "expired", "cancelled", "refunded"):
        assert detect(TERMS, facts(status=status), SHIP_BY + 60 * DAY) == ()


BY_DATE = ("not_shipped", "part_not_shipped", "shipped_late")


@given(
    on=some.dates(date(2026, 9, 1), date(2026, 11, 30)),
    sooner=some.integers(1, 60),
    units=some.integers(1, 100),
    after=some.integers(0, 60),
)
def test_a_shipment_earlier_never_makes_more_breaches(on, sooner, units, after):
    def broken(day):
        known = facts(sent(day, units, delivered_at=datetime(2026, 12, 1, tzinfo=UTC)))
        return [each for each in detect(TERMS, known, end_of_day(on, ZONE) + after * DAY) if each.code in BY_DATE]

    late, early = broken(on), broken(on - sooner * DAY)
    assert {each.code for each in early} <= {each.code for each in late}
    assert sum(each.amount_minor for each in early) <= sum(each.amount_minor for each in late)


@given(came=some.integers(0, 100), more=some.integers(0, 100), shipped=some.integers(0, 100))
def test_more_received_or_shipped_never_raises_the_amount(came, more, shipped):
    def amount(known, code):
        broken = found(code, known)
        return broken.amount_minor if broken else 0

    more = max(came, more)
    assert amount(received(Came(short=100 - more)), "short") <= amount(received(Came(short=100 - came)), "short")

    def missing(units):
        known = facts(*([sent(units=units)] if units else []))
        return max(amount(known, "not_shipped"), amount(known, "part_not_shipped"))

    assert missing(max(shipped, more)) <= missing(shipped)
