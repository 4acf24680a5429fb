"""What holds for every test: no network, clean cache, books that balance."""

import ipaddress
import socket
import uuid

import pytest
from django.core.cache import caches
from django.db import connection

pytest_plugins = ["tests.stories", "tests.browsing"]
# What migrations made and tests read: roles and what they may. Emptying the database between tests leaves it.
KEPT = {"auth_group", "auth_group_permissions", "auth_permission", "django_content_type", "django_migrations"}
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
# Files that take minutes are begun first, so that at the end no worker waits for another's.
LONG = ("test_state_machine.py", "test_access_matrix.py", "test_gateway_crashes.py", "test_record_crashes.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(autouse=True, scope="session")
def flush_keeps_roles():
    """Let tests with real commits empty all tables but those that only migrations fill."""

    def sql_flush(style, connection, reset_sequences=True, allow_cascade=False):
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        return connection.ops.sql_flush(
            style,
            [table for table in tables if table not in KEPT],
            reset_sequences=reset_sequences,
            allow_cascade=allow_cascade,
        )

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.core.management.commands.flush.sql_flush", sql_flush)
        yield


@pytest.fixture(autouse=True)
def closed_sockets(monkeypatch):
    """Let a test reach this machine only; anything else is a mistake in the test or in the code."""
    connect = socket.socket.connect

    def connect_here(self, address):
        host = address[0] if isinstance(address, tuple) else None
        if host not in (None, "localhost") and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test reached for {host}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)


@pytest.fixture(autouse=True)
def fresh_cache(settings):
    """Give each test, and the threads of a live server in it, its own keys, so that limits are not shared."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": f"test-{uuid.uuid4().hex}"}}
    yield
    caches.close_all()


@pytest.fixture(autouse=True)
def books_balance(request):
    """After each test that moved money, prove every invariant of the books (quality.md §1)."""
    if not (request.node.get_closest_marker("django_db") or DATABASE_FIXTURES & set(request.fixturenames)):
        yield
        return
    request.getfixturevalue("db")  # so that this ends before the database is rolled back or emptied
    yield
    from ledger.models import Transfer
    from ledger.proof import prove

    if not connection.needs_rollback and Transfer.objects.exists():
        assert prove() == []
