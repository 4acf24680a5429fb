"""The decision guide: a versioned table of claim × facts, each row with the rule's words, an outcome and an amount.

Pure: what a claim says comes as `Asked`, what was found as `Found`. A decision that differs from what the guide
recommends needs a reason and a second adjudicator (Rulebook 18, 19; product.md §6.6).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction

from django.utils import translation

from disputes.grounds import NOT_FOR_SAMPLES
from disputes.models import Claim, DecidedClaim
from disputes.precedents import like_cases
from disputes.retelling import CAPPED
from orders import remedies
from orders.remedies import Goods, Remedy, percent
from trade_assurance.refused import Refused
from trade_assurance.rulebook import Rulebook, rulebook

VERSION = 1
R, W, Outcome = Claim.Reason, Claim.Wish, DecidedClaim.Outcome
OF_QUALITY = (R.QUALITY, R.WRONG, R.PACKAGING)  # what a buyer can show; a certificate that is missing it can't
BY_COUNT = (R.QUALITY, R.PACKAGING)
OF_RECORD = (R.NON_SHIPMENT, R.LATE)  # the order itself shows it, whoever is silent
MOST = 10**12


@dataclass(frozen=True)
class Asked:
    """What the guide looks at of a claim; `goods` and `units` are its line, empty for a supplier's cost."""

    reason: str
    wish: str
    asked_minor: int
    cap_minor: int
    whole_minor: int
    rules: Rulebook
    goods: Goods | None = None
    units: int = 0
    shipped: tuple[tuple[int, int], ...] = ()  # (units, days late) of each shipment
    aqls: tuple[str, str] = ("0", "0")  # of the contract, major and minor, in percent
    is_sample: bool = False
    is_severe: bool = False  # by the buyer's own figures


@dataclass(frozen=True)
class Found:
    """What an adjudicator finds of one claim. The first three the records tell; to find otherwise is an override."""

    supplier_silent: bool = field(default=False, metadata={"label": "The supplier never answered"})
    buyer_evidence: bool = field(default=False, metadata={"label": "The buyer has shown evidence"})
    replacement_agreed: bool = field(default=False, metadata={"label": "The supplier offers a replacement"})
    shipment_proven: bool = field(default=False, metadata={"label": "Shipment is proven"})
    delivery_proven: bool = field(default=False, metadata={"label": "Delivery to the contract’s address is proven"})
    missing: int = field(default=0, metadata={"label": "Units that never came"})
    received: int = field(default=0, metadata={"label": "Units received"})
    days_late: int | None = field(default=None, metadata={"label": "Days late, if not as each shipment’s date says"})
    inspected: int = field(default=0, metadata={"label": "Units inspected"})
    critical: int = field(default=0, metadata={"label": "of them with a critical defect"})
    major: int = field(default=0, metadata={"label": "with a major defect"})
    minor: int = field(default=0, metadata={"label": "with a minor defect, or packaging damaged"})
    wrong: bool = field(default=False, metadata={"label": "The goods are not those of the contract"})
    certificate_missing: bool = field(default=False, metadata={"label": "A mandatory certificate is missing"})
    cost_minor: int = field(default=0, metadata={"label": "Cost that documents prove"})

    def adjusted(self, given: dict) -> "Found":
        """These facts with what an adjudicator enters instead. Raises Refused with `field` for what can't be."""
        kinds = {each.name: each.type for each in fields(self)}
        for name, value in given.items():
            kind = kinds.get(name)
            if kind is None:
                raise Refused("The guide does not ask for this.", field=name)
            if kind is bool:
                if not isinstance(value, bool):
                    raise Refused("Say yes or no.", field=name)
            elif value is None and name == "days_late":
                continue
            elif not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
                raise Refused("Give a whole number that is not negative.", field=name)
        return replace(self, **given)


KNOWN = ("supplier_silent", "buyer_evidence", "replacement_agreed")
FACTS = {  # what the guide asks about each reason, besides what is known
    R.NON_SHIPMENT: ("shipment_proven", "missing"),
    R.NON_RECEIPT: ("delivery_proven", "missing"),
    R.LATE: ("days_late",),
    R.SHORTAGE: ("received",),
    R.QUALITY: ("inspected", "critical", "major", "minor"),
    R.PACKAGING: ("inspected", "minor"),
    R.WRONG: ("wrong",),
    R.DOCUMENTS: ("certificate_missing",),
    R.COST: ("cost_minor",),
}
LABELS = {each.name: each.metadata["label"] for each in fields(Found)}


