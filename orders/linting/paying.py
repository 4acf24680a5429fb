"""Rules about the payment plan: what is paid when, and what is guaranteed after it was released."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from django.utils.translation import gettext as _

from orders.linting.delivery import with_amounts
from orders.linting.finding import Context, Finding, Mend, cash, changing, on_part
from orders.linting.measures import CLEARING_DAYS, DEPOSIT_MUCH_BP, PAID_AHEAD_DAYS
from orders.terms import InstalmentTerms, Terms, spelled_day
from trade_assurance import money


def total_above_limit(terms: Terms, context: Context) -> Iterator[Finding]:
    """More is ordered than the supplier's free limit guarantees after release (product.md §2, "Cleared", "Covered")."""
    free, total = context.free_limit_minor, terms.total_minor
    if free is None or total <= free:
        return
    if free == 0:
        what = _("Nothing of the supplier’s protection limit is free.")
        why = _("Without cover nobody can accept this contract. Wait until another order of this supplier has ended.")
    else:
        what = _("The total is {amount} above the supplier’s free protection limit.").format(
            amount=cash(total - free, terms)
        )
        why = _(
            "Until receipt all that is paid is covered, because we hold it. At receipt most of it is "
            "released; from then on at most {free} is guaranteed, and the rest only as far as we "
            "still hold it."
        ).format(free=cash(free, terms))
    yield Finding("total_above_limit", "lines", "risky", what, why)


def deposit_above_limit(terms: Terms, context: Context) -> Iterator[Finding]:
    """The deposit alone is more than the supplier's free limit."""
    free, deposit = context.free_limit_minor, _deposit(terms)
    if free and deposit > free:
        yield Finding(
            "deposit_above_limit",
            "plan.0.amount",
            "risky",
            _("The deposit of {deposit} alone is above the supplier’s free protection limit of {free}.").format(
                deposit=cash(deposit, terms), free=cash(free, terms)
            ),
            _(
                "This supplier has not yet earned a limit for such an advance. The money is safe while "
                "we hold it; what is released at receipt is guaranteed up to the limit only."
            ),
        )


def deposit_much(terms: Terms, context: Context) -> Iterator[Finding]:
    """More than half, or all, is paid before anything is made (Rulebook 2)."""
    total, deposit = terms.total_minor, _deposit(terms)
    if total <= 0 or deposit <= money.percent(total, DEPOSIT_MUCH_BP, "down"):
        return
    whole = deposit >= total
    yield Finding(
        "all_before_production" if whole else "deposit_much",
        "plan.0.amount",
        "risky",
        _("Everything is paid before production begins.")
        if whole
        else _("The deposit is {deposit} % of the total.").format(deposit=deposit * 100 // total),
        _(
            "The money is protected, but it is tied up from the first day, and nothing is left to "
            "pay for that depends on the goods being ready. {deposit_default_bp} % is usual."
        ).format(deposit_default_bp=f"{context.rules.deposit_default_bp / 100:g}"),
        _usual_deposit(terms, context),
    )


def _usual_deposit(terms: Terms, context: Context) -> Mend | None:
    """The usual deposit, the rest before shipment; only for a plan of one or two plain parts."""
    share = context.rules.deposit_default_bp
    parts = [part.due_before for part in terms.plan]
    label = _("Deposit {share} %, the rest before shipment").format(share=f"{share / 100:g}")
    if parts not in (["production"], ["production", "shipment"], ["production", "production"]):
        return None

    def change(now: Terms) -> Terms:
        deposit = now.plan[0]
        rest = replace(now.plan[1], due_before="shipment") if len(now.plan) > 1 else _balance(deposit, now, context)
        amounts = money.allocate(now.total_minor, [share, 10_000 - share])
        return changing(plan=with_amounts((deposit, rest), amounts))(now)

    return Mend(label, change)


def _balance(deposit: InstalmentTerms, terms: Terms, context: Context) -> InstalmentTerms:
    """A balance due before shipment, some days before the ship-by date, not before the deposit."""
    first, ship = context.day(deposit.due_on), context.day(terms.ship_by_on)
    due = max(first, ship - timedelta(days=PAID_AHEAD_DAYS)) if first and ship else first
    return InstalmentTerms(_("Balance"), 0, "shipment", due.isoformat() if due else deposit.due_on)


def due_and_shipped(terms: Terms, context: Context) -> Iterator[Finding]:
    """A pre-shipment instalment that is due after the ship-by date, or so close that it can't clear before it."""
    ship = context.day(terms.ship_by_on)
    if ship is None:
        return
    for n, part in enumerate(terms.plan):
        due = context.day(part.due_on)
        if not part.before_shipment or due is None or (ship - due).days >= CLEARING_DAYS:
            continue
        after = due > ship
        name = part.label.strip() or _("Instalment {n}").format(n=n + 1)
        yield Finding(
            "due_after_ship_by" if after else "no_time_to_clear",
            _("plan.{n}.due_on").format(n=n),
            "contradictory" if after else "risky",
            _("{name} is due after the ship-by date, but before shipment.").format(name=name)
            if after
            else _("{name} is due {ahead} the ship-by date.").format(name=name, ahead=_ahead((ship - due).days)),
            _(
                "The supplier ships when it is paid, and a bank transfer abroad is some days on its way. "
                "Paid on time it still arrives too late, and each day late moves the ship-by date on."
            ),
            _earlier(terms, context, n, ship),
        )


def _ahead(days: int) -> str:
    return "on" if days == 0 else _("{days} day{which} before").format(days=days, which="" if days == 1 else "s")


def _earlier(terms: Terms, context: Context, number: int, ship: date) -> Mend | None:
    """Due some days before the ship-by date, but neither in the past nor before the instalment ahead of it."""
    due = ship - timedelta(days=PAID_AHEAD_DAYS)
    ahead = [day for part in terms.plan[:number] if (day := context.day(part.due_on))]
    if due < max([context.today(terms), *ahead]):
        return None
    return Mend(
        _("Due on {spelled_day}").format(spelled_day=spelled_day(due.isoformat())),
        on_part(number, due_on=due.isoformat()),
    )


def late_instalment(terms: Terms, context: Context) -> Iterator[Finding]:
    """An instalment due after shipment: once protection has ended it is between the parties (Rulebook 2)."""
    late = [n for n, part in enumerate(terms.plan) if not part.before_shipment]
    for n in late:
        part = terms.plan[n]
        yield Finding(
            "late_instalment",
            _("plan.{n}.due_before").format(n=n),
            "risky",
            _("{label} of {amount_minor} is due after shipment.").format(
                label=part.label.strip() or _("Instalment {n}").format(n=n + 1),
                amount_minor=cash(part.amount_minor, terms),
            ),
            _(
                "What is not paid here before protection ends is not protected: it is between the two of "
                "you, and money that arrives here then is sent back."
            ),
            _before_shipment(terms, context, n) if n == late[0] else None,
        )


def _before_shipment(terms: Terms, context: Context, number: int) -> Mend:
    due, ship = context.day(terms.plan[number].due_on), context.day(terms.ship_by_on)
    day = ship.isoformat() if due and ship and due > ship else terms.plan[number].due_on
    return Mend(_("Make it due before shipment"), on_part(number, due_before="shipment", due_on=day))


def _deposit(terms: Terms) -> int:
    """What is due before production."""
    return sum(part.amount_minor for part in terms.plan if part.due_before == "production")
