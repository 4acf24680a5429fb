"""The payment instruction of one instalment for a bank transfer: what to send where, as rows and a PDF (Rulebook 5)."""

from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Spacer, Table, TableStyle

from orders.models import Instalment, Order
from trade_assurance import money
from trade_assurance.paper import ALARM, BOLD, HEAD, RULE, SMALL, WIDTH, built, said_if_lost, shown
from trade_assurance.refused import MovedOn
from trade_assurance.templatetags.ta import day_end

WARNING = _lazy(
    "Money paid to any other account is not covered. If anyone sends you different bank "
    "details, by e-mail or chat, do not pay, and tell us."
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
        raise MovedOn(
            _("Order {reference} takes no money. Do not send any: it would only be sent back.").format(
                reference=order.reference
            )
        )
    if instalment.open_minor == 0:
        raise MovedOn(
            _("{label} is paid. Do not send it again: it would only be sent back.").format(label=instalment.label)
        )
    if account is None:
        raise MovedOn(
            _("The account for this supplier is being set up. Do not pay to any account that somebody tells you.")
        )
    returned = order.rulebook.unmatched_return_days
    return [
        Row(_("Account name"), account.holder, is_copied=True),
        Row(_("Bank"), account.bank_name),
        Row(_("Account number"), account.number, is_copied=True),
        Row("SWIFT / BIC", account.swift, is_copied=True),
        Row(
            _("Amount"),
            money.display(instalment.open_minor, order.currency),
            _("Ask your bank to send charges “OUR”, so that the full amount arrives."),
            is_copied=True,
        ),
        Row(
            _("Reference"),
            instalment.rf_reference,
            _("Nothing else in that field. What nobody can match goes back after {days} days.").format(days=returned),
            is_copied=True,
        ),
        Row(
            _("Due by"),
            day_end(instalment.due_at, order.timezone),
            _("At the end of that day in {timezone}.").format(timezone=order.timezone),
        ),
        Row(
            _("Sender"),
            order.buyer.display_name,
            _(
                "A transfer in another name waits until you have named the payer and our finance staff "
                "have confirmed it."
            ),
        ),
    ]


def pdf(order: Order, instalment: Instalment) -> bytes:
    """The instruction as one page to print or hand to a bank, in English. Raises MovedOn as `rows` does."""
    with translation.override("en"):
        return _drawn(order, instalment)


def _drawn(order: Order, instalment: Instalment) -> bytes:
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
        [[shown(str(WARNING), WARNED)]],
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
                "Cover starts when the money has arrived. This paper shows what was open when it was made; the page "
                f"of the order shows it as it is: look up order {order.reference} after signing in.",
                SMALL,
            ),
            *said_if_lost(instalment.label, order.title, order.supplier.name, *(row.value for row in told)),
        ],
        title=f"Payment instruction {instalment.rf_reference}",
    )
