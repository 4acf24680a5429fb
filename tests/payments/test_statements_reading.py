"""Statement files read: what banks really write, what nobody should send, and whatever Hypothesis thinks of."""

import io
import time
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from ledger.models import Account, Transfer
from payments.models import BankEntry
from payments.statements import Closed, Entry, Opened, Unreadable, open_statement
from tests.payments.bank_files import Line, camt, document, imported, mt940

BANK = Path(settings.BASE_DIR).parent / "shared" / "data" / "bank"
ACCOUNT = "NL26VAYB8060476890"
ASK = "Something is missing or was changed; ask the bank for the file again."
SEK = "SEK is not traded here, so no account of ours is in it. Is it the right file?"
# file, account of it, entries, credits, debits; or the whole sentence why it is refused
SAMPLES = {
    "camt/camt053.v2.five.decimals.xml": (  # 18.150 and 8.850 are 27.000, it says 27.050
        "Statement 253EURNL26VAYB8060476890 of NL26VAYB8060476890 does not add up: it opens with EUR 18.15, its "
        f"entries (1) add up to EUR 8.85, and it closes with EUR 27.05. {ASK}"
    ),
    "camt/camt053.v2.multi.statement.xml": ("NL26VAYB8060476890", 2, 8_85, 7_00),
    "camt/camt053.v2.wrong.xml": "Element Stmt is missing: the file holds no statement.",
    "camt/camt053.v4.xml": f"Balance CLBD in line 74: {SEK}",
    "camt/camt053.v8.xml": f"Balance CLBD in line 74: {SEK}",
    "camt/camt054.v4.xml": f"Entry in line 63: {SEK}",
    "camt/camt054.v8.xml": f"Entry in line 63: {SEK}",
    "camt/camt054.v8-with-UETR.xml": f"Entry in line 16: {SEK}",
    "mt940/betterplace-sepa_snippet.sta": (  # cut out of a longer one
        "Statement 00004 of 50880050/0194791600888 does not add up: it opens with EUR -1,970,431.87, its entries (7) "
        f"add up to EUR -2,501,917.30, and it closes with EUR -4,472,049.09. {ASK}"
    ),
    "mt940/betterplace-sepa_snippet_broken.sta": "Statement 1 of the file: field 25 stands there more than once.",
    "mt940/citi-mt940.txt": ("123456789", 3, 0, 1_142_75),
    "mt940/jejik-abnamro.sta": (
        "Statement 19321 of 517852257 does not add up: it opens with EUR 3,236.28, its entries (8) add up to "
        f"EUR -321.44, and it closes with EUR 876.84. {ASK}"
    ),
    "mt940/jejik-ing.sta": (
        "Statement 000 of 0001234567 does not add up: it opens with EUR 0.00, its entries (7) add up to EUR -45.59, "
        f"and it closes with EUR 3.47. {ASK}"
    ),
    "mt940/jejik-rabobank-iban.sta": ("NL71RABO0123456789", 4, 0, 70_00),
    "mt940/self-provided-raphaelm.sta": "Statement 1 of the file opens in DEM and closes in another currency.",
}
OURS = ["NL26VAYB8060476890", "CH2801234000123456789", "123456789", "517852257", "0001234567", "NL71RABO0123456789"]
OURS += ["0194787400888", "50880050/0194791600888", "1222333444", "3346780111"]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.django_db
def test_each_sample_is_booked_or_refused_with_its_reason(name, settings, tmp_path):
    if not (BANK / name).exists():
        pytest.skip(f"the sample {name} is not here")
    settings.MEDIA_ROOT, settings.BANK_ACCOUNTS = tmp_path, []
    content = (BANK / name).read_bytes()
    unknown = imported(content, name=name)
    assert unknown.status == "refused" and not BankEntry.objects.exists()
    settings.BANK_ACCOUNTS = OURS
    file = imported(content, name=name)
    expected = SAMPLES[name]
    if isinstance(expected, str):
        assert (file.status, file.why) == ("refused", expected)
        assert not BankEntry.objects.exists() and not Transfer.objects.exists()
        return
    assert "not one of ours" in unknown.why
    account, entries, credits, debits = expected
    assert (file.status, file.entries) == ("complete", entries), file.why
    assert not BankEntry.objects.filter(direction="credit").exclude(status__in=("matched", "suspense")).exists()
    told = list(file.statements.all())
    assert {each.account for each in told} == {account}
    assert (sum(s.credits_minor for s in told), sum(s.debits_minor for s in told)) == (credits, debits)
    for each in told:
        assert each.balances and each.closing_minor - each.opening_minor == each.credits_minor - each.debits_minor
    bank = Account.objects.filter(kind="bank").first()
    booked = bank.debits.total_minor() - bank.credits.total_minor() if bank else 0
    assert booked == credits  # debits that nobody knows wait for a person
    again = imported(content + b"\n", name="the same with other bytes")
    assert again.known == entries


