"""Steps of feedback: the buyer's review, the supplier's one reply, the buyer's one revision (Rulebook, "Feedback")."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.models import Order, Review
from orders.models.conditions import is_seller
from orders.steps import NOT_YOURS, Step, to

REVIEWED = _lazy("You have reviewed this order already.")
REMOVED = _lazy("Our staff have removed the review of this order, so nothing can be added to it.")


def review_of(order: Order) -> Review | None:
    """The order's review, also one that staff have removed."""
    return getattr(order, "review", None)


def works_there(order: Order) -> str:
    """Why a buyer who works for the supplier has no say: the two are one."""
    return _("You work for {name}, so you can't review it.").format(name=order.supplier.name)


def review_until(order: Order) -> datetime | None:
    """When the time to review ends; None while the order is open."""
    return order.closed_at + timedelta(days=order.rulebook.feedback_days) if order.closed_at else None


def reply_until(order: Order, review: Review) -> datetime:
    return review.written_at + timedelta(days=order.rulebook.reply_days)


def revise_until(order: Order, review: Review) -> datetime | None:
    """When the time to revise ends; None before there is a reply to answer."""
    return review.replied_at + timedelta(days=order.rulebook.revision_days) if review.replied_at else None


def review(order, user, side, now):
    """Say how it went, once, from receipt until 60 days after the order is closed."""
    if side != Order.Side.BUYER:
        return None
    days, until, written = order.rulebook.feedback_days, review_until(order), review_of(order)
    if order.received_at is None:
        reason = _("You can review the order once you have received the goods.")
    elif written is not None:
        reason = REVIEWED if written.removed_at is None else REMOVED
    elif until is not None and now >= until:
        reason = _("A review can be written until {days} days after the order is closed; that time is over.").format(
            days=days
        )
    elif order.member(user) is not None:
        reason = works_there(order)
    else:
        reason = ""
    silence = _("After that the supplier's rating goes on without your word.")
    if until is None:
        silence = _("There is time until {days} days after the order is closed.").format(days=days)
    deadline = None if reason else until
    return Step("review", _("Write a review"), not reason, reason, deadline, silence, to("orders:review", order))


def reply(order, user, side, now):
    """Answer the buyer's review, once, within 30 days."""
    if side != Order.Side.SUPPLIER:
        return None
    days, written = order.rulebook.reply_days, review_of(order)
    if written is None:
        reason = _("The buyer has not reviewed this order.")
    elif written.removed_at is not None:
        reason = REMOVED
    elif not is_seller(order, user):
        reason = NOT_YOURS
    elif written.replied_at is not None:
        reason = _("Your company has replied to this review; there is one reply.")
    elif now >= reply_until(order, written):
        reason = _("A reply is possible within {days} days of the review; that time is over.").format(days=days)
    else:
        reason = ""
    deadline = None if reason else reply_until(order, written)
    silence = _("Without a reply the review stands alone.")
    return Step("reply", _("Reply to the review"), not reason, reason, deadline, silence, to("orders:reply", order))


def revise(order, user, side, now):
    """Change the review once, within 30 days of the supplier's reply."""
    if side != Order.Side.BUYER:
        return None
    days, written = order.rulebook.revision_days, review_of(order)
    if written is None:
        reason = _("You have not reviewed this order.")
    elif written.removed_at is not None:
        reason = REMOVED
    elif written.replied_at is None:
        reason = _("A review can be revised once, after the supplier has replied to it.")
    elif written.revised_at is not None:
        reason = _("You have revised this review; that is possible once.")
    elif now >= revise_until(order, written):
        reason = _("A revision is possible within {days} days of the reply; that time is over.").format(days=days)
    elif order.member(user) is not None:
        reason = works_there(order)
    else:
        reason = ""
    deadline = None if reason else revise_until(order, written)
    silence = _("Without a revision your review stays as it is.")
    return Step("revise", _("Revise your review"), not reason, reason, deadline, silence, to("orders:revise", order))
