"""ISO 20022 camt.053 and camt.054, versions 02 to 08 and later, read as a stream in bounded memory.

No DTD, no entities, no network. A file that ends early, or whose parts are not where the standard has them, is refused
with the name of the element.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache, lru_cache
from typing import BinaryIO

from lxml import etree

from payments.statements.details import RETURNS, amount_of, charges_of, entry_of, read_detail, total_of
from payments.statements.reading import MAX_BYTES, MAX_DETAILS, MAX_STATEMENTS, Closed, Entry, Opened, Unreadable, known
from payments.statements.reading import minor as minor_of

NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(camt)\.(053|054)\.001\.(\d\d)|urn:swift:xsd:.*")
BEFORE_ROOT = re.compile(rb"<[A-Za-z_]")
ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
ENCODINGS = {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"iso-8859-15", b"windows-1252"}
MAX_PART = 2**20  # bytes of one entry, one detail or one header
MESSAGES = {
    "BkToCstmrStmt": ("camt.053", "Stmt", "StmtPgntn"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn", "NtfctnPgntn"),
}
IN_STATEMENT = frozenset(
    "Id StmtPgntn NtfctnPgntn ElctrncSeqNb RptgSeq LglSeqNb CreDtTm FrToDt CpyDplctInd RptgSrc Acct RltdAcct Intrst Bal"
    " TxsSummry Ntry AddtlStmtInf AddtlNtfctnInf SplmtryData".split()
)
IN_ENTRY = frozenset(
    "NtryRef Amt CdtDbtInd RvslInd Sts BookgDt ValDt AcctSvcrRef Avlbty BkTxCd ComssnWvrInd AddtlInfInd AmtDtls Chrgs"
    " TechInptChanl Intrst CardTx NtryDtls AddtlNtryInf TxDtls SplmtryData".split()
)
SUMMED_UP = "The bank sums up"
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
TAGS = tuple(
    f"{{*}}{name}" for name in ("TxDtls", "Btch", "Ntry", "Bal", "Acct", "GrpHdr", "Stmt", "Ntfctn", *MESSAGES)
)


def read(source: BinaryIO, beginning: bytes) -> tuple[str, Iterator[Opened | Entry | Closed]]:
    """The kind of message and the stream of what it holds. Raises Unreadable, at once or while the stream is read."""
    root = BEFORE_ROOT.search(beginning)
    prolog = beginning[: root.start()] if root else beginning
    if b"<!DOCTYPE" in prolog or b"<!ENTITY" in prolog or root is None:
        raise Unreadable("The file brings a document type or entities of its own, which no bank statement has.")
    name = ROOT.match(beginning, root.start())[1].decode()
    if name != "Document":
        raise Unreadable(
            f"Unexpected element {name[:60]} at its beginning: a Document of camt.053 or camt.054 should be."
        )
    declared = ENCODING.search(prolog)
    if declared and declared[1].lower() not in ENCODINGS:
        raise Unreadable(f"The file says that it is written in {declared[1].decode()}; statements are UTF-8.")
    reading = _Reading(source)
    return reading.kind, reading.parts()


class _Measured:
    """A file that is not read past its limit, nor too far without a part of it being finished."""

    def __init__(self, source: BinaryIO):
        self.source, self.total, self.since = source, 0, 0

    def read(self, size: int) -> bytes:
        chunk = self.source.read(min(size, 2**15))
        self.total += len(chunk)
        self.since += len(chunk)
        if self.total > MAX_BYTES:
            raise Unreadable(f"The file is larger than {MAX_BYTES // 2**20} MB. Ask the bank for smaller ones.")
        if self.since > MAX_PART:
            raise Unreadable("A single part of the file is larger than 1 MB, which no entry of a statement is.")
        return chunk


class _Reading:
    def __init__(self, source: BinaryIO):
        self.file = _Measured(source)
        self.events = iter(
            etree.iterparse(
                self.file,
                events=("start", "end"),
                tag=("{*}Document", *TAGS),
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
            )
        )
        event, root = self._next()
        name = etree.QName(root)
        if name.namespace and not NAMESPACE.fullmatch(name.namespace):
            raise Unreadable(f"{name.namespace.rpartition(':')[2]} is not read here: only camt.053 and camt.054 are.")
        if root.getroottree().docinfo.doctype:
            raise Unreadable("The file brings a document type, which no bank statement has.")
        self.at = f"{{{name.namespace}}}" if name.namespace else ""
        self.skip = len(self.at)
        event, message = self._next()
        while message.getparent() is not root and message is not root:
            message = message.getparent()  # what is there in the place of a message
        found = MESSAGES.get(self._name(message))
        if event != "start" or found is None:
            raise self._unexpected(message if event == "start" else root, " or ".join(MESSAGES))
        self.kind, self.statement, self.pagination = found
        if name.namespace and self.kind not in name.namespace:
            raise self._unexpected(message, f"what {name.namespace.rpartition(':')[2]} begins with")

    def _next(self):
        try:
            return next(self.events)
        except StopIteration:
            raise Unreadable("The file holds no camt.053 or camt.054 message.") from None
        except etree.XMLSyntaxError as error:
            raise self._broken(error) from error

    def _broken(self, error: etree.XMLSyntaxError) -> Unreadable:
        return Unreadable(
            f"The file is cut off or damaged: {error.msg or 'it ends too early'}. Ask the bank for it again."
        )

    def _name(self, element) -> str:
        tag = element.tag
        if not tag.startswith(self.at) or (not self.at and tag.startswith("{")):
            raise self._unexpected(element, "elements of one namespace")
        return tag[self.skip :]

    def _unexpected(self, element, instead: str) -> Unreadable:
        tag = etree.QName(element).localname if element is not None else "nothing"
        line = getattr(element, "sourceline", None)
        return Unreadable(f"Unexpected element {tag[:60]} in line {line}: {instead} should be there.")

    def parts(self) -> Iterator[Opened | Entry | Closed]:
        try:
            yield from self._parts()
        except etree.XMLSyntaxError as error:
            raise self._broken(error) from error

    def _parts(self) -> Iterator[Opened | Entry | Closed]:
        statements = 0
        in_statement = None
        opened = None
        balances, details, batch = [], [], {}
        ended = False
        for event, element in self.events:
            name = self._name(element)
            if event == "start":
                if name == self.statement:
                    in_statement, opened, balances = element, None, []
                    statements += 1
                    if statements > MAX_STATEMENTS:
                        raise Unreadable(f"The file holds more than {MAX_STATEMENTS} statements.")
                elif name == "Ntry":
                    details, batch = [], {}
                    if in_statement is None or element.getparent() is not in_statement:
                        raise self._unexpected(element, f"an entry inside {self.statement}")
                    if opened is None:
                        opened = self._opened(in_statement)
                        yield opened
                continue
            if name == "TxDtls":
                details.append(read_detail(element, self.at))
                if len(details) > MAX_DETAILS:
                    raise Unreadable(f"One booking has more than {MAX_DETAILS} details.")
                self._done(element)
            elif name == "Btch":
                batch = {self._name(child): (child.text or "").strip() for child in element}
            elif name == "Bal":
                if element.getparent() is in_statement:
                    balances.append(self._balance(element))
            elif name == "Ntry":
                yield from self._entries(element, details, batch)
                details, batch = [], {}
                self._done(element)
            elif name == self.statement:
                if opened is None:
                    opened = self._opened(element)
                    yield opened
                yield self._closed(element, opened, balances)
                in_statement = None
                self._done(element)
            elif name in MESSAGES:
                ended = True
            self.file.since = 0
        if not statements:
            raise Unreadable(f"Element {self.statement} is missing: the file holds no statement.")
        if not ended:
            raise Unreadable("The file ends before its message does.")

    @staticmethod
    def _done(element) -> None:
        """Forget an element that was read, and those before it."""
        element.clear(keep_tail=False)
        parent = element.getparent()
        while element.getprevious() is not None:
            del parent[0]

    # statements ---------------------------------------------------------------------------------------------------

    def _find(self, element, path: str) -> str:
        return (element.findtext(_path(self.at, path)) or "").strip()

    def _opened(self, statement) -> Opened:
        for child in statement:
            if self._name(child) not in IN_STATEMENT:
                raise self._unexpected(child, f"what the standard has in {self.statement}")
        account = self._find(statement, "Acct/Id/IBAN") or self._find(statement, "Acct/Id/Othr/Id")
        if not account:
            raise Unreadable(f"Element Acct is missing in line {statement.sourceline}: it says whose statement it is.")
        return Opened(
            self.kind,
            "".join(account.split()).upper()[:34],
            self._find(statement, "Acct/Ccy"),
            (self._find(statement, "Id") or self._find(statement, "ElctrncSeqNb"))[:60],
            self._find(statement, f"{self.pagination}/PgNb")[:10],
        )

    def _balance(self, element) -> tuple[str, str, int, date | None]:
        code = self._find(element, "Tp/CdOrPrtry/Cd")
        amount = element.find(f"{self.at}Amt")
        currency = amount.get("Ccy", "") if amount is not None else ""
        if code not in ("OPBD", "PRCD", "CLBD", "ITBD"):
            return code, currency, 0, None
        sign = self._sign(element)
        text = amount.text if amount is not None else ""
        value = minor_of(text, currency, f"Balance {code} in line {element.sourceline}") * (1 if sign else -1)
        return code, currency, value, self._day_of_balance(element)

    def _day_of_balance(self, element) -> date | None:
        day = element.find(f"{self.at}Dt")
        return None if day is None else self._day(day)

    def _closed(self, statement, opened: Opened, balances) -> Closed:
        begin, end = (day_of(self._find(statement, f"FrToDt/{name}")) for name in ("FrDtTm", "ToDtTm"))
        booked = [b for b in balances if b[0] in ("OPBD", "PRCD", "CLBD", "ITBD")]
        first = next((b for b in booked if b[0] in OPENING), None)
        last = next((b for b in booked if b[0] in CLOSING), None)
        between = [b for b in booked if b[0] == "ITBD"]
        if first is None and between and (last is not None or len(between) > 1):
            first = between.pop(0)
        if last is None and between:
            last = between.pop()
        if first and last and first[1] != last[1]:
            raise Unreadable(
                f"Statement {opened.number} opens in {first[1]} and closes in {last[1]}: its balances can't be checked."
            )
        some = first or last
        return Closed(
            begin or (first and first[3]),
            end or (last and last[3]),
            some[1] if some else opened.currency,
            first[2] if first else None,
            last[2] if last else None,
        )

    # entries ------------------------------------------------------------------------------------------------------

    def _sign(self, element) -> bool:
        said = self._find(element, "CdtDbtInd")
        if said not in ("CRDT", "DBIT"):
            raise Unreadable(f"Element CdtDbtInd in line {element.sourceline} says {said[:20] or 'nothing'}.")
        return said == "CRDT"

    def _day(self, element) -> date | None:
        """The day in a BookgDt, ValDt or Dt: as a date, or as a moment with its zone."""
        for child in element:
            return day_of((child.text or "").strip())
        return None

    def _entries(self, element, details: list[dict], batch: dict) -> Iterator[Entry]:
        said, skip = {}, self.skip
        for child in element:
            name = child.tag[skip:]
            if name not in IN_ENTRY:
                raise self._unexpected(child, "what the standard has in Ntry")
            said.setdefault(name, child)
        status = said.get("Sts")
        if status is not None and ((status.text or "").strip() or self._find(status, "Cd")) != "BOOK":
            return  # announced or for information: no money has moved
        where = f"Entry in line {element.sourceline}"
        amount = said.get("Amt")
        if amount is None:
            raise Unreadable(f"{where}: element Amt is missing.")
        currency = amount.get("Ccy", "")
        total = minor_of(amount.text, currency, where)
        if total == 0:
            return
        texts = {name: (child.text or "").strip() for name, child in said.items()}
        sign = texts.get("CdtDbtInd", "")
        if sign not in ("CRDT", "DBIT"):
            raise Unreadable(f"Element CdtDbtInd in line {element.sourceline} says {sign[:20] or 'nothing'}.")
        common = {
            "is_credit": sign == "CRDT",
            "currency": currency,
            "booked_on": self._day(said["BookgDt"]) if "BookgDt" in said else None,
            "value_on": self._day(said["ValDt"]) if "ValDt" in said else None,
            "is_reversal": texts.get("RvslInd") in ("true", "1"),
            "bank_reference": known(texts.get("AcctSvcrRef"))[:60],
        }
        family = self._find(said["BkTxCd"], "Domn/Fmly/SubFmlyCd") if "BkTxCd" in said else ""
        charges = total_of(charges_of(said["Chrgs"], self.at), currency) if "Chrgs" in said else 0
        if len(details) == 1:
            yield entry_of(details[0], common, total, family, charges_minor=charges)
            return
        name = known(batch.get("PmtInfId") or batch.get("MsgId") or texts.get("NtryRef"))[:60]
        name = name or common["bank_reference"] or "batch"
        if details:
            amounts = [amount_of(detail, common, where) for detail in details]
            if None not in amounts and sum(amounts) == total:
                for detail, minor in zip(details, amounts, strict=True):
                    if minor:
                        yield entry_of(detail, common, minor, family, batch=name, booking_minor=total)
                return
            odd = f"Its {len(details)} details do not add up to it, so what they say is not relied on."
        else:
            count = batch.get("NbOfTxs", "")
            odd = f"{SUMMED_UP} {count[:9]} movements in it without telling them." if count not in ("", "1") else ""
        yield Entry(
            **common,
            amount_minor=total,
            references=tuple(filter(None, (known(batch.get("PmtInfId"))[:60], known(batch.get("MsgId"))[:60]))),
            text=texts.get("AddtlNtryInf", "")[:1000],
            charges_minor=charges,
            odd=odd,
            batch=name if odd else "",
            is_return=family in RETURNS,
        )


@cache
def _path(at: str, names: str) -> str:
    return "/".join(at + name for name in names.split("/"))


@lru_cache(1_000)
def day_of(text: str) -> date | None:
    """The day of an ISO 8601 date or moment, in the zone that it names. Raises Unreadable."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text[:10]) if len(text) < 20 else datetime.fromisoformat(text).date()
    except ValueError:
        raise Unreadable(f"{text[:40]} is no date.") from None
    if not 1970 <= day.year <= 2199:
        raise Unreadable(f"{text[:40]} is no date of a bank statement.")
    return day
