"""Shipments of many orders at once: from the table, from a file; each order for itself."""

import csv
import io
import re
import uuid

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from orders import actions, shipment_sheet
from orders.models import Order, Shipment
from suppliers.models import Supplier
from tests import stories
from tests.orders.test_races import at_once
from tests.stories import DAY, NOW

pytestmark = pytest.mark.django_db
PATH = "/portal/shipments/"
FILE = f"{PATH}file/"
HOW = {
    "transport": "sea",
    "carrier": "Sample Ocean Line",
    "document": "SOL-1",
    "tracking_number": "",
    "dispatched_on": "2026-09-05",
}
HEAD = ",".join(shipment_sheet.COLUMNS)


@pytest.fixture(autouse=True)
def days_later():
    with time_machine.travel(NOW + 10 * DAY, tick=False):
        yield


@pytest.fixture
def desk(client, world):
    """The client signed in for the supplier, whose limit covers all of these orders."""
    Supplier.objects.filter(pk=world.supplier.pk).update(limit_minor=10_000_000_00)
    return signed_in(client, world.seller, world.supplier)


def signed_in(client, user, supplier):
    client.force_login(user)
    client.post("/switch/", {"acting": supplier.slug})
    return client


def typed(*orders, key=None, shared=None, chosen=None, **rows) -> dict:
    """What the page sends: every order chosen unless `chosen` says which; rows by the order's place, as _0={...}."""
    data = {"key": str(key or uuid.uuid4()), "order": [order.reference for order in orders]}
    data |= {f"all-{name}": value for name, value in (HOW if shared is None else shared).items()}
    for n, order in enumerate(orders):
        if chosen is None or order in chosen:
            data[f"{order.reference}-chosen"] = "on"
        data |= {f"{order.reference}-{name}": value for name, value in rows.get(f"_{n}", {}).items()}
    return data


def a_file(text: str | bytes) -> dict:
    return {"sheet": SimpleUploadedFile("shipments.csv", text if isinstance(text, bytes) else text.encode())}


def page(answer) -> str:
    return " ".join(answer.content.decode().split())


def refused(answer) -> dict[str, str]:
    return {told.reference: told.refused for told in answer.context["refused"]}


# the table --------------------------------------------------------------------------------------------------------


def test_two_orders_at_once_each_with_its_own_or_the_same_for_all(desk, world):
    first, third = (stories.paid(world) for _ in range(2))
    second = stories.paid(world, stories.terms(incoterm="FCA"))
    answer = desk.post(
        PATH,
        typed(first, second, third, chosen=[first, second], _1={"carrier": "Own Rail", "transport": "rail"}),
    )
    assert answer.status_code == 200
    assert [told.reference for told in answer.context["entered"]] == [first.reference, second.reference]
    assert "2 shipments entered. The buyers see them now." in page(answer)
    for order in (first, second):
        assert f"/orders/{order.reference}/shipments/1/packing-list/" in page(answer)
    one, two = first.shipments.get(), second.shipments.get()
    assert (one.transport, one.carrier, one.document) == ("sea", "Sample Ocean Line", "SOL-1")
    assert (two.transport, two.carrier, two.document) == ("rail", "Own Rail", "SOL-1")
    assert one.fact == "On-board date of the bill of lading"
    assert {stories.fresh(first).status, stories.fresh(second).status} == {"shipped"}
    assert stories.fresh(third).status == "paid"
    assert [order.reference for order, _ in answer.context["rows"]] == [third.reference]


def test_all_that_is_left_is_shipped(desk, world):
    order = stories.paid(world)
    stories.dispatch(order, world, quantities={order.lines.get().id: 40})
    assert "Ship all that is left: 60 pieces of Pendant lamp" in page(desk.get(PATH))
    desk.post(PATH, typed(order))
    assert [line.quantity for line in order.shipments.get(number=2).lines.all()] == [60]
    assert stories.fresh(order).status == "shipped"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"dispatched_on": "2026-09-12"}, "in the future"),
        ({"dispatched_on": "2026-08-31"}, "before the payment cleared"),
        ({"dispatched_on": "yesterday"}, "year-month-day"),
        ({"transport": "teleport"}, "how the goods travel"),
        ({"document": "x" * 61}, "60 characters"),
        ({"carrier": "a\x00b"}, "Null characters"),
    ],
)
def test_one_that_is_refused_is_named_with_what_was_typed_and_the_other_is_entered(desk, world, row, words):
    good, bad = stories.paid(world), stories.paid(world)
    before = stories.snapshot(bad)
    answer = desk.post(PATH, typed(good, bad, _1={"tracking_number": "KEEP-ME", **row}))
    assert answer.status_code == 422
    assert [told.reference for told in answer.context["entered"]] == [good.reference]
    assert words in refused(answer)[bad.reference]
    assert 'value="KEEP-ME"' in answer.content.decode()
    assert stories.snapshot(bad) == before
    assert stories.fresh(good).status == "shipped"


