"""What the simulator's tests stand on."""

from collections.abc import Iterator

import pytest

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from tests.adapters.simulator.caller import QUICK, Caller
from tests.adapters.simulator.floorside import TradingFloor


@pytest.fixture
def floor() -> TradingFloor:
    return TradingFloor()


@pytest.fixture
def simulator() -> Iterator[XtsSimulator]:
    with XtsSimulator(QUICK) as running:
        yield running


@pytest.fixture
def desk(simulator: XtsSimulator) -> Iterator[Caller]:
    """A PRO dealer, logged in to both applications."""
    with Caller(simulator) as caller:
        yield caller
