"""What the case page shows: the contract beside the facts beside the evidence beside the guide, and all around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from accounts.models import User
from disputes import case_file, facts, guide
from disputes.actions.handling import decided_before
from disputes.admin.queue import ESCALATED_BY, urgency
from disputes.models import DecidedClaim, Decision, Dispute
from disputes.models.dispute import not_frozen
from disputes.precedents import like_cases
from events.models import Event
from orders.models import Order, ReceiptLine, ShipmentLine
from trade_assurance import money
from trade_assurance.templatetags.ta import moment

S = Dispute.Status
MESSAGES_SHOWN, EVENTS_SHOWN, VIEWS_SHOWN = 50, 200, 50
INTERNAL = (
    "dispute",
    "digest",
    "commitment",
    "sha256",
    "size",
)  # of an event's data, what says nothing to a reader here
AMOUNTS = ("award", "fee_back", "amount", "claimed", "cap", "fee", "held", "asked")


# the header -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Situation:
    """What is happening, what this person must do, and by when."""

    happening: str
    must: str
    deadline: datetime | None = None
    then: str = ""  # what the deadline is of


def situation(dispute: Dispute, user: User, proposal: Decision | None) -> Situation:
    """The case's header for one of the staff."""
    found = _situation(dispute, user, proposal)
    if dispute.is_frozen:
        return Situation(f"{found.happening} {not_frozen.sentence}", "Nothing now.")
    return found


def _situation(dispute: Dispute, user: User, proposal: Decision | None) -> Situation:
    status = dispute.status
    if status == S.CLOSED:
        paid = money.display(dispute.awarded_minor, dispute.currency)
        said = f"The case is closed: {dispute.get_outcome_display().lower()}. {paid} went to the {dispute.claimant}."
        return Situation(said, "Nothing.")
    if status == S.OPEN:
        return Situation(
            "The two sides are still talking.", "Nothing yet.", dispute.escalate_at, "then it comes to staff by itself"
        )
    if status == S.DECIDED:
        return Situation(
            "The decision is published. Each side may appeal once.",
            "Nothing, unless a side appeals.",
            dispute.appeal_ends_at,
            "then the decision is carried out",
        )
    if status in (S.RETURNING, S.REPLACING):
        what = "goods to go back" if status == S.RETURNING else "replacement"
        return Situation(
            f"The case waits for the {what}.",
            "Nothing. Risk staff may record what a carrier says of the delivery.",
            dispute.performance_due_at,
            "the next deadline of the parties",
        )
    return _with_staff(dispute, user, proposal)


def _with_staff(dispute: Dispute, user: User, proposal: Decision | None) -> Situation:
    happening = {
        S.EVIDENCE: "Escalated. Both sides add evidence.",
        S.REBUTTAL: "Evidence is in. Each side may answer what the other added last.",
        S.DECIDING: "The file is complete.",
        S.INSPECTION: "An inspection is under way; the clock of the decision waits.",
        S.APPEALED: "A side has appealed. Another adjudicator looks again.",
    }[dispute.status]
    due, decision_due = dispute.staff_due_at, "decision due"
    if not user.has_perm("disputes.decide"):
        return Situation(happening, "Nothing: adjudicators decide this case.", due, "due with staff")
    if proposal is not None:
        happening = f"Decision {proposal.number} is proposed and waits for a second adjudicator."
        if proposal.proposed_by_id == user.id:
            return Situation(happening, "Nothing: somebody else approves it or sends it back.", due, decision_due)
        return Situation(happening, "Read the proposed decision; approve it or send it back.", due, decision_due)
    if dispute.status == S.APPEALED and decided_before(dispute, user):
        return Situation(happening, "Nothing: you decided this case before.", due, decision_due)
    if dispute.adjudicator_id is None:
        return Situation(f"{happening} Nobody holds the case yet.", "Pick it up.", due, "to be picked up by")
    if dispute.adjudicator_id != user.id:
        name = dispute.adjudicator.get_full_name()
        return Situation(f"{happening} {name} holds the case.", "Nothing now.", due, decision_due)
    if dispute.status == S.INSPECTION:
        chosen = dispute.inspection.inspector_id is not None
        must = (
            "Enter the inspector’s report when it is there." if chosen else "Nothing: the buyer chooses an inspector."
        )
        return Situation(happening, must, dispute.inspection_ends_at, "then the case goes on as the file stands")
    if dispute.status == S.EVIDENCE:
        return Situation(
            happening,
            f"Read the file and ask for what is missing. Decide from {dispute.rebuttal_ends_at:%d %b %Y %H:%M} UTC.",
            dispute.evidence_ends_at,
            "evidence ends",
        )
    if dispute.status == S.REBUTTAL:
        must = "Read the file. You can decide when the rebuttal is over."
        return Situation(happening, must, dispute.rebuttal_ends_at, "rebuttal ends")
    return Situation(happening, "Decide it.", dispute.decide_by_at, decision_due)


