"""Many orders at once, rate limits that bite, and exits that go first all the same."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.entrypoints.openalgo.order_api import (
    place_order_api,
)
from tests.e2e.troubles import per_identifier
from tests.e2e.world import INSTRUMENTS, World, a_world, order

THREADS: Final = 10
STRICT: Final = SimulatorConfig(instruments=INSTRUMENTS)
"""A broker that enforces its rate chart."""


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """Make calls from as many threads, all at the same moment."""
    starting = threading.Barrier(count)

    def go(number: int) -> Any:  # noqa: ANN401
        starting.wait(10)
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(go, range(count)))


def test_ten_threads_place_at_once_and_each_gets_its_own_order(world: World) -> None:
    replies = at_once(THREADS, lambda _: [place_order_api(order(quantity=1), world.auth) for _ in range(5)])

    ids = [order_id for thread in replies for reply, _, order_id in thread if reply.status == 200]
    assert len(ids) == len(set(ids)) == 5 * THREADS == world.sent() == world.net()
    assert [len(held) for held in per_identifier(world).values()] == [1] * 5 * THREADS


def test_a_burst_above_the_rate_chart_is_paced_and_every_order_placed(tmp_path: Path) -> None:
    with a_world(tmp_path, config=STRICT, JAINAM_REQUEST_TIMEOUT="10") as world:
        replies = at_once(THREADS, lambda _: [place_order_api(order(quantity=1), world.auth) for _ in range(6)])

        heard = Counter(reply.status for thread in replies for reply, _, _ in thread)
        assert (heard, world.net()) == (Counter({200: 60}), 60)
        assert world.sim.rate_refusals == 0


def test_a_storm_of_rate_limits_ends_with_all_orders_placed_and_nobody_logged_in(tmp_path: Path) -> None:
    with a_world(tmp_path, config=STRICT, JAINAM_REQUEST_TIMEOUT="10", JAINAM_RETRY_DELAYS="0.2,0.4,0.8") as world:
        world.sim.faults.add(Fault(FaultKind.RATE_LIMITED, on="place", times=12))
        world.sim.faults.add(Fault(FaultKind.RATE_LIMITED, on="place", skip=20, times=3, wrapped=True))

        replies = at_once(THREADS, lambda _: [place_order_api(order(quantity=1), world.auth) for _ in range(3)])

        heard = Counter(reply.status for thread in replies for reply, _, _ in thread)
        assert (heard, world.net()) == (Counter({200: 30}), 30)
        assert [len(held) for held in per_identifier(world).values()] == [1] * 30
        assert world.sim.exchange.requests["login"] == 1
