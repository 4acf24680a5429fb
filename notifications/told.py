"""Which events people are told of: one table, from an event's kind to its group in the inbox, its mail and its sides.

What stands in neither table is told to nobody; a test holds every kind that the code records against both.
"""

from dataclasses import dataclass

from orders.models import Order
from suppliers.models import Member

BUYER, SUPPLIER = str(Order.Side.BUYER), str(Order.Side.SUPPLIER)
BOTH = (BUYER, SUPPLIER)
OWNER, SALES, FINANCE = Member.Role.OWNER, Member.Role.SALES, Member.Role.FINANCE
SELLERS, KEEPERS, EVERYBODY = (OWNER, SALES), (OWNER, FINANCE), (OWNER, SALES, FINANCE)


@dataclass(frozen=True)
class Told:
    """How one kind of event is told. `mail` is a kind of mail; empty when it is not mailed, or by its own part."""

    group: str
    mail: str = ""
    to: tuple[str, ...] = BOTH  # whose inbox
    mail_to: tuple[str, ...] = BOTH
    roles: tuple[str, ...] = SELLERS  # of the supplier's people
    asked: bool = False  # only the side that the event names has to do something, so only that one is mailed


def _same(told: Told, *kinds: str) -> dict[str, Told]:
    return dict.fromkeys(kinds, told)


CONTRACT, MESSAGE, PROGRESS = "orders.contract", "orders.message", "orders.progress"
CHECKED, RECEIPT, ENDS, OVER = "orders.checked", "orders.receipt", "orders.ends", "orders.over"
CLEARED, TROUBLE, REFUND, PAYOUT = "payments.cleared", "payments.trouble", "payments.refund", "payments.payout"
CLAIM, TALK, CASE, GOODS = "claims.claim", "claims.talk", "claims.case", "claims.goods"
REMINDER = "orders.reminder"

OF_ORDERS: dict[str, Told] = {
    # orders
    **_same(
        Told("orders", CONTRACT),
        "contract.requested",
        "contract.sent",
        "contract.accepted",
        "contract.lapsed",
        "cancel.proposed",
        "cancel.withdrawn",
    ),
    **_same(  # mailed by orders.telling
        Told("orders"),
        "amendment.proposed",
        "amendment.accepted",
        "amendment.declined",
        "amendment.withdrawn",
        "amendment.lapsed",
        "amendment.overtaken",
        "order.late",
        "later_receipt.granted",
        "later_receipt.refused",
    ),
    "message.sent": Told("orders", MESSAGE),
    "production.confirmed": Told("orders", PROGRESS, mail_to=(BUYER,)),
    "shipment.entered": Told("orders", PROGRESS, mail_to=(BUYER,)),  # but for EXW: orders.available is the notice
    "shipment.arrived": Told("orders", PROGRESS, mail_to=(BUYER,)),
    "shipment.delivered": Told("orders", PROGRESS, mail_to=(BUYER,)),
    "order.kept": Told("orders", PROGRESS),
    "receipt.extended": Told("orders", PROGRESS),
    "later_receipt.asked": Told("orders", to=(SUPPLIER,)),
    "tracking.verified": Told("orders"),
    "tracking.unverified": Told("orders", PROGRESS),
    "tracking.rejected": Told("orders", CHECKED),
    "tracking.found_valid": Told("orders", CHECKED),
    "tracking.found_false": Told("orders", CHECKED),
    "receipt.confirmed": Told("orders", RECEIPT, roles=EVERYBODY),
    **_same(Told("orders", ENDS, roles=EVERYBODY), "order.cancelled", "order.refunded", "order.rest_refunded"),
    **_same(Told("orders", OVER, roles=EVERYBODY), "protection.expired", "protection.closed_in_part"),
    # payments
    "payment.cleared": Told("payments", CLEARED, roles=EVERYBODY),
    "payment.failed": Told("payments", TROUBLE, to=(BUYER,)),
    "payment.taken_back": Told("payments", TROUBLE, roles=EVERYBODY),
    "payment.held": Told("payments", TROUBLE, mail_to=(BUYER,), roles=EVERYBODY),
    "payment.approved": Told("payments", CLEARED, mail_to=(BUYER,), roles=EVERYBODY),
    "payment.declined": Told("payments", TROUBLE, mail_to=(BUYER,), roles=EVERYBODY),
    "payment.review_overdue": Told("payments", TROUBLE, to=(BUYER,)),
    "payment.returned": Told("payments", REFUND, to=(BUYER,)),
    "payer.asked": Told("payments", to=(BUYER,)),  # mailed by payments.questions
    "payer.named": Told("payments", to=(SUPPLIER,), roles=EVERYBODY),
    "payer.disowned": Told("payments", to=(SUPPLIER,), roles=EVERYBODY),
    "refund.sent": Told("payments", REFUND, mail_to=(BUYER,), roles=KEEPERS),
    "refund.confirmed": Told("payments", to=(BUYER,)),
    "refund.failed": Told("payments", to=(BUYER,)),  # mailed by payments.telling
    "refund.let_again": Told("payments", to=(BUYER,)),
    **_same(Told("payments", TROUBLE, roles=EVERYBODY), "chargeback.opened", "chargeback.won", "chargeback.lost"),
    # claims
    **_same(
        Told("claims", CLAIM),
        "claim.filed",
        "claim.answered",
        "claim.withdrawn",
        "claim.lapsed",
    ),
    "claim.awarded": Told("claims", CLAIM, roles=EVERYBODY),
    **_same(
        Told("claims", TALK),
        "offer.made",
        "offer.rejected",
        "offer.withdrawn",
        "offer.expired",
        "limits.compared",
        "dispute.extended",
    ),
    "offer.accepted": Told("claims", CLAIM, roles=EVERYBODY),
    "limit.sealed": Told("claims"),
    "dispute.asked": Told("claims", CASE, asked=True),
    **_same(
        Told("claims", CASE),
        "dispute.escalated",
        "dispute.appealed",
        "dispute.appeal_waived",
        "dispute.frozen",
        "dispute.goes_on",
        "evidence.added",
        "evidence.closed",
        "rebuttal.closed",
        "inspection.ordered",
        "inspection.inspector_chosen",
        "inspection.reported",
        "inspection.lapsed",
        "decision.published",
    ),
    "dispute.decision_extended": Told("claims"),
    "decision.executed": Told("claims", CASE, roles=EVERYBODY),
    **_same(
        Told("claims", GOODS),
        "return.sent",
        "return.delivered",
        "return.warned",
        "return.lapsed",
        "return.contested",
        "replacement.sent",
        "replacement.delivered",
        "replacement.accepted",
        "replacement.contested",
    ),
    **_same(Told("claims", GOODS, roles=EVERYBODY), "return.refunded", "replacement.refunded"),
    # reviews: mailed by orders.telling
    "review.written": Told("reviews", to=(SUPPLIER,)),
    "review.revised": Told("reviews", to=(SUPPLIER,)),
    "review.replied": Told("reviews", to=(BUYER,)),
    "review.removed": Told("reviews"),
}