# the four columns -----------------------------------------------------------------------------------------------------


def contract(dispute: Dispute) -> dict:
    """The accepted terms that matter: the contract's, and each disputed line's."""
    version = dispute.order.versions.in_force()
    if version is None:
        return {"version": None, "lines": []}
    terms = version.terms
    by_number = dict(enumerate(terms.lines, 1))
    disputed = dispute.disputed_lines.select_related("line").order_by("line__number")
    lines = [{"line": each.line, "terms": by_number.get(each.line.number), "cap": each.cap_minor} for each in disputed]
    return {"version": version, "terms": terms, "lines": lines}


def line_facts(dispute: Dispute, lines) -> list[dict]:
    """What the records say of each disputed line: shipped when, received how."""
    ids = [each["line"].id for each in lines]
    shipped: dict[int, list] = {}
    for part in (
        ShipmentLine.objects.filter(line_id__in=ids)
        .exclude(shipment__finding="false")
        .select_related("shipment")
        .order_by("shipment__number")
    ):
        shipped.setdefault(part.line_id, []).append(part)
    counted = {row.line_id: row for row in ReceiptLine.objects.filter(line_id__in=ids)}
    photos = case_file.taken_at_receipt(dispute)
    return [
        {
            "line": each["line"],
            "shipments": shipped.get(each["line"].id, []),
            "receipt": counted.get(each["line"].id),
            "photos": [photo for photo in photos if photo.line_id == each["line"].id],
        }
        for each in lines
    ]


def claims(dispute: Dispute, now: datetime) -> list[dict]:
    """Each claim with its figures, the guide's advice and like cases of its reason."""
    like: dict[str, list] = {}
    found = []
    for advice in facts.advice(dispute, now):
        claim, advised = advice.claim, advice.recommendation
        if claim.reason not in like:
            like[claim.reason] = like_cases(claim)
        found.append(
            {
                "claim": claim,
                "facts": [
                    (name.replace("_", " "), in_words(value))
                    for name, value in claim.facts.items()
                    if value is not False and value is not None
                ],
                "known": _known(advice, dispute.currency),
                "advice": advised,
                "outcome": _outcome(advised.outcome),
                "like": like[claim.reason],
            }
        )
    return found


def _known(advice, currency: str) -> list[tuple[str, str]]:
    """The facts that the guide was asked on, in words."""
    names = (*guide.FACTS.get(advice.claim.reason, ()), *guide.KNOWN)
    return [(guide.LABELS[name], fact(name, getattr(advice.found, name), currency)) for name in names]


def fact(name: str, value, currency: str) -> str:
    """A fact of the guide in words."""
    return money.display(value, currency) if name == "cost_minor" and value is not None else in_words(value)


