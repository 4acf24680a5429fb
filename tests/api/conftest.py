import pytest

from tests.api.calling import Caller


@pytest.fixture
def buyer(world):
    return Caller(world.buyer)


@pytest.fixture
def seller(world):
    return Caller(world.seller)


@pytest.fixture
def reader(world):
    return Caller(world.buyer, "read")
