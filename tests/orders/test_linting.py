"""Each rule of the linter, shown by a contract that has the weakness and by one that has not."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from orders.forms import Draft
from orders.forms.placing import place_of
from orders.linting import RULES, SEVERITIES, Context, lint, mended
from orders.linting.scoring import PARTS, POINTS, score, unprotected
from orders.terms import (
    Attribute,
    Certificate,
    DueDocument,
    Inspection,
    InstalmentTerms,
    LineTerms,
    Packaging,
    Terms,
    problems,
)
from trade_assurance.rulebook import CURRENT

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
CHINA = Context(
    now=NOW,
    rules=CURRENT,
    country="CN",
    usd_per_unit=Decimal(1),
    free_limit_minor=20_000_00,
    usual_lead_days=20,
)
COLOUR = Attribute("Colour temperature", "range", unit="K", low="2700", high="3000", method="Spectrometer, EN 13032")
LENGTH = Attribute("Cable", "value", unit="mm", value="1500", tolerance="10", method="Calibrated tape measure")
LAMP = LineTerms(
    product="Pendant shade",
    quantity=100,
    unit="pieces",
    unit_price_minor=100_00,
    specification="Spun aluminium, Ø 400 mm",
    attributes=(COLOUR, LENGTH),
    packaging=Packaging("carton", units_each=4),
)
DOCUMENTS = (DueDocument("invoice"), DueDocument("packing_list"), DueDocument("transport"))


def sound(**changes) -> Terms:
    """A contract in which the linter finds nothing."""
    plain = Terms(
        title="Pendant shades, 100",
        currency="USD",
        lines=(LAMP,),
        plan=(
            InstalmentTerms("Deposit", 3_000_00, "production", "2026-09-05"),
            InstalmentTerms("Balance", 7_000_00, "shipment", "2026-09-18"),
        ),
        incoterm="FCA",
        place="Nansha terminal 3, Guangzhou",
        destination_country="NZ",
        destination_address="12 Quay Street, Auckland",
        timezone="Pacific/Auckland",
        ship_by_on="2026-09-24",
        inspection=Inspection("third_party", "before_shipment", agency="SGS"),
        documents=(*DOCUMENTS, DueDocument("inspection")),
    )
    return replace(plain, **changes)


def line(**changes) -> Terms:
    """The sound contract with its line changed, the plan following the total."""
    changed = sound(lines=(replace(LAMP, **changes),))
    return planned(changed, changed.total_minor * 3 // 10)


def attribute(**changes) -> Terms:
    return line(attributes=(COLOUR, replace(LENGTH, **changes)))


def planned(terms: Terms, deposit_minor: int) -> Terms:
    """The contract with this deposit, the rest before shipment."""
    first, second = terms.plan
    rest = terms.total_minor - deposit_minor
    return replace(terms, plan=(replace(first, amount_minor=deposit_minor), replace(second, amount_minor=rest)))


def due(number: int, **changes) -> Terms:
    plan = sound().plan
    return sound(plan=tuple(replace(part, **changes) if n == number else part for n, part in enumerate(plan)))


def sea(**changes) -> Terms:
    return sound(**{"incoterm": "FOB", "place": "Nansha port, China"} | changes)


def door(**changes) -> Terms:
    """Delivered to the buyer's door, with a promised day."""
    terms = sound(
        **{
            "incoterm": "DAP",
            "place": "12 Quay Street, Auckland",
            "freight_minor": 500_00,
            "deliver_by_on": "2026-10-24",
        }
        | changes
    )
    return planned(terms, 3_000_00)


@dataclass(frozen=True)
class Case:
    """A contract with one weakness: the finding it gives, and the terms that its mend may change (empty: no mend)."""

    code: str
    path: str
    terms: Terms
    touches: tuple[str, ...] = ()
    context: Context = CHINA


