"""Which cases wait for a side, for what and until when: for lists, both home pages and the order's page.

Everything here reads a bounded number of queries however many cases there are; `with_talk` fetches what it needs.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.translation import gettext as _

from disputes.models import Dispute, Evidence, Offer, Performance, Question
from disputes.steps.talking import OFFERS_IN
from orders.models import Order
from orders.steps import Step

S = Dispute.Status
BUYER, SUPPLIER = Order.Side.BUYER, Order.Side.SUPPLIER
SENDS = {BUYER: Performance.Kind.RETURN, SUPPLIER: Performance.Kind.REPLACEMENT}
NEAREST = 20


def other(side: str) -> str:
    """The other side of a case."""
    return SUPPLIER if side == BUYER else BUYER


def _offers_to(side: str, now: datetime):
    """Offers on the table that `side` may answer: the other side's, and the midpoint until it has accepted it."""
    live = Offer.objects.live().filter(expires_at__gt=now).exclude(side=side)
    return live.exclude(Q(side="") & Q(**{f"{side}_accepted_at__isnull": False}))


def _open_questions(side: str, now: datetime):
    """What staff asked of a side that has added nothing since."""
    since = Evidence.objects.filter(
        dispute=OuterRef("dispute"), side=OuterRef("side"), added_at__gte=OuterRef("asked_at")
    )
    return Question.objects.filter(~Exists(since), side=side, due_at__gt=now)


def needing(disputes, side: str, now: datetime):
    """Of these cases, the ones that wait for `side`."""
    mine = OuterRef("pk")
    standing = Performance.objects.filter(dispute=mine, ended_at__isnull=True)
    to_send = standing.filter(kind=SENDS[side], sent_at__isnull=True)
    to_check = standing.filter(kind=SENDS[other(side)], delivered_at__isnull=False)
    waits = Q(Exists(_offers_to(side, now).filter(dispute=mine)), status__in=OFFERS_IN)
    waits |= Q(status=S.OPEN, claimant=other(side), answered_at__isnull=True)
    waits |= Q(Exists(_open_questions(side, now).filter(dispute=mine)), status__in=Dispute.WITH_STAFF)
    waits |= Q(Exists(to_send) | Exists(to_check), status__in=(S.RETURNING, S.REPLACING))
    if side == BUYER:
        waits |= Q(status=S.INSPECTION, inspection__inspector__isnull=True)
    return disputes.running().filter(waits)


def with_talk(disputes, side: str, now: datetime):
    """These cases with what `waits_for` and the words about them read."""
    return disputes.select_related("order__buyer", "order__supplier", "inspection").prefetch_related(
        Prefetch("offers", Offer.objects.live().filter(expires_at__gt=now).order_by("-number"), to_attr="on_table"),
        Prefetch("performances", Performance.objects.filter(ended_at__isnull=True), to_attr="standing"),
        Prefetch("questions", _open_questions(side, now).order_by("due_at"), to_attr="asked"),
    )


def fill_talk(dispute: Dispute, offers: list[Offer], side: str, now: datetime) -> None:
    """The same for one case whose offers are known, newest first; asks only for what its state can have."""
    dispute.on_table = [each for each in offers if each.status == Offer.Status.LIVE and each.expires_at > now]
    performs = dispute.status in (S.RETURNING, S.REPLACING)
    dispute.standing = list(dispute.performances.filter(ended_at__isnull=True)) if performs else []
    asks = dispute.status in Dispute.WITH_STAFF
    questions = _open_questions(side, now).filter(dispute=dispute).order_by("due_at") if asks else []
    dispute.asked = list(questions)


def to_answer(dispute: Dispute, side: str) -> Offer | None:
    """The newest offer on the table that `side` may answer, of a case from `with_talk`."""
    if dispute.status not in OFFERS_IN:
        return None
    for offer in dispute.on_table:
        if offer.side != side and not (offer.is_midpoint and offer.accepted_by(side)):
            return offer
    return None


def waits_for(dispute: Dispute, side: str) -> Step | None:
    """What a case from `with_talk` waits for from `side`, with its deadline; None when it is not its move."""
    if not dispute.is_open or dispute.is_frozen or dispute.frozen_at is not None:
        return None

    def step(label: str, deadline: datetime | None, silence: str) -> Step:
        return Step("case", label, True, "", deadline, silence, ("disputes:detail", dispute.reference), True)

    if dispute.standing and dispute.status in (S.RETURNING, S.REPLACING):
        performance = dispute.standing[0]
        is_return = performance.kind == Performance.Kind.RETURN
        if performance.sender == side and performance.sent_at is None:
            if is_return:
                return step(
                    _("Send the goods back"), dispute.performance_due_at, _("Without tracking the claim lapses.")
                )
            return step(_("Send the replacement"), dispute.performance_due_at, _("Then the buyer is refunded instead."))
        if performance.sender != side and performance.delivered_at is not None:
            silence = _("Then the buyer is refunded.") if is_return else _("Then it counts as accepted.")
            return step(_("Check what arrived"), performance.check_by_at, silence)
    if dispute.status == S.INSPECTION and side == BUYER and dispute.inspection.inspector_id is None:
        silence = _("Then there is no inspection; the file is decided as it stands.")
        return step(_("Choose an inspector"), dispute.inspection_ends_at, silence)
    if dispute.status == S.OPEN and side == dispute.respondent and dispute.answered_at is None:
        silence = _("Then staff may be asked to decide; silence counts against you.")
        if dispute.award_at is not None:
            silence = _("If nothing is shipped by then, the buyer is refunded by itself.")
            if dispute.awards_silence:
                silence = _("Without an answer by then, the buyer gets what it claims by itself.")
        return step(_("Answer the claim"), dispute.award_at or dispute.answer_due_at, silence)
    if dispute.asked and dispute.status in Dispute.WITH_STAFF:
        return step(_("Answer our staff"), dispute.asked[0].due_at, _("Then the file is decided as it stands."))
    if (offer := to_answer(dispute, side)) is not None:
        return step(_("Answer the offer"), offer.expires_at, _("The offer expires then and nothing is agreed."))
    return None


def cases_of(user, side: str, supplier=None):
    """The cases that a person sees: as a buyer, or for the company in use."""
    if side == SUPPLIER:
        return Dispute.objects.filter(supplier=supplier)
    return Dispute.objects.filter(order__buyer=user)


def waiting(user, side: str, supplier, now: datetime) -> list[tuple[Order, Step]]:
    """The cases that wait for a person, for its home page: each order with what it is to do; at most 20."""
    cases = needing(cases_of(user, side, supplier), side, now)
    rows = with_talk(cases, side, now).order_by("escalate_at", "id")[:NEAREST]
    return [(each.order, step) for each in rows if (step := waits_for(each, side)) is not None]
