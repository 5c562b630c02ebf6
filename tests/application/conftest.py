"""A fresh broker and a trader at it for every test."""

from collections.abc import Iterator

import pytest

from tests.application.trading import CONTAINERS, QUICK_BROKER, Trader


@pytest.fixture
def trader(request: pytest.FixtureRequest) -> Trader:
    """A PRO dealer, logged in, with instruments, at the `BROKER` that the module names."""
    return Trader(config=getattr(request.module, "BROKER", QUICK_BROKER))


@pytest.fixture(autouse=True)
def _containers() -> Iterator[None]:
    """Let the next test use the containers of this one, in which no call was above the rate chart."""
    yield
    assert CONTAINERS.give_back() == 0
