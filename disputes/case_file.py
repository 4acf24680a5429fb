"""The case file: which side may still add evidence to it, until when, or why not (Rulebook 16, 18, 20)."""

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from disputes.models import Dispute, Evidence
from disputes.models.dispute import is_adjudicator
from orders import receipts
from orders.models import Order, ReceiptPhoto

STAFF = Evidence.Side.STAFF
S = Dispute.Status


class Adding(NamedTuple):
    """Whether a side may add a file now. `until` is empty where the case's next state, not a date, ends it."""

    allowed: bool
    reason: str = ""
    until: datetime | None = None


def side_for(dispute: Dispute, user) -> str | None:
    """The side that `user` adds evidence for: a party's, or staff who decide and are no party; None for others."""
    side = dispute.acting_side(user)
    if side is None and is_adjudicator(dispute, user):
        return STAFF
    return side


def files_left(dispute: Dispute, side: str) -> int:
    """How many more files the side may add (Rulebook 16)."""
    return max(0, dispute.order.rulebook.files_max - sum(each.side == side for each in dispute.evidence.all()))


def taken_at_receipt(dispute: Dispute) -> list[ReceiptPhoto]:
    """The photos of the receipt: evidence by themselves, beside the files of the buyer and not counted as such.

    One that was added as a file as well is not shown twice.
    """
    if dispute.order.received_at is None:
        return []
    added = {each.sha256 for each in dispute.evidence.all()}
    return [each for each in receipts.photos(dispute.order, Order.Side.BUYER) if each.sha256 not in added]


def may_add(dispute: Dispute, side: str, now: datetime) -> Adding:
    """Whether the side may add evidence now, until when, or the reason why not (Rulebook 16). Reads, writes nothing."""
    adding = _in_time(dispute, side, now)
    if adding.allowed and files_left(dispute, side) == 0:
        most = dispute.order.rulebook.files_max
        return Adding(False, _("{most} files are here, the most that a side may add.").format(most=most))
    return adding


def is_rebuttal(dispute: Dispute, now: datetime) -> bool:
    """Whether what is added now can only answer the other side's evidence: between the two deadlines of rule 16."""
    if dispute.is_frozen:
        now = dispute.frozen_at or now
    return dispute.status in (S.EVIDENCE, S.REBUTTAL) and dispute.evidence_ends_at <= now < dispute.rebuttal_ends_at


def _in_time(dispute: Dispute, side: str, now: datetime) -> Adding:
    if dispute.is_frozen:  # its clocks stand still, so no date ends it now
        return _at(dispute, side, dispute.frozen_at or now)._replace(until=None)
    return _at(dispute, side, now)


def _at(dispute: Dispute, side: str, now: datetime) -> Adding:
    status = dispute.status
    if status == S.CLOSED:
        return Adding(False, _("This case is closed. Its file stays as it is."))
    if side == STAFF:
        if status in Dispute.WITH_STAFF:
            return Adding(True)
        return Adding(False, _("Staff add to the file only while the case is with them."))
    if status in (S.OPEN, S.RETURNING, S.REPLACING):
        return Adding(True)
    if status == S.DECIDED:
        return Adding(False, _("This case is decided. New evidence belongs to an appeal: file one, then add it."))
    usual = _appealed(dispute, side, now) if status == S.APPEALED else _escalated(dispute, side, now)
    asked = dispute.questions.filter(side=side, due_at__gt=now).order_by("-due_at").first()
    if asked is not None and not (usual.allowed and usual.until >= asked.due_at):
        return Adding(True, until=asked.due_at)
    return usual


def _escalated(dispute: Dispute, side: str, now: datetime) -> Adding:
    """5 days for both, then 48 hours for a side that the other's new evidence speaks against (Rulebook 16)."""
    if dispute.status in (S.EVIDENCE, S.REBUTTAL):
        if now < dispute.evidence_ends_at:
            return Adding(True, until=dispute.evidence_ends_at)
        if now < dispute.rebuttal_ends_at:
            if _other_side_added(dispute, side):
                return Adding(True, until=dispute.rebuttal_ends_at)
            return Adding(
                False,
                _("The time for evidence is over. The other side added nothing new, so there is nothing to answer."),
            )
    return Adding(False, _("The time for evidence is over. The case is decided from the file as it stands."))


def _other_side_added(dispute: Dispute, side: str) -> bool:
    other = Order.Side.SUPPLIER if side == Order.Side.BUYER else Order.Side.BUYER
    return dispute.evidence.filter(
        side=other, added_at__gte=dispute.escalated_at, added_at__lt=dispute.evidence_ends_at
    ).exists()


def _appealed(dispute: Dispute, side: str, now: datetime) -> Adding:
    """A side that appealed adds its new evidence within 48 hours of filing (Rulebook 20)."""
    filed = dispute.appeals.filter(side=side).order_by("-filed_at").first()
    if filed is None:
        return Adding(False, _("The other side has appealed. Staff ask you if they need something of yours."))
    until = filed.filed_at + dispute.order.rulebook.rebuttal_time
    if now < until:
        return Adding(True, until=until)
    return Adding(
        False,
        _("The {hours} hours for new evidence after your appeal are over.").format(
            hours=dispute.order.rulebook.rebuttal_hours
        ),
    )
