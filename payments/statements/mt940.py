"""SWIFT MT940 as banks write it, statement by statement, by the mt-940 library; what it leaves open is checked here."""

import re
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO

from mt940 import Options
from mt940.models import Balance, Transactions

from payments.statements.reading import (
    MAX_BYTES,
    MAX_STATEMENTS,
    Closed,
    Entry,
    Opened,
    Unreadable,
    known,
)
from payments.statements.reading import minor as minor_of

TAG = re.compile(r"^:\n?([0-9]{2}[A-Z]?|NS):", re.MULTILINE)
BEGINS = re.compile(r"^(?:\{[^\n]*\}\{4:\n)?:20:", re.MULTILINE)
LONGEST_LINE = 2_000
MAX_BLOCK = 64 * 2**20  # characters of one statement
ONCE = ("20", "25", "60", "62")
SEPA = re.compile(r"(EREF|KREF|MREF|SVWZ|ABWA|IBAN|BIC|CRED|DEBT)\+")
CHARGES = re.compile(r"/CHGS/([A-Z]{3})([0-9]{1,12},[0-9]{0,3})")
STRUCTURED = re.compile(r"/(EREF|NAME|REMI|IBAN|RTRN|ORDP|BENM|PREF|TRCD)/(?!/)")
OF_THE_BANK = re.compile(r"/(?:NAME|IBAN|RTRN|ORDP|BENM|OCMT|CHGS)/")  # none of it stands in what a payer wrote
SUB_FIELD = re.compile(r"\?([0-9]{2})")
FORGED = "What the payer wrote holds words that only a bank writes, so it is not clear who sent it and for what."
MARKS = {"C": (True, False), "D": (False, False), "RC": (False, True), "RD": (True, True)}


def looks_like(beginning: bytes) -> bool:
    """Whether a file begins as a MT940 does: with a reference (20) that an account (25) follows."""
    return re.search(rb"(?m)^:20:[^\n]*\r?\n(?:[^:\n][^\n]*\n)*:2[158]:", beginning.replace(b"\r\n", b"\n")) is not None


def read(source: BinaryIO) -> Iterator[Opened | Entry | Closed]:
    """The stream of a file's statements. Raises Unreadable while it is read."""
    number = 0
    for number, block in enumerate(_blocks(source), 1):
        if number > MAX_STATEMENTS:
            raise Unreadable(f"The file holds more than {MAX_STATEMENTS} statements.")
        yield from _statement(block, number)
    if not number:
        raise Unreadable("The file holds no statement (no field 20).")


def _lines(source: BinaryIO) -> Iterator[str]:
    total = 0
    while raw := source.readline(LONGEST_LINE + 2):
        total += len(raw)
        if total > MAX_BYTES:
            raise Unreadable(f"The file is larger than {MAX_BYTES // 2**20} MB. Ask the bank for smaller ones.")
        if len(raw) > LONGEST_LINE:
            raise Unreadable(f"A line of the file is longer than {LONGEST_LINE} characters.")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        yield text.replace("\x00", "").replace("\r", "").removesuffix("\n")


def _blocks(source: BinaryIO) -> Iterator[str]:
    """The text of each statement, from its field 20 on; the envelope before the first is left out."""
    block, size = [], 0
    for line in _lines(source):
        if line.startswith(":20:") or "{4:" in line[:200]:
            if block:
                yield "\n".join(block)
            block, size = [], 0
            if not line.startswith(":20:"):
                continue
        elif not block:
            continue
        block.append(line)
        size += len(line)
        if size > MAX_BLOCK:
            raise Unreadable("One statement of the file is larger than 64 MB. Ask the bank for smaller ones.")
    if block:
        yield "\n".join(block)


def _statement(block: str, number: int) -> Iterator[Opened | Entry | Closed]:
    tags = [match[1] for match in TAG.finditer(block)]
    for tag in ONCE:
        count = sum(found.rstrip("FMACE") == tag for found in tags)
        if count != 1:
            what = "is missing: the file is cut off or damaged" if count == 0 else "stands there more than once"
            raise Unreadable(f"Statement {number} of the file: field {tag} {what}.")
    try:
        found = Transactions(options=Options.all())
        found.parse(block)
    except (RuntimeError, ValueError, ArithmeticError, KeyError, AttributeError, TypeError, IndexError) as error:
        said = error.args[0] if error.args else None
        reason = said[:150] if isinstance(said, str) and said else "a figure or a date in it is none."
        raise Unreadable(f"Statement {number} of the file can't be read as MT940: {reason}") from error
    told = found.data
    account = "".join((told.get("account_identification") or "").split()).upper()[:34]
    opening, closing = _balance(told, "opening"), _balance(told, "closing")
    if not account or opening is None or closing is None:
        raise Unreadable(f"Statement {number} of the file has no account, or no opening or closing balance.")
    currency = opening.amount.currency
    if closing.amount.currency != currency:
        raise Unreadable(f"Statement {number} of the file opens in {currency} and closes in another currency.")
    lines = sum(tag == "61" for tag in tags)
    if len(found.transactions) != lines:
        raise Unreadable(f"Statement {number} of the file has {lines} lines, {len(found.transactions)} can be read.")
    yield Opened(
        "mt940",
        account,
        currency,
        str(told.get("statement_number") or told.get("transaction_reference") or number)[:60],
        str(told.get("sequence_number") or "")[:10],
    )
    for line, (transaction, said) in enumerate(zip(found.transactions, _said(block), strict=True), 1):
        entry = _entry(transaction.data, said, currency, f"Statement {number}, line {line}")
        if entry.amount_minor:
            yield entry
    first = _minor(opening, currency, f"Statement {number}, opening balance")
    last = _minor(closing, currency, f"Statement {number}, closing balance")
    yield Closed(_day(opening.date), _day(closing.date), currency, first, last)


