"""Is my money safe: where an order's money is and what comes next, for each side (product.md §2)."""

from django.db.models import F, OuterRef, Subquery, Sum

from orders import checks
from orders.models import Order
from trade_assurance.money import display
from trade_assurance.templatetags.ta import moment, moment_end

S = Order.Status
SHIP_LATER = "Ship only when this page says that the money is here."
REFUSED = {"status": "cleared", "cleared_minor": 0, "surplus_minor__gt": 0}  # payments of which nothing was taken
WAITS = {"held": "Being checked", "processing": "Payment on its way"}


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
    return found | {row.instalment_id: "Waits for its payer’s name" for row in unnamed(order)}


def whose(order: Order, *, you_buy: bool) -> tuple[str, str]:
    """Money in another name: where it is and what comes next, for either side."""
    rows = unnamed(order)
    came = display(sum(row.entry.amount_minor for row in rows), order.currency)
    asked = [row for row in rows if row.state == "asked"]
    title = f"{came} in another name waits with us, not covered yet"
    if not asked:
        who = "You have" if you_buy else "The buyer has"
        return title, f"{who} named its payer. Our finance staff look at it next, then it counts."
    back = f"If nobody says so by {moment(asked[0].entry.return_at)}, it goes back to its sender."
    if you_buy:
        return title, f"Say who sent it; our finance staff confirm it, and it counts. {back}"
    return title, f"It counts once the buyer has named its payer and our finance staff have confirmed it. {back}"


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
        f"Until {moment_end(order.protection_ends_at)}."
        if order.protection_ends_at
        else "The clock of the claimed goods stands still while the claim is open."
        if order.received_at and order.open_disputes
        else f"Until {days} days after you receive the goods."
    )
    more = until + (" A sample order has no quality cover." if order.is_sample else "")
    if checks.due_at(order):
        more += " Another payment is being checked: that is with us, and not covered yet."
    if unnamed(order):
        more += f" {'. '.join(whose(order, you_buy=True))}"
    if order.covered_minor >= paid:
        return f"Yes, all {cash(paid)} is covered", more, "safe"
    return f"{cash(order.covered_minor)} of {cash(paid)} is covered", more, "safe"


def _ended_for_buyer(order: Order) -> tuple[str, str, str]:
    def cash(minor):
        return display(minor, order.currency)

    if order.refunded_minor:
        return f"{cash(order.refunded_minor)} goes back to you", "To the account or card that it came from.", "safe"
    if order.charged_back_minor:
        by = set(order.chargebacks.filter(state="lost").values_list("payment__method", flat=True))
        if by == {"card"}:
            return f"{cash(order.charged_back_minor)} went back to your card", "Its bank has returned it.", "done"
        taken = "The bank that sent it has taken it back."
        return f"{cash(order.charged_back_minor)} went back to where it came from", taken, "done"
    _, left = refused_minor(order)
    if left:
        return f"{cash(left)} goes back to you", "It was not accepted. It goes to where it came from.", "safe"
    return "Cover has ended", "The order is closed.", "done"


def _unpaid_for_buyer(order: Order) -> tuple[str, str, str]:
    if checks.due_at(order):
        return checks.SAFE
    if unnamed(order):
        return *whose(order, you_buy=True), "wait"
    came, left = refused_minor(order)
    begin = "Cover starts when your payment clears at our designated account."
    if left:
        return (
            f"{display(left, order.currency)} goes back to you",
            "It was not accepted, so nothing of it is covered. It goes to where it came from; the timeline says when "
            "it was sent. The instalment is open again: pay it another way, or from an account in your own name.",
            "wait",
        )
    if came:
        sent = f"{display(came, order.currency)} that was not accepted went back to where it came from."
        return "You have nothing with us", f"{sent} {begin}", "done"
    return "You have paid nothing yet", begin, "done"


def for_supplier(order: Order) -> tuple[str, str, str]:
    """The supplier's answer: a heading, more, a tone."""

    def cash(minor):
        return display(minor, order.currency)

    if order.is_final:
        return f"{cash(order.released_minor)} released to you", "The order is closed.", "done"
    if not order.cleared_minor:
        return _unpaid_for_supplier(order)
    if order.status == S.RECEIVED:
        return (
            f"{cash(order.released_minor)} released, {cash(order.escrow_minor)} held",
            "What is held follows when protection ends, unless a claim is upheld.",
            "safe",
        )
    if order.contested_minor:
        return (
            f"{cash(order.contested_minor)} of {cash(order.escrow_minor)} is in doubt",
            "The buyer contests it at its card's bank. The rest is held for you as before.",
            "action",
        )
    return (
        f"Yes, {cash(order.escrow_minor)} is held for you",
        "We release it when the buyer has the goods, less the reserve.",
        "safe",
    )


def _unpaid_for_supplier(order: Order) -> tuple[str, str, str]:
    if checks.due_at(order):
        return "A payment is being checked", f"It counts once our staff approve it. {SHIP_LATER}", "wait"
    if unnamed(order):
        title, more = whose(order, you_buy=False)
        return title, f"{more} {SHIP_LATER}", "wait"
    came, left = refused_minor(order)
    if came:
        goes = "goes" if left else "went"
        return "Nothing is paid yet", f"A payment was not accepted and {goes} back to the buyer. {SHIP_LATER}", "done"
    return "Nothing is paid yet", SHIP_LATER, "done"
