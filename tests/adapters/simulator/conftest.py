"""What the simulator's tests stand on."""

from collections.abc import Iterator

import pytest

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from tests.adapters.simulator.direct_trading import DirectTrading
from tests.adapters.simulator.http_client import QUICK, Caller


@pytest.fixture
def trading() -> DirectTrading:
    return DirectTrading()


@pytest.fixture
def simulator() -> Iterator[XtsSimulator]:
    with XtsSimulator(QUICK) as running:
        yield running


@pytest.fixture
def dealer(simulator: XtsSimulator) -> Iterator[Caller]:
    """A PRO dealer, logged in to both applications."""
    with Caller(simulator) as caller:
        yield caller