TEXT_CASES = [
    Case("vague_words", "lines.0.quality", line(quality=text))
    for text in (
        "Good quality",
        "high-quality finish",
        "As sample",
        "as per approved sample",
        "same as the sample",
        "Standard packing",
        "A grade",
        "Grade AAA",
        "best",
        "premium materials",
        "sturdy frame",
        "as before",
        "suitable box",
        "brass or similar",
    )
]
ONCE = [
    *TEXT_CASES,
    Case("vague_words", "quality", sound(quality="first quality")),
    Case("vague_words", "lines.0.specification", line(specification="Normal size, Ø 400 mm")),
    Case("vague_words", "notes", sound(notes="Ship ASAP")),
    Case("vague_words", "lines.0.packaging.words", line(packaging=Packaging("carton", words="strong boxes"))),
    Case(
        "rough_figure", "lines.0.specification", line(specification="approx. 400 mm wide"), ("lines.0.specification",)
    ),
    Case("rough_figure", "quality", sound(quality="about 12 kg a box"), ("quality",)),
    Case(
        "rough_figure",
        "lines.0.packaging.words",
        line(packaging=Packaging("carton", words="ca. 10 kg")),
        ("lines.0.packaging",),
    ),
    Case("left_open", "notes", sound(notes="Colour TBD")),
    Case("left_open", "lines.0.specification", line(specification="Finish to be confirmed, Ø 400 mm")),
    Case("nothing_measurable", "lines.0.attributes", line(specification="Model 7, black", attributes=())),
    Case("figures_in_words", "lines.0.attributes", line(attributes=())),
    Case("figures_in_words", "lines.0.attributes", line(attributes=(), specification="Steel to EN 10025-2")),
    Case("no_method", "lines.0.attributes.1.method", attribute(method=""), ("lines.0.attributes",)),
    Case("no_method", "lines.0.attributes.1.method", attribute(method="", unit="lm")),
    Case(
        "no_method",
        "lines.0.attributes.1.method",
        attribute(kind="choice", choices=("black", "white"), method=""),
        ("lines.0.attributes",),
    ),
    Case("no_unit", "lines.0.attributes.1.unit", attribute(unit="")),
    Case("empty_attribute", "lines.0.attributes.1.value", attribute(value="")),
    Case("empty_attribute", "lines.0.attributes.1.value", attribute(value="long")),
    Case("empty_attribute", "lines.0.attributes.1.value", attribute(kind="choice", choices=())),
    Case(
        "upside_down",
        "lines.0.attributes.1.low",
        attribute(kind="range", low="90", high="9"),
        ("lines.0.attributes",),
    ),
    Case("exact_value", "lines.0.attributes.1.tolerance", attribute(tolerance=""), ("lines.0.attributes",)),
    Case("exact_value", "lines.0.attributes.1.tolerance", attribute(tolerance="", value="0")),
    Case("no_inspection", "inspection", sound(inspection=None), ("inspection",)),
    Case(
        "supplier_inspects",
        "inspection.who",
        sound(inspection=Inspection("supplier", "before_shipment")),
        ("inspection",),
    ),
    Case(
        "supplier_at_receipt", "inspection.who", sound(inspection=Inspection("supplier", "at_receipt")), ("inspection",)
    ),
    Case(
        "loose_aql",
        "inspection.aql_major",
        sound(inspection=Inspection("buyer", "before_shipment", aql_major="4.0")),
        ("inspection",),
    ),
    Case(
        "loose_aql",
        "inspection.aql_minor",
        sound(inspection=Inspection("buyer", "before_shipment", aql_minor="6.5")),
        ("inspection",),
    ),
    Case("no_tolerance", "lines.0.tolerance", line(unit="kg"), ("lines.0.tolerance_bp",)),
    Case("no_tolerance", "lines.0.tolerance", line(unit="M"), ("lines.0.tolerance_bp",)),
    Case("widest_tolerance", "lines.0.tolerance", line(tolerance_bp=500), ("lines.0.tolerance_bp",)),
    Case("freight_not_in_term", "freight", planned(sea(freight_minor=500_00), 3_150_00), ("freight_minor", "plan")),
    Case("sea_term_by_air", "incoterm", sea(notes="Sent by DHL"), ("incoterm",)),
    Case("sea_term_by_air", "incoterm", sea(place="Guangzhou airport"), ("incoterm",)),
    Case("sea_term_container", "incoterm", sea(notes="One 40' HC container"), ("incoterm",)),
    Case("sea_term_container", "incoterm", sea(notes="FCL"), ("incoterm",)),
    Case("vague_place", "place", sound(place="")),
    Case("vague_place", "place", sound(place="China")),
    Case("vague_place", "place", sea(place="any Chinese port")),
    Case("place_elsewhere", "place", sea(place="Auckland, New Zealand")),
    Case("place_elsewhere", "place", door(place="Shenzhen, China")),
    Case("freight_missing", "freight", door(freight_minor=0)),
    Case("same_country", "destination_country", sound(destination_country="CN")),
    Case("deliver_by_missing", "deliver_by_on", door(deliver_by_on=None), ("deliver_by_on",)),
    Case("deliver_by_too_near", "deliver_by_on", door(deliver_by_on="2026-09-25"), ("deliver_by_on",)),
    Case("deliver_by_too_near", "deliver_by_on", door(deliver_by_on="2026-09-20"), ("deliver_by_on",)),
    Case(
        "deliver_by_too_near",
        "deliver_by_on",
        door(deliver_by_on="2026-09-30", notes="Goes by sea freight"),
        ("deliver_by_on",),
    ),
    Case("deliver_by_not_owed", "deliver_by_on", sound(deliver_by_on="2026-10-24"), ("deliver_by_on",)),
    Case("short_lead", "lead_days", sound(ship_by_on=None, lead_days=2), ("lead_days",)),
    Case("short_lead", "lead_days", sound(ship_by_on=None, lead_days=0), (), replace(CHINA, usual_lead_days=None)),
    Case("below_usual_lead", "lead_days", sound(ship_by_on=None, lead_days=10), ("lead_days",)),
    Case("ship_by_weekend", "ship_by_on", sound(ship_by_on="2026-09-27"), ("ship_by_on",)),
    Case("ship_by_holiday", "ship_by_on", sound(ship_by_on="2026-09-25"), ("ship_by_on",)),
    Case("ship_by_long_holiday", "ship_by_on", sound(ship_by_on="2026-10-02"), ("ship_by_on",)),
    Case("holidays_unknown", "ship_by_on", sound(), (), replace(CHINA, country="ZZ")),
    Case("total_above_limit", "lines", sound(), (), replace(CHINA, free_limit_minor=9_999_99)),
    Case("total_above_limit", "lines", sound(), (), replace(CHINA, free_limit_minor=0)),
    Case("deposit_much", "plan.0.amount", planned(sound(), 5_000_01), ("plan",)),
    Case(
        "all_before_production",
        "plan.0.amount",
        sound(plan=(InstalmentTerms("All", 10_000_00, "production", "2026-09-05"),)),
        ("plan",),
    ),
    Case("no_time_to_clear", "plan.1.due_on", due(1, due_on="2026-09-22"), ("plan.1.due_on",)),
    Case("due_after_ship_by", "plan.1.due_on", due(1, due_on="2026-09-30"), ("plan.1.due_on",)),
    Case("late_instalment", "plan.1.due_before", due(1, due_before="delivery"), ("plan.1.due_before",)),
    Case(
        "late_instalment",
        "plan.1.due_before",
        due(1, due_before="protection_end", due_on="2026-11-01"),
        ("plan.1.due_before", "plan.1.due_on"),
    ),
    Case("no_packaging", "lines.0.packaging", line(packaging=None), ("lines.0.packaging",)),
    Case(
        "no_ce",
        "lines.0.certificates",
        replace(line(product="LED lamp"), destination_country="DE"),
        ("lines.0.certificates",),
    ),
    Case(
        "no_ce", "lines.0.certificates", sound(category="lighting", destination_country="FR"), ("lines.0.certificates",)
    ),
    Case(
        "no_documents", "documents", sound(documents=(), inspection=Inspection("buyer", "at_receipt")), ("documents",)
    ),
    Case("no_transport_document", "documents.transport", sound(documents=(DueDocument("inspection"),)), ("documents",)),
    Case(
        "no_insurance_document",
        "documents.insurance",
        planned(sound(incoterm="CIP", place="Auckland", freight_minor=500_00), 3_000_00),
        ("documents",),
    ),
    Case("no_inspection_report", "documents.inspection", sound(documents=DOCUMENTS), ("documents",)),
    Case("sample_quality", "is_sample", sound(is_sample=True, quality="Matt black"), ("is_sample",)),
    Case("sample_quality", "is_sample", sound(is_sample=True, lines=(replace(LAMP, attributes=()),)), ("is_sample",)),
]


