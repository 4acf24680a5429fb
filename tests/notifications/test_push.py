"""Notices in browsers: what is mailed at once is pushed as well, each once, to its reader's own browsers alone."""

import base64
import json
import re
import uuid
from datetime import timedelta
from types import SimpleNamespace

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache
from django.test import Client
from py_vapid import Vapid02

from accounts import actions as account_actions
from accounts import erasing, mails, personal
from events.models import Event
from notifications import fanout, inbox, told
from notifications.models import Browser, Mailing, Notice, Push
from notifications.personal import rows
from notifications.push import actions, keys, sending
from notifications.webhooks import calling
from notifications.webhooks.guard import BadUrl
from orders import actions as order_actions
from tests import cases, stories
from tests.notifications import receiving
from tests.notifications.test_webhook_guard import BAD
from tests.pseudo import spoken_by
from tests.stories import DAY, NOW
from trade_assurance.refused import MovedOn, Refused

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(monkeypatch):
    """The hour at which the stream is read."""
    hour = SimpleNamespace(now=NOW)
    monkeypatch.setattr(inbox, "timezone", SimpleNamespace(now=lambda: hour.now))
    return hour


class Chrome:
    """A browser as its push service knows it, with its keys."""

    def __init__(self, url):
        self.url = url
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = uuid.uuid4().bytes

    def told(self) -> dict:
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"url": self.url, "p256dh": keys.text(public), "auth": keys.text(self.secret)}

    def turn_on(self, by, now=NOW, **other) -> Browser:
        return actions.turn_on(**(self.told() | other), user_agent="Mozilla/5.0 (X11; Linux) Chrome/1", by=by, now=now)

    def read(self, body: bytes) -> dict:
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"))


@pytest.fixture
def chrome(receiver, monkeypatch):
    """A browser whose push service is the receiver; `read()` gives what it was shown."""
    found = Chrome(receiver.url)
    found.shown = lambda: [found.read(body) for _, body in receiver.heard]
    return found


def of_service(number) -> Chrome:
    return Chrome(f"https://push.example.com/{number}")


def message(order, by, now=NOW) -> None:
    order_actions.write_message(order_id=order.id, key=uuid.uuid4(), body="Meet me at the quay", by=by, now=now)


def hear(clock, now=NOW) -> None:
    clock.now = now
    while fanout.tell():
        pass


def push(now=NOW) -> int:
    return sending.run(clock=lambda: now)


def past(clock) -> None:
    """What is not to be looked at."""
    hear(clock)
    Push.objects.all().delete()


# what is shown ------------------------------------------------------------------------------------------------------


def test_a_notice_that_is_mailed_at_once_is_shown_in_the_browser_too(world, clock, chrome, receiver):
    browser = chrome.turn_on(world.buyer)
    order = stories.placed(world)
    past(clock)
    message(order, world.seller)
    hear(clock)
    assert push() == 1

    [shown] = chrome.shown()
    notice = Notice.objects.get(user=world.buyer, kind="message.sent")
    assert shown == {
        "title": "Lumenworks wrote to you",
        "body": f"Order {order.reference}",
        "url": order.get_absolute_url(),
        "tag": f"notice-{notice.pk}",
        "lang": "en",
    }
    [(headers, _)] = receiver.heard
    assert headers["Content-Encoding"] == "aes128gcm" and headers["TTL"] == "86400"
    assert headers["Topic"] == f"notice-{notice.pk}" and not any("webhook" in name.lower() for name in headers)
    assert headers["Authorization"].endswith(f"k={keys.public()}")
    assert Vapid02.verify(headers["Authorization"])
    claims = re.search(r"t=[^.]+\.([^.]+)\.", headers["Authorization"])[1]
    claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert claims["aud"] == f"https://{receiving.NAME}:{receiver.port}" and claims["sub"].startswith("mailto:")

    assert push() == 0 and not Push.objects.exists()
    browser.refresh_from_db()
    assert browser.pushed_at == NOW
    assert Mailing.objects.filter(notice=notice, done_at=None).exists()  # and its mail comes as ever


