"""Turning notices on in Chromium under our policy, and what its worker shows of a push.

Chromium without a screen has no push service, so its answer is made up; the service worker and what it shows are real.
"""

import json

from notifications.models import Browser
from notifications.push import keys
from tests.browsing import MARKS, complaints_of, look, until
from tests.notifications.test_push import of_service
from tests.stories import build_world

pytestmark = MARKS
SERVICE = """
  const kept = () => {
    const told = JSON.parse(sessionStorage.getItem("pushed"));
    return told && { endpoint: told.endpoint, toJSON: () => told, unsubscribe: async () => sessionStorage.clear(),
      options: { applicationServerKey: new Uint8Array(JSON.parse(sessionStorage.getItem("key"))).buffer } };
  };
  PushManager.prototype.getSubscription = async () => kept();
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey.length !== 65) throw new Error("not so");
    sessionStorage.setItem("key", JSON.stringify(Array.from(applicationServerKey)));
    sessionStorage.setItem("pushed", TOLD);
    return kept();
  };
"""


def test_a_person_turns_it_on_sees_its_browser_and_removes_it(live_server, browser, client):
    world = build_world()
    client.force_login(world.buyer)
    context = browser.new_context(viewport={"width": 390, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    context.grant_permissions(["notifications"])
    told = of_service(1).told()
    told = {"endpoint": told["url"], "keys": {"p256dh": told["p256dh"], "auth": told["auth"]}}
    context.add_init_script(SERVICE.replace("TOLD", json.dumps(json.dumps(told))))
    page = context.new_page()
    complaints = complaints_of(page)

    look(page, f"{live_server.url}/settings/mails/", "push-off")
    assert not page.get_by_text("this page needs scripts").is_visible()
    page.get_by_role("button", name="Show notices in this browser").click()
    page.get_by_text("This browser shows your notices from now on.").wait_for()
    look(page, None, "push-on")
    assert page.get_by_text("This browser", exact=True).is_visible()
    assert not page.get_by_role("button", name="Show notices in this browser").is_visible()
    [kept] = Browser.objects.filter(user=world.buyer)
    assert (kept.url, kept.p256dh, kept.auth) == (told["endpoint"], *told["keys"].values())

    device, registrations = context.new_cdp_session(page), []
    device.on("ServiceWorker.workerRegistrationUpdated", lambda one: registrations.extend(one["registrations"]))
    device.send("ServiceWorker.enable")
    until(page, "navigator.serviceWorker.ready.then((one) => Boolean(one.active))")
    said = {"title": "Lumenworks wrote to you", "body": "Order TA-1", "url": "/orders/TA-1/", "tag": "notice-1"}
    number = registrations[0]["registrationId"]
    for _ in range(2):  # the second time in the place of the first
        push = {"origin": live_server.url, "registrationId": number, "data": json.dumps(said)}
        device.send("ServiceWorker.deliverPushMessage", push)
    shown = "navigator.serviceWorker.ready.then((one) => one.getNotifications())"
    until(page, f"{shown}.then((all) => all.length === 1)")
    read = "(all) => all.map(({ title, body, tag, data }) => ({ title, body, tag, url: data.url }))"
    assert page.evaluate(f"{shown}.then({read})") == [said]

    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Nothing more is sent to that browser.").wait_for()
    assert not Browser.objects.exists()
    assert page.get_by_role("button", name="Show notices in this browser").is_visible()
    assert complaints == [] and len(keys.public()) == 87
    context.close()


def test_without_scripts_the_page_says_what_it_needs(live_server, browser, client):
    client.force_login(build_world().buyer)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/settings/mails/")
    assert page.get_by_text("this page needs scripts").is_visible()
    assert not page.get_by_role("button", name="Show notices in this browser").is_visible()
    context.close()
