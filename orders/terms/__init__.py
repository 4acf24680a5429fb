"""The terms of a contract: the typed document, what keeps it from being sent, and how it reads in words."""

from orders.terms.document import (
    BEFORE_SHIPMENT,
    DUE_BEFORE,
    INCOTERM_NAMES,
    INCOTERMS,
    INSTALMENTS_MAX,
    LINES_MAX,
    QUANTITY_MAX,
    TEXT_MAX,
    InstalmentTerms,
    LineTerms,
    Terms,
    canonical,
    day_of,
    fingerprint,
    spelled_day,
)
from orders.terms.problems import BadTerms, Problem, problems
from orders.terms.spelling import (
    Change,
    differences,
    spell,
    spell_head,
    spell_rest,
)
from orders.terms.typed import Attribute, Certificate, DueDocument, Inspection, Packaging

__all__ = [
    "BEFORE_SHIPMENT",
    "DUE_BEFORE",
    "INCOTERMS",
    "INCOTERM_NAMES",
    "INSTALMENTS_MAX",
    "LINES_MAX",
    "QUANTITY_MAX",
    "TEXT_MAX",
    "Attribute",
    "BadTerms",
    "Certificate",
    "Change",
    "DueDocument",
    "Inspection",
    "InstalmentTerms",
    "LineTerms",
    "Packaging",
    "Problem",
    "Terms",
    "canonical",
    "day_of",
    "differences",
    "fingerprint",
    "problems",
    "spell",
    "spell_head",
    "spell_rest",
    "spelled_day",
]
