"""What companies keep about a person: its memberships, and the papers it handed in."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from accounts.personal import Holding
from suppliers import actions
from suppliers.models import Document, Member


def alone(user: User) -> list[Member]:
    """The memberships of companies that nobody else works for: what they owe, this person owes."""
    members = list(Member.objects.of(user).order_by("id"))
    shared = Member.objects.filter(supplier__in=[m.supplier_id for m in members]).exclude(user=user)
    others = set(shared.values_list("supplier_id", flat=True))
    return [member for member in members if member.supplier_id not in others]


def rows(user: User) -> list[dict]:
    """Each company that the person works for, with its role."""
    return [
        {"company": m.supplier.name, "country": m.supplier.country, "role": m.role, "joined": m.joined_at}
        for m in Member.objects.of(user).order_by("id")
    ]


def files(user: User) -> list[tuple]:
    """The papers that the person handed in for its company, as they came."""
    papers = Document.objects.kept().filter(added_by=user).order_by("id")
    return [(f"company/{paper.pk}-{paper.name}", paper.file) for paper in papers]


def waits(user: User, now: datetime) -> list[str]:
    """A company keeps an owner as long as anybody works for it."""
    mine = Member.objects.of(user).filter(role=Member.Role.OWNER).order_by("id")
    last = [m for m in mine if not m.supplier.members.filter(role=Member.Role.OWNER).exclude(user=user).exists()]
    closing = {m.pk for m in alone(user)}
    return [
        _("You are the only owner of {company}, and others work for it. Make one of them an owner first.").format(
            company=m.supplier.name
        )
        for m in last
        if m.pk not in closing
    ]


HOLDING = Holding(
    "companies",
    _lazy("Companies that you work for"),
    rows=rows,
    files=files,
    waits=waits,
    erase=lambda user, now: actions.leave_all(user=user, now=now),
)
