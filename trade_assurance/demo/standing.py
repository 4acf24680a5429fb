"""What companies ask of our staff and staff say of them: verification, a pause, an order that does not count."""

from datetime import timedelta

from orders import actions as order_actions
from orders.actions.flagging import flag
from orders.models import Order, Review
from suppliers import actions
from suppliers.models import Document, Supplier
from trade_assurance.demo import papers
from trade_assurance.demo.stage import Stage, Story, days, hours
from trade_assurance.rulebook import CURRENT

Kind = Document.Kind


def verified_on_site(stage: Stage) -> Story:
    """The sign-in's company, by its papers and an inspector's report."""
    company, owner, risk = _who(stage, "lumenworks")
    licence = ["Lumenworks Foshan Co., Ltd.", "Registered 2009, Foshan, Guangdong", "Scope: lamps and fittings"]
    _show(stage, "lumenworks", Kind.LICENCE, papers.document("business licence.pdf", "Business licence", licence))
    tax = ["Taxpayer: Lumenworks Foshan Co., Ltd.", "General taxpayer since 2009"]
    _show(stage, "lumenworks", Kind.TAX, papers.document("tax registration.pdf", "Tax registration", tax))
    asked = actions.ask_verification(
        supplier_id=company.id, note="An inspector may come any weekday.", by=owner, now=stage.now
    )
    yield days(6)
    found = ["Visited: foundry, coating line, test room, store", "84 people at work, 3 shifts", "Licence seen"]
    report = actions.add_document(
        supplier_id=company.id,
        kind=Kind.REPORT,
        upload=papers.document("inspection report.pdf", "Report of an inspection on site", found),
        by=risk,
        now=stage.now,
    )
    actions.accept_verification(
        verification_id=asked.id,
        level=Supplier.Level.INSPECTED,
        expires_on=(stage.now + timedelta(days=CURRENT.verification_days)).date(),
        inspected_on=(stage.now - days(2)).date(),
        inspector="Pearl Delta Inspection",
        report_id=report.id,
        by=risk,
        now=stage.now,
    )


def waits_to_be_verified(stage: Stage) -> Story:
    company, owner, _ = _who(stage, "vidrios")
    licence = ["Vidrios del Sur S.A. de C.V.", "Registered 2019, Guadalajara, Jalisco", "Scope: blown glass"]
    _show(stage, "vidrios", Kind.LICENCE, papers.document("acta constitutiva.pdf", "Business licence", licence))
    letter = ["Account holder: Vidrios del Sur S.A. de C.V.", "Account open since 2019"]
    _show(stage, "vidrios", Kind.BANK, papers.document("carta del banco.pdf", "Letter of the bank", letter))
    yield hours(2)
    note = "The licence is in Spanish; a sworn translation can follow within a week."
    actions.ask_verification(supplier_id=company.id, note=note, by=owner, now=stage.now)


def paused(stage: Stage) -> Story:
    """A bill of lading that the carrier doesn't know: no new orders until staff have looked at it."""
    company, _, risk = _who(stage, "anatolia")
    order = Order.objects.filter(supplier=company, status=Order.Status.EXPIRED).order_by("-closed_at").first()
    actions.note_forged(
        supplier_id=company.id,
        reference=order.reference,
        is_unresolved=False,
        reason="The carrier does not know the bill of lading",
        by=risk,
        now=stage.now,
    )
    yield from ()


def judged(stage: Stage) -> Story:
    """A review that advertises is removed, and an order between neighbours counts for no rating."""
    company, _, risk = _who(stage, "orbita")
    review = Review.objects.get(supplier=company, text__contains="https://")
    order_actions.remove_review(review_id=review.id, because=Review.Removed.ADVERT, by=risk, now=stage.now)
    yield hours(1)
    order = Order.objects.filter(supplier=_who(stage, "kestrel")[0], status=Order.Status.EXPIRED).earliest("closed_at")
    flag(order_id=order.id, reason="Buyer and supplier share an address", by=risk, now=stage.now)


def follow_ratings(stage: Stage) -> None:
    """From now on stars follow from each company's orders, and the limit too unless open orders hold more of it."""
    for key in stage.cast.companies:
        company, _, risk = _who(stage, key)
        kept = Supplier.objects.get(pk=company.id)
        if not kept.stars_reason:
            continue
        act = {"supplier_id": company.id, "by": risk, "now": stage.now}
        rated = actions.follow_rating(reason="It has orders enough to be rated by them", **act)
        if rated.limit_minor < 2 * kept.reserved_minor:
            reason = "Kept for the orders that are open"
            actions.set_limit(limit_minor=kept.limit_minor, reason=reason, **act)
    actions.rerate_many(supplier_ids=[company.id for company in stage.cast.companies.values()], now=stage.now)


def _who(stage: Stage, key: str):
    return stage.company(key), stage.cast.owners[key], stage.buyer("risk")


def _show(stage: Stage, key: str, kind: str, upload) -> None:
    company, owner, _ = _who(stage, key)
    actions.add_document(supplier_id=company.id, kind=kind, upload=upload, by=owner, now=stage.now)