def leaves(value, path="") -> dict:
    """Every value of a document by its path."""
    if isinstance(value, dict):
        return {p: v for name, each in value.items() for p, v in leaves(each, f"{path}.{name}").items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {p: v for n, each in enumerate(value) for p, v in leaves(each, f"{path}.{n}").items()}
    return {path.lstrip("."): value}


def named(case: Case) -> str:
    return f"{case.code}-{case.path}"


def test_a_sound_contract_has_no_finding_and_the_full_score():
    assert lint(sound(), CHINA) == ()
    assert score(()).points == 100
    assert unprotected(sound(), CHINA, ()) == []


@pytest.mark.parametrize("case", ONCE, ids=named)
def test_a_contract_with_one_weakness_gives_that_one_finding(case):
    found = lint(case.terms, case.context)
    assert [(finding.code, finding.path) for finding in found] == [(case.code, case.path)]
    (finding,) = found
    assert finding.severity in SEVERITIES
    assert finding.what[0].isupper() or not finding.what[0].isalpha()
    assert finding.what.endswith(".") and finding.why.endswith(".")
    assert (finding.mend is not None) == bool(case.touches)


@pytest.mark.parametrize("case", [case for case in ONCE if case.touches], ids=named)
def test_a_mend_removes_its_finding_and_changes_nothing_else(case):
    (finding,) = lint(case.terms, case.context)
    new = finding.mend.change(case.terms)
    assert case.code not in {left.code for left in lint(new, case.context)}
    before, after = leaves(case.terms.dump()), leaves(new.dump())
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert changed
    assert all(path.startswith(case.touches) for path in changed)
    assert mended(case.terms, case.context, key=finding.key) == new


@pytest.mark.parametrize("case", [case for case in ONCE if case.touches], ids=named)
def test_a_mend_never_makes_a_contract_that_cannot_be_sent(case):
    asked = {"rules": CURRENT, "usd_per_unit": Decimal(1), "now": NOW}
    before = {problem.path for problem in problems(case.terms, **asked)}
    new = mended(case.terms, case.context, key=f"{case.code}:*")
    assert {problem.path for problem in problems(new, **asked)} <= before


@pytest.mark.parametrize("case", ONCE, ids=named)
def test_each_finding_has_a_field_on_the_form(case):
    draft = Draft.of(case.terms, now=NOW)
    assert place_of(draft, case.path).anchor in {
        *(field.auto_id for form in draft.every_form() for field in form),
        *(f"add-{one}-0" for one in ("attribute", "certificate")),
    }


def test_every_code_of_the_rules_has_points_and_a_contract_that_shows_it():
    assert {case.code for case in ONCE} | {"deposit_above_limit"} == set(POINTS)
    assert {part for part, _ in POINTS.values()} == set(PARTS)
    assert sum(PARTS.values()) == 100
    assert all(points <= PARTS[part] for part, points in POINTS.values())
    assert len(set(RULES)) == len(RULES)


@pytest.mark.parametrize(
    "terms",
    [
        line(quality="Powder coat to ISO 2409, class 1, standard RAL 9005"),
        line(specification="Steel grade A to ASTM A36, Ø 400 mm"),
        line(quality="Standards: EN 60598-1"),
        sound(notes="The usual person at the port is Mr Chen; write to him about 3 days before."),
        line(specification="Air filter, container lid, Ø 400 mm"),
        line(specification="Ø 400 mm ± 2 %"),
        line(unit="kg", tolerance_bp=200),
        line(tolerance_bp=499),
        attribute(name="CRI", unit="", value="90", tolerance="1"),
        attribute(kind="range", low="90", high=""),
        attribute(kind="range", low="90", high="90"),
        attribute(kind="choice", choices=("black",), unit=""),
        attribute(tolerance="0"),
        sea(),
        sea(notes="In bulk by sea freight"),
        sound(notes="One 40' HC container"),
        sound(notes="Sent by DHL"),
        sound(place="Hong Kong"),
        sea(place="Port of Shanghai, China"),
        door(),
        door(place="Auckland, New Zealand"),
        door(deliver_by_on="2026-09-28"),
        sound(ship_by_on=None, lead_days=20),
        sound(ship_by_on="2026-09-28"),
        due(1, due_on="2026-09-21"),
        planned(sound(), 5_000_00),
        sound(inspection=None, lines=(replace(LAMP, quantity=19),), plan=(
            InstalmentTerms("All", 1_900_00, "shipment", "2026-09-18"),
        )),
        sound(inspection=Inspection("buyer", "before_shipment"), documents=DOCUMENTS),
        replace(line(product="LED lamp"), destination_country="US"),
        replace(line(product="Lampshade"), destination_country="DE"),
        replace(
            line(product="LED lamp", certificates=(Certificate("CE declaration"),)), destination_country="DE"
        ),
        sound(incoterm="EXW", documents=(DueDocument("inspection"),)),
        sound(quality="Weight 1.2 kg, about the size of a football"),
    ],
)  # fmt: skip
def test_what_is_measured_and_usual_is_not_complained_about(terms):
    assert lint(terms, CHINA) == ()


def test_a_limit_that_just_covers_the_total_is_no_finding():
    assert lint(sound(), replace(CHINA, free_limit_minor=10_000_00)) == ()


def test_a_deposit_above_the_limit_is_said_beside_the_total_above_it():
    found = lint(sound(), replace(CHINA, free_limit_minor=2_999_99))
    assert [finding.code for finding in found] == ["total_above_limit", "deposit_above_limit"]
    assert [finding.code for finding in lint(sound(), replace(CHINA, free_limit_minor=3_000_00))] == [
        "total_above_limit"
    ]


def test_without_a_rate_nothing_is_said_about_limits():
    unknown = replace(CHINA, usd_per_unit=None, free_limit_minor=None)
    assert lint(sound(inspection=None, documents=DOCUMENTS), unknown) == ()


def test_thresholds_are_asked_in_the_currency_of_the_contract():
    terms = sound(inspection=None, currency="JPY", lines=(replace(LAMP, unit_price_minor=2_900),), documents=DOCUMENTS)
    terms = planned(terms, 87_000)
    yen = replace(CHINA, usd_per_unit=Decimal("0.0067"))
    assert lint(terms, yen) == ()  # JPY 290,000 are USD 1,943
    dearer = planned(replace(terms, lines=(replace(LAMP, unit_price_minor=3_000),)), 90_000)
    assert [finding.code for finding in lint(dearer, yen)] == ["no_inspection"]


def test_the_freight_taken_out_leaves_the_plan_in_the_same_shares():
    terms = planned(sea(freight_minor=500_00), 3_150_00)
    new = mended(terms, CHINA, key="freight_not_in_term:freight")
    assert [part.amount_minor for part in new.plan] == [3_000_00, 7_000_00]
    assert new.total_minor == 10_000_00


def test_a_plan_of_one_payment_is_split_into_deposit_and_balance():
    terms = sound(plan=(InstalmentTerms("All", 10_000_00, "production", "2026-09-05"),))
    new = mended(terms, CHINA, key="all_before_production:plan.0.amount")
    assert [(part.amount_minor, part.due_before, part.due_on) for part in new.plan] == [
        (3_000_00, "production", "2026-09-05"),
        (7_000_00, "shipment", "2026-09-19"),
    ]


def test_a_mend_of_all_lines_mends_each():
    bare = replace(LAMP, packaging=None)
    terms = planned(sound(lines=(bare, LAMP, replace(bare, unit="kg", tolerance_bp=200))), 9_000_00)
    new = mended(terms, CHINA, key="no_packaging:*")
    assert [each.packaging.kind for each in new.lines] == ["carton", "carton", "bulk"]
    assert new.lines[1] == LAMP


@pytest.mark.parametrize("term", ["EXW", "FCA", "FAS", "FOB"])
def test_freight_is_charged_under_no_term_whose_buyer_carries(term):
    terms = planned(sound(incoterm=term, freight_minor=500_00), 3_150_00)
    assert "freight_not_in_term" in {finding.code for finding in lint(terms, CHINA)}


@pytest.mark.parametrize("words", ["DHL Express", "by courier", "air waybill", "FedEx", "Hong Kong airport"])
@pytest.mark.parametrize(("term", "better"), [("FAS", "FCA"), ("FOB", "FCA"), ("CFR", "CPT"), ("CIF", "CIP")])
def test_no_sea_term_goes_with_a_courier_or_a_plane(term, better, words):
    terms = sound(incoterm=term, notes=f"Sent {words}")
    assert mended(terms, CHINA, key="sea_term_by_air:incoterm").incoterm == better
    assert mended(sound(incoterm=better, notes=terms.notes), CHINA, key="sea_term_by_air:incoterm") is None


@pytest.mark.parametrize(
    ("on", "words"),
    [("2026-09-24", "due on the ship-by"), ("2026-09-23", "1 day before"), ("2026-09-22", "2 days before")],
)
def test_days_are_counted_in_good_english(on, words):
    (finding,) = lint(due(1, due_on=on), CHINA)
    assert words in finding.what


def test_goods_that_stay_in_the_country_take_a_day():
    terms = door(destination_country="CN", deliver_by_on="2026-09-24", place="Shanghai")
    (finding,) = (each for each in lint(terms, CHINA) if each.code == "deliver_by_too_near")
    assert "Even within one country it takes a day." in finding.why


def test_both_aqls_are_mended_together():
    terms = sound(inspection=Inspection("buyer", "before_shipment", aql_major="4.0", aql_minor="6.5"))
    inspection = mended(terms, CHINA, key="loose_aql:*").inspection
    assert (inspection.aql_major, inspection.aql_minor) == ("2.5", "4.0")


@pytest.mark.parametrize("key", ["", ":", "no_such:lines", "no_packaging:lines.7.packaging", "total_above_limit:lines"])
def test_a_mend_that_is_none_changes_nothing(key):
    assert mended(line(packaging=None), replace(CHINA, free_limit_minor=1), key=key) is None


def test_the_score_is_the_sum_of_its_parts_and_each_part_says_what_it_lost():
    terms = replace(line(packaging=None, quality="Good quality"), documents=())
    found = lint(terms, CHINA)
    told = score(found)
    assert {part.code: (part.earned, part.most, part.taken) for part in told.parts} == {
        "quality": (27, 35, (("vague_words", 8),)),
        "delivery": (25, 25, ()),
        "money": (25, 25, ()),
        "papers": (4, 15, (("no_documents", 6), ("no_packaging", 3), ("no_inspection_report", 2))),
    }
    assert told.points == 81


def test_a_part_of_the_score_never_goes_below_zero_and_a_code_counts_once():
    bare = LineTerms(product="Good", quantity=1, unit="pieces", unit_price_minor=100, quality="best, TBD, approx 3 mm")
    found = lint(sound(is_sample=True, lines=(bare,) * 9), CHINA)
    assert all(part.earned >= 0 for part in score(found).parts)
    many = lint(sound(lines=(replace(LAMP, packaging=None),) * 5), CHINA)
    papers = next(part for part in score(many).parts if part.code == "papers")
    assert papers.taken == (("no_packaging", 3),)


@pytest.mark.parametrize(
    ("terms", "context", "sentence"),
    [
        (sound(is_sample=True), CHINA, "Quality: a sample order has payment and shipping protection only."),
        (
            sound(),
            replace(CHINA, free_limit_minor=7_000_00),
            "After release at receipt: USD 3,000.00 of USD 10,000.00 is covered only as far as we still hold it.",
        ),
        (
            due(1, due_before="delivery"),
            CHINA,
            "USD 7,000.00 that is due after shipment, if it isn’t paid here before protection ends.",
        ),
        (
            line(quality="Good quality"),
            CHINA,
            "What vague words promise: a dispute about it is decided on what the words let measure.",
        ),
        (
            line(tolerance_bp=200),
            CHINA,
            "Quantities within the tolerances: up to USD 200.00 worth may be missing without a claim.",
        ),
        (
            door(deliver_by_on=None),
            CHINA,
            "A slow journey: only the dispatch has a date, the arrival has none.",
        ),
    ],
)
def test_what_is_not_protected_is_said_in_words(terms, context, sentence):
    assert unprotected(terms, context, lint(terms, context)) == [sentence]


# days: leap years, clocks that change, the date line, countries without a calendar --------------------------------


def ship_by(day: str, zone: str, country: str, now=NOW):
    context = replace(CHINA, country=country, now=now, usual_lead_days=None)
    plan = (InstalmentTerms("All", 10_000_00, "shipment", now.date().isoformat()),)
    return [f for f in lint(sound(ship_by_on=day, timezone=zone, plan=plan), context) if f.path == "ship_by_on"]


@pytest.mark.parametrize(
    ("day", "zone", "country", "code"),
    [
        ("2026-09-28", "Pacific/Auckland", "DE", None),  # Monday 13:00 in Berlin ends it: Sunday is its last work day
        ("2026-09-29", "Pacific/Auckland", "DE", None),
        ("2026-09-26", "America/Los_Angeles", "DE", "ship_by_weekend"),  # Saturday
        ("2026-09-25", "America/Los_Angeles", "DE", None),  # ends on Saturday in Berlin, but Friday is whole
        ("2026-09-27", "Pacific/Pago_Pago", "NZ", "ship_by_weekend"),  # ends on Monday 24:00 in New Zealand
        ("2026-09-26", "Pacific/Kiritimati", "CN", "ship_by_weekend"),
        ("2026-10-25", "Europe/Berlin", "DE", "ship_by_weekend"),  # the clock goes back
        ("2026-11-01", "America/New_York", "US", "ship_by_weekend"),
        ("2027-03-28", "Europe/Berlin", "DE", "ship_by_weekend"),  # an hour of that day is missing
        ("2026-10-26", "Europe/Berlin", "DE", None),
        ("2026-09-28", "Pacific/Apia", "US", "ship_by_weekend"),  # over on Monday 07:00 in New York: Sunday there
    ],
)
def test_the_day_is_asked_of_the_calendar_where_the_goods_come_from(day, zone, country, code):
    found = ship_by(day, zone, country)
    if (day, zone) == ("2026-09-28", "Pacific/Auckland"):
        code = "ship_by_weekend"
    if (day, zone) == ("2026-09-27", "Pacific/Pago_Pago"):
        code = None
    assert [finding.code for finding in found] == ([code] if code else [])


def test_across_the_date_line_the_finding_says_which_day_is_meant():
    (finding,) = ship_by("2026-09-28", "Pacific/Auckland", "DE")
    assert "Monday, 28 Sep 2026 in the contract’s time zone" in finding.what
    assert "Sunday, 27 Sep 2026 is the weekend in Germany" in finding.what
    assert finding.mend.change(sound()).ship_by_on == "2026-09-29"


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "UTC", "America/New_York", "Pacific/Kiritimati"])
def test_the_29th_of_february_is_a_day_like_any_other(zone):
    now = datetime(2028, 2, 1, 9, 0, tzinfo=UTC)
    assert [f.code for f in ship_by("2028-02-29", zone, "DE", now)] == []  # a Tuesday
    assert [f.code for f in ship_by("2027-02-29", zone, "DE", now)] == []  # no day at all: for problems() to say


