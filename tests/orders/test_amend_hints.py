"""Messages that seem to agree to a change, and those that only sound like it."""

from datetime import date

import pytest

from orders.hints import Hint, hint

TODAY = date(2026, 9, 23)  # a Wednesday
SHIP = date(2026, 10, 1)


def read(text):
    return hint(text, today=TODAY, ship_by_on=SHIP, quantities=(600, 40))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Fine, ship next week", date(2026, 10, 2)),
        ("OK. Then ship on 15 October.", date(2026, 10, 15)),
        ("Agreed, you can dispatch October 9th", date(2026, 10, 9)),
        ("yes please send it by 2026-10-20", date(2026, 10, 20)),
        ("We accept the delay", None),
        ("we accept the delay of 2 weeks", date(2026, 10, 15)),
        ("No problem, a week later is okay for us", date(2026, 10, 8)),
        ("Sure, the extension is approved", None),
        ("De acuerdo, aceptamos el retraso.", None),
        ("Vale, envíen el 12 de octubre", date(2026, 10, 12)),
        ("Está bien, pueden enviar la próxima semana", date(2026, 10, 2)),
        ("可以，下周发货", date(2026, 10, 2)),
        ("同意延期", None),
        ("没问题，10月15日发货", date(2026, 10, 15)),
    ],
)
def test_a_later_day(text, day):
    assert read(text) == Hint("ship_by", ship_by_on=day)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ok 500 instead of 600", Hint("quantity", line=1, quantity=500)),
        ("Fine with us: 30 pieces instead of 40.", Hint("quantity", line=2, quantity=30)),
        ("We agree to go from 600 to 1,200", Hint("quantity", line=1, quantity=1200)),
        ("ok 7 instead of 9", Hint("quantity", quantity=7)),
        ("vale, 500 en lugar de 600", Hint("quantity", line=1, quantity=500)),
        ("好的，500个而不是600个", Hint("quantity", line=1, quantity=500)),
        ("Agreed to the 5% discount", Hint("price")),
        ("我们接受降价", Hint("price")),
    ],
)
def test_another_quantity_or_price(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Can you ship next week?",
        "When will you ship?",
        "Is 500 instead of 600 ok?",
        "We do not accept the delay.",
        "We can't accept a delay of two weeks",
        "I don’t agree to 500 instead of 600",
        "A delay is unacceptable.",
        "Please ship as agreed.",
        "Please ship on 1 October as agreed",
        "OK, ship on 1 October",
        "ok 600 instead of 500",
        "Everything is fine, thank you",
        "The samples look fine. Colour is right.",
        "Yes, we have received the documents",
        "The balance is paid. OK?",
        "No aceptamos el retraso",
        "¿De acuerdo, enviar la próxima semana?",
        "不同意延期",
        "不可以下周发货",
        "下周可以发货吗",
        "合同上约定的是10月1日发货",
        "Ship next week",
        "We had a delay at the port.",
        "x" * 100_000,
    ],
)
def test_what_only_sounds_like_it(text):
    assert read(text) is None


def test_days_that_do_not_exist_and_the_turn_of_the_year():
    assert hint("ok, ship on 31 February", today=TODAY) is None
    assert hint("ok, ship on 5 January", today=date(2026, 12, 30)).ship_by_on == date(2027, 1, 5)
    assert hint("ok, ship next month", today=date(2026, 12, 30)).ship_by_on == date(2027, 1, 31)