def test_it_comes_in_its_reader_s_language(world, clock, chrome):
    world.buyer.language = "es"
    world.buyer.save()
    chrome.turn_on(world.buyer)
    order = stories.placed(world)
    past(clock)
    message(order, world.seller)
    hear(clock)
    with spoken_by("es", lambda text: f"¡{text}!"):
        push()
    [shown] = chrome.shown()
    assert (shown["lang"], shown["title"], shown["body"]) == (
        "es",
        "¡Lumenworks wrote to you!",
        f"¡Order {order.reference}!",
    )


def test_no_amount_and_nothing_that_people_wrote_leaves(world, clock, chrome):
    chrome.turn_on(world.seller)
    paid = stories.paid(world)
    hear(clock)
    push()
    case = cases.claimed(world)
    message(case.order, world.buyer, cases.FILED)
    hear(clock, cases.FILED)
    push(cases.FILED)
    shown = chrome.shown()
    assert {"A payment has cleared", "Northline wrote to you"} <= {one["title"] for one in shown}
    assert {f"Order {paid.reference}", f"Case {case.reference}"} <= {one["body"] for one in shown}
    said = json.dumps(shown)
    assert not re.search(r"USD|\d[.,]\d\d", said)
    words = ["quay", "scratches", case.order.title, world.buyer.full_name, world.buyer.email]
    assert [word for word in words if word in said] == []


def test_a_long_title_stays_one_line(world, clock, chrome, monkeypatch):
    monkeypatch.setattr(sending, "TITLE_MAX", 10)
    chrome.turn_on(world.buyer)
    order = stories.placed(world)
    past(clock)
    message(order, world.seller)
    hear(clock)
    push()
    assert chrome.shown()[0]["title"] == "Lumenworks"


# who and what -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", [{"off": ["orders.message"]}, {"when": "none"}, {"when": "daily"}])
@pytest.mark.parametrize("is_late", [False, True])
def test_the_choices_of_mails_are_those_of_pushes(world, clock, chrome, receiver, choice, is_late):
    chrome.turn_on(world.buyer)
    order = stories.placed(world)
    past(clock)
    chosen = {"user_id": world.buyer.pk, "on": (), "off": (), "by": world.buyer, "now": NOW} | choice
    if not is_late:
        account_actions.choose_mails(**chosen)
    message(order, world.seller)
    hear(clock)
    assert Push.objects.count() == is_late
    if is_late:
        account_actions.choose_mails(**chosen)
    assert push() == 0 and receiver.heard == [] and not Push.objects.exists()


def test_what_is_vital_is_pushed_whatever_was_chosen(world, clock, chrome):
    chrome.turn_on(world.buyer)
    account_actions.choose_mails(user_id=world.buyer.pk, on=(), off=(), when="none", by=world.buyer, now=NOW)
    stories.refunded(world)
    hear(clock)
    push()
    assert {one["title"] for one in chrome.shown()} == {"Everything refunded"}


def test_what_another_part_mails_at_once_is_pushed_too_and_still_mailed_once(world, clock, chrome):
    chrome.turn_on(world.buyer)
    order = stories.paid(world)
    hear(clock)
    Push.objects.all().delete()
    order_actions.note_late(order_id=order.id, now=order.ship_by_at)
    hear(clock, order.ship_by_at)
    assert push(order.ship_by_at) == 1
    assert [one["title"] for one in chrome.shown()] == ["The order is late"]
    assert not Mailing.objects.filter(notice__kind="order.late").exists()


def test_the_kinds_that_another_part_mails_are_kinds_and_are_not_mailed_from_here():
    assert set(told.BY_ITSELF.values()) <= set(mails.kinds())
    assert [kind for kind in told.BY_ITSELF if told.OF_ORDERS[kind].mail] == []


def test_what_was_read_meanwhile_is_not_pushed(world, clock, chrome, receiver):
    chrome.turn_on(world.buyer)
    order = stories.placed(world)
    past(clock)
    message(order, world.seller)
    hear(clock)
    inbox.read(notice_id=Notice.objects.get(kind="message.sent").pk, by=world.buyer, now=NOW)
    assert push() == 0 and not Push.objects.exists() and receiver.heard == []


