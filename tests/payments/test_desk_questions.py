"""Who paid? The buyer is asked by mail and on the order's page, and each answer that comes too late gets a sentence."""

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from payments import actions
from payments.models import PayerQuestion
from payments.questions import became_of, page_of
from tests import stories
from tests.payments.conftest import DAY, NOW, wire
from tests.payments.desking import finance, part
from trade_assurance.refused import MovedOn, NotAllowed
from trade_assurance.templatetags.ta import moment

pytestmark = pytest.mark.django_db
GIVEN = {"answer": "name", "name": "Secret Holding", "relation": "Our parent"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def order(world):
    world.buyer.emailaddress_set.update_or_create(email=world.buyer.email, defaults={"verified": True, "primary": True})
    return stories.placed(world)


@pytest.fixture
def asked(order, django_capture_on_commit_callbacks) -> PayerQuestion:
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        entry = wire(order, payer_name="Secret Holding Ltd")
    return entry.questions.get()


def test_the_buyer_gets_a_mail_with_the_sum_the_day_and_one_link(world, client, order, asked):
    (sent,) = mail.outbox
    html = sent.alternatives[0][0]
    assert sent.to == [world.buyer.email] and sent.subject == f"Who sent USD 3,000.00 for order {order.reference}?"
    for words in (
        "USD 3,000.00",
        "Deposit",
        moment(asked.entry.return_at, world.buyer.timezone),
        "goes back to its se",
    ):
        assert words in sent.body and words in html
    assert "Secret" not in sent.body + html
    assert f'href="http://testserver{page_of(asked)}"' in html.replace("https://", "http://") or page_of(asked) in html
    client.force_login(world.buyer)
    page = client.get(page_of(asked))
    assert page.status_code == 200 and "Name the payer" in page.content.decode()


def test_finance_who_asks_sends_the_same_mail(world, order, django_capture_on_commit_callbacks):
    entry = wire(order, reference="lamps", payer_name="Holding")
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        actions.ask_payer(entry_id=entry.id, instalment_id=part(order).id, by=finance(), now=NOW)
    assert len(mail.outbox) == 1


def test_who_has_confirmed_no_address_gets_no_mail_but_the_page(
    world, client, order, django_capture_on_commit_callbacks
):
    world.buyer.emailaddress_set.update(verified=False)
    with django_capture_on_commit_callbacks(execute=True):
        question = wire(order, payer_name="Holding").questions.get()
    assert mail.outbox == []
    client.force_login(world.buyer)
    page = client.get(order.get_absolute_url()).content.decode()
    assert reverse("payments:payer", args=[order.reference]) in page
    assert question.state == "asked"


def test_a_mail_that_cannot_be_sent_stops_no_statement(order, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", lambda *a, **k: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        entry = wire(order, payer_name="Holding")
    assert (entry.status, entry.questions.get().state) == ("suspense", "asked")


def test_answering_twice_says_that_it_was_answered_and_what_follows(world, client, asked):
    client.force_login(world.buyer)
    assert client.post(page_of(asked), GIVEN | {"question": asked.pk}).status_code == 302
    again = client.post(page_of(asked), GIVEN | {"question": asked.pk, "name": "Another"})
    assert again.status_code == 409 and "You have named the payer" in again.content.decode()
    assert "Secret Holding, Our parent" in client.get(page_of(asked)).content.decode()
    asked.refresh_from_db()
    assert asked.name == "Secret Holding"
    with pytest.raises(MovedOn, match="named the payer already"):
        actions.name_payer(question_id=asked.pk, name="x", relation="y", by=world.buyer, now=NOW)


def test_after_a_no_the_link_says_so(world, client, asked):
    client.force_login(world.buyer)
    client.post(page_of(asked), {"question": asked.pk, "answer": "disown"})
    page = client.get(page_of(asked)).content.decode()
    assert "somebody else’s" in page and moment(asked.entry.return_at, world.buyer.timezone) in page
    with pytest.raises(MovedOn, match="said already"):
        actions.disown_payer(question_id=asked.pk, by=world.buyer, now=NOW)


def test_another_person_is_refused_and_sees_nothing(world, client, asked):
    for who in (world.seller, world.stranger):
        client.force_login(who)
        assert client.get(page_of(asked)).status_code == 404
        assert client.post(page_of(asked), GIVEN | {"question": asked.pk}).status_code == 404
        with pytest.raises(NotAllowed, match="Only the buyer of this order"):
            actions.name_payer(question_id=asked.pk, name="x", relation="y", by=who, now=NOW)
    client.logout()
    answer = client.get(page_of(asked))
    assert answer.status_code == 302 and "next=" in answer.url and "question" in answer.url


def test_after_it_was_closed_the_link_says_what_became_of_the_money(world, client, asked):
    fin = finance()
    actions.return_entry(entry_id=asked.entry_id, reason="The sender asks for it", by=fin, now=NOW)
    client.force_login(world.buyer)
    for page in (client.get(page_of(asked)), client.post(page_of(asked), GIVEN | {"question": asked.pk})):
        assert "the money went back to its sender" in page.content.decode()
    with pytest.raises(MovedOn, match="needs no answer any more"):
        actions.name_payer(question_id=asked.pk, name="x", relation="y", by=world.buyer, now=NOW)


def test_confirmed_by_finance_the_link_says_that_it_counts(world, client, asked):
    actions.name_payer(question_id=asked.pk, name="Secret Holding", relation="Our parent", by=world.buyer, now=NOW)
    actions.match_entry(entry_id=asked.entry_id, instalment_id=asked.instalment_id, by=finance(), now=NOW)
    client.force_login(world.buyer)
    assert "The payer is confirmed" in client.get(page_of(asked)).content.decode()


def test_days_that_are_over_close_it(world, asked):
    actions.begin_return(entry_id=asked.entry_id, now=NOW + 14 * DAY)
    asked = PayerQuestion.objects.select_related("entry").get()
    assert (asked.state, became_of(asked)[0]) == ("closed", "Too late: the money went back to its sender")


def test_of_two_transfers_each_mail_leads_to_its_own_question(world, client, order, asked):
    second = wire(order, 2, payer_name="Other Trading").questions.get()
    client.force_login(world.buyer)
    page = client.get(page_of(second)).content.decode()
    assert "Balance" in page and f'value="{second.pk}"' in page
    client.post(page_of(second), GIVEN | {"question": second.pk})
    answered = client.get(page_of(second)).content.decode()
    assert page_of(asked) in answered
    assert PayerQuestion.objects.get(pk=asked.pk).state == "asked"


@pytest.mark.parametrize("named", ["0", "999999999999", "x", "-1", "9" * 40, "\x00"])
def test_a_link_that_was_mangled_leads_to_what_is_asked(world, client, order, asked, named):
    client.force_login(world.buyer)
    url = reverse("payments:payer", args=[order.reference])
    assert "Name the payer" in client.get(url, {"question": named}).content.decode()
    assert client.post(url, GIVEN | {"question": named}).status_code == 422
    asked.refresh_from_db()
    assert asked.state == "asked"
