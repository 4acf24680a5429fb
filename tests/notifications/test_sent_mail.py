"""The page of sent mail: on a developer's machine and in a demo, for staff or at the machine itself."""

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client

from tests.stories import person

pytestmark = pytest.mark.django_db
LOCAL, FAR = "127.0.0.1", "203.0.113.9"


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    backend = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=tmp_path)
    mail = EmailMultiAlternatives(
        "Receipt is confirmed – übrigens", "Line one\n\nLine two", "a@test.test", ["b@test.test"]
    )
    mail.attach_alternative(
        '<p style="color:red">Line one</p><script src="https://evil.test/x.js"></script>', "text/html"
    )
    mail.connection = backend
    mail.send()
    return tmp_path


def test_mails_are_listed_and_shown_as_text_and_as_html(folder):
    client = Client(REMOTE_ADDR=LOCAL)
    page = client.get("/dev/mail/").content.decode()
    [file] = folder.iterdir()
    assert "Receipt is confirmed – übrigens" in page and "b@test.test" in page
    assert "Line two" in client.get(f"/dev/mail/{file.name}/").content.decode()
    shown = client.get(f"/dev/mail/{file.name}/html/")
    assert "Line one" in shown.content.decode()
    policy = shown["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "style-src 'self' 'unsafe-inline'" in policy


@pytest.mark.parametrize("name", ["..%2F..%2Fmanage.py", "nothing.log", "%2e%2e", "x.txt", "a%00.log"])
def test_no_other_file_is_shown(folder, name):
    (folder / "x.txt").write_text("secret")
    assert Client(REMOTE_ADDR=LOCAL).get(f"/dev/mail/{name}/").status_code == 404


def test_it_is_closed_to_strangers_behind_a_proxy_and_in_production(folder, settings):
    assert Client(REMOTE_ADDR=FAR).get("/dev/mail/").status_code == 404
    assert Client(REMOTE_ADDR=LOCAL, headers={"X-Forwarded-For": FAR}).get("/dev/mail/").status_code == 404
    staff, buyer = Client(REMOTE_ADDR=FAR), Client(REMOTE_ADDR=FAR)
    staff.force_login(person("staff@test.test", is_staff=True))
    buyer.force_login(person("b@test.test"))
    assert staff.get("/dev/mail/").status_code == 200
    assert buyer.get("/dev/mail/").status_code == 404
    settings.DEMO = settings.DEBUG = False
    assert Client(REMOTE_ADDR=LOCAL).get("/dev/mail/").status_code == 404


def test_an_empty_folder_is_a_page_too(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path / "none"
    assert "No mail yet" in Client(REMOTE_ADDR=LOCAL).get("/dev/mail/").content.decode()
