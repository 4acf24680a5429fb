"""Decisions and what leads to them: who proposed, who approved exactly that, and appeals."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy
from django_fsm import FSMField, transition

from disputes.models.claim import Claim
from disputes.models.dispute import Dispute
from orders.models import Order
from orders.models.conditions import nobody


class Decision(models.Model):
    """What an adjudicator proposes and, above a threshold, a second one approves (Rulebook 18, 19).

    `digest` is the SHA-256 of the canonical JSON of `document`: approval binds to it, and nothing of it can change.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second adjudicator"
        SENT_BACK = "sent_back", "Sent back"
        WITHDRAWN = "withdrawn", "Taken back by its proposer"
        FINAL = "final", "Published"

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField("of this dispute")
    is_on_appeal = models.BooleanField(default=False)
    status = FSMField(default=Status.PROPOSED, choices=Status.choices, protected=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    needs_second = models.BooleanField("four eyes")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_digest = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    sent_back_because = models.TextField(max_length=2000, blank=True)
    document = models.JSONField()
    digest = models.CharField("SHA-256 of the canonical JSON", max_length=64)
    award_minor = models.BigIntegerField("to the claimant, inspection fee included")
    fee_minor = models.BigIntegerField("of it the inspection's fee", default=0)
    with_return = models.BooleanField(default=False)
    replace_by_at = models.DateTimeField("replacement by consent, shipped by", null=True, blank=True)
    at_fault = models.CharField("the side at fault", max_length=8, choices=Order.Side, blank=True)
    deviates = models.BooleanField("from the guide", default=False)
    guide_version = models.PositiveSmallIntegerField()
    summary = models.TextField("for the public register, without names", max_length=1000)

    class Meta:
        permissions = [("approve", "Can approve another adjudicator's decision")]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "number"], name="decision_number_once"),
            models.UniqueConstraint(
                fields=["dispute"], condition=Q(status="proposed"), name="decision_one_proposed_a_dispute"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="decision_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | Q(approved_digest=F("digest")),
                name="decision_approves_what_was_proposed",
            ),
            models.CheckConstraint(
                condition=~Q(status="final") | Q(needs_second=False) | Q(approved_by__isnull=False),
                name="decision_final_after_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(status="final") | Q(published_at__isnull=False), name="decision_final_is_published"
            ),
            models.CheckConstraint(
                condition=Q(award_minor__gte=0, fee_minor__gte=0, fee_minor__lte=F("award_minor")),
                name="decision_award_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["-published_at", "-id"], condition=Q(status="final"), name="decision_register"),
            models.Index(
                fields=["digest"],
                opclasses=["varchar_pattern_ops"],
                condition=Q(status="final"),
                name="decision_by_digest",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "dispute_id",
                    "number",
                    "is_on_appeal",
                    "proposed_by_id",
                    "proposed_at",
                    "needs_second",
                    "document",
                    "digest",
                    "award_minor",
                    "fee_minor",
                    "with_return",
                    "replace_by_at",
                    "at_fault",
                    "deviates",
                    "guide_version",
                    "summary",
                ),
            ),
            pgtrigger.Protect(
                name="final_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["final", "sent_back", "withdrawn"]),
            ),
            pgtrigger.Trigger(
                name="appeal_by_others",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NEW.is_on_appeal AND EXISTS (
                        SELECT FROM disputes_decision d
                        WHERE d.dispute_id = NEW.dispute_id AND d.status = 'final' AND d.id <> NEW.id
                          AND (NEW.proposed_by_id IN (d.proposed_by_id, d.approved_by_id)
                               OR NEW.approved_by_id IN (d.proposed_by_id, d.approved_by_id))
                    ) THEN
                        RAISE EXCEPTION 'decision_appeal_by_others' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.dispute} decision {self.number}"

    @transition(status, source=Status.PROPOSED, target=Status.FINAL, permission=nobody)
    def publish(self, *, now):
        self.published_at = now

    @transition(status, source=Status.PROPOSED, target=Status.SENT_BACK, permission=nobody)
    def send_back(self, *, because: str):
        self.sent_back_because = because

    @transition(status, source=Status.PROPOSED, target=Status.WITHDRAWN, permission=nobody)
    def withdraw(self):
        """Its proposer takes it back before anybody approved it."""


