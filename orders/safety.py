"""Is my money safe: where an order's money is and what comes next, for each side (product.md §2)."""

from django.db.models import F, OuterRef, Subquery, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import checks
from orders.models import Order
from trade_assurance.money import display
from trade_assurance.templatetags.ta import moment, moment_end

S = Order.Status
SHIP_LATER = _lazy("Ship only when this page says that the money is here.")
REFUSED = {"status": "cleared", "cleared_minor": 0, "surplus_minor__gt": 0}  # payments of which nothing was taken
WAITS = {"held": _lazy("Being checked"), "processing": _lazy("Payment on its way")}


def unnamed(order: Order) -> list:
    """Questions about payers whose money waits: for the buyer's word, or for our finance staff to look at it.

    Where nothing is open that money can only go back, so nobody waits for it.
    """
    if not any(part.open_minor for part in order.instalments.all()):
        return []
    rows = sorted(order.payer_questions.all(), key=lambda row: row.id)
    return [row for row in rows if row.state in ("asked", "named") and row.entry.status == "suspense"]


def with_refused(orders):
    """Orders with what came for them and was not accepted (`refused_came_minor`), so that it is not asked once more."""
    none = Order.objects.filter(pk=OuterRef("pk"), **{f"payments__{name}": value for name, value in REFUSED.items()})
    kept = F("payments__surplus_minor") - F("payments__surplus_charged_back_minor")
    came = none.values("pk").annotate(minor=Sum(kept)).values("minor")
    return orders.annotate(refused_came_minor=Subquery(came))


def refused_minor(order: Order) -> tuple[int, int]:
    """What came and was not accepted, and how much of it is still to go back."""
    if not hasattr(order, "refused_came_minor"):
        order = with_refused(Order.objects.filter(pk=order.pk)).get()
    came = order.refused_came_minor or 0
    if not came:
        return 0, 0
    none = order.payments.filter(**REFUSED)
    gone = order.refunds.filter(payment__in=none, status="confirmed").aggregate(minor=Sum("amount_minor"))["minor"]
    return came, max(0, came - (gone or 0))


def waits(order: Order) -> dict[int, str]:
    """By instalment, what is said in place of asking for its money: it is here, or on its way."""
    found = {}
    if order.processing_payments:
        on_the_way = order.payments.filter(status__in=WAITS).order_by("id").values_list("instalment_id", "status")
        found |= {part: WAITS[status] for part, status in on_the_way}
    return found | {row.instalment_id: _("Waits for its payer’s name") for row in unnamed(order)}


def whose(order: Order, *, you_buy: bool) -> tuple[str, str]:
    """Money in another name: where it is and what comes next, for either side."""
    rows = unnamed(order)
    came = display(sum(row.entry.amount_minor for row in rows), order.currency)
    asked = [row for row in rows if row.state == "asked"]
    title = _("{came} in another name waits with us, not covered yet").format(came=came)
    if not asked:
        if you_buy:
            return title, _("You have named its payer. Our finance staff look at it next, then it counts.")
        return title, _("The buyer has named its payer. Our finance staff look at it next, then it counts.")
    if you_buy:
        more = _(
            "Say who sent it; our finance staff confirm it, and it counts. If nobody says so by {return_at}, it goes "
            "back to its sender."
        )
    else:
        more = _(
            "It counts once the buyer has named its payer and our finance staff have confirmed it. If nobody says so "
            "by {return_at}, it goes back to its sender."
        )
    return title, more.format(return_at=moment(asked[0].entry.return_at))


def for_buyer(order: Order) -> tuple[str, str, str]:
    """The buyer's answer: a heading, more, a tone."""

    def cash(minor):
        return display(minor, order.currency)

    paid = order.kept_minor
    if order.is_final:
        return _ended_for_buyer(order)
    if not paid:
        return _unpaid_for_buyer(order)
    days = order.rulebook.protection_days
    until = (
        _("Until {day}.").format(day=moment_end(order.protection_ends_at))
        if order.protection_ends_at
        else _("The clock of the claimed goods stands still while the claim is open.")
        if order.received_at and order.open_disputes
        else _("Until {days} days after you receive the goods.").format(days=days)
    )
    said = [until]
    if order.is_sample:
        said.append(_("A sample order has no quality cover."))
    if checks.due_at(order):
        said.append(_("Another payment is being checked: that is with us, and not covered yet."))
    if unnamed(order):
        title, waiting = whose(order, you_buy=True)
        said += [_("{sentence}.").format(sentence=title), waiting]
    more = " ".join(map(str, said))
    if order.covered_minor >= paid:
        return _("Yes, all {paid} is covered").format(paid=cash(paid)), more, "safe"
    return (
        _("{covered} of {paid} is covered").format(covered=cash(order.covered_minor), paid=cash(paid)),
        more,
        "safe",
    )


