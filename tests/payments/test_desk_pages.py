"""Pages of the desk and of the buyer: what they show, and that a refusal is a sentence on the page."""

import time

import pytest
from django.urls import reverse

from payments import actions
from payments.models import BankEntry, MatchProposal
from tests import stories
from tests.papers import words_of
from tests.payments.conftest import wire
from tests.payments.desking import finance, fresh, large, part, propose


def sign_in(client, user, *, is_fresh=True):
    client.force_login(user)
    if is_fresh:
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()


def desk(entry, name):
    return reverse(f"admin:payments_bankentry_{name}", args=[entry.pk])


def proposals(proposal, name):
    return reverse(f"admin:payments_matchproposal_{name}", args=[proposal.pk])


@pytest.fixture
def fin(world, client):
    person = finance()
    sign_in(client, person)
    return person


# finance --------------------------------------------------------------------------------------------------------------


def test_the_list_shows_ages_and_sums_by_currency_until_suspense_is_zero(world, client, fin, time_machine):
    now = stories.NOW
    order, euro = stories.placed(world), stories.placed(world, stories.simple_terms(500_00, currency="EUR"))
    first = wire(order, reference="", now=now)
    wire(euro, reference="", now=now + 8 * stories.DAY)
    time_machine.move_to(now + 12 * stories.DAY + stories.SECOND, tick=False)
    sign_in(client, fin)
    url = reverse("admin:payments_bankentry_changelist")
    page = client.get(url).content.decode()
    for words in ("USD 3,000.00", "EUR 500.00", "12 d, goes back soon", "4 d"):
        assert words in page
    actions.match_entry(entry_id=first.id, instalment_id=part(order).id, by=fin, now=now)
    page = client.get(url).content.decode()
    assert "goes back soon" not in page
    BankEntry.objects.filter(status="suspense")
    actions.return_entry(
        entry_id=BankEntry.objects.in_suspense().get().id, reason="x", by=fin, now=now + 12 * stories.DAY
    )
    assert "suspense is at zero" in client.get(url).content.decode()


def test_an_entry_shows_ranked_suggestions_with_their_reasons(world, client, fin):
    order = stories.placed(world)
    entry = wire(order, reference=f"lamps {order.reference}")
    page = client.get(reverse("admin:payments_bankentry_change", args=[entry.pk])).content.decode()
    for words in (order.reference, part(order).rf_reference, "The amount is the same", "The payer is the buyer"):
        assert words in page
    assert "words name this order" in page and desk(entry, "match") in page


def test_matching_by_page_takes_a_reference_as_a_person_types_it(world, client, fin):
    order = stories.placed(world)
    entry = wire(order, reference="")
    reference = part(order).rf_reference
    wrong = reference[:-1] + ("0" if reference[-1] != "0" else "1")
    for typed, sentence in (
        (wrong, "check digit"),
        ("hello", "no creditor reference"),
        ("RF18539007547034", "No inst"),
    ):
        page = client.post(desk(entry, "match"), {"rf_reference": typed})
        assert page.status_code == 422 and sentence in page.content.decode()
    assert client.post(desk(entry, "match"), {"rf_reference": f" {reference.lower()} "}).status_code == 302
    assert fresh(entry).status == "matched"
    assert desk(entry, "split") not in client.get(f"/admin/payments/bankentry/{entry.pk}/change/").content.decode()


def test_splitting_by_page_names_the_line_that_is_wrong(world, client, fin):
    order = stories.placed(world)
    entry = wire(order, reference="", amount_minor=5_000_00)
    one, two = part(order), part(order, 2)
    for typed, sentence in (
        (f"{one.rf_reference} 3,000.00\nRF00 1.00", "Line 2: "),
        (f"{one.rf_reference} lots", "Line 1: Enter the amount in figures"),
        (f"{one.rf_reference}", "Line 1: Write the reference, a space, and the amount"),
        (f"{one.rf_reference} 3,000.00\n{two.rf_reference} 2,000.01", "more than the USD 5,000.00 that came"),
    ):
        page = client.post(desk(entry, "split"), {"parts": typed})
        assert page.status_code == 422 and sentence in page.content.decode()
    assert fresh(entry).status == "suspense"
    spaced = " ".join(one.rf_reference[i : i + 4] for i in range(0, len(one.rf_reference), 4))
    assert client.post(desk(entry, "split"), {"parts": f"{spaced} 3,000.00\n\n"}).status_code == 302
    assert fresh(entry).status == "split" and BankEntry.objects.in_suspense().get().amount_minor == 2_000_00


