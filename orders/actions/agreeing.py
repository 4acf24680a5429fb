"""From the first draft to the contract that both sides accepted (Rulebook 1, 2)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from stdnum.iso7064 import mod_97_10

from accounts.models import User
from events.actions import record
from orders.models import ContractVersion, Instalment, Line, Order, ReferenceRate
from orders.steps import allow, demand
from orders.terms import BadTerms, Problem, Terms, fingerprint, problems
from suppliers import actions as supplier_actions
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT, end_of_day, from_usd, to_usd

ORDER = "order"
REQUEST_MAX = 5000


class CoverChanged(MovedOn):
    """Less can be covered than the page showed; `cover_minor` is the new figure in the order's currency."""

    def __init__(self, sentence: str, *, cover_minor: int):
        super().__init__(sentence)
        self.cover_minor = cover_minor


def open_draft(
    *, buyer: User, supplier_id: int, title: str, now: datetime, key: UUID | None, request: str = ""
) -> Order:
    """The row of a new order between a buyer and a supplier that takes orders, with nothing agreed yet."""
    supplier = Supplier.objects.get(pk=supplier_id)
    if supplier.status != Supplier.Status.ACTIVE:
        raise Refused(_("{name} takes no new protected orders at the moment.").format(name=supplier.name))
    if supplier.members.filter(user=buyer).exists():
        raise Refused(_("You work for {name}, so you can't buy from it under protection.").format(name=supplier.name))
    rules = CURRENT
    return Order.objects.create(
        buyer=buyer,
        supplier=supplier,
        title=title[:120],
        request=request,
        draft_key=key,
        rulebook_version=rules.version,
        created_at=now,
        lapses_at=now + timedelta(days=rules.lapse_days) if request else None,
    )


def _once(key: UUID | None, buyer: User) -> Order | None:
    """The order that a form with this key has made already: a second click shows the first one's order."""
    made = Order.objects.filter(draft_key=key).first() if key else None
    if made is not None and made.buyer_id != buyer.id:
        raise NotAllowed(_("This form belongs to another order. Open the page again."))
    return made


@transaction.atomic
def request_contract(
    *, buyer: User, supplier_id: int, title: str, request: str, key: UUID | None, now: datetime
) -> Order:
    """Ask a supplier to draft the contract. Raises Refused; the same key twice gives the same order."""
    if (made := _once(key, buyer)) is not None:
        return made
    if not title.strip():
        raise Refused(_("Say in a few words what you want to order."), field="title")
    if not request.strip():
        raise Refused(_("Tell the supplier what you need: goods, quantity, quality, and by when."), field="request")
    if len(request) > REQUEST_MAX:
        raise Refused(_("Keep this to {most} characters.").format(most=f"{REQUEST_MAX:,}"), field="request")
    order = open_draft(
        buyer=buyer, supplier_id=supplier_id, title=title.strip(), now=now, key=key, request=request.strip()
    )
    record(ORDER, order.id, "contract.requested", by=buyer, now=now)
    return order


@transaction.atomic
def draft_contract(*, buyer: User, supplier_id: int, terms: Terms, key: UUID | None, now: datetime) -> Order:
    """Start an order with the buyer's own draft, not sent yet. The same key twice gives the same order.

    Until it is sent, newer terms under the same key replace the older: what is signed is what the form last showed.
    """
    if (made := _once(key, buyer)) is not None:
        order = Order.objects.locked(made.id)
        if order.versions.working().filter(drafted_by=Order.Side.BUYER).exists():
            return save_draft(order_id=order.id, terms=terms, by=buyer, now=now).order
        return order
    order = open_draft(buyer=buyer, supplier_id=supplier_id, title=terms.title, now=now, key=key)
    record(ORDER, order.id, "contract.started", by=buyer, now=now)
    _write_draft(order, terms, by=buyer, side=Order.Side.BUYER, now=now)
    return order


def _write_draft(order: Order, terms: Terms, *, by: User, side: str, now: datetime) -> ContractVersion:
    document = replace(terms, rulebook=order.rulebook_version, attachments=()).dump()
    version = order.versions.working().first()
    if version is None:
        number = order.versions.count() + 1
        version = ContractVersion(order=order, number=number, created_at=now)
    elif version.drafted_by != side:
        raise MovedOn(_("The other side is writing this version. Wait until it is sent."))
    version.document, version.drafted_by, version.author = document, side, by
    version.save()
    if not order.versions.sent().exists() and terms.title.strip():
        order.title = terms.title.strip()[:120]
        order.currency = terms.currency
        order.save()
    return version


