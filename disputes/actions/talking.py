"""Offers to settle, their answers, and the sealed midpoint (Rulebook 14-15, product.md §6.10)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from disputes import sealing
from disputes.actions import executing
from disputes.models import Claim, Dispute, Offer, OfferLine, SealedLimit
from disputes.offering import NOTE_MAX, check_amount, check_goods, is_amount, shown
from disputes.steps import demand_move
from events.actions import record
from orders.models import Order
from orders.steps import NOT_YOURS
from trade_assurance.refused import MovedOn, NotAllowed, Refused

ORDER = "order"
BUYER, SUPPLIER = Order.Side.BUYER, Order.Side.SUPPLIER
S = Offer.Status

GONE = {
    S.ACCEPTED: _lazy("This offer was accepted already. Nothing was changed."),
    S.REJECTED: _lazy("This offer was refused already. Nothing was changed."),
    S.COUNTERED: _lazy("A newer offer has answered this one, so it is no longer on the table. Nothing was changed."),
    S.REPLACED: _lazy("The other side has replaced this offer by a newer one. Look at that one. Nothing was changed."),
    S.WITHDRAWN: _lazy("This offer was withdrawn, so it can't be answered any more. Nothing was changed."),
    S.EXPIRED: _lazy("This offer has expired, so it can't be answered any more. Nothing was changed."),
    S.VOID: _lazy(
        "The case went on before this offer was answered, so it is no longer on the table. Nothing was changed."
    ),
}


# offers ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def make_offer(
    *,
    dispute_id: int,
    key: UUID,
    amount_minor: int,
    lines: Mapping[int, int] | None = None,
    with_return: bool = False,
    freight_by: str = "",
    replacement: str = "",
    replace_by_at: datetime | None = None,
    note: str = "",
    by: User,
    now: datetime,
) -> Offer:
    """Offer what the claimant gets; it stands for 72 h, replaces one's own offer and counters the other's (15).

    `lines` maps line ids to their parts of the amount; without it the execution spreads it. The same key twice gives
    the same offer. Raises NotAllowed, MovedOn, Refused with `field`.
    """
    dispute = Dispute.objects.locked(dispute_id)
    side = _side(dispute, by)
    if (made := Offer.objects.filter(key=key).first()) is not None:
        if (made.dispute_id, made.side) != (dispute.id, side):
            raise Refused(_("This form was used for something else. Open the page again."))
        return made
    demand_move("offer", dispute, by=by, now=now)
    check_amount(dispute, amount_minor, lines)
    replacement, note = replacement.strip(), note.strip()
    check_goods(dispute, with_return, freight_by, replacement, replace_by_at, now=now)
    if len(note) > NOTE_MAX:
        raise Refused(
            _("Keep the note to {most} characters; this has {count}.").format(
                most=f"{NOTE_MAX:,}", count=f"{len(note):,}"
            ),
            field="note",
        )
    for standing in dispute.offers.live().exclude(side=""):
        _end(standing, standing.replace if standing.side == side else standing.counter, now=now)
    if not with_return:  # goods that stay have no freight; a replacement's is the supplier's unless agreed otherwise
        freight_by = (freight_by or SUPPLIER) if replacement else ""
    offer = _put(
        dispute,
        now=now,
        key=key,
        side=side,
        by=by,
        amount_minor=amount_minor,
        lines=lines,
        with_return=with_return,
        freight_by=freight_by,
        replacement=replacement,
        replace_by_at=replace_by_at,
        note=note,
    )
    _answered(dispute, side, now=now)
    dispute.save()
    _note(
        "offer.made",
        offer,
        by=by,
        now=now,
        with_return=offer.with_return,
        freight_by=str(offer.freight_by),
        replace_by=offer.replace_by_at and offer.replace_by_at.isoformat(),
        personal={"note": note, "replacement": replacement} if note or replacement else None,
    )
    return offer


def claim_as_offer(*, dispute: Dispute, by: User, now: datetime) -> Offer:
    """The claim is its side's first offer: all that can be awarded. Part of filing, which records the event."""
    wishes = set(dispute.claims.values_list("wish", flat=True))
    with_return = wishes == {Claim.Wish.RETURN}
    return _put(
        dispute,
        now=now,
        key=dispute.key,
        side=dispute.claimant,
        by=by,
        amount_minor=dispute.cap_minor,
        lines=dict(dispute.disputed_lines.values_list("line_id", "cap_minor")),
        with_return=with_return,
        freight_by=dispute.respondent if with_return else "",
    )


