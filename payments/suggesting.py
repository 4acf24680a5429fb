"""Which open instalments a credit in suspense could be for: found here, weighed by payments.reconciliation."""

import re
from collections import Counter

from django.db.models import Q

from orders.models import Instalment, Order
from payments import reconciliation
from payments.models import BankEntry

ORDER_NUMBER = re.compile(r"TA-?\s?([A-Z0-9]{4})-?\s?([A-Z0-9]{4})", re.IGNORECASE)
LOOKED_AT = 200  # open instalments of one supplier, the nearest due first
OPEN = (Order.Status.PLACED, Order.Status.PAID, Order.Status.SHIPPED, Order.Status.RECEIVED)


def suggestions(entry: BankEntry) -> list[reconciliation.Suggestion]:
    """Open instalments of the account's supplier, and of orders that the payer's words name, likeliest first (5)."""
    numbers = [f"TA-{first}-{last}".upper() for first, last in ORDER_NUMBER.findall(entry.reference)]
    references = reconciliation.references_in(entry.reference)
    rows = _open(Q(order__supplier__designated_account__number=entry.account_number, order__currency=entry.currency))
    if numbers or references:
        named = _open(Q(order__reference__in=numbers) | Q(rf_reference__in=references))
        rows = list({part.id: part for part in [*named, *rows]}.values())
    between = Counter((part.order.buyer_id, part.order.supplier_id) for part in rows)
    credit = reconciliation.Arrived(entry.amount_minor, entry.currency, entry.payer_name, entry.charges_minor)
    return reconciliation.suggest(
        credit,
        [
            reconciliation.Candidate(
                reference=part.order.reference,
                rf_reference=part.rf_reference,
                label=part.label,
                part=reconciliation.Open(part.id, part.number, part.open_minor),
                currency=part.order.currency,
                total_minor=part.order.total_minor,
                buyer_names=(part.order.buyer.company_name, part.order.buyer.full_name),
                shortfall_borne_minor=part.order.rulebook.shortfall_borne(
                    part.open_minor, part.order.currency, part.order.usd_per_unit
                ),
                is_on_account=_account(part.order) == entry.account_number,
                is_named=part.order.reference in numbers or part.rf_reference in references,
                is_alone=between[part.order.buyer_id, part.order.supplier_id] == 1,
                days_from_due=(entry.arrived_at.date() - part.due_on).days,
            )
            for part in rows
        ],
    )


def _open(wanted: Q) -> list[Instalment]:
    rows = Instalment.objects.filter(wanted, order__status__in=OPEN, order__winding_up_at=None, paid_at=None)
    return list(
        rows.select_related("order__buyer", "order__supplier__designated_account").order_by("due_at")[:LOOKED_AT]
    )


def _account(order: Order) -> str:
    account = getattr(order.supplier, "designated_account", None)
    return account.number if account else ""
