"""Schemathesis against the API with each kind of key: no 5xx, no answer that the document does not name.

A few examples of every operation here; `SCHEMATHESIS=200 pytest tests/api/test_schemathesis.py` looks longer.
"""

import os

import hypothesis
import pytest
import schemathesis
from django.db import transaction
from django.test.client import ClientHandler
from django.utils import timezone
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from accounts import actions
from notifications.api.webhooks import HOOK
from notifications.webhooks import actions as webhook_actions
from payments.models import StatementFile
from tests import cases, stories
from tests.api.calling import Caller

EXAMPLES = int(os.environ.get("SCHEMATHESIS", "1"))
CHECKS = [not_a_server_error, checks.status_code_conformance, checks.content_type_conformance]


def application(environ, start_response):
    """The site as the test client runs it: requests leave the test's own connection open."""
    answer = ClientHandler(enforce_csrf_checks=True)(environ)
    start_response(f"{answer.status_code} {answer.reason_phrase}", list(answer.items()))
    return [b"".join(answer.streaming_content) if answer.streaming else answer.content]


@pytest.fixture
def secrets(world, settings, tmp_path):
    """One key of each kind, and things for its person to see."""
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, 10**9)
    settings.MEDIA_ROOT = tmp_path
    stories.sent(world)
    order = stories.shipped(world, stories.simple_terms(100_00))
    writer, revoked = Caller(world.buyer), Caller(world.buyer)
    actions.revoke_key(key_id=revoked.key.pk, by=world.buyer, now=timezone.now())
    assert not StatementFile.objects.exists()
    received = stories.received(world, cases.two_lines())
    case = cases.file(received, world, [cases.quality(received.lines.first())], now=stories.NOW + 31 * stories.DAY)
    hook = webhook_actions.add(supplier_id=None, by=world.buyer, now=stories.NOW, **HOOK)
    return {
        "case": case.reference,
        "pk": str(hook.public_id),
        "reference": order.reference,
        "slug": world.supplier.slug,
        "write": writer.secret,
        "seller": Caller(world.seller).secret,
        "read": Caller(world.buyer, "read").secret,
        "revoked": revoked.secret,
    }


@pytest.mark.parametrize("kind", ["write", "seller", "read", "revoked"])
def test_no_key_gets_a_5xx_or_an_answer_that_is_not_documented(secrets, kind):
    document = schemathesis.openapi.from_wsgi("/api/schema/", application)
    headers = {"Authorization": f"Bearer {secrets[kind]}"}
    examples = EXAMPLES if kind in ("write", "seller") else 1
    wrong = []

    for result in document.get_all_operations():
        operation = result.ok()

        def ask(case):
            for name in ("reference", "slug", "pk"):
                if name in case.path_parameters and (name != "pk" or "/webhooks/" in case.operation.path):
                    is_case = name == "reference" and "/disputes/" in case.operation.path
                    case.path_parameters[name] = secrets["case" if is_case else name]
            point = transaction.savepoint()
            try:
                answer = case.call(headers=headers)
                case.validate_response(answer, checks=CHECKS)
            finally:
                transaction.savepoint_rollback(point)

        cases = operation.as_strategy()
        if kind in ("write", "seller") and (operation.body or operation.query):
            cases |= operation.as_strategy(schemathesis.GenerationMode.NEGATIVE)
        run = hypothesis.given(case=cases)(ask)
        run = hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=EXAMPLES < 10,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )(run)
        try:
            run()
        except Exception as error:  # noqa: BLE001 - collected, so that one run shows all
            wrong.append(f"{operation.method.upper()} {operation.path}: {str(error)[:1500]}")
    assert not wrong, "\n\n".join(wrong)
