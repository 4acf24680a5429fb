"""What holds for every test: no network, clean cache, books that balance."""

import fcntl
import gc
import ipaddress
import os
import socket
import tempfile
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.utils import translation

from tests.kept_world import FILLED

pytest_plugins = ["tests.stories", "tests.browsing"]
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
# Files that take minutes are begun first, so that at the end no worker waits for another's.
LONG = ("test_state_machine.py", "test_access_matrix.py", "test_gateway_crashes.py", "test_record_crashes.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(autouse=True, scope="session")
def collected_once():
    """Keep Python from walking through all modules again and again: what is loaded now stays."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix, django_db_keepdb, django_db_createdb, django_db_blocker
):
    """Run the migrations in one worker alone; the databases of all are copies of what it made."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    with pytest.MonkeyPatch.context() as patched:
        # Each model of the past would leave a receiver to which all later ones are shown: a third of the time.
        patched.setattr("django_fsm.class_prepared", SimpleNamespace(connect=lambda receiver: None))
        if run is None or (django_db_keepdb and not django_db_createdb):
            yield
            return
        test, name = connection.settings_dict["TEST"], connection.settings_dict["NAME"]
        template, own = f"template_{run}", test["NAME"]
        with open(Path(tempfile.gettempdir()) / template, "w") as lock, django_db_blocker.unblock():
            fcntl.flock(lock, fcntl.LOCK_EX)
            with connection.creation._nodb_cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
                is_made = cursor.fetchone()
            if not is_made:
                test["NAME"] = template
                connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
                connection.close()
                settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
        test |= {"NAME": own, "TEMPLATE": template}
        yield
        with django_db_blocker.unblock(), connection.creation._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{template}"')
        Path(lock.name).unlink(missing_ok=True)


@pytest.fixture(autouse=True, scope="session")
def flush_keeps_roles():
    """Let tests with real commits empty all tables but those that only migrations fill."""

    def sql_flush(style, connection, reset_sequences=True, allow_cascade=False):
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        tables = [connection.ops.quote_name(name) for name in names if name not in FILLED]
        if connection.connection.info.parameter_status("is_superuser") != "on":
            return [f"TRUNCATE {', '.join(tables)}"]
        # DELETE is ten times as quick for few rows. As with TRUNCATE no trigger is asked, and a late writer waited for.
        deletes = [f"DELETE FROM {table}" for table in tables]
        free, held = "SET LOCAL session_replication_role = replica", "SET LOCAL session_replication_role = origin"
        return ["; ".join([f"LOCK TABLE {', '.join(tables)}", free, *deletes, held])]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.core.management.commands.flush.sql_flush", sql_flush)
        # It makes what stays there anyway.
        patched.setattr("django.core.management.commands.flush.emit_post_migrate_signal", lambda *args, **more: None)
        yield


@pytest.fixture(autouse=True)
def english_again():
    """Each test begins in English, whatever language a page was last asked for in."""
    translation.activate("en")


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