def test_what_neither_the_row_nor_the_top_says_is_asked_for_all_at_once(desk, world):
    order = stories.paid(world)
    answer = desk.post(PATH, typed(order, shared={}))
    for words in ("how the goods travel", "Name the carrier", "bill of lading", "date of the document"):
        assert words in refused(answer)[order.reference]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key": ""}, "did not arrive whole"),
        ({"key": "x"}, "did not arrive whole"),
        ({"order": []}, "did not arrive whole"),
        ({"order": [f"TA-{n}" for n in range(501)]}, "did not arrive whole"),
        ({"all-dispatched_on": "soon"}, "year-month-day"),
        ({"CHOSEN": None}, "Choose at least one order"),
    ],
)
def test_a_page_that_makes_no_sense_enters_nothing(desk, world, change, words):
    order = stories.paid(world)
    answer = desk.post(PATH, typed(order, chosen=[] if "CHOSEN" in change else None) | {**change, "CHOSEN": ""})
    assert (answer.status_code, words in page(answer)) == (422, True)
    assert not Shipment.objects.exists()


def test_the_same_page_twice_is_one_shipment_an_order(desk, world):
    orders = [stories.paid(world), stories.paid(world)]
    data = typed(*orders)
    for _ in range(2):
        answer = desk.post(PATH, data)
        assert (answer.status_code, len(answer.context["entered"])) == (200, 2)
    assert Shipment.objects.count() == 2
    again = desk.post(PATH, typed(*orders))
    assert again.status_code == 422
    assert all("shipped now" in why for why in refused(again).values())
    assert Shipment.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_shipment_an_order(transactional_db, client):
    from django.test import Client

    world = stories.build_world()
    orders = [stories.paid(world), stories.paid(world)]
    data = typed(*orders)
    clients = [signed_in(Client(), world.seller, world.supplier) for _ in range(2)]
    answers = at_once(*[lambda one=one: one.post(PATH, data) for one in clients])
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [order.shipments.count() for order in orders] == [1, 1]


def test_another_suppliers_order_is_unknown_and_stays_as_it_is(desk, client, world):
    own, other = stories.paid(world), stories.paid(world)
    Order.objects.filter(pk=other.pk).update(supplier=world.rival)
    before = stories.snapshot(other)
    answer = desk.post(PATH, typed(own, other))
    assert refused(answer) == {other.reference: "You have no order with this number."}
    assert stories.snapshot(other) == before
    assert stories.fresh(own).status == "shipped"
    assert other.title not in [order.title for order, _ in desk.get(PATH).context["rows"]]
    odd = typed(other) | {"order": ["a\x00b", "<b>"], "<b>-chosen": "on", "a\x00b-chosen": "on"}
    assert len(refused(desk.post(PATH, odd))) == 2


def test_only_those_who_sell(client, world):
    order = stories.paid(world)
    client = signed_in(client, world.bookkeeper, world.supplier)
    for path in (PATH, f"{PATH}template.csv", FILE):
        assert client.get(path).status_code == 403
    assert client.post(PATH, typed(order)).status_code == 403
    assert client.post(FILE, a_file(f"{HEAD}\n")).status_code == 403
    assert stories.fresh(order).status == "paid"
    assert "many orders at once" not in page(client.get("/portal/orders/"))
    assert "many orders at once" in page(signed_in(client, world.seller, world.supplier).get("/portal/orders/"))


def test_the_order_due_first_is_on_top_and_late_ones_are_marked(desk, world):
    later = stories.paid(world)
    sooner = stories.paid(world)
    Order.objects.filter(pk=sooner.pk).update(ship_by_at=NOW + DAY)
    answer = desk.get(PATH)
    assert [order.pk for order, _ in answer.context["rows"]] == [sooner.pk, later.pk]
    assert page(answer).count("Shipment late") == 1


