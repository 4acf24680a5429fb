from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts import middleware, places
from accounts.models import User
from accounts.templatetags.accounts import browser
from events.models import Event
from tests.accounts.conftest import make_person

GOOD = {
    "full_name": "Mere Tane",
    "company_name": "Southern Imports",
    "country": "NZ",
    "timezone": "Pacific/Auckland",
    "language": "en",
}


def test_settings_are_for_people_who_are_signed_in(client, db):
    assert client.get("/settings/").url == "/accounts/login/?next=/settings/"


def test_settings_are_saved_and_the_event_holds_no_personal_value(client, person):
    client.force_login(person)
    answer = client.post("/settings/", GOOD | {"full_name": "Mere Tane-Ross"})
    assert answer.url == "/settings/"
    person.refresh_from_db()
    assert (person.full_name, person.timezone) == ("Mere Tane-Ross", "Pacific/Auckland")
    event = Event.objects.get(kind="person.settings_changed", subject_id=person.pk)
    assert event.data == {"fields": ["full_name", "timezone"]}
    assert event.actor_id == person.pk


def test_saving_what_was_there_writes_nothing(client, person):
    client.force_login(person)
    client.post("/settings/", GOOD)
    count = Event.objects.count()
    client.post("/settings/", GOOD)
    assert Event.objects.count() == count


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("full_name", "", "Enter your name."),
        ("full_name", "x" * 151, "at most 150 characters"),
        ("country", "XX", "Choose from the list."),
        ("timezone", "Mars/Olympus", "Choose a time zone from the list."),
        ("language", "tlh", "tlh is not one of the available choices"),
    ],
)
def test_wrong_settings_are_told_at_the_field_and_kept_as_typed(client, person, field, value, words):
    client.force_login(person)
    page = client.post("/settings/", GOOD | {"company_name": "Typed Ltd", field: value})
    text = page.content.decode()
    assert page.status_code == 422
    assert words in text
    assert 'value="Typed Ltd"' in text
    person.refresh_from_db()
    assert person.company_name == "Southern Imports"


def test_settings_cannot_give_power(client, person):
    client.force_login(person)
    client.post("/settings/", GOOD | {"is_staff": "on", "is_superuser": "on", "email": "x@y.example"})
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser, person.email) == (False, False, "mere@southern.example")


def test_each_request_runs_in_the_persons_zone_and_language_and_leaves_nothing_behind(person):
    person.timezone = "Pacific/Auckland"
    seen = {}

    def view(request):
        seen["zone"] = timezone.get_current_timezone_name()
        seen["language"] = translation.get_language()

    request = RequestFactory().get("/")
    request.user = person
    middleware.person(view)(request)
    assert seen == {"zone": "Pacific/Auckland", "language": "en"}
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_zone_that_the_machine_no_longer_knows_reads_as_utc():
    assert User(timezone="Mars/Olympus").zone.key == "UTC"


def test_moments_on_a_page_are_in_the_persons_zone(client, person):
    person.timezone = "Pacific/Auckland"
    person.save()
    client.post("/accounts/login/", {"login": person.email, "password": "river stone lantern 42"})
    assert "Auckland time" in client.get("/accounts/sessions/").content.decode()


def test_the_list_of_zones_is_whole_and_readable():
    choices = places.zone_choices(datetime(2026, 11, 23, tzinfo=UTC))
    zones = {zone: label for _, group in choices for zone, label in group}
    assert choices[0] == ("Everywhere", [("UTC", "UTC")])
    assert zones["Pacific/Auckland"] == "Auckland (UTC+13:00)"
    assert zones["America/New_York"] == "New York (UTC−05:00)"
    assert zones["Asia/Kolkata"] == "Kolkata (UTC+05:30)"
    assert zones["America/Argentina/Buenos_Aires"] == "Buenos Aires (UTC−03:00)"
    assert len(zones) > 380
    assert set(zones) <= available_timezones()


def test_every_country_leads_to_a_zone_and_regions_are_no_countries():
    codes = dict(places.countries())
    assert codes["CN"] == "China"
    assert not {"EU", "UN", "ZZ"} & set(codes)
    assert len(codes) == pytest.approx(249, abs=3)
    assert all(places.guess_zone(country=code) in available_timezones() for code in codes)
    assert {code for code in codes if places.guess_zone(country=code) == "UTC"} <= {"BV", "HM"}
    assert set(places.MAIN_ZONES.values()) <= available_timezones()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36", "Chrome on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/141.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("curl/8.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_are_named(agent, words):
    assert browser(agent) == words


def test_the_database_holds_one_account_per_address_whatever_its_letters(db):
    make_person("mere@southern.example")
    with pytest.raises(IntegrityError, match="user_email_lowercase"):
        User.objects.bulk_create([User(email="MERE@southern.example")])


def test_the_staff_roles_exist(db):
    assert set(Group.objects.values_list("name", flat=True)) >= {"adjudicator", "finance", "risk"}


def test_a_name_for_the_other_side():
    assert User(email="a@b.c").display_name == "a@b.c"
    assert User(email="a@b.c", full_name="Mere").display_name == "Mere"
    assert User(email="a@b.c", full_name="Mere", company_name="Southern").display_name == "Southern"
