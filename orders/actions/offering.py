"""A contract that a supplier begins itself, for a buyer that it has supplied before."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from orders.actions.agreeing import ORDER, open_draft
from orders.models import ContractVersion, Order
from suppliers.models import Member, Supplier
from trade_assurance.refused import NotAllowed, Refused


@transaction.atomic
def begin_contract(*, supplier_id: int, buyer_id: int, title: str, key: UUID, by: User, now: datetime) -> Order:
    """Begin a contract for a buyer that has placed an order with the company before; the buyer sees it once it is sent.

    One at a time for a buyer who has not answered the one before, so that nobody is flooded. By owners and sales
    staff. The same key twice gives the same order. Raises NotAllowed, Refused.
    """
    supplier = Supplier.objects.locked(supplier_id)
    if not supplier.members.filter(user=by, role__in=(Member.Role.OWNER, Member.Role.SALES)).exists():
        raise NotAllowed(_("Only owners and sales staff of the company write its contracts."))
    made = Order.objects.filter(draft_key=key).first()
    if made is not None:
        if (made.supplier_id, made.buyer_id) != (supplier_id, buyer_id):
            raise NotAllowed(_("This form belongs to another order. Open the page again."))
        return made
    former = Order.objects.filter(supplier=supplier, buyer=buyer_id, placed_at__isnull=False)
    if not former.exists():
        raise NotAllowed(_("You can begin a contract only for buyers who have ordered from you before."))
    buyer = User.objects.get(pk=buyer_id)
    if not buyer.is_active:
        raise Refused(_("This buyer’s account is closed, so nobody could answer."))
    if supplier.members.filter(user=buyer).exists():
        raise Refused(
            _("{buyer} works for {supplier} now, so such an order can't be protected.").format(
                buyer=buyer.display_name, supplier=supplier.name
            )
        )
    if (waits := _unanswered(supplier, buyer)) is not None:
        if waits.unsent_by_supplier:
            raise Refused(
                _("You have begun {reference} for {buyer} already. Finish it, or drop it.").format(
                    reference=waits.reference, buyer=buyer.display_name
                )
            )
        raise Refused(
            _("{buyer} has not answered your contract {reference} yet. Wait, or withdraw it first.").format(
                buyer=buyer.display_name, reference=waits.reference
            )
        )
    order = open_draft(buyer=buyer, supplier_id=supplier.pk, title=title.strip(), now=now, key=key)
    order.unsent_by_supplier = True
    order.save(update_fields=["unsent_by_supplier"])
    record(ORDER, order.id, "contract.started", by=by, now=now)
    return order


def _unanswered(supplier: Supplier, buyer: User) -> Order | None:
    """A contract that the supplier began for this buyer, who has written no version of it."""
    answered = ContractVersion.objects.filter(order=OuterRef("pk"), drafted_by=Order.Side.BUYER)
    drafts = Order.objects.filter(supplier=supplier, buyer=buyer, status=Order.Status.DRAFT, request="")
    return drafts.filter(~Exists(answered)).order_by("-id").first()