def test_refund_return_and_ask_by_page(world, client, fin):
    order = stories.placed(world)
    first, second, third = (wire(order, reference="", payer_name="Holding") for _ in range(3))
    assert client.post(desk(first, "send_back"), {"reason": ""}).status_code == 422
    assert client.post(desk(first, "send_back"), {"reason": "Unknown"}).status_code == 302
    assert (
        client.post(desk(second, "refund"), {"rf_reference": part(order).rf_reference, "reason": "No"}).status_code
        == 302
    )
    page = client.post(desk(third, "ask_buyer"), {"rf_reference": part(order).rf_reference}, follow=True)
    assert "the buyer is asked who paid" in page.content.decode()
    assert [fresh(e).status for e in (first, second, third)] == ["returning", "matched", "suspense"]


def test_a_stale_sign_in_is_asked_for_the_password_first(world, client):
    order = stories.placed(world)
    entry = wire(order, reference="")
    sign_in(client, finance(), is_fresh=False)
    answer = client.post(desk(entry, "match"), {"rf_reference": part(order).rf_reference})
    assert answer.status_code == 302 and "reauthenticate" in answer.url and fresh(entry).status == "suspense"


def test_others_of_the_staff_decide_nothing_at_the_desk(world, client):
    from django.contrib.auth.models import Group

    order = stories.placed(world)
    entry = wire(order, reference="")
    risk = stories.person("risk@staff.test", is_staff=True)
    risk.groups.add(Group.objects.get(name="risk"))
    sign_in(client, risk)
    for name in ("match", "split", "refund", "send_back", "ask_buyer"):
        assert client.post(desk(entry, name), {"rf_reference": part(order).rf_reference}).status_code == 403
    assert fresh(entry).status == "suspense"


def test_two_persons_by_page_and_the_first_is_never_the_second(world, client, fin):
    order, entry = large(world)
    page = client.post(desk(entry, "match"), {"rf_reference": part(order).rf_reference}, follow=True)
    assert "A second person of finance confirms it" in page.content.decode()
    proposal = MatchProposal.objects.get()
    url = proposals(proposal, "change")
    assert proposals(proposal, "confirm") not in client.get(url).content.decode()
    assert client.post(proposals(proposal, "confirm"), {"digest": proposal.digest}).status_code == 403
    sign_in(client, finance("second"))
    page = client.get(proposals(proposal, "confirm")).content.decode()
    assert "USD 20,000.00 to escrow" in page and proposal.digest in page
    assert client.post(proposals(proposal, "confirm"), {"digest": "0" * 64}).status_code == 422
    assert fresh(entry).status == "suspense"
    assert client.post(proposals(proposal, "confirm"), {"digest": proposal.digest}).status_code == 302
    assert fresh(entry).status == "matched"


def test_declining_by_page_takes_a_reason(world, client, fin):
    order, entry = large(world)
    proposal = propose(entry, order, fin)
    assert client.post(proposals(proposal, "decline"), {"reason": " "}).status_code == 422
    assert client.post(proposals(proposal, "decline"), {"reason": "Wrong order"}).status_code == 302
    proposal.refresh_from_db()
    assert (proposal.state, proposal.ended_because) == ("declined", "Wrong order")


# the buyer ------------------------------------------------------------------------------------------------------------


def instruction(order, number=1, name="instruction"):
    return reverse(f"payments:{name}", args=[order.reference, number])


