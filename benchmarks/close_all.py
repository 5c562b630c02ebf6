"""How long an emergency close takes at a broker that answers in 20 ms, beside the least that its rate chart allows.

Run it with ``python -m benchmarks.close_all``. The least: a second for every ten orders, cancels and closing orders
alike, and the reads. A look at the books is two reads; there is one before the orders and one after, and a third
between cancels and closing orders. The position book may be read once a second, so the third look takes a second of
its own; that of the second look passes while orders leave.
"""

import math
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.entrypoints.openalgo.order_api import close_all_positions
from tests.e2e.world import BOOKED_TO, World, a_world
from tests.fakes.broker.portfolio import hold, some

INSTRUMENTS: Final = 600
"""Enough for a hundred positions in four segments."""
SECONDS_A_CALL: Final = 0.02
RATE: Final = 10
READS_A_LOOK: Final = 2
LIMIT: Final = 1.5
SIZES: Final = (5, 20, 100)


@dataclass(frozen=True, slots=True)
class Measured:
    """One close: how many positions, cancels and closing orders, and the seconds that it took."""

    positions: int
    cancels: int
    orders: int
    seconds: float

    @property
    def least(self) -> float:
        """The seconds that the rate and the reads alone take."""
        looks = 3 if self.cancels else 2
        reads = looks * READS_A_LOOK * SECONDS_A_CALL + (looks - 2)
        return math.ceil((self.orders + self.cancels) / RATE) + reads

    @property
    def ratio(self) -> float:
        """How many times the least it took."""
        return self.seconds / self.least


def measured(folder: Path, positions: int, *, with_stops: bool) -> Measured:
    """Close a portfolio that was carried into the day, with a stop on half of it or on none."""
    config = SimulatorConfig(instruments=INSTRUMENTS)
    with a_world(folder, config=config, JAINAM_ORDER_RATE=str(RATE), JAINAM_REQUEST_TIMEOUT="10") as world:
        _fill(world, positions, with_stops=with_stops)
        world.sim.faults.add(Fault(FaultKind.SLOW, on="*", times=None, seconds=SECONDS_A_CALL))
        before = world.sim.exchange.requests.copy()
        began = time.perf_counter()
        body, status = close_all_positions("", world.auth)
        seconds = time.perf_counter() - began
        if status != 200:
            raise RuntimeError(body["message"])
        made = world.sim.exchange.requests - before
        return Measured(positions, made["cancel"], made["place"], seconds)


def _fill(world: World, positions: int, *, with_stops: bool) -> None:
    world.sim.exchange.set_funds(BOOKED_TO[world.account], Decimal(10**12))
    for holding in some(world.sim.exchange.universe, random.Random(positions), positions, with_stops=with_stops):  # noqa: S311
        hold(world.sim.exchange, BOOKED_TO[world.account], holding)


def main() -> int:
    """Print a line for each size; return 1 if any takes too long."""
    passed = True
    print(f"{'positions':>9} {'cancels':>7} {'orders':>6} {'seconds':>7} {'least':>6} {'ratio':>5}")
    for with_stops in (False, True):
        for positions in SIZES:
            with tempfile.TemporaryDirectory() as folder:
                one = measured(Path(folder), positions, with_stops=with_stops)
            passed = passed and one.ratio <= LIMIT
            counts = f"{one.positions:>9} {one.cancels:>7} {one.orders:>6}"
            print(f"{counts} {one.seconds:>7.2f} {one.least:>6.2f} {one.ratio:>5.2f}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
