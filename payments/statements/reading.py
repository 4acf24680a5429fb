"""What every kind of statement file is read as: a stream of Opened, its Entry's, Closed, for each statement in it."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from trade_assurance import money
from trade_assurance.refused import Refused

MAX_BYTES = 512 * 2**20  # of one file
MAX_STATEMENTS = 10_000  # in one file
MAX_DETAILS = 200_000  # of one batch booking
NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NONREF", "NOTPROVIDED.", "NOREF", "KREF+"})
UNSAFE = re.compile(r"[^A-Za-z0-9/+.-]")
AMOUNT = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,17})?")


class Unreadable(Refused):
    """The file is refused whole; the sentence says why. Nothing of it is booked."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A statement or a notification begins. `number` is the bank's name of it, `page` a part of it."""

    kind: str
    account: str
    currency: str  # "" when the account's is not said
    number: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """A statement ends: its days, and its balances where the bank gives them, in minor units of `currency`."""

    from_on: date | None = None
    to_on: date | None = None
    currency: str = ""
    opening_minor: int | None = None
    closing_minor: int | None = None


class Entry(NamedTuple):
    """One movement, or one detail of a batch. `is_credit` says how it moved the balance, a reversal too."""

    is_credit: bool
    currency: str
    amount_minor: int
    booked_on: date | None = None
    value_on: date | None = None
    is_reversal: bool = False  # the bank undoes an entry of the other side
    is_return: bool = False  # a sending of ours comes back
    bank_reference: str = ""  # the bank's own (AcctSvcrRef)
    end_to_end_id: str = ""
    references: tuple[str, ...] = ()  # every other name that this movement, or what it undoes, has
    batch: str = ""
    text: str = ""  # what the payer wrote
    other_name: str = ""
    other_account: str = ""
    own_account: str = ""  # the address of ours that the payer named, where it is not the statement's
    charges_minor: int = 0
    why: str = ""  # of a return or reversal, in the bank's words
    odd: str = ""  # why a person must look at it, whatever its reference says
    booking_minor: int = 0  # of a detail: the whole booking that it is a part of
    number: str = ""  # see `numbered`


def minor(text: str | None, currency: str, where: str) -> int:
    """Minor units of a statement's amount, exactly: "18.150" EUR is 1815. Raises Unreadable, naming the place."""
    shown = (text or "").strip()
    if not AMOUNT.fullmatch(shown):
        raise Unreadable(
            f"{where}: {shown[:40] or 'nothing'} is not an amount as this format writes it (figures, and a point "
            "before the decimals). Ask the bank for the file again."
        )
    whole, _, rest = shown.partition(".")
    places = _places(currency, where)
    if len(rest) <= places and len(whole) < 12:
        return int(whole + rest.ljust(places, "0"))
    try:
        return money.from_decimal(Decimal(shown), currency)
    except (money.BadAmount, InvalidOperation) as error:
        raise Unreadable(f"{where}: {error}") from error


def _places(currency: str, where: str) -> int:
    try:
        return money.digits(currency)
    except money.BadCurrency as error:
        shown = currency[:10] or "a currency without a name"
        raise Unreadable(
            f"{where}: {shown} is not traded here, so no account of ours is in it. Is it the right file?"
        ) from error


def known(reference: str | None) -> str:
    """A reference that names something; "" for what banks write when there is none."""
    shown = " ".join((reference or "").split())
    return "" if shown.upper() in NO_REFERENCE else shown


def numbered(stream: Iterable[Opened | Entry | Closed]) -> Iterator[Opened | Entry | Closed]:
    """Give each entry its `number`: the same movement has the same one in every file that tells of it.

    It is made of the account, the amount and the bank's reference; without one of the end-to-end id or, failing that,
    of all that the payer wrote. Movements that are alike in all of that are told apart by counting within a statement.
    """
    seen: dict[str, Counter] = {}
    opened = None
    for part in stream:
        if isinstance(part, Opened):
            opened = part
            counter = seen.setdefault(f"{part.account}|{part.number}", Counter())
        elif isinstance(part, Entry):
            what = _alike(opened.account, part)
            counter[what] += 1
            digest = hashlib.sha256(b"%s|%d" % (what, counter[what])).hexdigest()[:32]
            name = UNSAFE.sub("", part.bank_reference or part.end_to_end_id)[:35] or "entry"
            part = part._replace(number=f"{name}:{digest}")
        yield part


def _alike(account: str, entry: Entry) -> bytes:
    direction = ("C" if entry.is_credit else "D") + ("R" if entry.is_reversal else "")
    parts = [account, entry.currency, direction, str(entry.amount_minor)]
    if entry.bank_reference:
        parts += ["ref", entry.bank_reference]
        if entry.batch:
            parts += [entry.end_to_end_id or entry.text]
    else:
        parts += ["day", str(entry.booked_on or entry.value_on or "")]
        parts += [entry.end_to_end_id or f"{entry.text}|{entry.other_name}"]
    return hashlib.blake2b("\x00".join(parts).encode(), digest_size=16).digest()
