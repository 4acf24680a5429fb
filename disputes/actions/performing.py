"""Returns and replacements: who sends what by when, who checks it, and what silence does (Rulebook 21)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from disputes.actions import executing
from disputes.models import Dispute, Performance
from disputes.steps import allow, demand_move, gone
from events.actions import record
from orders.actions import claiming as order_claiming
from orders.models import Order
from trade_assurance import business_days
from trade_assurance.refused import MovedOn, NotAllowed, Refused

ORDER = "order"
Amounts = Mapping[int | None, int]  # by line id
S, K = Dispute.Status, Performance.Kind
BECAUSE_MAX = 2000


def begin_return(dispute: Dispute, amounts: Amounts, returned: Amounts, *, agreed: Mapping, now: datetime) -> dict:
    """Pay `amounts` now; the buyer sends the goods back within 10 days, and `returned` waits for the check (21).

    What the claim holds beyond what is paid stays held. `agreed` is of the Performance. Gives figures for the event.
    """
    send_by = now + timedelta(days=dispute.order.rulebook.return_days)
    figures = _pay_now(dispute, amounts, at_fault=agreed["at_fault"], now=now)
    allow(dispute.await_return, None)
    dispute.await_return(due_at=send_by)
    return figures | _begin(dispute, K.RETURN, returned, send_by, agreed, wanted="", now=now)


def begin_replacement(
    dispute: Dispute, amounts: Amounts, *, agreed: Mapping, wanted: str, send_by_at: datetime, now: datetime
) -> dict:
    """Pay `amounts` now; the rest of the claim stays held until the replacement is accepted, or is refunded."""
    figures = _pay_now(dispute, amounts, at_fault=agreed["at_fault"], now=now)
    allow(dispute.await_replacement, None)
    dispute.await_replacement(due_at=send_by_at)
    rests = executing.caps(dispute)
    return figures | _begin(dispute, K.REPLACEMENT, rests, send_by_at, agreed, wanted=wanted, now=now)


def _pay_now(dispute: Dispute, amounts: Amounts, *, at_fault: str, now: datetime) -> dict:
    """Award a part while the case goes on, and keep the rest of each line held."""
    order, total, fee = dispute.order, sum(amounts.values()), 0
    if total:
        rests = {line_id: left - amounts.get(line_id, 0) for line_id, left in executing.caps(dispute).items()}
        fee = order_claiming.award_part(
            order,
            executing.line_awards(dispute, amounts),
            rests,
            fee_back=at_fault == Order.Side.SUPPLIER,
            cause=f"{dispute.reference}:part",
            now=now,
        )
        dispute.awarded_minor += total
        for each in dispute.disputed_lines.all():
            each.awarded_minor += amounts.get(each.line_id, 0)
            each.save(update_fields=["awarded_minor"])
    order.save()
    return {"dispute": dispute.reference, "award": total, "fee_back": fee}


def _begin(dispute, kind, amounts, send_by, agreed, *, wanted, now) -> dict:
    Performance.objects.create(
        dispute=dispute,
        kind=kind,
        amount_minor=sum(amounts.values()),
        amounts=[[line_id, minor] for line_id, minor in amounts.items()],
        wanted=wanted,
        began_at=now,
        send_by_at=send_by,
        **agreed,
    )
    dispute.save()
    return {"waits_for": str(kind), "amount": sum(amounts.values())}


def standing(dispute: Dispute) -> Performance:
    """The return or replacement that the case waits for, under lock. Raises MovedOn when there is none."""
    if dispute.status not in (S.RETURNING, S.REPLACING):
        raise MovedOn(gone(dispute))
    return dispute.performances.select_for_update().get(ended_at__isnull=True)


@transaction.atomic
def send_goods(*, dispute_id: int, carrier: str, tracking_number: str, by: User, now: datetime) -> Performance:
    """Say how the goods travel: back to the supplier, or as a replacement to the buyer; tracking is a must (21)."""
    dispute = Dispute.objects.locked(dispute_id)
    performance = standing(dispute)
    is_return = performance.kind == K.RETURN
    demand_move("ship_return" if is_return else "ship_replacement", dispute, by=by, now=now)
    for name, text, most in (("carrier", carrier, 80), ("tracking_number", tracking_number, 60)):
        if not text.strip():
            raise Refused(_("Give the carrier and its tracking number: without them it does not count."), field=name)
        if len(text) > most:
            raise Refused(_("Keep this to {most} characters.").format(most=most), field=name)
    performance.carrier, performance.tracking_number = carrier.strip(), tracking_number.strip()
    performance.sent_at = now
    dispute.performance_due_at = now + timedelta(days=dispute.order.rulebook.confirm_after_dispatch_days)
    return _step(dispute, performance, "return.sent" if is_return else "replacement.sent", by=by, now=now)


@transaction.atomic
def record_delivery(*, dispute_id: int, delivered_at: datetime, by: User | None, now: datetime) -> Performance:
    """The goods have arrived: by the receiver's word, or by staff from the carrier's. 7 days to check them begin."""
    dispute = Dispute.objects.locked(dispute_id)
    performance = standing(dispute)
    if by is not None and not by.has_perm("orders.record_arrival"):
        demand_move("record_delivery", dispute, by=by, now=now)
    elif by is not None and dispute.order.side_of(by) is not None:
        raise NotAllowed(_("You are a party to this case, so somebody else must record this."))
    if performance.sent_at is None or performance.delivered_at is not None:
        raise MovedOn(_("Nothing is on its way, or its arrival is noted already."))
    if not performance.sent_at <= delivered_at <= now:
        raise Refused(_("Give a time between the dispatch and now."), field="delivered_at")
    return _delivered(dispute, performance, delivered_at, by=by, now=now)


def _delivered(dispute, performance, delivered_at, *, by, now) -> Performance:
    performance.delivered_at = delivered_at
    performance.check_by_at = dispute.performance_due_at = delivered_at + timedelta(
        days=dispute.order.rulebook.return_check_days
    )
    kind = "return.delivered" if performance.kind == K.RETURN else "replacement.delivered"
    return _step(dispute, performance, kind, by=by, now=now)


def _step(dispute: Dispute, performance: Performance, kind: str, *, by, now: datetime) -> Performance:
    performance.save()
    dispute.save()
    record(ORDER, dispute.order_id, kind, by=by, now=now, data={"dispute": dispute.reference})
    return performance


@transaction.atomic
def accept_performance(*, dispute_id: int, by: User, now: datetime) -> Dispute:
    """The receiver says that it is as agreed: a return is refunded, a replacement ends the case."""
    dispute = Dispute.objects.locked(dispute_id)
    performance = standing(dispute)
    demand_move("accept_performance", dispute, by=by, now=now)
    return _finish(dispute, performance, pays=performance.kind == K.RETURN, by=by, now=now)


def _finish(dispute: Dispute, performance: Performance, *, pays: bool, by: User | None, now: datetime) -> Dispute:
    performance.ended_at = now
    performance.save()
    amounts = dict(map(tuple, performance.amounts)) if pays else {}
    done = executing.carry_out(
        dispute,
        amounts,
        outcome=performance.outcome,
        at_fault=performance.at_fault,
        extra_minor=performance.extra_minor,
        now=now,
    )
    kind = {
        (K.RETURN, True): "return.refunded",
        (K.REPLACEMENT, False): "replacement.accepted",
        (K.REPLACEMENT, True): "replacement.refunded",
    }[K(performance.kind), pays]
    record(ORDER, dispute.order_id, kind, by=by, now=now, data=done)
    return dispute


@transaction.atomic
def contest_performance(*, dispute_id: int, because: str, by: User, now: datetime) -> Dispute:
    """The receiver says that it is not as agreed, and why: staff decide; all that is held stays held."""
    dispute = Dispute.objects.locked(dispute_id)
    performance = standing(dispute)
    demand_move("contest_performance", dispute, by=by, now=now)
    if not because.strip():
        raise Refused(_("Say what is not as agreed; add photos as evidence first."), field="because")
    if len(because) > BECAUSE_MAX:
        raise Refused(_("Keep this to {most} characters.").format(most=f"{BECAUSE_MAX:,}"), field="because")
    performance.contested_because, performance.ended_at = because.strip(), now
    performance.save()
    rules = dispute.order.rulebook
    allow(dispute.contest, None)
    dispute.contest(now=now, decide_by_at=business_days.after(now, rules.decision_business_days))
    dispute.adjudicator, dispute.picked_up_at = None, None
    dispute.staff_due_at = business_days.after(now, rules.pick_up_business_days)
    dispute.save()
    kind = "return.contested" if performance.kind == K.RETURN else "replacement.contested"
    record(ORDER, dispute.order_id, kind, by=by, now=now, data={"dispute": dispute.reference})
    return dispute


@transaction.atomic
def move_performance(*, dispute_id: int, now: datetime) -> Dispute:
    """A deadline of a return or replacement has passed: warn, lapse, refund or take as arrived (Rulebook 21).

    Raises MovedOn when none has.
    """
    dispute = Dispute.objects.locked(dispute_id)
    performance = standing(dispute)
    if dispute.is_frozen or dispute.performance_due_at is None or now < dispute.performance_due_at:
        raise MovedOn(_("No deadline of this case has passed."))
    if performance.delivered_at is not None:  # nobody checked it
        return _finish(dispute, performance, pays=performance.kind == K.RETURN, by=None, now=now)
    if performance.sent_at is not None:  # long on its way without a word of its arrival
        _delivered(dispute, performance, now, by=None, now=now)
        return dispute
    if performance.kind == K.REPLACEMENT:
        return _finish(dispute, performance, pays=True, by=None, now=now)
    if performance.warned_at is None:
        performance.warned_at = now
        dispute.performance_due_at = now + timedelta(hours=dispute.order.rulebook.return_warning_hours)
        _step(dispute, performance, "return.warned", by=None, now=now)
        return dispute
    performance.ended_at = now
    performance.save()
    done = executing.carry_out(dispute, {}, outcome=Dispute.Outcome.LAPSED, now=now)
    record(ORDER, dispute.order_id, "return.lapsed", now=now, data=done)
    return dispute