@dataclass(frozen=True)
class Row:
    """One line of the table: for which claims, on which facts, by which rule, and what follows."""

    code: str
    reasons: tuple[str, ...]
    when: Callable[[Asked, Found], bool]
    rule: str
    sentence: str
    outcome: str
    amount: Callable[[Asked, Found], Remedy] | None = None


@dataclass(frozen=True)
class Recommendation:
    """What the guide says of one claim: never above the claim's cap."""

    version: int
    code: str
    rule: str
    sentence: str
    outcome: str
    amount_minor: int
    working: tuple[tuple[str, int | None], ...]


def recommend(asked: Asked, found: Found, version: int = VERSION) -> Recommendation:
    """The first row of the table that fits. Raises Refused with `field` when the facts contradict themselves."""
    row = next(row for row in guide(version) if asked.reason in row.reasons and row.when(asked, found))
    with translation.override("en"):  # staff read it, and a decision keeps it
        remedy = row.amount(asked, found) if row.amount else Remedy(0, ())
    amount, working = min(remedy.minor, asked.cap_minor), remedy.working
    if amount < remedy.minor:
        working += ((CAPPED, amount),)
    outcome = row.outcome
    if outcome == Outcome.PARTIAL_REFUND and asked.goods and remedy.minor >= asked.whole_minor:
        outcome = Outcome.FULL_REFUND
    return Recommendation(version, row.code, row.rule, row.sentence, outcome, amount, working)


def guide(version: int = VERSION) -> tuple[Row, ...]:
    """The table of a version; raises KeyError for one that never was."""
    return TABLES[version]


# what the rows ask and compute ----------------------------------------------------------------------------------------


def _always(asked: Asked, found: Found) -> bool:
    return True


def _counted(asked: Asked, found: Found) -> Remedy:
    counts = remedies.Found(found.inspected, found.critical, found.major, found.minor)
    return remedies.nonconformity(asked.goods, asked.units, counts, asked.rules, asked.aqls)


def _missing(asked: Asked, found: Found) -> Remedy:
    return remedies.missing(asked.goods, found.missing)


def _short(asked: Asked, found: Found) -> Remedy:
    return remedies.shortage(asked.goods, found.received, asked.rules)


def _late(asked: Asked, found: Found) -> Remedy:
    shipped = asked.shipped
    if found.days_late is not None:
        units = sum(units for units, days in shipped if days > 0) or asked.units
        shipped = ((units, found.days_late),)
    return remedies.late(asked.goods, list(shipped), asked.rules)


def _severe(asked: Asked, found: Found) -> bool:
    return found.inspected > 0 and _counted(asked, found).is_severe


def _sends_back(asked: Asked) -> bool:
    return asked.wish != W.REFUND


def _all_back(asked: Asked, found: Found) -> Remedy:
    return remedies.send_back(asked.goods, asked.units)


