"""A case in words, for both sides: its state on a row, its three answers, its tracker, what comes if nobody acts."""

from disputes.wording.answering import answers
from disputes.wording.dates import Coming, inaction, next_deadline, silence_of
from disputes.wording.naming import OUTCOMES, cash, name_of
from disputes.wording.offers import conditions
from disputes.wording.standing import state
from disputes.wording.tracking import tracker

__all__ = [
    "OUTCOMES",
    "Coming",
    "answers",
    "cash",
    "conditions",
    "inaction",
    "name_of",
    "next_deadline",
    "silence_of",
    "state",
    "tracker",
]
