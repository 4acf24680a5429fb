"""Whatever can be typed: the linter never fails on it, gives each finding once, and each mend can be done."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.forms import Draft
from orders.forms.overlaying import overlaid
from orders.linting import SEVERITIES, Context, lint, mended
from orders.linting.scoring import POINTS, score, unprotected
from orders.terms import (
    Attribute,
    Certificate,
    DueDocument,
    Inspection,
    InstalmentTerms,
    LineTerms,
    Packaging,
    Terms,
)
from orders.terms.typed import AQLS, DOCUMENTS, DUE_WITH, INSPECTED, INSPECTORS, KINDS, PACKAGES
from orders.terms.typed import SEVERITIES as GRADES
from trade_assurance.rulebook import CURRENT

WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        (
            "",
            "approx. 200 mm",
            "about ca. 3",
            "Good quality, as sample, TBD",
            "China",
            "Hong Kong",
            "Shenzhen, China",
            "by DHL air express, 40' HC FCL",
            "standard EN 60598",
            "LED lamp",
            "±",
            "%s {0} \\1",
        )
    ),
)
AMOUNTS = st.integers(0, 10**14)
FIGURES = st.one_of(
    st.text(max_size=12), st.decimals(allow_nan=True).map(str), st.sampled_from(("", "0", "1E999999", "-2"))
)
DAYS = st.one_of(
    st.none(),
    st.sampled_from(("", "2028-02-29", "2027-02-29", "0001-01-01", "9999-12-31", "nonsense")),
    st.dates(date(2026, 1, 1), date(2029, 1, 1)).map(str),
)
ATTRIBUTES = st.builds(
    Attribute,
    name=WORDS,
    kind=st.sampled_from([*KINDS, ""]),
    unit=st.one_of(WORDS, st.sampled_from(("mm", "kg", "K"))),
    value=FIGURES,
    tolerance=FIGURES,
    low=FIGURES,
    high=FIGURES,
    choices=st.lists(WORDS, max_size=3).map(tuple),
    method=WORDS,
    severity=st.sampled_from([*GRADES]),
)
LINES = st.builds(
    LineTerms,
    product=WORDS,
    quantity=st.integers(0, 10**9),
    unit=st.one_of(WORDS, st.sampled_from(("kg", "pieces"))),
    unit_price_minor=AMOUNTS,
    specification=WORDS,
    quality=WORDS,
    tolerance_bp=st.integers(0, 99_999),
    attributes=st.lists(ATTRIBUTES, max_size=3).map(tuple),
    certificates=st.lists(st.builds(Certificate, name=WORDS), max_size=2).map(tuple),
    packaging=st.one_of(st.none(), st.builds(Packaging, kind=st.sampled_from([*PACKAGES]), words=WORDS)),
)
PARTS = st.builds(
    InstalmentTerms,
    label=WORDS,
    amount_minor=AMOUNTS,
    due_before=st.sampled_from(("production", "shipment", "delivery", "protection_end", "")),
    due_on=DAYS.map(lambda day: day or ""),
)
TERMS = st.builds(
    Terms,
    title=WORDS,
    currency=st.sampled_from(("USD", "EUR", "JPY", "KWD", "XXX", "")),
    lines=st.lists(LINES, max_size=3).map(tuple),
    plan=st.lists(PARTS, max_size=4).map(tuple),
    incoterm=st.sampled_from(("EXW", "FCA", "CPT", "CIP", "FAS", "FOB", "CFR", "CIF", "DAP", "DPU", "DDP", "", "XYZ")),
    place=WORDS,
    destination_country=st.sampled_from(("NZ", "CN", "DE", "US", "ZZ", "")),
    destination_address=WORDS,
    timezone=st.sampled_from(
        ("UTC", "Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Niue", "America/New_York", "", "No/Where", "../etc")
    ),
    ship_by_on=DAYS,
    lead_days=st.one_of(st.none(), st.integers(0, 10**19)),
    freight_minor=AMOUNTS,
    is_sample=st.booleans(),
    quality=WORDS,
    notes=WORDS,
    category=st.sampled_from(("", "lighting", "toys", "nothing")),
    deliver_by_on=DAYS,
    inspection=st.one_of(
        st.none(),
        st.builds(
            Inspection,
            who=st.sampled_from([*INSPECTORS]),
            when=st.sampled_from([*INSPECTED]),
            aql_major=st.one_of(st.sampled_from(AQLS), FIGURES),
        ),
    ),
    documents=st.lists(
        st.builds(DueDocument, kind=st.sampled_from([*DOCUMENTS]), due=st.sampled_from([*DUE_WITH])), max_size=3
    ).map(tuple),
)
CONTEXTS = st.builds(
    Context,
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
    rules=st.just(CURRENT),
    country=st.sampled_from(("CN", "DE", "SA", "NZ", "VN", "ZZ", "")),
    usd_per_unit=st.sampled_from((None, Decimal(1), Decimal("0.0067"))),
    free_limit_minor=st.one_of(st.none(), AMOUNTS),
    usual_lead_days=st.one_of(st.none(), st.integers(1, 90)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(terms=TERMS, context=CONTEXTS)
def test_any_terms_are_linted_and_every_mend_can_be_done(terms, context):
    found = lint(terms, context)
    assert len({finding.key for finding in found}) == len(found)
    assert 0 <= score(found).points <= 100
    assert all(isinstance(sentence, str) for sentence in unprotected(terms, context, found))
    for finding in found:
        assert finding.code in POINTS and finding.severity in SEVERITIES
        if finding.mend is not None:
            changed = finding.mend.change(terms)
            assert changed != terms
            assert finding.key not in {left.key for left in lint(changed, context)}
            assert mended(terms, context, key=finding.key) == changed


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(terms=TERMS, context=CONTEXTS)
def test_any_terms_survive_being_stored_and_give_the_same_findings(terms, context):
    again = Terms.load(terms.dump())
    assert [finding.key for finding in lint(again, context)] == [finding.key for finding in lint(terms, context)]
    assert lint(replace(terms, lines=()), context) is not None


TYPED = st.one_of(
    WORDS,
    st.sampled_from(
        (
            "30%",
            "1,200",
            "0",
            "2",
            "100%",
            "400 ± 2",
            "10 to 20",
            "2026-09-26",
            "production",
            "delivery",
            "kg",
            "FOB",
            "CIF",
            "DAP",
        )
    ),
)
OF_CONTRACT = ("title", "quality", "place", "ship_by_on", "lead_days", "freight", "notes", "is_sample", "incoterm")
OF_LINE = ("product", "quantity", "unit", "unit_price", "specification", "quality", "tolerance", "packaging_kind")
OF_ATTRIBUTE = ("name", "kind", "agreed", "unit", "method", "severity")
OF_PART = ("label", "amount", "due_before", "due_on")


@st.composite
def forms(draw) -> QueryDict:
    """What a browser might send: some fields of the form, with anything in them."""
    data = QueryDict(mutable=True)
    lines, parts = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    data["lines-TOTAL_FORMS"], data["lines-INITIAL_FORMS"] = str(lines), "0"
    data["plan-TOTAL_FORMS"], data["plan-INITIAL_FORMS"] = str(parts), "0"
    data["currency"] = draw(st.sampled_from(("USD", "JPY", "XXX", "")))
    data["timezone"] = draw(st.sampled_from(("UTC", "Pacific/Auckland", "nowhere")))
    data["destination_country"] = draw(st.sampled_from(("NZ", "DE", "CN", "")))
    names = [*OF_CONTRACT]
    names += [f"lines-{n}-{name}" for n in range(lines) for name in OF_LINE]
    names += [f"plan-{n}-{name}" for n in range(parts) for name in OF_PART]
    for line in range(lines):
        rows = draw(st.integers(0, 1))
        data[f"lines-{line}-attributes-TOTAL_FORMS"] = str(rows)
        names += [f"lines-{line}-attributes-{row}-{name}" for row in range(rows) for name in OF_ATTRIBUTE]
    for name in names:
        if draw(st.booleans()):
            data[name] = draw(st.sampled_from(("value", "range", "choice")) if name.endswith("kind") else TYPED)
    return data


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=forms(), context=CONTEXTS)
def test_whatever_is_typed_is_linted_and_a_mend_writes_only_the_fields_that_it_changes(data, context):
    draft = Draft.typed(data, now=context.now)
    terms = draft.terms()
    mendable = {finding.code: finding for finding in lint(terms, context) if finding.mend is not None}
    for finding in mendable.values():  # one of each kind: their mends are the same
        new = finding.mend.change(terms)
        changed = overlaid(data, draft, terms, new, context.now)
        written = {name for name in changed.keys() | data.keys() if changed.get(name) != data.get(name)}
        first = finding.path.split(".")[0]
        also = {"freight": ("plan", "freight"), "documents": ("document_",)}.get(first, (first,))
        assert all(name.startswith(also) for name in written), (finding, written)
        assert Draft.typed(changed, now=context.now).terms() is not None
