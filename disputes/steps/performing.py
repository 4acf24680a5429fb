"""Steps of a return or a replacement (Rulebook 21)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from disputes.models import Dispute
from disputes.steps import gone, to
from orders.steps import Step

S = Dispute.Status


def _standing(dispute):
    """The return or replacement that the case waits for; None when it waits for none."""
    if dispute.status not in (S.RETURNING, S.REPLACING):
        return None
    return dispute.performances.filter(ended_at__isnull=True).first()


def _send(code, label, status, silence):
    def rule(dispute, user, side, now):
        performance = _standing(dispute)
        if dispute.status != status or performance is None or side != performance.sender:
            return None
        if performance.sent_at is not None:
            return Step(
                code, label, False, _("You have entered how it travels. The other side checks when it arrives.")
            )
        is_last = performance.warned_at is not None or status == S.REPLACING
        if is_last and now >= dispute.performance_due_at:
            return Step(code, label, False, _("The time to send it is over."))
        return Step(code, label, True, "", dispute.performance_due_at, silence(dispute), to(code, dispute), True)

    rule.__doc__ = f"{code}, with tracking."
    return rule


def _lapses(dispute) -> str:
    hours = dispute.order.rulebook.return_warning_hours
    return _(
        "Without tracking by then you are warned once; {hours} hours later the return lapses and the claim ends."
    ).format(hours=hours)


def _is_refunded(dispute) -> str:
    return _("Then what the claim still holds is refunded to the buyer.")


ship_return = _send("ship_return", _lazy("Send the goods back"), S.RETURNING, _lapses)
ship_replacement = _send("ship_replacement", _lazy("Send the replacement"), S.REPLACING, _is_refunded)


def record_delivery(dispute, user, side, now):
    """The receiver says that what was sent has arrived; the time to check it begins."""
    performance = _standing(dispute)
    if performance is None or side is None or side == performance.sender:
        return None
    if performance.sent_at is None:
        return Step("record_delivery", _("It has arrived"), False, _("Nothing has been sent yet."))
    if performance.delivered_at is not None:
        return Step("record_delivery", _("It has arrived"), False, _("Its arrival is noted."))
    silence = _("Then it counts as arrived, and the time to check it begins.")
    return Step(
        "record_delivery",
        _("It has arrived"),
        True,
        "",
        dispute.performance_due_at,
        silence,
        to("record_delivery", dispute),
    )


def _check(code, label, must):
    def rule(dispute, user, side, now):
        performance = _standing(dispute)
        if performance is None or side is None or side == performance.sender:
            return None
        if performance.sent_at is None:
            return Step(code, label, False, _("Nothing has been sent yet."))
        if performance.check_by_at is not None and now >= performance.check_by_at:
            return Step(code, label, False, gone(dispute))
        pays = performance.kind == performance.Kind.RETURN
        silence = (
            _("Then the buyer is refunded.")
            if pays
            else _("Then the replacement counts as accepted and the case ends.")
        )
        return Step(code, label, True, "", performance.check_by_at, silence, to(code, dispute), must)

    rule.__doc__ = f"{code}, as the receiver."
    return rule


accept_performance = _check("accept_performance", _lazy("It is as agreed"), True)
contest_performance = _check("contest_performance", _lazy("It is not as agreed"), False)
