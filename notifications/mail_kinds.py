"""The kinds of mail that tell of events and deadlines; the table in `told` says which event is of which kind."""

from accounts.mails import DAILY, Kind
from notifications import told

NOTICE = "notifications/email/notice"
KINDS = (
    Kind(
        told.REMINDER,
        "orders",
        "A deadline of yours is near",
        NOTICE,
        "You may lose a right, or money moves, when it passes.",
    ),
    Kind(
        told.RECEIPT,
        "orders",
        "Receipt is confirmed",
        NOTICE,
        "Money is released then, and the days of protection run from it.",
    ),
    Kind(told.ENDS, "orders", "An order is cancelled or refunded", NOTICE, "It ends what you agreed, and money moves."),
    Kind(
        told.CHECKED,
        "orders",
        "Our staff look at a shipment’s tracking, and what they find",
        NOTICE,
        "The clock of the order stands still, and a false shipment counts as none.",
    ),
    Kind(told.CONTRACT, "orders", "Contracts: asked for, sent, signed, lapsed; proposals to cancel", NOTICE),
    Kind(told.PROGRESS, "orders", "Production, shipment and arrival of the goods", NOTICE),
    Kind(told.MESSAGE, "orders", "The other side writes to you", NOTICE),
    Kind(told.OVER, "orders", "Protection has ended", NOTICE),
    Kind(
        told.TROUBLE,
        "payments",
        "A payment failed, is checked, is contested or was taken back",
        NOTICE,
        "Your cover or your money depends on it.",
    ),
    Kind(told.CLEARED, "payments", "A payment has cleared", NOTICE),
    Kind(told.REFUND, "payments", "A refund is on its way", NOTICE),
    Kind(told.PAYOUT, "payments", "A payout to your company is on its way, or came back", NOTICE),
    Kind(
        told.CLAIM,
        "claims",
        "A claim is filed, answered, settled, awarded or ends",
        NOTICE,
        "The time to answer it runs, and money is held or moves.",
    ),
    Kind(
        told.CASE,
        "claims",
        "A case with our staff: escalation, evidence, inspection, decision, appeal",
        NOTICE,
        "Its deadlines decide what you can still say.",
    ),
    Kind(
        told.GOODS,
        "claims",
        "Goods go back, or a replacement is on its way",
        NOTICE,
        "Its deadlines decide whether there is a refund.",
    ),
    Kind(told.TALK, "claims", "Offers to settle, and more time to talk", NOTICE),
    Kind(DAILY, "orders", "The daily mail", "notifications/email/daily"),
)
