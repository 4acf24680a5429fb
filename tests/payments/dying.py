"""A process that dies at one named point: before and after each call of a gateway, and around what records it."""

import functools
from importlib import import_module

import pytest
from django.db import transaction

from payments.gateways.sandbox.gateway import Sandbox
from payments.gateways.stripe.gateway import Stripe
from payments.models.payment import PaymentQuerySet

CALLS = {
    Sandbox: ("start", "ask", "refund", "ask_refund", "payout", "ask_payout", "give_back"),
    Stripe: ("start", "ask", "refund", "ask_refund", "case", "settlement", "bounced"),
}
# What writes an intent or an answer down, where it is looked up; each is one transaction.
RECORDS = (
    "payments.actions.paying._record",
    "payments.actions.pushing.record_sending",
    "payments.actions.pushing.bounce_refund",
    "payments.actions.send_refunds",
    "payments.actions.send_payout",
    "payments.actions.begin_return",
    "payments.actions.returning.record_return",
    "payments.actions.open_chargeback",
    "payments.actions.end_chargeback",
    "payments.actions.contesting.open_chargeback",
    "payments.actions.contesting.end_chargeback",
    "payments.actions.settling.record_settlement",
    "payments.actions.hearing._end",
    "payments.gateways.stripe.views.store_webhook",
)


class Died(BaseException):
    """The process ended here."""


class Deaths:
    """Notes the points that a story passes, and dies at the one with the number `at`, once."""

    def __init__(self):
        self.at, self.passed, self.has_died = None, [], False

    def begin(self, at: int | None) -> None:
        self.at, self.passed, self.has_died = at, [], False

    def point(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) - 1 == self.at and not self.has_died:
            self.has_died = True
            raise Died(name)

    def around(self, call, name: str, *, records: bool):
        """A call with points before and after it, and for what records, one before its commit."""

        @functools.wraps(call)
        def wrapped(*arguments, **options):
            self.point(f"before {name}")
            if records:
                with transaction.atomic():
                    result = call(*arguments, **options)
                    self.point(f"{name}, before its commit")
            else:
                result = call(*arguments, **options)
            self.point(f"after {name}")
            return result

        return wrapped


@pytest.fixture
def deaths(monkeypatch):
    """Points around everything of CALLS and RECORDS."""
    found = Deaths()
    for gateway, names in CALLS.items():
        for name in names:
            call = getattr(gateway, name)
            monkeypatch.setattr(gateway, name, found.around(call, f"{gateway.name}.{name}", records=False))
    for path in RECORDS:
        owner, _, name = path.rpartition(".")
        call = getattr(import_module(owner), name)
        monkeypatch.setattr(path, found.around(call, path, records=True))
    plain = PaymentQuerySet.update
    noted = found.around(plain, "the payment's page is noted", records=True)
    choose = lambda rows, **values: (noted if "url" in values else plain)(rows, **values)  # noqa: E731
    monkeypatch.setattr(PaymentQuerySet, "update", choose)
    return found


def everywhere(deaths: Deaths, story) -> list[str]:
    """Play a story to its end once, then once for each point that it passed, dying there and going on.

    `story()` begins a new one and gives `(go_on, state)`: `go_on()` does whatever is still to be done and tells whether
    all is, as person, gateway and sweeps would; `state()` is what came of it. Each must end in the state of the first.
    Gives the points.
    """
    deaths.begin(None)
    expected, names = _played(deaths, story)
    for number, name in enumerate(names):
        deaths.begin(number)
        found, _ = _played(deaths, story)
        assert deaths.has_died, name
        assert found == expected, name
    deaths.begin(None)
    return names


def _played(deaths: Deaths, story):
    at, deaths.at = deaths.at, None
    go_on, state = story()
    deaths.at, deaths.passed = at, []
    for _ in range(20):
        try:
            if go_on():
                break
        except Died:
            continue  # another process goes on with what is stored
    else:
        raise AssertionError(f"it does not end: {deaths.passed[-6:]}")
    names, deaths.at = list(deaths.passed), None
    return state(), names
