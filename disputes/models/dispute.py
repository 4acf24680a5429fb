"""The case around a claim: where it stands, whose move it is, and each deadline as a column."""

import secrets
from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy
from django_fsm import FSMField, transition

from orders.models import Order
from orders.models.conditions import condition, nobody
from orders.models.references import REFERENCE_LETTERS
from suppliers.models import Supplier


def new_reference() -> str:
    """A random dispute reference like D-7K3MQ9XD."""
    return "D-" + "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8))


# Who may make a transition: called as permission(dispute, user); `by=None`, the system, is never asked.
def is_claimant(dispute, user) -> bool:
    return dispute.acting_side(user) == dispute.claimant


def is_adjudicator(dispute, user) -> bool:
    """Staff who decide, and who are not a party to the order."""
    return user.has_perm("disputes.decide") and dispute.order.side_of(user) is None


@condition(
    _lazy("A card payment of this order is contested at the bank. The case stands still until the bank has decided.")
)
def not_frozen(dispute) -> bool:
    return dispute.order.contested_minor == 0


class DisputeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Disputes on orders that `user` is a party to; anybody else gets 404."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(order__buyer=user) | Q(order__supplier__in=Supplier.objects.of(user)))

    def locked(self, pk):
        """The dispute with its order, both under a row lock, the order's first: it is the mutex of all that it has."""
        order = Order.objects.locked(self.values_list("order_id", flat=True).get(pk=pk))
        dispute = self.select_for_update(of=("self",), no_key=True).get(pk=pk)
        dispute.order = order
        return dispute

    def open(self):
        return self.exclude(status=Dispute.Status.CLOSED)

    def due_ids(self, *, limit: int) -> list[int]:
        return list(self.order_by("id").values_list("id", flat=True)[:limit])

    def follows_bank(self):
        """Open disputes that a chargeback stops, lets go on, or has ended with its order."""
        return self.open().filter(
            Q(frozen_at__isnull=True, order__contested_minor__gt=0)
            | Q(frozen_at__isnull=False, order__contested_minor=0)
            | Q(order__status__in=Order.FINAL)
        )

    def running(self):
        """Disputes that no chargeback has frozen."""
        return self.filter(frozen_at__isnull=True, order__contested_minor=0)

    def to_award(self, now):
        """Claims of non-shipment that no shipment, and of delay that nobody, has answered in time (Rulebook 9)."""
        return self.running().filter(status=Dispute.Status.OPEN, award_at__lte=now)

    def stalled(self, now):
        """Unresolved for 7 × 24 h, so escalated by time (Rulebook 14)."""
        return self.running().filter(status=Dispute.Status.OPEN, escalate_at__lte=now)

    def evidence_over(self, now):
        return self.running().filter(status=Dispute.Status.EVIDENCE, evidence_ends_at__lte=now)

    def rebuttal_over(self, now):
        return self.running().filter(status=Dispute.Status.REBUTTAL, rebuttal_ends_at__lte=now)

    def inspection_over(self, now):
        """Nobody chose an inspector, or its report did not come, in time (Rulebook 18)."""
        return self.running().filter(status=Dispute.Status.INSPECTION, inspection_ends_at__lte=now)

    def to_execute(self, now):
        """Decisions whose 7 days for an appeal are over (Rulebook 20)."""
        return self.running().filter(status=Dispute.Status.DECIDED, appeal_ends_at__lte=now)

    def performance_due(self, now):
        """Returns and replacements with a deadline that has passed (Rulebook 21)."""
        return self.running().filter(
            status__in=(Dispute.Status.RETURNING, Dispute.Status.REPLACING), performance_due_at__lte=now
        )


