"""The details of a camt booking (TxDtls): who paid, for what, under which names; the XML is forgotten afterwards."""

from payments.statements.reading import Entry, known
from payments.statements.reading import minor as minor_of

RETURNS = frozenset({"RRTN", "RPCR", "RRCT"})  # sub-families of BkTxCd: credit transfers that come back


def read_detail(element, at: str) -> dict:
    """What a TxDtls says, as texts under the standard's names or ours. `at` is the namespace in braces."""
    skip, found = len(at), {"references": []}
    for child in element:
        read = _READ.get(child.tag[skip:])
        if read is not None:
            read(child, at, found)
    return found


def _references(element, at: str, found: dict) -> None:
    skip = len(at)
    for reference in element:
        name = reference.tag[skip:]
        said = known(reference.text)[:60] if name != "Prtry" else ""
        if said:
            if name == "EndToEndId":
                found["end_to_end_id"] = said
            elif name == "AcctSvcrRef":
                found["bank_reference"] = said
            found["references"].append(said)


def _amount(element, at: str, found: dict) -> None:
    found["amount"] = (element.get("Ccy", ""), (element.text or "").strip())


def _amount_details(element, at: str, found: dict) -> None:
    inner = element.find(f"{at}TxAmt/{at}Amt")
    if inner is not None:
        found["transaction_amount"] = (inner.get("Ccy", ""), (inner.text or "").strip())


def _sign(element, at: str, found: dict) -> None:
    found["sign"] = (element.text or "").strip()


def _charges(element, at: str, found: dict) -> None:
    found["charges"] = charges_of(element, at)


def _code(element, at: str, found: dict) -> None:
    found["family"] = (element.findtext(f"{at}Domn/{at}Fmly/{at}SubFmlyCd") or "").strip()


def _parties(parties, at: str, found: dict) -> None:
    skip = len(at)
    for party in parties:
        name = party.tag[skip:]
        if name in ("Dbtr", "Cdtr", "UltmtDbtr", "UltmtCdtr"):
            called = party.findtext(f"{at}Nm") or party.findtext(f"{at}Pty/{at}Nm") or ""
            found[name] = " ".join(called.split())[:200]
        elif name in ("DbtrAcct", "CdtrAcct"):
            number = party.findtext(f"{at}Id/{at}IBAN") or party.findtext(f"{at}Id/{at}Othr/{at}Id") or ""
            found[name] = "".join(number.split()).upper()[:34]


def _remittance(element, at: str, found: dict) -> None:
    texts = [(e.text or "").strip() for e in element.iter(f"{at}Ustrd", f"{at}Ref", f"{at}AddtlRmtInf")]
    found["text"] = " ".join(texts)[:1000]


def _returned(element, at: str, found: dict) -> None:
    code = element.findtext(f"{at}Rsn/{at}Cd") or element.findtext(f"{at}Rsn/{at}Prtry") or ""
    added = " ".join((e.text or "").strip() for e in element.iter(f"{at}AddtlInf"))
    found["return"] = f"{code.strip()} {added}".strip()[:200] or "no reason given"


def _more(element, at: str, found: dict) -> None:
    found["more"] = (element.text or "").strip()[:500]


_READ = {
    "Refs": _references,
    "Amt": _amount,
    "AmtDtls": _amount_details,
    "CdtDbtInd": _sign,
    "Chrgs": _charges,
    "BkTxCd": _code,
    "RltdPties": _parties,
    "RmtInf": _remittance,
    "RtrInf": _returned,
    "AddtlTxInf": _more,
}


def entry_of(
    detail: dict,
    common: dict,
    minor: int,
    family: str,
    *,
    charges_minor: int = 0,
    batch: str = "",
    booking_minor: int = 0,
) -> Entry:
    """The entry that a detail is; what is common to its booking stands where the detail says nothing.

    The payer's name is that of the account that it came from; who it paid for is only what it said itself.
    """
    incoming = common["is_credit"] != common["is_reversal"]
    other, own = ("Dbtr", "Cdtr") if incoming else ("Cdtr", "Dbtr")
    charges = total_of(detail.get("charges", []), common["currency"])
    values = common | {
        "amount_minor": minor,
        "bank_reference": common["bank_reference"] or detail.get("bank_reference", ""),
        "end_to_end_id": detail.get("end_to_end_id", ""),
        "references": tuple(dict.fromkeys(detail["references"])),
        "batch": batch,
        "booking_minor": booking_minor,
        "text": detail.get("text") or detail.get("more", ""),
        "other_name": detail.get(other, ""),
        "other_account": detail.get(f"{other}Acct", ""),
        "own_account": detail.get(f"{own}Acct", ""),
        "charges_minor": max(charges_minor, charges),
        "is_return": "return" in detail or detail.get("family", family) in RETURNS,
        "why": detail.get("return", ""),
    }
    return Entry(**values)


def amount_of(detail: dict, common: dict, where: str) -> int | None:
    """What a detail of a batch moved in the account's currency; None when it does not say, or says the other side."""
    if detail.get("sign", "") not in ("", "CRDT" if common["is_credit"] else "DBIT"):
        return None
    for name in ("amount", "transaction_amount"):
        said, text = detail.get(name, ("", ""))
        if said == common["currency"]:
            return minor_of(text, said, where)
    return None


def charges_of(charges, at: str) -> list[tuple[str, str]]:
    """(currency, amount) of each charge that somebody took; in the shape of version 02 and of the later ones."""
    if charges is None:
        return []
    found = []
    for record in charges.findall(f"{at}Rcrd") or [charges]:
        amount = record.find(f"{at}Amt")
        if amount is not None and record.findtext(f"{at}CdtDbtInd", "DBIT").strip() != "CRDT":
            found.append((amount.get("Ccy", ""), (amount.text or "").strip()))
    return found


def total_of(charges: list[tuple[str, str]], currency: str) -> int:
    """The charges in the entry's own currency; those in another explain nothing that can be counted."""
    return sum(minor_of(text, currency, "Charges") for said, text in charges if said == currency)
