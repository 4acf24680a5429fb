"""The order's money in a case file: its transfers as a table; payments, refunds and payouts as the reader sees them.

Names of people, accounts at banks, references of gateways and the rules of fraud checks are in none of it.
"""

import csv
import io
from datetime import UTC, datetime

from disputes.casefile.reader import BUYER, SUPPLIER, Reader
from ledger.models import Kind, Transfer
from orders.models import Order
from trade_assurance import money
from trade_assurance.sheets import cell

COLUMNS = (
    "row",
    "at_utc",
    "what",
    "debit",
    "credit",
    "amount_minor",
    "amount",
    "currency",
    "escrow_after_minor",
)
# Transfers that only the other side sees on its pages: by the account that they touch.
NOT_FOR = {
    BUYER: {Kind.SERVICE_FEES, Kind.GATEWAY_COSTS, Kind.WRITE_OFFS},
    SUPPLIER: {Kind.PROCESSING_FEES, Kind.GATEWAY_COSTS, Kind.WRITE_OFFS},
}
RECOURSE = {Kind.SUPPLIER_PAYABLE, Kind.SUPPLIER_RECEIVABLE}  # between the supplier and us


def _shown(transfer: Transfer, reader: Reader) -> bool:
    kinds = {transfer.debit.kind, transfer.credit.kind}
    if reader.is_staff:
        return True
    return not kinds & NOT_FOR[reader.side] and not (reader.side == BUYER and kinds == RECOURSE)


def ledger(order: Order, reader: Reader) -> str:
    """The order's transfers as CSV, with what escrow holds after each; everybody sees all that touch escrow."""
    found, held = io.StringIO(), 0
    writer = csv.writer(found)
    writer.writerow(COLUMNS)
    transfers = Transfer.objects.of_order(order.id).select_related("debit", "credit")
    for row, each in enumerate((one for one in transfers if _shown(one, reader)), 1):
        debit, credit = each.debit.kind, each.credit.kind
        held += each.amount_minor * ((credit == Kind.ESCROW) - (debit == Kind.ESCROW))
        writer.writerow(
            (
                row,
                f"{each.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
                cell(each.kind.replace("_", " ")),
                cell(debit),
                cell(credit),
                each.amount_minor,
                f"{money.to_decimal(each.amount_minor, each.currency):f}",
                each.currency,
                held,
            )
        )
    return found.getvalue()


def moments(**given: datetime | None) -> dict[str, str]:
    """Moments as texts in UTC, those that have not come left out."""
    return {name: f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for name, at in given.items() if at}


def money_of(order: Order, reader: Reader) -> dict:
    """The plan, and what was paid, sent back and paid out."""
    return {
        "currency": order.currency,
        "total_minor": order.total_minor,
        "cleared_minor": order.cleared_minor,
        "released_minor": order.released_minor,
        "refunded_minor": order.refunded_minor,
        "charged_back_minor": order.charged_back_minor,
        "covered_minor": order.covered_minor,
        "instalments": [
            {
                "number": part.number,
                "label": part.label,
                "amount_minor": part.amount_minor,
                "paid_minor": part.paid_minor,
                "due_before": part.due_before,
                "due_on": part.due_on.isoformat(),
                "reference": part.rf_reference,
            }
            | moments(paid_at=part.paid_at)
            for part in order.instalments.order_by("number")
        ],
        "payments": _payments(order, reader),
        "refunds": _refunds(order, reader),
        "chargebacks": [
            {"amount_minor": each.amount_minor, "state": each.state}
            | moments(opened_at=each.opened_at, ended_at=each.ended_at)
            for each in order.chargebacks.order_by("id")
        ],
        "payouts": _payouts(order) if reader.keeps_books else [],
    }


def _payments(order: Order, reader: Reader) -> list[dict]:
    """Every attempt for the buyer; for the supplier what cleared."""
    found = []
    for each in order.payments.select_related("instalment").order_by("id"):
        told = {"instalment": each.instalment.number, "method": each.method, "cleared_minor": each.cleared_minor}
        if reader.side == SUPPLIER:
            if each.cleared_at:
                found.append(told | moments(cleared_at=each.cleared_at))
            continue
        told |= {"amount_minor": each.amount_minor, "fee_minor": each.fee_minor, "status": each.status}
        if each.failed_because:
            told["failed_because"] = each.failed_because
        found.append(told | moments(started_at=each.started_at, cleared_at=each.cleared_at, failed_at=each.failed_at))
    return found


def _refunds(order: Order, reader: Reader) -> list[dict]:
    found = []
    for each in order.refunds.order_by("id"):
        told = {"amount_minor": each.amount_minor, "method": each.method, "status": each.status}
        if each.why and reader.side != SUPPLIER:
            told["because"] = each.because
        found.append(told | moments(sent_at=each.created_at, ended_at=each.ended_at))
    return found


def _payouts(order: Order) -> list[dict]:
    """What payouts carried of this order."""
    return [
        {"what": line.kind.replace("_", " "), "amount_minor": line.amount_minor, "status": line.payout.status}
        | moments(sent_at=line.payout.created_at, ended_at=line.payout.ended_at)
        for line in order.payout_lines.select_related("payout").order_by("id")
    ]
