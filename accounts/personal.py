"""What is kept about a person, part by part: the copy they may have, what delays erasure, and what goes with them.

Each app that keeps something registers a Holding. What the database would delete with the person (CASCADE) is theirs
alone and goes with them; what it protects (orders, books, decisions) stays, and names an erased person from then on.
"""

import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import CASCADE
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from events.models import Event

README = """This is a copy of what Trade Assurance keeps about {email}, made on {now:%d %B %Y, %H:%M} UTC.

Each file ending in .json is one part, as text that people and programs can read. Times are UTC, amounts are texts in
the currency beside them. The folder "files" holds what you have uploaded. What others wrote to you, and what a law
keeps from you, is not in it. The case file of an order, with everything of it, is on the order's page.
"""
CHUNK = 1 << 20  # bytes of a file that are in memory at a time


def _nothing(*_args) -> list:
    return []


@dataclass(frozen=True)
class Holding:
    """One part. `rows` and `files` are for the copy; `waits` says why erasure waits; `erase` runs with it."""

    code: str  # the name of its file in the copy
    label: str  # lazy: in the language of who reads it
    rows: Callable[[User], Iterable[dict]] = _nothing
    files: Callable[[User], Iterable[tuple[str, object]]] = _nothing
    waits: Callable[[User, datetime], list[str]] = _nothing
    erase: Callable[[User, datetime], object] = _nothing


_holdings: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Add a part; parts are copied and erased in the order in which they came."""
    _holdings[holding.code] = holding


def holdings() -> list[Holding]:
    """Every part."""
    return list(_holdings.values())


def waits(user: User, now: datetime) -> list[str]:
    """Why the person can't be erased now, each as a sentence; empty when nothing stands in the way."""
    if user.is_staff:
        return ["Staff accounts are ended by an administrator: what you decided and sent stays on record."]
    return [sentence for holding in holdings() for sentence in holding.waits(user, now)]


def write_copy(user: User, out, now: datetime) -> None:
    """Write the person's copy as a ZIP into `out`, a file that is open for bytes."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README.format(email=user.email, now=now))
        for holding in holdings():
            rows = list(holding.rows(user))
            text = json.dumps(rows, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)
            archive.writestr(f"{holding.code}.json", text)
            for name, stored in holding.files(user):
                with stored.open("rb") as original, archive.open(f"files/{name}", "w") as copied:
                    while chunk := original.read(CHUNK):
                        copied.write(chunk)


def theirs_alone() -> list[tuple[type, str]]:
    """Each model whose rows the database would delete with a person, and its field that names the person."""
    related = (relation for relation in User._meta.related_objects if relation.on_delete is CASCADE)
    return [(relation.related_model, relation.field.name) for relation in related]


def about(user: User) -> list[dict]:
    """The person itself: profile, addresses, sign-ins, second factors, keys, and what was done with the account."""
    profile = {name: getattr(user, name) for name in ("email", "full_name", "company_name", "country", "timezone")}
    return [
        {"you": profile | {"language": user.language, "joined": user.date_joined, "last_sign_in": user.last_login}},
        {"addresses": list(user.emailaddress_set.values("email", "verified", "primary"))},
        {"second_factors": list(user.authenticator_set.values("type", "created_at", "last_used_at"))},
        {"devices": list(user.usersession_set.values("created_at", "last_seen_at", "ip", "user_agent"))},
        {"keys": list(user.api_keys.values("name", "prefix", "scope", "created_at", "last_used_at", "revoked_at"))},
        {"mails_off": list(user.mails_off.values("kind", "since_at"))},
        {"history": list(Event.objects.about("person", user.pk).values("number", "kind", "at"))},
    ]


register(Holding("you", _lazy("You and your sign-ins"), rows=about))
