"""Every mail that leaves, by its kind: who does not want it is not written to. Each app registers its kinds.

A kind that may be turned off carries the link that does it, for people and for mail programs (RFC 8058). What must
reach a person, such as security, decisions about money and deadlines that lose rights, says why and is always sent.
"""

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Letter, MailOff, User

logger = structlog.get_logger()

GROUPS = {
    "orders": _lazy("Orders"),
    "payments": _lazy("Payments and refunds"),
    "claims": _lazy("Claims and disputes"),
    "reviews": _lazy("Reviews and rating"),
    "team": _lazy("Your company"),
    "security": _lazy("Security"),
}
LEASE = timedelta(minutes=5)  # in which one mail is sent, well above EMAIL_TIMEOUT
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240))  # after each try; then the last
GIVE_UP = timedelta(days=3)
PERMANENT = 500  # from this answer on a mail server will never take a mail to this address
DAILY = "orders.daily"  # the mail of the day; whoever stops it gets nothing that may wait
SIGNER = Signer(salt="accounts.mails.stop")


@dataclass(frozen=True)
class Kind:
    """One kind of mail. `template` is the beginning of its templates' names; `always` says why nobody turns it off."""

    code: str
    group: str
    label: str  # lazy, as `always`
    template: str
    always: str = ""


_kinds: dict[str, Kind] = {}
_silent: ContextVar[bool] = ContextVar("silent", default=False)
Context = dict | Callable[[User | None], dict]  # what holds sentences is made in each reader's language: by a function


def register(*kinds: Kind) -> None:
    """Add kinds of mail; the settings page shows them in this order within their group."""
    for kind in kinds:
        if kind.group not in GROUPS:
            raise ValueError(f"no such group of mails: {kind.group}")
        _kinds[kind.code] = kind


def kinds() -> dict[str, Kind]:
    """Every kind by its code, in the order of the groups."""
    order = list(GROUPS)
    return dict(sorted(_kinds.items(), key=lambda item: order.index(item[1].group)))


def send(code: str, addresses: Iterable[str], context: Context) -> None:
    """Send one mail of this kind to each address whose owner wants it; raises what the mail server raises."""
    for letter in _written(code, addresses, context, timezone.now()):
        _message(letter).send()


def post(code: str, addresses: Iterable[str], context: Context, *, now: datetime | None = None) -> int:
    """Write one mail of this kind to each address whose owner wants it, in the caller's transaction; says how many.

    They leave when that is committed, or with the next sweep; none when it is rolled back. A mail server that is away
    for a day loses none of them.
    """
    if _silent.get():
        return 0
    written = Letter.objects.bulk_create(_written(code, addresses, context, now or timezone.now()))
    if written:
        ids = [letter.pk for letter in written]
        transaction.on_commit(lambda: deliver(ids, now=timezone.now()), robust=True)
    return len(written)


@contextmanager
def silence():
    """Within it nobody is written to by `post`: for a past that is made up."""
    was = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(was)


def deliver(letter_ids: Iterable[int], *, now: datetime) -> int:
    """Hand these letters to the mail server; gives how many it took. What it did not take is due again, ever later.

    Each is leased for some minutes before it is sent and removed after, so two workers send it once. After a crash
    between the two it is sent again under the same Message-ID, by which mail programs know it for the same mail.
    """
    taken = 0
    for letter_id in letter_ids:
        letter = _lease(letter_id, now)
        if letter is None:
            continue
        try:
            _message(letter).send()
        except SMTPRecipientsRefused as error:
            codes = [answer[0] for answer in error.recipients.values()]
            _not_taken(letter, error, now, for_good=bool(codes) and min(codes) >= PERMANENT)
        except (OSError, SMTPException) as error:
            _not_taken(letter, error, now, for_good=False)
            if not isinstance(error, SMTPResponseException):
                break  # the server is away: the others wait for the next run
        else:
            letter.delete()
            taken += 1
    return taken


@transaction.atomic
def _lease(letter_id: int, now: datetime) -> Letter | None:
    letter = Letter.objects.due(now).select_for_update(skip_locked=True).filter(pk=letter_id).first()
    if letter is not None:
        letter.due_at = now + LEASE
        letter.tries += 1
        letter.save(update_fields=["due_at", "tries"])
    return letter


def _not_taken(letter: Letter, error: Exception, now: datetime, *, for_good: bool) -> None:
    letter.why = str(error)[:300]
    letter.due_at = now + WAITS[min(letter.tries, len(WAITS)) - 1]
    if for_good or now - letter.made_at >= GIVE_UP:
        letter.failed_at = now
        letter.text = letter.html = ""  # it may hold what is for that person alone
    letter.save(update_fields=["why", "due_at", "failed_at", "text", "html"])
    logger.warning("a mail was not taken", letter=letter.pk, kind=letter.kind, why=letter.why, given_up=for_good)


def _written(code: str, addresses: Iterable[str], context: Context, now: datetime) -> list[Letter]:
    """The letters as they will leave, each in its owner's time zone and language."""
    kind, addresses = _kinds[code], list(addresses)
    owners = EmailAddress.objects.filter(email__in=addresses, verified=True).select_related("user")
    people = {each.email: each.user for each in owners}
    off = set()
    if not kind.always:
        ids = [person.pk for person in people.values()]
        off = set(MailOff.objects.filter(kind=code, user__in=ids).values_list("user_id", flat=True))
    found = []
    for address in addresses:
        person = people.get(address)
        if person is not None and person.pk in off:
            continue
        more, headers = {}, {}
        if person is not None and not kind.always:
            more = {"stop": stop_link(person.pk, code)}
            headers = {"List-Unsubscribe": f"<{more['stop']}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        headers["Message-ID"] = make_msgid(domain=urlsplit(settings.SITE_URL).hostname)
        with as_reader(person):
            words = context(person) if callable(context) else context
            message = get_adapter().render_mail(kind.template, address, words | more)
        found.append(
            Letter(
                kind=code,
                to=address,
                user=person,
                subject=message.subject[:300],
                text=message.body,
                html=message.alternatives[0][0],
                headers=headers,
                made_at=now,
                due_at=now,
            )
        )
    return found


@contextmanager
def as_reader(person: User | None):
    """Moments in this person's time zone and words in its language, wherever the mail is written."""
    if person is None:
        yield
        return
    with timezone.override(person.zone), translation.override(person.reads):
        yield


def _message(letter: Letter) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        letter.subject, letter.text, get_adapter().get_from_email(), [letter.to], headers=letter.headers
    )
    message.attach_alternative(letter.html, "text/html")
    return message


def stop_link(user_id: int, code: str) -> str:
    """The address that turns a kind of mail off for a person, signed; it does nothing else, so it never ends."""
    return f"{settings.SITE_URL}{reverse('accounts:stop_mail', args=[SIGNER.sign_object([user_id, code])])}"


def of_link(token: str) -> tuple[User, Kind] | None:
    """Whom and which kind a link of ours names; None for any other text."""
    try:
        user_id, code = SIGNER.unsign_object(token)
    except (BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=user_id).first()
    return (user, _kinds[code]) if user is not None and code in _kinds else None