def _said(block: str) -> list[str]:
    """The field 86 of each field 61, as it was written; the library keeps it in parts only."""
    found, tags = [], list(TAG.finditer(block))
    for tag, following in zip(tags, [*tags[1:], None], strict=True):
        if tag[1] == "61":
            found.append("")
        elif tag[1] == "86" and found and not found[-1]:
            found[-1] = block[tag.end() : following.start() if following else None].replace("\n", "")
    return found


def _balance(told: dict, which: str) -> Balance | None:
    for name in (f"final_{which}_balance", f"intermediate_{which}_balance", f"{which}_balance"):
        balance = told.get(name)
        if isinstance(balance, Balance) and balance.amount is not None and hasattr(balance.amount, "currency"):
            return balance
    return None


def _minor(balance: Balance, currency: str, where: str) -> int:
    sign = -1 if (balance.status or "").upper() == "D" else 1
    return sign * minor_of(format(abs(balance.amount.amount), "f"), currency, where)


def _day(moment) -> date | None:
    return date(moment.year, moment.month, moment.day) if moment else None


def _entry(told: dict, said: str, currency: str, where: str) -> Entry:
    mark = MARKS.get((told.get("status") or "").upper())
    if mark is None:
        raise Unreadable(f"{where}: field 61 has no debit or credit mark.")
    is_credit, is_reversal = mark
    details = told.get("transaction_details") or ""
    joined, extra = details.replace("\n", ""), told.get("extra_details") or ""
    by_bank, _, by_payer = joined.partition("/REMI/")
    odd = FORGED if OF_THE_BANK.search(by_payer) or _is_out_of_order(said) else ""
    sepa, structured = _named(SEPA, _plain(details)), _named(STRUCTURED, joined)
    if odd:
        structured |= {"NAME": "", "ORDP": "", "IBAN": "", "RTRN": ""} | _named(STRUCTURED, by_bank)
    customer = known(told.get("customer_reference"))
    end_to_end = known(sepa.get("EREF") or structured.get("EREF") or told.get("end_to_end_reference"))
    end_to_end = end_to_end.partition("MTLG:")[0].strip()  # what the bank says of a return, without a mark of its own
    name = told.get("applicant_name") or structured.get("NAME") or structured.get("ORDP") or ""
    text = sepa.get("SVWZ") or structured.get("REMI") or told.get("purpose") or ""
    everything = " ".join(filter(None, (text, joined, extra)))
    # only where the bank writes: at the beginning of its own line, or before what the payer wrote
    charged = (extra if extra.startswith(("/OCMT/", "/CHGS/")) else "") + (by_bank if by_payer else "")
    charges = sum(
        minor_of(amount.replace(",", "."), currency, where)
        for unit, amount in CHARGES.findall(charged)
        if unit == currency
    )
    returned = structured.get("RTRN") or (
        "returned" if str(told.get("transaction_code") or "") in ("159", "109") else ""
    )
    return Entry(
        is_credit=is_credit,
        currency=currency,
        amount_minor=minor_of(format(abs(told["amount"].amount), "f"), currency, where),
        booked_on=_day(told.get("entry_date")) or _day(told.get("date")),
        value_on=_day(told.get("date")),
        is_reversal=is_reversal,
        is_return=bool(returned) and is_credit and not odd,
        why=returned,
        bank_reference=known(told.get("bank_reference"))[:60],
        end_to_end_id=end_to_end[:60],
        references=tuple(filter(None, (customer[:60], end_to_end[:60], known(sepa.get("KREF"))[:60]))),
        text=everything[:1000],
        other_name=" ".join(str(name).split())[:200],
        other_account=str(told.get("applicant_iban") or structured.get("IBAN") or "")[:34],
        charges_minor=charges,
        odd=odd,
    )


def _is_out_of_order(said: str) -> bool:
    """Whether German sub-fields stand in another order than a bank's: then the payer has written some of them."""
    codes = SUB_FIELD.findall(said) if re.match(r"[0-9]{3}\?", said) else []
    return codes != sorted(set(codes))


def _plain(details: str) -> str:
    """The text of German sub-fields ("?20…?21…") run together, or the text as it is."""
    joined = details.replace("\n", "")
    parts = re.split(r"\?([0-9]{2})", joined)
    if len(parts) < 3:
        return joined
    return "".join(
        text for code, text in zip(parts[1::2], parts[2::2], strict=True) if "20" <= code <= "29" or code >= "60"
    )


def _named(pattern: re.Pattern, text: str) -> dict[str, str]:
    """What stands after each word of a coded text, up to the next one."""
    parts = pattern.split(text)
    return {name: value.strip(" /") for name, value in zip(parts[1::2], parts[2::2], strict=True)}