def _kept(asked: Asked, bp: Fraction, why: str) -> Remedy:
    value = asked.units * asked.goods.unit_price_minor
    exact = Fraction(value) * bp / 10_000
    minor = exact.numerator // exact.denominator
    whole, rest = divmod(bp.numerator // bp.denominator, 100)
    percent = f"{whole}.{rest:02d}".removesuffix(".00")
    what = f"Value of {asked.units:,} {asked.goods.unit} that came"
    return Remedy(minor, ((what, value), (f"Kept with {percent} % off: {why}", minor)), is_severe=True)


def _kept_at_most(asked: Asked, found: Found) -> Remedy:
    return _kept(asked, Fraction(asked.rules.keep_bp[1]), "a critical defect, or wrong goods")


def _kept_at_least(asked: Asked, found: Found) -> Remedy:
    return _kept(asked, Fraction(asked.rules.keep_bp[0]), "the goods are sound, a certificate is missing")


def _kept_by_share(asked: Asked, found: Found) -> Remedy:
    """From 50 % off at a defect share of 30 % in a straight line to 80 % off at 100 %, rounded down."""
    (least, most), severe = asked.rules.keep_bp, asked.rules.severe_from_bp
    share = Fraction(10_000 * (found.critical + found.major + found.minor), found.inspected)
    off = least + (most - least) * (share - severe) / (10_000 - severe)
    return _kept(asked, off, "in a straight line by the share of defects")


def _as_claimed(asked: Asked, found: Found) -> Remedy:
    return Remedy(asked.asked_minor, (("As claimed", asked.asked_minor),))


def _is_silent(asked: Asked, found: Found) -> bool:
    return found.supplier_silent and found.buyer_evidence


def _cost(asked: Asked, found: Found) -> Remedy:
    return Remedy(found.cost_minor, (("Cost that documents prove", found.cost_minor),))


BUYERS = tuple(reason for reason in R if reason != R.COST)
SHOWN = tuple(reason for reason in BUYERS if reason not in OF_RECORD)
RULE_13 = "Sample orders have payment and shipping protection, no quality protection."
LAW = rulebook(1)  # whose numbers version 1's sentences tell
_KEEP = f"{LAW.keep_bp[0] // 100}–{percent(LAW.keep_bp[1])}"
RULE_9 = (
    f"Proof of shipment within {LAW.late_proof_hours} hours ends a claim of non-shipment; "
    "a late shipment leaves the compensation."
)
RULE_9A = "What is not shipped is cancelled with 100 % refund of its value and freight."
RULE_9B = (
    f"Goods kept though late: {percent(LAW.late_compensation_bp_per_day)} of the late value per day late, "
    f"at most {percent(LAW.late_compensation_max_bp)}."
)
RULE_17 = "A buyer without any evidence in a quality claim is rejected."
SILENT = "A supplier silent against prima-facie evidence: as claimed."
NON_RECEIPT = "The line and its freight, unless there is proof of delivery to the contract’s address."
SHORT = "(agreed − received) × unit price + freight share; nothing within the tolerance, beyond it all of it counts."
AQL = (
    f"A defect share up to the AQL (the contract’s own, else {percent(LAW.aql_major_bp)} major and "
    f"{percent(LAW.aql_minor_bp)} minor; 0 critical) is rejected."
)
SEVERE = (
    f"From {percent(LAW.severe_from_bp)}, or any critical defect, the buyer chooses full return and refund, "
    f"or keeps the goods with {_KEEP}."
)
WRONG = f"Wrong goods: the buyer chooses full return and refund, or keeps the goods with {_KEEP}."
PAPERS = (
    f"A missing mandatory certificate: full return and refund, or the goods kept with {_KEEP}, as the buyer chooses."
)
COST = (
    f"A supplier that cancels an overdue order is paid its documented cost up to {percent(LAW.overdue_cost_bp)} "
    "of the total."
)
DEFECTS = (
    f"Up to {percent(LAW.severe_from_bp)}: the defect share × the line’s value, major × 1, "
    f"minor × {LAW.minor_weight_bp / 10_000:g}."
)
REMEDIES = "Remedies"

TABLES: dict[int, tuple[Row, ...]] = {
    1: (
        # what ends a claim
        Row("sample", NOT_FOR_SAMPLES, lambda a, f: a.is_sample, "Rule 13", RULE_13, Outcome.OUT_OF_SCOPE),
        Row(
            "shipped",
            (R.NON_SHIPMENT,),
            lambda a, f: f.shipment_proven or not f.missing,
            "Rule 9",
            RULE_9,
            Outcome.REJECT,
        ),
        Row(
            "delivered",
            (R.NON_RECEIPT,),
            lambda a, f: f.delivery_proven or not f.missing,
            REMEDIES,
            NON_RECEIPT,
            Outcome.REJECT,
        ),
        Row("in_tolerance", (R.SHORTAGE,), lambda a, f: not _short(a, f).minor, REMEDIES, SHORT, Outcome.REJECT),
        Row("in_time", (R.LATE,), lambda a, f: not _late(a, f).minor, "Rule 9", RULE_9B, Outcome.REJECT),
        Row("no_evidence", OF_QUALITY, lambda a, f: not f.buyer_evidence, "Rule 17", RULE_17, Outcome.REJECT),
        Row(
            "in_aql",
            BY_COUNT,
            lambda a, f: f.inspected > 0 and not _severe(a, f) and not _counted(a, f).minor,
            REMEDIES,
            AQL,
            Outcome.REJECT,
        ),
        Row("as_agreed", (R.WRONG,), lambda a, f: not f.wrong, REMEDIES, WRONG, Outcome.REJECT),
        Row("certified", (R.DOCUMENTS,), lambda a, f: not f.certificate_missing, REMEDIES, PAPERS, Outcome.REJECT),
        Row("no_cost", (R.COST,), lambda a, f: not f.cost_minor, "Rule 2", COST, Outcome.REJECT),
        # what goes before computing
        Row(
            "replacement",
            BUYERS,
            lambda a, f: a.wish == W.REPLACEMENT and f.replacement_agreed,
            "Rule 18",
            "A replacement is decided by consent: the buyer asks for it and the supplier offers it.",
            Outcome.REPLACEMENT,
        ),
        Row(
            "silent_return",
            (*OF_QUALITY, R.DOCUMENTS),
            lambda a, f: (a.wish == W.RETURN or (a.wish == W.REPLACEMENT and a.is_severe)) and _is_silent(a, f),
            "Rule 17",
            SILENT,
            Outcome.RETURN_REFUND,
            _as_claimed,
        ),
        Row("silent", SHOWN, _is_silent, "Rule 17", SILENT, Outcome.PARTIAL_REFUND, _as_claimed),
        # what is computed
        Row("not_shipped", (R.NON_SHIPMENT,), _always, "Rule 9", RULE_9A, Outcome.PARTIAL_REFUND, _missing),
        Row("not_received", (R.NON_RECEIPT,), _always, REMEDIES, NON_RECEIPT, Outcome.PARTIAL_REFUND, _missing),
        Row("short", (R.SHORTAGE,), _always, REMEDIES, SHORT, Outcome.PARTIAL_REFUND, _short),
        Row("late", (R.LATE,), _always, "Rule 9", RULE_9B, Outcome.COMPENSATION, _late),
        Row("not_counted", BY_COUNT, lambda a, f: f.inspected == 0, REMEDIES, AQL, Outcome.REJECT),
        Row(
            "severe_return",
            BY_COUNT,
            lambda a, f: _severe(a, f) and _sends_back(a),
            REMEDIES,
            SEVERE,
            Outcome.RETURN_REFUND,
            _all_back,
        ),
        Row(
            "critical_kept",
            BY_COUNT,
            lambda a, f: f.critical > 0,
            REMEDIES,
            SEVERE,
            Outcome.PARTIAL_REFUND,
            _kept_at_most,
        ),
        Row("severe_kept", BY_COUNT, _severe, REMEDIES, SEVERE, Outcome.PARTIAL_REFUND, _kept_by_share),
        Row(
            "defects",
            BY_COUNT,
            _always,
            REMEDIES,
            DEFECTS,
            Outcome.PARTIAL_REFUND,
            _counted,
        ),
        Row("wrong_return", (R.WRONG,), lambda a, f: _sends_back(a), REMEDIES, WRONG, Outcome.RETURN_REFUND, _all_back),
        Row("wrong_kept", (R.WRONG,), _always, REMEDIES, WRONG, Outcome.PARTIAL_REFUND, _kept_at_most),
        Row(
            "papers_return",
            (R.DOCUMENTS,),
            lambda a, f: _sends_back(a),
            REMEDIES,
            PAPERS,
            Outcome.RETURN_REFUND,
            _all_back,
        ),
        Row("papers_kept", (R.DOCUMENTS,), _always, REMEDIES, PAPERS, Outcome.PARTIAL_REFUND, _kept_at_least),
        Row("cost", (R.COST,), _always, "Rule 2", COST, Outcome.PARTIAL_REFUND, _cost),
    )
}

__all__ = ["VERSION", "Asked", "Found", "Recommendation", "Row", "guide", "like_cases", "recommend"]
