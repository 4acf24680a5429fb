"""What a bank credit is for: rules 5 and 6 as pure logic. No database, no clock."""

import re
import unicodedata
from dataclasses import dataclass

from stdnum import iso11649
from stdnum.exceptions import ValidationError

from trade_assurance.money import display

REFERENCE = re.compile(r"(?=(RF\s*[0-9]{2}(?:\s*[0-9A-Z]){1,21}))", re.IGNORECASE)  # matches may overlap
COMPANY_FORMS = frozenset(
    "ltd limited llc inc incorporated corp corporation co company gmbh ag kg sa sas sarl srl spa bv nv ab as oy plc pty"
    " pte lda ltda kk the".split()
)


@dataclass(frozen=True)
class Arrived:
    """A credit as the statement tells it; amounts in minor units."""

    amount_minor: int
    currency: str
    payer_name: str
    charges_minor: int = 0


@dataclass(frozen=True)
class Open:
    """An instalment: its id, number, and what is open of it."""

    id: int
    number: int
    open_minor: int


@dataclass(frozen=True)
class Expected:
    """The order that a reference names. `target` is the id of the instalment that the reference belongs to."""

    currency: str
    takes_money: bool  # neither a draft nor final
    buyer_names: tuple[str, ...]
    total_minor: int
    instalments: tuple[Open, ...]
    target: int
    shortfall_borne_minor: int  # largest gap that we bear on what is open of the target
    surplus_kept_minor: int  # largest surplus that is absorbed


@dataclass(frozen=True)
class Share:
    """What an instalment gets of a credit; `borne_minor` is the gap that we bear."""

    instalment_id: int
    amount_minor: int
    borne_minor: int = 0


@dataclass(frozen=True)
class Verdict:
    """What to do: `suspense` says why a person must look, else the money is split without a rest."""

    parts: tuple[Share, ...] = ()
    absorbed_minor: int = 0
    surplus_minor: int = 0
    suspense: str = ""


def references_in(text: str) -> list[str]:
    """Every valid ISO 11649 reference that can be read in what a payer wrote; spaces and small letters are forgiven.

    Words after a reference may be read as part of it, and one in 97 such readings has right check digits by chance: so
    all of them are given, and the caller knows which one it has issued.
    """
    found = []
    for match in REFERENCE.finditer(unicodedata.normalize("NFKC", text)):
        compact = re.sub(r"\s", "", match.group(1)).upper()
        for end in range(len(compact), 4, -1):
            try:
                found.append(iso11649.validate(compact[:end]))
            except ValidationError:
                continue
    return found


def without_order(text: str, issued: int) -> str:
    """Why what a payer wrote names no order of ours, in words for the person who looks at it."""
    if issued > 1:
        return "It names more than one of our payment references."
    match = REFERENCE.search(unicodedata.normalize("NFKC", text))
    if match is None:
        return "It came without a valid payment reference."
    shown = re.sub(r"\s", "", match.group(1)).upper()[:25]
    if references_in(text):
        return f"Its payment reference {shown} is valid, and none that we have issued."
    return f"Its payment reference {shown} has a wrong check digit."


def normal_name(name: str) -> str:
    """A name for comparing: no accents, no case, no punctuation, no company form, words in order of the alphabet."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"[.'’]", "", plain)
    words = [w for w in re.split(r"\W+", plain) if w and w not in COMPANY_FORMS]
    return " ".join(sorted(words))


def same_payer(payer: str, buyer_names: tuple[str, ...]) -> bool:
    """Whether the payer is the buyer by its company's or its own name (Rulebook 6)."""
    given = normal_name(payer)
    return bool(given) and given in {normal_name(name) for name in buyer_names if name}


def judge(credit: Arrived, expected: Expected | None, *, payer_known: bool = False) -> Verdict:
    """What a credit pays (Rulebook 5, 6). `payer_known`: finance has confirmed who paid."""
    if expected is None:
        return Verdict(suspense="It came without a valid payment reference.")
    if credit.currency != expected.currency:
        return Verdict(suspense=f"It is in {credit.currency}, the order is in {expected.currency}.")
    if not payer_known and not same_payer(credit.payer_name, expected.buyer_names):
        return Verdict(suspense="The payer's name is not the buyer's.")
    if not expected.takes_money:
        return Verdict(surplus_minor=credit.amount_minor)
    target = next(part for part in expected.instalments if part.id == expected.target)
    gap = target.open_minor - credit.amount_minor
    if gap > 0:
        explained = gap <= max(expected.shortfall_borne_minor, credit.charges_minor)
        return Verdict(parts=(Share(target.id, credit.amount_minor, gap if explained else 0),))
    parts = (Share(target.id, target.open_minor),) if target.open_minor else ()
    over = -gap
    if parts and over <= expected.surplus_kept_minor:
        return Verdict(parts=parts, absorbed_minor=over)
    if credit.amount_minor == expected.total_minor:
        for part in sorted(expected.instalments, key=lambda p: p.number):
            more = min(over, part.open_minor)
            if part.id != target.id and more:
                parts += (Share(part.id, more),)
                over -= more
    return Verdict(parts=parts, surplus_minor=over)


def suggest(credit: Arrived, known: list[tuple[str, str, Open, tuple[str, ...]]]) -> list[str]:
    """In words, which open instalments a credit without a reference could be for, likeliest first; never acted on.

    `known` rows are (order reference, instalment label, open instalment, buyer's names).
    """
    scored = []
    for reference, label, part, names in known:
        reasons, score = [], 0
        if part.open_minor == credit.amount_minor:
            reasons, score = ["the amount is the same"], 3
        elif 0 < part.open_minor - credit.amount_minor <= part.open_minor // 50:
            reasons, score = ["the amount is within 2%"], 2
        if same_payer(credit.payer_name, names):
            reasons, score = [*reasons, "the payer is the buyer"], score + 2
        if score:
            shown = display(part.open_minor, credit.currency)
            scored.append((-score, f"{reference}, {label}, {shown} open: {' and '.join(reasons)}"))
    return [words for _, words in sorted(scored)[:5]]