def in_words(value) -> str:
    """A fact for a reader: yes and no, grouped figures, a dash for nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(in_words(each) for each in value)
    return "-" if value is None else str(value)


def _outcome(value: str) -> str:
    return DecidedClaim.Outcome(value).label


# around it ------------------------------------------------------------------------------------------------------------


def timeline(dispute: Dispute) -> list[dict]:
    """The order's events that carry this dispute's reference, newest first, and who acted."""
    events = list(
        Event.objects.filter(
            subject_kind="order", subject_id=dispute.order_id, data__dispute=dispute.reference
        ).order_by("-number")[:EVENTS_SHOWN]
    )
    people = User.objects.in_bulk({event.actor_id for event in events if event.actor_id})
    return [
        {
            "at": event.at,
            "words": event.kind.replace(".", ": ", 1).replace("_", " "),
            "who": people[event.actor_id].get_full_name() if event.actor_id in people else "By time",
            "with": ", ".join(
                f"{name.replace('_', ' ')} {_kept(name, value, dispute.currency)}"
                for name, value in event.data.items()
                if name not in INTERNAL and value not in (None, "", [], {})
            ),
        }
        for event in events
    ]


def _kept(name: str, value, currency: str) -> str:
    if name in AMOUNTS and isinstance(value, int) and not isinstance(value, bool):
        return money.display(value, currency)
    if name == "until":
        return moment(datetime.fromisoformat(value))
    return str(value) if isinstance(value, Mapping) else in_words(value)


def history(dispute: Dispute, now: datetime) -> list[dict]:
    """How both parties' orders and cases went so far; this case is not counted."""
    order = dispute.order
    sides = (
        ("Buyer", order.buyer.display_name, Q(buyer=order.buyer_id), Q(order__buyer=order.buyer_id)),
        ("Supplier", order.supplier.name, Q(supplier=order.supplier_id), Q(supplier=order.supplier_id)),
    )
    found = []
    for side, name, of_order, of_case in sides:
        orders = Order.objects.filter(of_order).aggregate(
            all=Count("id"), completed=Count("id", filter=Q(status=Order.Status.EXPIRED))
        )
        decided = Q(outcome=Dispute.Outcome.DECIDED)
        cases = Dispute.objects.filter(of_case).exclude(pk=dispute.pk)
        counted = cases.aggregate(
            all=Count("id"),
            upheld=Count("id", filter=decided & Q(awarded_minor__gt=0)),
            rejected=Count("id", filter=decided & Q(awarded_minor=0)),
            settled=Count("id", filter=Q(outcome=Dispute.Outcome.SETTLED)),
        )
        found.append({"side": side, "name": name, "orders": orders, "cases": counted, "points": None})
    points = order.supplier.penalty_points.counting(now).aggregate(points=Sum("points"))
    found[1]["points"] = points["points"] or 0
    return found


def case(dispute: Dispute, user: User, now: datetime) -> dict:
    """Everything on the case page."""
    decisions = list(dispute.decisions.select_related("proposed_by", "approved_by").order_by("-number"))
    proposal = next((each for each in decisions if each.status == Decision.Status.PROPOSED), None)
    agreed = contract(dispute)
    photos, disputed = case_file.taken_at_receipt(dispute), {each["line"].id for each in agreed["lines"]}
    adding = case_file.may_add(dispute, case_file.STAFF, now)
    may_file = case_file.side_for(dispute, user) == case_file.STAFF and adding.allowed
    now_is = situation(dispute, user, proposal)
    written = dispute.order.messages.select_related("author").order_by("-sent_at")
    return {
        "dispute": dispute,
        "order": dispute.order,
        "currency": dispute.currency,
        "now": now,
        "situation": now_is,
        "urgency": urgency(now_is.deadline, now) if now_is.deadline else ("", ""),
        "escalated_by": ESCALATED_BY.get(dispute.escalated_by, ""),
        "decisions": decisions,
        "proposal": proposal,
        "sent_back": next((d for d in decisions[:1] if d.status == Decision.Status.SENT_BACK), None),
        "contract": agreed,
        "facts": line_facts(dispute, agreed["lines"]),
        "other_photos": [photo for photo in photos if photo.line_id not in disputed],
        "claims": claims(dispute, now),
        "messages_written": list(written[:MESSAGES_SHOWN]),
        "evidence": list(dispute.evidence.order_by("number")),
        "may_file": may_file,
        "offers": list(dispute.offers.prefetch_related("lines__line").order_by("-number")),
        "questions": list(dispute.questions.select_related("asked_by").order_by("-asked_at")),
        "inspection": getattr(dispute, "inspection", None),
        "appeals": list(dispute.appeals.order_by("filed_at")),
        "performances": list(dispute.performances.order_by("-began_at")),
        "history": history(dispute, now),
        "timeline": timeline(dispute),
        "views": list(dispute.views.select_related("user").order_by("-id")[:VIEWS_SHOWN]),
    }
