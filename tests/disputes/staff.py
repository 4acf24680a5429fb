"""Adjudicators, and cases brought to where they decide, through the real actions."""

import uuid
from datetime import timedelta

from django.contrib.auth.models import Group

from disputes import actions, facts
from disputes.actions import Finding
from orders import actions as order_actions
from tests import cases, stories

HOUR = timedelta(hours=1)


def adjudicator(name: str):
    """A person of the staff who decides; they are nobody's buyer or seller."""
    user = stories.person(f"{name}@staff.test", full_name=f"{name.title()} Staff", is_staff=True)
    user.groups.add(Group.objects.get(name="adjudicator"))
    return type(user).objects.get(pk=user.pk)  # permissions are cached on the instance


def says(dispute, by, body):
    """Words on the order since the claim: evidence by themselves, and of the supplier an answer."""
    order_actions.write_message(order_id=dispute.order_id, key=uuid.uuid4(), body=body, by=by, now=dispute.filed_at)


def advised(dispute, now, **changes) -> list[Finding]:
    """What the guide recommends, as findings."""
    return [
        Finding(
            each.claim.id,
            changes.get("outcome", each.recommendation.outcome),
            changes.get("amount_minor", each.recommendation.amount_minor),
            changes.get("found", {}),
            "As the photos show.",
        )
        for each in facts.advice(dispute, now)
    ]


def held(world, by, *, is_shown=True, is_answered=True, **story):
    """A case that is to be decided, picked up by `by`, and the moment after."""
    dispute = cases.deciding(world, **story)
    if is_shown:
        says(dispute, world.buyer, "The photos show the scratches.")
    if is_answered:
        says(dispute, world.seller, "They left our works without a scratch.")
    now = dispute.rebuttal_ends_at + HOUR
    actions.pick_up(dispute_id=dispute.id, by=by, now=now)
    return cases.fresh(dispute), now + HOUR


def propose(dispute, by, now, findings=None, **changes):
    values = {
        "facts": "Four of twenty were scratched.",
        "rules": ["Remedies"],
        "reasons": "The sample shows defects beyond the acceptable limit.",
        "summary": "Scratched lamps: a fifth of their value was refunded.",
        "at_fault": "supplier",
    } | changes
    return actions.propose(
        dispute_id=dispute.id,
        findings=advised(dispute, now) if findings is None else findings,
        by=by,
        now=now,
        **values,
    )


def deviating(dispute, by, now, amount_minor=100_00, **changes):
    """A decision for less than the guide recommends, which needs a reason and a second adjudicator."""
    findings = advised(dispute, now, outcome="partial_refund", amount_minor=amount_minor)
    return propose(dispute, by, now, findings, deviation_reason="The lamps were sold at a discount.", **changes)