@transaction.atomic
def save_draft(*, order_id: int, terms: Terms, by: User, now: datetime) -> ContractVersion:
    """Keep what one side is writing; nobody else sees it until it is sent. Raises NotAllowed, MovedOn."""
    order = Order.objects.locked(order_id)
    demand("edit", order, by=by, now=now)
    version = _write_draft(order, terms, by=by, side=order.side_of(by), now=now)
    record(ORDER, order.id, "contract.drafted", by=by, now=now, data={"version": version.number})
    return version


@transaction.atomic
def send_contract(*, order_id: int, by: User, now: datetime) -> ContractVersion:
    """Send the working draft, which accepts it for the sender's side (Rulebook 1).

    Raises BadTerms with every problem, NotAllowed, MovedOn.
    """
    order = Order.objects.locked(order_id)
    demand("edit", order, by=by, now=now)
    verified(by)
    side = order.side_of(by)
    version = order.versions.working().filter(drafted_by=side).first()
    if version is None:
        raise MovedOn(_("There is no draft to send. Write the contract first."))
    terms = version.terms
    rate = ReferenceRate.objects.usd_per_unit(terms.currency, now.date())
    if found := problems(terms, rules=order.rulebook, usd_per_unit=rate, now=now):
        raise BadTerms(found)
    files = order.attachments.filter(removed_at__isnull=True).order_by("id")
    terms = replace(
        terms,
        attachments=tuple({"name": f.name, "size": f.size, "sha256": f.sha256} for f in files),
        parties={
            "buyer": {
                "id": str(order.buyer.public_id),
                "name": order.buyer.display_name,
                "person": order.buyer.full_name,
            },
            "supplier": {"id": str(order.supplier.public_id), "name": order.supplier.name},
        },
    )
    version.document = terms.dump()
    version.fingerprint = fingerprint(version.document)
    version.cover_minor = coverable(order, terms, rate)
    version.author = by
    version.sent_at = now
    sign(version, side, by, now)
    version.save()
    order.unsent_by_supplier = False
    order.title, order.currency, order.is_sample = terms.title.strip(), terms.currency, terms.is_sample
    order.total_minor = terms.total_minor
    order.timezone = terms.timezone
    order.lapses_at = now + timedelta(days=order.rulebook.lapse_days)
    order.save()
    record(
        ORDER,
        order.id,
        "contract.sent",
        by=by,
        now=now,
        data={"version": version.number, "fingerprint": version.fingerprint, "side": str(side)},
    )
    return version


def verified(by: User) -> None:
    """Raise NotAllowed unless the person's e-mail address is confirmed."""
    if not by.emailaddress_set.filter(verified=True).exists():
        raise NotAllowed(_("Confirm your e-mail address before you sign a contract."))


def sign(version: ContractVersion, side: str, by: User, now: datetime) -> None:
    """Note on the version that a side accepts it; the caller saves it."""
    if side == Order.Side.BUYER:
        version.buyer_accepted_at, version.buyer_accepted_by = now, by
    else:
        version.supplier_accepted_at, version.supplier_accepted_by = now, by


def coverable(order: Order, terms: Terms, usd_per_unit) -> int:
    """How much of the total the supplier's free limit can cover now, in the order's currency (product.md §2)."""
    free = order.supplier.free_limit_minor
    if to_usd(terms.total_minor, terms.currency, usd_per_unit) <= free:
        return terms.total_minor
    return from_usd(free, terms.currency, usd_per_unit)


