"""The events that systems are told of: their names, what each carries, and from what of the stream it comes.

A published name and its fields stay; new ones may be added. What is not listed here leaves by no webhook: texts that
people wrote, names, addresses, what staff noted and what only one side may know.
"""

from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext_noop as N_

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
    _type("contract.requested", N_("A buyer asked for a contract"), "contract.requested"),
    _type("contract.sent", N_("A version was signed and sent"), "contract.sent", VERSION, FINGERPRINT, BY),
    _type("contract.accepted", N_("Both have signed"), "contract.accepted", VERSION, FINGERPRINT),
    _type("contract.lapsed", N_("Nobody answered in time"), "contract.lapsed"),
    _type("amendment.proposed", N_("A change was proposed"), "amendment.proposed", VERSION, FINGERPRINT, BY),
    _type(
        "amendment.accepted",
        N_("Both have signed a change"),
        "amendment.accepted",
        VERSION,
        FINGERPRINT,
        _money("refund", "0.00"),
        _money("added", "500.00"),
    ),
    _type("amendment.declined", N_("A change was declined"), "amendment.declined", VERSION),
    _type("amendment.withdrawn", N_("A change was taken back"), "amendment.withdrawn", VERSION),
    _type(
        "amendment.lapsed",
        N_("A change ended without an answer, or events overtook it"),
        ("amendment.lapsed", "amendment.overtaken"),
        VERSION,
    ),
    _type("payment.processing", N_("A payment is on its way"), "payment.processing", PAYMENT),
    _type(
        "payment.cleared",
        N_("A payment has cleared"),
        "payment.cleared",
        PAYMENT,
        AMOUNT,
        _text("method", "tt"),
        Field("instalments", "instalments", "list", [1]),
    ),
    _type("payment.failed", N_("A payment failed; nothing was charged"), "payment.failed", PAYMENT),
    _type("payment.held", N_("A payment is checked by our staff"), "payment.held", PAYMENT),
    _type("payment.approved", N_("A payment that was checked is approved"), "payment.approved", PAYMENT),
    _type("payment.declined", N_("A payment that was checked is declined"), "payment.declined", PAYMENT),
    _type(
        "payment.returned",
        N_("Money that was too much goes back"),
        "payment.returned",
        PAYMENT,
        sides=(BUYER,),
    ),
    _type(
        "payment.taken_back",
        N_("A payment was taken back by its bank"),
        "payment.taken_back",
        PAYMENT,
        AMOUNT,
    ),
    _type("refund.sent", N_("A refund is on its way"), "refund.sent", PAYMENT, AMOUNT),
    _type("refund.confirmed", N_("A refund has left"), "refund.confirmed", PAYMENT, AMOUNT),
    _type("refund.failed", N_("A refund came back"), "refund.failed", PAYMENT, AMOUNT),
    _type("chargeback.opened", N_("A payment is contested at its bank"), "chargeback.opened", PAYMENT, AMOUNT),
    _type("chargeback.won", N_("A contested payment stays"), "chargeback.won", PAYMENT, AMOUNT),
    _type("chargeback.lost", N_("A contested payment is gone"), "chargeback.lost", PAYMENT, AMOUNT),
    _type("order.production_confirmed", N_("Production has begun"), "production.confirmed"),
    _type("order.cancel_proposed", N_("One side proposed to cancel"), "cancel.proposed", BY),
    _type("order.cancel_withdrawn", N_("The proposal to cancel was taken back"), "cancel.withdrawn"),
    _type("order.cancelled", N_("The order is cancelled"), "order.cancelled", BECAUSE, REFUND),
    _type("order.late", N_("Not all was shipped by the ship-by date"), "order.late", _text("due", UNTIL.example)),
    _type("order.refunded", N_("Everything is refunded"), "order.refunded", REFUND),
    _type("order.rest_refunded", N_("What was not shipped is refunded"), "order.rest_refunded", REFUND),
    _type(
        "order.shipped",
        N_("A shipment was entered; `all` says whether nothing is left to ship"),
        "shipment.entered",
        SHIPMENT,
        _text("dispatched_on", "2026-09-10"),
        Field("lines", "lines", "map", {"1": 60}),
        _flag("all"),
    ),
    _type("shipment.verified", N_("A carrier knows the shipment"), "tracking.verified", SHIPMENT),
    _type(
        "shipment.rejected",
        N_("The tracking number does not fit the shipment"),
        "tracking.rejected",
        SHIPMENT,
    ),
    _type("shipment.unverified", N_("No carrier confirmed the shipment"), "tracking.unverified", SHIPMENT),
    _type(
        "shipment.arrived",
        N_("A shipment is at its port"),
        "shipment.arrived",
        SHIPMENT,
        _text("at", UNTIL.example),
    ),
    _type(
        "shipment.delivered",
        N_("A shipment is delivered"),
        "shipment.delivered",
        SHIPMENT,
        _text("at", UNTIL.example),
    ),
    _type("order.receipt_extended", N_("There is more time to confirm receipt"), "receipt.extended", BY),
    _type(
        "order.received",
        N_("Receipt is confirmed, by the buyer or by time"),
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
        N_("Protection ended for a part of the goods"),
        "protection.closed_in_part",
        _money("released", "1000.00"),
    ),
    _type(
        "order.protection_ended",
        N_("Protection has ended"),
        "protection.expired",
        _money("released", "3000.00"),
    ),
    _type("message.sent", N_("A message was written on the order"), "message.sent"),
    _type("review.written", N_("The buyer wrote a review"), "review.written"),
    _type("review.replied", N_("The supplier replied to a review"), "review.replied"),
    _type("review.revised", N_("The buyer revised a review"), "review.revised"),
    _type("review.removed", N_("A review was taken out"), "review.removed"),
    _type(
        "dispute.opened",
        N_("A claim was made"),
        "claim.filed",
        DISPUTE,
        _text("by", BUYER, "side"),
        Field("reasons", "reasons", "list", ["quality"]),
        _money("claimed", "1200.00"),
        _money("held", "1200.00"),
    ),
    _type("dispute.answered", N_("A claim was answered"), "claim.answered", DISPUTE),
    _type("dispute.withdrawn", N_("A claim was taken back"), "claim.withdrawn", DISPUTE),
    _type("dispute.awarded", N_("A claim was awarded by time"), "claim.awarded", DISPUTE),
    _type("dispute.lapsed", N_("A claim ended by time"), "claim.lapsed", DISPUTE),
    _type(
        "dispute.extended",
        N_("One side wants more time to settle"),
        "dispute.extended",
        DISPUTE,
        BY,
        _flag("both"),
    ),
    _type(
        "dispute.escalated",
        N_("Our staff take over"),
        "dispute.escalated",
        DISPUTE,
        _text("by", "time", "side"),
    ),
    _type("dispute.evidence_closed", N_("The time for evidence is over"), "evidence.closed", DISPUTE),
    _type("dispute.rebuttal_closed", N_("The file is complete"), "rebuttal.closed", DISPUTE),
    _type("dispute.frozen", N_("A case waits for a card network"), "dispute.frozen", DISPUTE),
    _type("dispute.resumed", N_("A case goes on"), "dispute.goes_on", DISPUTE),
    _type(
        "dispute.decided",
        N_("A decision was published"),
        "decision.published",
        DISPUTE,
        _money("award", "1200.00"),
    ),
    _type("dispute.appealed", N_("A decision was appealed"), "dispute.appealed", DISPUTE, BY),
    _type("dispute.executed", N_("A decision was carried out"), "decision.executed", DISPUTE),
    _type("inspection.ordered", N_("An inspection was ordered"), "inspection.ordered", DISPUTE, UNTIL),
    _type("inspection.reported", N_("An inspector has reported"), "inspection.reported", DISPUTE),
    _type("inspection.lapsed", N_("An inspection ended without a report"), "inspection.lapsed", DISPUTE),
    *(
        _type(f"offer.{what}", label, f"offer.{what}", DISPUTE, _number("offer", 1), BY, _money("amount", "800.00"))
        for what, label in (
            ("made", N_("An offer was made")),
            ("rejected", N_("An offer was rejected")),
            ("withdrawn", N_("An offer was taken back")),
            ("accepted", N_("An offer was accepted")),
            ("expired", N_("An offer was not answered in time")),
        )
    ),
    _type("return.sent", N_("Goods are on their way back"), "return.sent", DISPUTE),
    _type("return.warned", N_("Goods are not on their way back yet"), "return.warned", DISPUTE),
    _type("return.delivered", N_("Goods are back"), "return.delivered", DISPUTE),
    _type("return.contested", N_("Goods that came back are not as agreed"), "return.contested", DISPUTE),
    _type("return.refunded", N_("Goods that came back are refunded"), "return.refunded", DISPUTE),
    _type("return.lapsed", N_("Goods did not come back in time"), "return.lapsed", DISPUTE),
    _type("replacement.sent", N_("A replacement is on its way"), "replacement.sent", DISPUTE),
    _type("replacement.delivered", N_("A replacement has arrived"), "replacement.delivered", DISPUTE),
    _type("replacement.accepted", N_("A replacement was accepted"), "replacement.accepted", DISPUTE),
    _type("replacement.contested", N_("A replacement is not as agreed"), "replacement.contested", DISPUTE),
    _type(
        "replacement.refunded",
        N_("A replacement did not come; it is refunded"),
        "replacement.refunded",
        DISPUTE,
    ),
    *(
        _type(f"payout.{what}", label, f"payout.{what}", PAYOUT, AMOUNT, sides=(SUPPLIER,), subject="supplier")
        for what, label in (
            ("sent", N_("A payout is on its way")),
            ("confirmed", N_("A payout has left our bank")),
            ("failed", N_("A payout came back")),
        )
    ),
    *(
        _type(f"supplier.{what}", label, f"supplier.{what}", sides=(SUPPLIER,), subject="supplier")
        for what, label in (
            ("active", N_("The company takes new orders again")),
            ("paused", N_("The company takes no new orders")),
            ("removed", N_("The company was removed")),
            ("verified", N_("The company's verification changed")),
            ("rated", N_("The company was rated anew")),
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
