"""A fresh broker and a trader at it for every test."""

import pytest

from tests.application.trading import Trader


@pytest.fixture
def trader() -> Trader:
    """A PRO dealer, logged in, with instruments."""
    return Trader()
