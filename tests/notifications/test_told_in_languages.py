"""Everybody is told in their own language: inbox, mails, the daily mail, reminders and the calendar.

Two languages are spoken that put each of our words in brackets, so what stands outside of them was not translated.
"""

import re
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation
from icalendar import Calendar

from accounts import actions as account_actions
from accounts import mails
from accounts.models import Letter
from notifications import actions, fanout, inbox, mailing, reminding, words
from notifications import told as told_kinds
from notifications.models import Reminder
from notifications.webhooks import telling as webhook_telling
from notifications.webhooks.models import Endpoint
from orders import actions as order_actions
from suppliers import telling as company_telling
from suppliers.models import PenaltyPoint, Verification
from tests import cases, stories
from tests.pseudo import CLOSE, OPEN, outside, spoken_by
from tests.stories import DAY, NOW
from trade_assurance.sweeping import sweep

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SLOT = re.compile(r"(\{\w*\}|</?[A-Za-z]\w*>|%\(\w+\)s|%s)")
# what people wrote, names, codes and the parts of dates that Babel gives
WORDS = re.compile(r"[A-Za-z]{2,}")
NAMES = set(
    """Trade Assurance USD UTC TA PDF CSV API GST Lumenworks LED panel lights Pendant lamps Hello Auckland
    http https testserver
    example test mail en es hans EXW FOB FCA DAP CIF CPT IBAN DHL MAEU xx Nouvel Hammer
    lun mar mié jue vie sáb dom ene feb abr may jun jul ago sept sep oct nov dic""".split()
)


def spoken(text: str) -> str:
    """Each word of ours in brackets, and whatever is put in outside of them."""
    return "".join(
        part if SLOT.fullmatch(part) or not part.strip() else f"{OPEN}{part}{CLOSE}" for part in SLOT.split(text)
    )


@pytest.fixture
def told(world, monkeypatch):
    """A buyer who reads Spanish, suppliers who read Chinese, and the hour at which the stream is read."""
    hour = SimpleNamespace(now=NOW)
    monkeypatch.setattr(inbox, "timezone", SimpleNamespace(now=lambda: hour.now))
    for person, language in ((world.buyer, "es"), (world.seller, "zh-hans"), (world.bookkeeper, "zh-hans")):
        person.language = language
        person.save()
    monkeypatch.setattr(mails, "deliver", lambda ids, now: 0)  # they stay where they can be read
    with spoken_by("es", spoken), spoken_by("zh-hans", spoken):
        yield hour


def english(text: str, world) -> list[str]:
    """The words that nobody translated, but for names and codes."""
    text = re.sub(r"(?:https?://|mailto:)\S+|[\w.+-]+@[\w.-]+|\bTA-[\w-]+|\bD-[\w-]+|\b\d[\w:-]*", " ", outside(text))
    for name in (world.buyer.full_name, world.buyer.display_name, world.seller.full_name, world.supplier.name):
        text = text.replace(name, " ")
    return [phrase.strip() for phrase in text.splitlines() if set(WORDS.findall(phrase)) - NAMES]


