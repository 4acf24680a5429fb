"""The kinds of mail that tell of events and deadlines; the table in `told` says which event is of which kind."""

from django.utils.translation import gettext_lazy as _lazy

from accounts.mails import DAILY, Kind
from notifications import told

NOTICE = "notifications/email/notice"
KINDS = (
    Kind(
        told.REMINDER,
        "orders",
        _lazy("A deadline of yours is near"),
        NOTICE,
        _lazy("You may lose a right, or money moves, when it passes."),
    ),
    Kind(
        told.RECEIPT,
        "orders",
        _lazy("Receipt is confirmed"),
        NOTICE,
        _lazy("Money is released then, and the days of protection run from it."),
    ),
    Kind(
        told.ENDS,
        "orders",
        _lazy("An order is cancelled or refunded"),
        NOTICE,
        _lazy("It ends what you agreed, and money moves."),
    ),
    Kind(
        told.CHECKED,
        "orders",
        _lazy("Our staff look at a shipment’s tracking, and what they find"),
        NOTICE,
        _lazy("The clock of the order stands still, and a false shipment counts as none."),
    ),
    Kind(told.CONTRACT, "orders", _lazy("Contracts: asked for, sent, signed, lapsed; proposals to cancel"), NOTICE),
    Kind(told.PROGRESS, "orders", _lazy("Production, shipment and arrival of the goods"), NOTICE),
    Kind(told.MESSAGE, "orders", _lazy("The other side writes to you"), NOTICE),
    Kind(told.OVER, "orders", _lazy("Protection has ended"), NOTICE),
    Kind(
        told.TROUBLE,
        "payments",
        _lazy("A payment failed, is checked, is contested or was taken back"),
        NOTICE,
        _lazy("Your cover or your money depends on it."),
    ),
    Kind(told.CLEARED, "payments", _lazy("A payment has cleared"), NOTICE),
    Kind(told.REFUND, "payments", _lazy("A refund is on its way"), NOTICE),
    Kind(told.PAYOUT, "payments", _lazy("A payout to your company is on its way, or came back"), NOTICE),
    Kind(
        told.CLAIM,
        "claims",
        _lazy("A claim is filed, answered, settled, awarded or ends"),
        NOTICE,
        _lazy("The time to answer it runs, and money is held or moves."),
    ),
    Kind(
        told.CASE,
        "claims",
        _lazy("A case with our staff: escalation, evidence, inspection, decision, appeal"),
        NOTICE,
        _lazy("Its deadlines decide what you can still say."),
    ),
    Kind(
        told.GOODS,
        "claims",
        _lazy("Goods go back, or a replacement is on its way"),
        NOTICE,
        _lazy("Its deadlines decide whether there is a refund."),
    ),
    Kind(told.TALK, "claims", _lazy("Offers to settle, and more time to talk"), NOTICE),
    Kind(DAILY, "orders", _lazy("The daily mail"), "notifications/email/daily"),
)
