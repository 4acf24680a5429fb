"""Figures and sortable dates as in our English: a contract's amount reads the same to both sides. ADR 27."""

from trade_assurance.formats.en.formats import *  # noqa: F403

DECIMAL_SEPARATOR, THOUSAND_SEPARATOR, NUMBER_GROUPING = ".", ",", 3
