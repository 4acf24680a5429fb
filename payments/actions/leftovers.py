"""What was open about money in suspense ends when the money leaves it: proposals lapse, questions close."""

from datetime import datetime

from accounts.models import User
from payments.models import BankEntry, MatchProposal, PayerQuestion


def end_open(entry: BankEntry, because: str, *, by: User | None = None, now: datetime) -> None:
    """Let an entry's open proposal lapse and close its question to a buyer; part of an action that holds the entry."""
    entry.proposals.filter(state=MatchProposal.State.OPEN).update(
        state=MatchProposal.State.LAPSED, ended_at=now, ended_by=by, ended_because=because
    )
    entry.questions.unsettled().update(state=PayerQuestion.State.CLOSED, ended_at=now, ended_by=by)
