"""The events that systems are told of: their names, what each carries, and from what of the stream it comes.

A published name and its fields stay; new ones may be added. What is not listed here leaves by no webhook: texts that
people wrote, names, addresses, what staff noted and what only one side may know.
"""

from dataclasses import dataclass
from itertools import groupby

from orders.models import Order

BUYER, SUPPLIER = str(Order.Side.BUYER), str(Order.Side.SUPPLIER)
BOTH = (BUYER, SUPPLIER)
TEST = "webhook.test"


@dataclass(frozen=True)
class Field:
    """One value of an event: its published name, the key in the stream's data, how it is written, and an example."""

    name: str
    source: str
    form: str  # text, number, flag, list, map, money; payment and payout take the public one of an id
    example: object


@dataclass(frozen=True)
class EventType:
    """One kind of event as systems know it; `kinds` are those of the stream, `sides` who is told."""

    name: str
    label: str
    kinds: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    sides: tuple[str, ...] = BOTH
    subject: str = "order"

    @property
    def group(self) -> str:
        """The part of the name before the point."""
        return self.name.partition(".")[0]


def _text(name, example, source=""):
    return Field(name, source or name, "text", example)


def _number(name, example, source=""):
    return Field(name, source or name, "number", example)


def _flag(name, source=""):
    return Field(name, source or name, "flag", True)


def _money(name, example, source=""):
    return Field(name, source or name, "money", {"value": example, "currency": "USD"})


PAYMENT = Field("payment", "payment", "payment", "01990f5e-1c00-7a10-8000-6a0000000001")
PAYOUT = Field("payout", "payout", "payout", "TA-P1042")
DISPUTE = _text("dispute", "D-7K3MQ9XD")
BY = _text("by", SUPPLIER, "side")
VERSION = _number("contract_version", 2, "version")
FINGERPRINT = _text("fingerprint", "5c1f0c9d7d2b6a4e8f3091b2c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7")
SHIPMENT = _number("shipment", 1)
UNTIL = _text("until", "2026-10-09T09:00:00+00:00")
REFUND = _money("refund", "10000.00")
BECAUSE = _text("because", "cancelled by both")
AMOUNT = _money("amount", "3000.00")


def _type(name, label, kinds, *fields, sides=BOTH, subject="order"):
    return EventType(name, label, (kinds,) if isinstance(kinds, str) else kinds, fields, sides, subject)


