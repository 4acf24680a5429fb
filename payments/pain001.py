"""Payment files for the bank: ISO 20022 pain.001.001.09, one currency and one account of ours a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from lxml import etree

from suppliers.bank_details import BankDetails, swift_text
from trade_assurance import money

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


@dataclass(frozen=True)
class Order:
    """One credit transfer: our reference, how much, to whom, what for, and whether we bear all charges."""

    end_to_end: str
    amount_minor: int
    to: BankDetails
    about: str
    all_charges_ours: bool


@dataclass(frozen=True)
class Initiation:
    """What one file tells the bank."""

    message_id: str
    made_at: datetime
    execute_on: date
    currency: str
    own: BankDetails
    orders: Sequence[Order]

    @property
    def total_minor(self) -> int:
        return sum(order.amount_minor for order in self.orders)


def written(file: Initiation) -> bytes:
    """The file; the same content always gives the same bytes. Raises ValueError for what no caller should build."""
    if not file.orders:
        raise ValueError("a file without a transfer")
    if len({order.end_to_end for order in file.orders}) < len(file.orders):
        raise ValueError("two transfers have one reference")
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    start = _in(root, "CstmrCdtTrfInitn")
    header = _in(start, "GrpHdr")
    _in(header, "MsgId", file.message_id)
    _in(header, "CreDtTm", file.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00"))
    _sums(header, file)
    _in(_in(header, "InitgPty"), "Nm", swift_text(file.own.holder, 70))
    ours = _in(start, "PmtInf")
    _in(ours, "PmtInfId", file.message_id)
    _in(ours, "PmtMtd", "TRF")
    _in(ours, "BtchBookg", "false")  # each transfer stands on the statement by itself, with its reference
    _sums(ours, file)
    _in(_in(ours, "ReqdExctnDt"), "Dt", file.execute_on.isoformat())
    _in(_in(ours, "Dbtr"), "Nm", swift_text(file.own.holder, 70))
    account = _in(ours, "DbtrAcct")
    _account_id(account, file.own)
    _in(account, "Ccy", file.currency)
    _agent(ours, "DbtrAgt", file.own, or_not_provided=True)
    for order in file.orders:
        _transfer(ours, order, file.currency)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _transfer(parent, order: Order, currency: str) -> None:
    if order.amount_minor <= 0:
        raise ValueError(f"{order.end_to_end}: an amount is above zero")
    transfer = _in(parent, "CdtTrfTxInf")
    ids = _in(transfer, "PmtId")
    _in(ids, "InstrId", order.end_to_end)
    _in(ids, "EndToEndId", order.end_to_end)
    sepa = currency == "EUR" and bool(order.to.iban)
    if sepa:
        _in(_in(_in(transfer, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    amount = _in(_in(transfer, "Amt"), "InstdAmt", _major(order.amount_minor, currency))
    amount.set("Ccy", currency)
    _in(transfer, "ChrgBr", "SLEV" if sepa else "DEBT" if order.all_charges_ours else "SHAR")
    _agent(transfer, "CdtrAgt", order.to)
    creditor = _in(transfer, "Cdtr")
    _in(creditor, "Nm", swift_text(order.to.holder, 70))
    _in(_in(creditor, "PstlAdr"), "Ctry", order.to.country)
    _account_id(_in(transfer, "CdtrAcct"), order.to)
    _in(_in(transfer, "RmtInf"), "Ustrd", swift_text(order.about, 140))


def _sums(parent, file: Initiation) -> None:
    _in(parent, "NbOfTxs", str(len(file.orders)))
    _in(parent, "CtrlSum", _major(file.total_minor, file.currency))


def _account_id(parent, account: BankDetails) -> None:
    identity = _in(parent, "Id")
    if account.iban:
        _in(identity, "IBAN", account.iban)
    else:
        _in(_in(identity, "Othr"), "Id", account.number)


def _agent(parent, tag: str, account: BankDetails, *, or_not_provided: bool = False) -> None:
    """The account's bank; an IBAN alone says which one it is."""
    if account.bic:
        _in(_in(_in(parent, tag), "FinInstnId"), "BICFI", account.bic)
    elif or_not_provided:
        _in(_in(_in(_in(parent, tag), "FinInstnId"), "Othr"), "Id", "NOTPROVIDED")


def _major(minor: int, currency: str) -> str:
    return f"{money.to_decimal(minor, currency):f}"


def _in(parent, tag: str, text: str | None = None):
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    child.text = text
    return child
