"""Choosing to keep goods that are late (buyer)."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import actions, lateness
from orders.views.asking import act, order_for, step_or_away
from trade_assurance import money
from trade_assurance.templatetags.ta import day


@login_required
def keep_late(request, reference):
    """GET says what keeping late goods brings, day by day; POST chooses it once."""
    now = timezone.now()
    order = order_for(request, reference)
    if request.method == "POST":
        done = _("You keep the goods. When they are shipped, this page has your compensation ready to claim.")
        call = actions.keep_late_goods
        return act(request, order, done, lambda: call(order_id=order.id, by=request.user, now=now))
    step, away = step_or_away(request, order, "keep_late", now)
    if away is not None:
        return away
    value = lateness.worth(order, now)

    def cash(minor: int) -> str:
        return money.display(minor, order.currency)

    says = [
        _(
            "{supplier} can go on and ship. For each day late you may claim {daily}: {today} "
            "if it ships today, at most {most}, reached {day}."
        ).format(
            supplier=order.supplier.name,
            daily=cash(value.daily_minor),
            today=cash(value.today_minor),
            most=cash(value.most_minor),
            day=day(value.most_on),
        ),
        _(
            "Time does not cancel the order any more: it stays open, and covered, until it is "
            "shipped or you choose again."
        ),
        _("You can still cancel what is not shipped and be refunded, or grant a new date, on the order’s page."),
    ]
    page = {"order": order, "step": step, "says": says, "keep": _("Go back"), "now": now}
    return render(request, "orders/confirm.html", page)