def test_the_instruction_names_account_reference_amount_and_the_warning(world, client):
    order = stories.placed(world)
    client.force_login(world.buyer)
    page = client.get(instruction(order)).content.decode()
    account, due = order.supplier.designated_account, part(order)
    for words in (account.number, account.holder, account.swift, due.rf_reference, "USD 3,000.00", "is not covered"):
        assert words in page
    assert f'data-copy="{due.rf_reference}"' in page
    checkout = client.get(reverse("payments:checkout", args=[order.reference, 1]) + "?method=tt").content.decode()
    assert instruction(order) in checkout and instruction(order, name="instruction_pdf") in checkout


def test_the_pdf_is_one_and_says_the_same(world, client, monkeypatch):
    monkeypatch.setattr("reportlab.rl_config.pageCompression", 0)
    order = stories.placed(world)
    client.force_login(world.buyer)
    answer = client.get(instruction(order, name="instruction_pdf"))
    assert answer["Content-Type"] == "application/pdf" and "attachment" in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-") and answer.content.rstrip().endswith(b"%%EOF")
    assert answer.content == client.get(instruction(order, name="instruction_pdf")).content
    for words in (part(order).rf_reference, "3,000.00", order.supplier.designated_account.number, "is not covered"):
        assert words.encode() in answer.content


def test_names_in_other_letters_and_with_marks_are_written_as_they_are(world, client):
    order = stories.placed(world, stories.terms(title="<b>吊灯</b> & лампы, Şişe"))
    client.force_login(world.buyer)
    answer = client.get(instruction(order, name="instruction_pdf"))
    assert answer.status_code == 200 and "<b>吊灯</b>&лампы,Şişe" in "".join(words_of(answer.content).split())


def test_what_is_paid_or_closed_names_no_account(world, client):
    paid, closed = stories.placed(world), stories.cancelled(world)
    wire(paid)
    client.force_login(world.buyer)
    for order, sentence in ((paid, "Deposit is paid. Do not send it again"), (closed, "takes no money")):
        page = client.get(instruction(order)).content.decode()
        assert sentence in page and order.supplier.designated_account.number not in page
        assert client.get(instruction(order, name="instruction_pdf")).url == instruction(order)


def test_only_the_buyer_has_these_pages(world, client):
    order = stories.placed(world)
    wire(order, payer_name="Holding Ltd")
    for who in (world.seller, world.stranger, finance()):
        client.force_login(who)
        for url in (
            instruction(order),
            instruction(order, name="instruction_pdf"),
            reverse("payments:payer", args=[order.reference]),
        ):
            assert client.get(url).status_code == 404


def test_the_buyer_names_the_payer_without_being_told_its_name(world, client):
    order = stories.placed(world)
    wire(order, payer_name="Secret Holding Ltd")
    client.force_login(world.buyer)
    url = reverse("payments:payer", args=[order.reference])
    page = client.get(order.get_absolute_url()).content.decode()
    assert url in page and "Say who sent USD 3,000.00" in page and "in another name waits" in page
    page = client.get(url).content.decode()
    assert "Secret" not in page
    question = BankEntry.objects.get().questions.get()
    for given in ({"name": "", "relation": "x"}, {"name": "x", "relation": ""}):
        assert client.post(url, {"question": question.pk, "answer": "name"} | given).status_code == 422
    assert (
        client.post(url, {"question": question.pk + 1, "answer": "name", "name": "x", "relation": "y"}).status_code
        == 422
    )
    given = {"question": question.pk, "answer": "name", "name": "Secret Holding", "relation": "Our parent"}
    assert client.post(url, given).status_code == 302
    question.refresh_from_db()
    assert (question.state, question.name) == ("named", "Secret Holding")
    assert "You have named the payer" in client.get(url).content.decode()
    assert client.post(url, given).status_code == 409
    assert url not in client.get(order.get_absolute_url()).content.decode()


def test_the_buyer_says_that_it_is_not_its_money(world, client):
    order = stories.placed(world)
    entry = wire(order, payer_name="Holding Ltd")
    client.force_login(world.buyer)
    url = reverse("payments:payer", args=[order.reference])
    assert client.post(url, {"question": entry.questions.get().pk, "answer": "disown"}).status_code == 302
    assert entry.questions.get().state == "disowned"
