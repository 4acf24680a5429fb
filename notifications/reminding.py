"""Reminders: before each deadline of the rulebook, the side that can act is told once, unless it has acted.

They are found in stored columns. A reminder is a row with the deadline in its key, so one that has moved is reminded
of anew, and two workers remind once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from disputes import case_file
from disputes.models import Dispute, Evidence, Offer, Performance
from disputes.steps.deciding import may_still_appeal
from disputes.steps.talking import OFFERS_IN
from notifications.audience import parties
from notifications.inbox import TOO_OLD, plan
from notifications.models import Notice, Reminder
from notifications.told import BOTH, BUYER, REMINDER, SELLERS, SUPPLIER
from orders.models import Order
from trade_assurance.refused import MovedOn
from trade_assurance.rulebook import RULEBOOKS

S, D = Order.Status, Dispute.Status
BEFORE = timedelta(hours=24)  # a deadline of a case (issue 7)
GROUPS = {"pay": "payments", "confirm": "orders"}  # of the inbox; all others are of claims


@dataclass(frozen=True)
class Near:
    """One deadline that is near for one side of an order, or of a case on it."""

    order_id: int
    what: str
    side: str
    deadline_at: datetime
    dispute_id: int | None = None

    @property
    def key(self) -> tuple:
        return (self.order_id, self.dispute_id, self.what, self.side, self.deadline_at)


Source = Callable[[datetime, dict], Iterable[Near]]


def due(now: datetime, limit: int) -> list[dict]:
    """What is near and was not reminded of, as the arguments of `remind`."""
    near = [one for source in SOURCES for one in source(now, {})]
    known = set(
        Reminder.objects.filter(deadline_at__in={one.deadline_at for one in near}).values_list(
            "order_id", "dispute_id", "what", "side", "deadline_at"
        )
    )
    return [{"near": one} for one in near if one.key not in known][:limit]


@transaction.atomic
def remind(*, near: Near, now: datetime) -> Reminder:
    """Remind one side of one deadline; raises MovedOn when it has acted, the deadline has moved, or it was reminded."""
    order = Order.objects.locked(near.order_id)
    only = {"dispute": near.dispute_id} if near.dispute_id else {"order": near.order_id}
    if near not in [one for source in SOURCES for one in source(now, only)]:
        raise MovedOn("There is nothing to remind of any more.")
    reminder, is_new = Reminder.objects.get_or_create(
        order=order,
        dispute_id=near.dispute_id,
        what=near.what,
        side=near.side,
        deadline_at=near.deadline_at,
        defaults={"made_at": now},
    )
    if not is_new:
        raise MovedOn("They were reminded already.")
    group = GROUPS.get(near.what.partition(":")[0], "claims")
    people = parties(order).people(near.side, SELLERS)
    notices = Notice.objects.bulk_create(
        Notice(
            user_id=person,
            reminder=reminder,
            kind=f"reminder.{near.what.partition(':')[0]}",
            group=group,
            side=near.side,
            order=order,
            at=now,
        )
        for person in people
    )
    plan([(notice, REMINDER) for notice in notices], now=now)
    return reminder


# orders -------------------------------------------------------------------------------------------------------------


def _to_pay(now: datetime, only: dict) -> Iterator[Near]:
    """Accepted, nothing cleared: 7, 30 and 53 days after (Rulebook 1)."""
    if "dispute" in only:
        return
    days = {number: rules.unpaid_reminder_days for number, rules in RULEBOOKS.items()}
    for version, each in days.items():
        for n in each:
            first = timedelta(days=n)
            found = Order.objects.filter(
                status=S.PLACED,
                rulebook_version=version,
                cleared_minor=0,
                processing_payments=0,
                contested_minor=0,
                cancels_at__gt=now,
                placed_at__lte=now - first,
                placed_at__gt=now - first - TOO_OLD,
                **_order(only),
            )
            for pk, cancels_at in found.values_list("id", "cancels_at"):
                yield Near(pk, f"pay:{n}", BUYER, cancels_at)


def _to_confirm(now: datetime, only: dict) -> Iterator[Near]:
    """7 days, 3 days and 24 hours before receipt is confirmed by time: the last of them that has come (Rulebook 10)."""
    if "dispute" in only:
        return
    for version, rules in RULEBOOKS.items():
        hours = sorted(rules.confirm_reminder_hours)
        for nearer, n in zip([0, *hours], hours, strict=False):
            found = Order.objects.filter(
                status=S.SHIPPED,
                rulebook_version=version,
                auto_confirm_at__lte=now + timedelta(hours=n),
                auto_confirm_at__gt=now + timedelta(hours=nearer),
                **_order(only),
            )
            for pk, at in found.values_list("id", "auto_confirm_at"):
                yield Near(pk, f"confirm:{n}", BUYER, at)


def _order(only: dict) -> dict:
    return {"pk": only["order"]} if "order" in only else {}


# cases: 24 hours before ---------------------------------------------------------------------------------------------


def _cases(only: dict, *statuses: str):
    found = Dispute.objects.running().filter(status__in=statuses)
    if "order" in only:
        return found.none()
    return found.filter(pk=only["dispute"]) if "dispute" in only else found


def _soon(column: str, now: datetime) -> dict:
    return {f"{column}__gt": now, f"{column}__lte": now + BEFORE}


def _other(side: str) -> str:
    return SUPPLIER if side == BUYER else BUYER


def _to_answer(now: datetime, only: dict) -> Iterator[Near]:
    """The answer to a claim: 72 hours, or until it is awarded by time (Rulebook 9, 14)."""
    by = Q(award_at=None, **_soon("answer_due_at", now)) | Q(**_soon("award_at", now))
    for case in _cases(only, D.OPEN).filter(by, answered_at=None):
        yield Near(case.order_id, "answer", case.respondent, case.award_at or case.answer_due_at, case.pk)


def _to_agree(now: datetime, only: dict) -> Iterator[Near]:
    """The end of the talk, for each side that has not agreed to more time (Rulebook 14)."""
    for case in _cases(only, D.OPEN).filter(award_at=None, **_soon("escalate_at", now)):
        both = case.buyer_extended_at is not None and case.supplier_extended_at is not None
        for side in BOTH:
            extended = case.buyer_extended_at if side == BUYER else case.supplier_extended_at
            if both or extended is None:
                yield Near(case.order_id, "escalate", side, case.escalate_at, case.pk)


def _to_prove(now: datetime, only: dict) -> Iterator[Near]:
    """The time for evidence, for a side that has added none since the case is with our staff (Rulebook 16)."""
    for case in _cases(only, D.EVIDENCE).filter(**_soon("evidence_ends_at", now)):
        added = Evidence.objects.filter(dispute=case, added_at__gte=case.escalated_at).values_list("side", flat=True)
        for side in set(BOTH) - set(added):
            yield Near(case.order_id, "evidence", side, case.evidence_ends_at, case.pk)


def _to_rebut(now: datetime, only: dict) -> Iterator[Near]:
    """The time to answer new evidence, for a side that may and has not (Rulebook 16)."""
    found = _cases(only, D.EVIDENCE, D.REBUTTAL).filter(evidence_ends_at__lte=now, **_soon("rebuttal_ends_at", now))
    for case in found.select_related("order"):
        rebutted = set(case.evidence.filter(is_rebuttal=True).values_list("side", flat=True))
        for side in set(BOTH) - rebutted:
            if case_file.may_add(case, side, now).until == case.rebuttal_ends_at:
                yield Near(case.order_id, "rebuttal", side, case.rebuttal_ends_at, case.pk)


def _to_answer_offers(now: datetime, only: dict) -> Iterator[Near]:
    """The end of an offer, for whoever may accept it (Rulebook 15); who has not answered the claim hears of that."""
    live = Offer.objects.live().filter(**_soon("expires_at", now)).select_related("dispute")
    for offer in live.filter(dispute__in=_cases(only, *OFFERS_IN)):
        case = offer.dispute
        unanswered = case.respondent if case.status == D.OPEN and case.answered_at is None else ""
        for side in BOTH:
            if side not in (offer.side, unanswered) and not (offer.is_midpoint and offer.accepted_by(side)):
                yield Near(
                    offer.dispute.order_id,
                    f"offer:{offer.number}",
                    side,
                    offer.expires_at,
                    offer.dispute_id,
                )


def _to_appeal(now: datetime, only: dict) -> Iterator[Near]:
    """The time to appeal, for a side that has neither appealed nor waived (Rulebook 20)."""
    for case in _cases(only, D.DECIDED, D.APPEALED).filter(**_soon("appeal_ends_at", now)):
        for side in BOTH:
            if may_still_appeal(case, side, now):
                yield Near(case.order_id, "appeal", side, case.appeal_ends_at, case.pk)


def _to_choose(now: datetime, only: dict) -> Iterator[Near]:
    """The choice of an inspector (Rulebook 18)."""
    found = _cases(only, D.INSPECTION).filter(inspection__inspector=None, **_soon("inspection_ends_at", now))
    for case in found:
        yield Near(case.order_id, "inspector", BUYER, case.inspection_ends_at, case.pk)


def _to_perform(now: datetime, only: dict) -> Iterator[Near]:
    """Sending goods back or again, and checking what arrived; the warning of a return is an event (Rulebook 21)."""
    cases = _cases(only, D.RETURNING, D.REPLACING)
    standing = Performance.objects.filter(ended_at=None, contested_because="", dispute__in=cases)
    to_send = standing.filter(sent_at=None, warned_at=None, **_soon("dispute__performance_due_at", now))
    to_check = standing.filter(delivered_at__isnull=False, **_soon("check_by_at", now))
    for each in to_send.select_related("dispute"):
        at = each.dispute.performance_due_at
        yield Near(each.dispute.order_id, f"send_{each.kind}", each.sender, at, each.dispute_id)
    for each in to_check.select_related("dispute"):
        yield Near(
            each.dispute.order_id,
            f"check_{each.kind}",
            _other(each.sender),
            each.check_by_at,
            each.dispute_id,
        )


SOURCES: tuple[Source, ...] = (
    _to_pay,
    _to_confirm,
    _to_answer,
    _to_agree,
    _to_prove,
    _to_rebut,
    _to_answer_offers,
    _to_appeal,
    _to_choose,
    _to_perform,
)
