"""Deadlines and waits: how long to wait before looking again, and when a caller is kept no longer."""

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