TYPES = (
    _type("contract.requested", "A buyer asked for a contract", "contract.requested"),
    _type("contract.sent", "A version was signed and sent", "contract.sent", VERSION, FINGERPRINT, BY),
    _type("contract.accepted", "Both have signed", "contract.accepted", VERSION, FINGERPRINT),
    _type("contract.lapsed", "Nobody answered in time", "contract.lapsed"),
    _type("amendment.proposed", "A change was proposed", "amendment.proposed", VERSION, FINGERPRINT, BY),
    _type(
        "amendment.accepted",
        "Both have signed a change",
        "amendment.accepted",
        VERSION,
        FINGERPRINT,
        _money("refund", "0.00"),
        _money("added", "500.00"),
    ),
    _type("amendment.declined", "A change was declined", "amendment.declined", VERSION),
    _type("amendment.withdrawn", "A change was taken back", "amendment.withdrawn", VERSION),
    _type(
        "amendment.lapsed",
        "A change ended without an answer, or events overtook it",
        ("amendment.lapsed", "amendment.overtaken"),
        VERSION,
    ),
    _type("payment.processing", "A payment is on its way", "payment.processing", PAYMENT),
    _type(
        "payment.cleared",
        "A payment has cleared",
        "payment.cleared",
        PAYMENT,
        AMOUNT,
        _text("method", "tt"),
        Field("instalments", "instalments", "list", [1]),
    ),
    _type("payment.failed", "A payment failed; nothing was charged", "payment.failed", PAYMENT),
    _type("payment.held", "A payment is checked by our staff", "payment.held", PAYMENT),
    _type("payment.approved", "A payment that was checked is approved", "payment.approved", PAYMENT),
    _type("payment.declined", "A payment that was checked is declined", "payment.declined", PAYMENT),
    _type("payment.returned", "Money that was too much goes back", "payment.returned", PAYMENT, sides=(BUYER,)),
    _type("payment.taken_back", "A payment was taken back by its bank", "payment.taken_back", PAYMENT, AMOUNT),
    _type("refund.sent", "A refund is on its way", "refund.sent", PAYMENT, AMOUNT),
    _type("refund.confirmed", "A refund has left", "refund.confirmed", PAYMENT, AMOUNT),
    _type("refund.failed", "A refund came back", "refund.failed", PAYMENT, AMOUNT),
    _type("chargeback.opened", "A payment is contested at its bank", "chargeback.opened", PAYMENT, AMOUNT),
    _type("chargeback.won", "A contested payment stays", "chargeback.won", PAYMENT, AMOUNT),
    _type("chargeback.lost", "A contested payment is gone", "chargeback.lost", PAYMENT, AMOUNT),
    _type("order.production_confirmed", "Production has begun", "production.confirmed"),
    _type("order.cancel_proposed", "One side proposed to cancel", "cancel.proposed", BY),
    _type("order.cancel_withdrawn", "The proposal to cancel was taken back", "cancel.withdrawn"),
    _type("order.cancelled", "The order is cancelled", "order.cancelled", BECAUSE, REFUND),
    _type("order.late", "Not all was shipped by the ship-by date", "order.late", _text("due", UNTIL.example)),
    _type("order.refunded", "Everything is refunded", "order.refunded", REFUND),
    _type("order.rest_refunded", "What was not shipped is refunded", "order.rest_refunded", REFUND),
    _type(
        "order.shipped",
        "A shipment was entered; `all` says whether nothing is left to ship",
        "shipment.entered",
        SHIPMENT,
        _text("dispatched_on", "2026-09-10"),
        Field("lines", "lines", "map", {"1": 60}),
        _flag("all"),
    ),
    _type("shipment.verified", "A carrier knows the shipment", "tracking.verified", SHIPMENT),
    _type("shipment.rejected", "The tracking number does not fit the shipment", "tracking.rejected", SHIPMENT),
    _type("shipment.unverified", "No carrier confirmed the shipment", "tracking.unverified", SHIPMENT),
    _type("shipment.arrived", "A shipment is at its port", "shipment.arrived", SHIPMENT, _text("at", UNTIL.example)),
    _type("shipment.delivered", "A shipment is delivered", "shipment.delivered", SHIPMENT, _text("at", UNTIL.example)),
    _type("order.receipt_extended", "There is more time to confirm receipt", "receipt.extended", BY),
    _type(
        "order.received",
        "Receipt is confirmed, by the buyer or by time",
        "receipt.confirmed",
        _flag("automatic"),
        _number("short", 0),
        _number("rejected", 0),
        _money("released", "7000.00"),
        _money("reserve", "3000.00"),
        _money("held", "0.00"),
    ),
    _type(
        "order.protection_closed_in_part",
        "Protection ended for a part of the goods",
        "protection.closed_in_part",
        _money("released", "1000.00"),
    ),
    _type("order.protection_ended", "Protection has ended", "protection.expired", _money("released", "3000.00")),
    _type("message.sent", "A message was written on the order", "message.sent"),
    _type("review.written", "The buyer wrote a review", "review.written"),
    _type("review.replied", "The supplier replied to a review", "review.replied"),
    _type("review.revised", "The buyer revised a review", "review.revised"),
    _type("review.removed", "A review was taken out", "review.removed"),
    _type(
        "dispute.opened",
        "A claim was made",
        "claim.filed",
        DISPUTE,
        _text("by", BUYER, "side"),
        Field("reasons", "reasons", "list", ["quality"]),
        _money("claimed", "1200.00"),
        _money("held", "1200.00"),
    ),
    _type("dispute.answered", "A claim was answered", "claim.answered", DISPUTE),
    _type("dispute.withdrawn", "A claim was taken back", "claim.withdrawn", DISPUTE),
    _type("dispute.awarded", "A claim was awarded by time", "claim.awarded", DISPUTE),
    _type("dispute.lapsed", "A claim ended by time", "claim.lapsed", DISPUTE),
    _type("dispute.extended", "One side wants more time to settle", "dispute.extended", DISPUTE, BY, _flag("both")),
    _type("dispute.escalated", "Our staff take over", "dispute.escalated", DISPUTE, _text("by", "time", "side")),
    _type("dispute.evidence_closed", "The time for evidence is over", "evidence.closed", DISPUTE),
    _type("dispute.rebuttal_closed", "The file is complete", "rebuttal.closed", DISPUTE),
    _type("dispute.frozen", "A case waits for a card network", "dispute.frozen", DISPUTE),
    _type("dispute.resumed", "A case goes on", "dispute.goes_on", DISPUTE),
    _type("dispute.decided", "A decision was published", "decision.published", DISPUTE, _money("award", "1200.00")),
    _type("dispute.appealed", "A decision was appealed", "dispute.appealed", DISPUTE, BY),
    _type("dispute.executed", "A decision was carried out", "decision.executed", DISPUTE),
    _type("inspection.ordered", "An inspection was ordered", "inspection.ordered", DISPUTE, UNTIL),
    _type("inspection.reported", "An inspector has reported", "inspection.reported", DISPUTE),
    _type("inspection.lapsed", "An inspection ended without a report", "inspection.lapsed", DISPUTE),
    *(
        _type(f"offer.{what}", label, f"offer.{what}", DISPUTE, _number("offer", 1), BY, _money("amount", "800.00"))
        for what, label in (
            ("made", "An offer was made"),
            ("rejected", "An offer was rejected"),
            ("withdrawn", "An offer was taken back"),
            ("accepted", "An offer was accepted"),
            ("expired", "An offer was not answered in time"),
        )
    ),
    _type("return.sent", "Goods are on their way back", "return.sent", DISPUTE),
    _type("return.warned", "Goods are not on their way back yet", "return.warned", DISPUTE),
    _type("return.delivered", "Goods are back", "return.delivered", DISPUTE),
    _type("return.contested", "Goods that came back are not as agreed", "return.contested", DISPUTE),
    _type("return.refunded", "Goods that came back are refunded", "return.refunded", DISPUTE),
    _type("return.lapsed", "Goods did not come back in time", "return.lapsed", DISPUTE),
    _type("replacement.sent", "A replacement is on its way", "replacement.sent", DISPUTE),
    _type("replacement.delivered", "A replacement has arrived", "replacement.delivered", DISPUTE),
    _type("replacement.accepted", "A replacement was accepted", "replacement.accepted", DISPUTE),
    _type("replacement.contested", "A replacement is not as agreed", "replacement.contested", DISPUTE),
    _type("replacement.refunded", "A replacement did not come; it is refunded", "replacement.refunded", DISPUTE),
    *(
        _type(f"payout.{what}", label, f"payout.{what}", PAYOUT, AMOUNT, sides=(SUPPLIER,), subject="supplier")
        for what, label in (
            ("sent", "A payout is on its way"),
            ("confirmed", "A payout has left our bank"),
            ("failed", "A payout came back"),
        )
    ),
    *(
        _type(f"supplier.{what}", label, f"supplier.{what}", sides=(SUPPLIER,), subject="supplier")
        for what, label in (
            ("active", "The company takes new orders again"),
            ("paused", "The company takes no new orders"),
            ("removed", "The company was removed"),
            ("verified", "The company's verification changed"),
            ("rated", "The company was rated anew"),
        )
    ),
)
NAMED = {one.name: one for one in TYPES}
OF_KIND = {kind: one for one in TYPES for kind in one.kinds}


def for_side(side: str) -> tuple[EventType, ...]:
    """What a buyer or a supplier can be told of."""
    return tuple(one for one in TYPES if side in one.sides)


def grouped(side: str) -> list[tuple[str, list[EventType]]]:
    """What a side can be told of, by the first part of the names."""
    sorted_types = sorted(for_side(side), key=lambda one: one.group)
    return [(group, list(types)) for group, types in groupby(sorted_types, key=lambda one: one.group)]


def example(one: EventType) -> dict:
    """A message of this kind as it is sent, with invented values."""
    about = {"object": one.subject, "id": "01990f5e-0000-7a10-8000-6a0000000000", "version": 12}
    if one.subject == "order":
        about["reference"] = "TA-7K3M-Q9XD"
    return {
        "type": one.name,
        "timestamp": "2026-09-11T09:00:00Z",
        "data": about | {field.name: field.example for field in one.fields},
    }
