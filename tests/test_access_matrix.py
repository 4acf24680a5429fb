"""Every route and method for every kind of person, as `access_matrix.tsv` says; a route that is missing there fails.

`ACCESS_MATRIX=write pytest tests/test_access_matrix.py` writes the file anew: read each changed cell before committing.
"""

import copy
import os
import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts import actions as account_actions
from notifications.webhooks import actions as webhook_actions
from orders import actions
from orders.models import Order
from orders.terms import InstalmentTerms
from payments.models import SandboxCharge
from suppliers import actions as supplier_actions
from suppliers.acting import SESSION_KEY
from suppliers.bank_details import BankDetails
from suppliers.models import Category
from tests import cases, stories
from tests.notifications.test_push import Chrome
from tests.suppliers.test_products import STEPS, a_photo, given
from trade_assurance import health

MATRIX = Path(__file__).with_name("access_matrix.tsv")
SIGNED_IN = "anonymous buyer other_buyer supplier bookkeeper other_supplier adjudicator finance risk admin".split()
KEYS = ["read_key", "write_key", "revoked_key"]  # of the buyer, without a session; they open nothing but the API
ROLES = [*SIGNED_IN, *KEYS]
METHODS = ("GET", "POST")
# Proven elsewhere: Django's admin by tests/test_admin.py, allauth's own pages by tests/accounts.
ELSEWHERE = ("admin/", "accounts/", "_allauth/")


def routes(resolver=None, prefix=""):
    """(route, pattern) of every page, in the order of their addresses."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern).removeprefix("^").removesuffix("$")
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        elif isinstance(entry, URLPattern) and not route.startswith(ELSEWHERE):
            yield route, entry


@pytest.fixture
def people(world):
    staff = {}
    for role in ("adjudicator", "finance", "risk"):
        staff[role] = stories.person(f"{role}@staff.test", full_name=role, is_staff=True)
        staff[role].groups.add(Group.objects.get(name=role))
    admin = stories.person("admin@staff.test", full_name="admin", is_staff=True, is_superuser=True)
    return {
        "anonymous": None,
        "buyer": world.buyer,
        "other_buyer": world.stranger,
        "supplier": world.seller,
        "bookkeeper": world.bookkeeper,
        "other_supplier": world.rival_seller,
        **staff,
        "admin": admin,
    }


@pytest.fixture
def things(world, settings, tmp_path):
    """An order that is placed now, and one draft; what the addresses of pages are filled with."""
    from payments import actions as payment_actions

    settings.MEDIA_ROOT = tmp_path
    now = timezone.now()
    due = (now + timedelta(days=10)).date().isoformat()
    contract = stories.terms(plan=(InstalmentTerms("All", 10_000_00, "shipment", due),), ship_by_on=None, lead_days=20)
    order = stories.placed(world, contract, now=now)
    payment = payment_actions.start_payment(
        order_id=order.id, instalment_number=1, method="card", key=uuid.uuid4(), by=world.buyer, now=now
    )
    payment_actions.open_at_gateway(payment_id=payment.id, now=now)
    draft = stories.requested(world, now=now)
    attachment = actions.add_attachment(order_id=draft.id, upload=a_pdf(), by=world.seller, now=now)
    before = now - timedelta(days=25)
    due = (before + timedelta(days=5)).date().isoformat()
    contract = stories.terms(plan=(InstalmentTerms("All", 10_000_00, "shipment", due),), ship_by_on=None, lead_days=20)
    disputed = stories.received(world, contract, now=before)
    dispute = cases.file(disputed, world, [cases.quality(disputed.lines.get())], now=now)
    product = supplier_actions.add_product(
        supplier_id=world.supplier.id, key=uuid.uuid4(), steps=STEPS, by=world.seller, now=now, **given(a_category())
    )
    return {
        **webhooks(world, now),
        "browser": Chrome("https://push.example.com/1").turn_on(world.buyer, now=now),
        "product": product,
        "photo": supplier_actions.add_photo(product_id=product.pk, upload=a_photo(), by=world.seller, now=now),
        "document": supplier_actions.add_document(
            supplier_id=world.supplier.id, kind="licence", upload=a_pdf(), by=world.seller, now=now
        ),
        "order": order,
        "draft": draft,
        "payment": payment,
        "attachment": attachment,
        "dispute": dispute,
        "supplier": world.supplier,
        "member": world.supplier.members.get(user=world.bookkeeper),
        "account": supplier_actions.add_payout_account(
            supplier_id=world.supplier.id,
            details=BankDetails("Lumenworks", "DE", iban="DE89370400440532013000"),
            second_factor=True,
            by=world.seller,
            now=now,
        ),
    }


def webhooks(world, now) -> dict:
    """One of the buyer and one of the company, each with a message."""
    mine = {"url": "https://a.example.com/", "types": ["order.shipped"], "now": now}
    buyers = webhook_actions.add(supplier_id=None, by=world.buyer, **mine)
    companys = webhook_actions.add(supplier_id=world.supplier.id, by=world.seller, **mine)
    return {
        "webhook": buyers,
        "message": webhook_actions.send_test(endpoint_id=buyers.pk, by=world.buyer, now=now),
        "company_webhook": companys,
        "company_message": webhook_actions.send_test(endpoint_id=companys.pk, by=world.seller, now=now),
    }


def a_category():
    return Category.objects.create(slug="lamps", name="Lamps")


def a_pdf():
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("spec.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n")


def further(pattern) -> list[str]:
    """The methods beside GET and POST that an address of the API takes."""
    taken = getattr(pattern.callback, "actions", ())
    return [name for name in ("PUT", "PATCH", "DELETE") if name.lower() in taken]


@pytest.fixture
def keys(world):
    now, found = timezone.now(), {}
    for role in KEYS:
        scope = "read" if role == "read_key" else "write"
        key, found[role] = account_actions.make_key(
            user_id=world.buyer.pk, name=role, scope=scope, by=world.buyer, now=now
        )
    account_actions.revoke_key(key_id=key.pk, by=world.buyer, now=now)
    return found


def sent(route: str, method: str, secret: str | None) -> dict:
    """What a request of this kind carries: an empty JSON object for the API, a key's secret."""
    headers = {"authorization": f"Bearer {secret}"} if secret else {}
    if not route.startswith("api/v1/") or method == "GET":
        return {"headers": headers}
    headers["idempotency-key"] = uuid.uuid4().hex
    return {"data": "{}", "content_type": "application/json", "headers": headers}


