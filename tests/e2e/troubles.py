"""What can happen to a request on its way to the broker and back, and desks that meet it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.sessions.session import AccountKind
from tests.e2e.gate import Gate
from tests.e2e.world import UNPACED, World, a_desk

SOAK: Final = bool(os.environ.get("JAINAM_SOAK"))  # noqa: TID251 (a switch of the tests)
"""Whether to take the time that a desk takes by default, and to try many more cases."""

QUICK: Final = Timing(call=1.0, close_all=3.0, retries=(0.02, 0.05, 0.1), looks=(0.03, 0.07, 0.15, 0.3), poll=0.03)
"""A tenth of a desk's own waits and deadlines."""

PACE: Final = Timing() if SOAK else QUICK

LATE_SECONDS: Final = 2.0 if SOAK else 0.2
"""For how long a late book hides an order."""

REFUSED: Final = "connect refused"
LATE_BOOK: Final = "late book"
DEAD_TOKEN: Final = "dead token"
_HERE: Final = "the endpoint of the case"

TROUBLES: Final[dict[str, Fault | None]] = {
    REFUSED: None,
    "reset before": Fault(FaultKind.RESET, on=_HERE),
    "reset after accept": Fault(FaultKind.RESET, on=_HERE, processed=True),
    "timeout before": Fault(FaultKind.HOLD, on=_HERE, processed=False),
    "timeout after accept": Fault(FaultKind.HOLD, on=_HERE),
    "HTML after accept": Fault(FaultKind.SERVER_ERROR, on=_HERE, processed=True),
    "bad JSON after accept": Fault(FaultKind.BAD_JSON, on=_HERE),
    "429": Fault(FaultKind.RATE_LIMITED, on=_HERE, times=2),
    DEAD_TOKEN: Fault(FaultKind.TOKEN_KILLED, on=_HERE),
    "RMS rejection": Fault(FaultKind.RMS_REJECT, on=_HERE, text="RMS: margin exceeds"),
    LATE_BOOK: Fault(FaultKind.REPLY_LOST, on=_HERE),
}
"""Each strikes one endpoint once (a rate limit twice); connections are refused by a shut gate instead."""


class SkippingClock:
    """The machine's clocks, each of which a test may make jump."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self._skipped = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        threading.Event().wait(max(0.0, seconds))

    def wait_for(self, changed: threading.Condition, is_met: Callable[[], bool], seconds: float) -> bool:
        return changed.wait_for(is_met, seconds)

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        self._skipped += seconds
        self.ahead += timedelta(seconds=seconds)


@contextmanager
def a_troubled_desk(folder: Path, account: AccountKind = AccountKind.PRO) -> Iterator[tuple[World, Gate]]:
    """Open a desk that reaches its broker through a gate."""
    with (
        XtsSimulator(UNPACED) as sim,
        Gate(sim.port) as gate,
        a_desk(sim, folder, account, PACE, JAINAM_BASE_URL=gate.base_url) as world,
    ):
        yield world, gate


def strike(world: World, gate: Gate, trouble: str, endpoint: str, last_read: str = "") -> None:
    """Let a trouble strike the next request to an endpoint; the gate shuts at once, or with the answer to a read."""
    fault = TROUBLES[trouble]
    if fault is not None:
        world.sim.faults.add(replace(fault, on=endpoint))
    elif last_read:
        gate.shut_with_answer_to(last_read)
    else:
        gate.shut()


def hide_orders(world: World, trouble: str) -> None:
    """Let the books hide the next order, where that is the trouble."""
    if trouble == LATE_BOOK:
        world.sim.faults.add(Fault(FaultKind.BOOK_DELAY, on="place", times=1, seconds=LATE_SECONDS))


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Look until a condition holds; False when it does not in time."""
    pause = threading.Event()
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        pause.wait(0.005)
    return True


def per_identifier(world: World) -> dict[str, list[SimOrder]]:
    """Return what the exchange holds for each intent of the journal."""
    return {
        entry.intent.identifier: world.sim.exchange.orders_by_identifier(entry.intent.identifier)
        for entry in world.desk.journal.recent(10_000)
    }
