"""The details of a camt booking (TxDtls): who paid, for what, under which names; the XML is forgotten afterwards."""

from payments.statements.reading import Entry, known
from payments.statements.reading import minor as minor_of

RETURNS = frozenset({"RRTN", "RPCR", "RRCT"})  # sub-families of BkTxCd: credit transfers that come back


def read_detail(element, at: str) -> dict:
    """What a TxDtls says, as texts under the standard's names or ours. `at` is the namespace in braces."""
    skip, found = len(at), {"references": []}
    for child in element:
        name = child.tag[skip:]
        if name == "Refs":
            for reference in child:
                _reference(reference.tag[skip:], reference, found)
        elif name == "Amt":
            found["amount"] = (child.get("Ccy", ""), (child.text or "").strip())
        elif name == "AmtDtls":
            inner = child.find(f"{at}TxAmt/{at}Amt")
            if inner is not None:
                found["transaction_amount"] = (inner.get("Ccy", ""), (inner.text or "").strip())
        elif name == "CdtDbtInd":
            found["sign"] = (child.text or "").strip()
        elif name == "Chrgs":
            found["charges"] = charges_of(child, at)
        elif name == "BkTxCd":
            found["family"] = child.findtext(f"{at}Domn/{at}Fmly/{at}SubFmlyCd", "").strip()
        elif name == "RltdPties":
            _parties(child, at, found)
        elif name == "RmtInf":
            texts = [(e.text or "").strip() for e in child.iter(f"{at}Ustrd", f"{at}Ref", f"{at}AddtlRmtInf")]
            found["text"] = " ".join(texts)[:1000]
        elif name == "RtrInf":
            code = child.findtext(f"{at}Rsn/{at}Cd") or child.findtext(f"{at}Rsn/{at}Prtry") or ""
            added = " ".join((e.text or "").strip() for e in child.iter(f"{at}AddtlInf"))
            found["return"] = f"{code.strip()} {added}".strip()[:200] or "no reason given"
        elif name == "AddtlTxInf":
            found["more"] = (child.text or "").strip()[:500]
    return found


def _reference(name: str, reference, found: dict) -> None:
    said = known(reference.text)[:60]
    if not said or name == "Prtry":
        return
    if name == "EndToEndId":
        found["end_to_end_id"] = said
    elif name == "AcctSvcrRef":
        found["bank_reference"] = said
    found["references"].append(said)


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

    The payer's name is the debtor's: of money that came for somebody else, the ultimate debtor's.
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
        "other_name": detail.get(f"Ultmt{other}") or detail.get(other, ""),
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
