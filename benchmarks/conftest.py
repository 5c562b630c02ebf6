"""A desk at a simulated broker without a rate chart, so that only our own time is measured."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import World, a_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A PRO dealer's desk, logged in, with instruments; the order rate is out of the way."""
    folder: Path = tmp_path_factory.mktemp("desk")
    with a_world(folder, JAINAM_ORDER_RATE="100000") as made:
        yield made
