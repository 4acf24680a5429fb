"""What a gateway sends to our bank: booked once, by method, so that what it took and owes us returns to zero."""

from collections import defaultdict
from datetime import datetime

from django.db import IntegrityError, transaction

from ledger import chart
from payments.actions import arriving, paying
from payments.gateways import Settled, Settlement, named
from payments.models import GatewaySettlement, Payment
from trade_assurance.money import display
from trade_assurance.refused import MovedOn, Refused

State = GatewaySettlement.State
COSTS = "card"  # costs that belong to no payment are borne where most of them come from


def settle_payout(*, gateway_name: str, reference: str, now: datetime) -> GatewaySettlement:
    """Ask what a payout to our bank is made of and book it; again changes nothing. Raises Unreachable, MovedOn.

    Raises Refused with the reason when it can't be booked as it is: then it is parked, and tried again each hour.
    """
    if (known := _booked(gateway_name, reference)) is not None:
        return known
    settlement = named(gateway_name).settlement(reference)
    if not settlement.has_arrived:
        raise MovedOn("This payout has not arrived at our bank.")
    row = record_settlement(gateway_name=gateway_name, settlement=settlement, now=now)
    if row.state == State.PARKED:
        raise Refused(row.why)
    return row


def _booked(gateway_name: str, reference: str) -> GatewaySettlement | None:
    rows = GatewaySettlement.objects.filter(gateway=gateway_name, reference=reference, state=State.BOOKED)
    return rows.first()


@transaction.atomic
def record_settlement(*, gateway_name: str, settlement: Settlement, now: datetime) -> GatewaySettlement:
    """Book one payout: what was sent is at our bank, what was kept is a cost; or park it with the reason.

    What the bank's statement told of before is in suspense, and leaves it now.
    """
    arriving.one_at_a_time(gateway_name, settlement.currency)
    row = _locked(gateway_name, settlement, now)
    if row.state == State.BOOKED:
        return row
    row.arrives_on = settlement.arrives_on
    methods = _methods(gateway_name, settlement.rows)
    row.why = _objection(settlement, methods)
    if row.why:
        row.save()
        return row
    paid, kept = defaultdict(int), defaultdict(int)
    for part in settlement.rows:
        method = methods.get(part.intent, COSTS)
        cost = part.fee_minor - (part.amount_minor if part.kind == "cost" else 0)
        paid[method] += part.amount_minor - part.fee_minor
        kept[method] += cost
    row.why = _below_zero(kept)
    if row.why:
        row.save()
        return row
    entry = arriving.told_before(gateway_name, settlement, now)
    source = chart.suspense(settlement.currency) if entry is not None and settlement.amount_minor > 0 else None
    for method in sorted(paid):
        paying.settle_gateway(
            gateway=method,
            currency=settlement.currency,
            paid_minor=paid[method],
            kept_minor=kept[method],
            key=f"{gateway_name}:{settlement.reference}:{method}",
            source=source,
            now=now,
        )
    row.state, row.kept_minor, row.booked_at = State.BOOKED, sum(kept.values()), now
    row.save()
    if entry is not None:
        because = f"It is payout {row.reference} of {row.gateway}: the same amount, and it told of it afterwards."
        arriving.end_waiting(entry, row, because, now=now)
    return row


def _locked(gateway_name: str, settlement: Settlement, now: datetime) -> GatewaySettlement:
    """The payout's row under its lock; a new one is parked until this transaction has booked it."""
    rows = GatewaySettlement.objects.filter(gateway=gateway_name, reference=settlement.reference)
    if not rows.exists():
        try:
            with transaction.atomic():
                GatewaySettlement.objects.create(
                    gateway=gateway_name,
                    reference=settlement.reference,
                    currency=settlement.currency,
                    amount_minor=settlement.amount_minor,
                    arrives_on=settlement.arrives_on,
                    state=State.PARKED,
                    why="It is being booked.",
                    seen_at=now,
                )
        except IntegrityError:
            pass  # another worker was first, and has let go of it
    return rows.select_for_update(of=("self",)).get()


def _methods(gateway_name: str, rows: tuple[Settled, ...]) -> dict[str, str]:
    """By the gateway's reference, the method of each payment whose money we have counted, held for a check or not."""
    intents = {part.intent for part in rows if part.kind == "payment"}
    known = Payment.objects.filter(gateway=gateway_name, gateway_reference__in=intents)
    uncounted = (Payment.Status.STARTED, Payment.Status.PROCESSING, Payment.Status.FAILED)
    return dict(known.exclude(status__in=uncounted).values_list("gateway_reference", "method"))


def _objection(settlement: Settlement, methods: dict[str, str]) -> str:
    """Why this payout can't be booked as it is, in words; empty when it can."""
    for part in settlement.rows:
        if part.currency != settlement.currency:
            return (
                f"{part.reference} is in {part.currency} and the payout in {settlement.currency}. Give the account at "
                f"the processor a bank account in {part.currency}: money is never converted."
            )
        if part.kind == "strange":
            return f"{part.reference} is of a kind that we do not book: {part.said}. A person must look."
        if part.kind == "payment" and part.intent not in methods:
            return f"{part.reference} belongs to {part.intent}, which has not cleared here or is not a payment of ours."
    total = sum(part.amount_minor - part.fee_minor for part in settlement.rows)
    if total != settlement.amount_minor:
        shown = [display(value, settlement.currency) for value in (total, settlement.amount_minor)]
        return f"Its rows add up to {shown[0]}, and {shown[1]} was sent."
    return ""


def _below_zero(kept: dict[str, int]) -> str:
    below = [method for method in kept if kept[method] < 0]
    return f"More fees were given back than taken by {', '.join(below)}. A person must look." if below else ""
