"""The embedded PostgreSQL and Valkey with real processes: shared, stopped with the last user, whatever ends it."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

CHECKOUT = Path(__file__).resolve().parent.parent
SQL = (
    "import os, sys, psycopg2; c = psycopg2.connect(os.environ['DATABASE_URL']); c.autocommit = True; k = c.cursor(); "
)
SAY_URLS = ["sh", "-c", 'echo "$DATABASE_URL"; echo "$REDIS_URL"; exec sleep 100']


@pytest.fixture(scope="module")
def data():
    """A data folder that PostgreSQL's user may enter, used by the tests of this module one after the other."""
    folder = Path(tempfile.mkdtemp(prefix="trade-assurance-", dir="/var/tmp")).resolve()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def embedded(data, *command, **options):
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    words = [sys.executable, "-m", "trade_assurance.embedded", "--data", data, *command]
    return subprocess.Popen(
        words,
        cwd=CHECKOUT,
        env=environment | options.pop("env", {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def outcome(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def servers(data):
    """Processes of the servers and keepers of this folder."""
    found = []
    for process in psutil.process_iter(["name", "cmdline", "cwd"]):
        words = " ".join(process.info["cmdline"] or [])
        if str(data) in words + (process.info["cwd"] or "") and process.status() != psutil.STATUS_ZOMBIE:
            found.append(f"{process.pid} {process.info['name']} {words}")
    return found


def wait_until_gone(data, seconds=5):
    """No server is left; a keeper that has stopped its own may need a moment more to leave."""
    end = time.monotonic() + seconds
    while servers(data) and time.monotonic() < end:
        time.sleep(0.1)
    assert servers(data) == []


def answers(urls):
    psycopg2.connect(urls[0]).close()
    return redis.Redis.from_url(urls[1]).ping()


def start_and_read_urls(data):
    process = embedded(data, *SAY_URLS)
    urls = [process.stdout.readline().strip(), process.stdout.readline().strip()]
    assert answers(urls)
    return process, urls


def test_a_command_gets_both_servers_and_its_exit_code_is_kept(data):
    script = SQL + "k.execute('show server_version'); print(k.fetchone()[0]); sys.exit(3)"
    code, out, err = outcome(embedded(data, sys.executable, "-c", script))
    assert (code, out.split(".")[0]) == (3, "18"), err
    wait_until_gone(data)


def test_data_outlive_the_servers(data):
    assert outcome(embedded(data, sys.executable, "-c", SQL + "k.execute('create table kept ()')"))[0] == 0
    code, _, err = outcome(embedded(data, sys.executable, "-c", SQL + "k.execute('table kept')"))
    assert code == 0, err


def test_servers_that_are_named_already_are_used(data, tmp_path):
    named = {"DATABASE_URL": "postgres://elsewhere/db", "REDIS_URL": "redis://elsewhere"}
    code, out, _ = outcome(embedded(tmp_path, "sh", "-c", "echo $DATABASE_URL $REDIS_URL", env=named))
    assert (code, out) == (0, "postgres://elsewhere/db redis://elsewhere\n")
    assert list(tmp_path.iterdir()) == []


def test_throwaway_servers_leave_nothing(data):
    before = set(data.iterdir())
    code, out, err = outcome(embedded(data, "--throwaway", "sh", "-c", "echo $DATABASE_URL"))
    assert (code, out.startswith("postgres://")) == (0, True), err
    assert set(data.iterdir()) == before
    wait_until_gone(data)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str
)
def test_a_signal_ends_the_command_and_then_the_servers(data, number, code):
    process, _ = start_and_read_urls(data)
    process.send_signal(number)
    assert outcome(process)[0] == code
    wait_until_gone(data)


def test_a_signal_that_comes_at_once_is_not_lost(data):
    process = embedded(data, "sh", "-c", "kill -TERM $PPID; exec sleep 100")
    assert outcome(process)[0] == 143
    wait_until_gone(data)


def test_after_kill_9_the_servers_stop_and_the_next_start_works(data):
    process, _ = start_and_read_urls(data)
    process.kill()
    process.communicate()
    wait_until_gone(data, seconds=30)
    process, _ = start_and_read_urls(data)
    process.terminate()
    process.communicate()


def test_after_kill_9_of_the_keepers_too_the_next_start_works(data):
    process, _ = start_and_read_urls(data)
    for child in [*psutil.Process(process.pid).children(), psutil.Process(process.pid)]:
        child.kill()
    process.communicate()
    again, _ = start_and_read_urls(data)
    again.terminate()
    again.communicate()
    wait_until_gone(data, seconds=30)


def test_two_at_once_share_the_servers_and_the_last_one_stops_them(data):
    first, urls = start_and_read_urls(data)
    second, same = start_and_read_urls(data)
    assert same == urls
    first.terminate()
    first.communicate()
    assert answers(urls)
    second.terminate()
    second.communicate()
    wait_until_gone(data)


def test_two_checkouts_have_servers_of_their_own(data):
    folders = [data / "one", data / "two"]
    for folder in folders:
        folder.mkdir()
    both = [start_and_read_urls(folder) for folder in folders]
    assert len({url for _, urls in both for url in urls}) == 4
    for process, _ in both:
        process.terminate()
        process.communicate()


def test_what_the_command_leaves_running_is_ended(data):
    left = "sleep 4321 & echo $!"
    _, out, _ = outcome(embedded(data, "sh", "-c", left.replace("sleep", "setsid sleep")))
    assert not psutil.pid_exists(int(out)) or psutil.Process(int(out)).status() == psutil.STATUS_ZOMBIE


def test_a_command_that_does_not_exist_is_named(data):
    code, _, err = outcome(embedded(data, "no-such-command"))
    assert (code, err) == (127, "no such command: no-such-command\n")
    wait_until_gone(data)


def test_a_server_that_cannot_start_says_why(data):
    folder = data / "broken"
    (folder / "postgres" / "cluster").mkdir(parents=True)
    (folder / "postgres" / "cluster" / "PG_VERSION").write_text("9.6")
    (folder / "postgres" / "password").write_text("unused")
    code, _, err = outcome(embedded(folder, "true"))
    assert code == 1
    assert "postgres did not start" in err
    wait_until_gone(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_can_run_it():
    nobody = pwd.getpwnam("nobody")
    if subprocess.run(["test", "-x", sys.executable], user=nobody.pw_uid, cwd=CHECKOUT).returncode:
        pytest.skip("this Python lies where only root may look")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        code, out, err = outcome(embedded(folder, "sh", "-c", "id -u; echo $REDIS_URL", **who))
        assert (code, out.split()[0]) == (0, str(nobody.pw_uid)), err
        wait_until_gone(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="about what root may see and PostgreSQL's user may not")
def test_a_folder_that_only_root_may_enter_is_worked_around(data):
    with tempfile.TemporaryDirectory(dir=data) as folder:
        code, out, err = outcome(embedded(folder, "--throwaway", "sh", "-c", "echo $DATABASE_URL"))
        assert (code, out.startswith("postgres://")) == (0, True), err
        assert "its data lies in /var/lib/trade-assurance/" in err
        home = Path(err.split("its data lies in ")[1].strip())
        assert not home.exists()
