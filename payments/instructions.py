"""The payment instruction of one instalment for a bank transfer: what to send where, as rows and a PDF (Rulebook 5)."""

from dataclasses import dataclass

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Spacer, Table, TableStyle

from orders.models import Instalment, Order
from trade_assurance import money
from trade_assurance.paper import ALARM, BOLD, HEAD, RULE, SMALL, WIDTH, built, said_if_lost, shown
from trade_assurance.refused import MovedOn
from trade_assurance.templatetags.ta import day_end

WARNING = (
    "Money paid to any other account is not covered. If anyone sends you different bank details, by e-mail or chat, "
    "do not pay, and tell us."
)
TOLD = ParagraphStyle("told", parent=BOLD, fontSize=11, leading=15)
WARNED = ParagraphStyle("warned", parent=TOLD, textColor=ALARM)


@dataclass(frozen=True)
class Row:
    """One thing to fill in at the bank. `is_copied` says that it is to be copied letter by letter."""

    label: str
    value: str
    hint: str = ""
    is_copied: bool = False


def rows(order: Order, instalment: Instalment) -> list[Row]:
    """What a buyer enters at its bank to pay what is open of an instalment.

    Raises MovedOn when nothing is to be paid: a transfer would only be sent back.
    """
    account = getattr(order.supplier, "designated_account", None)
    if not order.takes_money:
        raise MovedOn(f"Order {order.reference} takes no money. Do not send any: it would only be sent back.")
    if instalment.open_minor == 0:
        raise MovedOn(f"{instalment.label} is paid. Do not send it again: it would only be sent back.")
    if account is None:
        raise MovedOn(
            "The account for this supplier is being set up. Do not pay to any account that somebody tells you."
        )
    returned = order.rulebook.unmatched_return_days
    return [
        Row("Account name", account.holder, is_copied=True),
        Row("Bank", account.bank_name),
        Row("Account number", account.number, is_copied=True),
        Row("SWIFT / BIC", account.swift, is_copied=True),
        Row(
            "Amount",
            money.display(instalment.open_minor, order.currency),
            "Ask your bank to send charges “OUR”, so that the full amount arrives.",
            is_copied=True,
        ),
        Row(
            "Reference",
            instalment.rf_reference,
            f"Nothing else in that field. What nobody can match goes back after {returned} days.",
            is_copied=True,
        ),
        Row("Due by", day_end(instalment.due_at, order.timezone), f"At the end of that day in {order.timezone}."),
        Row(
            "Sender",
            order.buyer.display_name,
            "A transfer in another name waits until you have named the payer and our finance staff have confirmed it.",
        ),
    ]


def pdf(order: Order, instalment: Instalment) -> bytes:
    """The instruction as one page to print or hand to a bank. Raises MovedOn as `rows` does."""
    told = rows(order, instalment)
    table = Table(
        [[shown(row.label), [shown(row.value, TOLD), *([shown(row.hint, SMALL)] if row.hint else [])]] for row in told],
        colWidths=[38 * mm, WIDTH - 38 * mm],
        style=TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 1, RULE),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
            ]
        ),
    )
    warning = Table(
        [[shown(WARNING, WARNED)]],
        colWidths=[WIDTH],
        style=TableStyle([("BOX", (0, 0), (-1, -1), 1, ALARM), ("TOPPADDING", (0, 0), (-1, -1), 8)]),
    )
    return built(
        [
            shown("Payment instruction, bank transfer (T/T)", HEAD),
            shown(f"{instalment.label} of order {order.reference}: {order.title}"),
            shown(f"Supplier: {order.supplier.name}"),
            Spacer(1, 6 * mm),
            warning,
            Spacer(1, 6 * mm),
            table,
            Spacer(1, 6 * mm),
            shown(
                "Cover starts when the money has arrived. This paper shows what was open when it was made; the page of "
                f"the order shows it as it is: look up order {order.reference} after signing in.",
                SMALL,
            ),
            *said_if_lost(instalment.label, order.title, order.supplier.name, *(row.value for row in told)),
        ],
        title=f"Payment instruction {instalment.rf_reference}",
    )
