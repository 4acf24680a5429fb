"""Which mails a person gets: kinds in one place, chosen in the settings, stopped by the link that a mail carries."""

from email import message_from_bytes
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.signing import Signer
from django.test import Client

from accounts import actions, mails
from accounts.models import MailOff
from events.models import Event
from suppliers.actions import invite
from tests import stories
from tests.orders.test_pages import text_of
from tests.orders.test_races import at_once
from tests.stories import NOW
from trade_assurance.refused import Refused

ROOT = Path(settings.BASE_DIR)
ASK = "reviews.ask"


def chosen(person, *off: str) -> None:
    actions.choose_mails(user_id=person.pk, on=(), off=off, by=person, now=NOW)


def kinds_off(person) -> set[str]:
    return set(MailOff.objects.filter(user=person).values_list("kind", flat=True))


def sends(world, code=ASK) -> None:
    order = stories.received(world)
    mails.send(code, ["buyer@test.test"], {"order": order, "link": "https://a.test/x", "until": None})


# the kinds --------------------------------------------------------------------------------------------------------


def test_every_mail_of_ours_has_a_kind_and_every_kind_its_words():
    found = [path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*_subject.txt")]
    begins = {kind.template for kind in mails.kinds().values()}
    unknown = [name for name in found if not any(name.startswith(begin) for begin in begins)]
    assert found and not unknown
    for begin in begins:
        assert any(name.startswith(begin) for name in found), begin


def test_nothing_else_sends_mail():
    """Whoever sends past `accounts.mails` writes to people who said no."""
    allowed = {"accounts/mails.py", "accounts/adapters.py"}
    for path in ROOT.glob("*/**/*.py"):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith((".", "tests/")) or name in allowed:
            continue
        code = path.read_text()
        for way in ("render_mail", "EmailMessage", "EmailMultiAlternatives", "send_mail(", "mail_admins"):
            assert way not in code, f"{name} sends mail by {way}; call accounts.mails.send"


def test_what_must_reach_a_person_says_why():
    always = {code for code, kind in mails.kinds().items() if kind.always}
    assert {"security.account", "security.factor", "payments.payout_account", "payments.payer_asked"} <= always
    assert {ASK, "reviews.replied", "reviews.written", "reviews.revised"}.isdisjoint(always)
    with pytest.raises(ValueError, match="no such group"):
        mails.register(mails.Kind("x", "nowhere", "", ""))


# sending ----------------------------------------------------------------------------------------------------------


def test_a_mail_that_may_be_turned_off_carries_its_link_and_the_headers(world, mailoutbox):
    sends(world)
    [mail] = mailoutbox
    link = mails.stop_link(world.buyer.pk, ASK)
    read = message_from_bytes(mail.message().as_bytes())
    assert read["List-Unsubscribe"].split() == [f"<{link}>"]
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [(html, _)] = mail.alternatives
    assert f"No more mails of this kind: {link}" in mail.body and link.replace("&", "&amp;") in html


def test_who_turned_a_kind_off_gets_none_of_it_and_others_do(world, mailoutbox):
    chosen(world.buyer, ASK)
    sends(world)
    assert mailoutbox == []
    chosen(world.seller, "reviews.written")
    order = stories.received(world, stories.simple_terms(100_00))
    context = {"order": order, "link": "https://a.test/x", "until": None}
    mails.send(ASK, ["buyer@test.test", "seller@test.test", "nobody@test.test"], context)
    assert [mail.to for mail in mailoutbox] == [["seller@test.test"], ["nobody@test.test"]]
    assert "List-Unsubscribe" not in mailoutbox[1].extra_headers  # nobody's choice could be kept


def test_both_addresses_of_a_person_follow_the_choice(world, mailoutbox):
    EmailAddress.objects.create(user=world.buyer, email="second@test.test", verified=True, primary=False)
    chosen(world.buyer, ASK)
    context = {"order": stories.received(world), "link": "https://a.test/x", "until": None}
    mails.send(ASK, ["buyer@test.test", "second@test.test"], context)
    assert mailoutbox == []


def test_what_is_always_sent_goes_out_whatever_stands_in_the_table(
    world, mailoutbox, django_capture_on_commit_callbacks
):
    MailOff.objects.create(user=world.stranger, kind="team.invitation", since_at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        invite(supplier_id=world.supplier.id, email="stranger@test.test", role="sales", by=world.seller, now=NOW)
    [mail] = mailoutbox
    assert mail.to == ["stranger@test.test"] and "List-Unsubscribe" not in mail.extra_headers
    assert "No more mails" not in mail.body


# choosing ---------------------------------------------------------------------------------------------------------


def test_a_choice_is_kept_once_with_an_event(world):
    chosen(world.buyer, ASK, "reviews.replied")
    chosen(world.buyer, ASK)
    assert kinds_off(world.buyer) == {ASK, "reviews.replied"}
    actions.choose_mails(user_id=world.buyer.pk, on=[ASK], off=["reviews.written"], by=world.buyer, now=NOW)
    assert kinds_off(world.buyer) == {"reviews.replied", "reviews.written"}
    found = Event.objects.filter(kind="person.mails_chosen", subject_id=world.buyer.pk).order_by("number")
    assert [event.data for event in found] == [
        {"on": [], "off": [ASK, "reviews.replied"]},
        {"on": [ASK], "off": ["reviews.written"]},
    ]


@pytest.mark.parametrize(
    ("off", "words"),
    [("payments.payer_asked", "always sent"), ("security.account", "always sent"), ("nonsense" * 50, "no mails of")],
)
def test_what_cannot_be_turned_off_is_refused_with_all_the_rest(world, off, words):
    with pytest.raises(Refused, match=words):
        chosen(world.buyer, ASK, off)
    assert not kinds_off(world.buyer)


def test_the_settings_show_the_kinds_by_group_and_keep_the_choice(world, client, django_assert_max_num_queries):
    assert client.get("/settings/mails/").status_code == 302
    client.force_login(world.buyer)
    with django_assert_max_num_queries(5):
        page = text_of(client.get("/settings/mails/"))
    assert "Reviews and rating" in page and "Always sent" in page and "The money goes back when nobody" in page
    sent = {"shown": [ASK, "reviews.replied"], "on": ["reviews.replied"]}
    for _ in range(2):
        assert "Saved." in text_of(client.post("/settings/mails/", sent, follow=True))
    assert kinds_off(world.buyer) == {ASK}  # what the form did not show stays as it was
    answer = client.get("/settings/mails/").content.decode()
    assert f'name="on" value="{ASK}">' in answer and 'value="reviews.replied" checked' in answer
    client.post("/settings/mails/", {"shown": [ASK], "on": [ASK]})
    assert not kinds_off(world.buyer)
    for wrong in ({"shown": ["security.account"]}, {"shown": ["<b>"], "on": ["<b>"]}):
        assert client.post("/settings/mails/", wrong).status_code == 302
    assert not kinds_off(world.buyer)
    client.post("/settings/mails/", {})
    assert not kinds_off(world.buyer) and not kinds_off(world.seller)


# the link ---------------------------------------------------------------------------------------------------------


def path_of(person, code=ASK) -> str:
    return mails.stop_link(person.pk, code).removeprefix(settings.SITE_URL)


def test_opening_the_link_turns_nothing_off_and_its_button_does(world, client):
    path = path_of(world.buyer)
    for way in (client.get, client.head):
        assert way(path).status_code == 200 and not kinds_off(world.buyer)
    assert "Stop these mails?" in text_of(client.get(path))
    for _ in range(2):
        answer = client.post(path)
        assert answer.status_code == 200 and "You get no more such mails" in text_of(answer)
    assert kinds_off(world.buyer) == {ASK} and not kinds_off(world.seller)
    assert "You get no more such mails" in text_of(client.get(path))
    event = Event.objects.get(kind="person.mails_chosen")
    assert event.actor_id is None and event.data["off"] == [ASK]


def test_a_mail_program_turns_it_off_with_one_post_and_no_token_of_a_form(world):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(path_of(world.buyer), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and kinds_off(world.buyer) == {ASK}


def test_links_that_are_not_ours_find_nothing(world, client):
    path = path_of(world.buyer)
    signed = Signer(salt="another").sign_object([world.buyer.pk, ASK])
    gone = mails.SIGNER.sign_object([world.buyer.pk + 10_000, ASK])
    old = mails.SIGNER.sign_object([world.buyer.pk, "no.longer"])
    odd = mails.SIGNER.sign_object({"a": 1})
    for wrong in (path[:-2] + "x/", *(f"/mails/stop/{token}/" for token in (signed, gone, old, odd, "x" * 3000, "é"))):
        for way in (client.get, client.post):
            assert way(wrong).status_code == 404, wrong
    assert not MailOff.objects.exists()


def test_a_link_for_what_is_always_sent_says_why(world, client):
    path = path_of(world.buyer, "payments.payer_asked")
    assert "always sent" in text_of(client.get(path))
    answer = client.post(path)
    assert answer.status_code == 409 and "The money goes back" in text_of(answer) and not kinds_off(world.buyer)


@pytest.mark.django_db(transaction=True)
def test_two_who_turn_off_at_once_leave_one_row(transactional_db):
    world = stories.build_world()
    results = at_once(*(lambda: chosen(world.buyer, ASK) for _ in range(3)))
    assert not any(results) and MailOff.objects.count() == 1
    assert Event.objects.filter(kind="person.mails_chosen").count() == 1