# what nobody should send ------------------------------------------------------------------------------------------

LOL = "<!DOCTYPE Document [<!ENTITY a 'lol'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)
BAD = {
    "billion laughs": camt(ACCOUNT, Line("1.00", "x")).replace(b"<Document", f"{LOL}]><Document".encode(), 1),
    "external entity": camt(ACCOUNT, Line("1.00")).replace(
        b"<Document", b"<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><Document", 1
    ),
    "external dtd": camt(ACCOUNT, Line("1.00")).replace(
        b"<Document", b"<!DOCTYPE d SYSTEM 'http://127.0.0.1:9/x.dtd'><Document", 1
    ),
    "dtd after a long comment": b"<!--" + b"x" * 70_000 + b"--><!DOCTYPE d [<!ENTITY a 'b'>]><Document/>",
    "utf-16": camt(ACCOUNT, Line("1.00")).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "utf-7": camt(ACCOUNT, Line("1.00")).replace(b"UTF-8", b"UTF-7"),
    "deep": document(f"<Stmt>{'<a>' * 100_000}"),
    "a text of 50 MB": camt(ACCOUNT, Line("1.00", "x" * 50_000_000)),
    "a million elements in one": camt(ACCOUNT, Line("1.00", note=f"<BkTxCd>{'<a/>' * 1_000_000}</BkTxCd>")),
    "a million beside the statement": document("<x/>" * 1_000_000),
    "undeclared entity": camt(ACCOUNT, Line("1.00", "x")).replace(b"<Ustrd>x", b"<Ustrd>&nbsp;"),
    "a line of 10 MB": b":20:X\n:25:1\n" + b"x" * 10_000_000,
}


@pytest.mark.parametrize("case", BAD)
def test_bombs_are_refused_at_once_in_little_memory(case):
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(Unreadable):
            list(open_statement(io.BytesIO(BAD[case]))[1])
        assert time.process_time() - began < 1
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


class Endless(io.RawIOBase):
    """A file of one GB and more: the same entry again and again."""

    def __init__(self):
        whole = camt(ACCOUNT, Line("1.00"))
        at, end = whole.index(b"<Ntry>"), whole.index(b"</Stmt>")
        self.first, self.again, self.at = whole[:at], whole[at:end] + b" " * 900_000, 0

    def seek(self, at):
        self.at = at

    def read(self, size):
        if self.at < len(self.first):
            found = self.first[self.at : self.at + size]
        else:
            begin = (self.at - len(self.first)) % len(self.again)
            found = self.again[begin : begin + size]
        self.at += len(found)
        return found


def test_a_file_without_end_is_refused_by_its_size(monkeypatch):
    monkeypatch.setattr("payments.statements.camt.MAX_BYTES", 32 * 2**20)
    with pytest.raises(Unreadable, match="larger than 32 MB"):
        list(open_statement(Endless())[1])


