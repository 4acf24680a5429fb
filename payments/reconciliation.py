"""What a bank credit is for: rules 5 and 6 as pure logic. No database, no clock."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext_noop
from stdnum import iso11649
from stdnum.exceptions import ValidationError

from payments import stored
from trade_assurance.money import display

REFERENCE = re.compile(r"(?=(RF\s*[0-9]{2}(?:\s*[0-9A-Z]){1,21}))", re.IGNORECASE)  # matches may overlap
NO_REFERENCE = gettext_noop("It came without a valid payment reference.")
STRANGE = gettext_noop("Its payment reference {reference} is valid, and none that we have issued.")
MISTYPED = gettext_noop("Its payment reference {reference} has a wrong check digit.")
OTHER_CURRENCY = gettext_noop("It is in {came}, the order is in {order}.")
stored.remember(STRANGE, MISTYPED, OTHER_CURRENCY)
LETTERS = "\u0900-\u0fff\u3099\u309a"  # marks that make another letter: of India, Thailand, Japan
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
    """What to do: `suspense` says why a person must look, else the money is split without a rest.

    `because` says in words what led there, and `score` from 0 to 100 how sure it is.
    """

    parts: tuple[Share, ...] = ()
    absorbed_minor: int = 0
    surplus_minor: int = 0
    suspense: str = ""
    because: str = ""
    score: int = 0
    third_party: bool = False  # everything fits but the payer's name, so the buyer is asked who paid (Rulebook 6)


def references_in(text: str) -> list[str]:
    """Every valid ISO 11649 reference that can be read in what a payer wrote; spaces and small letters are forgiven.

    Words after a reference may be read as part of it, and one in 97 such readings has right check digits by chance: so
    all of them are given, and the caller knows which one it has issued.
    """
    found = []
    if text.isascii() and "RF" not in text.upper():
        return found
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
        return gettext_noop("It names more than one of our payment references.")
    readings = [_by_words(match.group(1)) for match in REFERENCE.finditer(unicodedata.normalize("NFKC", text))]
    if not readings:
        return NO_REFERENCE
    for reading in readings:
        for reference in reading:
            if iso11649.is_valid(reference):
                return STRANGE.format(reference=reference)
    return MISTYPED.format(reference=readings[0][0])


def _by_words(written: str) -> list[str]:
    """A reference as it may be meant, the longest first: it ends where a word ends, never within one."""
    words = written.upper().split()
    readings = ("".join(words[:count])[:25] for count in range(len(words), 0, -1))
    return [reading for reading in readings if len(reading) > len("RF00")]


def normal_name(name: str) -> str:
    """A name for comparing: no accents, no case, no punctuation, no company form, words in order of the alphabet."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c) or re.match(f"[{LETTERS}]", c))
    plain = re.sub(r"[.'’]", "", plain)
    words = [w for w in re.split(rf"[^\w{LETTERS}]+", plain) if w and w not in COMPANY_FORMS]
    return " ".join(sorted(words))


def same_payer(payer: str, buyer_names: tuple[str, ...]) -> bool:
    """Whether the payer is the buyer by its company's or its own name (Rulebook 6)."""
    given = normal_name(payer)
    return bool(given) and given in {normal_name(name) for name in buyer_names if name}


def judge(credit: Arrived, expected: Expected | None, *, payer_known: bool = False) -> Verdict:
    """What a credit pays, with the reason in words (Rulebook 5, 6). `payer_known`: finance has confirmed who paid."""
    if expected is None:
        return Verdict(suspense=NO_REFERENCE)
    if credit.currency != expected.currency:
        return Verdict(suspense=OTHER_CURRENCY.format(came=credit.currency, order=expected.currency), score=10)
    if not payer_known and not same_payer(credit.payer_name, expected.buyer_names):
        return Verdict(suspense=gettext_noop("The payer's name is not the buyer's."), score=40, third_party=True)
    if not expected.takes_money:
        said = "The order takes no money any more, so all of it goes back."
        return Verdict(surplus_minor=credit.amount_minor, because=said, score=60)
    target = next(part for part in expected.instalments if part.id == expected.target)
    gap = target.open_minor - credit.amount_minor
    if gap > 0:
        return _short(credit, expected, target, gap)
    if target.open_minor == 0 and credit.amount_minor != expected.total_minor:
        said = "The instalment of its reference is paid already, so all of it goes back."
        return Verdict(surplus_minor=credit.amount_minor, because=said, score=60)
    return _enough(credit, expected, target, -gap)


def _short(credit: Arrived, expected: Expected, target: Open, gap: int) -> Verdict:
    """Within what we bear, or what the statement's charges explain, the instalment is paid; else it stays open."""
    missing = display(gap, credit.currency)
    if gap <= expected.shortfall_borne_minor:
        said, score, borne = f"{missing} short, within what we bear as bank charges.", 95, gap
    elif gap <= credit.charges_minor:
        charged = display(credit.charges_minor, credit.currency)
        said, score, borne = f"{missing} short, explained by the {charged} of charges on the statement.", 90, gap
    else:
        said, score, borne = f"{missing} short: a part, and the instalment stays open for the rest.", 80, 0
    return Verdict(parts=(Share(target.id, credit.amount_minor, borne),), because=said, score=score)