@transaction.atomic
def reject_offer(*, dispute_id: int, number: int, by: User, now: datetime) -> Offer:
    """Refuse the other side's offer, or the midpoint; two refusals let the buyer escalate at once (Rulebook 14)."""
    dispute = Dispute.objects.locked(dispute_id)
    side = _side(dispute, by)
    offer = _to_answer(dispute, number, side, now=now)
    demand_move("reject_offer", dispute, by=by, now=now)
    offer.reject(now=now)
    offer.save()
    dispute.rejections += 1
    _answered(dispute, side, now=now)
    dispute.save()
    _note("offer.rejected", offer, by=by, now=now)
    return offer


@transaction.atomic
def withdraw_offer(*, dispute_id: int, number: int, by: User, now: datetime) -> Offer:
    """Take one's own offer off the table while nobody has answered it."""
    dispute = Dispute.objects.locked(dispute_id)
    side = _side(dispute, by)
    offer = _on_the_table(dispute, number, now=now)
    if offer.is_midpoint:
        raise NotAllowed(_("The midpoint is nobody's own offer: accept or refuse it."))
    if offer.side != side:
        raise NotAllowed(_("This is the other side's offer: accept or refuse it."))
    demand_move("withdraw_offer", dispute, by=by, now=now)
    offer.withdraw(now=now)
    offer.save()
    _note("offer.withdrawn", offer, by=by, now=now)
    return offer


@transaction.atomic
def accept_offer(*, dispute_id: int, number: int, by: User, now: datetime) -> Offer:
    """Agree to the other side's offer, which settles the case and is carried out at once (Rulebook 15).

    The midpoint settles when both have accepted it. Raises NotAllowed, MovedOn.
    """
    dispute = Dispute.objects.locked(dispute_id)
    side = _side(dispute, by)
    offer = _to_answer(dispute, number, side, now=now)
    demand_move("accept_offer", dispute, by=by, now=now)
    setattr(offer, f"{side}_accepted_at", now)
    if offer.side:
        setattr(offer, f"{offer.side}_accepted_at", offer.made_at)  # who makes an offer agrees to it
    settles = None not in (offer.buyer_accepted_at, offer.supplier_accepted_at)
    if settles:
        offer.accept(now=now)
    offer.save()
    _answered(dispute, side, now=now)
    dispute.save()
    done = {}
    if settles:
        done = executing.settle(
            dispute,
            amounts=_amounts(dispute, offer),
            with_return=offer.with_return,
            freight_by=offer.freight_by,
            replacement=offer.replacement,
            replace_by_at=offer.replace_by_at,
            now=now,
        )
    _note("offer.accepted", offer, by=by, now=now, settles=settles, **done)
    return offer


@transaction.atomic
def expire_offer(*, offer_id: int, now: datetime) -> Offer:
    """End an offer that nobody answered in its 72 h (Rulebook 15)."""
    dispute = Dispute.objects.locked(Offer.objects.values_list("dispute_id", flat=True).get(pk=offer_id))
    offer = dispute.offers.get(pk=offer_id)
    if offer.status != S.LIVE or now < offer.expires_at:
        raise MovedOn(_("This offer does not expire now."))
    offer.expire(now=now)
    offer.save()
    _note("offer.expired", offer, by=None, now=now)
    return offer


def void_offers(dispute: Dispute, *, now: datetime) -> None:
    """Take every offer off the table: the case is settled, decided, withdrawn or closed. The caller has the lock."""
    for offer in dispute.offers.live():
        _end(offer, offer.end, now=now)


# the sealed midpoint --------------------------------------------------------------------------------------------------


