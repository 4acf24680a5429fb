"""Who may do what on an order, until when, and what happens if nobody acts: one rule for pages, API and actions.

Each app joins with `register`; an action asks `demand` under the order's lock, a page asks `steps_for`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django_fsm import has_transition_perm

from orders.models import Order
from trade_assurance.refused import MovedOn, NotAllowed


@dataclass(frozen=True)
class Step:
    """One thing a person could do. `reason` says why not; `silence` what happens at `deadline` if nobody acts."""

    code: str
    label: str
    allowed: bool
    reason: str = ""
    deadline: datetime | None = None
    silence: str = ""
    target: tuple = ()  # name of the page and its arguments
    must: bool = False  # this side is the one that the order waits for

    @property
    def url(self) -> str:
        """The address of the page where this step is taken."""
        return reverse(self.target[0], args=self.target[1:]) if self.target else ""


StepRule = Callable[[Order, object, str | None, datetime], Step | None]
_rules: dict[str, StepRule] = {}


def register(code: str, rule: StepRule) -> None:
    """Add a step: `rule(order, user, side, now)` gives the Step, or None for a side that never takes it."""
    _rules[code] = rule


def steps_for(order: Order, user, now: datetime, *, without=()) -> list[Step]:
    """Every step that `user`'s side could ever take on this order, allowed ones first, the nearest deadline first.

    `without` names steps that a list of many orders need not ask for.
    """
    side = order.side_of(user)
    rules = [rule for code, rule in _rules.items() if code not in without]
    found = [step for rule in rules if (step := rule(order, user, side, now)) is not None]
    return sorted(found, key=lambda s: (not s.allowed, not s.must, s.deadline is None, s.deadline or now))


def step_of(code: str, order: Order, user, now: datetime) -> Step | None:
    """One step as `user` sees it; None if their side never takes it."""
    return _rules[code](order, user, order.side_of(user), now)


def demand(code: str, order: Order, *, by, now: datetime) -> Step | None:
    """Raise NotAllowed or MovedOn, with the reason, unless `by` may take this step now. `by=None` is the system."""
    if by is None:
        return None
    if order.side_of(by) is None:
        raise NotAllowed(_("You are not a party to this order."))
    step = step_of(code, order, by, now)
    if step is None:
        raise NotAllowed(_("This step belongs to the other side of the order."))
    if not step.allowed:
        raise MovedOn(step.reason)
    return step


def allow(transition, by, gone=None) -> None:
    """Raise NotAllowed or MovedOn with the reason unless `by` can make the transition; `None` is the system.

    `gone(row)` gives the sentence when the row's state no longer has the transition; an order's is the default.
    """
    row = transition.__self__
    known = transition._django_fsm.get_transition(row.status)
    if known is None:
        raise MovedOn((gone or order_gone)(row))
    if by is not None and not has_transition_perm(transition, by):
        raise NotAllowed(NOT_YOURS)
    for asked in known.conditions or ():
        if not asked(row):
            raise MovedOn(asked.sentence)


NOT_YOURS = _lazy("This step belongs to the other side of the order, or to another role in your company.")


GONE = {
    Order.Status.DRAFT: _lazy("This order is draft now, so this can't be done. Nothing was changed."),
    Order.Status.PLACED: _lazy("This order is placed now, so this can't be done. Nothing was changed."),
    Order.Status.PAID: _lazy("This order is paid now, so this can't be done. Nothing was changed."),
    Order.Status.SHIPPED: _lazy("This order is shipped now, so this can't be done. Nothing was changed."),
    Order.Status.RECEIVED: _lazy("This order is received now, so this can't be done. Nothing was changed."),
    Order.Status.EXPIRED: _lazy("This order is protection expired now, so this can't be done. Nothing was changed."),
    Order.Status.CANCELLED: _lazy("This order is cancelled now, so this can't be done. Nothing was changed."),
    Order.Status.REFUNDED: _lazy("This order is refunded now, so this can't be done. Nothing was changed."),
}


def gone(order: Order) -> str:
    """The sentence for a step that the order's state no longer allows."""
    return str(GONE[order.status])


order_gone = gone


def to(name: str, order: Order, *args) -> tuple:
    """The target of a step on a page of this order."""
    return (name, order.reference, *args)