def test_who_has_left_the_company_or_was_shut_out_is_not_told(world, clock, receiver):
    for number, person in enumerate((world.seller, world.buyer)):
        Chrome(f"{receiver.url}&n={number}").turn_on(person)
    order = stories.placed(world)
    past(clock)
    message(order, world.buyer)
    message(order, world.seller)
    hear(clock)
    assert Push.objects.count() == 2
    world.supplier.members.filter(user=world.seller).delete()
    world.buyer.is_active = False
    world.buyer.save()
    assert push() == 0 and receiver.heard == []


def test_each_browser_of_the_person_and_nobody_else_s(world, clock, receiver):
    mine = [Chrome(f"{receiver.url}&n={number}") for number in range(3)]
    for one in mine:
        one.turn_on(world.buyer)
    Chrome(f"{receiver.url}&n=other").turn_on(world.stranger)
    order = stories.placed(world)
    past(clock)
    message(order, world.seller)
    hear(clock)
    assert push() == 3
    assert not Push.objects.exists()
    assert (
        sorted(one.read(body)["title"] for one in mine for _, body in receiver.heard if _can(one, body))
        == ["Lumenworks wrote to you"] * 3
    )


def _can(one, body) -> bool:
    try:
        return bool(one.read(body))
    except Exception:  # noqa: BLE001 - another browser's
        return False


def test_a_past_that_was_made_up_is_not_pushed(world, clock, chrome):
    chrome.turn_on(world.buyer)
    stories.placed(world)
    hear(clock)
    assert Push.objects.exists()
    inbox.settle_past(present=NOW, new_for=DAY)
    assert not Push.objects.exists()


# once, and not lost -------------------------------------------------------------------------------------------------


def one_due(world, clock, browser) -> Push:
    browser.turn_on(world.buyer)
    order = stories.placed(world)
    past(clock)
    message(order, world.seller)
    hear(clock)
    return Push.objects.get()


def test_a_worker_that_dies_before_it_sends_loses_nothing(world, clock, chrome):
    one_due(world, clock, chrome)
    assert len(actions.claim(room=5, now=NOW)) == 1  # and then the machine went away
    assert push(NOW + 5 * MINUTE - timedelta(seconds=1)) == 0
    assert push(NOW + 5 * MINUTE) == 1
    assert push(NOW + 20 * MINUTE) == 0
    assert len(chrome.shown()) == 1


def test_what_was_taken_just_before_a_crash_comes_again_under_the_same_name(world, clock, chrome, monkeypatch):
    one_due(world, clock, chrome)

    def die(**kwargs):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(actions, "note", die)
        with pytest.raises(SystemExit):
            push()
    assert push(NOW + 5 * MINUTE) == 1
    first, second = chrome.shown()
    assert first == second and not Push.objects.exists()


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_its_service_no_longer_knows_is_removed(world, clock, chrome, receiver, status):
    one_due(world, clock, chrome)
    receiver.answers = [(status, {}, b"")]
    assert push() == 1
    assert not Browser.objects.exists() and not Push.objects.exists()
    event = Event.objects.about("person", world.buyer.pk).get(kind="person.push_off")
    assert event.actor_id is None


def test_what_is_not_taken_is_tried_again_for_a_day(world, clock, chrome, receiver):
    one_due(world, clock, chrome)
    receiver.answers = [(500, {}, b"oh no")]
    assert push() == 1
    for minutes in (1, 6, 21, 81, 201, 441, 681, 921, 1161, 1401):
        assert push(NOW + minutes * MINUTE - timedelta(seconds=1)) == 0
        assert push(NOW + minutes * MINUTE) == 1, minutes
    assert push(NOW + DAY + 4 * MINUTE * 60) == 0
    assert not Push.objects.exists() and Browser.objects.exists() and len(receiver.heard) == 11


def test_a_service_that_asks_for_time_gets_it_and_what_else_waits_for_that_browser_waits_too(
    world, clock, chrome, receiver
):
    first = one_due(world, clock, chrome)
    message(first.notice.order, world.seller)
    hear(clock)
    receiver.answers = [(429, {"Retry-After": "600"}, b""), (201, {}, b"")]
    assert push() == 1
    assert set(Push.objects.values_list("due_at", flat=True)) == {NOW + 10 * MINUTE}
    assert push(NOW + 10 * MINUTE) == 2