OF_COMPANIES: dict[str, Told] = {
    **_same(  # mailed by suppliers.telling
        Told("team"),
        "supplier.verification_accepted",
        "supplier.verification_refused",
        "supplier.verification_reminded",
        "supplier.verification_expired",
        "supplier.active",
        "supplier.paused",
        "supplier.removed",
        "product.taken_out",
        "product.let_back",
    ),
    "supplier.points_noted": Told("reviews"),
    "supplier.member_added": Told("team", roles=(OWNER,)),
    "supplier.member_removed": Told("team", roles=(OWNER,)),
    "supplier.role_changed": Told("team", roles=(OWNER,)),
    **_same(Told("payments", roles=KEEPERS), "supplier.payout_account_added", "supplier.payout_account_withdrawn"),
    "payout.sent": Told("payments", PAYOUT, roles=KEEPERS),
    "payout.failed": Told("payments", PAYOUT, roles=KEEPERS),
}

OF_PEOPLE: dict[str, Told] = {
    **_same(
        Told("security"),
        "person.settings_changed",
        "person.mails_chosen",
        "person.key_made",
        "person.key_revoked",
        "person.calendar_made",
        "person.calendar_ended",
    ),
}

TABLES = {"order": OF_ORDERS, "supplier": OF_COMPANIES, "person": OF_PEOPLE}

BY_ITSELF = {  # events whose own part mails at once, and by which kind of mail
    "amendment.proposed": "orders.amendment_proposed",
    "amendment.accepted": "orders.amended",
    "amendment.declined": "orders.amendment_closed",
    "amendment.withdrawn": "orders.amendment_closed",
    "amendment.lapsed": "orders.amendment_closed",
    "amendment.overtaken": "orders.amendment_closed",
    "order.late": "orders.late",
    "later_receipt.granted": "orders.later_receipt",
    "later_receipt.refused": "orders.later_receipt",
    "payer.asked": "payments.payer_asked",
    "refund.failed": "payments.refund_came_back",
    "review.written": "reviews.written",
    "review.revised": "reviews.revised",
    "review.replied": "reviews.replied",
}

UNTOLD = {  # recorded, and told to nobody: what only the doer, our staff or machines need
    "contract.drafted": "the doer's own",
    "contract.started": "the doer's own",
    "contract.file_added": "it goes with the contract",
    "contract.file_removed": "it goes with the contract",
    "payment.started": "the payer's own",
    "payment.processing": "the payer's own, and it may fail yet",
    "receipt_photo.added": "it stands beside the receipt",
    "receipt_photo.removed": "it stands beside the receipt",
    "review.asked": "the mail says it",
    "tracking.heard": "single movements stand with their shipment",
    "person.push_on": "the doer's own",
    "person.push_off": "the doer's own, or its browser's",
    "order.emptied": "nobody is left to whom it matters",
    "order.flagged": "of staff",
    "order.unflagged": "of staff",
    "refund.account_named": "of staff",
    "decision.proposed": "of staff",
    "decision.sent_back": "of staff",
    "decision.taken_back": "of staff",
    "dispute.picked_up": "of staff",
    "dispute.handed_back": "of staff",
}


def told_of(subject_kind: str, kind: str) -> Told | None:
    """How an event of this kind is told; None when it is told to nobody."""
    return TABLES.get(subject_kind, {}).get(kind)