@sensitive_variables()
@transaction.atomic
def seal_limit(*, dispute_id: int, amount_minor: int, by: User, now: datetime) -> Offer | None:
    """Lodge one's true limit, once a side: the least the claimant takes, the most the respondent gives (§6.10).

    When both are lodged they are compared and deleted: if they overlap the midpoint is offered to both and returned,
    if not nothing is revealed. Raises NotAllowed, MovedOn, Refused with `field`; no error names the amount.
    """
    dispute = Dispute.objects.locked(dispute_id)
    side = _side(dispute, by)
    other = dispute.sealed_limits.exclude(side=side).first()
    demand_move("seal", dispute, by=by, now=now)
    if not is_amount(amount_minor) or amount_minor > dispute.left_minor:
        raise Refused(
            _("Give an amount from 0 to {most}.").format(most=shown(dispute, dispute.left_minor)), field="amount"
        )
    setattr(dispute, f"{side}_sealed_at", now)
    dispute.save()
    told = {"dispute": dispute.reference}
    record(ORDER, dispute.order_id, "limit.sealed", by=by, now=now, data=told | {"side": str(side)})
    if other is None:
        SealedLimit.objects.create(
            dispute=dispute, side=side, ciphertext=sealing.seal(amount_minor, dispute.id, str(side))
        )
        return None
    others = sealing.unseal(other.ciphertext, dispute.id, other.side)
    forget_limits(dispute)
    least, most = (amount_minor, others) if side == dispute.claimant else (others, amount_minor)
    midpoint = None
    if most >= least:
        midpoint = _put(dispute, now=now, key=uuid4(), side="", by=None, amount_minor=(least + most) // 2)
    offered = midpoint.number if midpoint else None
    record(ORDER, dispute.order_id, "limits.compared", now=now, data=told | {"offer": offered})
    return midpoint


def forget_limits(dispute: Dispute) -> None:
    """Delete what was sealed: compared, or the case has left the talk. The caller has the lock."""
    dispute.sealed_limits.all().delete()


# parts ----------------------------------------------------------------------------------------------------------------


def _side(dispute: Dispute, by: User) -> str:
    """The side that `by` binds. Raises NotAllowed for strangers, and for colleagues who may not."""
    side = dispute.acting_side(by)
    if side is None:
        is_party = dispute.order.side_of(by) is not None
        raise NotAllowed(NOT_YOURS if is_party else _("You are not a party to this order."))
    return side


def _on_the_table(dispute: Dispute, number: int, *, now: datetime) -> Offer:
    """Raises MovedOn with what became of the offer unless it is live and unexpired at this second."""
    offer = dispute.offers.filter(number=number).first()
    if offer is None:
        raise Refused(_("There is no such offer in this case."))
    if offer.status != S.LIVE:
        raise MovedOn(GONE[offer.status])
    if now >= offer.expires_at:
        raise MovedOn(GONE[S.EXPIRED])
    return offer


def _to_answer(dispute: Dispute, number: int, side: str, *, now: datetime) -> Offer:
    offer = _on_the_table(dispute, number, now=now)
    if offer.side == side:
        raise NotAllowed(_("This is your own side's offer: only the other side answers it. You can withdraw it."))
    if offer.accepted_by(side) is not None:
        raise MovedOn(_("You have accepted the midpoint. It settles the case once the other side accepts it too."))
    return offer


def _put(dispute: Dispute, *, now: datetime, lines: Mapping[int, int] | None = None, **values) -> Offer:
    """A new live offer with the next number."""
    offer = Offer.objects.create(
        dispute=dispute,
        number=dispute.offers.count() + 1,
        made_at=now,
        expires_at=now + timedelta(hours=dispute.order.rulebook.offer_hours),
        **values,
    )
    for line_id, part in (lines or {}).items():
        OfferLine.objects.create(offer=offer, line_id=line_id, amount_minor=part)
    return offer


def _amounts(dispute: Dispute, offer: Offer) -> dict[int | None, int]:
    """What each line gets; a supplier's cost has no line."""
    if dispute.claimant == SUPPLIER:
        return {None: offer.amount_minor}
    return dict(offer.lines.values_list("line_id", "amount_minor")) or executing.spread(dispute, offer.amount_minor)


def _end(offer: Offer, transition, *, now: datetime) -> None:
    """End a live offer by `transition`, or by time if its time was over before that."""
    if now >= offer.expires_at:
        transition = offer.expire
    transition(now=now)
    offer.save()


def _answered(dispute: Dispute, side: str, *, now: datetime) -> None:
    """The other side's first answer counts for its 72 hours (14), and ends what silence would award, till then (9)."""
    if side == dispute.respondent and dispute.answered_at is None:
        is_in_time = dispute.awards_silence and now < (dispute.award_at or now)
        dispute.answered_at, dispute.award_at = now, None if is_in_time else dispute.award_at


def _note(kind: str, offer: Offer, *, by: User | None, now: datetime, personal: dict | None = None, **more) -> None:
    data = {
        "dispute": offer.dispute.reference,
        "offer": offer.number,
        "side": str(offer.side),
        "amount": offer.amount_minor,
    }
    record(ORDER, offer.dispute.order_id, kind, by=by, now=now, data=data | more, personal=personal)
