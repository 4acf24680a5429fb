"""What a bank says is stored in English and said in the reader's language; its own words stay as they came."""

import pytest

from payments import return_reasons, stored
from trade_assurance import retold

WORDS = {
    "the account is closed": "la cuenta está cerrada",
    "the bank gave no reason": "el banco no indicó el motivo",
    "In the file {file}, which is not with the bank yet.": "En el archivo {file}, que aún no está en el banco.",
}


@pytest.fixture(autouse=True)
def reader(monkeypatch):
    for module in (stored, retold):
        monkeypatch.setattr(module, "gettext", lambda text: WORDS.get(text, text))
    monkeypatch.setattr(retold, "get_language", lambda: "es")


@pytest.mark.parametrize(
    ("why", "english", "spanish"),
    [
        ("AC04", "the account is closed (AC04)", "la cuenta está cerrada (AC04)"),
        ("AC04 since May", "the account is closed: since May (AC04)", "la cuenta está cerrada: since May (AC04)"),
        ("NARR", "the bank gave no reason (NARR)", "el banco no indicó el motivo (NARR)"),
        ("NARR ask us", "ask us (NARR)", "ask us (NARR)"),
        ("the bank gave no reason", "the bank gave no reason", "el banco no indicó el motivo"),
        ("ZZ99 unknown", "ZZ99 unknown", "ZZ99 unknown"),
        ("Closed (ZZ99)", "Closed (ZZ99)", "Closed (ZZ99)"),
        ("", "", ""),
    ],
)
def test_a_reason_is_kept_in_english_and_told_to_its_reader(why, english, spanish):
    assert return_reasons.in_words(why) == english
    assert return_reasons.told(why) == return_reasons.told(english) == spanish


def test_a_stored_sentence_is_said_anew_with_its_values():
    said = stored.said("In the file TA-20260921-USD-1, which is not with the bank yet.")
    assert said == "En el archivo TA-20260921-USD-1, que aún no está en el banco."
    assert stored.said("Words of the bank.") == "Words of the bank."
