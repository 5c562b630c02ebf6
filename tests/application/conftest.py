"""A fresh broker and a trader at it for every test."""

from collections.abc import Iterator

import pytest

from tests.application.trading import CONTAINERS, Trader


@pytest.fixture
def trader() -> Trader:
    """A PRO dealer, logged in, with instruments."""
    return Trader()


@pytest.fixture(autouse=True)
def _containers() -> Iterator[None]:
    """Let the next test use the containers of this one."""
    yield
    CONTAINERS.give_back()