def _ended_for_buyer(order: Order) -> tuple[str, str, str]:
    def cash(minor):
        return display(minor, order.currency)

    if order.refunded_minor:
        return (
            _("{amount} goes back to you").format(amount=cash(order.refunded_minor)),
            _("To the account or card that it came from."),
            "safe",
        )
    if order.charged_back_minor:
        by = set(order.chargebacks.filter(state="lost").values_list("payment__method", flat=True))
        if by == {"card"}:
            return (
                _("{amount} went back to your card").format(amount=cash(order.charged_back_minor)),
                _("Its bank has returned it."),
                "done",
            )
        taken = _("The bank that sent it has taken it back.")
        return (
            _("{amount} went back to where it came from").format(amount=cash(order.charged_back_minor)),
            taken,
            "done",
        )
    _came, left = refused_minor(order)
    if left:
        return (
            _("{amount} goes back to you").format(amount=cash(left)),
            _("It was not accepted. It goes to where it came from."),
            "safe",
        )
    return _("Cover has ended"), _("The order is closed."), "done"


def _unpaid_for_buyer(order: Order) -> tuple[str, str, str]:
    if checks.due_at(order):
        return checks.SAFE
    if unnamed(order):
        return *whose(order, you_buy=True), "wait"
    came, left = refused_minor(order)
    begin = _("Cover starts when your payment clears at our designated account.")
    if left:
        return (
            _("{amount} goes back to you").format(amount=display(left, order.currency)),
            _(
                "It was not accepted, so nothing of it is covered. It goes to where it came from; the "
                "timeline says when it was sent. The instalment is open again: pay it another way, or "
                "from an account in your own name."
            ),
            "wait",
        )
    if came:
        more = _(
            "{came} that was not accepted went back to where it came from. Cover starts when your payment clears at "
            "our designated account."
        )
        return _("You have nothing with us"), more.format(came=display(came, order.currency)), "done"
    return _("You have paid nothing yet"), begin, "done"


def for_supplier(order: Order) -> tuple[str, str, str]:
    """The supplier's answer: a heading, more, a tone."""

    def cash(minor):
        return display(minor, order.currency)

    if order.is_final:
        return (
            _("{amount} released to you").format(amount=cash(order.released_minor)),
            _("The order is closed."),
            "done",
        )
    if not order.cleared_minor:
        return _unpaid_for_supplier(order)
    if order.status == S.RECEIVED:
        return (
            _("{released} released, {held} held").format(
                released=cash(order.released_minor), held=cash(order.escrow_minor)
            ),
            _("What is held follows when protection ends, unless a claim is upheld."),
            "safe",
        )
    if order.contested_minor:
        return (
            _("{contested} of {held} is in doubt").format(
                contested=cash(order.contested_minor), held=cash(order.escrow_minor)
            ),
            _("The buyer contests it at its card's bank. The rest is held for you as before."),
            "action",
        )
    return (
        _("Yes, {amount} is held for you").format(amount=cash(order.escrow_minor)),
        _("We release it when the buyer has the goods, less the reserve."),
        "safe",
    )


def _unpaid_for_supplier(order: Order) -> tuple[str, str, str]:
    if checks.due_at(order):
        return (
            _("A payment is being checked"),
            _("It counts once our staff approve it. Ship only when this page says that the money is here."),
            "wait",
        )
    if unnamed(order):
        title, more = whose(order, you_buy=False)
        return title, f"{more} {SHIP_LATER}", "wait"
    came, left = refused_minor(order)
    if came:
        more = _(
            "A payment was not accepted and went back to the buyer. Ship only when this page says that the money is "
            "here."
        )
        if left:
            more = _(
                "A payment was not accepted and goes back to the buyer. Ship only when this page says that the money "
                "is here."
            )
        return _("Nothing is paid yet"), more, "done"
    return _("Nothing is paid yet"), SHIP_LATER, "done"
