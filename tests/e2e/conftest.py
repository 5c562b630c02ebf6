"""A fresh world for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A PRO dealer's desk, logged in, with instruments."""
    with a_world(tmp_path) as made:
        yield made


@pytest.fixture
def hasty_world(tmp_path: Path) -> Iterator[World]:
    """A world whose calls give up after two seconds what does not come."""
    with a_world(tmp_path, JAINAM_REQUEST_TIMEOUT="2") as made:
        yield made
