"""Steps of an amendment: proposing a change of the contract in force, and answering one (ADR 21)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.models import Order
from orders.models.conditions import is_seller, no_payment_processing, nothing_contested
from orders.steps import NOT_YOURS, Step, gone, to

S = Order.Status
SILENCE = _lazy("If nobody answers, the change lapses and the contract stays as it is.")


def _obstacle(order, user, side, now) -> str:
    """Why nothing of this contract can be changed now; empty when it can."""
    if order.status in (S.SHIPPED, S.RECEIVED):
        return _("All goods have been shipped, so the contract can't be changed. What differs from it can be claimed.")
    if order.status not in (S.PLACED, S.PAID):
        return _("The contract is not accepted yet.") if order.status == S.DRAFT else gone(order)
    if side != Order.Side.BUYER and not is_seller(order, user):
        return NOT_YOURS
    if not no_payment_processing(order):
        return no_payment_processing.sentence
    if not nothing_contested(order):
        return nothing_contested.sentence
    if order.open_disputes:
        return _("A claim on this order is open. Settle it or withdraw it; then the contract can be changed.")
    if order.cancel_proposed_by:
        return _("Cancelling is proposed. Agree to that or take it back; then the contract can be changed.")
    if order.status == S.PAID and order.award_at is not None and now >= order.award_at:
        return _("What was not shipped goes back to the buyer now, so the contract can't be changed.")
    if order.status == S.PLACED and order.cancels_at is not None and now >= order.cancels_at:
        return _("This order was not paid in time and is cancelled now, so the contract can't be changed.")
    return ""


def amend(order, user, side, now):
    """Propose a change of the contract in force."""
    reason = _obstacle(order, user, side, now)
    if not reason and order.amendment_by:
        own = order.amendment_by == side
        reason = (
            _("You have proposed a change. Wait for the answer, or take it back.")
            if own
            else _("The other side has proposed a change. Answer it first.")
        )
    return Step("amend", _("Propose a change"), not reason, reason, target=to("orders:amend", order))


def _theirs(order, side) -> bool:
    return bool(order.amendment_by) and order.amendment_by != side


def answer(order, user, side, now):
    """Sign the change that the other side proposes."""
    if not _theirs(order, side):
        reason = _("The other side has not proposed a change.")
    elif now >= order.amendment_lapses_at:
        reason = _("The time to answer this change is over, so it lapses. It can be proposed again.")
    else:
        reason = _obstacle(order, user, side, now)
    return Step(
        "answer_amendment",
        _("Answer the proposed change"),
        not reason,
        reason,
        order.amendment_lapses_at if not reason else None,
        SILENCE,
        to("orders:amendment", order),
        True,
    )


def decline(order, user, side, now):
    """Decline the change that the other side proposes; also where signing it has to wait."""
    if not _theirs(order, side):
        reason = _("The other side has not proposed a change.")
    elif side != Order.Side.BUYER and not is_seller(order, user):
        reason = NOT_YOURS
    else:
        reason = ""
    label, page = _("Decline the proposed change"), to("orders:decline_amendment", order)
    return Step("decline_amendment", label, not reason, reason, target=page)


def withdraw(order, user, side, now):
    """Take back a change that one's own side has proposed."""
    if order.amendment_by != side or not order.amendment_by:
        reason = _("You have not proposed a change.")
    elif side != Order.Side.BUYER and not is_seller(order, user):
        reason = NOT_YOURS
    else:
        reason = ""
    label, page = _("Take the proposed change back"), to("orders:withdraw_amendment", order)
    return Step("withdraw_amendment", label, not reason, reason, target=page)