def _enough(credit: Arrived, expected: Expected, target: Open, over: int) -> Verdict:
    """Exact; a small surplus is kept against bank charges; the order's total pays the next ones; else it goes back."""
    parts = (Share(target.id, target.open_minor),) if target.open_minor else ()
    if over == 0:
        return Verdict(parts=parts, because="Exactly what is open of the instalment of its reference.", score=100)
    more = display(over, credit.currency)
    if parts and over <= expected.surplus_kept_minor:
        return Verdict(parts=parts, absorbed_minor=over, because=f"{more} over, kept against bank charges.", score=95)
    said, score = f"{more} over what is open, which goes back.", 80
    if credit.amount_minor == expected.total_minor:
        said, score = "It is the order's total, so it pays what is open of the other instalments too.", 95
        for part in sorted(expected.instalments, key=lambda p: p.number):
            share = min(over, part.open_minor)
            if part.id != target.id and share:
                parts += (Share(part.id, share),)
                over -= share
        said += f" {display(over, credit.currency)} is too much and goes back." if over else ""
    return Verdict(parts=parts, surplus_minor=over, because=said, score=score)


# Money without a reference: ranked, explained, never acted on (Rulebook 5) ------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """An open instalment that a credit without a reference could be for."""

    reference: str  # the order's
    rf_reference: str
    label: str
    part: Open
    currency: str
    total_minor: int  # the order's
    buyer_names: tuple[str, ...]
    shortfall_borne_minor: int
    is_on_account: bool  # the credit came to its supplier's designated account
    is_named: bool  # what the payer wrote has the order's number or a reference of it
    is_alone: bool  # nothing else is open between this buyer and this supplier
    days_from_due: int  # from the due date to the credit; below zero it came before


@dataclass(frozen=True)
class Suggestion:
    """A candidate with its score, from 0 to 100, and a sentence for each thing that was weighed."""

    candidate: Candidate
    score: int
    reasons: tuple[str, ...]

    @property
    def words(self) -> str:
        """All of it on one line."""
        one = self.candidate
        shown = display(one.part.open_minor, one.currency)
        return f"{one.reference}, {one.label}, {shown} open: {self.score} of 100. {' '.join(self.reasons)}"


SUGGESTED = 5  # shown to the person
NEAR_DUE_DAYS = 14


def suggest(credit: Arrived, known: list[Candidate]) -> list[Suggestion]:
    """The open instalments that a credit could be for, likeliest first, each with its reasons; a person decides."""
    found = [one for candidate in known if (one := _weighed(credit, candidate)) is not None]
    return sorted(found, key=lambda one: (-one.score, one.candidate.reference, one.candidate.part.number))[:SUGGESTED]


def _weighed(credit: Arrived, one: Candidate) -> Suggestion | None:
    """None when neither amount nor payer nor words speak for it: what is left would fit anything."""
    if credit.currency != one.currency:
        if not one.is_named:
            return None
        said = f"The transfer names this order, but is in {credit.currency} and the order in {one.currency}:"
        return Suggestion(one, 0, (f"{said} it can't pay it.",))
    telling = [_amount_weighed(credit, one), _payer_weighed(credit, one)]
    if one.is_named:
        telling.append((15, "The payer's words name this order."))
    if not any(points for points, _ in telling):
        return None
    telling.append(
        (8, "It came to the supplier's designated account.")
        if one.is_on_account
        else (0, "It came to an account that is not this supplier's designated one.")
    )
    if one.is_alone:
        telling.append((5, "It is the only instalment open between these two."))
    if abs(one.days_from_due) <= NEAR_DUE_DAYS:
        side = "after" if one.days_from_due > 0 else "before"
        telling.append((4, f"It came {abs(one.days_from_due)} days {side} the due date."))
    telling.append((3, "The currency is the order's."))
    return Suggestion(one, sum(points for points, _ in telling), tuple(said for _, said in telling if said))


def _amount_weighed(credit: Arrived, one: Candidate) -> tuple[int, str]:
    gap = one.part.open_minor - credit.amount_minor
    if gap == 0:
        return 40, "The amount is the same as what is open."
    shown = display(abs(gap), one.currency)
    if 0 < gap <= max(one.shortfall_borne_minor, credit.charges_minor):
        return 35, f"The amount is {shown} short, which the rule for bank charges bears."
    if credit.amount_minor == one.total_minor:
        return 35, "The amount is the order's total."
    if 0 < gap <= one.part.open_minor // 50:
        return 20, f"The amount is {shown} short, within 2%."
    return 0, f"The amount is {shown} {'short: it would pay a part' if gap > 0 else 'more than what is open'}."


def _payer_weighed(credit: Arrived, one: Candidate) -> tuple[int, str]:
    if same_payer(credit.payer_name, one.buyer_names):
        return 25, "The payer is the buyer."
    said = "The payer's name is not the buyer's, so the buyer must name the payer first."
    given = set(normal_name(credit.payer_name).split())
    shared = given & {word for name in one.buyer_names for word in normal_name(name).split() if len(word) >= 4}
    return (
        (12, f"The payer's name has {' and '.join(sorted(shared))} in it as the buyer's has. {said}")
        if shared
        else (
            0,
            said,
        )
    )
