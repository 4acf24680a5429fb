"""The check on the pages: both sides see it while they write, mend with one click, and send all the same."""

import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from orders import actions
from orders.models import Order
from tests import stories
from tests.orders.test_pages import typed
from tests.stories import NOW

FROM_FORM = {"HX-Request": "true", "HX-Current-URL": "http://testserver/orders/new/?supplier=lumenworks"}


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def field(page: str, name: str) -> str:
    """The value of an input as the page shows it."""
    found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', page)
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_blank_contract_is_not_told_off(world):
    page = text_of(client_of(world.buyer).get(reverse("orders:new") + f"?supplier={world.supplier.slug}"))
    assert "Name the first goods" in page and "of 100" not in page


def test_the_check_is_a_fragment_beside_the_total(world):
    response = client_of(world.buyer).post(
        reverse("orders:total"),
        typed(world, quality="Good quality"),
        headers=FROM_FORM,
    )
    page = text_of(response)
    assert 'id="check" hx-swap-oob="innerHTML"' in page and 'id="check-open" hx-swap-oob="innerHTML"' in page
    assert "“Good quality” in the quality terms: nothing can be measured against that." in page
    assert 'hx-post="/orders/new/?supplier=lumenworks"' in page
    assert 'name="mend" value="ship_by_long_holiday:ship_by_on"' in page
    assert "What is not protected as drafted" in page


def ways(page: str) -> dict[str, str]:
    """The links from the check to fields: anchor to words."""
    return dict(re.findall(r'<a class="link inline-flex[^"]*" href="#([^"]+)">([^<]+)</a>', page))


def test_each_finding_leads_to_the_field_it_speaks_of(world):
    goods = {
        "lines-TOTAL_FORMS": "3",
        "lines-0-product": "",
        "lines-0-quantity": "",
        "lines-0-unit_price": "",
        "lines-1-product": "LED lamp",
        "lines-1-quantity": "100",
        "lines-1-unit_price": "100",
        "lines-1-attributes-TOTAL_FORMS": "2",
        "lines-1-attributes-1-name": "Width",
        "lines-1-attributes-1-agreed": "400",
        "lines-2-product": "Copper wire",
        "lines-2-quantity": "100",
        "lines-2-unit": "kg",
        "lines-2-unit_price": "1",
        "lines-2-specification": "Good quality",
    }
    sending = typed(world, check="1", place="China", destination_country="DE", freight="100", is_sample="", **goods)
    page = text_of(client_of(world.buyer).post(reverse("orders:new"), sending))
    found = ways(page)
    assert all(page.count(f'id="{anchor}"') == 1 for anchor in found)
    assert (
        found.items()
        >= {
            "id_place": "Go to “Named place”",
            "id_freight": "Go to “Freight”",
            "id_ship_by_on": "Go to “Ship by a date”",
            "id_inspection_who": "Go to “Who inspects”",
            "id_document_invoice": "Go to “Commercial invoice”",
            "add-certificate-1": "Go to “Add a certificate to line 1”",
            "id_lines-1-attributes-1-method": "Go to “Measured by of line 1”",
            "id_lines-1-attributes-1-unit": "Go to “Unit, if any of line 1”",
            "add-attribute-2": "Go to “Add an attribute to line 2”",
            "id_lines-2-specification": "Go to “Specification of line 2”",
            "id_lines-2-tolerance": "Go to “Quantity may differ by of line 2”",
            "id_lines-2-packaging_kind": "Go to “Packed in of line 2”",
        }.items()
    )


def test_the_supplier_is_led_to_the_fields_of_what_it_saved(world):
    order = stories.requested(world)
    actions.save_draft(order_id=order.id, terms=stories.terms(place=""), by=world.seller, now=NOW)
    page = text_of(client_of(world.seller).get(reverse("orders:edit", args=[order.reference])))
    found = ways(page)
    assert {"id_place", "id_ship_by_on", "id_document_invoice"} <= set(found)
    assert all(page.count(f'id="{anchor}"') == 1 for anchor in found)


def test_of_very_many_findings_of_one_kind_some_are_linked_and_the_rest_is_a_number(world):
    lines = 40
    goods = {f"lines-{n}-{name}": value for n in range(lines) for name, value in (("product", "x"), ("quantity", "1"))}
    page = text_of(
        client_of(world.buyer).post(
            reverse("orders:total"), typed(world, **{"lines-TOTAL_FORMS": str(lines)} | goods), headers=FROM_FORM
        )
    )
    assert "id_lines-32-packaging_kind" in ways(page) and "id_lines-33-packaging_kind" not in ways(page)
    assert "and 7 more like these" in page


def test_without_scripts_the_check_is_a_button_that_saves_nothing(world):
    page = text_of(client_of(world.buyer).post(reverse("orders:new"), typed(world, check="1", place="China")))
    assert "FOB China: a whole country is no place." in page
    assert not Order.objects.exists()


def test_the_check_also_says_what_keeps_it_from_being_sent(world):
    response = client_of(world.buyer).post(reverse("orders:new"), typed(world, check="1", place=""))
    assert response.status_code == 422
    assert "Name the port, terminal or address" in text_of(response)


