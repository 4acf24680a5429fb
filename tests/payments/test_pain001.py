"""The payment file: pain.001.001.09 with exact sums, in the characters that every bank takes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib import resources
from importlib.util import find_spec

import pytest
from lxml import etree

from payments import pain001
from suppliers.bank_details import ALLOWED, BankDetails
from tests.payments.batching import BUYER, HONG_KONG, LAMPS
from tests.payments.conftest import NOW

OWN = BankDetails("Trade Assurance Ltd", "GB", iban="GB82WEST12345698765432", bic="WESTGB22")


def order(number=1, amount_minor=7_000_00, to=LAMPS, **given):
    values = {"about": f"Payout {number}", "all_charges_ours": False} | given
    return pain001.Order(end_to_end=f"TA-P{number}", amount_minor=amount_minor, to=to, **values)


def initiation(*orders, currency="USD", own=OWN):
    return pain001.Initiation("TA-20260921-USD-0A1B2C3D4E5F", NOW, date(2026, 9, 22), currency, own, orders)


def parsed(file: bytes):
    return etree.fromstring(file)


def texts(root, path):
    tags = "/".join(f"{{{pain001.NAMESPACE}}}{tag}" for tag in path.split("/"))
    return [found.text for found in root.iterfind(f".//{tags}")]


MANY = [
    initiation(order()),
    initiation(order(1), order(2, 1, HONG_KONG), order(3, 99, BUYER, all_charges_ours=True)),
    initiation(order(1), order(2, 5, replace(LAMPS, bic="COBADEFF")), order(3, 7, HONG_KONG), currency="EUR"),
    initiation(order(1, 123_456), currency="JPY"),
    initiation(order(1, 1_234), order(2, 10**13), currency="KWD"),
    initiation(order(), own=BankDetails("Ours", "US", number="0123456789", bic="CITIUS33")),
    initiation(order(), own=BankDetails("Ours", "DE", iban="DE89370400440532013000")),
    initiation(order(to=replace(LAMPS, holder="Å" * 140), about="// Ünïcode <&> 中文 //" * 20)),
]


@pytest.mark.skipif(find_spec("sepaxml") is None, reason="the ISO schema is not here: pip install sepaxml brings it")
@pytest.mark.parametrize("file", MANY)
def test_files_are_valid_by_the_schema(file):
    schema = resources.files("sepaxml").joinpath("schemas/pain.001.001.09.xsd").read_bytes()
    etree.XMLSchema(etree.fromstring(schema)).assertValid(parsed(pain001.written(file)))


@pytest.mark.parametrize("file", MANY)
def test_sums_and_counts_are_those_of_the_transfers(file):
    root = parsed(pain001.written(file))
    amounts = [Decimal(text) for text in texts(root, "InstdAmt")]
    assert {Decimal(text) for text in texts(root, "CtrlSum")} == {sum(amounts)}
    assert set(texts(root, "NbOfTxs")) == {str(len(file.orders))} and len(texts(root, "CtrlSum")) == 2
    assert texts(root, "PmtId/EndToEndId") == [one.end_to_end for one in file.orders]
    assert {found.get("Ccy") for found in root.iter(f"{{{pain001.NAMESPACE}}}InstdAmt")} == {file.currency}


@pytest.mark.parametrize("file", MANY)
def test_texts_hold_only_what_banks_take(file):
    for element in parsed(pain001.written(file)).iter():
        text = (element.text or "").strip()
        if element.tag.endswith("CreDtTm"):
            continue
        assert all(ALLOWED.fullmatch(character) for character in text), text
        assert not text.startswith("/") and not text.endswith("/") and "//" not in text


@pytest.mark.parametrize(
    ("currency", "minor", "said"), [("USD", 7_000_01, "7000.01"), ("JPY", 7, "7"), ("KWD", 1_001, "1.001")]
)
def test_amounts_have_the_decimals_of_their_currency(currency, minor, said):
    root = parsed(pain001.written(initiation(order(amount_minor=minor), currency=currency)))
    assert texts(root, "InstdAmt") == [said]


def test_iban_and_other_accounts_and_who_bears_the_charges():
    root = parsed(pain001.written(initiation(order(1), order(2, 5, BUYER, all_charges_ours=True), currency="EUR")))
    assert texts(root, "CdtrAcct/Id/IBAN") == [LAMPS.iban]
    assert texts(root, "CdtrAcct/Id/Othr/Id") == [BUYER.number]
    assert texts(root, "CdtrAgt/FinInstnId/BICFI") == ["ANZBNZ22"]
    assert texts(root, "CdtTrfTxInf/ChrgBr") == ["SLEV", "DEBT"] and texts(root, "SvcLvl/Cd") == ["SEPA"]
    assert texts(root, "Cdtr/Nm") == ["Lumenworks + Co", "Northline"]
    assert texts(root, "ReqdExctnDt/Dt") == ["2026-09-22"] and texts(root, "BtchBookg") == ["false"]


def test_the_same_content_is_the_same_file():
    assert pain001.written(MANY[1]) == pain001.written(MANY[1])


@pytest.mark.parametrize("orders", [[], [order(), order()], [order(amount_minor=0)], [order(amount_minor=-1)]])
def test_what_no_file_may_hold_is_refused(orders):
    with pytest.raises(ValueError):
        pain001.written(initiation(*orders))
