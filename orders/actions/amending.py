"""Changing the contract after acceptance: proposed by one side, counting only when both have signed (ADR 21)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from orders import amending, books, telling
from orders.actions.agreeing import CoverChanged, creditor_reference, reckon_cancel, sign, verified
from orders.actions.claiming import ship_what_was_sent
from orders.actions.clearing import settle_if_paid
from orders.actions.overtaking import close_amendment
from orders.amending import Moves, Standing
from orders.models import ContractVersion, Instalment, Order
from orders.steps import allow, demand
from orders.terms import BadTerms, Problem, Terms, fingerprint
from suppliers import actions as supplier_actions
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.refused import MovedOn, Refused
from trade_assurance.rulebook import end_of_day

ORDER = "order"
S = Order.Status
Closed = ContractVersion.Closed
BECAUSE_MAX = 500


def free_usd(supplier: Supplier) -> int:
    """What of the limit an amendment can still reserve, US cents; a paused supplier gives nothing more."""
    return supplier.free_limit_minor if supplier.status == Supplier.Status.ACTIVE else 0


@transaction.atomic
def propose_amendment(*, order_id: int, terms: Terms, because: str, by: User, now: datetime) -> ContractVersion:
    """Propose a change of the contract in force, which signs it for the proposer's side; one is open at a time.

    Raises BadTerms with every problem, Refused with `field` set, NotAllowed, MovedOn.
    """
    order = Order.objects.locked(order_id)
    demand("amend", order, by=by, now=now)
    verified(by)
    because = because.strip()
    if not because:
        raise Refused(_("Say in a sentence why; the other side reads it first."), field="because")
    if len(because) > BECAUSE_MAX:
        raise Refused(_("Keep this to {most} characters.").format(most=BECAUSE_MAX), field="because")
    standing = Standing.of(order, parts=order.instalments.select_for_update().order_by("id"))
    terms = replace(
        terms,
        attachments=attached(order, standing.in_force),
        parties=standing.in_force.parties,
        rulebook=standing.in_force.rulebook,
    )
    if found := amending.faults(standing, terms, usd_per_unit=order.usd_per_unit, now=now):
        raise BadTerms(found)
    moves = amending.moves(standing, terms, free_usd_minor=free_usd(order.supplier))
    document, side = terms.dump(), order.side_of(by)
    order.versions.working().delete()  # what a side had begun before the contract was accepted
    last = order.versions.order_by("-number").first()
    version = ContractVersion(
        order=order,
        number=last.number + 1,
        document=document,
        fingerprint=fingerprint(document),
        cover_minor=moves.cover_after_minor,
        drafted_by=side,
        author=by,
        created_at=now,
        sent_at=now,
        is_amendment=True,
        because=because,
        lapses_at=now + timedelta(days=order.rulebook.amendment_days),
    )
    sign(version, side, by, now)
    version.save()
    order.amendment_by, order.amendment_lapses_at = side, version.lapses_at
    order.save()
    data = {"version": version.number, "fingerprint": version.fingerprint, "side": str(side)}
    record(ORDER, order.id, "amendment.proposed", by=by, now=now, data=data, personal={"because": because})
    telling.tell_amendment_proposed(version, standing.terms, moves)
    return version


def attached(order: Order, in_force: Terms) -> tuple[dict, ...]:
    """The files of the contract in force, which stay, and those that were added since and not taken out again."""
    kept = list(in_force.attachments)
    known = {file["sha256"] for file in kept}
    new = order.attachments.filter(removed_at__isnull=True).exclude(sha256__in=known).order_by("id")
    return (*kept, *({"name": f.name, "size": f.size, "sha256": f.sha256} for f in new))


@transaction.atomic
def accept_amendment(
    *, order_id: int, version: int, fingerprint: str, cover_minor: int, refund_minor: int, by: User, now: datetime
) -> Order:
    """Sign the amendment of the other side: its terms count from now, and all that it moves is moved at once.

    `cover_minor` and `refund_minor` are what the page showed. Less cover → CoverChanged with the new figure, another
    refund → MovedOn, another version or fingerprint → MovedOn; nothing happens then. Raises BadTerms, NotAllowed.
    """
    order = Order.objects.locked(order_id)
    demand("answer_amendment", order, by=by, now=now)
    verified(by)
    amendment = order.versions.open_amendments().get()
    if amendment.number != version or amendment.fingerprint != fingerprint:
        raise MovedOn(_("Another change is proposed now. Read it before you accept."))
    parts = list(order.instalments.select_for_update().order_by("id"))
    standing = Standing.of(order, lines=order.lines.select_for_update().order_by("id"), parts=parts)
    terms = amendment.terms
    if found := amending.faults(standing, terms, usd_per_unit=order.usd_per_unit, now=now):
        again = _("Decline it and propose a new one, since things have changed.")
        raise BadTerms([Problem(problem.path, f"{problem.sentence} {again}") for problem in found])
    supplier = Supplier.objects.locked(order.supplier_id)  # before the accounts
    moves = amending.moves(standing, terms, free_usd_minor=free_usd(supplier))
    if moves.refund_minor != refund_minor:
        raise MovedOn(
            _("What this change gives back is not what the page showed. Look at it again; nothing was signed.")
        )
    _demand_cover(order, amendment, moves, cover_minor)
    before = standing.terms
    sign(amendment, order.side_of(by), by, now)
    amendment.closed_at, amendment.closed_because = now, Closed.ACCEPTED
    amendment.save()
    order.amendment_by, order.amendment_lapses_at = "", None
    _move(order, standing, terms, moves, cause=f"amendment:{version}", now=now)
    order.save()
    record(
        ORDER,
        order.id,
        "amendment.accepted",
        by=by,
        now=now,
        data={
            "version": version,
            "fingerprint": fingerprint,
            "total": [moves.total_before_minor, moves.total_after_minor],
            "refund": moves.refund_minor,
            "added": moves.added_minor,
            "reserved": order.reserved_minor,
            "ship_by": [at.isoformat() if at else None for at in (moves.ship_by_before_at, order.ship_by_at)],
        },
    )
    telling.tell_amended(amendment, before, moves)
    return order


def _demand_cover(order: Order, amendment: ContractVersion, moves: Moves, cover_minor: int) -> None:
    """Cover as the page showed, and as the buyer saw it when it signed first (product.md §2)."""
    way_on = _("Read the new figure and decide again.")
    if amendment.drafted_by == Order.Side.BUYER and moves.cover_after_minor < (amendment.cover_minor or 0):
        cover_minor, way_on = amendment.cover_minor, _("Decline it, so that the buyer decides at the new figure.")
    if moves.cover_after_minor < min(cover_minor, moves.total_after_minor):
        shown, now_free = (money.display(m, order.currency) for m in (cover_minor, moves.cover_after_minor))
        raise CoverChanged(
            _(
                "Only {free} of this order can be covered after release now, not {shown} as the page "
                "showed. Nothing was signed. {way_on}"
            ).format(free=now_free, shown=shown, way_on=way_on),
            cover_minor=moves.cover_after_minor,
        )


def _move(order: Order, standing: Standing, terms: Terms, moves: Moves, *, cause: str, now: datetime) -> None:
    """Bring lines, instalments, reservation, money and dates in step with the terms that count now."""
    shares = amending.freight_shares(standing, terms)
    for row, line, share in zip(standing.lines, terms.lines, shares, strict=True):
        row.quantity, row.unit, row.unit_price_minor = line.quantity, line.unit, line.unit_price_minor
        row.tolerance_bp, row.freight_minor = line.tolerance_bp, share
        row.save(update_fields=["quantity", "unit", "unit_price_minor", "tolerance_bp", "freight_minor"])
    _move_plan(order, moves, now)
    order.total_minor, order.reserved_minor = terms.total_minor, moves.reserved_minor
    supplier_actions.change_reservation(
        supplier_id=order.supplier_id, order_id=order.id, by_usd_minor=moves.reserve_usd_minor, now=now
    )
    books.refund(order, moves.refund_minor, cause=cause, now=now)
    order.amended_back_minor += moves.refund_minor
    if moves.reopens:
        allow(order.reopen, None)
        order.reopen()
    elif order.status == S.PAID and moves.ship_by_at != order.ship_by_at:
        order.ship_by_at, order.late_noticed_at = moves.ship_by_at, None
        order.award_at = moves.ship_by_at + timedelta(days=order.rulebook.late_award_days)
    if order.status == S.PLACED:
        reckon_cancel(order)
        settle_if_paid(order, now)
    ship_what_was_sent(order, now=now)


def _move_plan(order: Order, moves: Moves, now: datetime) -> None:
    """Each instalment as the plan has it now; one that fell away stays with nothing open."""
    number = max(order.instalments.values_list("number", flat=True))
    for one in moves.parts:
        row = one.part
        if row is None:
            number += 1
            row = Instalment(order=order, number=number, rf_reference=creditor_reference(order, number))
        if one.terms is not None:
            due_on = date.fromisoformat(one.terms.due_on)
            row.label, row.due_before = one.terms.label.strip(), one.terms.due_before
            row.due_on, row.due_at = due_on, end_of_day(due_on, order.timezone)
        row.amount_minor, row.paid_minor = one.after_minor, one.paid_minor
        if row.paid_minor and row.open_minor == 0 and row.paid_at is None:
            row.paid_at = now
        row.save()


@transaction.atomic
def decline_amendment(*, order_id: int, version: int, by: User, now: datetime) -> Order:
    """Decline the change that the other side proposes; the contract stays as it is."""
    order = Order.objects.locked(order_id)
    demand("decline_amendment", order, by=by, now=now)
    return _answer(order, version, Closed.DECLINED, by, now)


@transaction.atomic
def withdraw_amendment(*, order_id: int, version: int, by: User, now: datetime) -> Order:
    """Take back a change that one's own side has proposed."""
    order = Order.objects.locked(order_id)
    demand("withdraw_amendment", order, by=by, now=now)
    return _answer(order, version, Closed.WITHDRAWN, by, now)


def _answer(order: Order, version: int, why: str, by: User, now: datetime) -> Order:
    if order.versions.open_amendments().get().number != version:
        raise MovedOn(_("Another change is proposed now. Read it first."))
    close_amendment(order, why, by=by, now=now)
    order.save()
    return order


@transaction.atomic
def lapse_amendment(*, order_id: int, now: datetime) -> Order:
    """End a proposed change that nobody answered in time; the contract stays as it is."""
    order = Order.objects.locked(order_id)
    if not order.amendment_by or now < order.amendment_lapses_at:
        raise MovedOn("No proposed change lapses now.")
    close_amendment(order, Closed.LAPSED, now=now)
    order.save()
    return order
