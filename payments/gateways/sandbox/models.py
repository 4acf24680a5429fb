"""What the pretend bank knows. Our own books never read these rows; only its gateway does."""

from django.db import models
from django.db.models import F, Q, Sum


class SandboxCharge(models.Model):
    """A payment at the pretend bank, as its customer left it."""

    class State(models.TextChoices):
        OPEN = "open"  # its page was not answered yet
        THREE_D_SECURE = "3ds"  # the bank asks to confirm
        ON_ITS_WAY = "on_its_way"  # arrives, or fails, at `ends_at`
        PAID = "paid"
        REFUSED = "refused"

    key = models.UUIDField("our payment's", unique=True)
    reference = models.CharField(max_length=40, unique=True)
    method = models.CharField(max_length=6)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    merchant = models.CharField("what it is for", max_length=200)
    return_to = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    ends_at = models.DateTimeField(null=True, blank=True)
    fails = models.BooleanField(default=False)
    why = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "payments"

    def __str__(self):
        return self.reference

    @property
    def left_minor(self) -> int:
        """What of it the bank has neither given back nor taken back: no refund and no contest is larger."""
        refunded = self.refunds.filter(fails_because="").aggregate(minor=Sum("amount_minor"))["minor"] or 0
        taken = self.contests.exclude(state="won").aggregate(minor=Sum("amount_minor"))["minor"] or 0
        return self.amount_minor - refunded - taken


class SandboxSending(models.Model):
    """Money that the pretend bank was told to send; a key is obeyed once."""

    key = models.CharField(max_length=120, unique=True)
    reference = models.CharField(max_length=40, unique=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    told = models.PositiveIntegerField("how often it was told", default=1)
    arrives_at = models.DateTimeField()
    fails_because = models.CharField(max_length=200, blank=True)
    charge = models.ForeignKey(
        SandboxCharge, on_delete=models.PROTECT, null=True, related_name="refunds", verbose_name="that it gives back"
    )

    class Meta:
        app_label = "payments"

    def __str__(self):
        return self.reference


class SandboxContest(models.Model):
    """A charge that its cardholder contests; `told` is what of it was reported to us."""

    class State(models.TextChoices):
        OPEN = "open"
        WON = "won"  # by the merchant
        LOST = "lost"

    charge = models.ForeignKey(SandboxCharge, on_delete=models.PROTECT, related_name="contests")
    reference = models.CharField(max_length=40, unique=True)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    told = models.CharField(max_length=4, choices=State, blank=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "payments"
        indexes = [models.Index(fields=["id"], condition=~Q(told=F("state")), name="sandbox_to_tell")]

    def __str__(self):
        return self.reference


class SandboxTransfer(models.Model):
    """A transfer that somebody played; reported to us as a statement entry when it went to an account of ours."""

    entry = models.CharField(max_length=60, unique=True)
    account_number = models.CharField(max_length=34)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField("as it arrives, after charges")
    charges_minor = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=200, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "payments"
        indexes = [
            models.Index(fields=["sent_at"], condition=Q(reported_at__isnull=True), name="sandbox_to_report"),
        ]

    def __str__(self):
        return self.entry


class SandboxSettlement(models.Model):
    """A settlement of card or online money by the pretend processor; the number makes each happen once."""

    gateway = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    number = models.PositiveIntegerField()
    taken_minor = models.BigIntegerField(default=0)
    kept_minor = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        app_label = "payments"
        constraints = [
            models.UniqueConstraint(fields=["gateway", "currency", "number"], name="sandbox_settlement_once"),
        ]

    def __str__(self):
        return f"{self.gateway} {self.currency} {self.number}"
