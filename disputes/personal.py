"""What cases keep about a person: its claims and files; and what goes of a case once it was kept long enough."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from accounts.personal import Holding
from disputes.models import Appeal, Claim, Dispute, Evidence, Inspection, Offer, Performance, Question
from orders.emptying import ERASED, Part
from orders.models import Order
from orders.personal import of_person


def waits(user: User, now: datetime) -> list[str]:
    """A case that is not closed delays erasure, also one of an order that is."""
    cases = list(
        Dispute.objects.open().filter(order__in=of_person(user)).order_by("id").values_list("reference", flat=True)
    )
    if not cases:
        return []
    said = _("Cases are still open: {cases} and more.") if len(cases) > 3 else _("Cases are still open: {cases}.")
    return [said.format(cases=", ".join(cases[:3]))]


def rows(user: User) -> list[dict]:
    """What the person claimed, offered and handed in."""
    claims = Claim.objects.filter(dispute__filed_by=user).select_related("dispute").order_by("id")
    offers = Offer.objects.filter(by=user).select_related("dispute").order_by("id")
    handed = Evidence.objects.filter(added_by=user).select_related("dispute").order_by("id")
    return [
        *({"case": c.dispute.reference, "reason": c.reason, "agreed": c.agreed, "came": c.came} for c in claims),
        *({"offer_in": o.dispute.reference, "at": o.made_at, "note": o.note, "status": o.status} for o in offers),
        *({"file_in": e.dispute.reference, "name": e.name, "note": e.note, "sha256": e.sha256} for e in handed),
    ]


def files(user: User) -> list[tuple]:
    """Evidence that the person handed in, as it came."""
    handed = Evidence.objects.filter(added_by=user).exclude(file="").order_by("id")
    return [(f"evidence/{each.pk}-{each.name}", each.file) for each in handed]


HOLDING = Holding("cases", _lazy("Claims, offers, evidence"), rows=rows, files=files, waits=waits)


def evidence_of(order: Order) -> list:
    """The stored files of an order's cases."""
    kept = Evidence.objects.filter(dispute__order=order)
    return [stored for each in kept for stored in (each.file, each.preview) if stored]


def blank(order: Order) -> None:
    """Take the words of an order's cases away; reasons of decisions stay, they are published without names."""
    cases = {"dispute__order": order}
    Evidence.objects.filter(**cases).update(file="", preview="", name=ERASED, note="")
    Claim.objects.filter(**cases).update(agreed=ERASED, came=ERASED)
    Offer.objects.filter(**cases).update(note="")
    Offer.objects.filter(**cases).exclude(replacement="").update(replacement=ERASED)
    Appeal.objects.filter(**cases).update(reasons=ERASED)
    Question.objects.filter(**cases).update(text=ERASED)
    Inspection.objects.filter(**cases).update(question=ERASED)
    Inspection.objects.filter(**cases).exclude(findings="").update(findings=ERASED)
    Performance.objects.filter(**cases).exclude(contested_because="").update(contested_because=ERASED)
    Performance.objects.filter(**cases).exclude(wanted="").update(wanted=ERASED)


PART = Part(
    evidence_of,
    blank,
    (
        "disputes.Evidence:append_only",
        "disputes.Offer:fixed",
        "disputes.Appeal:fixed",
        "disputes.Question:fixed",
    ),
)
