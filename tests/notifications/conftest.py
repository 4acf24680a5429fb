"""Webhooks in tests: names lead to this machine, whose addresses count as public, and its certificate is trusted."""

import pytest

from notifications.webhooks import actions, catalogue, guard
from tests.notifications import receiving
from tests.stories import NOW

EVERY = [one.name for one in catalogue.for_side(catalogue.BUYER)]
EVERY_SUPPLIER = [one.name for one in catalogue.for_side(catalogue.SUPPLIER)]


@pytest.fixture(scope="session")
def papers(tmp_path_factory):
    return receiving.certificate(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def reachable(monkeypatch, settings, papers):
    """Every name is one of this machine."""
    settings.WEBHOOK_CA_FILE = str(papers[0])
    monkeypatch.setattr(guard, "resolve", lambda host, port: ["127.0.0.1"])
    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1")


@pytest.fixture
def receiver(reachable, papers):
    with receiving.receiver(*papers) as found:
        yield found


@pytest.fixture
def hook():
    """Add a webhook with its secret: `hook(person, url)`, or of a company with `supplier`."""

    def add(by, url, *, supplier=None, types=None, now=NOW):
        known = EVERY_SUPPLIER if supplier else EVERY
        endpoint = actions.add(
            supplier_id=supplier.pk if supplier else None, url=url, types=types or known, by=by, now=now
        )
        return endpoint, actions.reveal(endpoint_id=endpoint.pk, by=by, now=now)

    return add
