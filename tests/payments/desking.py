"""Finance staff, and what they do at the desk, for tests of it."""

from django.contrib.auth.models import Group

from payments import actions
from payments.models import BankEntry
from tests import stories
from tests.payments.conftest import NOW, wire


def finance(name="fin"):
    """A person of finance; permissions are cached on the instance, so it is read anew."""
    person = stories.person(f"{name}@staff.test", full_name=name.title(), is_staff=True)
    person.groups.add(Group.objects.get(name="finance"))
    return type(person).objects.get(pk=person.pk)


def part(order, number=1):
    return order.instalments.get(number=number)


def large(world, amount_minor=20_000_00, **changes):
    """An order of USD 20,000 in one instalment, and a transfer for it without a reference."""
    order = stories.placed(world, stories.simple_terms(20_000_00))
    return order, wire(order, amount_minor=amount_minor, reference="lamps", **changes)


def propose(entry, order, by, now=NOW):
    actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=by, now=now)
    return entry.proposals.get(state="open")


def confirm(proposal, by, now=NOW, digest=None):
    return actions.confirm_proposal(proposal_id=proposal.id, digest=digest or proposal.digest, by=by, now=now)


def fresh(entry):
    return BankEntry.objects.get(pk=entry.pk)


def untouched(entry):
    """What a refused act must leave as it was."""
    row = BankEntry.objects.filter(pk=entry.pk).values().get()
    return row, list(entry.proposals.order_by("id").values()), BankEntry.objects.count()