class DecidedClaim(models.Model):
    """The outcome for one claim: what the guide recommended, and what was decided."""

    class Outcome(models.TextChoices):
        FULL_REFUND = "full_refund", _lazy("Full refund")
        PARTIAL_REFUND = "partial_refund", _lazy("Partial refund")
        RETURN_REFUND = "return_refund", _lazy("Return and refund")
        REPLACEMENT = "replacement", _lazy("Replacement")
        COMPENSATION = "compensation", _lazy("Compensation for the delay")
        REJECT = "reject", _lazy("Rejected")
        OUT_OF_SCOPE = "out_of_scope", _lazy("Out of scope")

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="claims")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="decided")
    reason = models.CharField("the claim's, for the register", max_length=12, choices=Claim.Reason)
    outcome = models.CharField(max_length=14, choices=Outcome)
    amount_minor = models.BigIntegerField()
    recommended_outcome = models.CharField(max_length=14, choices=Outcome)
    recommended_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "claim"], name="decided_claim_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="decided_claim_not_negative"),
        ]
        indexes = [models.Index(fields=["reason", "outcome", "-id"], name="decided_claim_like")]
        triggers = [pgtrigger.Protect(name="fixed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.get_outcome_display()}: {self.amount_minor}"

    @property
    def upheld(self) -> bool:
        return self.outcome not in (self.Outcome.REJECT, self.Outcome.OUT_OF_SCOPE)


class Appeal(models.Model):
    """A side asks for another look, once, with new evidence or a named error of a rule (Rulebook 20)."""

    class Ground(models.TextChoices):
        EVIDENCE = "evidence", _lazy("New evidence")
        RULE = "rule", _lazy("A rule was applied wrongly")

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="appeals")
    side = models.CharField(max_length=8, choices=Order.Side)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(max_length=8, choices=Ground)
    rule = models.CharField("the rule", max_length=40, blank=True)
    reasons = models.TextField(max_length=5000)
    filed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dispute", "side"], name="appeal_once_a_side")]
        triggers = [pgtrigger.Protect(name="fixed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.dispute}: appeal of the {self.side}"


class Question(models.Model):
    """Staff ask a party for something; it may add evidence until then (Rulebook 18)."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="questions")
    side = models.CharField(max_length=8, choices=Order.Side)
    text = models.TextField(max_length=2000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        triggers = [pgtrigger.Protect(name="fixed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.dispute}: asked the {self.side}"


class Inspector(models.Model):
    """A listed inspector that a buyer may choose (Rulebook 18)."""

    name = models.CharField(max_length=120, unique=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    contact = models.EmailField()
    is_listed = models.BooleanField(default=True)

    def __str__(self):
        return self.name


class Inspection(models.Model):
    """An inspection that an adjudicator ordered on contested facts; the buyer advances its fee (Rulebook 18)."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="inspection")
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    question = models.TextField("what it is to find out", max_length=2000)
    left_to_decide = models.DurationField("what was left of the clock that waits")
    inspector = models.ForeignKey(Inspector, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    chosen_at = models.DateTimeField(null=True, blank=True)
    fee_minor = models.BigIntegerField("as the buyer advanced it, in the order's currency", default=0)
    reported_at = models.DateTimeField(null=True, blank=True)
    findings = models.TextField(max_length=5000, blank=True)
    upheld_bp = models.PositiveIntegerField("how much of the claim it bears out, basis points", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fee_minor__gte=0) & (Q(upheld_bp__isnull=True) | Q(upheld_bp__lte=10_000)),
                name="inspection_sane",
            )
        ]

    def __str__(self):
        return f"inspection for {self.dispute}"


class CaseView(models.Model):
    """Who of the staff opened a case and when; every view is logged (quality.md §3)."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="views")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["dispute", "-id"], name="case_views")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.user} saw {self.dispute}"