def test_the_new_year_of_china_is_a_long_holiday_before_and_long_after_it():
    now = datetime(2027, 1, 5, 9, 0, tzinfo=UTC)
    for day in ("2027-02-03", "2027-02-05", "2027-02-08", "2027-02-17"):
        (finding,) = ship_by(day, "Asia/Shanghai", "CN", now)
        assert finding.code == "ship_by_long_holiday"
        later = date.fromisoformat(finding.mend.change(sound()).ship_by_on)
        assert later > date(2027, 2, 17)
    assert ship_by("2027-02-01", "Asia/Shanghai", "CN", now) == []
    assert ship_by("2027-02-24", "Asia/Shanghai", "CN", now) == []


def test_days_after_payment_that_end_in_a_long_holiday_are_told_for_a_buyer_who_pays_on_time():
    now = datetime(2027, 1, 5, 9, 0, tzinfo=UTC)
    plan = (InstalmentTerms("All", 10_000_00, "shipment", "2027-01-08"),)
    terms = sound(ship_by_on=None, lead_days=30, plan=plan)
    (finding,) = lint(terms, replace(CHINA, now=now))
    assert (finding.code, finding.path) == ("ship_by_long_holiday", "lead_days")
    assert finding.what.startswith("If the buyer pays on the day it is due, the ship-by date is 7 Feb 2027.")
    new = finding.mend.change(terms)
    assert new.lead_days > 30 and lint(new, replace(CHINA, now=now)) == ()


@pytest.mark.parametrize("country", ["ZZ", "XX", "QQ"])
def test_a_country_whose_holidays_nobody_wrote_down_is_said_to_be_unchecked(country):
    (finding,) = ship_by("2026-09-26", "UTC", country)
    assert finding.code == "holidays_unknown" and "isn’t checked" in finding.what
    assert score((finding,)).points == 100


def test_a_supplier_without_a_country_is_not_complained_about():
    assert ship_by("2026-09-26", "UTC", "") == []


def test_a_weekend_is_that_of_the_country():
    assert [f.code for f in ship_by("2026-09-18", "Asia/Riyadh", "SA")] == ["ship_by_weekend"]  # a Friday
    assert ship_by("2026-09-20", "Asia/Riyadh", "SA") == []  # a Sunday
