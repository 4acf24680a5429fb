"""A finance clerk with bad intent, or clumsy hands: each gets one clear sentence, and nothing is half done."""

import pytest

from payments.models import BankEntry, MatchProposal, Payment
from tests import stories
from tests.payments.conftest import wire
from tests.payments.desking import finance, fresh, large, part, propose
from tests.payments.test_desk_pages import desk, proposals, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def fin(world, client):
    person = finance()
    sign_in(client, person)
    return person


def said(client, url, given=None) -> str:
    """What a page says after a form was sent, or was opened, with its redirects."""
    answer = client.get(url, follow=True) if given is None else client.post(url, given, follow=True)
    assert answer.status_code in (200, 403, 422)
    return answer.content.decode()


def test_the_same_person_in_two_tabs_is_no_second_person(world, client, fin):
    order, entry = large(world)
    given = {"rf_reference": part(order).rf_reference}
    assert "A second person of finance confirms it" in said(client, desk(entry, "match"), given)
    assert "A proposal waits for this entry" in said(client, desk(entry, "match"), given)  # the other tab
    proposal = MatchProposal.objects.get()
    assert "somebody else must confirm it" in said(client, proposals(proposal, "confirm"))
    answer = said(client, proposals(proposal, "confirm"), {"digest": proposal.digest})
    assert "You proposed this, so somebody else must confirm it. Nothing was changed." in answer
    assert (fresh(entry).status, Payment.objects.count()) == ("suspense", 0)


def test_one_entry_matched_twice_by_two_tabs_pays_once(world, client, fin):
    order = stories.placed(world)
    entry = wire(order, reference="")
    for number, sentence in ((1, "is matched."), (2, "This entry is matched already. Nothing was changed.")):
        assert sentence in said(client, desk(entry, "match"), {"rf_reference": part(order, number).rf_reference})
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("name", ["match", "split", "refund", "send_back", "ask_buyer"])
def test_back_after_a_posted_form_says_what_the_entry_is(world, client, fin, name):
    order = stories.placed(world)
    entry = wire(order, reference="")
    client.post(desk(entry, "match"), {"rf_reference": part(order).rf_reference})
    reference = part(order, 2).rf_reference
    given = {"rf_reference": reference, "parts": f"{reference} 1.00", "reason": "No"}
    for form in (None, given):
        assert "This entry is matched already. Nothing was changed." in said(client, desk(entry, name), form)
    assert (Payment.objects.count(), BankEntry.objects.count()) == (1, 1)


def test_back_after_a_proposal_ended_says_how(world, client, fin):
    order, entry = large(world)
    proposal = propose(entry, order, finance("ann"))
    assert client.post(proposals(proposal, "decline"), {"reason": "Wrong"}).status_code == 302
    for name, given in (("confirm", {"digest": proposal.digest}), ("decline", {"reason": "Again"})):
        assert "This proposal waits no more: declined. Nothing was changed." in said(client, proposals(proposal, name))
        assert "This proposal waits no more, it is declined" in said(client, proposals(proposal, name), given)
    assert fresh(entry).status == "suspense"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("{one} -5.00", "Line 1: "),
        ("{one} 0", "Each part is more than zero"),
        ("{one} 3,000.00\n{two} 99,999,999.00", "more than the USD 3,500.00 that came"),
        ("{one} 3.000,00", "Line 1: "),
        ("{one} 1.005", "Line 1: "),
        ("{one} USD 5.00", "Line 1: "),
        ("{foreign} 5.00", "It is in USD, order"),
    ],
)
def test_a_split_that_cannot_be_names_what_is_wrong(world, client, fin, typed, sentence):
    order = stories.placed(world)
    foreign = stories.placed(world, stories.terms(currency="EUR"))
    entry = wire(order, reference="", amount_minor=3_500_00)
    names = {"one": part(order), "two": part(order, 2), "foreign": part(foreign)}
    answer = client.post(
        desk(entry, "split"), {"parts": typed.format(**{key: row.rf_reference for key, row in names.items()})}
    )
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert (fresh(entry).status, BankEntry.objects.count(), Payment.objects.count()) == ("suspense", 1, 0)


def test_more_is_never_returned_than_it_has(world, client, fin):
    order = stories.placed(world)
    entry = wire(order, reference="")
    assert "is on its way back" in said(client, desk(entry, "send_back"), {"reason": "Unknown"})
    for name in ("send_back", "refund"):
        given = {"reason": "Again", "rf_reference": part(order).rf_reference}
        assert "on its way back to the sender already" in said(client, desk(entry, name), given)
    assert fresh(entry).returns == 1


def test_a_session_that_ended_in_the_middle_of_a_form_changes_nothing(world, client, fin):
    order = stories.placed(world)
    entry = wire(order, reference="")
    client.logout()
    answer = client.post(desk(entry, "match"), {"rf_reference": part(order).rf_reference})
    assert answer.status_code == 302 and "login" in answer.url
    assert fresh(entry).status == "suspense"
