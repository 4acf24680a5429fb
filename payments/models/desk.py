"""What people decide about money in suspense: proposals that a second person confirms, and who a payer is."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from orders.models import Instalment, Order
from payments.models.bank import UNDECIDED, BankEntry


class MatchProposalQuerySet(models.QuerySet):
    def locked(self, pk):
        """One proposal under a row lock; taken after the orders' rows and the entry's."""
        return self.select_for_update(of=("self",)).get(pk=pk)

    def waiting(self):
        """Proposals that a second person can still confirm: the money is where it was."""
        return self.filter(state=MatchProposal.State.OPEN, entry__status__in=UNDECIDED)


class MatchProposal(models.Model):
    """What one finance person wants done with a bank entry above the limit; another one does it (Rulebook 5).

    `terms` is all of it: the entry, what each instalment gets and what follows from it. `digest` is its SHA-256, and a
    confirmation counts for exactly that. Amounts in minor units of the entry's currency.
    """

    class Kind(models.TextChoices):
        MATCH = "match", "Match to an instalment"
        SPLIT = "split", "Split over several instalments"
        REFUND = "refund", "Refund to the payer"
        RETURN = "return", "Return to the sender"
        PAYOUT = "payout", "Accept as a card processor’s payout"
        CHARGE = "charge", "Book as a bank charge"
        OWN = "own", "Book as our own money"

    class State(models.TextChoices):
        OPEN = "open", "Waits for a second person"
        DONE = "done", "Confirmed and done"
        DECLINED = "declined", "Declined"
        LAPSED = "lapsed", "Lapsed"

    entry = models.ForeignKey(BankEntry, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=6, choices=Kind)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField("of the entry")
    terms = models.JSONField()
    digest = models.CharField("SHA-256 of the terms", max_length=64)
    reason = models.CharField(max_length=300, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)

    objects = MatchProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(state="open"), name="proposal_open_once"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(ended_by__isnull=False) & ~Q(ended_by=F("proposed_by")),
                name="proposal_takes_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | ~Q(state="open") & Q(ended_at__isnull=False),
                name="proposal_ended_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("declined", "lapsed")) | ~Q(ended_because=""), name="proposal_ended_has_why"
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="open"), name="proposal_waiting")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "entry_id",
                    "kind",
                    "currency",
                    "amount_minor",
                    "terms",
                    "digest",
                    "reason",
                    "proposed_by_id",
                    "proposed_at",
                ),
            ),
            pgtrigger.Protect(
                name="end_stays", operation=pgtrigger.Update, condition=pgtrigger.Condition("OLD.state <> 'open'")
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.entry.entry}"


class PayerQuestionQuerySet(models.QuerySet):
    def locked(self, pk):
        """One question under a row lock; taken after the order's row and the entry's."""
        return self.select_for_update(of=("self",)).get(pk=pk)

    def asked(self):
        """Those that a buyer is to answer: the money still waits."""
        return self.filter(state=PayerQuestion.State.ASKED, entry__status=BankEntry.Status.SUSPENSE)

    def unsettled(self):
        return self.filter(state__in=(PayerQuestion.State.ASKED, PayerQuestion.State.NAMED))


class PayerQuestion(models.Model):
    """Who paid, when the payer's name is not the buyer's: the buyer names it, finance confirms it (Rulebook 6)."""

    class State(models.TextChoices):
        ASKED = "asked", "The buyer is asked"
        NAMED = "named", "Named by the buyer"
        CONFIRMED = "confirmed", "Confirmed by finance"
        DISOWNED = "disowned", "Not the buyer's"
        CLOSED = "closed", "Closed, the money went elsewhere"

    entry = models.ForeignKey(BankEntry, on_delete=models.PROTECT, related_name="questions")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payer_questions")
    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    name = models.CharField("the payer, as the buyer names it", max_length=200, blank=True)
    relation = models.CharField("why it pays for the buyer", max_length=300, blank=True)
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    named_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PayerQuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state__in=("asked", "named")), name="payer_asked_one_buyer_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("named", "confirmed"))
                | ~Q(name="") & ~Q(relation="") & Q(named_by__isnull=False, named_at__isnull=False),
                name="payer_named_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(ended_by__isnull=False) & ~Q(ended_by=F("named_by")),
                name="payer_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("asked", "named"), ended_at__isnull=True)
                | ~Q(state__in=("asked", "named")) & Q(ended_at__isnull=False),
                name="payer_question_ended_has_time",
            ),
        ]
        indexes = [models.Index(fields=["order"], condition=Q(state="asked"), name="payer_asked_of_order")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("entry_id", "order_id", "instalment_id", "asked_by_id", "asked_at"),
            ),
            pgtrigger.Protect(
                name="end_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state IN ('confirmed', 'disowned', 'closed')"),
            ),
        ]

    def __str__(self):
        return f"payer of {self.entry.entry}"

    @property
    def is_asked(self) -> bool:
        """Whether the buyer is to answer it: the money still waits."""
        return self.state == self.State.ASKED and self.entry.status == BankEntry.Status.SUSPENSE
