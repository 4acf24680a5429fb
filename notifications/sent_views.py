"""On a developer's machine and in a demo: the mails that the site has sent, as text and as HTML."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import wraps
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

MOST = 100
NAME = re.compile(r"[0-9A-Za-z-]+\.log")
END = b"-" * 79  # what the file backend writes after each message


@dataclass(frozen=True)
class Sent:
    """One mail that was sent: its file's name and what is in it."""

    name: str
    message: Message

    @property
    def at(self):
        return parsedate_to_datetime(self.message["Date"])

    def part(self, kind: str) -> str:
        found = self.message.get_body(preferencelist=(kind,))
        return found.get_content() if found is not None else ""

    @property
    def text(self) -> str:
        return self.part("plain")

    @property
    def html(self) -> str:
        return self.part("html")


def _is_local(request) -> bool:
    """Whether the request comes from this machine itself, and not through a proxy on it."""
    address = request.META.get("REMOTE_ADDR") or "0.0.0.0"
    through = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return ip_address(address).is_loopback and not through


def for_developers(view):
    """404 unless this is a developer's machine or a demo, and the reader is staff or at the machine itself."""

    @wraps(view)
    @require_safe
    @never_cache
    def inner(request, *args, **kwargs):
        if not (settings.DEBUG or settings.DEMO) or not (request.user.is_staff or _is_local(request)):
            raise Http404
        return view(request, *args, **kwargs)

    return inner


def _read(path: Path) -> Sent:
    first = path.read_bytes().split(END)[0]
    return Sent(path.name, message_from_bytes(first, policy=policy.default))


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH or settings.DATA / "mail")


def _find(name: str) -> Sent:
    path = _folder() / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise Http404
    return _read(path)


@for_developers
def sent(request):
    """The newest mails, the newest first."""
    files = sorted(_folder().glob("*.log"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    page = {"sent": [_read(path) for path in files[:MOST]], "count": len(files), "folder": _folder().name}
    return render(request, "notifications/sent.html", page)


@for_developers
def one(request, name):
    """One mail as text."""
    return render(request, "notifications/sent_one.html", {"mail": _find(name)})


@for_developers
def html(request, name):
    """One mail's HTML part, as a mail program shows it; the content policy lets its styles be, and no script."""
    return HttpResponse(_find(name).html)