def test_one_that_cannot_be_worded_holds_up_no_other(world, clock, chrome, receiver, monkeypatch):
    one_due(world, clock, chrome)
    Chrome(f"{receiver.url}&n=2").turn_on(world.seller)
    message(Push.objects.get().notice.order, world.buyer)
    hear(clock)
    payload = sending.payload

    def broken(push, now):
        if push.browser.user_id == world.buyer.pk:
            raise RuntimeError("no words")
        return payload(push, now)

    monkeypatch.setattr(sending, "payload", broken)
    assert push() == 1 and Push.objects.get().browser.user_id == world.buyer.pk


def test_two_workers_take_turns(world, clock, chrome):
    one_due(world, clock, chrome)
    cache.add("push:run", 1, timeout=5)
    assert sending.run_in_turn() == 0
    cache.delete("push:run")
    assert actions.claim(room=5, now=NOW) and actions.claim(room=5, now=NOW) == []


def test_a_claim_takes_one_of_each_browser(world, clock):
    of_service(1).turn_on(world.buyer)
    of_service(2).turn_on(world.seller)
    order = stories.placed(world)
    past(clock)
    for by in (world.seller, world.seller, world.buyer):
        message(order, by)
    hear(clock)
    assert [len(actions.claim(room=5, now=NOW)) for _ in range(3)] == [2, 1, 0]


# browsers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", BAD)
def test_an_address_that_nothing_may_be_sent_to_is_refused(world, url):
    with pytest.raises((BadUrl, actions.NoPush)):
        of_service(1).turn_on(world.buyer, url=url if url.strip("x") or not url else f"https://a.example/{url * 3}")
    assert not Browser.objects.exists()


def test_plain_http_is_refused_even_where_a_developer_may_use_it_for_webhooks(world, settings):
    settings.WEBHOOK_LOCALHOST = True
    with pytest.raises(actions.NoPush):
        of_service(1).turn_on(world.buyer, url="http://localhost:9000/")


def test_a_name_that_turns_inward_is_never_called(world, clock, chrome, receiver, monkeypatch):
    one_due(world, clock, chrome)
    monkeypatch.setattr(calling.guard, "is_public", lambda address: False)
    assert push() == 1 and receiver.heard == []
    assert Push.objects.get().due_at == NOW + MINUTE


@pytest.mark.parametrize(
    "wrong",
    [
        {"p256dh": ""},
        {"p256dh": "x" * 87},
        {"p256dh": keys.text(b"\4" + b"\1" * 64)},
        {"p256dh": "é" * 87},
        {"p256dh": keys.text(b"\4" * 3_000)},
        {"auth": ""},
        {"auth": "!" * 22},
        {"auth": keys.text(b"1" * 15)},
    ],
)
def test_keys_that_are_none_are_refused(world, wrong):
    with pytest.raises(actions.NoPush):
        of_service(1).turn_on(world.buyer, **wrong)
    assert not Browser.objects.exists() and not Event.objects.filter(kind="person.push_on").exists()


def test_at_most_ten_browsers_and_the_same_one_counts_once(world):
    first = of_service(0)
    for _ in range(2):
        first.turn_on(world.buyer)
    for number in range(1, 10):
        of_service(number).turn_on(world.buyer)
    with pytest.raises(actions.NoPush, match="at most 10 browsers"):
        of_service(10).turn_on(world.buyer)
    assert Browser.objects.filter(user=world.buyer).count() == 10
    assert Event.objects.about("person", world.buyer.pk).filter(kind="person.push_on").count() == 10
    of_service(10).turn_on(world.seller)


def test_a_browser_is_taken_over_only_by_who_sits_before_it(world):
    browser = of_service(1)
    browser.turn_on(world.buyer)
    with pytest.raises(actions.NoPush):
        Chrome(browser.url).turn_on(world.stranger)  # knows the address and no more
    assert Browser.objects.get().user_id == world.buyer.pk
    browser.turn_on(world.stranger)
    assert Browser.objects.get().user_id == world.stranger.pk
    assert Event.objects.about("person", world.buyer.pk).filter(kind="person.push_off").exists()


