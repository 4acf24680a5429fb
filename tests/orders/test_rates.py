"""Reference rates from files: new dates only, each wrong line refused with its reason, nothing that stands changed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from events.models import Event
from orders import rates
from orders.actions.rating import import_rates
from orders.models import ReferenceRate
from tests.test_admin import staff
from trade_assurance.refused import NotAllowed

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HEAD = "currency,on,usd_per_unit\n"
ECB = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<Cube><Cube time='2026-11-20'>
<Cube currency='USD' rate='1.0800'/><Cube currency='JPY' rate='160.00'/>
<Cube currency='GBP' rate='0.9000'/><Cube currency='ISK' rate='150.10'/>
</Cube></Cube></gesmes:Envelope>"""


def take(text, now=NOW, by=None):
    return import_rates(rows=rates.read(text.encode()), by=by, now=now)


def kept(currency="EUR"):
    return dict(ReferenceRate.objects.filter(currency=currency).values_list("on", "usd_per_unit"))


def test_a_csv_adds_new_dates_and_knows_the_others(db):
    text = f"{HEAD}EUR,2026-11-20,1.08\neur, 2026-11-23 ,1.0912345678\n"
    assert take(text).summary() == "2 new, 0 known before, 0 refused"
    assert take(text).summary() == "0 new, 2 known before, 0 refused"
    assert kept() == {date(2026, 11, 20): Decimal("1.08"), date(2026, 11, 23): Decimal("1.091234568")}


def test_what_stands_is_not_changed_by_a_file(db):
    ReferenceRate.objects.create(currency="EUR", on="2026-11-20", usd_per_unit="1.05")
    result = take(f"{HEAD}EUR,2026-11-20,1.06\n")
    assert result.refused == [(2, "EUR of 2026-11-20 stands at 1.05; contracts may be made at it")]
    assert kept() == {date(2026, 11, 20): Decimal("1.05")}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("XAU,2026-11-20,1", "XAU is not traded here"),
        ("EUR,20.11.2026,1.08", "20.11.2026 is no date"),
        ("EUR,2026-11-20,1,08", "2026"),
        ("EUR,2026-11-20,-1", "-1 is no rate above zero"),
        ("EUR,2026-11-20,0", "0 is no rate above zero"),
        ("EUR,2026-11-20,NaN", "NaN is no rate"),
        ("EUR,2026-11-20,1e9", "1e9 is no rate"),
        ("EUR,2026-11-20,", "nothing is no rate"),
        ("EUR,2026-11-20,0.0000000001", "is no rate"),
        ("EUR,2026-11-24,1.08", "2026-11-24 has not come yet"),
        ("USD,2026-11-20,1.01", "a dollar is a dollar"),
        ("EUR,2026-11-20,108", "is more than a quarter from 1.07 before it"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_stops_no_other(db, line, why):
    result = take(f"{HEAD}EUR,2026-11-01,1.07\n{line}\nGBP,2026-11-20,1.2\n")
    if "1,08" in line:  # a comma for a point is another column: what is left of it is a jump
        assert (result.new, result.refused) == (3, [])
        return
    assert result.new == 2
    ((number, said),) = result.refused
    assert number == 3
    assert why in said


def test_the_central_banks_xml_gives_dollars_for_each_currency(db):
    assert take(ECB).summary() == "4 new, 0 known before, 0 refused"
    on = date(2026, 11, 20)
    assert kept("EUR") == {on: Decimal("1.08")}
    assert kept("GBP") == {on: Decimal("1.2")}
    assert kept("JPY") == {on: Decimal("0.00675")}
    assert kept("USD") == {on: Decimal("1")}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "must name the columns"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"<Cube>", "is no XML"),
        (b"<a/>", "No rates as the European Central Bank"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document type is not read"),
        (b"x" * (rates.FILE_MAX + 1), "larger than 10 MB"),
        (b'currency,on,usd_per_unit\n"' + b"x" * 200_000 + b'"\n', "is no CSV"),
    ],
)
def test_what_is_no_file_of_rates_is_refused_whole(content, why):
    with pytest.raises(rates.Unreadable, match=why):
        rates.read(content)


def test_xml_without_the_dollar_or_with_a_wrong_rate_says_so(db):
    result = take(ECB.replace("'USD' rate='1.0800'", "'USD' rate='x'"))
    assert (result.new, [why for _, why in result.refused]) == (0, ["2026-11-20 has no rate of the dollar"])
    result = take(ECB.replace("160.00", "-160"))
    assert (result.new, [why for _, why in result.refused]) == (3, ["-160 is no rate of JPY"])


def test_rates_are_old_after_three_business_days(db, settings):
    for currency in ("GBP", "CNY", "JPY", "KWD"):
        ReferenceRate.objects.create(currency=currency, on="2026-11-20", usd_per_unit=1)
    ReferenceRate.objects.create(currency="USD", on="2020-01-01", usd_per_unit=1)
    ReferenceRate.objects.create(currency="EUR", on="2026-11-18", usd_per_unit=1)
    assert rates.stale(datetime(2026, 11, 23, 23, 59, tzinfo=UTC)) == []  # Monday, the third business day after it
    assert rates.stale(datetime(2026, 11, 24, 0, 0, tzinfo=UTC)) == [("EUR", date(2026, 11, 18))]


def test_the_command_takes_what_is_right_and_fails_for_the_rest(db, tmp_path):
    file = tmp_path / "rates.csv"
    file.write_text(f"{HEAD}EUR,2026-01-02,1.08\nEUR,never,1\n")
    said = StringIO()
    with pytest.raises(CommandError, match="1 lines were refused"):
        call_command("import_rates", str(file), stdout=said)
    assert "line 3: never is no date" in said.getvalue()
    assert len(kept()) == 1
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_rates", str(tmp_path / "none"))


def test_finance_uploads_a_file_and_others_do_not(client, db):
    page = reverse("admin:orders_referencerate_import_file")
    user = staff("finance")
    client.force_login(user)
    assert client.get(page).status_code == 200
    sent = client.post(page, {"file": SimpleUploadedFile("r.csv", f"{HEAD}EUR,2026-01-02,1.08\n".encode())})
    assert (sent.status_code, len(kept())) == (200, 1)
    assert "1 new, 0 known before, 0 refused" in sent.content.decode()
    assert Event.objects.about("person", user.pk).get().kind == "rates.imported"
    sent = client.post(page, {"file": SimpleUploadedFile("r.csv", f"{HEAD}<b>,2026-01-02,1\n".encode())})
    assert sent.status_code == 422
    assert "Line 2: &lt;B&gt; is not traded here." in sent.content.decode()
    assert client.post(page, {}).status_code == 422
    client.force_login(staff("risk"))
    assert client.get(page).status_code == 403
    with pytest.raises(NotAllowed):
        take(f"{HEAD}EUR,2026-01-03,1.08\n", by=staff("adjudicator"))
