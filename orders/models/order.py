"""One purchase and its life. The lifecycle reads top to bottom in `Order`."""

from datetime import datetime, timedelta
from decimal import Decimal

import uuid_utils.compat as uuid
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import gettext_noop as N_
from django_fsm import FSMField, transition

from orders.models.conditions import (
    all_shipped,
    both_accepted,
    escrow_empty,
    is_buyer,
    is_party,
    is_seller,
    no_dispute_open,
    no_payment_processing,
    nobody,
    nothing_contested,
    paid_before_shipment,
)
from orders.models.references import new_reference
from suppliers.models import Member, Supplier
from trade_assurance.rulebook import Rulebook, rulebook


class OrderQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Orders that `user` is a party to; anybody else gets 404."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(buyer=user, unsent_by_supplier=False) | Q(supplier__in=Supplier.objects.of(user)))

    def bought_by(self, user):
        """Orders that `user` is the buyer of, but for drafts that a supplier began and has not sent."""
        return self.filter(buyer=user, unsent_by_supplier=False)

    def locked(self, pk):
        """One order under a row lock; every change starts here. A row that only points to it need not wait."""
        return self.select_for_update(of=("self",), no_key=True).select_related("supplier").get(pk=pk)

    def due_ids(self, *, limit: int) -> list[int]:
        """Ids of rows that no other sweep has locked, to act on one by one."""
        return list(self.order_by("id").values_list("id", flat=True)[:limit])

    def open(self):
        """Orders that are not final."""
        return self.exclude(status__in=Order.FINAL)

    def unanswered(self, now):
        """Drafts whose 30 days for an answer are over (Rulebook 1)."""
        return self.filter(status=Order.Status.DRAFT, lapses_at__lte=now)

    def unpaid_too_long(self, now):
        """Placed orders that time cancels: nothing cleared for 60 days, or an instalment 60 days overdue (1, 2)."""
        return self.filter(status=Order.Status.PLACED, cancels_at__lte=now, processing_payments=0, contested_minor=0)

    def unshipped_too_long(self, now):
        """Paid orders with nothing shipped and no choice made 30 days after the ship-by date (Rulebook 9)."""
        return self.filter(status=Order.Status.PAID, award_at__lte=now, open_disputes=0, contested_minor=0)

    def late_unnoticed(self, now):
        """Paid orders whose ship-by date has just passed: both sides are told once (Rulebook 9)."""
        return self.filter(status=Order.Status.PAID, ship_by_at__lte=now, late_noticed_at__isnull=True)

    def to_auto_confirm(self, now):
        """Shipped orders whose receipt is confirmed by time (Rulebook 10)."""
        return self.filter(status=Order.Status.SHIPPED, auto_confirm_at__lte=now)

    def protection_over(self, now):
        """Received orders with a window that has closed; the column is NULL while only held lines are left.

        None closes while staff look at a later receipt (Rulebook 11).
        """
        ended = self.filter(status=Order.Status.RECEIVED, protection_ends_at__lte=now)
        return ended.exclude(later_receipts__state="asked")