def test_sixty_orders_turn_pages_at_the_same_cost(desk, world, django_assert_max_num_queries):
    stories.paid(world)
    with django_assert_max_num_queries(6):
        desk.get(PATH)
    for _ in range(59):
        stories.paid(world)
    with django_assert_max_num_queries(6):
        first = desk.get(PATH)
    with django_assert_max_num_queries(6):
        second = desk.get(f"{PATH}?page={first.context['page'].after}")
    assert [len(first.context["rows"]), len(second.context["rows"])] == [50, 10]
    rows = "".join(f"{order.reference},sea,Line,D-1,,2026-09-05\r\n" for order in Order.objects.all())
    with django_assert_max_num_queries(6):
        filled = desk.post(FILE, a_file(f"{HEAD}\r\n{rows}"))
    assert len(filled.context["rows"]) == 60


# the file ---------------------------------------------------------------------------------------------------------


def sent_back(answer) -> dict:
    """What the filled table sends, as a browser would."""
    text = answer.content.decode()
    data = {"key": re.search(r'name="key" value="([^"]+)"', text)[1], "order": []}
    for order, form in answer.context["rows"]:
        data["order"].append(order.reference)
        data |= {field.html_name: field.value() or "" for field in form.how}
        if form.is_bound:
            data[f"{order.reference}-chosen"] = "on"
    return data


def test_a_file_fills_the_table_and_the_table_is_entered(desk, world):
    first, untouched = (stories.paid(world) for _ in range(2))
    second = stories.paid(world, stories.terms(incoterm="FCA"))
    answer = desk.post(
        FILE,
        a_file(
            f"\ufeff{HEAD},goods\r\n{first.reference.lower()},Sea freight,“Öre” Line,D-1,T-1,2026-09-05,x\r\n\r\n"
            f"{second.reference},express,Sample Express,'-D2,,2026-09-06,x\r\n{untouched.reference},,,,,,x\r\n"
        ),
    )
    assert (answer.status_code, Shipment.objects.count()) == (200, 0)
    done = desk.post(PATH, sent_back(answer))
    assert [told.reference for told in done.context["entered"]] == [first.reference, second.reference]
    one, two = first.shipments.get(), second.shipments.get()
    assert (one.transport, one.carrier, one.tracking_number) == ("sea", "“Öre” Line", "T-1")
    assert (two.transport, two.document, str(two.dispatched_on)) == ("express", "-D2", "2026-09-06")
    assert stories.fresh(untouched).status == "paid"


def test_a_container_of_its_own_is_kept_with_its_check_digit_tested(desk, world):
    good, wrong = stories.paid(world), stories.paid(world)
    fast = stories.paid(world, stories.terms(incoterm="FCA"))
    rows = {"_0": {"container_number": "csqu 305438-3"}, "_1": {"container_number": "CSQU3054384"}}
    by_air = {"container_number": "CSQU3054383", "transport": "air"}
    answer = desk.post(PATH, typed(good, wrong, fast, _2=by_air, **rows))
    assert good.shipments.get().container_number == "CSQU3054383"
    assert "a check digit that fits them" in refused(answer)[wrong.reference]
    assert "Containers go by sea, rail or road" in refused(answer)[fast.reference]
    assert 'value="CSQU3054384"' in answer.content.decode()
    assert not Shipment.objects.exclude(order=good).exists()


def test_a_file_may_name_the_container(desk, world):
    one, two = stories.paid(world), stories.paid(world)
    head = f"Container Number,{HEAD}"
    lines = [
        f"CSQU 305438 3,{one.reference},sea,Line,D-1,,2026-09-05",
        f"CSQU 305438 9,{two.reference},sea,Line,D-1,,2026-09-05",
    ]
    answer = desk.post(FILE, a_file("\n".join((head, *lines))))
    assert [told[:6] for told in answer.context["wrong"]] == ["Line 3"]
    assert "a check digit that fits them" in answer.context["wrong"][0]
    done = desk.post(PATH, sent_back(answer))
    assert [told.reference for told in done.context["entered"]] == [one.reference]
    assert one.shipments.get().container_number == "CSQU3054383"
    doubled = desk.post(FILE, a_file(f"{HEAD},container number,container number\nTA-1,sea,x,y,,,,\n"))
    assert "each once" in page(doubled)