def test_nobody_removes_another_s_browser(world):
    browser = of_service(1).turn_on(world.buyer)
    with pytest.raises(MovedOn):
        actions.turn_off(browser_id=browser.pk, by=world.stranger, now=NOW)
    actions.turn_off(browser_id=browser.pk, by=world.buyer, now=NOW)
    with pytest.raises(MovedOn):
        actions.turn_off(browser_id=browser.pk, by=world.buyer, now=NOW)


def test_a_person_s_copy_names_its_browsers_and_erasure_takes_them(world, clock):
    of_service(1).turn_on(world.stranger)
    assert rows(world.stranger) == [
        {"browser": "Mozilla/5.0 (X11; Linux) Chrome/1", "push_service": "push.example.com", "made": NOW}
    ]
    world.stranger.erase_at = NOW
    world.stranger.save()
    assert personal.waits(world.stranger, NOW) == []
    erasing.erase(user_id=world.stranger.pk, now=NOW)
    assert not Browser.objects.exists()


# pages --------------------------------------------------------------------------------------------------------------


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_settings_turn_it_on_show_it_and_remove_it(world):
    client, told = signed_in(world.buyer), of_service(1).told()
    form = {"endpoint": told["url"], "p256dh": told["p256dh"], "auth": told["auth"]}
    page = client.get("/settings/mails/").content.decode()
    assert f'data-push="{keys.public()}"' in page and "this page needs scripts" in page and "<table" not in page

    answer = client.post("/settings/push/", form, headers={"user-agent": "Mozilla/5.0 (Windows) Firefox/140.0"})
    assert answer.status_code == 302 and answer["Location"] == "/settings/mails/#push"
    page = client.get("/settings/mails/").content.decode()
    assert "Firefox on Windows" in page and "This browser shows your notices from now on." in page
    assert "Firefox" not in signed_in(world.stranger).get("/settings/mails/").content.decode()

    [browser] = Browser.objects.all()
    signed_in(world.stranger).post(f"/settings/push/{browser.pk}/remove/")
    assert Browser.objects.exists()
    client.post(f"/settings/push/{browser.pk}/remove/")
    assert not Browser.objects.exists()
    assert "Nothing more is sent" in client.get("/settings/mails/").content.decode()


def test_a_refusal_is_a_sentence(world):
    client = signed_in(world.buyer)
    client.post("/settings/push/", {"endpoint": "https://10.0.0.1/"})
    assert "everybody on the internet can reach" in client.get("/settings/mails/").content.decode()


def test_the_worker_is_served_at_the_root_and_needs_no_wider_policy(client):
    answer = client.get("/sw.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8" and answer["Cache-Control"] == "no-cache"
    assert b"showNotification" in b"".join(answer.streaming_content)
    assert "default-src 'none'" in answer["Content-Security-Policy"] and "http" not in answer["Content-Security-Policy"]


def test_without_a_key_there_is_none_of_it(world, clock, settings, tmp_path):
    browser = of_service(1).turn_on(world.buyer)
    settings.WEB_PUSH_KEY, settings.LOCAL = "", False
    client = signed_in(world.buyer)
    page = client.get("/settings/mails/").content.decode()
    assert "data-push" not in page and 'id="push"' not in page
    assert client.get("/sw.js").status_code == 404
    assert client.post("/settings/push/", {}).status_code == 404
    assert client.post(f"/settings/push/{browser.pk}/remove/").status_code == 404
    with pytest.raises(Refused):
        of_service(2).turn_on(world.buyer)
    stories.placed(world)
    hear(clock)
    assert not Push.objects.exists() and sending.run_in_turn() == 0


def test_a_demo_makes_a_key_once_and_keeps_it(settings, tmp_path):
    settings.WEB_PUSH_KEY, settings.LOCAL, settings.DATA = "", True, tmp_path / "data"
    first = keys.own()
    keys._kept.cache_clear()
    assert keys.own() == first and len(keys.public()) == 87
    assert [path.name for path in settings.DATA.iterdir()] == ["web_push_key"]
    settings.LOCAL = False
    assert keys.own() == keys.public() == ""


@pytest.mark.parametrize("key", ["short", "x" * 44, "é" * 43])
def test_a_key_that_is_none_is_found_when_the_site_starts(settings, key):
    settings.WEB_PUSH_KEY = key
    assert [error.id for error in keys.check(None)] == ["notifications.E001"]