class Order(models.Model):
    """One purchase under protection. Amounts are minor units of `currency`; instants are UTC.

    The money columns repeat what the ledger says of this order (I3 proves it), so that lists need no ledger query.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _lazy("Draft")
        PLACED = "placed", _lazy("Placed")
        PAID = "paid", _lazy("Paid")
        SHIPPED = "shipped", _lazy("Shipped")
        RECEIVED = "received", _lazy("Received")
        EXPIRED = "expired", _lazy("Protection expired")
        CANCELLED = "cancelled", _lazy("Cancelled")
        REFUNDED = "refunded", _lazy("Refunded")

    class Side(models.TextChoices):
        BUYER = "buyer", _lazy("Buyer")
        SUPPLIER = "supplier", _lazy("Supplier")

    FINAL = (Status.EXPIRED, Status.CANCELLED, Status.REFUNDED)

    public_id = models.UUIDField(default=uuid.uuid7, unique=True, editable=False)
    reference = models.CharField(max_length=12, unique=True, default=new_reference, editable=False)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="orders")
    status = FSMField(default=Status.DRAFT, choices=Status.choices, protected=True)
    title = models.CharField(max_length=120)
    request = models.TextField("what the buyer asked the supplier to draft", blank=True)
    draft_key = models.UUIDField("of the form that made it, so that a double click makes one", unique=True, null=True)
    unsent_by_supplier = models.BooleanField("begun by the supplier, not sent to the buyer yet", default=False)
    created_at = models.DateTimeField()

    # the accepted contract, pinned
    currency = models.CharField(max_length=3, default="USD")
    total_minor = models.BigIntegerField(default=0)
    is_sample = models.BooleanField(default=False)
    timezone = models.CharField(max_length=64, default="UTC")
    rulebook_version = models.PositiveSmallIntegerField(default=1)
    usd_per_unit = models.DecimalField("reference rate, pinned", max_digits=18, decimal_places=9, default=Decimal(1))
    reserved_minor = models.BigIntegerField("reserved of the supplier's limit", default=0)

    # the money so far
    cleared_minor = models.BigIntegerField(default=0)
    borne_minor = models.BigIntegerField("bank charges we bore", default=0)
    fees_minor = models.BigIntegerField("processing fees paid on top", default=0)
    released_minor = models.BigIntegerField(default=0)
    service_fee_minor = models.BigIntegerField(default=0)
    reserve_minor = models.BigIntegerField("kept back at receipt", default=0)
    refunded_minor = models.BigIntegerField("refunded, from any source", default=0)
    refunded_escrow_minor = models.BigIntegerField("refunded from escrow", default=0)
    amended_back_minor = models.BigIntegerField("of the refunds, because the contract was amended", default=0)
    unborne_minor = models.BigIntegerField("bank charges that went back to us", default=0)
    later_reserve_minor = models.BigIntegerField("of the reserve, for lines whose window was stopped", default=0)
    contested_minor = models.BigIntegerField("of what cleared, contested at a card network", default=0)
    charged_back_minor = models.BigIntegerField("of what cleared, lost to a card network", default=0)
    charged_back_escrow_minor = models.BigIntegerField("of it from escrow", default=0)
    processing_payments = models.PositiveSmallIntegerField("payments at a gateway", default=0)

    flagged_at = models.DateTimeField(null=True, blank=True)
    flagged_because = models.CharField(max_length=300, blank=True)

    # when what happened
    lapses_at = models.DateTimeField(null=True, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    cancels_at = models.DateTimeField("cancelled by time", null=True, blank=True)
    first_cleared_at = models.DateTimeField(null=True, blank=True)
    production_confirmed_at = models.DateTimeField(null=True, blank=True)
    cancel_proposed_by = models.CharField(max_length=8, choices=Side, blank=True)
    amendment_by = models.CharField("who proposes the open amendment", max_length=8, choices=Side, blank=True)
    amendment_lapses_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    ship_by_at = models.DateTimeField(null=True, blank=True)
    award_at = models.DateTimeField("refunded by time if nothing shipped", null=True, blank=True)
    late_noticed_at = models.DateTimeField("both sides were told that it is late", null=True, blank=True)
    kept_at = models.DateTimeField("the buyer chose to keep goods that are late", null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    auto_confirm_at = models.DateTimeField(null=True, blank=True)
    auto_confirm_stopped_at = models.DateTimeField("its clock stands still since", null=True, blank=True)
    auto_confirm_paused = models.DurationField("how long its clock stood still", default=timedelta)
    auto_confirm_floor_at = models.DateTimeField("not before, after a dispute", null=True, blank=True)
    open_disputes = models.PositiveSmallIntegerField(default=0)
    tracking_reviews = models.PositiveSmallIntegerField("shipments that risk staff look at", default=0)
    winding_up_at = models.DateTimeField("its end is settled but for the supplier's cost", null=True, blank=True)
    buyer_extended_at = models.DateTimeField(null=True, blank=True)
    supplier_extended_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    protection_timezone = models.CharField("the buyer's timezone at receipt", max_length=64, blank=True)
    protection_ends_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    emptied_at = models.DateTimeField("when its texts and files were erased, kept long enough", null=True, blank=True)
    closed_because = models.CharField(max_length=40, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total_minor__gte=0, cleared_minor__gte=0, released_minor__gte=0, refunded_minor__gte=0),
                name="order_money_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    cleared_minor__gte=F("released_minor")
                    + F("refunded_escrow_minor")
                    + F("charged_back_escrow_minor")
                    + F("unborne_minor")
                    - F("borne_minor")
                ),
                name="order_escrow_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(cleared_minor__gte=F("refunded_minor") + F("charged_back_minor") + F("contested_minor")),
                name="order_refunds_within_cleared",
            ),
            models.CheckConstraint(
                condition=Q(reserve_minor__gte=F("later_reserve_minor"), later_reserve_minor__gte=0)
                & Q(contested_minor__gte=0, charged_back_minor__gte=F("charged_back_escrow_minor")),
                name="order_parts_within_wholes",
            ),
            models.CheckConstraint(
                condition=Q(amended_back_minor__gte=0, amended_back_minor__lte=F("refunded_minor")),
                name="order_amended_back_is_refunded",
            ),
            models.CheckConstraint(
                condition=Q(amendment_by="", amendment_lapses_at__isnull=True)
                | (~Q(amendment_by="") & Q(amendment_lapses_at__isnull=False)),
                name="order_amendment_lapses",
            ),
            models.CheckConstraint(
                condition=Q(unsent_by_supplier=False) | Q(status__in=("draft", "cancelled"), request=""),
                name="order_unsent_is_a_draft",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="order_of_buyer"),
            models.Index(fields=["supplier", "-id"], name="order_of_supplier"),
            models.Index(
                fields=["supplier", "status", "ship_by_at", "id"],
                condition=Q(status__in=("draft", "placed", "paid", "shipped", "received")),
                name="order_supplier_open",
            ),
            models.Index(fields=["lapses_at"], condition=Q(status="draft"), name="order_lapse_due"),
            models.Index(fields=["cancels_at"], condition=Q(status="placed"), name="order_cancel_due"),
            models.Index(fields=["award_at"], condition=Q(status="paid"), name="order_award_due"),
            models.Index(
                fields=["ship_by_at"], condition=Q(status="paid", late_noticed_at__isnull=True), name="order_late_due"
            ),
            models.Index(fields=["auto_confirm_at"], condition=Q(status="shipped"), name="order_confirm_due"),
            models.Index(fields=["protection_ends_at"], condition=Q(status="received"), name="order_protection_due"),
            models.Index(fields=["closed_at"], condition=Q(emptied_at__isnull=True), name="order_emptying_due"),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("orders:detail", args=[self.reference])

    # The lifecycle ------------------------------------------------------------------------------------------------

    @transition(status, source=Status.DRAFT, target=Status.PLACED, conditions=[both_accepted], permission=is_party)
    def place(self, *, now: datetime):
        """Both sides have accepted the same version; instalments fall due."""
        self.placed_at, self.lapses_at = now, None

    @transition(status, source=Status.PLACED, target=Status.PAID, conditions=[paid_before_shipment], permission=nobody)
    def settle(self, *, now: datetime, ship_by_at: datetime):
        """All that is due before shipment has cleared; the lead time starts."""
        self.paid_at, self.cancels_at = now, None
        self.ship_by_at = ship_by_at
        self.award_at = ship_by_at + timedelta(days=self.rulebook.late_award_days)

    @transition(status, source=Status.PAID, target=Status.PLACED, permission=nobody)
    def reopen(self):
        """Both agreed to an amendment that costs more: what is due before shipment is not paid any more (ADR 21)."""
        self.paid_at = self.ship_by_at = self.award_at = self.late_noticed_at = None

    @transition(status, source=Status.PAID, target=Status.SHIPPED, conditions=[all_shipped], permission=is_seller)
    def ship(self, *, now: datetime):
        """A valid shipment fact exists for all lines that were not cancelled."""
        self.shipped_at = now
        self.award_at = None

    @transition(status, source=Status.SHIPPED, target=Status.PAID, permission=nobody)
    def unship(self, *, award_at: datetime | None):
        """Risk staff found that a shipment was false: paid, not shipped; the clock of its receipt never ran (8)."""
        self.shipped_at = self.auto_confirm_at = self.auto_confirm_floor_at = None
        self.auto_confirm_paused = timedelta(0)
        self.buyer_extended_at = self.supplier_extended_at = None
        self.award_at = award_at

    @transition(status, source=Status.SHIPPED, target=Status.RECEIVED, permission=is_buyer)
    def receive(self, *, now: datetime):
        """The buyer has the goods, by its word or by time; the window of 30 days starts (Rulebook 10, 11)."""
        self.received_at = now
        self.auto_confirm_at = None
        self.protection_timezone = self.buyer.timezone
        self.protection_ends_at = self.rulebook.protection_end(now, self.protection_timezone)

    @transition(
        status,
        source=Status.RECEIVED,
        target=Status.EXPIRED,
        conditions=[escrow_empty, nothing_contested],
        permission=nobody,
    )
    def expire(self, *, now: datetime):
        """Every window has closed, nothing is held, nothing is in escrow. Final."""
        self.closed_at, self.closed_because = now, N_("protection ended")

    @transition(
        status,
        source=[Status.DRAFT, Status.PLACED, Status.PAID],
        target=Status.CANCELLED,
        conditions=[no_payment_processing, no_dispute_open, escrow_empty, nothing_contested],
        permission=is_party,
    )
    def cancel(self, *, now: datetime, because: str):
        """Ended before shipment by a party or by time; all that cleared has gone back. Final."""
        self.closed_at, self.closed_because = now, because
        self.lapses_at = self.cancels_at = self.award_at = None

    @transition(
        status,
        source=[Status.PAID, Status.SHIPPED, Status.RECEIVED],
        target=Status.REFUNDED,
        conditions=[escrow_empty, nothing_contested],
        permission=nobody,
    )
    def refund(self, *, now: datetime, because: str):
        """Everything paid was refunded by settlement, decision or automatic award. Final."""
        self.closed_at, self.closed_because = now, because
        self.award_at = self.auto_confirm_at = self.protection_ends_at = None

    # Reading ------------------------------------------------------------------------------------------------------

    @property
    def rulebook(self) -> Rulebook:
        return rulebook(self.rulebook_version)

    @property
    def is_final(self) -> bool:
        return self.status in self.FINAL

    @property
    def escrow_minor(self) -> int:
        """Money held for the order now."""
        return (
            self.cleared_minor
            + self.borne_minor
            - self.released_minor
            - self.refunded_escrow_minor
            - self.charged_back_escrow_minor
            - self.unborne_minor
        )

    @property
    def kept_minor(self) -> int:
        """What cleared less refunds and chargebacks, open ones too: the most that can still go back to the buyer."""
        return self.cleared_minor - self.refunded_minor - self.charged_back_minor - self.contested_minor

    @property
    def takes_money(self) -> bool:
        """Whether money that arrives is for its instalments; else it goes back."""
        return not self.is_final and self.status != self.Status.DRAFT and self.winding_up_at is None

    @property
    def covered_minor(self) -> int:
        """The covered amount (product.md §2): what is kept, at most the larger of limit left and escrow; final: 0."""
        if self.is_final:
            return 0
        return min(self.kept_minor, max(self.left_of_limit_minor, self.escrow_minor))

    @property
    def left_of_limit_minor(self) -> int:
        """What is left of the reserved limit: less refunds, but not those of amendments, which lower it (ADR 21)."""
        return max(0, self.reserved_minor - (self.refunded_minor - self.amended_back_minor))

    @property
    def cover(self) -> str:
        """The shield's state: full, part, none (nothing paid, so nothing covered yet), ended."""
        if self.is_final:
            return "ended"
        paid = self.kept_minor
        if paid <= 0:
            return "none"
        return "full" if self.covered_minor >= paid and not self.is_sample else "part"

    @property
    def open_minor(self) -> int:
        """What of the total has not been paid."""
        return max(0, self.total_minor - self.cleared_minor - self.borne_minor + self.amended_back_minor)

    @property
    def is_part_shipped(self) -> bool:
        """Whether a shipment that counts was entered, of all or of a part."""
        return any(shipment.counts for shipment in self.shipments.all())

    def is_late(self, now: datetime) -> bool:
        """Whether the end of the ship-by date has passed without all goods shipped (Rulebook 9)."""
        return self.status == self.Status.PAID and self.ship_by_at is not None and now >= self.ship_by_at

    def member(self, user) -> Member | None:
        """The person's membership of the supplier, fetched once."""
        if not hasattr(self, "_members"):
            self._members = {}
        if user.id not in self._members:
            self._members[user.id] = Member.objects.filter(supplier_id=self.supplier_id, user=user).first()
        return self._members[user.id]

    def side_of(self, user) -> str | None:
        """Which side `user` is on; a person is never on both (the buyer may not work for the supplier)."""
        if self.buyer_id == user.id:
            return self.Side.BUYER
        return self.Side.SUPPLIER if self.member(user) else None
