"""Filing a claim on its page: what can be claimed and why not, the amount before it is filed, each click done once."""

import uuid

import pytest
import time_machine
from django.urls import reverse

from disputes.models import Dispute
from orders.terms import LineTerms
from tests import cases, stories
from tests.cases import FILED
from tests.disputes.test_pages import claim_url, client_of, text_of
from tests.stories import DAY, NOW


def typed(line, reason="quality", **changes) -> dict:
    """What a buyer types for one reason on one line."""
    figures = {"inspected": "20", "critical": "0", "major": "4", "minor": "0"} if reason == "quality" else {}
    values = {"pick": "on", "agreed": "Brass, no scratches", "came": "Scratches", "wish": "refund"} | figures | changes
    return {f"{line.id}-{reason}-{name}": value for name, value in values.items()}


def test_a_claim_is_worked_out_first_and_filed_once(world):
    order = stories.received(world, cases.two_lines())
    buyer, line = client_of(world.buyer), order.lines.get(number=1)
    sending = {"key": str(uuid.uuid4())} | typed(line)
    with time_machine.travel(FILED, tick=False):
        page = text_of(buyer.get(claim_url(order)))
        assert "Quality not as agreed" in page and "Not shipped: " not in page and "all goods" in page.lower()
        shown = text_of(buyer.post(claim_url(order), sending | {"check": "1"}))
        assert "4 of 20 inspected with major defects" in shown and "File the claim for USD 1,200.00" in shown
        assert not Dispute.objects.exists()
        stale = buyer.post(claim_url(order), sending | {"file": "1", "shown": "1/1"})
        assert stale.status_code == 422 and "The amount has changed" in text_of(stale)
        filing = sending | {"file": "1", "shown": "120000/120000"}
        first, second = (buyer.post(claim_url(order), filing) for _ in range(2))  # a double click
    dispute = Dispute.objects.get()
    assert first["Location"] == second["Location"] == dispute.get_absolute_url()
    assert (dispute.claimed_minor, dispute.claims.get().came) == (1_200_00, "Scratches")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"inspected": ""}, "Give a whole number"),
        ({"inspected": "61"}, "No more than 60 pieces could be inspected"),
        ({"major": "21"}, "Count each defective unit once"),
        ({"major": "many"}, "Give a whole number, such as 1,200"),
        ({"came": ""}, "Say in your own words what came"),
        ({"came": "x" * 2001}, "Keep this to 2,000 characters"),
        ({"wish": "return"}, "a return needs the supplier’s consent"),
        ({"wish": "gold"}, "Select a valid choice"),
        ({"major": "10"}, "This is severe. To keep the goods, say a share off between 50% and 80%"),
        ({"major": "10", "keep": "90"}, "Choose between 50 % and 80 %"),
        ({"major": "0"}, "within the acceptable quality limit"),
        ({"asked": "1200.01"}, "at most USD 1,200.00"),
        ({"asked": "0"}, "above zero"),
    ],
)
def test_what_is_wrong_with_a_claim_is_said_at_its_field_and_what_was_typed_is_kept(world, changes, says):
    order = stories.received(world, cases.two_lines())
    line = order.lines.get(number=1)
    with time_machine.travel(FILED, tick=False):
        sending = {"key": str(uuid.uuid4()), "file": "1", "shown": "120000/120000"} | typed(line, **changes)
        answer = client_of(world.buyer).post(claim_url(order), sending)
    page = text_of(answer).replace("&#x27;", "’").replace("supplier's", "supplier’s")
    assert answer.status_code == 422 and says in page and "Brass, no scratches" in page
    assert "<title>Error:" in page and not Dispute.objects.exists()


def test_what_cannot_be_claimed_says_why_and_from_when(world):
    order = stories.paid(world)
    with time_machine.travel(NOW + DAY, tick=False):
        page = text_of(client_of(world.buyer).get(claim_url(order)))
        assert "Nothing can be claimed now" in page and "The supplier has until the ship-by date" in page
        assert "1 Oct 2026" in page and "File the claim for" not in page
        assert client_of(world.seller).get(claim_url(order)).status_code == 403
        assert client_of(world.stranger).get(claim_url(order)).status_code == 404
        tried = typed(order.lines.get(), "non_shipment", quantity="100") | {"file": "1", "key": str(uuid.uuid4())}
        assert client_of(world.buyer).post(claim_url(order), tried).status_code == 409
    assert not Dispute.objects.exists()


def test_what_was_not_shipped_is_ready_to_claim_with_the_date_of_its_award(world):
    order = stories.paid(world, cases.two_lines())
    with time_machine.travel(order.ship_by_at + DAY, tick=False):
        page = text_of(client_of(world.buyer).get(reverse("orders:detail", args=[order.reference])))
        assert "Cancel what is not shipped" in page and "0.5% of the late value" in page and "5 Oct 2026" in page
        page = text_of(client_of(world.buyer).get(claim_url(order) + "?reason=non_shipment"))
        assert page.count(" data-pick checked") == 2 and 'value="60"' in page


def test_a_long_contract_asks_first_which_lines(world):
    lines = tuple(LineTerms(product=f"Part {n}", quantity=1, unit="piece", unit_price_minor=500_00) for n in range(20))
    order = stories.received(world, stories.terms(lines=lines))
    line = order.lines.get(number=7)
    with time_machine.travel(FILED, tick=False):
        page = text_of(client_of(world.buyer).get(claim_url(order)))
        assert "Which lines is it about?" in page and "Part 19" in page
        page = text_of(client_of(world.buyer).get(claim_url(order), {"line": line.id}))
        assert "Part 6" in page and "Part 19" not in page


def test_the_supplier_claims_its_cost_once(world):
    order = stories.clear(stories.placed(world), 1)
    seller, address = client_of(world.seller), reverse("disputes:claim_cost", args=[order.reference])
    sending = {"key": str(uuid.uuid4()), "amount": "500", "statement": "Brass"}
    due = order.instalments.get(number=2).due_at
    with time_machine.travel(due + DAY, tick=False):
        assert "14 days overdue" in text_of(seller.get(address, follow=True))
    with time_machine.travel(due + 15 * DAY, tick=False):
        assert client_of(world.buyer).get(address).status_code == 403
        bad = seller.post(address, sending | {"amount": "5000", "file": "1"})
        assert bad.status_code == 422 and "USD 2,000.00" in text_of(bad) and "Brass" in text_of(bad)
        assert "Cancel and claim USD 500.00" in text_of(seller.post(address, sending | {"check": "1"}))
        filing = sending | {"file": "1", "shown": "50000"}
        for _ in range(2):
            assert seller.post(address, filing).status_code == 302
    assert Dispute.objects.get().claimed_minor == 500_00


def test_a_line_that_is_no_number_of_ours_is_not_chosen(client, world):
    order = stories.received(world, cases.two_lines())
    client.force_login(world.buyer)
    page = reverse("disputes:claim", args=[order.reference])
    assert client.get(page, {"line": ["9" * 5000, "x", ""]}).status_code == 200
