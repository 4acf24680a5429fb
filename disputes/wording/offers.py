"""What an offer asks beside its amount."""

from django.utils.translation import gettext as _

from disputes.models import Dispute, Offer
from disputes.wording.naming import BUYER, SUPPLIER, name_of
from trade_assurance.templatetags.ta import moment


def conditions(dispute: Dispute, offer: Offer, reader: str) -> list[str]:
    """What an offer asks beside its amount, in sentences."""
    found = []
    if offer.with_return:
        found.append(_return(dispute, offer, reader))
    if offer.replacement:
        found.append(_replacement(dispute, offer, reader))
    return found


def _return(dispute: Dispute, offer: Offer, reader: str) -> str:
    said = {
        (True, True): _("You send the goods back first and pay the freight. The refund follows the supplier’s check."),
        (True, False): _(
            "You send the goods back first; {payer} pays the freight. The refund follows the supplier’s check."
        ),
        (False, True): _(
            "{buyer} sends the goods back first; you pay the freight. The refund follows the supplier’s check."
        ),
        (False, False): _(
            "{buyer} sends the goods back first; {payer} pays the freight. The refund follows the supplier’s check."
        ),
    }[reader == BUYER, reader == offer.freight_by]
    return said.format(buyer=name_of(dispute, BUYER), payer=name_of(dispute, offer.freight_by))


def _replacement(dispute: Dispute, offer: Offer, reader: str) -> str:
    said = {
        (True, True): _(
            "You ship again by {at}: {goods}. You pay the freight. "
            "If it is not sent, the rest of the claim is refunded."
        ),
        (True, False): _(
            "You ship again by {at}: {goods}. {payer} pays the freight. "
            "If it is not sent, the rest of the claim is refunded."
        ),
        (False, True): _(
            "{supplier} ships again by {at}: {goods}. You pay the freight. "
            "If it is not sent, the rest of the claim is refunded."
        ),
        (False, False): _(
            "{supplier} ships again by {at}: {goods}. {payer} pays the freight. "
            "If it is not sent, the rest of the claim is refunded."
        ),
    }[reader == SUPPLIER, reader == offer.freight_by]
    return said.format(
        at=moment(offer.replace_by_at),
        goods=offer.replacement,
        supplier=name_of(dispute, SUPPLIER),
        payer=name_of(dispute, offer.freight_by),
    )
