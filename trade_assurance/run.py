"""What `make run` does once PostgreSQL and Valkey are there: migrate, load the demo, serve, work, keep time."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SIGN_INS = ("buyer", "supplier", "adjudicator", "second", "third", "fourth", "finance", "finance2", "risk", "admin")
PASSWORD = "demo-protect-1"
TRIED = 20  # ports after the wanted one


def open_port(host: str, wanted: int) -> int:
    """The wanted port, or the next free one after it; says so. Raises SystemExit when there is none nearby."""
    for port in range(wanted, wanted + TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError:
                sys.exit(f"Port {port} is not ours to open: choose one above 1023, as in `make run PORT=8000`.")
            except OSError:
                continue
            if port != wanted:
                print(f"Port {wanted} is busy, so the site is on port {port}.")
            return port
    sys.exit(f"Ports {wanted} to {wanted + TRIED - 1} are all busy: choose another, as in `make run PORT=9000`.")


def welcome(environment: Mapping[str, str]) -> str:
    """The address, and who can sign in to the demo."""
    lines = [f"\n  The site is at {environment.get('SITE_URL', '')}    (Ctrl-C ends it)"]
    if environment.get("DEMO") == "1":
        names = "  ".join(f"{name}@demo.test" for name in SIGN_INS)
        lines += [f"  Demo sign-ins, password {PASSWORD}:", f"  {names}"]
    return "\n".join(lines) + "\n"


def main() -> None:
    host, demo = os.environ.get("HOST", "127.0.0.1"), os.environ.get("DEMO") == "1"
    port = open_port(host, int(os.environ.get("PORT") or 8000))
    os.environ["PORT"] = str(port)
    os.environ.setdefault("SITE_URL", f"http://{host}:{port}")
    Path(".data").mkdir(exist_ok=True)  # beat's clock; missing when services of one's own are used
    manage = [sys.executable, "manage.py"]
    steps = [["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"]]
    if demo:
        steps.append(["load_demo", "--if-empty"])
    for step in steps:
        if code := subprocess.run([*manage, *step]).returncode:
            sys.exit(code)
    honcho = os.path.join(os.path.dirname(sys.executable), "honcho")
    os.execv(honcho, [honcho, "start", "--no-prefix"])


if __name__ == "__main__":
    main()