def act_for_own_company(client, person) -> None:
    """Suppliers' people use the portal for their company, as after the header's switch."""
    member = person.memberships.first()
    if member is not None:
        session = client.session
        session[SESSION_KEY] = member.supplier.slug
        session.save()


def filled(route: str, things: dict) -> str:
    """The address of a route for these things."""
    draft = "attachment" in route or "detach" in route
    reference = things["dispute" if "disputes/" in route else "draft" if draft else "order"].reference
    if "sandbox/transfer" in route:
        reference = things["order"].instalments.get().rf_reference
    elif "sandbox/charge" in route:
        reference = SandboxCharge.objects.get().reference
    company = "company_" if route.startswith("portal/") else ""
    values = {
        "webhook_id": str(things[f"{company}webhook"].public_id),
        "message_id": str(things[f"{company}message"].public_id),
        "reference": reference,
        "number": "1",
        "slug": things["product" if route.startswith("products/") else "supplier"].slug,
        "product_id": str(things["product"].pk),
        "photo_id": str(things["photo"].public_id if route.startswith("products/") else things["photo"].pk),
        "width": "320",
        "kind": "on_time",
        "invitation_id": "1",
        "later_id": "1",
        "question_id": "1",
        "file_id": str(things["attachment"].pk),
        "older": "1",
        "key_id": "1",
        "browser_id": str(things["browser"].pk),
        "name": "nobody",
        "program_id": "1",
        "token": "nobody",
        "secret": "nobody",
        "document_id": str(things["document"].pk),
        "member_id": str(things["member"].pk),
        "account_id": str(things["account"].pk),
        "attachment_id": str(things["attachment"].pk),
        "public_id": str(things["payment"].public_id),
        "format": ".json",
        "pk": str(things["webhook"].public_id) if "webhooks/" in route else "1",
    }

    def value(match):
        return values[match["name"] or match["group"]]

    return "/" + re.sub(
        r"<(?:\w+:)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>[^)]*\)", value, route.replace("/?", "")
    ).replace("\\.", ".").replace("\\Z", "")


def expected() -> dict:
    lines = MATRIX.read_text().splitlines()[1:] if MATRIX.exists() else []
    return {
        (method, route): dict(zip(ROLES, cells, strict=True))
        for method, route, *cells in (line.split("\t") for line in lines)
    }


def test_every_route_answers_each_person_as_the_matrix_says(client, people, things, keys, settings):
    client.raise_request_exception = False
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, 10**6)
    people, seen, signed_in = people | dict.fromkeys(KEYS), {}, {}
    for role, person in people.items():  # once: what a request does to a session is rolled back with the rest
        visitor = Client()
        if person is not None:
            visitor.force_login(person)
            act_for_own_company(visitor, person)
        signed_in[role] = visitor.cookies
    for route, pattern in routes():
        health.heartbeat()  # it counts for a minute, and the whole walk may take longer
        for method in (*METHODS, *further(pattern)):
            for role in people:
                point = transaction.savepoint()
                client.cookies = copy.deepcopy(signed_in[role])
                more = sent(route, method, keys.get(role))
                answer = getattr(client, method.lower())(filled(route, things), **more)
                status = str(answer.status_code)
                if answer.status_code == 302 and "/accounts/login/" in answer["Location"]:
                    status = "sign-in"
                seen.setdefault((method, route), {})[role] = status
                transaction.savepoint_rollback(point)
    if os.environ.get("ACCESS_MATRIX") == "write":
        rows = ["\t".join(("method", "route", *ROLES))]
        rows += ["\t".join((*key, *(cells[role] for role in ROLES))) for key, cells in sorted(seen.items())]
        MATRIX.write_text("\n".join(rows) + "\n")
    known = expected()
    assert seen.keys() == known.keys(), "routes that the matrix does not name, or names in vain"
    wrong = [
        f"{method} {route} by {role}: {status}, not {known[method, route][role]}"
        for (method, route), cells in seen.items()
        for role, status in cells.items()
        if status != known[method, route][role]
    ]
    assert not wrong, "\n".join(wrong)
    assert not any(status.startswith("5") and status != "503" for cells in seen.values() for status in cells.values())


def test_a_stranger_reaches_nothing_of_an_order(people, things):
    """The rule behind the matrix: for every address with an order's reference, strangers get 404 on every method."""
    strangers = ("other_buyer", "other_supplier", "adjudicator", "finance", "risk", "admin")
    for (method, route), cells in expected().items():
        if "reference" in route or "<ref>" in route or "payments/<" in route:
            # staff who see disputes open their files at the desk; what they may add, tests/disputes prove
            staff_too = route.startswith("disputes/<str:reference>/evidence/")
            for role in strangers[:2] if staff_too else strangers:
                assert cells[role] in ("404", "405"), f"{method} {route} by {role}: {cells[role]}"
    assert not Order.objects.visible_to(people["other_buyer"]).exists()
