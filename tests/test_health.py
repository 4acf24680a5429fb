"""`/healthz`, what is shown while a part is away, and the headers of every page."""

import socket
import time
import uuid

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache
from django.db import OperationalError

from trade_assurance import health
from trade_assurance.celery import app
from trade_assurance.run import open_port, welcome

NOBODY_THERE = "redis://127.0.0.1:1/0"  # a port that refuses


@pytest.fixture
def heartbeat():
    health.heartbeat()


@pytest.mark.django_db
def test_healthz_is_200_when_every_part_works(client, heartbeat):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "broker": "ok", "worker": "ok"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_healthz_says_that_no_worker_lives(client):
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "broker": "ok", "worker": "no heartbeat for 60 seconds"}


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "status"), [(59, 200), (61, 503)])
def test_a_heartbeat_counts_for_60_seconds(client, age, status):
    cache.set(health.HEARTBEAT, time.time() - age)
    assert client.get("/healthz").status_code == status


@pytest.mark.django_db
def test_healthz_names_the_broker_that_is_away(client, heartbeat, settings):
    settings.REDIS_URL = NOBODY_THERE
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "ConnectionError")


def test_healthz_names_the_database_that_is_away(client, heartbeat, monkeypatch):
    def away():
        raise OperationalError("connection refused at 10.0.0.7")

    monkeypatch.setattr(health.connection, "cursor", away)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, "OperationalError")
    assert "10.0.0.7" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_keeps_healthz_well(client):
    queue = f"test-{uuid.uuid4().hex}"
    with start_worker(app, queues=[queue], perform_ping_check=False):
        health.heartbeat.apply_async(queue=queue)
        end = time.monotonic() + 10
        while client.get("/healthz").status_code != 200 and time.monotonic() < end:
            time.sleep(0.1)
    assert client.get("/healthz").json()["worker"] == "ok"


def test_everything_that_beat_starts_exists():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} - set(app.tasks) == set()


@pytest.mark.django_db
def test_pages_work_without_valkey(client, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": NOBODY_THERE}}
    assert client.get("/").status_code == 200
    assert client.get("/accounts/login/").status_code == 200


@pytest.mark.django_db
def test_signing_in_without_valkey_says_that_the_site_is_away(client, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": NOBODY_THERE}}
    client.raise_request_exception = False
    answer = client.post("/accounts/login/", {"login": "a@example.com", "password": "x"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


@pytest.mark.django_db
def test_a_page_without_the_database_says_so_and_the_next_one_works(client, monkeypatch, django_user_model):
    client.force_login(django_user_model.objects.create_user("a@example.com", "x"))
    client.raise_request_exception = False
    with monkeypatch.context() as gone:
        gone.setattr("django.db.models.sql.compiler.SQLCompiler.execute_sql", refuse)
        assert client.get("/settings/").status_code == 503
    assert client.get("/settings/").status_code == 200


def refuse(*args, **kwargs):
    raise OperationalError("server closed the connection unexpectedly")


@pytest.mark.django_db
def test_every_page_has_the_headers_that_protect_it(client):
    answer = client.get("/")
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert {name: answer[name] for name in ("X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options")} == {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }
    assert answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in answer["Permissions-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"), [("abcdef-123456", True), ("a b", False), ("x" * 65, False), ("a\nSet-Cookie: b", False)]
)
def test_a_request_carries_an_id_that_cannot_be_abused(client, given, kept):
    answer = client.get("/", headers={"X-Request-ID": given})
    assert (answer["X-Request-ID"] == given) is kept
    assert len(answer["X-Request-ID"]) >= 8


@pytest.mark.django_db
def test_the_api_describes_itself_without_other_peoples_servers(client):
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert "//" not in page.text.replace("// ", "")
    assert client.get("/api/docs/?script=").status_code == 200
    assert "script-src 'self';" in page["Content-Security-Policy"] + ";"


def test_a_busy_port_is_chosen_around_and_said(capsys):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        wanted = busy.getsockname()[1]
        assert open_port("127.0.0.1", wanted) > wanted
    assert f"Port {wanted} is busy" in capsys.readouterr().out


def test_the_welcome_names_the_demo_sign_ins_only_in_the_demo():
    assert "buyer@demo.test" in welcome({"DEMO": "1", "SITE_URL": "http://x"})
    assert "demo" not in welcome({"DEMO": "0", "SITE_URL": "http://x"})