def test_wrong_lines_are_named_and_the_others_fill_the_table(desk, world):
    good, twice, shipped, wrong_day, wrong_way = (stories.paid(world) for _ in range(5))
    other = stories.paid(world)
    Order.objects.filter(pk=other.pk).update(supplier=world.rival)
    stories.dispatch(shipped, world)
    lines = [
        f"{good.reference};sea;Line;D-1;;2026-09-05",
        f"{twice.reference};sea;Line;D-1;;2026-09-05",
        f"{other.reference};sea;Line;D-1;;2026-09-05",
        "TA-NONE-NONE;sea;Line;D-1;;2026-09-05",
        f"{shipped.reference};sea;Line;D-1;;2026-09-05",
        f"{wrong_day.reference};sea;Line;D-1;;05.09.2026",
        f"{wrong_way.reference};teleport;Line;D-1;;2026-09-05",
        f"{twice.reference};sea;Line;D-1;;2026-09-05",
        ";sea;Line;D-1;;2026-09-05",
        "TA-MUCH-MUCH;sea;Line;D-1;;2026-09-05;too;much",
    ]
    answer = desk.post(FILE, a_file("\n".join((HEAD.replace(",", ";"), *lines))))
    assert answer.status_code == 422
    told = "\n".join(answer.context["wrong"])
    for number, words in (
        (3, "on lines 3, 9; keep one"),
        (4, "You have no order with this number"),
        (5, "You have no order with this number"),
        (6, "shipped now"),
        (7, "year-month-day"),
        (8, "“teleport” is no transport"),
        (9, "on lines 3, 9; keep one"),
        (10, "names no order"),
        (11, "more cells than the first line"),
    ):
        assert re.search(f"^Line {number},.*{re.escape(words)}", told, re.MULTILINE), (number, told)
    assert len(answer.context["wrong"]) == 9
    assert [order.reference for order, _ in answer.context["rows"]] == [good.reference, wrong_day.reference]
    assert 'value="05.09.2026"' in answer.content.decode()
    assert Shipment.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"  \n", "The file is empty"),
        ("reference,carrier\nTA-1,x\n", "must name the columns"),
        (f"{HEAD},date\nTA-1,sea\n", "each once"),
        (f"{HEAD}\n", "no line below the first"),
        (f"{HEAD}\nTA-1,sea,Öre,,,\n".encode("cp1252"), "not text in UTF-8"),
        (f"{HEAD}\nTA-1,sea,Öre,,,\n".encode("utf-16"), "not text in UTF-8"),
        (b"PK\x03\x04\x00\x00", "not text in UTF-8"),
        (f"{HEAD}\n" + "TA-1,sea,x,y,,\n" * 501, "more than 500 lines"),
        (f"{HEAD}\n" + "x" * 2**20, "larger than 1 MB"),
        (f"{HEAD}\n{'x' * 140_000},sea\n", "is not CSV"),
        (f"{HEAD}\nTA-1,sea,x,y,,\n", "No line of the file is an order"),
    ],
)
def test_a_file_that_is_none_gets_a_sentence(desk, world, content, words):
    stories.paid(world)
    answer = desk.post(FILE, a_file(content))
    assert (answer.status_code, words in page(answer)) == (422, True)
    assert not Shipment.objects.exists()


def test_no_file_and_the_way_back(desk, world):
    assert desk.post(FILE).status_code == 422
    assert desk.get(FILE)["Location"] == PATH


def test_the_template_lists_what_is_to_ship_and_holds_no_formula(desk, world):
    order = stories.paid(world)
    Order.objects.filter(pk=order.pk).update(title='=HYPERLINK("http://evil.test")')
    stories.placed(world)
    answer = desk.get(f"{PATH}template.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="shipments.csv"'
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head == [*shipment_sheet.COLUMNS, *shipment_sheet.OPTIONAL, *shipment_sheet.FOR_READING]
    assert [row[:7] for row in rows] == [[order.reference, "", "", "", "", "", ""]]
    assert rows[0][7:] == ['\'=HYPERLINK("http://evil.test")', "Northline", "2026-10-01"]
    back = desk.post(FILE, a_file(answer.content))
    assert [form.is_bound for _, form in back.context["rows"]] == [False]


def test_a_role_that_was_taken_away_meanwhile_enters_nothing(desk, world, monkeypatch):
    order = stories.paid(world)
    real = actions.ship

    def late(**given):
        world.supplier.members.filter(user=world.seller).update(role="finance")
        return real(**given)

    monkeypatch.setattr(actions, "ship", late)
    answer = desk.post(PATH, typed(order))
    assert answer.status_code == 422
    assert "another role" in refused(answer)[order.reference]
    assert stories.fresh(order).status == "paid"