def test_a_large_file_is_read_in_little_memory():
    many = [Line("1.00", f"invoice {n}", e2e=f"E{n}") for n in range(3_000)]
    small, large = (camt(ACCOUNT, *many[:n]) for n in (300, 3_000))
    peaks = []
    for content in (small, large):
        source = io.BytesIO(content)
        tracemalloc.start()
        assert sum(isinstance(part, Entry) for part in open_statement(source)[1])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2 * 2**20


# Hypothesis -------------------------------------------------------------------------------------------------------

amounts = st.integers(1, 10**12).map(lambda minor: Decimal(minor).scaleb(-2))


@given(st.lists(st.tuples(amounts, st.booleans()), min_size=1, max_size=8), st.sampled_from((2, 4, 8)))
@effort(max_examples=60, deadline=None)
def test_amounts_are_read_to_the_cent(moves, version):
    lines = [Line(f"{amount:f}", sign="CRDT" if is_credit else "DBIT") for amount, is_credit in moves]
    _opened, *entries, closed = open_statement(io.BytesIO(camt(ACCOUNT, *lines, version=version)))[1]
    assert [(Decimal(e.amount_minor).scaleb(-2), e.is_credit) for e in entries] == moves
    total = sum(e.amount_minor if e.is_credit else -e.amount_minor for e in entries)
    assert closed.closing_minor - closed.opening_minor == total
    assert len({e.number for e in entries}) == len(entries)


@given(st.lists(st.tuples(amounts.filter(lambda a: a < 10**9), st.booleans()), min_size=1, max_size=8))
@effort(max_examples=40, deadline=None)
def test_mt940_is_read_to_the_cent(moves):
    lines = [Line(f"{amount:f}", sign="CRDT" if is_credit else "DBIT") for amount, is_credit in moves]
    _opened, *entries, closed = open_statement(io.BytesIO(mt940(ACCOUNT, *lines)))[1]
    assert [(Decimal(e.amount_minor).scaleb(-2), e.is_credit) for e in entries] == moves
    assert closed.closing_minor == sum(e.amount_minor if e.is_credit else -e.amount_minor for e in entries)


@given(st.text(max_size=12), st.sampled_from((2, 8)))
@effort(max_examples=80, deadline=None)
def test_whatever_stands_for_an_amount_is_an_amount_or_refused(text, version):
    safe = text.replace("&", "").replace("<", "").replace("\x00", "")
    content = camt(ACCOUNT, Line("1.00"), kind="054", version=version).replace(
        b">1.00<", f">{safe}<".encode(errors="ignore")
    )
    check(content)


TEXT = st.text(st.characters(codec="latin-1", exclude_characters="\x00"), max_size=120)


@given(TEXT, TEXT, TEXT)
@effort(max_examples=120, deadline=None)
def test_whatever_stands_in_an_mt940_is_read_or_refused(line, details, after):
    content = f":20:A\n:25:{ACCOUNT}\n:28C:1\n:60F:C260831USD0,00\n:61:260901C1,00NTRF{line}\n:86:{details}\n{after}\n"
    check((content + ":62F:C260901USD1,00\n-\n").encode())
    check((content + ":62F:C260901USD1,00\n-\n").encode("latin-1"))


@given(st.integers(0, 400), st.integers(0, 400), st.binary(max_size=6))
@effort(max_examples=150, deadline=None)
def test_damaged_files_are_read_or_refused(at, gone, put):
    for whole in (camt(ACCOUNT, Line("1.00", "x", e2e="E")), mt940(ACCOUNT, Line("1.00", "x"))):
        begin = at * len(whole) // 400
        check(whole[:begin] + put + whole[begin + gone :])


def check(content: bytes):
    """Read to the end or refused with a sentence; nothing else."""
    try:
        parts = list(open_statement(io.BytesIO(content))[1])
    except Unreadable as refused:
        assert str(refused)
        return
    for part in parts:
        assert isinstance(part, Opened | Entry | Closed)
        assert not isinstance(part, Entry) or part.amount_minor > 0
