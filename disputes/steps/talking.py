"""Steps of the talk: offers and their answers, and each side's sealed limit (Rulebook 14-15)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from disputes.models import Dispute, Offer
from disputes.models.dispute import not_frozen
from disputes.steps import to
from orders.models import Order
from orders.steps import Step

S = Dispute.Status
CLOSED = {
    Dispute.Outcome.SETTLED: _lazy("This case is closed: settled. Nothing was changed."),
    Dispute.Outcome.AWARDED: _lazy("This case is closed: awarded by time. Nothing was changed."),
    Dispute.Outcome.DECIDED: _lazy("This case is closed: decided. Nothing was changed."),
    Dispute.Outcome.WITHDRAWN: _lazy("This case is closed: withdrawn. Nothing was changed."),
    Dispute.Outcome.LAPSED: _lazy("This case is closed: lapsed. Nothing was changed."),
}
OFFERS_IN = (S.OPEN, *Dispute.ESCALATED)  # settling stays possible until a decision is published


def no_offers(dispute) -> str:
    """Why nothing can be offered or agreed in this case now; empty while it can."""
    if dispute.status == S.CLOSED:
        return CLOSED[dispute.outcome]
    if not not_frozen(dispute):
        return not_frozen.sentence
    if dispute.status in (S.RETURNING, S.REPLACING):
        return _(
            "What happens is agreed or decided already and is being carried out, so there is nothing to offer now."
        )
    if dispute.status not in OFFERS_IN:
        return _("This case has been decided, so there is nothing to offer now.")
    return ""


def answerable(dispute, side, now) -> list[Offer]:
    """The offers that `side` may accept or reject now, the newest first: the other side's, and the midpoint."""
    offers = dispute.offers.live().filter(expires_at__gt=now).exclude(side=side).order_by("-number")
    return [each for each in offers if not each.is_midpoint or each.accepted_by(side) is None]


def offer(dispute, user, side, now):
    """Offer to settle, or counter the other side's offer."""
    if side is None:
        return None
    rules = dispute.order.rulebook
    made = dispute.offers.filter(side=side).count()
    reason = no_offers(dispute)
    if not reason and made >= rules.offers_max:
        reason = _("You have made {n} offers, the most that a side may make. You can still accept one.").format(n=made)
    label = _("Make a counter-offer") if answerable(dispute, side, now) else _("Make an offer")
    return _step("offer", label, dispute, reason)


def accept_offer(dispute, user, side, now):
    """Accept what the other side offers, or the midpoint; it is carried out at once."""
    return _answer("accept_offer", _("Accept the offer"), dispute, side, now)


def reject_offer(dispute, user, side, now):
    """Refuse what the other side offers, or the midpoint."""
    return _answer("reject_offer", _("Refuse the offer"), dispute, side, now)


def withdraw_offer(dispute, user, side, now):
    """Take back one's own offer while it is on the table."""
    if side is None:
        return None
    own = dispute.offers.live().filter(side=side, expires_at__gt=now).first()
    reason = no_offers(dispute)
    if not reason and own is None:
        reason = _("You have no offer on the table.")
    return _step("withdraw_offer", _("Withdraw your offer"), dispute, reason, own)


def seal(dispute, user, side, now):
    """Lodge one's true limit, once, for the sealed midpoint (product.md §6.10)."""
    if side is None:
        return None
    reason = no_offers(dispute)
    if not reason and dispute.status != S.OPEN:
        reason = _("Limits can be sealed only while both sides talk; this case is with our staff now.")
    if not reason and sealed_at(dispute, side) is not None:
        reason = _("You have sealed your limit; each side may do so once.")
    return _step("seal", _("Seal your limit"), dispute, reason)


def sealed_at(dispute, side):
    """When `side` lodged its limit; stays after the limit itself is gone."""
    return dispute.buyer_sealed_at if side == Order.Side.BUYER else dispute.supplier_sealed_at


def _answer(code, label, dispute, side, now):
    if side is None:
        return None
    offers = answerable(dispute, side, now)
    reason = no_offers(dispute)
    if not reason and not offers:
        reason = _("The other side has no offer on the table.")
    return _step(code, label, dispute, reason, offers[0] if offers else None, must=True)


def _step(code, label, dispute, reason, on=None, *, must=False):
    allowed = not reason
    return Step(
        code,
        label,
        allowed,
        reason,
        on.expires_at if allowed and on else None,
        _("The offer expires then and nothing is agreed.") if allowed and on else "",
        to(code, dispute, *([on.number] if on else [])) if allowed else (),
        must and allowed,
    )
