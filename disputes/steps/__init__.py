"""Who may do what in a case, until when, and what silence does: one rule for pages and actions (Rulebook 14-21).

Each module of this package holds the rules of one part of a case's life: `rule(dispute, user, side, now)` gives a
Step, or None for who never takes it. `side` is the one that the person may bind.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from disputes.models import Dispute
from disputes.models.dispute import not_frozen
from orders import steps as order_steps
from orders.steps import Step
from trade_assurance.refused import MovedOn, NotAllowed

MoveRule = Callable[[Dispute, object, str | None, datetime], Step | None]
_rules: dict[str, MoveRule] = {}
ALWAYS = {"message", "evidence"}  # a frozen case still takes words and files
S = Dispute.Status
PAST = {
    S.OPEN: _lazy("This case is past that: talking. Nothing was changed."),
    S.EVIDENCE: _lazy("This case is past that: escalated: evidence. Nothing was changed."),
    S.REBUTTAL: _lazy("This case is past that: escalated: rebuttal. Nothing was changed."),
    S.DECIDING: _lazy("This case is past that: being decided. Nothing was changed."),
    S.INSPECTION: _lazy("This case is past that: waiting for an inspection. Nothing was changed."),
    S.DECIDED: _lazy("This case is past that: decided, appeal possible. Nothing was changed."),
    S.APPEALED: _lazy("This case is past that: appealed. Nothing was changed."),
    S.RETURNING: _lazy("This case is past that: goods going back. Nothing was changed."),
    S.REPLACING: _lazy("This case is past that: replacement agreed. Nothing was changed."),
    S.CLOSED: _lazy("This case is past that: closed. Nothing was changed."),
}


def register(code: str, rule: MoveRule) -> None:
    """Add a step of a case."""
    _rules[code] = rule


def move_of(code: str, dispute: Dispute, user, now: datetime) -> Step | None:
    """One step as `user` sees it; None if it is never theirs."""
    step = _rules[code](dispute, user, dispute.acting_side(user), now)
    if step is not None and step.allowed and dispute.is_frozen and code not in ALWAYS:
        return Step(step.code, step.label, False, not_frozen.sentence)
    return step


def moves_for(dispute: Dispute, user, now: datetime) -> list[Step]:
    """Every step that this person could ever take in this case, allowed ones first, the nearest deadline first."""
    found = [step for code in _rules if (step := move_of(code, dispute, user, now)) is not None]
    return sorted(found, key=lambda s: (not s.allowed, not s.must, s.deadline is None, s.deadline or now))


def demand_move(code: str, dispute: Dispute, *, by, now: datetime) -> Step:
    """Raise NotAllowed or MovedOn, with the reason, unless `by` may take this step now."""
    if dispute.order.side_of(by) is None:
        raise NotAllowed(_("You are not a party to this case."))
    if dispute.acting_side(by) is None:
        raise NotAllowed(_("Your role in your company reads cases; ask an owner or sales to act."))
    step = move_of(code, dispute, by, now)
    if step is None:
        raise NotAllowed(_("This step belongs to the other side of the case."))
    if not step.allowed:
        raise MovedOn(step.reason)
    return step


def allow(transition, by) -> None:
    """Raise NotAllowed or MovedOn with the reason unless `by` can make the transition; `None` is the system."""
    order_steps.allow(transition, by, gone)


def to(name: str, dispute: Dispute, *args) -> tuple:
    """The target of a step on a page of this case."""
    return (f"disputes:{name}", dispute.reference, *args)


def gone(dispute: Dispute) -> str:
    """The sentence for a step that the state of the case no longer allows."""
    return PAST[dispute.status]
