"""What an offer may say: its amount within the claim, line by line, and what happens with the goods (Rulebook 15)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from disputes.models import Claim, Dispute, Offer
from orders.models import Order
from trade_assurance import money
from trade_assurance.refused import Refused

NOTE_MAX = Offer._meta.get_field("note").max_length
REPLACEMENT_MAX = Offer._meta.get_field("replacement").max_length
SUPPLIER = Order.Side.SUPPLIER
NEVER_CAME = (Claim.Reason.NON_SHIPMENT, Claim.Reason.NON_RECEIPT)


def is_amount(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def shown(dispute: Dispute, minor: int) -> str:
    return money.display(minor, dispute.currency)


def check_amount(dispute: Dispute, amount_minor: int, lines: Mapping[int, int] | None) -> None:
    if not is_amount(amount_minor):
        raise Refused(_("Give an amount of zero or more."), field="amount")
    if amount_minor > dispute.left_minor:
        most = shown(dispute, dispute.left_minor)
        raise Refused(
            _("At most {most} can be agreed: that is what is claimed and covered.").format(most=most), field="amount"
        )
    if not lines:
        return
    caps = {each.line_id: each for each in dispute.disputed_lines.select_related("line")}
    for line_id, part in lines.items():
        if line_id not in caps:
            raise Refused(_("Give amounts only for the lines of this claim."), field="lines")
        if not is_amount(part):
            raise Refused(_("Give an amount of zero or more."), field=f"line_{line_id}")
        if part > caps[line_id].left_minor:
            most, product = shown(dispute, caps[line_id].left_minor), caps[line_id].line.product
            raise Refused(
                _("{product}: at most {most} is claimed and covered.").format(product=product, most=most),
                field=f"line_{line_id}",
            )
    total = sum(lines.values())
    if total != amount_minor:
        raise Refused(
            _("The lines add up to {total}, the offer says {amount}. Make them equal.").format(
                total=shown(dispute, total), amount=shown(dispute, amount_minor)
            ),
            field="amount",
        )


def check_goods(
    dispute: Dispute,
    with_return: bool,
    freight_by: str,
    replacement: str,
    replace_by_at: datetime | None,
    *,
    now: datetime,
) -> None:
    if freight_by not in ("", *Order.Side.values):
        raise Refused(_("Choose who pays the freight."), field="freight_by")
    if with_return and replacement:
        raise Refused(_("Choose a return or a replacement; both together can't be offered."), field="replacement")
    if dispute.claimant == SUPPLIER and (with_return or replacement):
        raise Refused(_("This claim is about a cost, not about goods. Offer an amount."), field="with_return")
    if with_return:
        if not dispute.disputed_lines.filter(line__shipped_quantity__gt=0).exists():
            raise Refused(_("Nothing of these lines was shipped, so nothing can go back."), field="with_return")
        if not dispute.claims.exclude(reason__in=NEVER_CAME).exists():
            raise Refused(
                _("This claim is about goods that did not come, so nothing can go back."), field="with_return"
            )
        if not freight_by:
            raise Refused(_("Say who pays the freight of the return."), field="freight_by")
    if replacement and dispute.claims.filter(reason=Claim.Reason.NON_SHIPMENT).exists():
        said = _("What was not shipped is not replaced: the supplier can ship it still and enter the shipment.")
        raise Refused(said, field="replacement")
    if len(replacement) > REPLACEMENT_MAX:
        raise Refused(_("Keep this to {most} characters.").format(most=REPLACEMENT_MAX), field="replacement")
    if replacement and replace_by_at is None:
        raise Refused(_("Say by when the replacement is shipped."), field="replace_by_at")
    if replace_by_at is None:
        return
    if not replacement:
        raise Refused(_("Say what the supplier ships again."), field="replacement")
    most = dispute.order.rulebook.replace_days_max
    if not now < replace_by_at <= now + timedelta(days=most):
        raise Refused(_("Choose a date in the next {most} days.").format(most=most), field="replace_by_at")
