"""The moment at which a call must be over, and the times of a call."""

from dataclasses import dataclass
from typing import Final

RECONCILE_SECONDS: Final = (0.3, 0.7, 1.5, 3.0)
"""Waits between searches of the order book for an order without a reply: early, since most are there at once."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock, in seconds, after which a caller is no longer kept waiting."""

    at: float

    def remaining(self, now: float) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - now)

    def allows(self, now: float, seconds: float) -> bool:
        """Whether a wait of so many seconds ends in time."""
        return now + seconds < self.at


@dataclass(frozen=True, slots=True)
class Timing:
    """Deadlines and waits, in seconds.

    Attributes:
        call: the most that one order, cancel or read keeps its caller, retries and reconciliation included.
        close_all: the same for an emergency close, which has to wait for cancels and fills.
        history: the same for historical bars, which may take many calls, and get a second more for every six days.
        retries: waits before an order that was provably not sent is sent again.
        looks: waits between searches of the books for an order without a reply.
        poll: wait between looks at orders that are about to become terminal.
    """

    call: float = 10.0
    close_all: float = 60.0
    history: float = 30.0
    retries: tuple[float, ...] = (1.0, 2.0, 4.0)
    looks: tuple[float, ...] = RECONCILE_SECONDS
    poll: float = 0.3
