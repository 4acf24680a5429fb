"""The pages of disputes: for both sides in every state, with what was typed kept and every click done once."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from disputes import actions
from disputes.models import Dispute
from tests import cases, stories
from tests.cases import FILED
from tests.stories import DAY, NOW

HOUR = timedelta(hours=1)


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name, dispute, *args):
    return reverse(f"disputes:{name}", args=[dispute.reference, *args])


def claim_url(order):
    return reverse("disputes:claim", args=[order.reference])


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def typed(line, reason="quality", **changes) -> dict:
    """What a buyer types for one reason on one line."""
    figures = {"inspected": "20", "critical": "0", "major": "4", "minor": "0"} if reason == "quality" else {}
    values = {"pick": "on", "agreed": "Brass, no scratches", "came": "Scratches", "wish": "refund"} | figures | changes
    return {f"{line.id}-{reason}-{name}": value for name, value in values.items()}


def settled(world):
    dispute = cases.claimed(world)
    return cases.settle(dispute, world, 1_000_00)


def offered(world):
    dispute = cases.claimed(world)
    actions.make_offer(
        dispute_id=dispute.id, key=uuid.uuid4(), amount_minor=700_00, by=world.seller, now=FILED + HOUR, note="A part."
    )
    return cases.fresh(dispute)


def returning(world):
    dispute = cases.claimed(world)
    return cases.settle(dispute, world, 1_000_00, with_return=True, freight_by="supplier")


def replacing(world):
    dispute = cases.claimed(world)
    again = {"replacement": "20 lamps", "replace_by_at": FILED + 10 * DAY}
    return cases.settle(dispute, world, 100_00, **again)


def withdrawn(world):
    dispute = cases.claimed(world)
    return actions.withdraw_claim(dispute_id=dispute.id, by=world.buyer, now=FILED + HOUR)


STATES = {
    "claimed": cases.claimed,
    "unshipped": cases.unshipped,
    "offered": offered,
    "escalated": cases.escalated,
    "deciding": cases.deciding,
    "settled": settled,
    "returning": returning,
    "replacing": replacing,
    "withdrawn": withdrawn,
}


@pytest.mark.parametrize("state", STATES)
def test_both_sides_read_the_case_in_every_state(world, state):
    dispute = cases.fresh(STATES[state](world))
    with time_machine.travel(max(FILED + 2 * HOUR, dispute.filed_at + HOUR), tick=False):
        for user in (world.buyer, world.seller, world.bookkeeper):
            client = client_of(user)
            page = text_of(client.get(url("detail", dispute)))
            assert dispute.reference in page and 'style="' not in page
            part = client.get(url("detail", dispute) + "?part=talk&seen=1", headers={"HX-Request": "true"})
            assert part.status_code == 200 and "<html" not in text_of(part) and "HX-Request" in part["Vary"]
            assert client.get(reverse("orders:detail", args=[dispute.order.reference])).status_code == 200
            assert dispute.reference in text_of(client.get(reverse("disputes:list")))
        for user in (world.stranger, world.rival_seller):
            assert client_of(user).get(url("detail", dispute)).status_code == 404