class Dispute(models.Model):
    """One case on one order. Amounts are minor units of the order's currency; instants are UTC."""

    class Status(models.TextChoices):
        OPEN = "open", _lazy("Talking")
        EVIDENCE = "evidence", _lazy("Escalated: evidence")
        REBUTTAL = "rebuttal", _lazy("Escalated: rebuttal")
        DECIDING = "deciding", _lazy("Being decided")
        INSPECTION = "inspection", _lazy("Waiting for an inspection")
        DECIDED = "decided", _lazy("Decided, appeal possible")
        APPEALED = "appealed", _lazy("Appealed")
        RETURNING = "returning", _lazy("Goods going back")
        REPLACING = "replacing", _lazy("Replacement agreed")
        CLOSED = "closed", _lazy("Closed")

    class Outcome(models.TextChoices):
        SETTLED = "settled", _lazy("Settled")
        AWARDED = "awarded", _lazy("Awarded by time")
        DECIDED = "decided", _lazy("Decided")
        WITHDRAWN = "withdrawn", _lazy("Withdrawn")
        LAPSED = "lapsed", _lazy("Lapsed")

    ESCALATED = (Status.EVIDENCE, Status.REBUTTAL, Status.DECIDING, Status.INSPECTION)
    WITH_STAFF = (*ESCALATED, Status.APPEALED)

    reference = models.CharField(max_length=10, unique=True, default=new_reference, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="disputes")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="disputes")
    claimant = models.CharField(max_length=8, choices=Order.Side)
    key = models.UUIDField("of the form that filed it, so that a double click files one", unique=True)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    status = FSMField(default=Status.OPEN, choices=Status.choices, protected=True)
    currency = models.CharField(max_length=3)
    claimed_minor = models.BigIntegerField("asked for, as the remedies compute it")
    cap_minor = models.BigIntegerField("of it covered: the most that can be awarded")
    is_breach = models.BooleanField("an objective breach: dates and carriers alone show it", default=False)

    # talking (Rulebook 14)
    filed_at = models.DateTimeField()
    answer_due_at = models.DateTimeField("the other side answers by")
    answered_at = models.DateTimeField(null=True, blank=True)
    escalate_from_at = models.DateTimeField("the claimant may escalate from")
    escalate_at = models.DateTimeField("escalated by time")
    award_at = models.DateTimeField("awarded by time", null=True, blank=True)
    awards_silence = models.BooleanField("an answer ends that; else only a shipment does", default=False)
    buyer_extended_at = models.DateTimeField(null=True, blank=True)
    supplier_extended_at = models.DateTimeField(null=True, blank=True)
    rejections = models.PositiveSmallIntegerField(default=0)
    buyer_sealed_at = models.DateTimeField("buyer lodged its limit", null=True, blank=True)
    supplier_sealed_at = models.DateTimeField("supplier lodged its limit", null=True, blank=True)

    # escalated (Rulebook 16-19)
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalated_by = models.CharField("side, or time", max_length=8, blank=True)
    evidence_ends_at = models.DateTimeField(null=True, blank=True)
    rebuttal_ends_at = models.DateTimeField(null=True, blank=True)
    inspection_ends_at = models.DateTimeField(null=True, blank=True)
    adjudicator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    picked_up_at = models.DateTimeField(null=True, blank=True)
    decide_by_at = models.DateTimeField("decision due", null=True, blank=True)
    decide_extended_at = models.DateTimeField("staff took longer, once", null=True, blank=True)
    staff_due_at = models.DateTimeField("the legal clock of the staff's next move", null=True, blank=True)

    # decided (Rulebook 20-22)
    decided_at = models.DateTimeField(null=True, blank=True)
    appeal_ends_at = models.DateTimeField(null=True, blank=True)
    buyer_waived_at = models.DateTimeField(null=True, blank=True)
    supplier_waived_at = models.DateTimeField(null=True, blank=True)
    performance_due_at = models.DateTimeField("next deadline of a return or replacement", null=True, blank=True)
    awarded_minor = models.BigIntegerField("paid to the claimant", default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    frozen_at = models.DateTimeField("stands still since: a card payment is contested", null=True, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        permissions = [
            ("decide", "Can decide disputes: pick up, propose, approve"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(claimed_minor__gt=0, cap_minor__gte=0, cap_minor__lte=F("claimed_minor")),
                name="dispute_cap_within_claim",
            ),
            models.CheckConstraint(condition=Q(awarded_minor__gte=0), name="dispute_award_not_negative"),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(status="closed") & Q(closed_at__isnull=True, outcome=""),
                name="dispute_closed_with_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "-id"], name="dispute_of_order"),
            models.Index(fields=["supplier", "-id"], name="dispute_of_supplier"),
            models.Index(fields=["award_at"], condition=Q(status="open"), name="dispute_award_due"),
            models.Index(fields=["escalate_at"], condition=Q(status="open"), name="dispute_escalate_due"),
            models.Index(fields=["evidence_ends_at"], condition=Q(status="evidence"), name="dispute_evidence_due"),
            models.Index(fields=["rebuttal_ends_at"], condition=Q(status="rebuttal"), name="dispute_rebuttal_due"),
            models.Index(
                fields=["inspection_ends_at"], condition=Q(status="inspection"), name="dispute_inspection_due"
            ),
            models.Index(fields=["appeal_ends_at"], condition=Q(status="decided"), name="dispute_execute_due"),
            models.Index(
                fields=["performance_due_at"],
                condition=Q(status__in=("returning", "replacing")),
                name="dispute_performance_due",
            ),
            models.Index(
                fields=["staff_due_at", "id"],
                condition=Q(status__in=("evidence", "rebuttal", "deciding", "inspection", "appealed")),
                name="dispute_queue",
            ),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("disputes:detail", args=[self.reference])

    # The case's life ----------------------------------------------------------------------------------------------

    @transition(status, source=Status.OPEN, target=Status.EVIDENCE, conditions=[not_frozen], permission=is_claimant)
    def escalate(self, *, now: datetime, by_side: str, business):
        """Staff decide; both sides have 5 days for evidence (Rulebook 14, 16). `business` counts business days."""
        rules = self.order.rulebook
        self.escalated_at, self.escalated_by = now, by_side
        self.evidence_ends_at = now + rules.evidence_time
        self.rebuttal_ends_at = self.evidence_ends_at + rules.rebuttal_time
        self.decide_by_at = business.after(self.rebuttal_ends_at, rules.decision_business_days)
        self.staff_due_at = business.after(now, rules.pick_up_business_days)

    @transition(status, source=Status.EVIDENCE, target=Status.REBUTTAL, permission=nobody)
    def close_evidence(self):
        """From here only answers to the other side's new evidence (Rulebook 16)."""

    @transition(status, source=Status.REBUTTAL, target=Status.DECIDING, permission=nobody)
    def close_rebuttal(self):
        """The file is complete and is decided as it stands (Rulebook 17)."""

    @transition(status, source=Status.DECIDING, target=Status.INSPECTION, permission=is_adjudicator)
    def inspect(self, *, ends_at: datetime):
        """An inspection was ordered; the clock of the decision waits (Rulebook 18)."""
        self.inspection_ends_at = ends_at

    @transition(status, source=Status.INSPECTION, target=Status.DECIDING, permission=nobody)
    def end_inspection(self, *, decide_by_at: datetime):
        self.inspection_ends_at = None
        self.decide_by_at = self.staff_due_at = decide_by_at

    @transition(
        status, source=Status.DECIDING, target=Status.DECIDED, conditions=[not_frozen], permission=is_adjudicator
    )
    def decide(self, *, now: datetime):
        """The decision is published to both; it is executed in 7 days unless one appeals (Rulebook 20)."""
        self.decided_at, self.staff_due_at = now, None
        self.appeal_ends_at = now + self.order.rulebook.appeal_time

    @transition(status, source=Status.DECIDED, target=Status.APPEALED, conditions=[not_frozen], permission=nobody)
    def appeal(self, *, decide_by_at: datetime):
        """Another adjudicator looks again; execution waits (Rulebook 20)."""
        self.adjudicator, self.picked_up_at = None, None
        self.decide_by_at = self.staff_due_at = decide_by_at

    @transition(
        status,
        source=[Status.OPEN, *ESCALATED, Status.DECIDED, Status.APPEALED],
        target=Status.RETURNING,
        conditions=[not_frozen],
        permission=nobody,
    )
    def await_return(self, *, due_at: datetime):
        """The goods go back first; the refund follows the supplier's check (Rulebook 21)."""
        self.performance_due_at, self.staff_due_at = due_at, None

    @transition(
        status,
        source=[Status.OPEN, *ESCALATED, Status.DECIDED, Status.APPEALED],
        target=Status.REPLACING,
        conditions=[not_frozen],
        permission=nobody,
    )
    def await_replacement(self, *, due_at: datetime):
        """The supplier ships again by consent; what the claim holds stays held."""
        self.performance_due_at, self.staff_due_at = due_at, None

    @transition(
        status,
        source=[Status.RETURNING, Status.REPLACING],
        target=Status.DECIDING,
        permission=nobody,
    )
    def contest(self, *, now: datetime, decide_by_at: datetime):
        """A side says that the return or replacement is not as agreed: staff decide."""
        self.escalated_at = self.escalated_at or now
        self.evidence_ends_at, self.rebuttal_ends_at = None, None
        self.performance_due_at = None
        self.decide_by_at = self.staff_due_at = decide_by_at

    @transition(
        status,
        source=[s for s in Status if s != "closed"],
        target=Status.CLOSED,
        conditions=[not_frozen],
        permission=nobody,
    )
    def close(self, *, now: datetime, outcome: str):
        """Settled, decided, awarded or withdrawn, and executed. Final."""
        self.closed_at, self.outcome = now, outcome
        self.staff_due_at = self.performance_due_at = None

    # Reading ------------------------------------------------------------------------------------------------------

    @property
    def respondent(self) -> str:
        return Order.Side.SUPPLIER if self.claimant == Order.Side.BUYER else Order.Side.BUYER

    @property
    def left_minor(self) -> int:
        """What can still be awarded: the covered claim less what was paid of it."""
        return self.cap_minor - self.awarded_minor

    @property
    def is_open(self) -> bool:
        return self.status != self.Status.CLOSED

    @property
    def is_escalated(self) -> bool:
        return self.status in self.ESCALATED

    @property
    def is_frozen(self) -> bool:
        """Whether a contested card payment keeps the case from moving."""
        return self.is_open and self.order.contested_minor > 0

    def acting_side(self, user) -> str | None:
        """The side that `user` may bind: the buyer, or the supplier's owner and sales; None for all others."""
        side = self.order.side_of(user)
        if side == Order.Side.SUPPLIER and not self.order.member(user).sells:
            return None
        return side