def test_a_mend_changes_its_field_and_keeps_everything_else_as_typed(world):
    sending = typed(
        world,
        mend="ship_by_long_holiday:ship_by_on",
        quality="Matt black <b>",
        **{
            "lines-TOTAL_FORMS": "3",
            "lines-0-product": "",
            "lines-0-quantity": "",
            "lines-0-unit_price": "",
            "lines-1-product": "Pendant lamp",
            "lines-1-quantity": "1,00",
            "lines-1-unit": "pieces",
            "lines-1-unit_price": "a hundred",
            "lines-1-tolerance": "0",
        },
    )
    response = client_of(world.buyer).post(reverse("orders:new"), sending)
    page = text_of(response)
    assert response.status_code == 200
    assert field(page, "ship_by_on") == "2026-10-08"
    assert "Done: Ship by Thursday, 8 Oct 2026. It is in the form, and not saved yet." in page
    assert field(page, "lines-1-quantity") == "1,00"
    assert field(page, "lines-1-unit_price") == "a hundred"
    assert field(page, "plan-0-amount") == "30%" and field(page, "plan-1-amount") == ""
    assert "Matt black &lt;b&gt;" in page
    assert not Order.objects.exists()


def test_a_mend_finds_its_line_below_lines_that_were_left_blank(world):
    sending = typed(
        world,
        mend="no_tolerance:lines.0.tolerance",
        **{
            "lines-TOTAL_FORMS": "2",
            "lines-0-product": "",
            "lines-0-quantity": "",
            "lines-0-unit_price": "",
            "lines-1-product": "Copper wire",
            "lines-1-quantity": "1,000",
            "lines-1-unit": "kg",
            "lines-1-unit_price": "10.00",
            "lines-1-tolerance": "0",
        },
    )
    page = text_of(client_of(world.buyer).post(reverse("orders:new"), sending))
    assert field(page, "lines-1-tolerance") == "2" and field(page, "lines-0-tolerance") == "0"
    assert field(page, "lines-1-quantity") == "1,000"


def test_a_mend_may_add_an_instalment(world):
    sending = typed(
        world,
        mend="all_before_production:plan.0.amount",
        **{"plan-TOTAL_FORMS": "1", "plan-0-label": "All", "plan-0-amount": "100%"},
    )
    page = text_of(client_of(world.buyer).post(reverse("orders:new"), sending))
    assert field(page, "plan-0-amount") == "3,000.00" and field(page, "plan-1-amount") == "7,000.00"
    assert field(page, "plan-1-label") == "Balance" and field(page, "plan-1-due_on") == "2026-09-26"


def test_a_sample_is_made_a_regular_order_by_taking_its_mark_out(world):
    page = text_of(
        client_of(world.buyer).post(
            reverse("orders:new"), typed(world, is_sample="on", mend="sample_quality:is_sample")
        )
    )
    assert "checked" not in re.search(r'<input[^>]*name="is_sample"[^>]*>', page)[0]


@pytest.mark.parametrize("key", ["no_such:thing", "x", "vague_words:quality", "no_documents:" + "9" * 500])
def test_a_mend_that_is_gone_loses_nothing(world, key):
    response = client_of(world.buyer).post(
        reverse("orders:new"), typed(world, mend=key, title="My title", freight="a lot")
    )
    page = text_of(response)
    assert response.status_code == 200 and field(page, "title") == "My title" and field(page, "freight") == "a lot"
    assert "That is mended already" in page


def test_the_supplier_sees_and_mends_its_own_draft(world):
    order = stories.requested(world)
    client = client_of(world.seller)
    url = reverse("orders:edit", args=[order.reference])
    page = text_of(client.post(url, typed(world, mend="ship_by_long_holiday:ship_by_on")))
    assert field(page, "ship_by_on") == "2026-10-08"
    assert not order.versions.exists()
    actions.save_draft(order_id=order.id, terms=stories.terms(), by=world.seller, now=NOW)
    page = text_of(client.get(url))
    assert "No documents are due." in page and 'form="contract" name="mend"' in page
    assert "things in the check" in page and "You can send it all the same." in page


def test_findings_keep_nobody_from_sending_but_sending_says_how_many_are_open(world):
    response = client_of(world.buyer).post(reverse("orders:new"), typed(world, send="1"), follow=True)
    assert Order.objects.get().versions.newest() is not None
    assert re.search(r"The check still finds \d+ things in it\.", text_of(response))


def test_who_decides_reads_the_check_before_accepting(world):
    order = stories.sent(world)
    url = reverse("orders:contract", args=[order.reference])
    page = text_of(client_of(world.buyer).get(url))
    assert "What the check finds" in page and "Thursday, 1 Oct 2026 is inside a long holiday in China" in page
    assert 'name="mend"' not in page
    assert "What the check finds" not in text_of(client_of(world.seller).get(url))


def test_a_signed_contract_is_not_checked_any_more(world):
    order = stories.placed(world)
    assert "What the check finds" not in text_of(
        client_of(world.buyer).get(reverse("orders:contract", args=[order.reference]))
    )


@pytest.mark.parametrize("lines", [1, 40])
def test_the_live_check_asks_the_same_number_of_times_for_many_lines(world, lines, django_assert_max_num_queries):
    sending = typed(world, **{"lines-TOTAL_FORMS": str(lines)})
    for n in range(lines):
        for name, value in (("product", f"Lamp {n}"), ("quantity", "2"), ("unit", "kg"), ("unit_price", "1")):
            sending[f"lines-{n}-{name}"] = value
    client = client_of(world.buyer)
    with django_assert_max_num_queries(7):
        page = text_of(client.post(reverse("orders:total"), sending, headers=FROM_FORM))
    if lines > 1:
        assert "and 39 more" in page and "Do it for all 40: Add ± 2 %" in page
    everything = sending | {"mend": "no_tolerance:*"}
    page = text_of(client.post(reverse("orders:new"), everything))
    assert field(page, f"lines-{lines - 1}-tolerance") == "2"
