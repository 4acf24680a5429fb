"""Steps of the contract: drafting, accepting, cancelling (Rulebook 1-3)."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.models import ContractVersion, Order
from orders.models.conditions import is_seller, no_dispute_open, no_payment_processing, nothing_contested
from orders.steps import NOT_YOURS, Step, gone, to
from suppliers.models import Supplier
from trade_assurance import money

S = Order.Status


def _other(side: str) -> str:
    return Order.Side.SUPPLIER if side == Order.Side.BUYER else Order.Side.BUYER


def _may_sign(order, user, side) -> bool:
    return side == Order.Side.BUYER or is_seller(order, user)


def latest(order):
    """The newest version that was sent, fetched once an order."""
    if not hasattr(order, "_latest_sent"):
        order._latest_sent = order.versions.newest()
    return order._latest_sent


def know_latest(orders) -> None:
    """Fetch the newest sent version of many orders in one query, so that their steps ask for none."""
    rows = ContractVersion.objects.sent().filter(order__in=orders).order_by("order_id", "-number").distinct("order_id")
    newest = {version.order_id: version for version in rows}
    for order in orders:
        order._latest_sent = newest.get(order.id)


def turn(order) -> str | None:
    """The side that a draft waits for: the one that has not signed the newest version."""
    if order.status != S.DRAFT:
        return None
    version = latest(order)
    if version is None:
        return Order.Side.SUPPLIER if order.request or order.unsent_by_supplier else Order.Side.BUYER
    return _other(version.drafted_by)


def edit(order, user, side, now):
    """Write the first version, or a counter-version."""
    if order.status != S.DRAFT:
        reason = gone(order)
    elif not _may_sign(order, user, side):
        reason = NOT_YOURS
    elif turn(order) != side and latest(order) is not None:
        reason = _("You have signed and sent this version. Wait for the answer, or cancel.")
    elif turn(order) != side:
        reason = _("The supplier is asked to write the first version.")
    else:
        reason = ""
    label = _("Propose changes") if latest(order) else _("Write the contract")
    return Step(
        "edit", label, not reason, reason, order.lapses_at, LAPSE, to("orders:edit", order), latest(order) is None
    )


LAPSE = _lazy("If nobody answers, the contract lapses and nobody owes anything.")


def accept(order, user, side, now):
    """Accept the newest version of the other side."""
    version = latest(order)
    if order.status != S.DRAFT:
        reason = gone(order)
    elif not _may_sign(order, user, side):
        reason = NOT_YOURS
    elif version is None:
        reason = _("There is no version to accept yet.")
    elif turn(order) != side:
        reason = _("You have accepted this version. It counts when the other side accepts it too.")
    elif order.lapses_at is not None and now >= order.lapses_at:
        reason = _("The time to accept is over, so this contract lapses. Start a new one.")
    elif order.supplier.status != Supplier.Status.ACTIVE:
        reason = _("Your company takes no new protected orders at the moment, so nobody can accept this contract now.")
        if side == Order.Side.BUYER:
            reason = _(
                "{supplier} takes no new protected orders at the moment, so nobody can accept this contract now."
            ).format(supplier=order.supplier.name)
    else:
        reason = ""
    return Step(
        "accept", _("Read and accept"), not reason, reason, order.lapses_at, LAPSE, to("orders:contract", order), True
    )


def cancel(order, user, side, now):
    """Cancel alone (Rulebook 3): before anything clears; the buyer for 24 h after; the supplier when 14 d unpaid."""
    rules = order.rulebook
    deadline, silence, label = None, "", _("Cancel the order")
    if order.status == S.DRAFT:
        label = _("Decline the contract") if turn(order) == side else _("Withdraw")
        label = _("Drop the draft") if order.unsent_by_supplier else label
    if order.status not in (S.DRAFT, S.PLACED, S.PAID):
        reason = gone(order)
    elif not _may_sign(order, user, side):
        reason = NOT_YOURS
    elif not no_payment_processing(order):
        reason = no_payment_processing.sentence
    elif not nothing_contested(order):
        reason = nothing_contested.sentence
    elif not no_dispute_open(order):
        reason = no_dispute_open.sentence
    elif order.cleared_minor == 0:
        reason = ""
    elif order.is_part_shipped:
        reason = _("Goods have been shipped, so the order can't be cancelled.")
    elif side == Order.Side.BUYER:
        deadline = order.first_cleared_at + timedelta(hours=rules.buyer_cancel_hours)
        silence = _("After that, cancelling needs the supplier's agreement.")
        if order.production_confirmed_at is not None:
            reason = _("The supplier has confirmed production, so cancelling needs its agreement.")
        elif now >= deadline:
            reason = _(
                "The {hours} hours after your first payment are over, so cancelling needs the supplier's agreement."
            ).format(hours=rules.buyer_cancel_hours)
        else:
            reason = ""
    else:
        overdue = [p.due_at for p in order.instalments.all() if p.before_shipment and p.open_minor]
        since = min(overdue) + timedelta(days=rules.overdue_supplier_cancel_days) if overdue else None
        if since is None:
            reason = _("The buyer has paid what is due, so cancelling needs its agreement.")
        elif now < since:
            reason = _(
                "You may cancel alone once an instalment is {days} days overdue; "
                "until then cancelling needs the buyer's agreement."
            ).format(days=rules.overdue_supplier_cancel_days)
        else:
            reason = ""
    return Step("cancel", label, not reason, reason, deadline, silence, to("orders:cancel", order))


def propose_cancel(order, user, side, now):
    """Cancel by mutual consent, after something has cleared and before anything is shipped (Rulebook 3)."""
    if order.status not in (S.PLACED, S.PAID) or order.cleared_minor == 0:
        reason = _("Cancelling by consent is for orders that are paid in part or whole and not shipped.")
    elif not _may_sign(order, user, side):
        reason = NOT_YOURS
    elif not no_payment_processing(order):
        reason = no_payment_processing.sentence
    elif not nothing_contested(order):
        reason = nothing_contested.sentence
    elif not no_dispute_open(order):
        reason = no_dispute_open.sentence
    elif order.is_part_shipped:
        reason = _("Goods have been shipped, so the order can't be cancelled.")
    elif order.cancel_proposed_by == side:
        reason = _("You have proposed to cancel. It happens at once when the other side agrees.")
    else:
        reason = ""
    back = money.display(order.kept_minor, order.currency)
    agree = bool(order.cancel_proposed_by) and order.cancel_proposed_by != side
    label = _("Agree to cancel, {back} goes back to the buyer").format(back=back) if agree else _("Propose to cancel")
    silence = _("If nobody agrees, the order goes on.")
    return Step("propose_cancel", label, not reason, reason, None, silence, to("orders:propose_cancel", order), agree)


def withdraw_proposal(order, user, side, now):
    """Take back a proposal to cancel."""
    if order.cancel_proposed_by != side or order.status not in (S.PLACED, S.PAID):
        reason = _("You have not proposed to cancel.")
    elif not _may_sign(order, user, side):
        reason = NOT_YOURS
    else:
        reason = ""
    return Step(
        "withdraw_proposal",
        _("Take the proposal to cancel back"),
        not reason,
        reason,
        target=to("orders:withdraw_proposal", order),
    )


def confirm_production(order, user, side, now):
    """The supplier says that production has begun, which ends the buyer's right to cancel alone."""
    if side != Order.Side.SUPPLIER:
        return None
    if order.status not in (S.PLACED, S.PAID):
        reason = gone(order)
    elif not is_seller(order, user):
        reason = NOT_YOURS
    elif order.cleared_minor == 0:
        reason = _("Nothing has been paid yet. Start production when the first payment has cleared.")
    elif order.production_confirmed_at is not None:
        reason = _("Production is confirmed already.")
    else:
        reason = ""
    return Step(
        "confirm_production",
        _("Confirm that production has begun"),
        not reason,
        reason,
        target=to("orders:confirm_production", order),
    )
