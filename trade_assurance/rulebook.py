"""The rulebook: every time limit and threshold of the promise, as one versioned object (product.md §4).

A contract keeps the version it was made under; pages, tasks and actions read their numbers here and nowhere else.
Amounts are US dollar cents; `from_usd` turns one into an order's currency at the rate pinned at acceptance.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from trade_assurance import money

ONE_DAY = timedelta(days=1)


def end_of_day(day: date, timezone: str) -> datetime:
    """The instant at which `day` is over in `timezone`: a date ends at the end of that day (Rulebook, preamble)."""
    return datetime.combine(day + ONE_DAY, time.min, tzinfo=ZoneInfo(timezone)).astimezone(ZoneInfo("UTC"))


def from_usd(usd_minor: int, currency: str, usd_per_unit: Decimal, rounding: str = "down") -> int:
    """A dollar threshold in minor units of `currency`; `usd_per_unit` dollars buy one unit of it."""
    return money.convert(usd_minor, "USD", currency, 1 / Fraction(usd_per_unit), rounding)


def to_usd(amount_minor: int, currency: str, usd_per_unit: Decimal, rounding: str = "up") -> int:
    """An amount as US dollar cents, rounded up unless told otherwise (a limit is never over-promised)."""
    return money.convert(amount_minor, currency, "USD", usd_per_unit, rounding)


@dataclass(frozen=True)
class Rulebook:
    """One version of the rulebook. Durations are days unless the name says hours; percentages are basis points."""

    version: int
    # 1-3: contract, ship date, cancelling
    lapse_days: int = 30
    unpaid_cancel_days: int = 60
    unpaid_reminder_days: tuple[int, ...] = (7, 30, 53)
    lead_days_max: int = 90
    deposit_default_bp: int = 3000
    overdue_supplier_cancel_days: int = 14
    overdue_cost_bp: int = 2000
    overdue_cancel_days: int = 60
    buyer_cancel_hours: int = 24
    amendment_days: int = 7  # to answer a proposed change of the contract (ours)
    amendment_pay_days: int = 14  # until what a change adds is due, unless it says otherwise (ours)
    # 4: fees
    protection_fee_usd: int = 0
    card_fee_bp: int = 295
    online_fee_usd: int = 15_00
    card_max_usd: int = 12_000_00
    service_fee_bp: int = 200
    service_fee_max_order_usd: int = 5_000_00
    # 5-6: bank transfers
    shortfall_max_usd: int = 50_00
    shortfall_bp: int = 50
    surplus_kept_usd: int = 1_00
    two_person_match_usd: int = 10_000_00
    unmatched_return_days: int = 14
    # 8-10: tracking, late, auto-confirm
    unverified_after_days: int = 3
    late_proof_hours: int = 72
    late_compensation_bp_per_day: int = 50
    late_compensation_max_bp: int = 1000
    late_award_days: int = 30
    confirm_after_delivery_days: int = 7
    confirm_after_arrival_days: int = 15
    confirm_after_dispatch_days: int = 60
    confirm_extension_days: int = 15
    confirm_reminder_hours: tuple[int, ...] = (7 * 24, 3 * 24, 24)
    # 11-12: protection, reserve
    protection_days: int = 30
    reserve_bp: tuple[int, ...] = (10_000, 10_000, 6000, 3000, 1500, 1000)  # by stars 0-5; new suppliers as 0
    # receipt at the dock; how many photos, and how often a later receipt can be said, is ours
    receipt_photos_max: int = 30
    later_receipts_max: int = 3
    # 13: samples
    sample_max_usd: int = 1_000_00
    sample_max_units: int = 10
    no_movement_days: tuple[tuple[str, int], ...] = (("express", 10), ("air", 10))  # other ways of transport:
    no_movement_days_else: int = 21
    not_delivered_days: int = 5  # after a promised delivery date
    # 14-15: talking
    dispute_answer_hours: int = 72
    dispute_settle_days: int = 7
    dispute_extension_days: int = 7
    rejections_to_escalate: int = 2
    offer_hours: int = 72
    offers_max: int = 10
    withdrawals_max: int = 3  # each stops and restarts clocks, so without an end money could be held for ever (ADR 14)
    # 16-20: evidence, decision, appeal
    evidence_days: int = 5
    rebuttal_hours: int = 48
    file_max_bytes: int = 25 * 1024 * 1024
    files_max: int = 30
    pick_up_business_days: int = 2
    decision_business_days: int = 5
    inspection_min_usd: int = 2_000_00
    inspector_choice_days: int = 5
    inspection_report_days: int = 15
    inspection_upheld_bp: int = 5000
    four_eyes_usd: int = 5_000_00
    appeal_days: int = 7
    clock_floor_days: int = 3
    question_days_max: int = 5  # what staff may give a party to answer
    # 21-22: returns, refunds
    return_days: int = 10
    return_warning_hours: int = 24
    return_check_days: int = 7
    replace_days_max: int = 60
    refund_business_days: int = 1
    refund_arrival_days: tuple[tuple[str, str], ...] = (("tt", "3 to 7"), ("card", "up to 12"), ("online", "3 to 4"))
    # remedies (basis points)
    tolerance_max_bp: int = 500
    aql_major_bp: int = 250
    aql_minor_bp: int = 400
    minor_weight_bp: int = 3000
    severe_from_bp: int = 3000
    keep_bp: tuple[int, int] = (5000, 8000)
    # penalty points, and when they expire
    points: tuple[tuple[str, int], ...] = (
        ("late", 1),
        ("upheld", 2),
        ("ignored", 3),
        ("non_shipment", 6),
        ("forged", 24),
    )
    points_days: int = 365
    # fraud checks; a new payout account waits (quality.md §3)
    review_hours: int = 24
    payout_account_hours: int = 24
    # rating and limit; what the manipulation guard makes of an order is ours (ADR 16)
    rating_days: int = 180
    rating_prior: int = 80
    rating_prior_orders: int = 10
    star_steps: tuple[int, ...] = (60, 70, 80, 85, 90)
    stars_from_orders: int = 5
    answer_hours: int = 24
    points_weight: int = 2
    conformity_scale: int = 4
    buyer_counts_max: int = 5
    full_weight_usd: int = 500_00
    base_limit_usd: tuple[tuple[str, int], ...] = (
        ("unverified", 1_000_00),
        ("verified", 10_000_00),
        ("inspected", 25_000_00),
    )
    volume_share_bp: int = 5000
    limit_max_usd: int = 1_000_000_00
    limit_raise_day: int = 10
    review_from_points: int = 24
    removed_from_points: int = 48
    # verification: how long it holds, and what it rests on
    verification_days: int = 365
    verification_days_max: int = 3 * 365
    verification_reminder_days: tuple[int, ...] = (30, 7)
    document_max_bytes: int = 10 * 1024 * 1024
    documents_max: int = 20
    # feedback; when a buyer is asked for it is ours: once the goods can have been looked at
    feedback_ask_days: int = 7
    feedback_days: int = 60
    feedback_text_max: int = 2000
    reply_days: int = 30
    revision_days: int = 30
    # a company's team
    invitation_days: int = 14
    invitations_max: int = 20
    # products
    products_max: int = 1000
    price_steps_max: int = 6
    photos_max: int = 8
    # webhooks (ours): seconds before each attempt, then the same wait until a round is over
    webhook_waits: tuple[int, ...] = (0, 5, 60, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600)
    webhook_then_hours: int = 12
    webhook_until_hours: int = 72
    webhook_jitter_bp: int = 500
    webhook_off_days: int = 5
    webhook_overlap_hours: int = 24
    webhook_log_days: int = 30
    webhooks_max: int = 10

    @property
    def confirm_extension(self) -> timedelta:
        """What one side's extension adds to the time to confirm receipt (Rulebook 10)."""
        return timedelta(days=self.confirm_extension_days)

    @property
    def confirm_reminder(self) -> timedelta:
        """When the first reminder of auto-confirm comes (Rulebook 10)."""
        return timedelta(hours=self.confirm_reminder_hours[0])

    @property
    def evidence_time(self) -> timedelta:
        """How long both sides may add evidence after escalation (Rulebook 16)."""
        return timedelta(days=self.evidence_days)

    @property
    def rebuttal_time(self) -> timedelta:
        """How long each side may answer the other's new evidence (Rulebook 16)."""
        return timedelta(hours=self.rebuttal_hours)

    @property
    def appeal_time(self) -> timedelta:
        """How long a decision waits for an appeal (Rulebook 20)."""
        return timedelta(days=self.appeal_days)

    @property
    def clock_floor(self) -> timedelta:
        """The least that a clock has left when a dispute closes (product.md §3)."""
        return timedelta(days=self.clock_floor_days)

    @property
    def review_time(self) -> timedelta:
        """How long staff have to look at a payment that is held ("Fraud checks")."""
        return timedelta(hours=self.review_hours)

    @property
    def invitation_time(self) -> timedelta:
        """How long an invitation to a team can be accepted."""
        return timedelta(days=self.invitation_days)

    @property
    def rating_time(self) -> timedelta:
        """How far back the rating looks ("Credit rating")."""
        return timedelta(days=self.rating_days)

    def base_limit(self, level: str) -> int:
        """The base of a supplier's protection limit in US cents, by how far it is verified ("Credit rating")."""
        return dict(self.base_limit_usd)[level]

    def protection_end(self, received_at: datetime, timezone: str) -> datetime:
        """End of day 30 after receipt in the buyer's timezone; the receipt date is day 0 (Rulebook 11)."""
        received_on = received_at.astimezone(ZoneInfo(timezone)).date()
        return end_of_day(received_on + timedelta(days=self.protection_days), timezone)

    def reserve(self, amount_minor: int, stars: int | None) -> int:
        """What is kept back of `amount_minor` until protection ends, rounded up; `None` stars is new (Rulebook 12)."""
        return money.percent(amount_minor, self.reserve_bp[stars or 0], "up")

    def processing_fee(self, method: str, amount_minor: int, currency: str, usd_per_unit: Decimal) -> int:
        """The fee on top of a payment, in minor units of `currency` (Rulebook 4)."""
        if method == "card":
            return money.percent(amount_minor, self.card_fee_bp, "half_up")
        if method == "online":
            return from_usd(self.online_fee_usd, currency, usd_per_unit, "half_up")
        return 0

    def service_fee(self, released_minor: int, total_minor: int, currency: str, usd_per_unit: Decimal) -> int:
        """The supplier's fee on all released so far; 0 for orders above USD 5,000 (Rulebook 4)."""
        if to_usd(total_minor, currency, usd_per_unit) > self.service_fee_max_order_usd:
            return 0
        return money.percent(released_minor, self.service_fee_bp, "half_up")

    def shortfall_borne(self, amount_minor: int, currency: str, usd_per_unit: Decimal) -> int:
        """The largest gap in a bank transfer that we bear as bank charges: min(USD 50, 0.5 %) (Rulebook 5)."""
        return min(
            from_usd(self.shortfall_max_usd, currency, usd_per_unit),
            money.percent(amount_minor, self.shortfall_bp, "down"),
        )

    def ship_by(
        self, *, fixed_on: date | None, lead_days: int | None, paid_at: datetime, days_late: int, timezone: str
    ) -> datetime:
        """End of the ship-by date: the fixed date moved by late payment, or N days after clearing (Rulebook 2)."""
        if fixed_on is not None:
            return end_of_day(fixed_on + timedelta(days=days_late), timezone)
        return end_of_day(paid_at.astimezone(ZoneInfo(timezone)).date() + timedelta(days=lead_days), timezone)

    def auto_confirm(self, *, dispatched_at: datetime, delivered_at: datetime | None, arrived_at: datetime | None):
        """When receipt is confirmed by itself, from the last shipment's event (Rulebook 10)."""
        if delivered_at is not None:
            return delivered_at + timedelta(days=self.confirm_after_delivery_days)
        if arrived_at is not None:
            return arrived_at + timedelta(days=self.confirm_after_arrival_days)
        return dispatched_at + timedelta(days=self.confirm_after_dispatch_days)


RULEBOOKS = {1: Rulebook(version=1)}
CURRENT = RULEBOOKS[1]


def rulebook(version: int) -> Rulebook:
    """The rulebook that a contract was made under; raises KeyError for a version that never was."""
    return RULEBOOKS[version]
