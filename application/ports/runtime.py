"""Clock, threads, locks and rate limiter."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import Enum
from typing import Final, Protocol, TypeVar, final

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.market_data.feed_state import FeedHealth
from jainam_prop.domain.orders.trading_state import TradingState
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.rate_limit import CallFamily


class StoreUnreadableError(Exception):
    """What a store holds cannot be read now; the text says why, without paths or values."""


class Clock(Protocol):
    """Reads the time and waits."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds on a clock that never jumps, for deadlines."""

    def sleep(self, seconds: float) -> None:
        """Wait; a replacement in a test returns at once and moves its own clock."""

    def wait_for(self, changed: threading.Condition, is_met: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition is met, at most so many seconds, and return whether it is.

        The caller holds ``changed`` and whoever changes something notifies it, as with `threading.Condition.wait_for`.
        """


_Outcome = TypeVar("_Outcome")


class TaskRunner(Protocol):
    """Runs independent calls in parallel, or in the background.

    Attributes:
        is_open: False once its owner has closed; a task in the background that repeats itself ends then.
    """

    is_open: bool

    def run(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        """Run every task and return their outcomes in the order of the tasks.

        A task that raises does not stop the others; its exception is raised once all have ended.
        """

    def start(self, task: Callable[[], object]) -> None:
        """Start a task in the background and return at once.

        It dies with the process; an exception in it is logged by its kind and goes no further. Once closed, nothing
        starts.
        """


class LockState(Enum):
    """What came of asking for a lock that processes share; true only when it is held.

    Attributes:
        refusal: why nothing is decided without the lock, with a place for the symbol.
    """

    HELD = "held", ""
    BUSY = "another process or thread has it", "another order for {} is still being decided"
    UNAVAILABLE = (
        "the store of the locks cannot be used",
        "{} cannot be locked against other processes: the folder or the database of the locks cannot be used",
    )
    HERE = "held against the processes of this machine that cannot use the store either", UNAVAILABLE[1]

    def __init__(self, _text: str, refusal: str) -> None:
        self.refusal = refusal

    def __bool__(self) -> bool:
        return self is LockState.HELD


def position_lock(profile: str, key: PositionKey) -> str:
    """Return the name of the lock of one position of an account."""
    return f"position|{profile}|{key.instrument.exchange}|{key.instrument.token}|{key.product}"


class SymbolGuard(Protocol):
    """Keeps two decisions about the same position apart, across threads and processes.

    Not reentrant: a thread that holds a key and asks for it again waits in vain. One that holds several keys
    takes them in sorted order.
    """

    def hold(
        self, key: PositionKey, timeout_seconds: float, *, reduces: bool = False
    ) -> AbstractContextManager[LockState]:
        """Hold the key for the length of the block; what is not HELD could not be had in time, or not at all.

        A holder that dies lets go. Who only reduces risk (``reduces``) goes before those who wait to open it, and
        without the lock where its store cannot be used.
        """


class SharedTradingState(Protocol):
    """Keeps the trading state that all processes of a store obey; ACTIVE before it was saved."""

    def load(self) -> Result[TradingState, BrokerError]:
        """Return the state last saved. Errors: Unreadable."""

    def save(self, state: TradingState) -> Result[None, BrokerError]:
        """Replace the state. Errors: Blocked when it cannot be written."""


class Throttle(Protocol):
    """Lets calls of a family through at the pace the broker allows, those that reduce risk first.

    Safe to call from many threads; among equals, who came first goes first.
    """

    def wait(self, family: CallFamily, timeout_seconds: float, *, reduces: bool = False) -> bool:
        """Wait for a turn; False when none comes in time, and then none was used up."""

    def ended(self, family: CallFamily) -> None:
        """Count the turn that this thread had last from the end of its call, which is now.

        The request may have arrived as late as this: a connection had to be opened first, or the machine was busy.
        """

    def slow_down(self, family: CallFamily, seconds: float) -> None:
        """Let nothing of the family through for a while, since the broker said it was too fast."""


class Meter(Protocol):
    """Counts for operators; every method returns at once and never raises."""

    def sent(self, waited_seconds: float, took_seconds: float) -> None:
        """Count one request of an order command, by its wait for the rate limit and the time until its outcome."""

    def settled(self, outcome: Result[str, BrokerError]) -> None:
        """Count an order by what became of it, after the search for one without a reply."""

    def doubted(self) -> None:
        """Count a position that was not known because books or fills contradict each other."""

    def watch_feed(self, name: str, health: Callable[[], FeedHealth]) -> None:
        """Show the health of a feed, the bound method of an object, as long as that lives."""


@final
class Unmetered:
    """A `Meter` that counts nothing."""

    def sent(self, waited_seconds: float, took_seconds: float) -> None:
        """Do nothing."""

    def settled(self, outcome: Result[str, BrokerError]) -> None:
        """Do nothing."""

    def doubted(self) -> None:
        """Do nothing."""

    def watch_feed(self, name: str, health: Callable[[], FeedHealth]) -> None:
        """Do nothing."""


UNMETERED: Final = Unmetered()
