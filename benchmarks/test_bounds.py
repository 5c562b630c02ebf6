"""The times that the epic promises, at a broker of full size that answers in 50 ms and keeps its rate chart.

These are the only absolute times of the gate: what a trader waits for at most, with a margin of tens. ``validate-live``
looks at the same times at a live server.
"""

import itertools
from collections.abc import Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import Counter, open_counter
from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.entrypoints.openalgo.master_contract_db import master_contract_download
from jainam_prop.entrypoints.openalgo.order_api import get_positions, place_order_api, place_smartorder_api
from jainam_prop.entrypoints.openalgo.transform_data import get_token_from_symbol
from tests.e2e.world import order, smart

FULL_SIZE = SimulatorConfig(instruments=120_000)
SECONDS_A_CALL = 0.05
ROUNDS = 8


def slow_down(broker: XtsSimulator) -> None:
    """Let every request take its time, as over the internet."""
    broker.faults.add(Fault(FaultKind.SLOW, on="*", times=None, seconds=SECONDS_A_CALL))


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A PRO dealer's desk, logged in, at a distant broker."""
    with open_counter(tmp_path_factory.mktemp("far"), FULL_SIZE) as opened:
        opened.at_broker(slow_down)
        yield opened


@pytest.mark.benchmark(group="bounds")
def test_order_in_time(benchmark: BenchmarkFixture, far: Counter) -> None:
    """An order, from the host's dictionary to its answer."""
    placed = benchmark.pedantic(lambda: place_order_api(order(quantity=1), far.auth)[0].status, rounds=ROUNDS)

    assert placed == 200


@pytest.mark.benchmark(group="bounds")
def test_positions_in_time(benchmark: BenchmarkFixture, far: Counter) -> None:
    """The position book, which may be read once a second."""
    read = benchmark.pedantic(lambda: get_positions(far.auth), rounds=ROUNDS)

    assert isinstance(read, list)


@pytest.mark.benchmark(group="bounds")
def test_smart_order_in_time(benchmark: BenchmarkFixture, far: Counter) -> None:
    """A smart order that opens, reverses and closes, one after the other."""
    targets = itertools.cycle((10, -10, 0))
    reached = benchmark.pedantic(
        lambda: place_smartorder_api(smart(next(targets)), far.auth)[1]["status"], rounds=ROUNDS
    )

    assert reached == "success"


@pytest.mark.benchmark(group="bounds")
def test_master_in_time(benchmark: BenchmarkFixture, far: Counter) -> None:
    """The download of all instruments until the last can be traded."""
    count = benchmark.pedantic(lambda: far.desk.sync_instruments().unwrap().total, rounds=2)

    assert count > 100_000


@pytest.mark.usefixtures("far")
@pytest.mark.benchmark(group="bounds")
def test_look_up_in_time(benchmark: BenchmarkFixture) -> None:
    """A contract's number by its symbol, the first one after the host's download included."""
    master_contract_download()
    token = benchmark.pedantic(lambda: get_token_from_symbol("SBIN", "NSE"), rounds=100)

    assert token == 3045
