"""What a card chargeback writes down to its order: a hold while the bank decides, then its end (architecture.md §8).

Parts of the payments' actions: the caller has locked the order, records the event and saves the order. `amount_minor`
is the part of what cleared that is not owed to the buyer already.
"""

from datetime import datetime

from django.utils.translation import gettext_noop as N_

from orders import books, holds
from orders.actions.claiming import end_refunded
from orders.actions.overtaking import overtake
from orders.models import Hold, Order
from orders.steps import allow
from suppliers import actions as supplier_actions
from suppliers.models import Supplier

S = Order.Status


def contest(order: Order, amount_minor: int, *, now: datetime) -> Hold | None:
    """Hold what is contested as far as escrow has it; a closed order has nothing to hold."""
    overtake(order, now=now)
    order.contested_minor += amount_minor
    if amount_minor == 0 or order.is_final:
        return None
    return holds.hold(order, Hold.Reason.CHARGED_BACK, amount_minor, now=now)


def contest_won(order: Order, amount_minor: int, hold: Hold | None, *, cause: str, now: datetime) -> None:
    """The bank decided for the supplier: what was held is freed by rule 12, clocks that waited for it go on."""
    order.contested_minor -= amount_minor
    if hold is not None:
        holds.end(order, order.holds.open().filter(pk=hold.pk), cause=cause, now=now)
    holds.settle_down(order, now=now)


def contest_lost(
    order: Order, amount_minor: int, hold: Hold | None, *, cause: str, because: str, now: datetime
) -> bool:
    """The bank decided for the buyer: the money comes from escrow, the supplier's, then the guarantee (Rulebook 22).

    Other holds keep theirs, unless all that was paid is gone now and no dispute is open: then the order ends, and with
    it its marked holds; `because` says why. Gives whether it ended.
    """
    Supplier.objects.locked(order.supplier_id)  # before the accounts: the end of an order frees its limit
    overtake(order, now=now)
    order.contested_minor -= amount_minor
    ends = (
        amount_minor > 0
        and order.kept_minor == amount_minor
        and order.contested_minor == order.open_disputes == 0
        and not order.is_final
        and not (order.status == S.PLACED and order.processing_payments)
    )
    own = order.holds.open() if ends else order.holds.open().filter(pk=hold.pk if hold else None)
    holds.refund(order, amount_minor, own, cause=cause, now=now, book=books.lose)
    if not ends:
        holds.settle_down(order, now=now)
    elif order.status == S.PLACED:
        supplier_actions.free(supplier_id=order.supplier_id, order_id=order.id, now=now)
        books.unbear(order, now=now)
        order.cancel_proposed_by = ""
        allow(order.cancel, None)
        order.cancel(now=now, because=because)
    else:
        end_refunded(order, because=because, now=now)
    return ends


BECAUSE = N_("taken back by the card's bank")
