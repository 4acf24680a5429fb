"""Bank files made for a test: camt.053, camt.054 and MT940 with the entries that it names."""

import io
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

from payments.actions import importing
from tests.payments.conftest import NOW


@dataclass(frozen=True)
class Line:
    """One entry. `details` are (amount, text, end-to-end id); `more` is XML put into its TxDtls, `note` into Ntry.

    `iban` is the other side's account, `own` the one of ours that it is for.
    """

    amount: str
    text: str = ""
    sign: str = "CRDT"
    payer: str = "Northline"
    ref: str = ""
    e2e: str = ""
    day: str = "2026-09-01"
    reversal: bool = False
    status: str = "BOOK"
    more: str = ""
    note: str = ""
    own: str = ""
    iban: str = ""
    currency: str = ""
    details: tuple = ()

    @property
    def moved(self) -> Decimal:
        return Decimal(self.amount) * (1 if self.sign == "CRDT" else -1) * (self.status == "BOOK")


def _details(line: Line, currency: str, version: int, amount: str, text: str, e2e: str) -> str:
    name = f"<Pty><Nm>{escape(line.payer)}</Nm></Pty>" if version >= 8 else f"<Nm>{escape(line.payer)}</Nm>"
    party, own = ("Dbtr", "Cdtr") if (line.sign == "CRDT") != line.reversal else ("Cdtr", "Dbtr")
    address = f"<{own}Acct><Id><Othr><Id>{line.own}</Id></Othr></Id></{own}Acct>" if line.own else ""
    theirs = f"<{party}Acct><Id><IBAN>{line.iban}</IBAN></Id></{party}Acct>" if line.iban else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{e2e or 'NOTPROVIDED'}</EndToEndId></Refs>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{line.sign}</CdtDbtInd>{line.more}'
        f"<RltdPties><{party}>{name}</{party}>{theirs}{address}</RltdPties>"
        f"<RmtInf><Ustrd>{escape(text)}</Ustrd></RmtInf></TxDtls>"
    )


def entry(line: Line, currency: str, version: int) -> str:
    currency = line.currency or currency
    untold = line.details == ("none",)
    parts = () if untold else line.details or ((line.amount, line.text, line.e2e),)
    said = "".join(_details(line, currency, version, *part) for part in parts)
    said = f"<NtryDtls>{said}</NtryDtls>" if not untold else ""
    status = f"<Sts><Cd>{line.status}</Cd></Sts>" if version >= 8 else f"<Sts>{line.status}</Sts>"
    return (
        f'<Ntry><Amt Ccy="{currency}">{line.amount}</Amt><CdtDbtInd>{line.sign}</CdtDbtInd>'
        f"{'<RvslInd>true</RvslInd>' if line.reversal else ''}{status}"
        f"<BookgDt><Dt>{line.day}</Dt></BookgDt><ValDt><Dt>{line.day}</Dt></ValDt>"
        f"{f'<AcctSvcrRef>{line.ref}</AcctSvcrRef>' if line.ref else ''}<BkTxCd/>{line.note}{said}</Ntry>"
    )


def _balance(code: str, amount: Decimal, currency: str, day: str) -> str:
    sign = "CRDT" if amount >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{abs(amount)}</Amt>"
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def statement(
    account, lines, *, currency="USD", kind="053", version=8, number="1", opening="0", closing=None, day=None
):
    """One Stmt or Ntfctn; its closing balance is what its entries lead to unless another is named."""
    tag = "Stmt" if kind == "053" else "Ntfctn"
    day = day or (lines[0].day if lines else "2026-09-01")
    first = Decimal(opening)
    last = first + sum(line.moved for line in lines) if closing is None else Decimal(closing)
    balances = _balance("OPBD", first, currency, day) + _balance("CLBD", last, currency, day) if kind == "053" else ""
    said = "".join(entry(line, currency, version) for line in lines)
    own = f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
    return f"<{tag}><Id>{number}</Id>{own}{balances}{said}</{tag}>"


def document(*statements: str, kind="053", version=8, before="") -> bytes:
    message = "BkToCstmrStmt" if kind == "053" else "BkToCstmrDbtCdtNtfctn"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version:02}"><{message}>'
        f"<GrpHdr><MsgId>M</MsgId></GrpHdr>{''.join(statements)}</{message}></Document>"
    ).encode()


def camt(account, *lines, kind="053", version=8, **more) -> bytes:
    """A whole file with one statement."""
    return document(statement(account, lines, kind=kind, version=version, **more), kind=kind, version=version)


def mt940(account, *lines, currency="USD", opening="0,00", number="1/1") -> bytes:
    first = Decimal(opening.replace(",", "."))
    last = first + sum(line.moved for line in lines)
    rows = [":20:TEST", f":25:{account}", f":28C:{number}", f":60F:C260831{currency}{opening}"]
    for line in lines:
        mark = ("R" if line.reversal else "") + ("C" if (line.sign == "CRDT") != line.reversal else "D")
        amount = line.amount.replace(".", ",")
        rows.append(f":61:2609010901{mark}{amount}NTRF{line.e2e or 'NONREF'}//{line.ref}")
        rows.append(f":86:/NAME/{line.payer}/REMI/{line.text}")
    rows.append(f":62F:{'C' if last >= 0 else 'D'}260901{currency}{str(abs(last)).replace('.', ',')}")
    return "\n".join([*rows, "-", ""]).encode()


def imported(content: bytes, *, name="statement.xml", by=None, now=NOW):
    """What became of a file that is given to the product."""
    file = importing.receive_statement(source=io.BytesIO(content), name=name, by=by, now=now)
    return importing.import_statement(file_id=file.id, now=now)