@transaction.atomic
def accept(*, order_id: int, version: int, fingerprint: str, cover_minor: int, by: User, now: datetime) -> Order:
    """Accept the newest version of the other side; the order is placed and the limit reserved.

    `cover_minor` is the cover that the page showed: if less can be reserved now, CoverChanged is raised with the new
    figure and nothing happens. Nor does a supplier accept at less than the buyer saw when it signed. Raises MovedOn if
    another version was sent since, NotAllowed.
    """
    order = Order.objects.locked(order_id)
    demand("accept", order, by=by, now=now)
    verified(by)
    if order.supplier.members.filter(user=order.buyer_id).exists():
        raise Refused(
            _("The buyer works for {name} now, so this order can't be protected. Cancel it.").format(
                name=order.supplier.name
            )
        )
    latest = order.versions.newest()
    if latest.number != version or latest.fingerprint != fingerprint:
        raise MovedOn(_("A newer version was sent since you opened this page. Read it before you accept."))
    terms = latest.terms
    rate = ReferenceRate.objects.usd_per_unit(terms.currency, now.date())
    if found := problems(terms, rules=order.rulebook, usd_per_unit=rate, now=now):
        raise BadTerms(
            [
                Problem(
                    p.path, _("{sentence} Send a new version, since dates have passed.").format(sentence=p.sentence)
                )
                for p in found
            ]
        )
    sign(latest, order.side_of(by), by, now)
    latest.save()
    allow(order.place, by)
    order.place(now=now)
    _bring_to_life(order, terms, rate, now)
    wanted = to_usd(terms.total_minor, terms.currency, rate)
    reserved = supplier_actions.reserve(
        supplier_id=order.supplier_id, order_id=order.id, wanted_usd_minor=wanted, now=now
    )
    order.reserved_minor = terms.total_minor if reserved == wanted else from_usd(reserved, terms.currency, rate)
    way_on = _("Read the new figure and decide again.")
    if latest.drafted_by == Order.Side.BUYER and order.reserved_minor < (latest.cover_minor or 0):
        cover_minor, way_on = latest.cover_minor, _("Send a new version, so that the buyer decides at the new figure.")
    if order.reserved_minor < min(cover_minor, terms.total_minor):
        shown, now_free = (money.display(m, order.currency) for m in (cover_minor, order.reserved_minor))
        raise CoverChanged(
            _(
                "Only {free} of this order can be covered after release now, not {shown} as the page "
                "showed. Nothing was accepted. {way_on}"
            ).format(free=now_free, shown=shown, way_on=way_on),
            cover_minor=order.reserved_minor,
        )
    order.save()
    record(
        ORDER,
        order.id,
        "contract.accepted",
        by=by,
        now=now,
        data={"version": version, "fingerprint": fingerprint, "reserved": order.reserved_minor},
    )
    return order


def _bring_to_life(order: Order, terms: Terms, rate, now: datetime) -> None:
    """Pin the accepted terms on the order and make its lines and instalments, each with its RF reference."""
    order.title, order.currency, order.total_minor = terms.title.strip(), terms.currency, terms.total_minor
    order.is_sample, order.timezone, order.usd_per_unit = terms.is_sample, terms.timezone, rate
    freight = money.allocate(terms.freight_minor, [line.value_minor for line in terms.lines])
    Line.objects.bulk_create(
        [
            Line(
                order=order,
                number=n,
                product=line.product,
                quantity=line.quantity,
                unit=line.unit,
                unit_price_minor=line.unit_price_minor,
                freight_minor=share,
                tolerance_bp=line.tolerance_bp,
            )
            for n, (line, share) in enumerate(zip(terms.lines, freight, strict=True), 1)
        ]
    )
    Instalment.objects.bulk_create(
        [
            Instalment(
                order=order,
                number=n,
                label=part.label.strip(),
                amount_minor=part.amount_minor,
                due_before=part.due_before,
                due_on=date.fromisoformat(part.due_on),
                due_at=end_of_day(date.fromisoformat(part.due_on), terms.timezone),
                rf_reference=creditor_reference(order, n),
            )
            for n, part in enumerate(terms.plan, 1)
        ]
    )
    reckon_cancel(order)


def creditor_reference(order: Order, number: int) -> str:
    """The ISO 11649 reference of one instalment: RF, two check digits, the order's letters and the number."""
    body = f"{order.reference.replace('-', '')}{number:02d}"
    return f"RF{mod_97_10.calc_check_digits(f'{body}RF')}{body}"


def reckon_cancel(order: Order) -> None:
    """Set when time cancels a placed order: 60 d with nothing cleared, or an instalment 60 d overdue (1, 2)."""
    rules = order.rulebook
    ends = [
        part.due_at + timedelta(days=rules.overdue_cancel_days)
        for part in order.instalments.all()
        if part.before_shipment and part.open_minor
    ]
    if order.cleared_minor == 0:
        ends.append(order.placed_at + timedelta(days=rules.unpaid_cancel_days))
    order.cancels_at = min(ends, default=None)


@transaction.atomic
def lapse(*, order_id: int, now: datetime) -> Order:
    """End a contract that nobody answered for 30 days (Rulebook 1)."""
    order = Order.objects.locked(order_id)
    if order.status != Order.Status.DRAFT or order.lapses_at is None or now < order.lapses_at:
        raise MovedOn("This contract does not lapse now.")
    allow(order.cancel, None)
    order.cancel(now=now, because=N_("lapsed"))
    order.save()
    record(ORDER, order.id, "contract.lapsed", now=now)
    return order