def page_words(html: str) -> str:
    """What a reader sees or hears of a page, without its chrome."""
    main = html[html.index("<main") : html.index("</main>")] if "<main" in html else html
    heard = " ".join(re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', main))
    main = re.sub(r"<(script|style)\b.*?</\1>|<title>.*?</title>", " ", main, flags=re.DOTALL)
    return re.sub(r"&\w+;|&#\w+;", " ", re.sub(r"<[^>]*>", " ", main)) + " " + heard


def tell(hour, now) -> None:
    """Hand what happened to the inbox event by event, and write each one's mails."""
    hour.now = now
    while fanout.tell(limit=1):
        sweep(mailing.due(now + MINUTE, 200), mailing.write, now=now + MINUTE)


def check_letters(world) -> set[str]:
    """Every mail of the two is in their language; gives the kinds that there were."""
    letters = Letter.objects.filter(user__in=(world.buyer, world.seller, world.bookkeeper))
    found = {}
    for letter in letters:
        words = english(letter.subject, world) + english(letter.text, world) + english(page_words(letter.html), world)
        if words:
            found.setdefault((letter.kind, letter.subject), words)
        assert f'<html lang="{letter.user.language}">' in letter.html
        assert OPEN in letter.subject and OPEN in letter.text
    assert found == {}
    return set(letters.values_list("kind", flat=True))


def check_inbox(world) -> None:
    for person in (world.buyer, world.seller, world.bookkeeper):
        client = Client()
        client.force_login(person)
        address = reverse("notifications:inbox")
        while address:
            page = client.get(address)
            assert f'<html lang="{person.language}">' in page.text
            assert english(page_words(page.text), world) == []
            older = re.search(r'href="(\?page=a[^"]+)"', page.text)
            address = f"{reverse('notifications:inbox')}{older[1]}" if older else ""


pytestmark = pytest.mark.django_db


def test_an_order_s_life_is_told_in_each_reader_s_language(world, told):
    order = stories.expired(world)
    order_actions.write_message(order_id=order.id, key=uuid.uuid4(), body="Hello", by=world.seller, now=NOW)
    tell(told, NOW)
    check_inbox(world)
    kinds = check_letters(world)
    assert {"orders.contract", "payments.cleared", "orders.progress", "orders.receipt", "orders.over"} <= kinds
    assert "orders.message" in kinds


def test_a_case_is_told_in_each_reader_s_language(world, told):
    cases.escalated(world)
    tell(told, cases.FILED)
    check_inbox(world)
    assert {"claims.claim", "claims.case"} <= check_letters(world)


def test_the_daily_mail_is_in_the_reader_s_language(world, told):
    account_actions.choose_mails(user_id=world.buyer.pk, on=(), off=(), when="daily", by=world.buyer, now=NOW)
    order = stories.placed(world)
    order_actions.write_message(order_id=order.id, key=uuid.uuid4(), body="Hello", by=world.seller, now=NOW)
    tell(told, NOW)
    sweep(mailing.due(NOW + DAY, 100), mailing.write, now=NOW + DAY)
    assert mails.DAILY in check_letters(world)


def test_reminders_are_in_the_reader_s_language_and_stored_as_codes(world, told):
    order = stories.shipped(world)
    now = order.auto_confirm_at - 24 * HOUR
    Letter.objects.all().delete()
    sweep(reminding.due(now, 100), reminding.remind, now=now)
    sweep(mailing.due(now + MINUTE, 100), mailing.write, now=now + MINUTE)
    assert set(Reminder.objects.values_list("what", flat=True)) == {"confirm:24"}
    check_inbox(world)
    assert check_letters(world) == {"orders.reminder"}


def test_the_calendar_speaks_its_owner_s_language_whoever_asks(world, told):
    stories.paid(world)
    stories.shipped(world)
    for person in (world.buyer, world.seller):
        address = reverse("notifications:feed", args=[actions.address_of(actions.make_address(by=person, now=NOW))])
        with time_machine.travel(NOW + 3 * DAY, tick=False):
            answer = Client(headers={"accept-language": "en"}).get(address)
        assert answer["Content-Language"] == person.language
        found = Calendar.from_ical(answer.content)
        texts = [str(found["x-wr-calname"])]
        for event in found.walk("VEVENT"):
            texts += [str(event["summary"]), str(event["description"])]
        assert len(texts) > 3
        for text in texts:
            assert english(text, world) == []


def test_what_other_parts_mail_is_in_the_reader_s_language(world, told):
    order = stories.paid(world)
    order_actions.note_late(order_id=order.id, now=order.ship_by_at)
    supplier = world.supplier
    verification = Verification(supplier=supplier, level="verified", expires_at=NOW + 30 * DAY, reason="")
    for what in ("accepted", "refused", "reminder", "expired"):
        company_telling.tell_of_verification(verification, what)
    company_telling.tell_of_standing(supplier, 30)
    company_telling.tell_of_status(supplier, "")
    endpoint = Endpoint(user=world.buyer, url="https://example.com/", off_because=Endpoint.Off.GONE, made_at=NOW)
    webhook_telling.tell_of_turning_off(endpoint)
    kinds = check_letters(world)
    assert {"orders.late", "team.verified", "team.verification_ends", "team.status", "team.webhook_off"} <= kinds


def test_every_reminder_and_all_that_companies_and_people_are_told_is_translated(world, told):
    company = {kind: {} for kind in told_kinds.OF_COMPANIES}
    company["supplier.member_added"] = company["supplier.role_changed"] = {"role": "owner"}
    company["supplier.points_noted"] = {"points": 2, "kind": PenaltyPoint.Kind.values[0]}
    company["payout.sent"] = {"amount": 100_00, "currency": "USD"}
    with translation.override("es"):
        texts = [text for pair in (*words.REMINDED.values(), *words.OF_PERSON.values()) for text in pair]
        for kind, data in company.items():
            event = SimpleNamespace(kind=kind, data=data)
            texts += words._of_company(event, "Lumenworks")[:2]
        for text in texts:
            assert str(text).startswith(OPEN) or OPEN in str(text)
            assert english(str(text), world) == []


def test_every_kind_of_mail_and_why_it_is_always_sent_is_translated(world, told):
    with translation.override("zh-hans"):
        for kind in mails.kinds().values():
            assert english(str(kind.label), world) == [] and english(str(kind.always), world) == [], kind.code


def test_who_resets_a_password_is_written_to_in_its_own_language_whatever_the_browser_reads(world, told, mailoutbox):
    Client(headers={"accept-language": "en"}).post(reverse("account_reset_password"), {"email": world.buyer.email})
    [letter] = mailoutbox
    html = letter.alternatives[0][0]
    assert '<html lang="es">' in html
    assert english(letter.subject, world) + english(letter.body, world) + english(page_words(html), world) == []
