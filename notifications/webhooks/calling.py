"""One call of an endpoint over the network: bounded in time and size, to a checked address, without redirects."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from django.conf import settings

from notifications.webhooks import guard

HTTP = 80
CONNECT_SECONDS = 5
ANSWER_SECONDS = 10
ANSWER_MAX = 64 * 1024  # bytes of an answer that are read
KEPT = 2_000  # characters of it that the log keeps
AGENT = "Trade-Assurance-Webhooks/1"
SLOW_MS = 2_000
GONE = 410


@dataclass(frozen=True)
class Answer:
    """What came of one call: the status, or none and the problem; and what the receiver wants us to wait."""

    status: int | None = None
    problem: str = ""
    text: str = ""
    retry_after: str = ""
    took_ms: int = 0

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and not self.problem

    @property
    def is_slow(self) -> bool:
        return self.took_ms >= SLOW_MS


class _Late(Exception):
    """There was no time left."""


def call(url: str, body: str | bytes, headers: dict[str, str]) -> Answer:
    """POST `body` to `url`. Never raises for what the other side does: that is in the answer's `problem`."""
    began = time.perf_counter()
    try:
        found = _post(url, body.encode() if isinstance(body, str) else body, headers)
    except guard.BadUrl as error:
        found = {"problem": str(error)}
    except _Late:
        found = {"problem": f"It did not answer within {ANSWER_SECONDS} seconds."}
    except TimeoutError:
        found = {"problem": f"It could not be reached within {CONNECT_SECONDS} seconds."}
    except ssl.SSLError as error:
        found = {"problem": f"The secure connection failed: {_why(error)}."}
    except (OSError, HTTPException, ValueError) as error:
        found = {"problem": f"The connection failed: {_why(error)}."}
    return Answer(took_ms=int((time.perf_counter() - began) * 1000), **found)


def _why(error: Exception) -> str:
    words = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or type(error).__name__
    return str(words).rstrip(".")[:120]


def _post(url: str, body: bytes, headers: dict[str, str]) -> dict:
    parts = urlsplit(guard.checked(url, most=guard.CALLED_MAX))
    port = parts.port or (guard.HTTPS if parts.scheme == "https" else HTTP)
    raw = _reach(guard.addresses(parts.hostname, port), port)
    connection = HTTPConnection(parts.hostname, port)
    is_over = threading.Event()
    try:
        if parts.scheme == "https":
            raw = _context(settings.WEBHOOK_CA_FILE).wrap_socket(
                raw, server_hostname=parts.hostname, do_handshake_on_connect=False
            )
        with _cut_after(CONNECT_SECONDS + ANSWER_SECONDS, raw, is_over):
            if parts.scheme == "https":
                raw.do_handshake()
            raw.settimeout(ANSWER_SECONDS)
            connection.sock = raw
            try:
                found = _exchange(connection, parts, body, headers)
            except TimeoutError:
                raise _Late from None
        if is_over.is_set():
            raise _Late
        return found
    except (OSError, HTTPException, ValueError):
        if is_over.is_set():
            raise _Late from None
        raise
    finally:
        raw.close()


def _exchange(connection: HTTPConnection, parts, body: bytes, headers: dict[str, str]) -> dict:
    told = {"Host": parts.netloc, "User-Agent": AGENT, "Accept-Encoding": "identity"}
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", path, body=body, headers=told | {"Content-Type": "application/json"} | headers)
    with connection.getresponse() as response:
        text = response.read(ANSWER_MAX)
        return _read(response.status, response.headers.get("Retry-After", ""), text)


def _reach(addresses: list[str], port: int) -> socket.socket:
    """A connection to the first of these addresses that takes one. No proxy of the environment has a say."""
    until, last = time.perf_counter() + CONNECT_SECONDS, None
    for address in addresses:
        left = until - time.perf_counter()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError as error:
            last = error
    raise last or TimeoutError


@contextmanager
def _cut_after(seconds: float, raw, is_over: threading.Event):
    """Shut the connection after so long, whatever drips in: a socket's own time-out begins anew with each byte."""

    def cut():
        is_over.set()
        with suppress(OSError, ValueError):
            raw.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read(status: int, retry_after: str, text: bytes) -> dict:
    problem = ""
    if 300 <= status < 400:
        problem = f"It answered {status}: we follow no redirects. Enter the address that it leads to."
    elif status == GONE:
        problem = f"It answered {GONE}: it wants no more messages."
    elif not 200 <= status < 300:
        problem = f"It answered {status}."
    shown = text[: KEPT * 4].decode(errors="replace").replace("\x00", "\ufffd")[:KEPT]
    return {"status": status, "problem": problem, "text": shown, "retry_after": retry_after[:100]}


@cache
def _context(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
